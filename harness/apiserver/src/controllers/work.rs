//! The queue of work, and what a commit puts into it.

use std::sync::Arc;

use serde_json::Value;

use super::{crds, gc, namespaces};
use crate::kinds::Resource;
use crate::managed::track;
use crate::meta::{self, Owner};
use crate::options::{Change, Profile};
use crate::store::{Entry, Key, State, Stored, Write};
use crate::strategy;

/// Something that a controller has to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// An object names owners: are they there?
    CheckOwners(Key),
    /// An owner is gone.
    OwnerGone(String),
    /// An owner waits for its dependents to go first.
    Foreground(Key),
    /// Can an owner that waits be let go?
    Unblock(Key),
    /// An owner leaves its dependents behind.
    Orphan(Key),
    /// A namespace begins to go away.
    EmptyNamespace(String),
    /// A namespace that is going away has lost content: can it go?
    FinishNamespace(String),
    /// What every namespace has.
    Furnish(String),
    /// A CRD appeared, changed or is going away.
    Crd(String),
}

/// The names under which controllers write.
pub(crate) mod by {
    pub(crate) const GC: &str = "garbage-collector";
    pub(crate) const NAMESPACES: &str = "namespace-controller";
    pub(crate) const ROOT_CA: &str = "root-ca-certificate-publisher";
    pub(crate) const SERVICE_ACCOUNTS: &str = "service-account-controller";
    pub(crate) const CRDS: &str = "apiextensions-controller";

    /// The name under which a controller of a real cluster owns fields.
    pub(crate) fn manager(controller: &str) -> &'static str {
        if controller == CRDS { "kube-apiserver" } else { "kube-controller-manager" }
    }
}

/// Does all the work that there is.
pub(crate) fn drain(state: &mut State) {
    while let Some(work) = state.work.pop_front() {
        match work {
            Work::CheckOwners(key) => gc::check_owners(state, &key),
            Work::OwnerGone(uid) => gc::owner_gone(state, &uid),
            Work::Foreground(key) => gc::foreground(state, &key),
            Work::Unblock(key) => gc::unblock(state, &key),
            Work::Orphan(key) => gc::orphan(state, &key),
            Work::EmptyNamespace(name) => namespaces::empty(state, &name),
            Work::FinishNamespace(name) => namespaces::finish(state, &name),
            Work::Furnish(name) => namespaces::furnish(state, &name),
            Work::Crd(name) => crds::settle(state, &name),
        }
    }
}

fn blocks(owners: &[Owner<'_>], uid: &str) -> bool {
    owners.iter().any(|owner| owner.uid == uid && owner.blocks_deletion)
}

impl State {
    /// Looks what a commit means for the controllers.
    pub(crate) fn find_work(&mut self, resource: &Resource, entry: &Entry) {
        if resource.is_crd() {
            self.work.push_back(Work::Crd(entry.name.to_string()));
        } else if entry.change == Change::Deleted && resource.custom().is_some() {
            self.find_crd_work(resource);
        }
        if self.options.profile == Profile::Envtest {
            return;
        }
        self.find_namespace_work(resource, entry);
        self.find_owner_work(resource, entry);
    }

    fn find_owner_work(&mut self, resource: &Resource, entry: &Entry) {
        let object = &entry.stored.object;
        let gone = entry.change == Change::Deleted;
        let before = entry.previous.as_ref().map(|stored| &*stored.object);
        let (owners, blocked) = (meta::owners(object), before.map(meta::owners));
        // Who blocked an owner and does so no longer lets it go.
        let released: Vec<Key> = blocked
            .iter()
            .flatten()
            .filter(|old| gone || (old.blocks_deletion && !blocks(&owners, old.uid)))
            .filter_map(|owner| gc::key_of(self, owner, &entry.namespace))
            .collect();
        if gone && self.dependents.contains_key(meta::uid(object)) {
            self.work.push_back(Work::OwnerGone(meta::uid(object).to_owned()));
        }
        self.work.extend(released.into_iter().map(Work::Unblock));
        if gone {
            return;
        }
        if !owners.is_empty() {
            self.work.push_back(Work::CheckOwners(Key::of(resource, object)));
        }
        if gc::waits(object) && !before.is_some_and(gc::waits) {
            self.work.push_back(Work::Foreground(Key::of(resource, object)));
        }
        if meta::is_deleting(object) && meta::has_finalizer(object, "orphan") {
            self.work.push_back(Work::Orphan(Key::of(resource, object)));
        }
    }

    /// The last instance of a resource lets its CRD go.
    fn find_crd_work(&mut self, resource: &Resource) {
        if self.table(resource).is_some_and(|table| !table.objects.is_empty()) {
            return;
        }
        let name = crate::status::qualified(&resource.plural, &resource.group);
        let crds = crate::kinds::builtin("apiextensions.k8s.io", "v1", "customresourcedefinitions");
        let dying = self.get(&crds, "", &name).is_some_and(|crd| meta::is_deleting(&crd.object));
        if dying {
            self.work.push_back(Work::Crd(name));
        }
    }

    fn find_namespace_work(&mut self, resource: &Resource, entry: &Entry) {
        if resource.is_core("namespaces") {
            let name = entry.name.to_string();
            let was_dying =
                entry.previous.as_ref().is_some_and(|old| meta::is_deleting(&old.object));
            if entry.change == Change::Added {
                self.work.push_back(Work::Furnish(name));
            } else if entry.change == Change::Deleted {
                self.dying.remove(&name);
            } else if meta::is_deleting(&entry.stored.object) && !was_dying {
                self.work.push_back(Work::EmptyNamespace(name));
            }
            return;
        }
        let furniture = matches!(&*entry.name, namespaces::ROOT_CA | namespaces::SERVICE_ACCOUNT)
            && (resource.is_core("configmaps") || resource.is_core("serviceaccounts"));
        if furniture && entry.change != Change::Added {
            self.work.push_back(Work::Furnish(entry.namespace.to_string()));
        }
        if let Some(held) = self.dying.get_mut(&*entry.namespace) {
            held.follow(entry);
            let work = Work::FinishNamespace(entry.namespace.to_string());
            if entry.change == Change::Deleted && self.work.back() != Some(&work) {
                self.work.push_back(work);
            }
        }
    }

    /// The object of a key, with its resource.
    pub(super) fn lookup(&self, key: &Key) -> Option<(Arc<Resource>, Arc<Stored>)> {
        let resource = self.registry.any_version(&key.group, &key.plural)?;
        let stored = self.get(&resource, &key.namespace, &key.name)?.clone();
        Some((resource, stored))
    }

    /// Stores what a controller made of an object; removes the object if nothing holds it.
    pub(super) fn settle(
        &mut self,
        resource: &Resource,
        key: &Key,
        old: &Arc<Stored>,
        object: Value,
        by: &str,
    ) {
        if object == *old.object {
            return;
        }
        let mut object = object;
        // That it is being deleted belongs to nobody.
        if meta::is_deleting(&object) == meta::is_deleting(&old.object) {
            track(self, resource, Some(&old.object), &mut object, by::manager(by));
        }
        let gone = meta::is_deleting(&object) && strategy::is_free(resource, &object);
        self.commit(Write {
            resource,
            change: if gone { Change::Deleted } else { Change::Modified },
            namespace: &key.namespace,
            name: &key.name,
            object,
            previous: Some(old.clone()),
            by: &by.into(),
        });
    }
}
