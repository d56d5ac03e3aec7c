//! Reads and writes `metadata`: small accessors that keep the JSON paths in one place.

use jiff::Timestamp;
use serde_json::{Map, Value};

/// One entry of `metadata.ownerReferences`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Owner<'a> {
    pub api_version: &'a str,
    pub kind: &'a str,
    pub name: &'a str,
    pub uid: &'a str,
    pub blocks_deletion: bool,
    pub controls: bool,
}

impl Owner<'_> {
    pub(crate) fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }
}

pub(crate) fn of(object: &Value) -> Option<&Map<String, Value>> {
    object.get("metadata")?.as_object()
}

/// The metadata as a map, created where it is missing or something else.
pub(crate) fn of_mut(object: &mut Value) -> &mut Map<String, Value> {
    object_at(object, "metadata")
}

/// The map under a key of an object, created where it is missing or something else.
pub(crate) fn object_at<'a>(object: &'a mut Value, key: &str) -> &'a mut Map<String, Value> {
    if !object.is_object() {
        *object = Value::Object(Map::new());
    }
    let slot = &mut object[key];
    if !slot.is_object() {
        *slot = Value::Object(Map::new());
    }
    slot.as_object_mut().expect("it was made an object just above")
}

/// A text field of the metadata; empty where absent.
pub(crate) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    of(object).and_then(|meta| meta.get(field)).and_then(Value::as_str).unwrap_or_default()
}

pub(crate) fn set(object: &mut Value, field: &str, value: Value) {
    of_mut(object).insert(field.to_owned(), value);
}

pub(crate) fn remove(object: &mut Value, field: &str) -> Option<Value> {
    object.get_mut("metadata")?.as_object_mut()?.remove(field)
}

pub(crate) fn name(object: &Value) -> &str {
    text(object, "name")
}

pub(crate) fn uid(object: &Value) -> &str {
    text(object, "uid")
}

pub(crate) fn generation(object: &Value) -> i64 {
    of(object).and_then(|meta| meta.get("generation")).and_then(Value::as_i64).unwrap_or(0)
}

pub(crate) fn is_deleting(object: &Value) -> bool {
    !text(object, "deletionTimestamp").is_empty()
}

fn list<'a>(object: &'a Value, field: &str) -> &'a [Value] {
    of(object).and_then(|meta| meta.get(field)).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

pub(crate) fn finalizers(object: &Value) -> Vec<&str> {
    list(object, "finalizers").iter().filter_map(Value::as_str).collect()
}

pub(crate) fn has_finalizer(object: &Value, name: &str) -> bool {
    list(object, "finalizers").iter().any(|finalizer| finalizer == name)
}

pub(crate) fn set_finalizers(object: &mut Value, finalizers: Vec<String>) {
    if finalizers.is_empty() {
        remove(object, "finalizers");
    } else {
        set(object, "finalizers", finalizers.into());
    }
}

pub(crate) fn owners(object: &Value) -> Vec<Owner<'_>> {
    list(object, "ownerReferences").iter().map(owner).collect()
}

fn owner(reference: &Value) -> Owner<'_> {
    let text = |field: &str| reference.get(field).and_then(Value::as_str).unwrap_or_default();
    Owner {
        api_version: text("apiVersion"),
        kind: text("kind"),
        name: text("name"),
        uid: text("uid"),
        blocks_deletion: reference.get("blockOwnerDeletion") == Some(&Value::Bool(true)),
        controls: reference.get("controller") == Some(&Value::Bool(true)),
    }
}

pub(crate) fn labels(object: &Value) -> Option<&Map<String, Value>> {
    of(object)?.get("labels")?.as_object()
}

/// RFC 3339, whole seconds, UTC: how the API writes times.
pub(crate) fn time(now: Timestamp) -> String {
    now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
