//! The server as its owner holds it: what is in it, and the hands for faults.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::auth::{Anonymous, Authentication, User};
use crate::builtin;
use crate::controllers;
use crate::crd::Crd;
use crate::kinds::builtin as kind;
use crate::managed::track;
use crate::options::{Change, Options};
use crate::service::KubeService;
use crate::status::ApiError;
use crate::store::{State, Write};
use crate::strategy;

/// A Kubernetes API server in memory. Clones are the same server.
#[derive(Clone)]
pub struct ApiServer {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    state: Mutex<State>,
}

impl Inner {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // A panic in an observer must not turn every later request into another panic.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The namespaces that every cluster has.
const NAMESPACES: [&str; 4] = ["default", "kube-node-lease", "kube-public", "kube-system"];

/// Under which name the owner of the server writes.
const OWNER: &str = "owner";

impl ApiServer {
    /// A new server with its namespaces. The observer is not told of these.
    pub fn new(options: Options) -> Self {
        let mut quiet = options.clone();
        quiet.observer = None;
        let mut state = State::new(quiet);
        let resource = kind("", "v1", "namespaces");
        for name in NAMESPACES {
            let mut object = json!({
                "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}
            });
            builtin::set_defaults(&resource, &mut object);
            track(&state, &resource, None, &mut object, "kube-apiserver");
            strategy::prepare_create(&state, &resource, &mut object);
            state.commit(Write {
                resource: &resource,
                change: Change::Added,
                namespace: "",
                name,
                object,
                previous: None,
                by: &OWNER.into(),
            });
        }
        controllers::drain(&mut state);
        state.options = Arc::new(options);
        Self { inner: Arc::new(Inner { state: Mutex::new(state) }) }
    }

    /// The server as a tower service. All services of a server share its objects.
    pub fn service(&self) -> KubeService {
        KubeService::new(self.inner.clone())
    }

    /// From now on the bearer of this token is this user.
    pub fn add_token(&self, token: &str, user: User) {
        self.inner.lock().tokens.add(token, user);
    }

    /// The layer that lets nobody through who does not show who it is: by a token that was added,
    /// or by that of a service account. Put it around [`ApiServer::service`].
    pub fn authentication(&self, anonymous: Anonymous) -> Authentication {
        Authentication::new(self.clone(), anonymous)
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Lets the events go that the gate holds back from a client, up to now.
    pub fn release(&self, client: &str) {
        let mut state = self.inner.lock();
        let revision = state.revision;
        state.clients.entry(client.into()).or_default().released = revision;
        state.wake_all();
    }

    /// Forgets the history: the next watch from an old revision gets 410.
    pub fn compact(&self) {
        self.inner.lock().compact();
    }

    /// Ends the open watch streams of a client.
    pub fn cut_watches(&self, client: &str) {
        let mut state = self.inner.lock();
        state.clients.entry(client.into()).or_default().cuts += 1;
        state.wake_all();
    }

    /// All objects of a resource, by namespace and name, in their stored version.
    pub fn list(&self, group: &str, plural: &str) -> Vec<Arc<Value>> {
        let state = self.inner.lock();
        let Some(resource) = state.registry.any_version(group, plural) else { return Vec::new() };
        let Some(table) = state.table(&resource) else { return Vec::new() };
        table.objects.iter().map(|(_, stored)| stored.object.clone()).collect()
    }

    /// One object in its stored version. The namespace is not looked at for cluster-wide ones.
    pub fn get(
        &self,
        group: &str,
        plural: &str,
        namespace: Option<&str>,
        name: &str,
    ) -> Option<Arc<Value>> {
        let state = self.inner.lock();
        let resource = state.registry.any_version(group, plural)?;
        let namespace = if resource.namespaced { namespace.unwrap_or_default() } else { "" };
        state.get(&resource, namespace, name).map(|stored| stored.object.clone())
    }

    /// The revision of the latest commit.
    pub fn revision(&self) -> u64 {
        self.inner.lock().revision
    }

    /// Checks a CRD, compiles it and takes it into service.
    ///
    /// # Errors
    /// The refusal that a POST of it would get.
    pub fn install_crd(&self, crd: &Value) -> Result<(), ApiError> {
        self.install(&Crd::compile(crd)?)
    }

    /// Takes a compiled CRD into service.
    ///
    /// # Errors
    /// If there is one of that name.
    pub fn install(&self, crd: &Crd) -> Result<(), ApiError> {
        let mut state = self.inner.lock();
        controllers::install(&mut state, crd, &OWNER.into())?;
        controllers::drain(&mut state);
        Ok(())
    }
}

impl fmt::Debug for ApiServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiServer").field("revision", &self.revision()).finish()
    }
}
