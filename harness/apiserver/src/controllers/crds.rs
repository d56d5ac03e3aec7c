//! Takes CRDs into service and out of it.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{begin_deletion as begin, by};
use crate::crd::Crd;
use crate::kinds::{Resource, builtin};
use crate::managed::track;
use crate::meta;
use crate::options::Change;
use crate::rest::Propagation;
use crate::status::{ApiError, Result};
use crate::store::{Key, State, Stored, Write};
use crate::strategy;

const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

fn crds() -> Arc<Resource> {
    builtin("apiextensions.k8s.io", "v1", "customresourcedefinitions")
}

fn key_of(name: &str) -> Key {
    Key {
        group: "apiextensions.k8s.io".to_owned(),
        plural: "customresourcedefinitions".to_owned(),
        namespace: String::new(),
        name: name.to_owned(),
    }
}

/// Installs a compiled CRD as a POST of it would.
pub(crate) fn install(state: &mut State, crd: &Crd, by: &Arc<str>) -> Result<()> {
    let resource = crds();
    let mut object = crd.object().clone();
    let name = meta::name(&object).to_owned();
    if state.get(&resource, "", &name).is_some() {
        let (group, plural) = (&resource.group, &resource.plural);
        return Err(ApiError::already_exists(group, plural, &name, false));
    }
    track(state, &resource, None, &mut object, by);
    strategy::prepare_create(state, &resource, &mut object);
    if taken_kind(state, crd).is_none() {
        let before = object.clone();
        accept(state, &mut object);
        track(state, &resource, Some(&before), &mut object, by::manager(by::CRDS));
    }
    state.crds.insert(name.clone(), (crd.clone(), meta::generation(&object)));
    state.commit(Write {
        resource: &resource,
        change: Change::Added,
        namespace: "",
        name: &name,
        object,
        previous: None,
        by,
    });
    Ok(())
}

/// A CRD that is deleted first has to lose its instances.
pub(super) fn begin_deletion(object: &mut Value, finalizers: &mut Vec<String>, now: Timestamp) {
    if !meta::is_deleting(object) && !finalizers.iter().any(|name| name == CLEANUP) {
        finalizers.push(CLEANUP.to_owned());
    }
    let message = "CustomResourceDefinition marked for deletion; CustomResource deletion will \
                   begin soon";
    let condition = json!({"type": "Terminating", "status": "True",
        "lastTransitionTime": meta::time(now), "reason": "InstanceDeletionPending",
        "message": message});
    if !has_condition(object, "Terminating") {
        push_condition(object, condition);
    }
}

fn has_condition(object: &Value, kind: &str) -> bool {
    let conditions = object["status"]["conditions"].as_array();
    conditions.into_iter().flatten().any(|condition| condition["type"] == kind)
}

fn push_condition(object: &mut Value, condition: Value) {
    let status = meta::object_at(object, "status");
    match status.get_mut("conditions") {
        Some(Value::Array(conditions)) => conditions.push(condition),
        _ => {
            status.insert("conditions".into(), Value::Array(vec![condition]));
        }
    }
}

/// Brings a CRD's endpoints and status in line with the CRD.
pub(super) fn settle(state: &mut State, name: &str) {
    let Some(stored) = state.get(&crds(), "", name).cloned() else {
        state.crds.remove(name);
        if let Some((plural, group)) = name.split_once('.') {
            state.registry.remove(group, plural);
        }
        // Watches of its instances end.
        state.wake_all();
        return;
    };
    if meta::is_deleting(&stored.object) {
        finish(state, name, &stored);
    } else {
        establish(state, name, &stored);
    }
}

fn establish(state: &mut State, name: &str, stored: &Arc<Stored>) {
    let generation = meta::generation(&stored.object);
    let crd = match state.crds.get(name).filter(|(_, compiled)| *compiled == generation) {
        Some((crd, _)) => crd.clone(),
        None => match Crd::of((*stored.object).clone()) {
            Ok(crd) => {
                state.crds.insert(name.to_owned(), (crd.clone(), generation));
                crd
            }
            // It was checked before it was stored.
            Err(_) => return,
        },
    };
    if let Some(kind) = taken_kind(state, &crd) {
        refuse_names(state, name, stored, &kind);
        return;
    }
    let served = |resource: &Arc<Resource>| {
        let found = state.registry.find(&resource.group, &resource.version, &resource.plural);
        found.is_some_and(|found| Arc::ptr_eq(&found, resource))
    };
    let renewed = !crd.resources().iter().all(served);
    if let Some(resource) = crd.resources().first() {
        state.registry.remove(&resource.group, &resource.plural);
    }
    for resource in crd.resources() {
        state.registry.add(resource.clone());
    }
    if renewed {
        reshape(state, &crd);
    }
    let names = &stored.object["spec"]["names"];
    let settled = stored.object["status"]["acceptedNames"] == *names
        && has_condition(&stored.object, "NamesAccepted")
        && has_condition(&stored.object, "Established");
    if !settled {
        let mut object = (*stored.object).clone();
        accept(state, &mut object);
        state.settle(&crds(), &key_of(name), stored, object, by::CRDS);
    }
}

/// Instances are read in the shape of the schema as it is now: unknown fields are gone, defaults
/// are there. That is no write of them, so their revisions stay.
fn reshape(state: &mut State, crd: &Crd) {
    let stored = |resource: &&Arc<Resource>| resource.api_version == resource.storage_version();
    let Some(resource) = crd.resources().iter().find(stored) else { return };
    for slot in state.table_mut(resource).objects.iter_mut() {
        let mut object = (*slot.object).clone();
        let shaped = strategy::shape(resource, &mut object, &mut Vec::new());
        if shaped.is_ok() && object != *slot.object {
            *slot = Stored::new(Arc::new(object), slot.revision);
        }
    }
}

/// The kind of a CRD, if another resource of the group has it.
fn taken_kind(state: &State, crd: &Crd) -> Option<String> {
    let resource = crd.resources().first()?;
    let other = state.registry.of_kind(&resource.group, &resource.kind)?;
    (other.plural != resource.plural).then(|| resource.kind.clone())
}

/// Says in the status that the names are taken and the resource is served.
fn accept(state: &State, object: &mut Value) {
    let names = object["spec"]["names"].clone();
    meta::object_at(object, "status").insert("acceptedNames".into(), names);
    let now = meta::time((state.options.now)());
    for (kind, reason, message) in [
        ("NamesAccepted", "NoConflicts", "no conflicts found"),
        ("Established", "InitialNamesAccepted", "the initial names have been accepted"),
    ] {
        if !has_condition(object, kind) {
            push_condition(
                object,
                json!({"type": kind, "status": "True",
                "lastTransitionTime": now, "reason": reason, "message": message}),
            );
        }
    }
}

fn refuse_names(state: &mut State, name: &str, stored: &Arc<Stored>, kind: &str) {
    let mut object = (*stored.object).clone();
    let now = meta::time((state.options.now)());
    if !has_condition(&object, "NamesAccepted") {
        let message = format!("\"{kind}\" is already in use");
        push_condition(
            &mut object,
            json!({"type": "NamesAccepted", "status": "False",
            "lastTransitionTime": now, "reason": "KindConflict", "message": message}),
        );
        push_condition(
            &mut object,
            json!({"type": "Established", "status": "False",
            "lastTransitionTime": now, "reason": "NotAccepted",
            "message": "not all names are accepted"}),
        );
    }
    state.settle(&crds(), &key_of(name), stored, object, by::CRDS);
}

/// Deletes the instances of a CRD, and the CRD when there are none.
fn finish(state: &mut State, name: &str, stored: &Arc<Stored>) {
    let (plural, group) = name.split_once('.').unwrap_or((name, ""));
    if let Some(resource) = state.registry.any_version(group, plural) {
        delete_instances(state, &resource);
        if state.table(&resource).is_some_and(|table| !table.objects.is_empty()) {
            return;
        }
    }
    let mut object = (*stored.object).clone();
    let finalizers = meta::finalizers(&object).into_iter().filter(|name| *name != CLEANUP);
    let finalizers = finalizers.map(str::to_owned).collect();
    meta::set_finalizers(&mut object, finalizers);
    state.settle(&crds(), &key_of(name), stored, object, by::CRDS);
}

fn delete_instances(state: &mut State, resource: &Arc<Resource>) {
    let now = (state.options.now)();
    let objects = state.table(resource).map(|table| table.objects.iter());
    let alive: Vec<Arc<Stored>> = objects
        .into_iter()
        .flatten()
        .filter(|(_, stored)| !meta::is_deleting(&stored.object))
        .map(|(_, stored)| stored.clone())
        .collect();
    for old in alive {
        let mut object = (*old.object).clone();
        begin(resource, &mut object, Propagation::Background, now);
        let key = Key::of(resource, &old.object);
        state.settle(resource, &key, &old, object, by::CRDS);
    }
}
