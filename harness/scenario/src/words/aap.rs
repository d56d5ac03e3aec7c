//! Words of the fake AAP: templates, jobs, what a playbook does, and what an admin does.

use super::{
    COUNT, EFFECTS, ENDS, FOREVER, Kind, NOTHING, ROLES, Role, Table, Word, choice, one_of,
    required, table, word,
};

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
pub(super) const EFFECTS_OF: Word = word(
    "effects",
    EFFECT_LIST,
    "by role",
    "what its playbook does to the cluster; `[]` for nothing",
);
const LAG: Word =
    word("outputLag", Kind::Duration, "0s", "its output is incomplete for so long after its end");
const LOST: Word =
    word("outputLost", Kind::Bool, "false", "the last part of its events and output never arrives");
const STDOUT: Word = word("stdout", Kind::Text, "\"\"", "its output");
const FAILURE: Word = word(
    "failure",
    Kind::Text,
    "\"\"",
    "what its failed task says: in its events and output, never in the job",
);
pub(super) const FOREVER_OR: Kind = Kind::DurationOr(&[FOREVER]);

/// Words of a job's script that a variant replaces as a whole with `stages`.
pub(crate) const STAGE_WORDS: [&str; 3] = ["pending", "waiting", "running"];

pub(crate) static JOBS: Table = table(
    "jobs",
    "One of the two templates and what becomes of its launches: one script for all, or one for \
     each under `launches`.",
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
        LOST,
        STDOUT,
        FAILURE,
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
        LOST,
        STDOUT,
        FAILURE,
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
        word(
            "namedUrl",
            Kind::Bool,
            "false",
            "the operator's settings name it by its named URL, `name++organization`",
        ),
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
        word(
            "nodes",
            Kind::List(&Kind::Text),
            "none",
            "the job templates that a workflow template runs, by name",
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

/// What a user may do with templates.
pub(crate) const RIGHTS: [&str; 3] = ["none", "read", "execute"];

pub(crate) static USER: Table = table(
    "user",
    "The user that the operator's token belongs to.",
    &[
        word("superuser", Kind::Bool, "true", "sees and cancels all"),
        word("readOnly", Kind::Bool, "false", "the token may only read"),
        word(
            "rights",
            Kind::OneOf(&RIGHTS),
            "execute",
            "what one who is no superuser may do with templates",
        ),
        word("tokenExpiresAfter", Kind::Duration, "never", "from then on the token is not valid"),
    ],
);

const JOB: Word = word(
    "job",
    Kind::MapOr(&JOB_REF, &ROLES),
    "",
    "a job by its role, the latest, or `{role, nth}`",
);
const JOB_IS: Word = Word { role: Role::Required, ..JOB };

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
        choice("fail", Kind::Map(&JOB_ONLY), "fails a job without a word, as a playbook does"),
        choice("cancel", Kind::Map(&JOB_ONLY), "cancels a job in the user interface"),
        choice("setStatus", Kind::Map(&SET_STATUS), "sets a job's status to any word"),
        choice("advance", Kind::Map(&JOB_ONLY), "lets a job go on from a stage without end"),
        choice("purge", Kind::Map(&JOB_ONLY), "deletes a job"),
        choice("purgeAll", Kind::Map(&NOTHING), "deletes all jobs that have ended"),
        choice("addTemplate", Kind::Map(&EXTRA), "makes a template"),
        choice("deleteTemplate", TEMPLATE_NAME, "deletes a template"),
        choice("recreateTemplate", TEMPLATE_NAME, "deletes it and makes it anew, with another id"),
        choice("renameTemplate", Kind::Map(&RENAME), "renames a template"),
        choice("hideTemplate", TEMPLATE_NAME, "takes the operator's read permission of it"),
        choice("showTemplate", TEMPLATE_NAME, "gives it back"),
        choice(
            "misspell",
            Kind::Map(&NOTHING),
            "somebody asks for a template by a name that no path can have: see `namedUrlFlake`",
        ),
        choice("revokeToken", Kind::Map(&NOTHING), "makes the operator's token invalid"),
        choice(
            "restoreToken",
            Kind::Map(&NOTHING),
            "makes it valid again, also where its time was over",
        ),
        choice("restart", Kind::Map(&DOWN), "AAP goes down; its reaper fails what ran"),
        choice("reinstall", Kind::Map(&NOTHING), "AAP anew: no jobs, ids start again"),
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
