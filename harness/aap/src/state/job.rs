//! A job: what was launched, and where it is in its life.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::users::User;
use crate::announce::JobView;
use crate::documents::Encoded;
use crate::script::Script;
use crate::template::Template;

/// A pending job tells its reason only when it is older than this.
const SILENT: SignedDuration = SignedDuration::from_secs(30);

/// How the fake stands to a job's playbook.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Life {
    /// The script goes on.
    Script,
    /// A cancel was accepted and will land; the script stands still.
    Stopping,
    /// The job is `canceled`, its playbook lives and will write its own end.
    Ghost,
    /// The controller went down under it.
    Orphan,
    /// Nothing comes any more.
    Over,
}

/// Why a job may not leave the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Blocked {
    /// Another job of the same template runs.
    By {
        job: i64,
        workflow: bool,
    },
    Capacity,
}

/// A job or workflow job.
pub(crate) struct Job {
    pub(crate) id: i64,
    pub(crate) workflow: bool,
    /// Its template, as long as that exists.
    pub(crate) template: Option<i64>,
    /// The template that it came from.
    pub(crate) origin: i64,
    /// The template as it was at the launch.
    pub(crate) spec: Arc<Template>,
    /// Its organization's id.
    pub(crate) organization: Option<i64>,
    pub(crate) script: Arc<Script>,
    pub(crate) by: Arc<User>,
    pub(crate) parent: Option<i64>,
    pub(crate) children: Vec<i64>,
    /// Number and count of a slice, from 1.
    pub(crate) slice: Option<(u32, u32)>,
    pub(crate) extra_vars: Arc<Value>,
    /// The variables as text, secrets masked.
    pub(crate) shown_vars: String,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    pub(crate) status: String,
    pub(crate) explanation: String,
    pub(crate) traceback: String,
    pub(crate) started: Option<Timestamp>,
    pub(crate) finished: Option<Timestamp>,
    pub(crate) canceled_on: Option<Timestamp>,
    pub(super) stage: usize,
    /// It has left the queue.
    pub(crate) dispatched: bool,
    pub(super) blocked: Option<Blocked>,
    pub(super) life: Life,
    /// The unchanging part of its document.
    pub(crate) encoded: RefCell<Encoded>,
}

/// The word is one of the four ends.
pub(crate) fn is_end(status: &str) -> bool {
    matches!(status, "successful" | "failed" | "error" | "canceled")
}

/// The job still waits to be dispatched.
pub(super) fn is_queued(status: &str) -> bool {
    matches!(status, "new" | "pending")
}

impl Job {
    pub(crate) fn is_active(&self) -> bool {
        !is_end(&self.status)
    }

    pub(crate) fn failed(&self) -> bool {
        matches!(self.status.as_str(), "failed" | "error" | "canceled")
    }

    /// The model's name in paths and documents.
    pub(crate) fn type_name(&self) -> &'static str {
        if self.workflow { "workflow_job" } else { "job" }
    }

    /// `started` is set by the first time it runs, `finished` by its first end; neither is
    /// rewritten.
    pub(super) fn write_status(&mut self, status: &str, now: Timestamp) {
        status.clone_into(&mut self.status);
        self.modified = now;
        if status == "running" {
            self.started.get_or_insert(now);
        }
        if is_end(status) {
            self.finished.get_or_insert(now);
        }
        self.dispatched |= !is_queued(status) && !is_end(status);
    }

    /// `job_explanation` as callers see it.
    pub(crate) fn shown_explanation(&self, now: Timestamp) -> Cow<'_, str> {
        let waits = is_queued(&self.status) && !self.dispatched;
        if waits && now.duration_since(self.created) <= SILENT {
            return Cow::Borrowed("");
        }
        match self.blocked {
            Some(Blocked::By { job, workflow }) => {
                let model = if workflow { "workflowjob" } else { "job" };
                Cow::Owned(format!("waiting for {model}-{job} to finish"))
            }
            Some(Blocked::Capacity) => Cow::Borrowed(
                "This job is not ready to start because there is not enough available capacity.",
            ),
            None => Cow::Borrowed(&self.explanation),
        }
    }

    /// Seconds it ran: with microseconds while it runs, in milliseconds at the end.
    pub(crate) fn elapsed(&self, now: Timestamp) -> f64 {
        let Some(started) = self.started else { return 0.0 };
        let (end, unit) = match self.finished {
            Some(finished) => (finished, 1_000),
            None => (now, 1_000_000),
        };
        let nanos = end.duration_since(started).as_nanos().max(0);
        let per_unit = 1_000_000_000 / unit;
        let units = (nanos + per_unit / 2) / per_unit;
        #[expect(clippy::cast_precision_loss, reason = "a double holds the micros of 285 years")]
        let seconds = units as f64 / unit as f64;
        seconds
    }

    /// All that it printed has arrived.
    pub(crate) fn events_are_complete(&self, now: Timestamp) -> bool {
        let output = &self.script.output;
        let lag = SignedDuration::try_from(output.lag).unwrap_or(SignedDuration::MAX);
        !self.is_active()
            && !output.lost
            && self.finished.is_none_or(|end| now.duration_since(end) >= lag)
    }

    pub(crate) fn view(&self, now: Timestamp) -> JobView {
        JobView {
            id: self.id,
            template: self.spec.name.clone(),
            template_id: self.template,
            role: self.spec.role.clone(),
            workflow: self.workflow,
            parent: self.parent,
            by: self.by.name.clone(),
            status: self.status.clone(),
            active: self.is_active(),
            explanation: self.shown_explanation(now).into_owned(),
            traceback: self.traceback.clone(),
            extra_vars: Arc::clone(&self.extra_vars),
            created: self.created,
            started: self.started,
            finished: self.finished,
            cancel_requested: self.canceled_on,
            purged: false,
        }
    }
}
