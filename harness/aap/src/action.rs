//! What an admin, or the world, does to the controller from outside its API.

use std::fmt;
use std::time::Duration;

use crate::template::Template;

/// An act of an admin or of the world. Templates are meant by name: all of that name.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The playbook ends now, and so does the job. Its moments before the end come first.
    Finish {
        /// Which job.
        job: JobRef,
        /// `successful`, `failed`, `error`, `canceled`.
        status: String,
        /// `job_explanation`.
        explanation: String,
        /// `result_traceback`.
        traceback: String,
    },
    /// The playbook fails now, without explanation and traceback, as playbooks do.
    Fail {
        /// Which job.
        job: JobRef,
    },
    /// An admin cancels in the user interface. What the script says of cancels holds, but an admin
    /// is never refused.
    Cancel {
        /// Which job.
        job: JobRef,
    },
    /// Deletes a job, also an active one.
    Purge {
        /// Which job.
        job: JobRef,
    },
    /// The clean-up of jobs that ended.
    PurgeAll,
    /// Sets a job's status to any word; its script goes on unless the word is an end.
    SetStatus {
        /// Which job.
        job: JobRef,
        /// The word.
        status: String,
    },
    /// Ends the stage that a job is in; a job whose cancel was accepted ends canceled.
    Advance {
        /// Which job.
        job: JobRef,
    },
    /// Adds a template.
    AddTemplate(Box<Template>),
    /// Deletes a template, even if jobs of it are active.
    DeleteTemplate {
        /// Its name.
        name: String,
    },
    /// Deletes a template, if it is there, and makes it again with another id.
    RecreateTemplate {
        /// Its name.
        name: String,
    },
    /// Renames a template.
    RenameTemplate {
        /// Its name.
        name: String,
        /// Its name from now on.
        to: String,
    },
    /// Takes the right to see a template from all callers.
    HideTemplate {
        /// Its name.
        name: String,
    },
    /// Gives it back.
    ShowTemplate {
        /// Its name.
        name: String,
    },
    /// Somebody asks for a template by a name that no path can have: what
    /// [`crate::Switches::named_url_flake`] stumbles over.
    Misspell,
    /// The configured tokens are no longer valid.
    RotateToken,
    /// They are valid again, also those whose time was over.
    RestoreToken,
    /// The controller goes down: 503 meanwhile. When it is back, its reaper fails what ran.
    Restart {
        /// How long it is down.
        down_for: Duration,
    },
    /// AAP is installed anew: the same templates and tokens, no jobs, ids from the start.
    Reinstall,
}

/// Which job an action means. Jobs that a workflow started do not count, and a reinstallation
/// starts the count again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobRef {
    /// By id.
    Id(i64),
    /// The last one launched.
    Latest {
        /// Of templates with this role.
        role: String,
    },
    /// The nth one launched.
    Nth {
        /// Of templates with this role.
        role: String,
        /// From 1.
        nth: u32,
    },
}

impl fmt::Display for JobRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JobRef::Id(id) => write!(f, "job {id}"),
            JobRef::Latest { role } => write!(f, "latest job of role `{role}`"),
            JobRef::Nth { role, nth } => write!(f, "job number {nth} of role `{role}`"),
        }
    }
}

/// Why an action could not be done.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// No such job, or it was deleted.
    #[error("AAP has no {0}")]
    NoJob(JobRef),
    /// The job has ended.
    #[error("job {id} is {status} already")]
    Ended {
        /// Its id.
        id: i64,
        /// Its status.
        status: String,
    },
    /// No such template.
    #[error("AAP has no template named `{0}`")]
    NoTemplate(String),
}
