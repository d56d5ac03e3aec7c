//! All that can be wrong with an object before it is stored, and what is only worth a warning.

use serde_json::Value;

use super::{metadata, scale};
use crate::builtin;
use crate::kinds::{Resource, Source};
use crate::meta;
use crate::schema;
use crate::status::{FieldError, Result};
use crate::store::State;

/// All that is wrong with an object, before it is stored.
///
/// # Errors
/// Where a rule refuses the whole request instead of naming fields.
pub(crate) fn validate(
    state: &mut State,
    resource: &Resource,
    object: &Value,
    old: Option<&Value>,
    status: bool,
) -> Result<Vec<FieldError>> {
    let mut errors = Vec::new();
    match old {
        None => metadata::validate_new(resource, object, &mut errors),
        Some(old) => metadata::validate_update(object, old, &mut errors),
    }
    match &resource.source {
        Source::Custom(version) => {
            let part = if status { schema::Part::Status } else { schema::Part::Whole };
            errors.append(&mut schema::validate(object, old, &version.schema, part, |errors| {
                if let Some(paths) = &resource.scale {
                    scale::validate(object, paths, status, errors);
                }
            }));
        }
        Source::Builtin(_) => builtin::validate(state, resource, object, old, &mut errors)?,
    }
    Ok(errors)
}

/// What the server says about an accepted custom resource: finalizers that are new.
pub(crate) fn warnings(resource: &Resource, object: &Value, old: Option<&Value>) -> Vec<String> {
    if resource.custom().is_none() {
        return Vec::new();
    }
    let before = old.map(meta::finalizers).unwrap_or_default();
    let mut added = meta::finalizers(object);
    added.retain(|finalizer| !before.contains(finalizer));
    added.sort_unstable();
    let known = |name: &str| matches!(name, "foregroundDeletion" | "orphan" | "kubernetes");
    added
        .into_iter()
        .filter(|name| !name.contains('/') && !known(name))
        .map(|name| {
            let path = if name.contains('.') { " including a path (/)" } else { "" };
            format!(
                "metadata.finalizers: \"{name}\": prefer a domain-qualified finalizer name{path} \
                 to avoid accidental conflicts with other finalizer writers"
            )
        })
        .collect()
}
