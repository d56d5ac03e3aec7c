//! Owners of what the server itself writes.

use serde_json::{Value, json};

use super::{Manager, Shape};
use crate::kinds::Resource;
use crate::store::State;

/// Writes into the next state of an object who owns its fields, if the server keeps track of that.
/// `old` is None for a new object; both are in the stored version.
pub(crate) fn track(
    state: &State,
    resource: &Resource,
    old: Option<&Value>,
    new: &mut Value,
    manager: &str,
) {
    if !state.options.managed_fields {
        return;
    }
    let api_version = resource.storage_version().to_owned();
    let version = api_version.rsplit('/').next().unwrap_or_default();
    let found = state.registry.find(&resource.group, version, &resource.plural);
    let resource = found.as_deref().unwrap_or(resource);
    let of_status = old.is_some_and(|old| old.get("status") != new.get("status"));
    let none = json!({"apiVersion": api_version});
    Manager {
        resource,
        registry: &state.registry,
        shape: Shape::of(resource),
        api_version: &api_version,
        subresource: if of_status && resource.status { "status" } else { "" },
        now: (state.options.now)(),
    }
    .update(old.unwrap_or(&none), new, manager);
}
