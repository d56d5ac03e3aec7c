//! The rules of `metadata`, which are the same for every kind.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::kinds::Resource;
use crate::meta;
use crate::names;
use crate::schema::{Step, Trail};
use crate::status::{self, FieldError, quoted};

/// Longest beginning of a generated name, and the letters of its end.
const BASE_MAX: usize = 58;
const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
const LETTERS_COUNT: usize = 5;

/// Bytes that all annotations of an object may have together.
const ANNOTATIONS_BYTES_MAX: usize = 256 * 1024;

/// A name that begins with `prefix`.
pub(crate) fn generated_name(prefix: &str, dice: u64) -> String {
    let mut end = prefix.len().min(BASE_MAX);
    while !prefix.is_char_boundary(end) {
        end -= 1;
    }
    let mut name = prefix[..end].to_owned();
    let mut rest = dice;
    for _ in 0..LETTERS_COUNT {
        let count = LETTERS.len() as u64;
        name.push(char::from(LETTERS[usize::try_from(rest % count).unwrap_or(0)]));
        rest /= count;
    }
    name
}

/// Keeps what belongs into metadata; absent, null and empty are the same.
pub(super) fn shape(object: &mut Value, unknown: &mut Vec<String>) -> Result<(), String> {
    let Some(map) = object.as_object_mut() else { return Err("json: not an object".to_owned()) };
    let metadata = match map.get_mut("metadata") {
        None | Some(Value::Null) => {
            map.insert("metadata".into(), Value::Object(Map::new()));
            return Ok(());
        }
        Some(Value::Object(metadata)) => metadata,
        Some(other) => return Err(wrong(other, "metadata", "v1.ObjectMeta")),
    };
    let mut fault = None;
    metadata.retain(|name, value| match keep(name, value) {
        Ok(keep) => keep,
        Err(Fault::Unknown) => {
            unknown.push(format!("metadata.{name}"));
            false
        }
        Err(Fault::Type(why)) => {
            fault.get_or_insert(why);
            false
        }
    });
    if let Some(Value::Array(owners)) = metadata.get_mut("ownerReferences") {
        let root = Trail::new(None, Step::Key("metadata"));
        let trail = Trail::new(Some(&root), Step::Key("ownerReferences"));
        shape_owners(owners, &trail, unknown)?;
    }
    fault.map_or(Ok(()), Err)
}

enum Fault {
    Unknown,
    Type(String),
}

fn keep(name: &str, value: &Value) -> Result<bool, Fault> {
    let check = |fits: bool, wanted: &str| {
        if fits { Ok(()) } else { Err(Fault::Type(wrong(value, name, wanted))) }
    };
    if value.is_null() {
        return Ok(false);
    }
    match name {
        "name" | "generateName" | "namespace" | "uid" | "resourceVersion" | "creationTimestamp"
        | "deletionTimestamp" => {
            check(value.is_string(), "string")?;
            Ok(value.as_str() != Some(""))
        }
        "selfLink" => Ok(false),
        // What stands in it is judged by whoever keeps track of owners.
        "managedFields" => {
            check(value.is_array(), "[]v1.ManagedFieldsEntry")?;
            Ok(true)
        }
        "generation" | "deletionGracePeriodSeconds" => {
            check(value.is_i64(), "int64")?;
            Ok(true)
        }
        "labels" | "annotations" => {
            let map = value.as_object();
            check(map.is_some(), "map[string]string")?;
            let map = map.into_iter().flatten();
            for (_, value) in map.clone() {
                if !value.is_string() {
                    return Err(Fault::Type(wrong(value, name, "string")));
                }
            }
            Ok(map.count() > 0)
        }
        "finalizers" => {
            let list = value.as_array().map(Vec::as_slice);
            check(list.is_some_and(|list| list.iter().all(Value::is_string)), "string")?;
            Ok(list.is_some_and(|list| !list.is_empty()))
        }
        "ownerReferences" => {
            let list = value.as_array().map(Vec::as_slice);
            let fits = list.is_some_and(|list| list.iter().all(Value::is_object));
            check(fits, "v1.OwnerReference")?;
            Ok(list.is_some_and(|list| !list.is_empty()))
        }
        _ => Err(Fault::Unknown),
    }
}

fn shape_owners(
    owners: &mut [Value],
    trail: &Trail<'_>,
    unknown: &mut Vec<String>,
) -> Result<(), String> {
    for (index, owner) in owners.iter_mut().enumerate() {
        let Some(map) = owner.as_object_mut() else { continue };
        let trail = Trail::new(Some(trail), Step::Index(index));
        let mut fault = None;
        map.retain(|name, value| match name.as_str() {
            _ if value.is_null() => false,
            "apiVersion" | "kind" | "name" | "uid" => {
                if !value.is_string() {
                    fault.get_or_insert(wrong(value, "ownerReferences", "string"));
                }
                true
            }
            "controller" | "blockOwnerDeletion" => {
                if !value.is_boolean() {
                    fault.get_or_insert(wrong(value, "ownerReferences", "bool"));
                }
                true
            }
            _ => {
                unknown.push(Trail::new(Some(&trail), Step::Key(name)).to_string());
                false
            }
        });
        if let Some(fault) = fault {
            return Err(fault);
        }
    }
    Ok(())
}

/// Go's sentence for a value of the wrong type.
fn wrong(value: &Value, field: &str, wanted: &str) -> String {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let place = if field == "metadata" { "metadata" } else { &format!("metadata.{field}") };
    format!(
        "json: cannot unmarshal {found} into Go struct field ObjectMeta.{place} of type {wanted}"
    )
}

/// Wipes what a client may not set and sets what every object has.
pub(super) fn settle_new(object: &mut Value, now: Timestamp, uid: String) {
    let metadata = meta::of_mut(object);
    metadata.retain(|name, _| {
        !matches!(
            name.as_str(),
            "uid"
                | "resourceVersion"
                | "creationTimestamp"
                | "deletionTimestamp"
                | "deletionGracePeriodSeconds"
                | "generation"
        )
    });
    metadata.insert("uid".into(), uid.into());
    metadata.insert("creationTimestamp".into(), meta::time(now).into());
}

/// Carries over what an update does not change, or may leave out.
pub(super) fn settle_update(new: &mut Value, old: &Value) {
    let old_meta = meta::of(old);
    let new_meta = meta::of_mut(new);
    for field in ["generation", "resourceVersion", "generateName"] {
        match old_meta.and_then(|old| old.get(field)) {
            Some(value) => {
                new_meta.insert(field.to_owned(), value.clone());
            }
            None => {
                new_meta.remove(field);
            }
        }
    }
    // A wish to change these times is ignored, not refused.
    for field in ["creationTimestamp", "deletionTimestamp"] {
        match old_meta.and_then(|old| old.get(field)) {
            Some(value) => new_meta.insert(field.to_owned(), value.clone()),
            None => new_meta.remove(field),
        };
    }
    for field in ["uid", "deletionGracePeriodSeconds"] {
        if let Some(value) = old_meta.and_then(|old| old.get(field))
            && !new_meta.contains_key(field)
        {
            new_meta.insert(field.to_owned(), value.clone());
        }
    }
}

/// The rule for names of the kind.
fn name_rule(resource: &Resource) -> fn(&str) -> Option<String> {
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "namespaces") => names::dns_label,
        ("", "services") => names::dns_1035,
        ("rbac.authorization.k8s.io", _) => names::path_segment,
        _ => names::dns_subdomain,
    }
}

pub(super) fn validate_new(resource: &Resource, object: &Value, errors: &mut Vec<FieldError>) {
    let rule = name_rule(resource);
    let prefix = meta::text(object, "generateName");
    if !prefix.is_empty()
        && let Some(why) = rule(prefix.trim_end_matches(['-', '.']))
    {
        errors.push(FieldError::invalid("metadata.generateName", quoted(prefix), why));
    }
    let name = meta::name(object);
    if name.is_empty() {
        let why = "name or generateName is required";
        errors.push(FieldError::required("metadata.name", why));
    } else if let Some(why) = rule(name) {
        errors.push(FieldError::invalid("metadata.name", quoted(name), why));
    }
    validate_common(object, errors);
}

fn validate_common(object: &Value, errors: &mut Vec<FieldError>) {
    for (key, value) in meta::labels(object).into_iter().flatten() {
        if let Some(why) = names::qualified_name(key) {
            errors.push(FieldError::invalid("metadata.labels", quoted(key), why));
        }
        if let Some(why) = names::label_value(value.as_str().unwrap_or_default()) {
            errors.push(FieldError::invalid("metadata.labels", value.to_string(), why));
        }
    }
    let annotations = meta::of(object).and_then(|meta| meta.get("annotations")?.as_object());
    let mut bytes = 0;
    for (key, value) in annotations.into_iter().flatten() {
        if let Some(why) = names::qualified_name(&key.to_lowercase()) {
            errors.push(FieldError::invalid("metadata.annotations", quoted(key), why));
        }
        bytes += key.len() + value.as_str().unwrap_or_default().len();
    }
    if bytes > ANNOTATIONS_BYTES_MAX {
        let fault = status::Fault::TooLong(ANNOTATIONS_BYTES_MAX as u64);
        errors.push(FieldError::new("metadata.annotations", fault));
    }
    for finalizer in meta::finalizers(object) {
        if let Some(why) = names::qualified_name(finalizer) {
            errors.push(FieldError::invalid("metadata.finalizers", quoted(finalizer), why));
        }
    }
    let has = |name: &str| meta::has_finalizer(object, name);
    if has("orphan") && has("foregroundDeletion") {
        let why = "finalizer orphan and foregroundDeletion cannot be both set";
        errors.push(FieldError::invalid("metadata.finalizers", "null", why));
    }
    validate_owners(object, errors);
}

fn validate_owners(object: &Value, errors: &mut Vec<FieldError>) {
    let mut controller: Option<String> = None;
    for (index, owner) in meta::owners(object).into_iter().enumerate() {
        let field = |name: &str| format!("metadata.ownerReferences[{index}].{name}");
        for (name, text) in [
            ("apiVersion", owner.api_version),
            ("kind", owner.kind),
            ("name", owner.name),
            ("uid", owner.uid),
        ] {
            if text.is_empty() {
                errors.push(FieldError::required(field(name), "must not be empty"));
            }
        }
        if owner.api_version.matches('/').count() > 1 {
            let why = "must be <group>/<version> or <version>";
            let shown = quoted(owner.api_version);
            errors.push(FieldError::invalid(field("apiVersion"), shown, why));
        }
        if owner.controls {
            let this = format!("{}/{}", owner.kind, owner.name);
            match &controller {
                None => controller = Some(this),
                Some(first) => {
                    let why = format!(
                        "Only one reference can have Controller set to true. Found \"true\" in \
                         references for {first} and {this}"
                    );
                    let all = meta::of(object).and_then(|meta| meta.get("ownerReferences"));
                    let shown = all.map(ToString::to_string);
                    let fault = status::Fault::Invalid(shown, why);
                    errors.push(FieldError::new("metadata.ownerReferences", fault));
                }
            }
        }
    }
}

pub(super) fn validate_update(object: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    if meta::of(object) == meta::of(old) {
        return;
    }
    let mut found = Vec::new();
    validate_common(object, &mut found);
    if meta::is_deleting(old) {
        let before = meta::finalizers(old);
        let mut added: Vec<_> = meta::finalizers(object);
        added.retain(|finalizer| !before.contains(finalizer));
        added.sort_unstable();
        added.dedup();
        if !added.is_empty() {
            let list = added.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ");
            let why = format!(
                "no new finalizers can be added if the object is being deleted, found new \
                 finalizers []string{{{list}}}"
            );
            found.push(FieldError::forbidden("metadata.finalizers", why));
        }
    }
    let grace = |object: &Value| {
        meta::of(object).and_then(|meta| meta.get("deletionGracePeriodSeconds").cloned())
    };
    if grace(object) != grace(old) {
        let shown = grace(object).unwrap_or_default().to_string();
        let field = "metadata.deletionGracePeriodSeconds";
        found.push(FieldError::invalid(field, shown, "field is immutable"));
    }
    // A real server checks metadata two times, and says so two times.
    errors.extend(found.iter().cloned());
    errors.append(&mut found);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn generated_names_have_five_letters_more() {
        assert_eq!(generated_name("gen-", 0), "gen-bbbbb");
        assert_eq!(generated_name(&"a".repeat(100), 7).len(), BASE_MAX + LETTERS_COUNT);
    }

    #[test]
    fn empty_fields_are_absent_and_wrong_ones_are_refused() {
        let mut object = json!({"metadata": {"name": "a", "uid": "", "labels": {},
            "creationTimestamp": null, "bogus": 1}});
        let mut unknown = Vec::new();
        shape(&mut object, &mut unknown).unwrap();
        assert_eq!(object, json!({"metadata": {"name": "a"}}));
        assert_eq!(unknown, ["metadata.bogus"]);
        for bad in [
            json!({"metadata": 1}),
            json!({"metadata": {"name": 1}}),
            json!({"metadata": {"labels": {"a": 1}}}),
            json!({"metadata": {"ownerReferences": [1]}}),
            json!({"metadata": {"ownerReferences": [{"uid": 1}]}}),
        ] {
            let mut object = bad;
            assert!(shape(&mut object, &mut Vec::new()).is_err());
        }
    }
}
