//! The lines from clients to servers, each with its hop.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use apiserver::ApiServer;
use axum::body::Body;
use fake_aap::FakeAap;
use scenario::plan::{Latency, Plan};
use tower::ServiceExt;
use trace::Route;

use super::classify::Speaks;
use super::dice::Dice;
use super::faults::Faults;
use super::recorder::Recorder;
use super::wire::{Hop, Wire};

/// The name of the API server's cluster.
pub const CLUSTER: &str = "kube";

/// What it takes to make a hop, without borrowing the plan: a life of the operator makes its own.
#[derive(Clone)]
pub struct Lines {
    seed: u64,
    latency: Latency,
    /// Where calls are written.
    pub recorder: Recorder,
    faults: Arc<Faults>,
    /// The API server, without a wire.
    pub api: ApiServer,
    /// AAP, without a wire.
    pub aap: FakeAap,
}

impl Lines {
    /// The lines of a world.
    pub fn new(
        plan: &Plan,
        seed: u64,
        recorder: &Recorder,
        faults: &Arc<Faults>,
        api: &ApiServer,
        aap: &FakeAap,
    ) -> Lines {
        Lines {
            seed,
            latency: plan.world.latency,
            recorder: recorder.clone(),
            faults: Arc::clone(faults),
            api: api.clone(),
            aap: aap.clone(),
        }
    }

    /// A hop from a client to a server.
    pub fn hop(&self, from: &str, to: &str, speaks: Speaks) -> Hop {
        let aap = self.aap.clone();
        Hop {
            route: Route { from: from.into(), to: to.into() },
            speaks,
            recorder: self.recorder.clone(),
            faults: Arc::clone(&self.faults),
            latency: self.latency,
            dice: Dice::new(self.seed, &format!("latency {from} {to}")),
            role_of: Arc::new(move |path| aap.role_of(path)),
            polls: Mutex::new(BTreeMap::new()),
        }
    }

    /// A client of the API server.
    pub fn kube(&self, name: &str) -> kube::Client {
        let wire = Wire::new(self.api.service(), self.hop(name, CLUSTER, Speaks::Kube));
        let service =
            wire.map_request(|request: http::Request<kube::client::Body>| request.map(Body::new));
        kube::Client::new(service, "default")
    }
}
