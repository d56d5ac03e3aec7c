//! Rules of built-in kinds.

use serde_json::{Map, Value};

use super::events;
use crate::crd::{self, Crd};
use crate::kinds::Resource;
use crate::meta;
use crate::names;
use crate::status::{FieldError, Result, quoted};
use crate::store::State;

/// Adds what is wrong with an object of a built-in kind.
///
/// # Errors
/// Where a rule refuses the whole request instead of naming fields.
pub(crate) fn validate(
    state: &mut State,
    resource: &Resource,
    object: &Value,
    old: Option<&Value>,
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    match (resource.group.as_str(), resource.plural.as_str()) {
        ("", "configmaps" | "secrets") => keyed_data(object, old, errors),
        ("storage.k8s.io", "storageclasses") => storage_class(object, old, errors),
        ("rbac.authorization.k8s.io", "rolebindings" | "clusterrolebindings") => {
            role_binding(object, old, errors);
        }
        ("coordination.k8s.io", "leases") => lease(object, errors),
        ("" | "events.k8s.io", "events") => events::validate(resource, object, old, errors),
        ("apiextensions.k8s.io", "customresourcedefinitions") => {
            definition(state, object, old, errors)?;
        }
        _ => {}
    }
    Ok(())
}

fn keyed_data(object: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    for field in ["data", "binaryData"] {
        for key in object[field].as_object().into_iter().flat_map(Map::keys) {
            if let Some(why) = names::config_key(key) {
                errors.push(FieldError::invalid(format!("{field}[{key}]"), quoted(key), why));
            }
        }
    }
    if let Some(old) = old {
        validate_fixed(object, old, errors);
    }
}

fn storage_class(object: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    if object["provisioner"].as_str().unwrap_or_default().is_empty() {
        errors.push(FieldError::required("provisioner", ""));
    }
    for field in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
        if old.is_some_and(|old| old[field] != object[field]) {
            errors.push(FieldError::forbidden(field, format!("updates to {field} are forbidden.")));
        }
    }
}

fn role_binding(object: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    if old.is_some_and(|old| old["roleRef"] != object["roleRef"]) {
        let shown = object["roleRef"].to_string();
        errors.push(FieldError::invalid("roleRef", shown, "cannot change roleRef"));
    }
}

fn lease(object: &Value, errors: &mut Vec<FieldError>) {
    for (field, least, why) in [
        ("leaseDurationSeconds", 1, "must be greater than 0"),
        ("leaseTransitions", 0, "must be greater than or equal to 0"),
    ] {
        if let Some(count) = object["spec"][field].as_i64().filter(|count| *count < least) {
            errors.push(FieldError::invalid(format!("spec.{field}"), count.to_string(), why));
        }
    }
}

/// A CRD whose spec is new has to compile; what comes of it is kept for the controller.
fn definition(
    state: &mut State,
    object: &Value,
    old: Option<&Value>,
    errors: &mut Vec<FieldError>,
) -> Result<()> {
    if old.is_some_and(|old| old["spec"] == object["spec"]) {
        return Ok(());
    }
    if let Some(old) = old {
        crd::check_update(object, old, errors);
    }
    let crd = Crd::of(object.clone())?;
    let generation = meta::generation(object);
    state.crds.insert(meta::name(object).to_owned(), (crd, generation));
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
