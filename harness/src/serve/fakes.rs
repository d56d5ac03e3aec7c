//! AAP, EDA and KubeVirt beside the API server, living as a scenario's world does when nothing is
//! said about them.

use std::convert::Infallible;
use std::sync::Arc;

use apiserver::{ApiServer, ClientName};
use axum::body::Body;
use fake_aap::{Announcement, FakeAap};
use scenario::Profile;
use scenario::plan::{EffectKind, World};
use serde_json::Value;
use tokio::sync::mpsc;
use tower::ServiceExt as _;

use crate::world::aap_config;
use crate::world::actors::eda::Receiver;
use crate::world::actors::kubevirt::{self, Told};
use crate::world::actors::playbook::Playbook;
use crate::world::clock::WorldClock;
use crate::world::mirror::Mirror;
use crate::world::recorder::Recorder;
use crate::world::target::Clock;

/// A scenario that says nothing about its world.
const SCENARIO: &str = "\
apiVersion: e2e.osac.openshift.io/v1alpha1
kind: Scenario
metadata: {name: serve}
spec:
  title: A world for other programs
  world: {provider: aap}
  steps:
  - name: wait
    try:
    - wait: {for: {rest: {}}}
";

/// The world of a scenario that says nothing about it.
///
/// # Errors
/// Never but by a bug of ours.
pub fn world() -> Result<World, String> {
    let parsed = scenario::parse("serve", SCENARIO);
    let scenario = parsed.scenario.ok_or("the scenario of `serve` cannot be read")?;
    let plans = scenario.plans(&scenario::Profile::embedded());
    let plans = plans.map_err(|found| format!("the scenario of `serve` has faults: {found:?}"))?;
    let plan = plans.into_iter().next().ok_or("the scenario of `serve` has no variant")?;
    Ok(plan.world)
}

/// What the API server tells the fakes.
#[derive(Clone)]
pub struct Ear {
    mirror: Mirror,
    tell: mpsc::UnboundedSender<Told>,
}

impl Ear {
    /// An ear, and what it hears of machines.
    pub fn new() -> (Self, mpsc::UnboundedReceiver<Told>) {
        let (tell, told) = mpsc::unbounded_channel();
        (Self { mirror: Mirror::default(), tell }, told)
    }

    /// Hears of a commit.
    pub fn hear(&self, commit: &apiserver::Commit) {
        let change = match commit.change {
            apiserver::Change::Added => trace::Change::Added,
            apiserver::Change::Modified => trace::Change::Modified,
            apiserver::Change::Deleted => trace::Change::Deleted,
        };
        let (kind, namespace) = (commit.kind.as_str(), commit.namespace.as_deref());
        self.mirror.apply(change, kind, namespace, &commit.name, &commit.object);
        if matches!(kind, "VirtualMachine" | "VirtualMachineInstance") {
            let (kind, name) = (kind.to_owned(), commit.name.clone());
            let namespace = namespace.unwrap_or_default().to_owned();
            // Nobody listens where KubeVirt was not asked for.
            let _ = self.tell.send(Told { change, kind, namespace, name });
        }
    }
}

/// The fakes around one API server.
pub struct Fakes {
    server: ApiServer,
    world: World,
    ear: Ear,
    recorder: Recorder,
}

impl Fakes {
    /// The fakes of a world. Call it inside a runtime.
    pub fn new(server: &ApiServer, world: World, ear: Ear) -> Self {
        // Nothing is kept: there is no trace of what other programs do.
        let recorder = Recorder::new(WorldClock::begin(Clock::Virtual), 0, &[]);
        Self { server: server.clone(), world, ear, recorder }
    }

    fn client(&self, name: &str) -> kube::Client {
        let name = ClientName::new(name);
        let service =
            self.server.service().map_request(move |request: http::Request<kube::client::Body>| {
                let mut request = request.map(Body::new);
                request.extensions_mut().insert(name.clone());
                request
            });
        kube::Client::new(service, "default")
    }

    fn playbook(&self) -> Playbook {
        Playbook::new(self.client("playbook"), self.ear.mirror.clone(), &Profile::embedded().values)
    }

    /// Lets KubeVirt live.
    pub fn kubevirt(&self, told: mpsc::UnboundedReceiver<Told>) {
        let (client, mirror) = (self.client("kubevirt"), self.ear.mirror.clone());
        tokio::spawn(kubevirt::serve(client, self.world.kubevirt.clone(), mirror, told));
    }

    /// The receiver of EDA's webhooks.
    pub fn eda(
        &self,
    ) -> impl tower::Service<
        http::Request<Body>,
        Response = http::Response<Body>,
        Error = Infallible,
        Future: Send + 'static,
    >
    + Clone
    + Send
    + 'static
    + use<> {
        Receiver::new(self.world.eda.clone(), self.playbook(), self.recorder.clone()).service()
    }

    /// AAP, with this token for its user; its playbooks work on the API server.
    pub fn aap(
        &self,
        token: &str,
        now: &fake_aap::Now,
        dice: &fake_aap::Dice,
    ) -> fake_aap::AapService {
        let (due, dues) = mpsc::unbounded_channel();
        let announce = move |announcement: &Announcement| announced(announcement, &due);
        let config = aap_config::config(&self.world.aap, token);
        tokio::spawn(play(self.playbook(), dues));
        FakeAap::new(config, now.clone(), dice.clone(), Arc::new(announce)).service()
    }
}

type Due = (EffectKind, Arc<Value>);

fn announced(announcement: &Announcement, due: &mpsc::UnboundedSender<Due>) {
    if let Announcement::Moment { name, extra_vars, .. } = announcement
        && let Some(effect) = aap_config::effect(name)
        && let Some(payload) = aap_config::payload(extra_vars)
    {
        let _ = due.send((effect, Arc::new(payload.clone())));
    }
}

/// Performs what AAP's playbooks do. One that fails has failed, as a playbook does.
async fn play(playbook: Playbook, mut dues: mpsc::UnboundedReceiver<Due>) {
    while let Some((effect, payload)) = dues.recv().await {
        let playbook = playbook.clone();
        tokio::spawn(async move { playbook.perform(effect, &payload).await });
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_world_can_be_read() {
        super::world().unwrap();
    }
}
