//! What watches tell about other objects: tenants, virtual machines and their instances. Only what
//! matters is kept, in an order that does not depend on hashes.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use kube::ResourceExt as _;
use kube::api::DynamicObject;
use kube::runtime::watcher::Event;
use tokio::sync::watch;

use crate::api::{Tenant, names};
use crate::decide::{Machine, MachineInstance, TenantView};

/// What matters of a watched object.
pub trait View: Clone + Send + 'static {
    /// The object that is watched.
    type Object: kube::Resource + Send;

    /// What it belongs to (a ComputeInstance's name, a tenant's), and what matters of it.
    fn of(object: &Self::Object) -> Option<(String, Self)>;
}

/// Views of all objects of a kind, by namespace, owner and name.
pub struct Index<V> {
    state: Mutex<State<V>>,
    ready: watch::Sender<bool>,
}

struct State<V> {
    views: BTreeMap<Key, V>,
    /// The views of a list that is not complete yet.
    incoming: Option<BTreeMap<Key, V>>,
}

type Key = (String, String, String);

/// Whose state may have changed: a namespace, and the name of what the object belongs to.
pub type Touched = (String, String);

impl<V: View> Index<V> {
    /// An empty index that has seen nothing yet.
    pub fn new() -> Self {
        Self {
            state: Mutex::new(State { views: BTreeMap::new(), incoming: None }),
            ready: watch::Sender::new(false),
        }
    }

    /// Waits until the first list is complete.
    pub async fn ready(&self) {
        let mut ready = self.ready.subscribe();
        // The sender lives as long as `self`.
        let _ = ready.wait_for(|ready| *ready).await;
    }

    /// Stops waiting for a first list, because there is no such kind.
    pub fn give_up_waiting(&self) {
        self.ready.send_replace(true);
    }

    /// Takes an event in, and tells who is touched.
    pub fn take(&self, event: &Event<V::Object>) -> Vec<Touched> {
        let mut state = self.lock();
        match event {
            Event::Apply(object) => state.put(object).into_iter().collect(),
            Event::Delete(object) => {
                let gone = entry::<V>(object);
                gone.map(|(key, _)| {
                    state.views.remove(&key);
                    (key.0, key.1)
                })
                .into_iter()
                .collect()
            }
            Event::Init => {
                state.incoming = Some(BTreeMap::new());
                Vec::new()
            }
            Event::InitApply(object) => {
                if let (Some((key, view)), Some(incoming)) =
                    (entry::<V>(object), state.incoming.as_mut())
                {
                    incoming.insert(key, view);
                }
                Vec::new()
            }
            Event::InitDone => {
                let fresh = state.incoming.take().unwrap_or_default();
                let former = std::mem::replace(&mut state.views, fresh);
                let mut touched: Vec<Touched> = former
                    .into_keys()
                    .chain(state.views.keys().cloned())
                    .map(|(namespace, owner, _)| (namespace, owner))
                    .collect();
                touched.sort();
                touched.dedup();
                drop(state);
                self.ready.send_replace(true);
                touched
            }
        }
    }

    /// The view that belongs to `owner` in a namespace; of several, the one of the owner's name,
    /// else the first by name.
    pub fn get(&self, namespace: &str, owner: &str) -> Option<V> {
        let state = self.lock();
        let key = |name: &str| (namespace.to_owned(), owner.to_owned(), name.to_owned());
        if let Some(view) = state.views.get(&key(owner)) {
            return Some(view.clone());
        }
        let (found, view) = state.views.range(key("")..).next()?;
        (found.0 == namespace && found.1 == owner).then(|| view.clone())
    }

    fn lock(&self) -> MutexGuard<'_, State<V>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V: View> State<V> {
    fn put(&mut self, object: &V::Object) -> Option<Touched> {
        let (key, view) = entry::<V>(object)?;
        self.views.insert(key.clone(), view);
        Some((key.0, key.1))
    }
}

fn entry<V: View>(object: &V::Object) -> Option<(Key, V)> {
    let (owner, view) = V::of(object)?;
    let meta = kube::Resource::meta(object);
    Some(((meta.namespace.clone()?, owner, meta.name.clone()?), view))
}

impl View for TenantView {
    type Object = Tenant;

    fn of(tenant: &Tenant) -> Option<(String, Self)> {
        let status = tenant.status.clone().unwrap_or_default();
        let view = Self {
            phase: status.phase.unwrap_or_default(),
            namespace: status.namespace.filter(|namespace| !namespace.is_empty()),
            terminating: tenant.metadata.deletion_timestamp.is_some(),
        };
        Some((tenant.name_any(), view))
    }
}

impl View for Machine {
    type Object = DynamicObject;

    fn of(object: &DynamicObject) -> Option<(String, Self)> {
        let owner = object.labels().get(names::INSTANCE_LABEL)?.clone();
        let status = &object.data["status"];
        let ready = status["conditions"].as_array().is_some_and(|conditions| {
            conditions
                .iter()
                .any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
        });
        let view = Self {
            name: object.name_any(),
            namespace: object.namespace()?,
            created: object.creation_timestamp().map(|time| time.0),
            printable_status: status["printableStatus"].as_str().unwrap_or_default().to_owned(),
            ready,
        };
        Some((owner, view))
    }
}

impl View for MachineInstance {
    type Object = DynamicObject;

    fn of(object: &DynamicObject) -> Option<(String, Self)> {
        let owner = object.labels().get(names::INSTANCE_LABEL)?.clone();
        let view = Self {
            name: object.name_any(),
            namespace: object.namespace()?,
            uid: object.uid()?,
            created: object.creation_timestamp().map(|time| time.0),
            running: object.data["status"]["phase"] == "Running",
            terminating: object.metadata.deletion_timestamp.is_some(),
        };
        Some((owner, view))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn machine(name: &str, owner: &str, printable_status: &str) -> DynamicObject {
        serde_json::from_value(json!({
            "apiVersion": "kubevirt.io/v1", "kind": "VirtualMachine",
            "metadata": {"name": name, "namespace": "t1",
                "labels": {names::INSTANCE_LABEL: owner}},
            "status": {"printableStatus": printable_status,
                "conditions": [{"type": "Ready", "status": "True"}]},
        }))
        .unwrap()
    }

    fn known(index: &Index<Machine>, owner: &str) -> Option<String> {
        index
            .get("t1", owner)
            .map(|machine| format!("{}: {}", machine.name, machine.printable_status))
    }

    fn touched(owner: &str) -> Vec<Touched> {
        vec![("t1".to_owned(), owner.to_owned())]
    }

    #[test]
    fn the_index_follows_events() {
        let index = Index::<Machine>::new();
        assert_eq!(index.take(&Event::Apply(machine("a", "vm1", "Starting"))), touched("vm1"));
        assert_eq!(known(&index, "vm1").as_deref(), Some("a: Starting"));
        index.take(&Event::Apply(machine("a", "vm1", "Running")));
        assert_eq!(known(&index, "vm1").as_deref(), Some("a: Running"));
        assert_eq!(known(&index, "vm"), None);
        assert_eq!(known(&index, "vm2"), None);
        assert_eq!(index.take(&Event::Delete(machine("a", "vm1", ""))), touched("vm1"));
        assert_eq!(known(&index, "vm1"), None);
    }

    #[test]
    fn of_several_machines_the_one_of_the_owners_name_counts() {
        let index = Index::<Machine>::new();
        for name in ["a", "vm1", "z"] {
            index.take(&Event::Apply(machine(name, "vm1", "")));
        }
        assert_eq!(known(&index, "vm1").as_deref(), Some("vm1: "));
        index.take(&Event::Delete(machine("vm1", "vm1", "")));
        assert_eq!(known(&index, "vm1").as_deref(), Some("a: "));
    }

    #[test]
    fn a_new_list_replaces_the_former_at_once_and_touches_all_of_both() {
        let index = Index::<Machine>::new();
        index.take(&Event::Apply(machine("a", "vm1", "")));
        assert!(index.take(&Event::Init).is_empty());
        assert!(index.take(&Event::InitApply(machine("b", "vm2", ""))).is_empty());
        assert!(known(&index, "vm1").is_some() && known(&index, "vm2").is_none());
        let both = [touched("vm1"), touched("vm2")].concat();
        assert_eq!(index.take(&Event::InitDone), both);
        assert!(known(&index, "vm1").is_none() && known(&index, "vm2").is_some());
    }

    #[test]
    fn an_object_without_a_label_or_a_status_is_none_of_ours_or_says_nothing() {
        let index = Index::<Machine>::new();
        let mut bare = machine("a", "vm1", "");
        bare.data = json!(null);
        index.take(&Event::Apply(bare.clone()));
        assert!(!index.get("t1", "vm1").unwrap().ready);
        bare.metadata.labels = None;
        assert!(index.take(&Event::Apply(bare)).is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_list_is_waited_for_unless_there_is_no_such_kind() {
        for event in [Some(Event::InitDone), None] {
            let index = Index::<Machine>::new();
            let early = tokio::time::timeout(std::time::Duration::from_secs(9), index.ready());
            assert!(early.await.is_err());
            match event {
                Some(event) => {
                    index.take(&event);
                }
                None => index.give_up_waiting(),
            }
            index.ready().await;
        }
    }
}
