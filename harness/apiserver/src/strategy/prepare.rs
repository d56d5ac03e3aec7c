//! Gives objects their shape and what only the server may give.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::metadata;
use crate::builtin;
use crate::kinds::{Resource, Source};
use crate::meta;
use crate::schema;
use crate::store::{State, Stored};

/// Drops unknown fields, sets defaults. The error says which field has the wrong type.
pub(crate) fn shape(
    resource: &Resource,
    object: &mut Value,
    unknown: &mut Vec<String>,
) -> std::result::Result<(), String> {
    metadata::shape(object, unknown)?;
    match &resource.source {
        Source::Custom(version) => schema::shape(object, &version.schema, unknown),
        Source::Builtin(_) => builtin::shape(resource, object, unknown)?,
    }
    Ok(())
}

/// Gives a new object what only the server may give.
pub(crate) fn prepare_create(state: &State, resource: &Resource, object: &mut Value) {
    let dice = &state.options.dice;
    metadata::settle_new(object, (state.options.now)(), uid(dice(), dice()));
    if resource.generation {
        meta::set(object, "generation", 1.into());
    }
    if resource.status
        && let Some(map) = object.as_object_mut()
    {
        map.remove("status");
    }
    if resource.custom().is_none() {
        builtin::prepare_create(resource, object);
    }
}

/// The object that an update wants to store: `new`, with what an update may not change taken
/// from `old`.
pub(crate) fn prepare_update(
    resource: &Resource,
    mut new: Value,
    old: &Stored,
    status: bool,
) -> Value {
    if status {
        let wanted = new.get_mut("status").map(Value::take);
        let members = old.object.as_object().into_iter().flatten();
        let others = members.filter(|(name, _)| *name != "status");
        let mut object: Map<String, Value> =
            others.map(|(name, value)| (name.clone(), value.clone())).collect();
        if let Some(wanted) = wanted {
            object.insert("status".to_owned(), wanted);
        }
        return Value::Object(object);
    }
    metadata::settle_update(&mut new, &old.object);
    if resource.status {
        put_or_remove(&mut new, "status", old.object.get("status").cloned());
    }
    if resource.custom().is_none() {
        builtin::prepare_update(resource, &mut new, &old.object);
    }
    if resource.generation && content_differs(resource, &new, &old.object) {
        let next = meta::generation(&old.object) + 1;
        meta::set(&mut new, "generation", next.into());
    }
    new
}

fn put_or_remove(object: &mut Value, field: &str, value: Option<Value>) {
    if let Some(map) = object.as_object_mut() {
        match value {
            Some(value) => {
                map.insert(field.to_owned(), value);
            }
            None => {
                map.remove(field);
            }
        }
    }
}

/// Has anything changed that counts for the generation?
fn content_differs(resource: &Resource, new: &Value, old: &Value) -> bool {
    let (Some(new), Some(old)) = (new.as_object(), old.as_object()) else { return true };
    let counts = |name: &str| {
        name != "metadata"
            && name != "apiVersion"
            && !(name == "status" && (resource.status || resource.custom().is_none()))
    };
    let differs = |one: &Map<String, Value>, other: &Map<String, Value>| {
        one.iter().any(|(name, value)| counts(name) && other.get(name) != Some(value))
    };
    differs(new, old) || differs(old, new)
}

/// Turns an object of the requested version into the stored one.
pub(crate) fn to_storage(resource: &Resource, object: &mut Value) {
    builtin::to_storage(resource, object);
    if let Some(map) = object.as_object_mut() {
        let version = resource.storage_version();
        if map.get("apiVersion").and_then(Value::as_str) != Some(version) {
            map.insert("apiVersion".into(), version.into());
        }
    }
}

/// Does nothing hold the object back from being deleted?
pub(crate) fn is_free(resource: &Resource, object: &Value) -> bool {
    let held_by_spec = resource.is_core("namespaces")
        && object["spec"]["finalizers"].as_array().is_some_and(|list| !list.is_empty());
    meta::finalizers(object).is_empty() && !held_by_spec
}

/// Marks an object as being deleted. Idempotent.
pub(crate) fn mark_deleting(object: &mut Value, now: Timestamp, grace: bool) {
    if meta::is_deleting(object) {
        return;
    }
    meta::set(object, "deletionTimestamp", meta::time(now).into());
    if grace {
        meta::set(object, "deletionGracePeriodSeconds", 0.into());
    }
    let generation = meta::generation(object);
    if generation > 0 {
        meta::set(object, "generation", (generation + 1).into());
    }
}

/// A version 4 uid from two dice.
pub(crate) fn uid(high: u64, low: u64) -> String {
    let high = (high & 0xffff_ffff_ffff_0fff) | 0x4000;
    let low = (low & 0x3fff_ffff_ffff_ffff) | 0x8000_0000_0000_0000;
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xffff,
        low >> 48,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_are_of_version_4() {
        assert_eq!(uid(0, 0), "00000000-0000-4000-8000-000000000000");
        assert_eq!(uid(u64::MAX, u64::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
    }
}
