//! The plan: one variant of one scenario, closed. Every default is filled, every name resolved,
//! every wait bounded; two equal plans and seeds mean the same run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::expr::Expr;
use crate::matching::{Pattern, Template};
use crate::source::{Source, Span};

mod world;

pub use self::world::*;

/// One variant, ready to run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The file it comes from, for places in messages.
    pub source: Arc<Source>,
    /// The scenario's name.
    pub scenario: String,
    /// The variant's name; `default` where the scenario has none.
    pub variant: String,
    /// The scenario's title.
    pub title: String,
    /// What this variant shows, where it says so itself; empty otherwise.
    pub shows: String,
    /// Labels: `id`, `priority`, `category` and what the author adds.
    pub labels: BTreeMap<String, String>,
    /// What a target must offer.
    pub requires: BTreeSet<Capability>,
    /// Rows of the operator's transition table that the scenario means to reach.
    pub covers: Vec<String>,
    /// Words that must not show up anywhere.
    pub secrets: Vec<String>,
    /// The variant's bindings, an object.
    pub bindings: Arc<Value>,
    /// The operator profile's values, an object.
    pub profile: Arc<Value>,
    /// The world to build.
    pub world: World,
    /// What to do, in order.
    pub steps: Vec<Step>,
    /// What must hold beside the steps.
    pub properties: Vec<Property>,
    /// What may take how long.
    pub budgets: Vec<Budget>,
    /// Bounds.
    pub limits: Limits,
}

/// What a target may offer and a scenario may require.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Capability {
    /// `fake-aap`: job timelines by script.
    FakeAap,
    /// `aap-faults`: HTTP and job accidents.
    AapFaults,
    /// `api-faults`: conflicts and errors from the API server.
    ApiFaults,
    /// `watch-delay`: stale caches.
    WatchDelay,
    /// `crash`: the operator can be killed and restarted.
    Crash,
    /// `vm`: effects on virtual machines.
    Vm,
    /// `tenant`: Tenant objects.
    Tenant,
    /// `eda`: a webhook receiver.
    Eda,
    /// `clock`: virtual time, or the patience for real minutes.
    Clock,
    /// `virtual-time`: moments exact to the millisecond.
    VirtualTime,
    /// `real-clock`: processes may be run; real time passes.
    RealClock,
}

/// A step: operations that belong together.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// What it does.
    pub tries: Vec<Operation>,
    /// Done when `try` failed.
    pub catches: Vec<Operation>,
    /// Done whatever happened.
    pub finally: Vec<Operation>,
    /// Done at the end of the run, in reverse order of the steps.
    pub cleanup: Vec<Operation>,
}

/// One operation of a step.
#[derive(Debug, Clone)]
pub struct Operation {
    /// Counts through the plan; the trace names operations by it.
    pub index: usize,
    /// Where it stands.
    pub span: Span,
    /// What it does.
    pub action: Action,
    /// How long it may take.
    pub timeout: Duration,
}

/// What an operation does.
#[derive(Debug, Clone)]
pub enum Action {
    /// Creates or merges an object.
    Apply {
        /// The object.
        resource: Template,
    },
    /// Creates an object.
    Create {
        /// The object.
        resource: Template,
    },
    /// Merge-patches an object.
    Patch {
        /// The object's identity and the fields to change.
        resource: Template,
        /// `status` or none.
        subresource: Option<String>,
    },
    /// Replaces an object, at the revision it has now.
    Update {
        /// The object.
        resource: Template,
        /// `status` or none.
        subresource: Option<String>,
    },
    /// Deletes objects.
    Delete {
        /// Kind and name.
        target: Target,
        /// Wait until it is gone (false: only ask).
        wait: bool,
    },
    /// Waits until an object matches.
    Assert {
        /// What it must look like.
        pattern: Pattern,
    },
    /// Waits until no object matches.
    Error {
        /// What must not be there.
        pattern: Pattern,
    },
    /// Waits until something is so.
    Wait {
        /// The object looked at, where `until` needs one.
        target: Option<Target>,
        /// What to wait for.
        until: Until,
    },
    /// Lets time pass.
    Sleep {
        /// How long.
        duration: Duration,
    },
    /// Runs a shell script (needs `real-clock`).
    Script {
        /// Its text.
        content: String,
    },
    /// Kills the operator.
    Crash {
        /// It comes back so much later; none = at a `restart`.
        restart_after: Option<Duration>,
    },
    /// Stops the operator in good order and starts it again.
    Restart {
        /// With another provider from now on.
        provider: Option<Provider>,
    },
    /// Acts in AAP as an admin would.
    Aap(AapAction),
    /// Lets held watch events go.
    Release {
        /// The client whose events are held.
        client: String,
    },
    /// From here on a property holds; the property is in the plan's list.
    Property,
}

/// An object by kind and name, or by labels.
#[derive(Debug, Clone)]
pub struct Target {
    /// `group/version`; resolved from the kind where the author left it out.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Namespace; resolved.
    pub namespace: Option<String>,
    /// Name; none = by labels.
    pub name: Option<String>,
    /// Labels that must be there.
    pub labels: BTreeMap<String, String>,
}

/// What `wait` waits for.
#[derive(Debug, Clone)]
pub enum Until {
    /// The object is gone.
    Deleted,
    /// A condition has a status.
    Condition {
        /// Type.
        name: String,
        /// `True` if not given.
        value: String,
    },
    /// An expression is true; sees `object` (of the target), `calls`, `bindings`, `now()`.
    Expression(Expr),
    /// The world is at rest.
    Rest,
}

/// Something that must hold beside the steps.
#[derive(Debug, Clone)]
pub struct Property {
    /// When.
    pub kind: PropertyKind,
    /// On what.
    pub on: On,
    /// What.
    pub that: Expr,
    /// It holds from the end of this operation on; none = from the start.
    pub from: Option<usize>,
    /// Where it stands.
    pub span: Span,
}

/// When a property must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertyKind {
    /// At no moment.
    Never,
    /// At every moment.
    Always,
    /// At rest, or at the end.
    Eventually,
}

/// What a property looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum On {
    /// Each revision of the objects of a kind: `object`, `old`.
    Object {
        /// Kind; ComputeInstance if not given.
        kind: String,
        /// Name; any if not given.
        name: Option<String>,
    },
    /// Each request: `request`, `calls`.
    Request,
    /// The whole, with `calls`; `object` is the last state of the only instance, if there is one.
    World,
}

/// How long something may take at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// What.
    pub of: BudgetOf,
    /// At most so long.
    pub at_most: Duration,
    /// Where it stands.
    pub span: Span,
}

/// What a budget is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetOf {
    /// From an instance's creation until it runs and its job has succeeded.
    Provision,
    /// From the wish for an instance's deletion until it is gone.
    Deprovision,
    /// Both together.
    Total,
}

/// Bounds of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Virtual time after which the run is broken off (6 h).
    pub deadline: Duration,
    /// Poll intervals without movement that count as rest (5).
    pub rest_polls: u32,
    /// Events kept in the trace.
    pub events: usize,
    /// Requests the operator may send within one second, per instance: more is a hot loop.
    pub requests_per_second: u32,
}
