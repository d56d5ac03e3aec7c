//! Builds the world of a plan: an API server, AAP, EDA, KubeVirt, an operator, and the wire between
//! them, all in one process under virtual time.
//!
//! * [`wire`] is the layer every call crosses: recording, latency, faults
//! * [`recorder`] writes the trace, [`mirror`] keeps the latest objects, [`logs`] takes in the
//!   operator's log
//! * [`actors`] are KubeVirt, the playbooks and EDA; [`operator_control`] is the operator's life
//! * `view` shows an instance's status as scenarios read it
//! * [`aap_config`] turns the plan's words into the fake AAP's
//! * [`target`] says what a world is made of
//! * [`in_process`] is the operator as tasks, [`process`] as a program
//! * [`clock`] and [`dice`] are the world's only time and chance, [`pace`] lets the clock follow
//!   the wall's; [`rest`] tells when it is quiet

pub mod aap_config;
pub mod actors;
mod build;
pub mod classify;
pub mod clock;
pub(crate) mod crds;
pub mod dice;
pub mod faults;
mod in_process;
mod lines;
pub mod logs;
pub mod mirror;
pub mod operator_control;
pub mod pace;
pub mod process;
pub mod recorder;
pub mod redact;
pub mod rest;
pub mod target;
mod view;
pub mod wire;

use std::sync::Arc;
use std::time::Duration;

use apiserver::ApiServer;
use fake_aap::FakeAap;
use scenario::plan::Target;
use serde_json::Value;

pub use build::World;
pub use crds::install_missing;

use actors::eda::Receiver;
use mirror::Mirror;
use operator_control::OperatorControl;
use recorder::Recorder;

/// What steps may touch of a world.
pub struct Hands {
    /// A user's client.
    pub user: kube::Client,
    /// The latest objects.
    pub mirror: Mirror,
    /// The trace so far, and a bell that rings at each event.
    pub recorder: Recorder,
    /// The operator's process.
    pub operator: OperatorControl,
    /// The API server, for what a user cannot do: releasing held watch events.
    pub api: ApiServer,
    /// AAP, as its admin has it.
    pub aap: FakeAap,
    /// EDA's receiver.
    pub eda: Receiver,
    /// How long nothing may move before the world counts as at rest.
    pub rest: Duration,
    /// No wait is given up before so long: nothing under virtual time.
    pub least_patience: Duration,
}

impl Hands {
    /// The objects that a target names: `(namespace, name)`.
    pub fn find(&self, target: &Target) -> Vec<(Option<String>, String)> {
        let objects = self.mirror.list(&target.kind);
        objects.iter().filter(|object| names(target, object)).map(|object| key(object)).collect()
    }

    /// The first object that a target names.
    pub fn first(&self, target: &Target) -> Option<Arc<Value>> {
        self.mirror.list(&target.kind).into_iter().find(|object| names(target, object))
    }
}

fn names(target: &Target, object: &Value) -> bool {
    let (namespace, name) = key(object);
    let labels = object.pointer("/metadata/labels");
    target.name.as_ref().is_none_or(|wanted| *wanted == name)
        && (target.namespace.is_none() || namespace.is_none() || target.namespace == namespace)
        && target.labels.iter().all(|(label, value)| {
            labels.and_then(|labels| labels.get(label)).is_some_and(|seen| seen == value)
        })
}

fn key(object: &Value) -> (Option<String>, String) {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    (text("/metadata/namespace"), text("/metadata/name").unwrap_or_default())
}
