//! What every namespace has, and how a namespace goes away.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};

use super::{begin_deletion, by};
use crate::kinds::{Resource, builtin};
use crate::managed::track;
use crate::meta;
use crate::options::Change;
use crate::rest::Propagation;
use crate::store::{Key, State, Stored, Write};
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
    let key = Key {
        group: String::new(),
        plural: resource.plural.clone(),
        namespace: namespace.to_owned(),
        name: name.clone(),
    };
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

/// Deletes the content of a namespace that is going away, and the namespace when it is empty.
pub(super) fn finish(state: &mut State, name: &str) {
    let namespaces = builtin("", "v1", "namespaces");
    let dying = |state: &State| {
        let found = state.get(&namespaces, "", name).cloned();
        found.filter(|found| meta::is_deleting(&found.object))
    };
    if dying(state).is_none() {
        return;
    }
    delete_content(state, name);
    let Some(old) = dying(state) else { return };
    let left = content(state, name);
    let mut object = (*old.object).clone();
    let key = Key {
        group: String::new(),
        plural: namespaces.plural.clone(),
        namespace: String::new(),
        name: name.to_owned(),
    };
    if left.is_empty() {
        meta::object_at(&mut object, "spec").remove("finalizers");
    } else {
        set_conditions(state, &mut object, &left);
    }
    state.settle(&namespaces, &key, &old, object, by::NAMESPACES);
}

fn delete_content(state: &mut State, namespace: &str) {
    let now = (state.options.now)();
    for (resource, objects) in content(state, namespace) {
        for old in objects.iter().filter(|old| !meta::is_deleting(&old.object)) {
            let mut object = (*old.object).clone();
            begin_deletion(&resource, &mut object, Propagation::Background, now);
            let key = Key {
                group: resource.group.clone(),
                plural: resource.plural.clone(),
                namespace: namespace.to_owned(),
                name: meta::name(&object).to_owned(),
            };
            state.settle(&resource, &key, old, object, by::NAMESPACES);
        }
    }
}

type Content = Vec<(Arc<Resource>, Vec<Arc<Stored>>)>;

fn content(state: &State, namespace: &str) -> Content {
    let mut out = Vec::new();
    for resource in state.resources_in(namespace) {
        let objects = state.table(&resource).and_then(|table| table.objects.get(namespace));
        let objects: Vec<_> = objects.into_iter().flat_map(BTreeMap::values).cloned().collect();
        if !objects.is_empty() {
            out.push((resource, objects));
        }
    }
    out
}

fn set_conditions(state: &State, namespace: &mut Value, left: &Content) {
    let resources: Vec<String> = left
        .iter()
        .map(|(resource, objects)| {
            let (plural, group) = (&resource.plural, &resource.group);
            format!("{plural}.{group} has {} resource instances", objects.len())
        })
        .collect();
    let mut holders: BTreeMap<&str, usize> = BTreeMap::new();
    for object in left.iter().flat_map(|(_, objects)| objects) {
        for finalizer in meta::finalizers(&object.object) {
            *holders.entry(finalizer).or_default() += 1;
        }
    }
    let finalizers: Vec<String> = holders
        .iter()
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
