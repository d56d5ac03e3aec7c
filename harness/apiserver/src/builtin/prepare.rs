//! Shapes, defaults and stored forms of built-in kinds.

use base64::Engine as _;
use serde_json::{Map, Value, json};

use super::{events, fields, types};
use crate::crd;
use crate::kinds::Resource;
use crate::meta;

/// Drops nulls and unknown fields. The error names the first field of a wrong type.
pub(crate) fn shape(
    resource: &Resource,
    object: &mut Value,
    unknown: &mut Vec<String>,
) -> std::result::Result<(), String> {
    if let Some(kind) = types::of_kind(&resource.api_version, &resource.kind) {
        if let Some(why) = fields::wrong_type(object, kind) {
            return Err(why);
        }
        fields::shape(object, kind, unknown);
        check_base64(object, resource)?;
    } else if let Some(map) = object.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
    set_defaults(resource, object);
    Ok(())
}

/// Fills in what every reader of a body sees. What only the server decides comes later.
pub(crate) fn set_defaults(resource: &Resource, object: &mut Value) {
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "namespaces") => {
            let name = meta::name(object).to_owned();
            if !name.is_empty() {
                label_namespace(object, &name);
            }
        }
        ("", "secrets") => fold_string_data(object),
        ("storage.k8s.io", "storageclasses") => {
            set_missing(object, "reclaimPolicy", "Delete");
            set_missing(object, "volumeBindingMode", "Immediate");
        }
        ("apiextensions.k8s.io", "customresourcedefinitions") => crd::set_defaults(object),
        _ => {}
    }
}

/// Bytes in secrets and config maps are base64.
fn check_base64(object: &Value, resource: &Resource) -> std::result::Result<(), String> {
    let field = match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "secrets") => "data",
        ("", "configmaps") => "binaryData",
        _ => return Ok(()),
    };
    for text in object[field].as_object().into_iter().flat_map(Map::values) {
        let text = text.as_str().unwrap_or_default();
        if let Err(error) = base64::engine::general_purpose::STANDARD.decode(text) {
            let at = match error {
                base64::DecodeError::InvalidByte(at, _)
                | base64::DecodeError::InvalidLastSymbol(at, _) => at,
                base64::DecodeError::InvalidLength(_) | base64::DecodeError::InvalidPadding => {
                    text.len()
                }
            };
            return Err(format!("illegal base64 data at input byte {at}"));
        }
    }
    Ok(())
}

pub(crate) fn prepare_create(resource: &Resource, object: &mut Value) {
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "namespaces") => {
            // It may have got its name only now.
            let name = meta::name(object).to_owned();
            label_namespace(object, &name);
            meta::object_at(object, "spec").insert("finalizers".into(), json!(["kubernetes"]));
            meta::object_at(object, "status").insert("phase".into(), "Active".into());
        }
        ("", "pods" | "persistentvolumeclaims" | "persistentvolumes") => {
            meta::object_at(object, "status").insert("phase".into(), "Pending".into());
        }
        ("apiextensions.k8s.io", "customresourcedefinitions") => {
            object["status"] = json!({
                "conditions": null,
                "acceptedNames": {"plural": "", "kind": ""},
            });
            crd::remember_storage_version(object);
        }
        _ => {}
    }
}

pub(crate) fn prepare_update(resource: &Resource, object: &mut Value, old: &Value) {
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "namespaces") => {
            let name = meta::name(old).to_owned();
            label_namespace(object, &name);
            let finalizers = old["spec"]["finalizers"].clone();
            if !finalizers.is_null() {
                meta::object_at(object, "spec").insert("finalizers".into(), finalizers);
            }
        }
        ("apiextensions.k8s.io", "customresourcedefinitions") => {
            crd::remember_storage_version(object);
        }
        _ => {}
    }
}

fn set_missing(object: &mut Value, field: &str, text: &str) {
    if let Some(map) = object.as_object_mut() {
        map.entry(field).or_insert_with(|| text.into());
    }
}

fn label_namespace(object: &mut Value, name: &str) {
    let metadata = meta::of_mut(object);
    let labels = metadata.entry("labels").or_insert_with(|| Value::Object(Map::new()));
    if let Some(labels) = labels.as_object_mut() {
        labels.insert("kubernetes.io/metadata.name".into(), name.into());
    }
}

/// `stringData` is written into `data` as base64; a secret has a type.
fn fold_string_data(object: &mut Value) {
    let Some(map) = object.as_object_mut() else { return };
    if let Some(Value::Object(texts)) = map.remove("stringData") {
        let data = meta::object_at(object, "data");
        for (key, text) in texts {
            let text = text.as_str().unwrap_or_default();
            let coded = base64::engine::general_purpose::STANDARD.encode(text);
            data.insert(key, coded.into());
        }
    }
    if object.get("type").and_then(Value::as_str).unwrap_or_default().is_empty() {
        object["type"] = "Opaque".into();
    }
}

/// Turns the requested form of an object into the stored one.
pub(crate) fn to_storage(resource: &Resource, object: &mut Value) {
    if is_event(resource) {
        events::to_storage(resource, object);
    }
}

/// Turns the stored form of an object into that of another version or group.
pub(crate) fn to_version(resource: &Resource, object: &mut Value) {
    if is_event(resource) && !resource.group.is_empty() {
        events::to_new(object);
    }
}

fn is_event(resource: &Resource) -> bool {
    resource.custom().is_none() && resource.plural == "events"
}
