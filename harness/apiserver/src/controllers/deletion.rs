//! How the deletion of an object begins.

use jiff::Timestamp;
use serde_json::Value;

use super::crds;
use crate::kinds::Resource;
use crate::meta;
use crate::rest::Propagation;
use crate::strategy;

/// Marks an object as being deleted, the way its kind and the wish for its dependents ask for.
pub(crate) fn begin_deletion(
    resource: &Resource,
    object: &mut Value,
    propagation: Propagation,
    now: Timestamp,
) {
    let mut finalizers: Vec<String> =
        meta::finalizers(object).into_iter().map(str::to_owned).collect();
    if propagation != Propagation::Unsaid {
        finalizers.retain(|name| name != "orphan" && name != "foregroundDeletion");
        match propagation {
            Propagation::Foreground => finalizers.push("foregroundDeletion".to_owned()),
            Propagation::Orphan => finalizers.push("orphan".to_owned()),
            Propagation::Background | Propagation::Unsaid => {}
        }
    }
    if resource.is_crd() {
        crds::begin_deletion(object, &mut finalizers, now);
    }
    meta::set_finalizers(object, finalizers);
    if resource.is_core("namespaces") {
        meta::object_at(object, "status").insert("phase".into(), "Terminating".into());
    }
    let grace = !resource.is_core("namespaces") && !resource.is_crd();
    // A CRD's generation counts its spec only.
    let generation = meta::generation(object);
    strategy::mark_deleting(object, now, grace);
    if resource.is_crd() {
        meta::set(object, "generation", generation.into());
    }
}
