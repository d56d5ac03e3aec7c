//! Garbage collection by owner references.

use serde_json::Value;

use super::{Work, begin_deletion, by};
use crate::meta::{self, Owner};
use crate::rest::Propagation;
use crate::store::{Key, State};

/// Where an owner would stand: cluster-wide, or in the namespace of its dependent. None if nobody
/// can say that it is gone: its kind is not known, or it is namespaced and its dependent is not.
pub(super) fn key_of(state: &State, owner: &Owner<'_>, namespace: &str) -> Option<Key> {
    let resource = state.registry.of_kind(owner.group(), owner.kind)?;
    if resource.namespaced && namespace.is_empty() {
        return None;
    }
    Some(Key {
        group: resource.group.clone(),
        plural: resource.plural.clone(),
        namespace: if resource.namespaced { namespace.to_owned() } else { String::new() },
        name: owner.name.to_owned(),
    })
}

/// Is it deleted in the foreground, so that it waits for its dependents?
pub(super) fn waits(object: &Value) -> bool {
    meta::is_deleting(object) && meta::has_finalizer(object, "foregroundDeletion")
}

#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Solid,
    /// Deleted in the foreground: it waits for its dependents.
    Waiting,
    Gone,
}

fn fate(state: &State, owner: &Owner<'_>, namespace: &str) -> Fate {
    let Some(key) = key_of(state, owner, namespace) else { return Fate::Solid };
    match state.lookup(&key) {
        Some((_, stored)) if meta::uid(&stored.object) == owner.uid => {
            if waits(&stored.object) {
                Fate::Waiting
            } else {
                Fate::Solid
            }
        }
        Some(_) | None => Fate::Gone,
    }
}

/// An object stays as long as one of its owners does.
pub(super) fn check_owners(state: &mut State, key: &Key) {
    let Some((resource, old)) = state.lookup(key) else { return };
    let fates: Vec<(String, Fate)> = meta::owners(&old.object)
        .iter()
        .map(|owner| (owner.uid.to_owned(), fate(state, owner, &key.namespace)))
        .collect();
    if fates.is_empty() {
        return;
    }
    let count = |wanted: Fate| fates.iter().filter(|(_, fate)| *fate == wanted).count();
    if count(Fate::Solid) > 0 {
        if count(Fate::Solid) < fates.len() {
            let mut object = (*old.object).clone();
            let stays = |uid: &str| fates.iter().any(|(u, fate)| u == uid && *fate == Fate::Solid);
            retain_owners(&mut object, stays);
            state.settle(&resource, key, &old, object, by::GC);
        }
        return;
    }
    if meta::is_deleting(&old.object) {
        return;
    }
    let has_dependents = state.dependents.contains_key(meta::uid(&old.object));
    let propagation = if count(Fate::Waiting) > 0 && has_dependents {
        Propagation::Foreground
    } else if meta::has_finalizer(&old.object, "orphan") {
        Propagation::Orphan
    } else if meta::has_finalizer(&old.object, "foregroundDeletion") {
        Propagation::Foreground
    } else {
        Propagation::Background
    };
    let mut object = (*old.object).clone();
    begin_deletion(&resource, &mut object, propagation, (state.options.now)());
    state.settle(&resource, key, &old, object, by::GC);
}

pub(super) fn owner_gone(state: &mut State, uid: &str) {
    let keys = state.dependents.get(uid).map(|dependents| dependents.keys.clone());
    state.work.extend(keys.into_iter().flatten().map(Work::CheckOwners));
}

pub(super) fn foreground(state: &mut State, key: &Key) {
    let Some((_, stored)) = state.lookup(key) else { return };
    owner_gone(state, meta::uid(&stored.object));
    state.work.push_back(Work::Unblock(key.clone()));
}

/// An owner that waits goes when no dependent blocks it.
pub(super) fn unblock(state: &mut State, key: &Key) {
    let Some((resource, old)) = state.lookup(key) else { return };
    let dependents = state.dependents.get(meta::uid(&old.object));
    let blocked = dependents.is_some_and(|dependents| dependents.blocking > 0);
    if waits(&old.object) && !blocked {
        let object = without_finalizer(&old.object, "foregroundDeletion");
        state.settle(&resource, key, &old, object, by::GC);
    }
}

/// An owner's dependents forget it.
pub(super) fn orphan(state: &mut State, key: &Key) {
    let Some((resource, old)) = state.lookup(key) else { return };
    if !meta::is_deleting(&old.object) || !meta::has_finalizer(&old.object, "orphan") {
        return;
    }
    let uid = meta::uid(&old.object);
    let keys = state.dependents.get(uid).map(|dependents| dependents.keys.clone());
    for dependent in keys.into_iter().flatten() {
        let Some((resource, stored)) = state.lookup(&dependent) else { continue };
        let mut object = (*stored.object).clone();
        retain_owners(&mut object, |owner| owner != uid);
        state.settle(&resource, &dependent, &stored, object, by::GC);
    }
    let object = without_finalizer(&old.object, "orphan");
    state.settle(&resource, key, &old, object, by::GC);
}

fn retain_owners(object: &mut Value, stays: impl Fn(&str) -> bool) {
    let mut empty = false;
    if let Some(Value::Array(owners)) = meta::of_mut(object).get_mut("ownerReferences") {
        owners.retain(|owner| stays(owner.get("uid").and_then(Value::as_str).unwrap_or_default()));
        empty = owners.is_empty();
    }
    if empty {
        meta::remove(object, "ownerReferences");
    }
}

fn without_finalizer(object: &Value, gone: &str) -> Value {
    let mut object = object.clone();
    let left = meta::finalizers(&object).into_iter().filter(|name| *name != gone);
    let left = left.map(str::to_owned).collect();
    meta::set_finalizers(&mut object, left);
    object
}
