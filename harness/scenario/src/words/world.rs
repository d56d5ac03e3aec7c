//! Words of the world.

use super::{
    AAP, AAP_ACTION, EFFECTS_OF, FOREVER_OR, Kind, Table, Word, choice, one_of, required, table,
    word,
};

/// Providers of the operator.
pub(crate) const PROVIDERS: [&str; 2] = ["aap", "eda"];
/// Roles of the two templates.
pub(crate) const ROLES: [&str; 2] = ["provision", "deprovision"];
/// States in which a job of AAP ends.
pub(crate) const ENDS: [&str; 4] = ["successful", "failed", "error", "canceled"];
/// Effects of playbooks.
pub(crate) const EFFECTS: [&str; 5] =
    ["addFinalizer", "createVm", "annotate", "deleteVm", "removeFinalizer"];
/// Moments of a crash.
pub(crate) const CRASH_AT: [&str; 3] = ["beforeRequest", "afterRequest", "afterReply"];
/// Where a duration has no end.
pub(crate) const FOREVER: &str = "forever";
/// Where a fault has no end.
pub(crate) const ALWAYS: &str = "always";

pub(super) const COUNT: Kind = Kind::Int { least: 0, most: 10_000 };

pub(crate) static WORLD: Table = table(
    "world",
    "The world around the operator: what a scenario leaves out is as in production.",
    &[
        word("provider", Kind::OneOf(&PROVIDERS), "aap", "how the operator starts playbooks"),
        word("operator", Kind::Map(&OPERATOR), "see there", "the operator's settings"),
        word("latency", Kind::Map(&LATENCY), "see there", "latency of every hop"),
        word(
            "tenant",
            Kind::MapOr(&TENANT, &["none"]),
            "see there",
            "the tenant that is there from the start",
        ),
        word(
            "objects",
            Kind::List(&Kind::Object),
            "none",
            "objects that are there before the operator starts; they may have a status",
        ),
        word("aap", Kind::Map(&AAP), "see there", "the fake AAP (needs `fake-aap`)"),
        word("eda", Kind::Map(&EDA), "see there", "the fake EDA (needs `eda`)"),
        word("kubevirt", Kind::Map(&KUBEVIRT), "see there", "the fake KubeVirt (needs `vm`)"),
        word("faults", Kind::List(&Kind::Map(&FAULT)), "none", "what goes wrong"),
    ],
);

pub(crate) static OPERATOR: Table = table(
    "operator",
    "Settings of the operator.",
    &[
        word("pollInterval", Kind::Duration, "30s", "how often a job is polled"),
        word(
            "historyLimit",
            Kind::Int { least: 1, most: 1000 },
            "10",
            "former jobs kept in the status",
        ),
        word(
            "minimumRequestInterval",
            Kind::Duration,
            "0s",
            "least time between two webhooks of one kind; 0 is no limit",
        ),
        word(
            "startGrace",
            Kind::Duration,
            "10m",
            "how long a playbook may take to start after an accepted webhook",
        ),
        word("tenantController", Kind::Bool, "false", "it makes Tenants ready itself"),
    ],
);

pub(crate) static LATENCY: Table = table(
    "latency",
    "For each direction of each call the seed draws a latency between these.",
    &[word("min", Kind::Duration, "1ms", "least"), word("max", Kind::Duration, "8ms", "most")],
);

pub(crate) static TENANT: Table = table(
    "tenant",
    "A Tenant with its namespace.",
    &[
        word("name", Kind::Text, "t1", "its name; instances are annotated with it"),
        word("namespace", Kind::Text, "its name", "where virtual machines live"),
        word("phase", Kind::Usually(&["Ready", "Progressing", "Failed"]), "Ready", "its phase"),
    ],
);
pub(crate) static EDA: Table = table(
    "eda",
    "The fake EDA.",
    &[
        word("provision", Kind::Map(&EVENTS), "see there", "what becomes of create events"),
        word("deprovision", Kind::Map(&EVENTS), "see there", "what becomes of delete events"),
    ],
);

const LOST: Word = word("lost", Kind::Bool, "false", "accepted, but no rule fires");
const STARTS: Word =
    word("startsAfter", Kind::Duration, "3s", "from the webhook to the playbook's start");
const RUNS: Word = word("runs", FOREVER_OR, "171s, deprovision 104s", "how long the playbook runs");
const SUCCEEDS: Word =
    word("succeeds", Kind::Bool, "true", "it ends well, so that its last effects happen");
const TWICE: Word = word("twice", Kind::Bool, "false", "the event is delivered twice");

pub(crate) static EVENTS: Table = table(
    "events",
    "What becomes of the events of a kind: one script for all, or one for each under `events`.",
    &[
        word(
            "events",
            Kind::List(&Kind::Map(&EVENT)),
            "the words beside",
            "a script for each event, the last one for the rest",
        ),
        LOST,
        STARTS,
        RUNS,
        SUCCEEDS,
        TWICE,
        EFFECTS_OF,
    ],
);

pub(crate) static EVENT: Table = table(
    "event",
    "What becomes of an accepted event.",
    &[LOST, STARTS, RUNS, SUCCEEDS, TWICE, EFFECTS_OF],
);

const VM_STATUS: Kind = Kind::Usually(&[
    "",
    "Provisioning",
    "Starting",
    "Running",
    "ErrorUnschedulable",
    "DataVolumeError",
    "WaitingForVolumeBinding",
    "CrashLoopBackOff",
    "Stopped",
    "Paused",
]);

pub(crate) static KUBEVIRT: Table = table(
    "kubevirt",
    "The fake KubeVirt.",
    &[
        word(
            "boot",
            Kind::List(&Kind::Map(&VM_STAGE)),
            "Provisioning 10s, Starting 15s",
            "printable states of a starting machine, in order; then it is `Running` and ready",
        ),
        word("ends", VM_STATUS, "Running", "the state it ends in instead; then it is never ready"),
        word(
            "restart",
            Kind::Duration,
            "5s",
            "from the deletion of a running instance to its successor's start",
        ),
    ],
);

pub(crate) static VM_STAGE: Table = table(
    "vmStage",
    "A printable state of a virtual machine.",
    &[
        required("status", VM_STATUS, "KubeVirt's word, also the empty one"),
        required("lasts", Kind::Duration, "how long"),
    ],
);

pub(crate) static FAULT: Table = one_of(
    "fault",
    "Something that goes wrong on a wire. A fault that never took effect makes the variant broken.",
    &[
        required("name", Kind::Name, "its name, once in a world"),
        required("when", Kind::Condition, "which requests it may hit"),
        word("after", COUNT, "0", "matches let through first"),
        word(
            "times",
            Kind::IntOr { least: 1, most: 10_000, words: &[ALWAYS] },
            "1",
            "how many requests it hits; `always`: each one",
        ),
        choice("reply", Kind::Map(&REPLY), "answers in the server's place"),
        choice("delay", Kind::Map(&DELAY), "holds the request, then the answer"),
        choice("hang", Kind::Map(&HANG), "never answers"),
        choice("refuse", Kind::Map(&super::NOTHING), "connection refused"),
        choice("drop", Kind::Map(&DROP), "breaks the connection"),
        choice("crash", Kind::Map(&CRASH_FAULT), "kills the operator"),
        choice("aap", Kind::Map(&AAP_ACTION), "acts in AAP just before the server sees the call"),
        choice(
            "watch",
            Kind::MapOr(&WATCH, &["hold", "drop", "twice"]),
            "what happens to the watch events that match (verb `watch-event`): held until \
             `release`, dropped, delivered twice, or late",
        ),
    ],
);

pub(crate) static REPLY: Table = table(
    "reply",
    "An answer in the server's place.",
    &[
        required("status", Kind::Int { least: 100, most: 599 }, "HTTP status"),
        word("headers", Kind::Texts, "none", "headers"),
        word("body", Kind::Any, "by the server", "a text, or JSON"),
        word("executed", Kind::Bool, "false", "the server executes the request all the same"),
    ],
);

pub(crate) static DELAY: Table = table(
    "delay",
    "Time that a call takes longer.",
    &[
        word("before", Kind::Duration, "0s", "before the server sees the request"),
        word("after", Kind::Duration, "0s", "after the server answered"),
    ],
);

pub(crate) static HANG: Table = table(
    "hang",
    "A call without an answer.",
    &[word("executed", Kind::Bool, "false", "the server executes the request")],
);

pub(crate) static DROP: Table = table(
    "drop",
    "A broken connection.",
    &[
        word("executed", Kind::Bool, "false", "the server executed the request"),
        word("midBody", Kind::Bool, "false", "it breaks in the middle of the answer's body"),
    ],
);

pub(crate) static CRASH_FAULT: Table = table(
    "crashAt",
    "A crash at a call.",
    &[
        required("at", Kind::OneOf(&CRASH_AT), "when, as seen from the call"),
        word("restartAfter", Kind::Duration, "5s", "it comes back so much later"),
    ],
);

pub(crate) static WATCH: Table = one_of(
    "watch",
    "Late watch events.",
    &[choice("delay", Kind::Duration, "each arrives so much later; the order is kept")],
);
