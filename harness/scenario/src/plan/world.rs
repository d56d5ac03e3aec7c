//! The world of a plan: the operator's settings, AAP, EDA, KubeVirt, and what goes wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::expr::Expr;
use crate::matching::Template;
use crate::source::Span;

/// The world of a plan.
#[derive(Debug, Clone)]
pub struct World {
    /// Which provider the operator starts with.
    pub provider: Provider,
    /// The operator's settings.
    pub operator: OperatorSettings,
    /// The fake AAP.
    pub aap: Aap,
    /// The fake EDA.
    pub eda: Eda,
    /// The fake KubeVirt.
    pub kubevirt: KubeVirt,
    /// The tenant that stands there from the start; none if the scenario makes its own.
    pub tenant: Option<Tenant>,
    /// Objects that stand there before the operator starts, with their status.
    pub objects: Vec<Template>,
    /// Latency of every hop, before and after a call; drawn by the seed.
    pub latency: Latency,
    /// What goes wrong.
    pub faults: Vec<Fault>,
}

/// The operator's provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// AAP Direct: launches jobs over REST.
    Aap,
    /// Webhooks to Event-Driven Ansible.
    Eda,
}

/// Settings of the operator that a scenario may change; production values otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OperatorSettings {
    /// How often a job is polled (30 s).
    pub poll_interval: Duration,
    /// Former jobs kept in the status (10).
    pub history_limit: u32,
    /// Least time between two webhooks of one kind (EDA; 0 = no limit).
    pub minimum_request_interval: Duration,
    /// How long a playbook may take to start after an accepted create webhook (10 min).
    pub start_grace: Duration,
    /// Whether the operator makes Tenants ready itself (no).
    pub tenant_controller: bool,
}

/// Between these bounds the seed draws a latency for each direction of each call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Latency {
    /// Least.
    pub min: Duration,
    /// Most.
    pub max: Duration,
}

/// A Tenant with its namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Its name.
    pub name: String,
    /// Its namespace, where virtual machines live.
    pub namespace: String,
    /// `Ready` or another phase.
    pub phase: String,
}

/// The fake AAP of a world.
#[derive(Debug, Clone)]
pub struct Aap {
    /// The template that provisions.
    pub provision: JobTemplate,
    /// The template that deprovisions.
    pub deprovision: JobTemplate,
    /// More templates, such as one of the same name in another organization.
    pub templates: Vec<ExtraTemplate>,
    /// The user that the operator's token belongs to.
    pub user: AapUser,
    /// How many jobs may run at once; none = no limit.
    pub capacity: Option<u32>,
    /// The first job's id.
    pub first_job_id: i64,
    /// Ids used up by each launch besides the job's own.
    pub ids_burnt_per_launch: u32,
    /// Behaviours that differ between AAP versions, by name: see the scenario reference.
    pub switches: BTreeMap<String, bool>,
}

/// The operator's user in AAP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AapUser {
    /// A superuser sees and cancels all.
    pub superuser: bool,
    /// The token may only read.
    pub read_only: bool,
    /// What a user who is no superuser may do with each template.
    pub rights: Rights,
    /// So long after the world began the token is no longer valid; none = never.
    pub token_expires_after: Option<Duration>,
}

impl Default for AapUser {
    fn default() -> Self {
        Self {
            superuser: true,
            read_only: false,
            rights: Rights::Execute,
            token_expires_after: None,
        }
    }
}

/// What a user may do with templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Nothing.
    None,
    /// See them and their jobs.
    Read,
    /// Launch them too.
    Execute,
}

/// One of the two templates that the operator is configured with.
#[derive(Debug, Clone)]
pub struct JobTemplate {
    /// Its name in AAP.
    pub name: String,
    /// `job` or `workflow`.
    pub kind: TemplateKind,
    /// The operator's settings name it by its named URL.
    pub named_url: bool,
    /// It does not exist from the start.
    pub missing: bool,
    /// The user sees it in lists.
    pub visible: bool,
    /// The user may launch it.
    pub executable: bool,
    /// It prompts for variables on launch.
    pub ask_variables: bool,
    /// A required survey variable that nobody sends.
    pub required_survey_variable: Option<String>,
    /// What it lacks: `inventory`, `project`, `password`.
    pub lacks: Vec<String>,
    /// More than one job of it may run at a time.
    pub allow_simultaneous: bool,
    /// Job slices; more than 1 makes a launch answer with a workflow job.
    pub slices: u32,
    /// Names of the job templates that its nodes run (workflow templates only).
    pub nodes: Vec<String>,
    /// The nth launch follows the nth script; the last one serves the rest.
    pub scripts: Vec<JobScript>,
}

/// A template besides the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraTemplate {
    /// Its name.
    pub name: String,
    /// `job` or `workflow`.
    pub kind: TemplateKind,
    /// Its organization.
    pub organization: String,
    /// What it is for, as counted: `provision`, `deprovision`, `other`.
    pub role: String,
}

/// Kind of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateKind {
    /// Job template.
    Job,
    /// Workflow job template.
    Workflow,
}

/// What becomes of a launched job.
#[derive(Debug, Clone, PartialEq)]
pub struct JobScript {
    /// The states it goes through, in order.
    pub stages: Vec<Stage>,
    /// Its last state: `successful`, `failed`, `error`, `canceled`.
    pub ends: String,
    /// AAP's reason.
    pub explanation: String,
    /// The traceback.
    pub traceback: String,
    /// What a cancel does.
    pub cancel: Cancel,
    /// What its playbook does to the cluster.
    pub effects: Vec<Effect>,
    /// Its events and its output are incomplete when it ends, for so long (F35).
    pub output_lag: Duration,
    /// They never arrive (F35).
    pub output_lost: bool,
    /// What its playbook prints.
    pub stdout: String,
    /// What the failed task says: in the job's events alone (F22).
    pub failure: String,
}

/// One state of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// AAP's word, also one that nobody knows.
    pub status: String,
    /// How long; none = until something acts on it.
    pub lasts: Option<Duration>,
    /// AAP's reason for being there.
    pub explanation: String,
}

/// What a cancel request does to a job that is active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancel {
    /// As AAP does: at once while pending or waiting; after this long while running.
    After(Duration),
    /// AAP of 2026: also a pending job is canceled only after this long.
    Delayed(Duration),
    /// Accepted, and nothing follows for this long; then canceled. None = never.
    Ignored(Option<Duration>),
    /// Answered 405 although the job still runs.
    Refused405,
    /// Answered 403.
    Refused403,
    /// Forced to `canceled` while the playbook goes on, which later writes another end.
    Flips {
        /// The state it flips to.
        to: String,
        /// After this long.
        after: Duration,
    },
}

/// Something a playbook does to the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// When.
    pub at: EffectAt,
    /// What.
    pub what: EffectKind,
}

/// When a playbook does a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectAt {
    /// So long after the job began to run.
    Running(Duration),
    /// Just before it ends, if it ends well.
    BeforeEnd,
    /// So long after it ended, whatever its end.
    AfterEnd(Duration),
}

/// What a playbook can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectKind {
    /// Adds its finalizer to the instance.
    AddFinalizer,
    /// Creates the virtual machine.
    CreateVm,
    /// Writes the reconciled config version from its payload.
    Annotate,
    /// Deletes the virtual machine and waits for it.
    DeleteVm,
    /// Removes its finalizer.
    RemoveFinalizer,
}

/// The fake EDA: a webhook receiver and the playbooks it starts.
#[derive(Debug, Clone)]
pub struct Eda {
    /// What becomes of the nth create event; the last one serves the rest.
    pub provision: Vec<EdaScript>,
    /// The same for delete events.
    pub deprovision: Vec<EdaScript>,
}

/// What becomes of an accepted event.
#[derive(Debug, Clone, PartialEq)]
pub struct EdaScript {
    /// 200, but no rule fires.
    pub lost: bool,
    /// From the webhook to the playbook's start.
    pub starts_after: Duration,
    /// How long the playbook runs; none = for ever.
    pub runs: Option<Duration>,
    /// The playbook ends well, so its last effects happen.
    pub succeeds: bool,
    /// The event is delivered twice.
    pub twice: bool,
    /// What the playbook does; `Running` counts from its start.
    pub effects: Vec<Effect>,
}

/// The fake KubeVirt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeVirt {
    /// The printable states of a starting machine, in order; after them it is `Running` and ready.
    pub boot: Vec<VmStage>,
    /// The printable state it ends in instead of `Running`; then it is never ready.
    pub ends: Option<String>,
    /// From the deletion of an instance (VMI) to its successor's start.
    pub restart: Duration,
}

/// One printable state of a virtual machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VmStage {
    /// KubeVirt's word, also the empty one.
    pub status: String,
    /// How long.
    pub lasts: Duration,
}

/// Something that goes wrong on a wire.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// Which calls it may hit; sees `request`, `calls`, `bindings`, `profile`, `now()`.
    pub when: Expr,
    /// Matches let through first.
    pub after: u32,
    /// How many calls it hits; none = every one.
    pub times: Option<u32>,
    /// What it does.
    pub effect: FaultEffect,
}

/// What a fault does to the call that it hits.
#[derive(Debug, Clone)]
pub enum FaultEffect {
    /// Answers in the server's place.
    Reply {
        /// HTTP status.
        status: u16,
        /// Headers.
        headers: BTreeMap<String, String>,
        /// The body: text, or JSON.
        body: Value,
        /// The server executes the request all the same.
        executed: bool,
    },
    /// Holds the request, then the answer.
    Delay {
        /// Before the server sees it.
        before: Duration,
        /// After the server answered.
        after: Duration,
    },
    /// Never answers.
    Hang {
        /// The server executes the request.
        executed: bool,
    },
    /// Connection refused; nothing is executed.
    Refuse,
    /// The connection breaks.
    Drop {
        /// The server executed the request.
        executed: bool,
        /// It breaks in the middle of the body.
        mid_body: bool,
    },
    /// The operator is killed.
    Crash {
        /// When, as seen from the call.
        at: CrashAt,
        /// It comes back so much later.
        restart_after: Duration,
    },
    /// An action in AAP just before the server sees the call.
    Aap(AapAction),
    /// Watch events of the client that sends the matching watch request, from then on.
    Watch(WatchFault),
}

/// The moment of a crash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashAt {
    /// Before the request leaves.
    BeforeRequest,
    /// After the server executed it, before the answer arrives.
    AfterRequest,
    /// After the answer arrived.
    AfterReply,
}

/// What happens to watch events. `when` sees them as `request` with verb `watch-event`, with
/// `request.object` and the call's route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatchFault {
    /// Each matching event arrives so much later; order is kept.
    Delay(Duration),
    /// Held until released.
    Hold,
    /// Never delivered.
    Drop,
    /// Delivered twice.
    Twice,
}

/// What an admin can do in AAP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AapAction {
    /// Ends a job.
    Finish {
        /// Which.
        job: JobRef,
        /// `successful`, `failed`, `error`, `canceled`.
        status: String,
        /// AAP's reason.
        explanation: String,
        /// The traceback.
        traceback: String,
    },
    /// Fails a job as a playbook does: without explanation and traceback.
    Fail(JobRef),
    /// Cancels a job in the user interface.
    Cancel(JobRef),
    /// Sets a job's status to any word.
    SetStatus {
        /// Which.
        job: JobRef,
        /// The word.
        status: String,
    },
    /// Lets a job go on from a stage that lasts until something acts on it.
    Advance(JobRef),
    /// Deletes a job.
    Purge(JobRef),
    /// Deletes all jobs that have ended, as the clean-up does.
    PurgeAll,
    /// Makes a template.
    AddTemplate(ExtraTemplate),
    /// Asks for a template by a name that no path can have, as somebody's script does.
    Misspell,
    /// Deletes a template.
    DeleteTemplate(String),
    /// Deletes a template and makes it anew, with another id.
    RecreateTemplate(String),
    /// Renames a template.
    RenameTemplate {
        /// From.
        from: String,
        /// To.
        to: String,
    },
    /// Takes the operator's read permission of a template.
    HideTemplate(String),
    /// Gives it back.
    ShowTemplate(String),
    /// Makes the operator's token invalid.
    RevokeToken,
    /// Makes it valid again, also where its time was over.
    RestoreToken,
    /// AAP goes down and comes back; its reaper fails what ran.
    Restart {
        /// How long it is down.
        down: Duration,
    },
    /// AAP is installed anew: no jobs, ids start again.
    Reinstall,
}

/// A job, as a scenario names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRef {
    /// `provision` or `deprovision`.
    pub role: String,
    /// The nth launch of that role, from 1; none = the latest.
    pub nth: Option<u32>,
}
