//! Who runs the playbooks, behind one trait, and what such a provider can answer.
//!
//! Answers are values, not errors: a refused launch or a silent AAP is a fact that `decide` turns
//! into a condition and a next step.

mod aap;
mod eda;

use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::Value;

use crate::api::{JobKind, JobState, JobType, LaunchIntent};

pub use aap::AapPlaybooks;
pub use eda::EdaPlaybooks;

/// What a job is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobRef {
    /// The provider's id.
    pub id: String,
    /// The family of endpoints; none while unknown.
    pub kind: Option<JobKind>,
}

/// A job as the provider shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenJob {
    /// The provider's id.
    pub id: String,
    /// The family of endpoints; none where a provider has no families.
    pub kind: Option<JobKind>,
    /// How far it is.
    pub state: JobState,
    /// The provider's words; empty if it has none.
    pub message: String,
    /// When it ended, by the provider's clock.
    pub finished_at: Option<Timestamp>,
}

/// Why a request did not do what it should.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The class of it.
    pub kind: TroubleKind,
    /// The HTTP status, if there was one.
    pub status: Option<u16>,
    /// How long the provider asks to be left alone.
    pub retry_after: Option<Duration>,
    /// Names of the fields that the provider complains about; never their values.
    pub fields: Vec<String>,
}

impl Trouble {
    /// A trouble without particulars.
    pub fn new(kind: TroubleKind) -> Self {
        Self { kind, status: None, retry_after: None, fields: Vec::new() }
    }
}

/// Classes of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TroubleKind {
    /// No connection, a broken one, no answer in time, or a 5xx.
    Unreachable,
    /// An answer that is not what this API answers.
    Malformed,
    /// A redirect: the address is wrong.
    Redirected,
    /// 401.
    Unauthorized,
    /// 403.
    Forbidden,
    /// 404.
    NotFound,
    /// 429.
    RateLimited,
    /// The template does not exist, or is not visible.
    TemplateUnknown,
    /// Any other 4xx.
    Rejected,
}

impl TroubleKind {
    /// A sentence's end that never changes from one occurrence to the next.
    pub fn phrase(self) -> &'static str {
        match self {
            Self::Unreachable => "cannot be reached or is unwell",
            Self::Malformed => "answers something that is not its API",
            Self::Redirected => "redirects: its address is set wrong",
            Self::Unauthorized => "does not accept the credentials",
            Self::Forbidden => "does not permit this",
            Self::NotFound => "does not know this address",
            Self::RateLimited => "asks for fewer requests",
            Self::TemplateUnknown => "does not know the template",
            Self::Rejected => "rejects the request",
        }
    }
}

/// The answer to a launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LaunchReply {
    /// The job is there.
    Accepted {
        /// The job.
        job: SeenJob,
        /// True if the template dropped our variables: the job does not know what it is for.
        variables_ignored: bool,
    },
    /// For certain, nothing was launched.
    Refused(Trouble),
    /// Perhaps something was launched.
    Unknown(Trouble),
}

/// The answer to a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollReply {
    /// The job.
    Seen(SeenJob),
    /// The provider does not know the job.
    Absent,
    /// No answer.
    Trouble(Trouble),
}

/// The answer to a cancel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CancelReply {
    /// Taken; the job ends sooner or later.
    Accepted,
    /// Not taken: the job has ended, is gone, or is not ours to cancel.
    Refused,
    /// No answer.
    Trouble(Trouble),
}

/// The answer to a look-up of a launch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LookUpReply {
    /// The launch's job.
    Found(SeenJob),
    /// No such job so far.
    Missing,
    /// No answer.
    Trouble(Trouble),
}

/// The answer to the question for all active jobs of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchReply {
    /// These.
    Active(Vec<SeenJob>),
    /// No answer.
    Trouble(Trouble),
}

/// A launch that leaves now.
#[derive(Clone, Debug)]
pub struct Launch {
    /// What was decided and written down.
    pub intent: LaunchIntent,
    /// The whole object, the intent in its status.
    pub object: Value,
}

/// A provider.
pub trait Playbooks: Send + Sync {
    /// Launches a job.
    fn launch(&self, launch: Launch) -> BoxFuture<'_, LaunchReply>;

    /// Asks for a job of the object with this uid. `confirm`: whether an absence is confirmed
    /// before it is told.
    fn poll(&self, uid: String, job: JobRef, confirm: bool) -> BoxFuture<'_, PollReply>;

    /// Looks for the job of a launch whose answer was lost.
    fn look_up(&self, uid: String, intent: LaunchIntent) -> BoxFuture<'_, LookUpReply>;

    /// Lists the active jobs of a type that were launched for an object.
    fn active(&self, uid: String, job_type: JobType) -> BoxFuture<'_, SearchReply>;

    /// Cancels a job.
    fn cancel(&self, job: JobRef) -> BoxFuture<'_, CancelReply>;
}
