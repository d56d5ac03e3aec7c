//! What every namespace has, and how a namespace goes away.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{begin_deletion, by};
use crate::kinds::{Resource, builtin};
use crate::managed::track;
use crate::meta;
use crate::objects::Part;
use crate::options::Change;
use crate::rest::Propagation;
use crate::store::{Entry, Key, State, Stored, Write};
use crate::strategy;

pub(super) const ROOT_CA: &str = "kube-root-ca.crt";
pub(super) const SERVICE_ACCOUNT: &str = "default";

const ROOT_CA_DESCRIPTION: &str = "Contains a CA bundle that can be used to verify the \
    kube-apiserver when using internal endpoints such as the internal service IP or \
    kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes \
    clusters.";

/// Gives a namespace its service account and the root certificate, and keeps them.
pub(super) fn furnish(state: &mut State, name: &str) {
    let namespaces = builtin("", "v1", "namespaces");
    let active = state
        .get(&namespaces, "", name)
        .is_some_and(|namespace| !meta::is_deleting(&namespace.object));
    if !active {
        return;
    }
    let certificate = json!({
        "apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": ROOT_CA, "namespace": name,
            "annotations": {"kubernetes.io/description": ROOT_CA_DESCRIPTION}},
        "data": {"ca.crt": ""},
    });
    keep(state, &builtin("", "v1", "configmaps"), name, certificate, by::ROOT_CA);
    let account = json!({
        "apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"name": SERVICE_ACCOUNT, "namespace": name},
    });
    keep(state, &builtin("", "v1", "serviceaccounts"), name, account, by::SERVICE_ACCOUNTS);
}

/// Creates an object, or restores its data.
fn keep(state: &mut State, resource: &Resource, namespace: &str, mut object: Value, by: &str) {
    let name = meta::name(&object).to_owned();
    let key = Key::of(resource, &object);
    match state.get(resource, namespace, &name).cloned() {
        None => {
            track(state, resource, None, &mut object, by::manager(by));
            strategy::prepare_create(state, resource, &mut object);
            state.commit(Write {
                resource,
                change: Change::Added,
                namespace,
                name: &name,
                object,
                previous: None,
                by: &by.into(),
            });
        }
        Some(old) if object.get("data").is_some() && !meta::is_deleting(&old.object) => {
            let mut restored = (*old.object).clone();
            restored["data"] = object["data"].take();
            let annotations = meta::of_mut(&mut object).remove("annotations");
            meta::set(&mut restored, "annotations", annotations.unwrap_or_default());
            state.settle(resource, &key, &old, restored, by);
        }
        Some(_) => {}
    }
}

/// The finalizers that hold the content of a namespace that is going away, each with the number
/// of its objects.
#[derive(Debug, Default)]
pub(crate) struct Held(BTreeMap<String, usize>);

impl Held {
    fn add(&mut self, object: &Value) {
        for finalizer in meta::finalizers(object) {
            *self.0.entry(finalizer.to_owned()).or_default() += 1;
        }
    }

    fn remove(&mut self, object: &Value) {
        for finalizer in meta::finalizers(object) {
            if let Some(count) = self.0.get_mut(finalizer) {
                *count -= 1;
            }
        }
        self.0.retain(|_, count| *count > 0);
    }

    /// A commit in the namespace.
    pub(super) fn follow(&mut self, entry: &Entry) {
        if let Some(previous) = &entry.previous {
            self.remove(&previous.object);
        }
        if entry.change != Change::Deleted {
            self.add(&entry.stored.object);
        }
    }
}

fn dying(state: &State, name: &str) -> Option<Arc<Stored>> {
    let found = state.get(&builtin("", "v1", "namespaces"), "", name).cloned();
    found.filter(|found| meta::is_deleting(&found.object))
}

/// Deletes the content of a namespace that begins to go away: new content does not come any more.
pub(super) fn empty(state: &mut State, name: &str) {
    if dying(state, name).is_none() {
        return;
    }
    let now = (state.options.now)();
    let mut held = Held::default();
    for resource in state.resources_in(name) {
        for old in content(state, &resource, name) {
            if meta::is_deleting(&old.object) {
                continue;
            }
            let mut object = (*old.object).clone();
            begin_deletion(&resource, &mut object, Propagation::Background, now);
            let key = Key::of(&resource, &object);
            state.settle(&resource, &key, &old, object, by::NAMESPACES);
        }
        content(state, &resource, name).iter().for_each(|stored| held.add(&stored.object));
    }
    state.dying.insert(name.to_owned(), held);
    finish(state, name);
}

/// Lets a namespace go when it is empty, else tells in its status what it waits for.
pub(super) fn finish(state: &mut State, name: &str) {
    let Some(old) = dying(state, name) else { return };
    let left = state.resources_in(name);
    let mut object = (*old.object).clone();
    if left.is_empty() {
        meta::object_at(&mut object, "spec").remove("finalizers");
    } else {
        set_conditions(state, &mut object, &left);
    }
    let namespaces = builtin("", "v1", "namespaces");
    let key = Key::of(&namespaces, &object);
    state.settle(&namespaces, &key, &old, object, by::NAMESPACES);
}

fn content(state: &State, resource: &Resource, namespace: &str) -> Vec<Arc<Stored>> {
    let part = Part { namespace: Some(namespace), ..Part::default() };
    let objects = state.table(resource).map(|table| table.objects.part(part));
    objects.into_iter().flatten().map(|(_, stored)| stored.clone()).collect()
}

fn set_conditions(state: &State, namespace: &mut Value, left: &[Arc<Resource>]) {
    let name = meta::name(namespace);
    let resources: Vec<String> = left
        .iter()
        .map(|resource| {
            let (plural, group) = (&resource.plural, &resource.group);
            let table = state.table(resource);
            let count = table.map_or(0, |table| table.objects.count(Some(name)));
            format!("{plural}.{group} has {count} resource instances")
        })
        .collect();
    let held = state.dying.get(name);
    let finalizers: Vec<String> = held
        .iter()
        .flat_map(|held| &held.0)
        .map(|(finalizer, count)| format!("{finalizer} in {count} resource instances"))
        .collect();
    let resources = resources.join(", ");
    let held = finalizers.join(", ");
    let finalizers = if held.is_empty() {
        ("False", "ContentHasNoFinalizers", "All content-preserving finalizers finished".to_owned())
    } else {
        let message = format!("Some content in the namespace has finalizers remaining: {held}");
        ("True", "SomeFinalizersRemain", message)
    };
    let wanted = [
        (
            "NamespaceDeletionDiscoveryFailure",
            "False",
            "ResourcesDiscovered",
            "All resources successfully discovered".to_owned(),
        ),
        (
            "NamespaceDeletionGroupVersionParsingFailure",
            "False",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed".to_owned(),
        ),
        (
            "NamespaceDeletionContentFailure",
            "False",
            "ContentDeleted",
            "All content successfully deleted, may be waiting on finalization".to_owned(),
        ),
        (
            "NamespaceContentRemaining",
            "True",
            "SomeResourcesRemain",
            format!("Some resources are remaining: {resources}"),
        ),
        ("NamespaceFinalizersRemaining", finalizers.0, finalizers.1, finalizers.2),
    ];
    let now = meta::time((state.options.now)());
    let before = namespace["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let conditions = wanted.into_iter().map(|(kind, status, reason, message)| {
        let same = before.iter().find(|old| old["type"] == kind && old["status"] == status);
        let since =
            same.map_or_else(|| Value::from(now.clone()), |old| old["lastTransitionTime"].clone());
        json!({"type": kind, "status": status, "lastTransitionTime": since, "reason": reason,
            "message": message})
    });
    let conditions: Value = conditions.collect();
    meta::object_at(namespace, "status").insert("conditions".into(), conditions);
}
