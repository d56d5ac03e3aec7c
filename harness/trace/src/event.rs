//! What can happen in a world, as one flat list of events in the order in which they happened.

use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Milliseconds of the world's clock since the world began.
pub type Millis = u64;

/// Seconds since 1970 of the moment at which a virtual world begins, millisecond 0 of its trace:
/// 2026-01-01T00:00:00Z.
pub const EPOCH_SECONDS: i64 = 1_767_225_600;

/// What stands in a trace where a known secret stood: secrets are taken out when a thing is
/// recorded, and a reader can tell from the mark that one was there.
pub const REDACTED: &str = "[redacted secret]";

/// One event.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When it happened.
    pub at: Millis,
    /// What happened.
    #[serde(flatten)]
    pub what: Happening,
}

/// What happened. `request`/`reply` pairs carry all that crossed a wire; `revision` and `job` are
/// the servers' own word on what they committed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum Happening {
    /// A client sent a request.
    Request(Request),
    /// The client got its answer, or gave up.
    Reply(Reply),
    /// The API server delivered a watch event to a client.
    Watch(WatchSeen),
    /// The API server committed a revision of an object.
    Revision(Revision),
    /// AAP committed a change of a job.
    Job(JobSeen),
    /// The EDA receiver accepted or refused an event.
    Webhook(Webhook),
    /// A planned fault took effect.
    Fault(FaultFelt),
    /// A step began or ended.
    Step(StepMark),
    /// The operator was started, killed or stopped, or ended by itself.
    Operator(OperatorLife),
    /// The operator took a named branch of its transition table.
    Mark {
        /// The row's mark.
        mark: String,
        /// The object that it was about, `namespace/name`.
        object: String,
    },
    /// A log line of the operator.
    Log(LogLine),
    /// The world came to rest: nothing moved for as long as the plan's limits ask.
    Rest,
    /// The world did not come to rest before its deadline.
    Restless {
        /// What moved last.
        last: String,
    },
    /// The trace reached its size limit; so many later events were counted but not kept.
    Truncated {
        /// Events left out.
        events: u64,
    },
}

/// Who speaks to whom. Both are names of the world: `operator`, `user`, `playbook`, `kubevirt`;
/// `kube`, `aap`, `eda`, or the name of a cluster.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Route {
    /// The client.
    pub from: Arc<str>,
    /// The server.
    pub to: Arc<str>,
}

/// A request as the client sent it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Pairs it with its reply; counts up within a trace.
    pub call: u64,
    /// Client and server.
    #[serde(flatten)]
    pub route: Route,
    /// HTTP method.
    pub method: String,
    /// Path with query.
    pub path: String,
    /// What the call means: `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` to an API
    /// server; `launch`, `cancel`, `poll`, `lookup`, `other` to AAP; `webhook` to EDA.
    pub verb: String,
    /// What it is about: `computeinstances/status`, `provision`, `create-compute-instance`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub about: String,
    /// `namespace/name` of the object, or the id of the job, where the path names one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub object: String,
    /// The body, if there was one and it is not an object that a revision shows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Arc<Value>>,
}

/// How a call ended for the client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The request's number.
    pub call: u64,
    /// HTTP status; none if the client got no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Why there was no answer: `connection refused`, `reply lost`, `client gave up`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// A poll whose answer equals the one before it: no body is kept.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unchanged: bool,
    /// The answer's body, where no revision or job event shows it (errors, first polls).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Arc<Value>>,
}

/// A watch event that reached a client.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WatchSeen {
    /// The client.
    pub to: Arc<str>,
    /// What it was told.
    pub change: Change,
    /// Plural of the kind.
    pub resource: String,
    /// `namespace/name`.
    pub object: String,
    /// The revision that it was told of.
    pub revision: u64,
}

/// How an object changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// It is new.
    Added,
    /// It changed.
    Modified,
    /// It is gone; the object is its last state.
    Deleted,
}

/// A committed revision of an object, with the whole object: the one place where it is written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// The cluster.
    pub cluster: Arc<str>,
    /// Who wrote it.
    pub by: Arc<str>,
    /// How it changed.
    pub change: Change,
    /// Kind.
    pub kind: String,
    /// `namespace/name`, or the name alone.
    pub object: String,
    /// The server's revision number.
    pub revision: u64,
    /// The object as stored.
    pub body: Arc<Value>,
    /// The body as the server wrote it out, where that is at hand.
    #[serde(skip)]
    pub written: Written,
}

/// JSON of a value that stands beside it, so that it need not be written out once more. It tells
/// nothing that the value does not: all are equal.
#[derive(Debug, Clone, Default)]
pub struct Written(pub Option<Bytes>);

impl PartialEq for Written {
    fn eq(&self, _: &Written) -> bool {
        true
    }
}

/// A committed change of an AAP job, by the server's own word.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct JobSeen {
    /// The job.
    pub job: i64,
    /// What its template is for: `provision`, `deprovision`.
    pub role: String,
    /// What happened: `launched`, `status`, `cancel-requested`, `purged`, or a moment's name.
    pub moment: String,
    /// Its status after that.
    pub status: String,
    /// AAP's reason, where it gave one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub explanation: String,
    /// Its traceback, where it has one.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub traceback: String,
    /// UID of the object it was launched for; at launch only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub uid: String,
    /// `namespace/name` of the object it was launched for; at launch only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub object: String,
    /// The variables it was launched with; at launch only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variables: Option<Arc<Value>>,
    /// `job` or `workflow_job`; at launch only.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub kind: String,
}

/// An event posted to EDA.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Webhook {
    /// The endpoint, such as `create-compute-instance`.
    pub endpoint: String,
    /// What it is for: `provision` or `deprovision`; empty if unknown.
    pub role: String,
    /// Whether the rulebook acted on it.
    pub accepted: bool,
    /// Why not, or a word on what follows.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub note: String,
    /// UID of the object it was about.
    pub uid: String,
    /// `namespace/name` of the object it was about.
    pub object: String,
}

/// A fault of the plan that took effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultFelt {
    /// The fault's name in the plan.
    pub fault: String,
    /// What it did: `reply 409`, `hang`, `crash before the request`.
    pub effect: String,
    /// The call that it hit, if it hit one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<u64>,
}

/// A step began or ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepMark {
    /// Position of the operation in the plan.
    pub operation: usize,
    /// The step's name.
    pub step: String,
    /// The operation: `create`, `assert`.
    pub verb: String,
    /// Part of the step.
    pub phase: Phase,
    /// None when it begins.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<StepOutcome>,
}

/// Part of a step that an operation stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Phase {
    /// The step's own operations.
    Try,
    /// Run when `try` failed.
    Catch,
    /// Run whatever happened.
    Finally,
    /// Run after all steps, in reverse order.
    Cleanup,
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "kebab-case")]
pub enum StepOutcome {
    /// It did what it says.
    Done {
        /// An assertion that held before the action that it follows had begun.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        at_once: bool,
    },
    /// What it waits for did not come, or what it asks for was refused.
    Unmet {
        /// What the scenario asked for.
        expected: String,
        /// What was there at the end.
        seen: String,
        /// Line by line what differs, `path: expected … seen …`.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        differences: Vec<String>,
        /// The object looked at, `namespace/name`, if there was one.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        object: String,
    },
    /// The harness could not do it.
    Broken {
        /// Why.
        why: String,
    },
}

/// The operator's life, seen from outside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "life", rename_all = "kebab-case")]
pub enum OperatorLife {
    /// It was started, the nth time.
    Started {
        /// Counts from 1.
        nth: u32,
        /// The provider it was configured with.
        provider: String,
    },
    /// It was killed.
    Killed {
        /// By what: a step or a fault.
        by: String,
    },
    /// It ended by itself, which it should not.
    Ended {
        /// Its last word.
        why: String,
    },
    /// It was asked to stop at the end of the run.
    Stopped,
}

/// A log line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// `INFO`, `WARN`, `ERROR`.
    pub level: String,
    /// The text, with its fields.
    pub text: String,
}
