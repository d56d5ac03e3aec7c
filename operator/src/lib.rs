//! The OSAC operator: turns ComputeInstance objects into virtual machines by launching Ansible
//! jobs, over AAP's REST API (AAP Direct) or by webhooks (EDA).
//!
//! * [`api`]: the resources, and the strings that stand in objects.
//! * [`crds`]: their definitions for a cluster.
//! * `decide`: what to do, a pure function of what was observed. The heart.
//! * `act`: does it; the only place that writes to the API, to AAP or to EDA.
//! * `provider` and `aap`: the two providers behind one trait, and the client of AAP's API.
//! * `controller`: watches and wakes, by kube-runtime. `tenancy`: the optional Tenant controller.
//! * [`policy`]: the decisions that another hand may turn. [`transitions`]: their table.
//! * [`settings`]: what can be set. [`transport`]: requests over the network. [`process`]: the
//!   operator as a process, for `main`.
//!
//! Everything that is not in [`Dependencies`] does not exist for this crate: no sockets, no wall
//! clock, and no environment outside of `settings` and `process`.

mod aap;
mod act;
pub mod api;
mod cache;
mod controller;
pub mod crds;
mod decide;
mod errors;
mod memory;
pub mod policy;
pub mod process;
mod provider;
mod redact;
mod secret;
pub mod settings;
mod tenancy;
pub mod transitions;
pub mod transport;

use std::future::Future;
use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;

pub use errors::{Error, chain};
pub use policy::{Policy, Standard};
pub use secret::Secret;
pub use settings::Settings;

/// Any error of a transport.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Sends one request and gives one reply. Time limits, redirects and retries live above it, so
/// that every transport is used in the same way.
pub type HttpTransport =
    tower::util::BoxCloneSyncService<http::Request<Bytes>, http::Response<Bytes>, BoxError>;

/// Tells the time of day. Waiting needs no trait: it is tokio's.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Timestamp;
}

/// All that the operator is handed.
#[derive(Clone)]
pub struct Dependencies {
    /// The Kubernetes API.
    pub client: kube::Client,
    /// The way to AAP.
    pub aap: HttpTransport,
    /// The way to EDA.
    pub eda: HttpTransport,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// What is set.
    pub settings: Settings,
    /// The decisions.
    pub policy: Arc<dyn Policy>,
}

/// Runs the operator until `shutdown` is done; what goes on then is brought to its end.
///
/// # Errors
/// Fails at once on settings that cannot work. Troubles of the API, AAP or EDA later on are no
/// errors of this function: they are retried for ever.
pub async fn run(
    dependencies: Dependencies,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> Result<(), Error> {
    controller::run(dependencies, shutdown).await
}
