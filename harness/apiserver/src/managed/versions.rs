//! An object in the versions in which owners name its fields.

use std::sync::Arc;

use serde_json::Value;

use crate::kinds::{Registry, Resource};
use crate::render;
use crate::strategy;

/// The versions of one resource.
pub(crate) struct Versions<'a> {
    pub registry: &'a Registry,
    /// The version in which the request speaks.
    pub resource: &'a Resource,
}

impl Versions<'_> {
    /// The resource in another version; None if it is not served any more.
    pub(crate) fn get(&self, api_version: &str) -> Option<Arc<Resource>> {
        let resource = self.resource;
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let found = self.registry.find(group, version, &resource.plural)?;
        (found.table == resource.table).then_some(found)
    }

    /// An object of the request's version in another one.
    pub(crate) fn convert(&self, object: &Value, to: &Resource) -> Value {
        if to.api_version == self.resource.api_version {
            return object.clone();
        }
        let mut stored = object.clone();
        strategy::to_storage(self.resource, &mut stored);
        render::present(to, &stored).into_owned()
    }
}
