//! Words of the world.

use super::{Kind, Table, Word, choice, one_of, required, table, word};

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

const COUNT: Kind = Kind::Int { least: 0, most: 10_000 };

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

pub(crate) static AAP: Table = table(
    "aap",
    "The fake AAP.",
    &[
        word("provision", Kind::Map(&JOBS), "see there", "the template that provisions"),
        word("deprovision", Kind::Map(&JOBS), "see there", "the template that deprovisions"),
        word("templates", Kind::List(&Kind::Map(&EXTRA)), "none", "more templates"),
        word("user", Kind::Map(&USER), "see there", "the operator's user"),
        word(
            "capacity",
            Kind::IntOr { least: 1, most: 1000, words: &["unlimited"] },
            "unlimited",
            "jobs that run at a time",
        ),
        word("firstJobId", Kind::Int { least: 1, most: 1_000_000_000 }, "1", "the first job's id"),
        word("idsBurntPerLaunch", COUNT, "0", "ids used up by a launch besides the job's own"),
        word(
            "switches",
            Kind::Switches,
            "none",
            "behaviours that differ between AAP versions, by name",
        ),
    ],
);

const STATUS: Kind = Kind::Usually(&[
    "new",
    "pending",
    "waiting",
    "running",
    "successful",
    "failed",
    "error",
    "canceled",
]);

const STAGE_LIST: Kind = Kind::List(&Kind::Map(&STAGE));
const EFFECT_LIST: Kind = Kind::List(&Kind::Map(&EFFECT));

/// What a launch leads to; the words stand beside `template` and `launches`, too.
const PENDING: Word = word("pending", FOREVER_OR, "2s", "how long the job is pending");
const WAITING: Word = word("waiting", FOREVER_OR, "3s", "how long it is waiting");
const RUNNING: Word = word(
    "running",
    FOREVER_OR,
    "171s, deprovision 104s",
    "how long it runs; `forever`: until something acts on it",
);
const STAGES: Word = word(
    "stages",
    STAGE_LIST,
    "pending, waiting, running",
    "the states it goes through, in place of those three words",
);
const LAST: Word = word("ends", Kind::OneOf(&ENDS), "successful", "its last state");
const EXPLANATION: Word = word("explanation", Kind::Text, "\"\"", "AAP's reason");
const TRACEBACK: Word = word("traceback", Kind::Text, "\"\"", "the traceback");
const CANCELS: Word = word(
    "cancel",
    Kind::MapOr(&CANCEL, &["refused405", "refused403"]),
    "{after: 5s}",
    "what a cancel does to it while it is active",
);
const EFFECTS_OF: Word = word(
    "effects",
    EFFECT_LIST,
    "by role",
    "what its playbook does to the cluster; `[]` for nothing",
);
const LAG: Word =
    word("outputLag", Kind::Duration, "0s", "its output is incomplete for so long after its end");
const STDOUT: Word = word("stdout", Kind::Text, "\"\"", "its output");
const FOREVER_OR: Kind = Kind::DurationOr(&[FOREVER]);

/// Words of a job's script that a variant replaces as a whole with `stages`.
pub(crate) const STAGE_WORDS: [&str; 3] = ["pending", "waiting", "running"];

pub(crate) static JOBS: Table = table(
    "jobs",
    "One of the two templates and what becomes of its launches: one script for all, or one for each \
     under `launches`.",
    &[
        word("template", Kind::Map(&TEMPLATE), "see there", "the template itself"),
        word(
            "launches",
            Kind::List(&Kind::Map(&JOB_SCRIPT)),
            "the words beside",
            "a script for each launch, the last one for the rest",
        ),
        PENDING,
        WAITING,
        RUNNING,
        STAGES,
        LAST,
        EXPLANATION,
        TRACEBACK,
        CANCELS,
        EFFECTS_OF,
        LAG,
        STDOUT,
    ],
);

pub(crate) static JOB_SCRIPT: Table = table(
    "job",
    "What becomes of a launched job.",
    &[
        PENDING,
        WAITING,
        RUNNING,
        STAGES,
        LAST,
        EXPLANATION,
        TRACEBACK,
        CANCELS,
        EFFECTS_OF,
        LAG,
        STDOUT,
    ],
);

pub(crate) static TEMPLATE: Table = table(
    "template",
    "A template of AAP.",
    &[
        word(
            "name",
            Kind::Text,
            "osac-create-compute-instance, osac-delete-compute-instance",
            "its name",
        ),
        word("kind", Kind::OneOf(&["job", "workflow"]), "job", "what it is"),
        word("missing", Kind::Bool, "false", "it does not exist from the start"),
        word("visible", Kind::Bool, "true", "the operator's user sees it in lists"),
        word("executable", Kind::Bool, "true", "the operator's user may launch it"),
        word("askVariables", Kind::Bool, "true", "it prompts for variables on launch"),
        word("requiredSurveyVariable", Kind::Text, "none", "a survey variable that nobody sends"),
        word(
            "lacks",
            Kind::List(&Kind::OneOf(&["inventory", "project", "password"])),
            "none",
            "what it has not",
        ),
        word("allowSimultaneous", Kind::Bool, "true", "more than one job of it runs at a time"),
        word(
            "slices",
            Kind::Int { least: 1, most: 100 },
            "1",
            "more than 1: a launch answers with a workflow job",
        ),
    ],
);

pub(crate) static STAGE: Table = table(
    "stage",
    "A state of a job.",
    &[
        required("status", STATUS, "AAP's word, or one that nobody knows"),
        required("lasts", FOREVER_OR, "how long; `forever`: until something acts on it"),
        word("explanation", Kind::Text, "\"\"", "AAP's reason for it"),
    ],
);

pub(crate) static CANCEL: Table = one_of(
    "cancel",
    "What a cancel does to an active job.",
    &[
        choice("after", Kind::Duration, "at once before it runs, so much later while it runs"),
        choice("delayed", Kind::Duration, "so much later, also while it is pending"),
        choice("ignored", FOREVER_OR, "accepted, and nothing follows for so long"),
        choice("flips", Kind::Map(&FLIPS), "`canceled` at once, then another end"),
    ],
);

pub(crate) static FLIPS: Table = table(
    "flips",
    "The playbook goes on after `canceled` and writes another end.",
    &[
        required("to", Kind::OneOf(&ENDS), "that end"),
        required("after", Kind::Duration, "so much later"),
    ],
);

pub(crate) static EFFECT: Table = table(
    "effect",
    "Something that a playbook does to the cluster.",
    &[
        required("at", Kind::MapOr(&EFFECT_AT, &["beforeEnd"]), "when"),
        required("do", Kind::OneOf(&EFFECTS), "what"),
    ],
);

pub(crate) static EFFECT_AT: Table = one_of(
    "at",
    "When a playbook does it; the word `beforeEnd`: just before it ends, if it ends well.",
    &[
        choice("running", Kind::Duration, "so long after it began to run"),
        choice("afterEnd", Kind::Duration, "so long after it ended, whatever its end"),
    ],
);

pub(crate) static EXTRA: Table = table(
    "extraTemplate",
    "A template besides the two.",
    &[
        required("name", Kind::Text, "its name"),
        word("kind", Kind::OneOf(&["job", "workflow"]), "job", "what it is"),
        word("organization", Kind::Text, "Default", "its organization"),
        word(
            "role",
            Kind::OneOf(&["provision", "deprovision", "other"]),
            "other",
            "what its launches count as",
        ),
    ],
);

pub(crate) static USER: Table = table(
    "user",
    "The user that the operator's token belongs to.",
    &[
        word("superuser", Kind::Bool, "true", "sees and cancels all"),
        word("readOnly", Kind::Bool, "false", "the token may only read"),
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

const JOB: Word = word(
    "job",
    Kind::MapOr(&JOB_REF, &ROLES),
    "",
    "a job by its role, the latest, or `{role, nth}`",
);
const JOB_IS: Word = Word { role: super::Role::Required, ..JOB };

pub(crate) static JOB_REF: Table = table(
    "jobRef",
    "A job.",
    &[
        required("role", Kind::OneOf(&ROLES), "what it is for"),
        word("nth", Kind::Int { least: 1, most: 1000 }, "the latest", "the nth launch, from 1"),
    ],
);

const TEMPLATE_NAME: Kind = Kind::Usually(&ROLES);

pub(crate) static AAP_ACTION: Table = one_of(
    "aapAction",
    "What an admin does in AAP. Templates are named by role or by name.",
    &[
        choice("finish", Kind::Map(&FINISH), "ends a job"),
        choice("cancel", Kind::Map(&JOB_ONLY), "cancels a job in the user interface"),
        choice("setStatus", Kind::Map(&SET_STATUS), "sets a job's status to any word"),
        choice("advance", Kind::Map(&JOB_ONLY), "lets a job go on from a stage without end"),
        choice("purge", Kind::Map(&JOB_ONLY), "deletes a job"),
        choice("deleteTemplate", TEMPLATE_NAME, "deletes a template"),
        choice("recreateTemplate", TEMPLATE_NAME, "deletes it and makes it anew, with another id"),
        choice("renameTemplate", Kind::Map(&RENAME), "renames a template"),
        choice("hideTemplate", TEMPLATE_NAME, "takes the operator's read permission of it"),
        choice("showTemplate", TEMPLATE_NAME, "gives it back"),
        choice("revokeToken", Kind::Map(&super::NOTHING), "makes the operator's token invalid"),
        choice("restoreToken", Kind::Map(&super::NOTHING), "makes it valid again"),
        choice("restart", Kind::Map(&DOWN), "AAP goes down; its reaper fails what ran"),
        choice("reinstall", Kind::Map(&super::NOTHING), "AAP anew: no jobs, ids start again"),
    ],
);

pub(crate) static FINISH: Table = table(
    "finish",
    "The end of a job.",
    &[
        JOB_IS,
        word("status", Kind::OneOf(&ENDS), "successful", "its last state"),
        EXPLANATION,
        TRACEBACK,
    ],
);

pub(crate) static JOB_ONLY: Table = table("whichJob", "A job.", &[JOB_IS]);

pub(crate) static SET_STATUS: Table =
    table("setStatus", "A status.", &[JOB_IS, required("status", STATUS, "the word")]);

pub(crate) static RENAME: Table = table(
    "rename",
    "Another name.",
    &[required("from", TEMPLATE_NAME, "from"), required("to", Kind::Text, "to")],
);

pub(crate) static DOWN: Table =
    table("down", "A while.", &[required("down", Kind::Duration, "how long it is down")]);
