//! Words of the file, the steps and the properties.

use super::{
    AAP_ACTION, Kind, PROVIDERS, Table, WORLD, Word, choice, one_of, required, table, word,
};

/// The only apiVersion.
pub(crate) const API_VERSION: &str = "e2e.osac.openshift.io/v1alpha1";
/// The only kind.
pub(crate) const KIND: &str = "Scenario";
/// Longest deadline and timeout.
pub(crate) const DEADLINE: &str = "6h";

/// Capabilities of targets.
pub(crate) const CAPABILITIES: [&str; 11] = [
    "fake-aap",
    "aap-faults",
    "api-faults",
    "watch-delay",
    "crash",
    "vm",
    "tenant",
    "eda",
    "clock",
    "virtual-time",
    "real-clock",
];

/// Values of the label `priority`.
pub(crate) const PRIORITIES: [&str; 3] = ["P0", "P1", "P2"];

/// Values of the label `category`.
pub(crate) const CATEGORIES: [&str; 5] =
    ["baseline", "job-states", "error-handling", "concurrency", "edge-cases"];

pub(crate) static ROOT: Table = table(
    "file",
    "A scenario file: one document.",
    &[
        required("apiVersion", Kind::OneOf(&[API_VERSION]), "version of the language"),
        required("kind", Kind::OneOf(&[KIND]), "always `Scenario`"),
        required("metadata", Kind::Map(&METADATA), "its name and labels"),
        required("spec", Kind::Map(&SPEC), "the scenario"),
    ],
);

pub(crate) static METADATA: Table = table(
    "metadata",
    "Who the scenario is.",
    &[
        required("name", Kind::Name, "its name: the file's name without `.yaml`"),
        word(
            "labels",
            Kind::Texts,
            "none",
            "`id` (a letter and digits), `priority` (`P0`, `P1`, `P2`), `category`, and your own; \
             to select by",
        ),
    ],
);

const NAMES: Kind = Kind::List(&Kind::Text);
const PROPERTIES: Kind = Kind::List(&Kind::Map(&PROPERTY));
const STEPS: Kind = Kind::List(&Kind::Map(&STEP));
const OPERATIONS: Kind = Kind::List(&Kind::Map(&OPERATION));
const REQUIRES: Kind = Kind::List(&Kind::OneOf(&CAPABILITIES));

pub(crate) static SPEC: Table = table(
    "spec",
    "The scenario.",
    &[
        required("title", Kind::Text, "what it shows, one sentence"),
        word("description", Kind::Text, "none", "why, for the reader of the file"),
        word(
            "requires",
            REQUIRES,
            "none",
            "capabilities; a target without one skips the variant and says so",
        ),
        word("covers", NAMES, "none", "rows of the operator's transition table that it reaches"),
        word("secrets", NAMES, "none", "words that must not show up anywhere"),
        word("bindings", Kind::Values, "none", "values by name, for expressions as `bindings.x`"),
        word("timeouts", Kind::Map(&TIMEOUTS), "see there", "limits of operations by their kind"),
        word("limits", Kind::Map(&LIMITS), "see there", "limits of the run"),
        word("budgets", Kind::Map(&BUDGETS), "none", "how long an instance may take"),
        word("world", Kind::Map(&WORLD), "see there", "the world around the operator"),
        word(
            "variants",
            Kind::List(&Kind::Map(&VARIANT)),
            "one, `default`",
            "the same scenario with other values; each is a test of its own",
        ),
        word("steps", STEPS, "none", "what is done, in order; a scenario or each variant has some"),
        word("never", PROPERTIES, "none", "what holds at no moment"),
        word("always", PROPERTIES, "none", "what holds at every moment"),
        word("eventually", PROPERTIES, "none", "what holds when the world is at rest"),
    ],
);

pub(crate) static VARIANT: Table = table(
    "variant",
    "What differs in a variant. Maps of `world`, `bindings`, `timeouts`, `limits` and `budgets` \
     are merged into the scenario's; lists, and maps of which one word stands there, replace it; \
     `requires`, `covers`, `secrets`, `never`, `always` and `eventually` are added.",
    &[
        required("name", Kind::Name, "its name, once in a file"),
        word("title", Kind::Text, "the scenario's", "what it shows"),
        word("requires", REQUIRES, "none", "capabilities, added"),
        word("covers", NAMES, "none", "rows, added"),
        word("secrets", NAMES, "none", "words, added"),
        word("bindings", Kind::Values, "none", "values, merged"),
        word("timeouts", Kind::Map(&TIMEOUTS), "none", "limits of operations, merged"),
        word("limits", Kind::Map(&LIMITS), "none", "limits of the run, merged"),
        word("budgets", Kind::Map(&BUDGETS), "none", "budgets, merged"),
        word("world", Kind::Map(&WORLD), "none", "the world, merged"),
        word("steps", STEPS, "the scenario's", "steps in place of the scenario's"),
        word("never", PROPERTIES, "none", "properties, added"),
        word("always", PROPERTIES, "none", "properties, added"),
        word("eventually", PROPERTIES, "none", "properties, added"),
    ],
);

pub(crate) static TIMEOUTS: Table = table(
    "timeouts",
    "Limits of operations that name none. In virtual time they cost nothing.",
    &[
        word("apply", Kind::Duration, "1m", "apply, create, patch, update, aap, release"),
        word("assert", Kind::Duration, "10m", "assert"),
        word("error", Kind::Duration, "10m", "error"),
        word("delete", Kind::Duration, "10m", "delete, until the object is gone"),
        word("wait", Kind::Duration, "1h", "wait"),
        word("exec", Kind::Duration, "1m", "script, crash, restart"),
        word("cleanup", Kind::Duration, "10m", "operations of `cleanup` in place of the above"),
    ],
);

pub(crate) static LIMITS: Table = table(
    "limits",
    "Limits of the run.",
    &[
        word("deadline", Kind::Duration, DEADLINE, "virtual time after which it is broken off"),
        word(
            "restPolls",
            Kind::Int { least: 1, most: 100 },
            "5",
            "poll intervals without movement that count as rest",
        ),
        word(
            "events",
            Kind::Int { least: 100, most: 1_000_000 },
            "20000",
            "events kept in the trace",
        ),
        word(
            "requestsPerSecond",
            Kind::Int { least: 1, most: 10_000 },
            "100",
            "requests of the operator for one instance within a second: more is a hot loop",
        ),
    ],
);

pub(crate) static BUDGETS: Table = table(
    "budgets",
    "How long an instance may take at most, on the world's clock and with the operator's polls. \
     Judged for each instance; a budget of which nothing was measured makes the variant broken.",
    &[
        word(
            "provision",
            Kind::Duration,
            "none",
            "from its creation until it is `Running` and its job `Succeeded`, or its version \
             reconciled",
        ),
        word("deprovision", Kind::Duration, "none", "from the wish for deletion until it is gone"),
        word("total", Kind::Duration, "none", "both together"),
    ],
);

pub(crate) static STEP: Table = table(
    "step",
    "Operations that belong together.",
    &[
        required("name", Kind::Name, "its name, once in a scenario"),
        word("description", Kind::Text, "none", "why, for the reader of the file"),
        required("try", OPERATIONS, "what is done, in order, until one fails"),
        word("catch", OPERATIONS, "none", "done when `try` failed"),
        word("finally", OPERATIONS, "none", "done whatever happened"),
        word("cleanup", OPERATIONS, "none", "done at the end of the run, last step first"),
    ],
);

pub(crate) static OPERATION: Table = one_of(
    "operation",
    "An operation: a map of one word.",
    &[
        choice("apply", Kind::Map(&WRITE), "creates an object or merges it into the one there is"),
        choice("create", Kind::Map(&WRITE), "creates an object"),
        choice("patch", Kind::Map(&CHANGE), "merge-patches an object"),
        choice("update", Kind::Map(&CHANGE), "replaces an object at the revision it has now"),
        choice("delete", Kind::Map(&DELETE), "deletes objects and waits until they are gone"),
        choice("assert", Kind::Map(&EXPECT), "waits until an object matches"),
        choice(
            "error",
            Kind::Map(&EXPECT),
            "waits until no object matches: true at the first such moment",
        ),
        choice("wait", Kind::Map(&WAIT), "waits until something is so"),
        choice("sleep", Kind::Map(&SLEEP), "lets time pass"),
        choice("script", Kind::Map(&SCRIPT), "runs a shell script (needs `real-clock`)"),
        choice("crash", Kind::Map(&CRASH), "kills the operator (needs `crash`)"),
        choice(
            "restart",
            Kind::Map(&RESTART),
            "stops the operator in good order and starts it again (needs `crash`)",
        ),
        choice("aap", Kind::Map(&AAP_ACTION), "acts in AAP as an admin would"),
        choice("release", Kind::Map(&RELEASE), "lets held watch events go (needs `watch-delay`)"),
        choice("never", Kind::Map(&PROPERTY), "from here on it holds at no moment"),
        choice("always", Kind::Map(&PROPERTY), "from here on it holds at every moment"),
        choice("eventually", Kind::Map(&PROPERTY), "it holds when the world is at rest after this"),
    ],
);

const TIMEOUT: Word = word("timeout", Kind::Duration, "by `timeouts`", "how long it may take");
const SUBRESOURCE: Kind = Kind::OneOf(&["status"]);

pub(crate) static WRITE: Table = table(
    "write",
    "An object to write.",
    &[required("resource", Kind::Object, "the object"), TIMEOUT],
);

pub(crate) static CHANGE: Table = table(
    "change",
    "An object to change.",
    &[
        required("resource", Kind::Object, "its identity and the fields"),
        word("subresource", SUBRESOURCE, "none", "what is written in place of the object"),
        TIMEOUT,
    ],
);

pub(crate) static DELETE: Table = table(
    "delete",
    "What to delete.",
    &[
        required("ref", Kind::Map(&REF), "which objects"),
        word("wait", Kind::Bool, "true", "wait until they are gone; `false` only asks"),
        TIMEOUT,
    ],
);

const API: Word =
    word("apiVersion", Kind::Text, "by kind", "`group/version`; known for the kinds of the world");
const NAMESPACE: Word = word("namespace", Kind::Text, "by kind", "namespace");

pub(crate) static REF: Table = table(
    "ref",
    "Objects, by kind and name or by labels.",
    &[
        API,
        required("kind", Kind::Text, "kind"),
        NAMESPACE,
        word("name", Kind::Text, "any", "name"),
        word("labels", Kind::Texts, "none", "labels that they have"),
    ],
);

pub(crate) static EXPECT: Table = table(
    "expect",
    "What an object looks like. Maps match partially; lists by length and order; a key in \
     parentheses compares the value of an expression; `null` means not there.",
    &[required("resource", Kind::Object, "the pattern"), TIMEOUT],
);

pub(crate) static WAIT: Table = table(
    "wait",
    "What to wait for. `deletion` and `condition` need a kind.",
    &[
        required("for", Kind::Map(&FOR), "what must be so"),
        API,
        word("kind", Kind::Text, "none", "kind of the object looked at"),
        NAMESPACE,
        word("name", Kind::Text, "any", "its name"),
        word("labels", Kind::Texts, "none", "labels that it has"),
        TIMEOUT,
    ],
);

pub(crate) static FOR: Table = one_of(
    "for",
    "What `wait` waits for.",
    &[
        choice("deletion", Kind::Map(&NOTHING), "the object is gone"),
        choice("condition", Kind::Map(&CONDITION), "a condition has a status"),
        choice("expression", Kind::Condition, "an expression is true"),
        choice("rest", Kind::Map(&NOTHING), "the world is at rest"),
    ],
);

pub(crate) static NOTHING: Table = table("nothing", "An empty map: `{}`.", &[]);

pub(crate) static CONDITION: Table = table(
    "condition",
    "A condition of an object.",
    &[
        required("name", Kind::Text, "its type"),
        word("value", Kind::Text, "\"True\"", "its status, a text"),
    ],
);

pub(crate) static SLEEP: Table =
    table("sleep", "A pause.", &[required("duration", Kind::Duration, "how long")]);

pub(crate) static SCRIPT: Table =
    table("script", "A shell script.", &[required("content", Kind::Text, "its text"), TIMEOUT]);

pub(crate) static CRASH: Table = table(
    "crash",
    "A killed operator.",
    &[word("restartAfter", Kind::Duration, "at a `restart`", "it comes back so much later")],
);

pub(crate) static RESTART: Table = table(
    "restart",
    "A restarted operator.",
    &[word("provider", Kind::OneOf(&PROVIDERS), "as before", "its provider from then on")],
);

pub(crate) static RELEASE: Table = table(
    "release",
    "Held watch events.",
    &[word("client", Kind::Text, "operator", "the client whose events are held")],
);

pub(crate) static PROPERTY: Table = table(
    "property",
    "Something that holds beside the steps.",
    &[
        word(
            "on",
            Kind::MapOr(&ON, &["object", "request", "world"]),
            "by the expression",
            "`object`: each revision of the instances (`object`, `old`); `request`: each request; \
             `world`: the whole, `object` being the only instance",
        ),
        required("that", Kind::Condition, "the condition"),
    ],
);

pub(crate) static ON: Table = table(
    "on",
    "Objects of one kind.",
    &[required("kind", Kind::Text, "kind"), word("name", Kind::Text, "any", "name")],
);
