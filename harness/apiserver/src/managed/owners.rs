//! `metadata.managedFields`: who owns which fields.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::set::Set;
use crate::meta;

/// Entries of updates that are kept apart; the oldest are put together.
const UPDATERS_MAX: usize = 10;
const ANCIENT: &str = "ancient-changes";

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Operation {
    Apply,
    Update,
}

/// What tells owners apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Owner {
    pub manager: String,
    pub operation: Operation,
    /// Of updates only: who applies is the same in every version.
    pub api_version: String,
    pub subresource: String,
}

/// What an owner has.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Owned {
    pub set: Set,
    /// The version in which the set names its fields.
    pub api_version: String,
    pub time: Option<String>,
}

/// All owners of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Owners(pub BTreeMap<Owner, Owned>);

impl Owner {
    pub(crate) fn new(
        manager: &str,
        operation: Operation,
        api_version: &str,
        subresource: &str,
    ) -> Self {
        let manager = if manager.is_empty() { "unknown" } else { manager };
        let api_version = if operation == Operation::Apply { "" } else { api_version };
        Self {
            manager: manager.to_owned(),
            operation,
            api_version: api_version.to_owned(),
            subresource: subresource.to_owned(),
        }
    }
}

/// As conflicts name it.
impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.manager)?;
        if !self.subresource.is_empty() {
            write!(f, " with subresource {:?}", self.subresource)?;
        }
        if self.operation == Operation::Update {
            write!(f, " using {}", self.api_version)?;
        }
        Ok(())
    }
}

impl Owners {
    /// The owners that an object names; None if they are not well-formed.
    pub(crate) fn parse(entries: Option<&Value>) -> Option<Self> {
        let mut out = Self::default();
        for entry in entries.and_then(Value::as_array).map_or(&[][..], Vec::as_slice) {
            let text = |field: &str| entry.get(field).and_then(Value::as_str).unwrap_or_default();
            let operation = match text("operation") {
                "Apply" => Operation::Apply,
                "Update" => Operation::Update,
                _ => return None,
            };
            let api_version = text("apiVersion");
            if api_version.is_empty() || text("fieldsType") != "FieldsV1" {
                return None;
            }
            let set = match entry.get("fieldsV1") {
                Some(fields) => Set::parse(fields)?,
                None => Set::default(),
            };
            let mut owner = Owner::new("", operation, api_version, text("subresource"));
            text("manager").clone_into(&mut owner.manager);
            let time = entry.get("time").and_then(Value::as_str).map(str::to_owned);
            let owned = Owned { set, api_version: api_version.to_owned(), time };
            out.0.insert(owner, owned);
        }
        Some(out)
    }

    /// The owners of an object, as far as they can be read.
    pub(crate) fn of(object: &Value) -> Self {
        Self::parse(meta::of(object).and_then(|meta| meta.get("managedFields"))).unwrap_or_default()
    }

    /// Writes the entries: those who apply first, then by time and name.
    pub(crate) fn written(&self) -> Value {
        let mut entries: Vec<(&Owner, &Owned)> = self.0.iter().collect();
        entries.sort_by(|(one, has), (other, other_has)| {
            let key = |owner: &Owner, owned: &Owned| {
                let time = owned.time.clone().unwrap_or_default();
                (owner.operation, time, owner.manager.clone(), owned.api_version.clone())
            };
            key(one, has)
                .cmp(&key(other, other_has))
                .then_with(|| one.subresource.cmp(&other.subresource))
        });
        let entries = entries.into_iter().map(|(owner, owned)| {
            let mut entry = Map::new();
            let mut put = |field: &str, text: &str| {
                if !text.is_empty() {
                    entry.insert(field.to_owned(), text.into());
                }
            };
            put("manager", &owner.manager);
            put("operation", if owner.operation == Operation::Apply { "Apply" } else { "Update" });
            put("apiVersion", &owned.api_version);
            put("time", owned.time.as_deref().unwrap_or_default());
            put("fieldsType", "FieldsV1");
            put("subresource", &owner.subresource);
            entry.insert("fieldsV1".to_owned(), owned.set.written());
            Value::Object(entry)
        });
        entries.collect()
    }

    /// Writes them into an object, in place of what stands there.
    pub(crate) fn write(&self, object: &mut Value) {
        if self.0.is_empty() {
            meta::remove(object, "managedFields");
        } else {
            meta::set(object, "managedFields", self.written());
        }
    }

    /// Are they the same but for the times?
    pub(crate) fn same(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|((one, has), (other, other_has))| {
                one == other && has.set == other_has.set && has.api_version == other_has.api_version
            })
    }

    /// Puts the oldest updates together where there are too many.
    pub(crate) fn cap(&mut self) {
        let mut updaters: Vec<Owner> =
            self.0.keys().filter(|owner| owner.operation == Operation::Update).cloned().collect();
        let mut count = updaters.len();
        if count <= UPDATERS_MAX {
            return;
        }
        updaters.sort_by_key(|owner| self.0.get(owner).and_then(|owned| owned.time.clone()));
        let mut firsts: BTreeMap<String, Owner> = BTreeMap::new();
        for owner in updaters {
            if count <= UPDATERS_MAX {
                break;
            }
            let version = owner.api_version.clone();
            let bucket = Owner::new(ANCIENT, Operation::Update, &version, "");
            let Some(first) = firsts.get(&version) else {
                firsts.insert(version, owner);
                continue;
            };
            let gathered = self.0.remove(&bucket).or_else(|| self.0.remove(first));
            let Some(owned) = self.0.remove(&owner) else { continue };
            let set = match gathered {
                Some(gathered) => gathered.set.union(&owned.set),
                None => owned.set,
            };
            self.0.insert(bucket, Owned { set, ..owned });
            count -= 1;
        }
    }

    /// Notes that an owner acted now.
    pub(crate) fn stamp(&mut self, owner: &Owner, now: Timestamp) {
        if let Some(owned) = self.0.get_mut(owner) {
            owned.time = Some(meta::time(now));
        }
    }
}

/// Does a client want the owners forgotten: an empty list, or one empty entry?
pub(crate) fn is_reset(entries: Option<&Value>) -> bool {
    let Some(Value::Array(entries)) = entries else { return false };
    match entries.as_slice() {
        [] => true,
        [one] => one.as_object().is_some_and(Map::is_empty),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn entry(manager: &str, operation: &str, time: &str) -> Value {
        json!({"manager": manager, "operation": operation, "apiVersion": "v1", "time": time,
            "fieldsType": "FieldsV1", "fieldsV1": {format!("f:{manager}"): {}}})
    }

    #[test]
    fn entries_are_sorted_by_operation_and_time() {
        let early = "2026-01-01T00:00:00Z";
        let late = "2026-01-01T00:00:01Z";
        let entries = json!([
            entry("b", "Update", early),
            entry("a", "Update", late),
            entry("z", "Apply", late)
        ]);
        let owners = Owners::parse(Some(&entries)).unwrap();
        let sorted = json!([
            entry("z", "Apply", late),
            entry("b", "Update", early),
            entry("a", "Update", late)
        ]);
        assert_eq!(owners.written(), sorted);
        assert_eq!(Owners::parse(Some(&json!([{"operation": "x"}]))), None);
        assert!(is_reset(Some(&json!([{}]))) && is_reset(Some(&json!([]))));
        assert!(!is_reset(None) && !is_reset(Some(&entries)));
    }

    #[test]
    fn more_than_ten_updaters_become_ancient() {
        let entries: Vec<Value> = (0..12)
            .map(|n| entry(&format!("m{n:02}"), "Update", &format!("2026-01-01T00:00:{n:02}Z")))
            .collect();
        let mut owners = Owners::parse(Some(&entries.into())).unwrap();
        owners.cap();
        assert_eq!(owners.0.len(), 10);
        let ancient = Owner::new(ANCIENT, Operation::Update, "v1", "");
        let owned = &owners.0[&ancient];
        assert_eq!(owned.set.paths(), [".m00", ".m01", ".m02"]);
        assert_eq!(owned.time.as_deref(), Some("2026-01-01T00:00:02Z"));
    }
}
