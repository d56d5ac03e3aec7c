//! What the fake takes from its surroundings, and what it tells an observer.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

/// The calendar time.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;
/// Chance: each call another number.
pub type Dice = Arc<dyn Fn() -> u64 + Send + Sync>;
/// Told of each commit, in order, before the answer leaves. It runs under the fake's lock and must
/// not call the fake.
pub type Announce = Arc<dyn Fn(&Announcement) + Send + Sync>;

/// Something that was committed. Jobs that a workflow started are not announced.
#[derive(Debug, Clone, PartialEq)]
pub enum Announcement {
    /// A launch was accepted.
    Launched {
        /// The new job.
        job: Box<JobView>,
        /// The variables that its playbook gets.
        extra_vars: Arc<Value>,
        /// The user's name.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// A job's status was written.
    Status {
        /// Its id.
        job: i64,
        /// Its template's role.
        role: String,
        /// The word that was written.
        status: String,
        /// `job_explanation` now.
        explanation: String,
        /// `result_traceback` now.
        traceback: String,
        /// When.
        at: Timestamp,
    },
    /// A moment of a job's script came.
    Moment {
        /// The job's id.
        job: i64,
        /// Its template's role.
        role: String,
        /// The moment's name.
        name: String,
        /// The variables that its playbook got.
        extra_vars: Arc<Value>,
        /// When.
        at: Timestamp,
    },
    /// A cancel was accepted (202).
    CancelRequested {
        /// The job's id.
        job: i64,
        /// Its template's role.
        role: String,
        /// The user's name.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// A job was deleted.
    Purged {
        /// Its id.
        job: i64,
        /// Its template's role.
        role: String,
        /// When.
        at: Timestamp,
    },
}

/// A job as the controller knows it.
#[derive(Debug, Clone, PartialEq)]
pub struct JobView {
    /// Its id.
    pub id: i64,
    /// The name of its template when it was launched.
    pub template: String,
    /// Its template's id; none if the template was deleted.
    pub template_id: Option<i64>,
    /// Its template's role.
    pub role: String,
    /// It is a workflow job.
    pub workflow: bool,
    /// The workflow job that started it; none if it was launched.
    pub parent: Option<i64>,
    /// The name of the user who launched it.
    pub by: String,
    /// AAP's word.
    pub status: String,
    /// Its status is not an end.
    pub active: bool,
    /// `job_explanation`.
    pub explanation: String,
    /// `result_traceback`.
    pub traceback: String,
    /// The variables that its playbook gets.
    pub extra_vars: Arc<Value>,
    /// When it was launched.
    pub created: Timestamp,
    /// When it first ran.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub finished: Option<Timestamp>,
    /// When a cancel was accepted.
    pub cancel_requested: Option<Timestamp>,
    /// It was deleted.
    pub purged: bool,
}
