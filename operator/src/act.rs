//! Performs effects: the only place that writes to the Kubernetes API, to AAP or to EDA.

pub mod objects;
mod provider;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use kube::ResourceExt as _;

use crate::Clock;
use crate::api::{ComputeInstance, Provider};
use crate::decide::{Effect, Observed};
use crate::errors::Error;
use crate::policy::Policy;
use crate::provider::Playbooks;

/// How many conflicts in a row one reconciliation sits out.
const CONFLICTS_MAX: u32 = 12;

/// What performs effects.
pub struct Actor {
    /// The Kubernetes API.
    pub client: kube::Client,
    /// The provider's name.
    pub provider: Provider,
    /// The provider.
    pub playbooks: Box<dyn Playbooks>,
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// The decisions.
    pub policy: Arc<dyn Policy>,
    /// The provider asked to be left alone until then: this concerns every object.
    pub not_before: Mutex<Option<Timestamp>>,
}

/// What to do after effects were performed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Decide again: something new is known.
    Again,
    /// Rest; look again after this time, or when something changes.
    Rest(Option<Duration>),
    /// The object is gone.
    Gone,
}

/// The object at hand, as it develops during one reconciliation.
pub struct Scene {
    /// What is known.
    pub seen: Observed,
    /// Conflicts since the last write that went through.
    pub conflicts: u32,
}

impl Scene {
    /// The object as `namespace/name`, for messages.
    pub fn object(&self) -> String {
        let instance = &self.seen.instance;
        format!("{}/{}", instance.namespace().unwrap_or_default(), instance.name_any())
    }

    /// Takes a newer version of the object.
    fn renew(&mut self, instance: ComputeInstance) {
        self.seen.instance = instance;
        self.seen.fresh = true;
    }
}

impl Actor {
    /// Until when the provider wants to be left alone, if it does.
    pub fn provider_not_before(&self) -> Option<Timestamp> {
        let now = self.clock.now();
        let not_before = *self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
        not_before.filter(|at| *at > now)
    }

    /// Performs effects in order, up to the first that cannot be done.
    ///
    /// # Errors
    /// Fails when the Kubernetes API does. What the provider answered until then is remembered in
    /// the scene.
    pub async fn perform(&self, scene: &mut Scene, effects: Vec<Effect>) -> Result<Flow, Error> {
        for effect in effects {
            let flow = self.one(scene, effect).await?;
            if let Some(flow) = flow {
                return Ok(flow);
            }
        }
        Ok(Flow::Again)
    }

    /// Performs one effect. A flow ends the batch.
    async fn one(&self, scene: &mut Scene, effect: Effect) -> Result<Option<Flow>, Error> {
        match effect {
            Effect::Mark(mark) => {
                let instance = &scene.seen.instance;
                tracing::info!(
                    target: "operator::transition",
                    mark,
                    namespace = instance.namespace().unwrap_or_default(),
                    name = instance.name_any(),
                );
                Ok(None)
            }
            Effect::Wait(wait) => Ok(Some(Flow::Rest(wait))),
            Effect::Refresh => self.refresh(scene).await,
            Effect::AddFinalizer => self.add_finalizer(scene).await,
            Effect::RemoveFinalizer => self.remove_finalizer(scene).await,
            Effect::WriteStatus(status) => self.write_status(scene, *status).await,
            Effect::DeleteMachineInstance { namespace, name, uid } => {
                self.delete_machine_instance(scene, &namespace, &name, uid).await?;
                Ok(None)
            }
            Effect::Launch(intent) => {
                self.launch(scene, intent).await?;
                Ok(None)
            }
            Effect::Poll(job) => {
                self.poll(scene, job).await;
                Ok(None)
            }
            Effect::LookUp(intent) => {
                self.look_up(scene, intent).await;
                Ok(None)
            }
            Effect::Search(job_type) => {
                self.search(scene, job_type).await;
                Ok(None)
            }
            Effect::Cancel(job) => {
                self.cancel(scene, job).await;
                Ok(None)
            }
        }
    }
}
