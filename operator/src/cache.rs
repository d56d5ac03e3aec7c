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
