//! Calls to AAP and EDA. Their answers go into the memory of the object, for `decide` to use.

use std::sync::PoisonError;

use kube::ResourceExt as _;

use super::{Actor, Scene};
use crate::api::{JobType, LaunchIntent, Provider};
use crate::errors::Error;
use crate::memory::{Canceled, LaunchFailures, Launched, LookedUp, Polled, Searched};
use crate::provider::{
    CancelReply, JobRef, Launch, LaunchReply, LookUpReply, PollReply, SearchReply, Trouble,
};

impl Actor {
    /// Launches a job for the object as it was just written.
    pub(super) async fn launch(
        &self,
        scene: &mut Scene,
        intent: LaunchIntent,
    ) -> Result<(), Error> {
        let mut instance = scene.seen.instance.clone();
        instance.metadata.managed_fields = None;
        let object = serde_json::to_value(&instance)
            .map_err(|source| Error::Payload { object: scene.object(), source })?;
        scene.seen.memory.launched = None;
        tracing::info!(
            target: "operator",
            object = scene.object(), job = intent.job_type.name(), attempt = intent.attempt,
            "launching",
        );
        let reply = self.playbooks.launch(Launch { intent: intent.clone(), object }).await;
        let at = self.clock.now();
        let failures = &mut scene.seen.memory.launch_failures;
        match &reply {
            LaunchReply::Accepted { job, .. } => {
                *failures = LaunchFailures::default();
                let object = scene.object();
                tracing::info!(target: "operator", object, id = job.id, "launched");
            }
            LaunchReply::Refused(trouble) | LaunchReply::Unknown(trouble) => {
                failures.count = failures.count.saturating_add(1);
                failures.last = Some((at, trouble.clone()));
                self.heed(scene, "launch", trouble);
            }
        }
        scene.seen.memory.launched = Some(Launched { intent, at, reply });
        Ok(())
    }

    /// Asks for a job.
    pub(super) async fn poll(&self, scene: &mut Scene, job: JobRef) {
        let id = job.id.clone();
        let uid = scene.seen.instance.uid().unwrap_or_default();
        let reply = self.playbooks.poll(uid, job, self.policy.confirms_absence()).await;
        let memory = &mut scene.seen.memory;
        let before = memory.polled.as_ref().filter(|polled| polled.id == id);
        let absent = before.map_or(0, |polled| polled.absent);
        let absent = match &reply {
            PollReply::Seen(_) => 0,
            PollReply::Absent => absent.saturating_add(1),
            PollReply::Trouble(_) => absent,
        };
        if let Some(canceled) = memory.canceled.as_mut().filter(|asked| asked.job.id == id) {
            // Only an answer tells what became of the cancel.
            canceled.polls_since += u32::from(!matches!(reply, PollReply::Trouble(_)));
        }
        if let PollReply::Trouble(trouble) = &reply {
            self.heed(scene, "poll", trouble);
        }
        scene.seen.memory.polled = Some(Polled { id, at: self.clock.now(), absent, reply });
    }

    /// Looks for the job of an open intent.
    pub(super) async fn look_up(&self, scene: &mut Scene, intent: LaunchIntent) {
        let at = self.clock.now();
        let uid = scene.seen.instance.uid().unwrap_or_default();
        let reply = self.playbooks.look_up(uid, intent.clone()).await;
        if let LookUpReply::Trouble(trouble) = &reply {
            self.heed(scene, "look-up", trouble);
        }
        scene.seen.memory.looked_up = Some(LookedUp { intent, at, reply });
    }

    /// Lists the active jobs that AAP has for the object.
    pub(super) async fn search(&self, scene: &mut Scene, job_type: JobType) {
        let at = self.clock.now();
        let uid = scene.seen.instance.uid().unwrap_or_default();
        let reply = self.playbooks.active(uid, job_type).await;
        if let SearchReply::Trouble(trouble) = &reply {
            self.heed(scene, "search", trouble);
        }
        scene.seen.memory.searched = Some(Searched { at, reply });
    }

    /// Cancels a job.
    pub(super) async fn cancel(&self, scene: &mut Scene, job: JobRef) {
        tracing::info!(target: "operator", object = scene.object(), id = job.id, "canceling");
        let reply = self.playbooks.cancel(job.clone()).await;
        if let CancelReply::Trouble(trouble) = &reply {
            self.heed(scene, "cancel", trouble);
        }
        let former = scene.seen.memory.canceled.take().filter(|asked| asked.job.id == job.id);
        let count = former.map_or(0, |asked| asked.count).saturating_add(1);
        let at = self.clock.now();
        scene.seen.memory.canceled = Some(Canceled { job, at, count, polls_since: 0, reply });
    }

    /// Notes a trouble, and the wait that AAP asks for: it concerns every object. The waits of a
    /// webhook are its own.
    fn heed(&self, scene: &mut Scene, doing: &'static str, trouble: &Trouble) {
        tracing::warn!(
            target: "operator",
            object = scene.object(), doing, trouble = ?trouble.kind, status = trouble.status,
            "the provider is in trouble",
        );
        if let (Some(wait), Provider::Aap) = (trouble.retry_after, self.provider) {
            let until = crate::api::Moment(self.clock.now()).after(self.policy.honoured_wait(wait));
            let mut not_before = self.not_before.lock().unwrap_or_else(PoisonError::into_inner);
            *not_before = Some(not_before.map_or(until, |known| known.max(until)));
            scene.seen.provider_not_before = *not_before;
        }
    }
}
