//! How built-in kinds differ from each other: defaults, validation, stored form.

mod events;
mod schemas;

use base64::Engine as _;
use serde_json::{Map, Value, json};

use crate::crd::{self, Crd};
use crate::kinds::Resource;
use crate::meta;
use crate::names;
use crate::schema;
use crate::status::{FieldError, Result, quoted};
use crate::store::State;

/// Drops nulls and unknown fields. The error names the first field of a wrong type.
pub(crate) fn shape(
    resource: &Resource,
    object: &mut Value,
    unknown: &mut Vec<String>,
) -> std::result::Result<(), String> {
    if let Some(schema) = schemas::of(resource) {
        if let Some(why) = schemas::wrong_type(&resource.kind, object, schema) {
            return Err(why);
        }
        schema::shape(object, schema, unknown);
    } else if let Some(map) = object.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
    Ok(())
}

pub(crate) fn prepare_create(resource: &Resource, object: &mut Value) {
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "namespaces") => {
            let name = meta::name(object).to_owned();
            label_namespace(object, &name);
            meta::object_at(object, "spec").insert("finalizers".into(), json!(["kubernetes"]));
            meta::object_at(object, "status").insert("phase".into(), "Active".into());
        }
        ("", "secrets") => fold_string_data(object),
        ("apiextensions.k8s.io", "customresourcedefinitions") => {
            crd::set_defaults(object);
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
        ("", "secrets") => {
            fold_string_data(object);
        }
        ("apiextensions.k8s.io", "customresourcedefinitions") => {
            crd::set_defaults(object);
            crd::remember_storage_version(object);
        }
        _ => {}
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

pub(crate) fn validate(
    state: &mut State,
    resource: &Resource,
    object: &Value,
    old: Option<&Value>,
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "configmaps" | "secrets") => {
            for field in ["data", "binaryData"] {
                for key in object[field].as_object().into_iter().flat_map(Map::keys) {
                    if let Some(why) = names::config_key(key) {
                        let field = format!("{field}[{key}]");
                        errors.push(FieldError::invalid(field, quoted(key), why));
                    }
                }
            }
            if let Some(old) = old {
                validate_fixed(object, old, errors);
            }
        }
        ("" | "events.k8s.io", "events") => events::validate(resource, object, old, errors),
        ("apiextensions.k8s.io", "customresourcedefinitions") => {
            let spec_same = old.is_some_and(|old| old["spec"] == object["spec"]);
            if !spec_same {
                if let Some(old) = old {
                    crd::check_update(object, old, errors);
                }
                let crd = Crd::of(object.clone())?;
                let generation = meta::generation(object);
                state.crds.insert(meta::name(object).to_owned(), (crd, generation));
            }
        }
        _ => {}
    }
    Ok(())
}

/// Fields that an update may not change.
fn validate_fixed(object: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    if object["kind"] == "Secret" && object["type"] != old["type"] {
        let shown = object["type"].to_string();
        errors.push(FieldError::invalid("type", shown, "field is immutable"));
    }
    if old["immutable"] == Value::Bool(true) {
        let why = "field is immutable when `immutable` is set";
        for field in ["data", "binaryData", "immutable"] {
            if object[field] != old[field] {
                errors.push(FieldError::forbidden(field, why));
            }
        }
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
