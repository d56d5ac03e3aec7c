//! Events: one store, two groups. They are stored in the form of the core group.

use serde_json::{Map, Value, json};

use crate::kinds::Resource;
use crate::meta;
use crate::status::{FieldError, quoted};

/// events.k8s.io → core
const NAMES: &[(&str, &str)] = &[
    ("regarding", "involvedObject"),
    ("note", "message"),
    ("reportingController", "reportingComponent"),
    ("deprecatedSource", "source"),
    ("deprecatedFirstTimestamp", "firstTimestamp"),
    ("deprecatedLastTimestamp", "lastTimestamp"),
    ("deprecatedCount", "count"),
];

/// Fields that the core form always shows, and how they look when they are not set.
fn bare() -> [(&'static str, Value); 7] {
    [
        ("source", json!({})),
        ("firstTimestamp", Value::Null),
        ("lastTimestamp", Value::Null),
        ("eventTime", Value::Null),
        ("reportingComponent", "".into()),
        ("reportingInstance", "".into()),
        ("involvedObject", json!({})),
    ]
}

fn rename(map: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = map.remove(from) {
        map.insert(to.to_owned(), value);
    }
}

/// From either group's form to the stored one.
pub(super) fn to_storage(resource: &Resource, object: &mut Value) {
    let Some(map) = object.as_object_mut() else { return };
    if !resource.group.is_empty() {
        for (new, core) in NAMES {
            rename(map, new, core);
        }
    }
    for (field, value) in bare() {
        map.entry(field).or_insert(value);
    }
}

/// From the stored form to that of `events.k8s.io`.
pub(super) fn to_new(object: &mut Value) {
    let Some(map) = object.as_object_mut() else { return };
    for (new, core) in NAMES {
        rename(map, core, new);
    }
    for field in ["reportingController", "reportingInstance"] {
        if map.get(field) == Some(&Value::from("")) {
            map.remove(field);
        }
    }
}

/// Rules for an event in its requested form.
pub(super) fn validate(
    resource: &Resource,
    object: &Value,
    old: Option<&Value>,
    errors: &mut Vec<FieldError>,
) {
    let namespace = meta::text(object, "namespace");
    let about = object["involvedObject"]["namespace"].as_str().unwrap_or_default();
    let fits = if about.is_empty() { namespace == "default" } else { about == namespace };
    if !fits {
        let field = "involvedObject.namespace";
        errors.push(FieldError::invalid(field, quoted(about), "does not match event.namespace"));
    }
    if resource.group.is_empty() || old.is_some() {
        return;
    }
    if object["eventTime"].is_null() {
        errors.push(FieldError::required("eventTime", ""));
    }
    for (field, stored) in [
        ("reportingController", "reportingComponent"),
        ("reportingInstance", "reportingInstance"),
        ("action", "action"),
        ("reason", "reason"),
    ] {
        if object[stored].as_str().unwrap_or_default().is_empty() {
            errors.push(FieldError::required(field, ""));
        }
    }
}
