//! Ownership of the number of replicas, as the scale subresource sees it.

use super::owners::{Owned, Owners};
use super::set::Set;

const SCALE: &str = "autoscaling/v1";
const REPLICAS: [&str; 2] = ["spec", "replicas"];

/// The owners of an object's replicas as owners of a scale's. `path` is where the object has them.
pub(crate) fn to_scale(owners: &Owners, path: &[String]) -> Owners {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let owners = owners.0.iter().filter(|(_, owned)| owned.set.has(&path));
    let owners = owners.map(|(owner, owned)| {
        let set = Set::of(&REPLICAS);
        (owner.clone(), Owned { set, api_version: SCALE.to_owned(), time: owned.time.clone() })
    });
    Owners(owners.collect())
}

/// The owners of an object after a write of its scale.
pub(crate) fn from_scale(
    owners: &Owners,
    scale: &Owners,
    path: &[String],
    api_version: &str,
) -> Owners {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    let replicas = Set::of(&path);
    let mut out = Owners::default();
    for (owner, owned) in &owners.0 {
        let mut owned = owned.clone();
        if owned.set.has(&path) && !scale.0.contains_key(owner) {
            owned.set = owned.set.difference(&replicas);
        }
        if !owned.set.is_empty() {
            out.0.insert(owner.clone(), owned);
        }
    }
    for (owner, owned) in &scale.0 {
        if !owned.set.has(&REPLICAS) || owners.0.contains_key(owner) {
            continue;
        }
        let mut owner = owner.clone();
        if !owner.api_version.is_empty() {
            api_version.clone_into(&mut owner.api_version);
        }
        let set = replicas.clone();
        let owned = Owned { set, api_version: api_version.to_owned(), time: owned.time.clone() };
        out.0.insert(owner, owned);
    }
    out
}
