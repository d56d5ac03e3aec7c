//! AAP Direct: jobs over AAP's REST API.

use futures::future::BoxFuture;

use super::SearchReply;
use super::{CancelReply, JobRef, Launch, LaunchReply, LookUpReply, Playbooks, PollReply};
use crate::aap::Client;
use crate::api::{JobType, LaunchIntent};

/// Launches, polls and cancels jobs of AAP.
pub struct AapPlaybooks {
    client: Client,
    provision_template: String,
    deprovision_template: String,
}

impl AapPlaybooks {
    /// A provider over a client, for two templates by name.
    pub fn new(client: Client, provision_template: String, deprovision_template: String) -> Self {
        Self { client, provision_template, deprovision_template }
    }

    fn template(&self, job_type: JobType) -> &str {
        match job_type {
            JobType::Provision => &self.provision_template,
            JobType::Deprovision => &self.deprovision_template,
        }
    }
}

impl Playbooks for AapPlaybooks {
    fn launch(&self, launch: Launch) -> BoxFuture<'_, LaunchReply> {
        Box::pin(async move {
            let template = self.template(launch.intent.job_type);
            self.client.launch(template, launch.object).await
        })
    }

    fn poll(&self, uid: String, job: JobRef, confirm: bool) -> BoxFuture<'_, PollReply> {
        Box::pin(async move { self.client.poll(&uid, &job, confirm).await })
    }

    fn look_up(&self, uid: String, intent: LaunchIntent) -> BoxFuture<'_, LookUpReply> {
        Box::pin(async move {
            let template = self.template(intent.job_type);
            self.client.look_up(template, &uid, &intent).await
        })
    }

    fn active(&self, uid: String, job_type: JobType) -> BoxFuture<'_, SearchReply> {
        Box::pin(async move { self.client.active(self.template(job_type), &uid).await })
    }

    fn cancel(&self, job: JobRef) -> BoxFuture<'_, CancelReply> {
        Box::pin(async move { self.client.cancel(&job).await })
    }
}
