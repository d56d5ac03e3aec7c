//! The commit of a launch.

use std::cell::RefCell;
use std::sync::Arc;

use serde_json::Value;

use super::job::{Job, Life};
use super::{At, State, User};
use crate::announce::Announcement;

/// A launch that was found good.
pub(crate) struct Launch {
    pub(crate) template: i64,
    pub(crate) by: Arc<User>,
    /// What the playbook gets.
    pub(crate) extra_vars: Value,
    /// The same as text, secrets masked.
    pub(crate) shown_vars: String,
}

impl State {
    /// Makes the job; gives its id. The template must be there.
    pub(crate) fn launch(&mut self, launch: Launch, at: At) -> Option<i64> {
        let organization = self.templates.get(&launch.template)?.spec.organization.clone();
        let organization = organization.map(|name| self.organization_id(&name));
        let record = self.templates.get_mut(&launch.template)?;
        let script = record.next_script();
        let workflow =
            record.is_sliced() || record.spec.kind == crate::template::TemplateKind::Workflow;
        let first = script.stages.first().map_or("pending", |stage| &stage.status);
        let job = Job {
            id: self.next_job_id,
            workflow,
            template: Some(record.id),
            origin: record.id,
            spec: Arc::clone(&record.spec),
            organization,
            by: launch.by,
            parent: None,
            children: Vec::new(),
            slice: None,
            extra_vars: Arc::new(launch.extra_vars),
            shown_vars: launch.shown_vars,
            created: at.stamp,
            modified: at.stamp,
            status: first.to_owned(),
            explanation: String::new(),
            traceback: String::new(),
            started: None,
            finished: None,
            canceled_on: None,
            stage: 0,
            dispatched: false,
            blocked: None,
            life: Life::Script,
            encoded: RefCell::default(),
            script,
        };
        let id = job.id;
        self.burn_job_id();
        self.launched.push((id, job.spec.role.clone()));
        self.outbox.push(Announcement::Launched {
            job: Box::new(job.view(at.stamp)),
            extra_vars: Arc::clone(&job.extra_vars),
            by: job.by.name.clone(),
            at: at.stamp,
        });
        self.jobs.insert(id, job);
        self.enter_stage(id, 0, at);
        self.next_job_id += i64::from(self.config.ids_burnt_per_launch);
        Some(id)
    }

    /// Uses up an id, as a launch does whose job is deleted at once.
    pub(crate) fn burn_job_id(&mut self) {
        self.next_job_id += 1;
    }
}
