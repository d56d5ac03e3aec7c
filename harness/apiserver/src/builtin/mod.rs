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
        check_base64(object, resource)?;
    } else if let Some(map) = object.as_object_mut() {
        map.retain(|_, value| !value.is_null());
    }
    Ok(())
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
            let name = meta::name(object).to_owned();
            label_namespace(object, &name);
            meta::object_at(object, "spec").insert("finalizers".into(), json!(["kubernetes"]));
            meta::object_at(object, "status").insert("phase".into(), "Active".into());
        }
        ("", "secrets") => fold_string_data(object),
        ("", "pods" | "persistentvolumeclaims" | "persistentvolumes") => {
            meta::object_at(object, "status").insert("phase".into(), "Pending".into());
        }
        ("storage.k8s.io", "storageclasses") => {
            set_missing(object, "reclaimPolicy", "Delete");
            set_missing(object, "volumeBindingMode", "Immediate");
        }
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
        ("storage.k8s.io", "storageclasses") => {
            if object["provisioner"].as_str().unwrap_or_default().is_empty() {
                errors.push(FieldError::required("provisioner", ""));
            }
            for field in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
                if old.is_some_and(|old| old[field] != object[field]) {
                    let why = format!("updates to {field} are forbidden.");
                    errors.push(FieldError::forbidden(field, why));
                }
            }
        }
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings")
            if old.is_some_and(|old| old["roleRef"] != object["roleRef"]) =>
        {
            let shown = object["roleRef"].to_string();
            errors.push(FieldError::invalid("roleRef", shown, "cannot change roleRef"));
        }
        ("coordination.k8s.io", "leases") => {
            for field in ["leaseDurationSeconds", "leaseTransitions"] {
                let least = i64::from(field == "leaseDurationSeconds");
                let found = object["spec"][field].as_i64();
                if let Some(count) = found.filter(|count| *count < least) {
                    let why = match least {
                        1 => "must be greater than 0",
                        _ => "must be greater than or equal to 0",
                    };
                    let field = format!("spec.{field}");
                    errors.push(FieldError::invalid(field, count.to_string(), why));
                }
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
