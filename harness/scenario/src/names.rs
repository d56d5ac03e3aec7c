//! Names that scenarios use and others give: fields of requests, clients and servers, kinds of
//! objects, the normalised view of an instance.

/// Fields of `request`, with what they hold.
pub(crate) const REQUEST_FIELDS: [(&str, &str); 13] = [
    ("from", "the client: `operator`, `user`, `playbook`, `kubevirt`, …"),
    ("to", "the server: `kube`, `aap`, `eda`"),
    (
        "verb",
        "`get`, `list`, `watch`, `create`, `update`, `patch`, `delete` to the API server, \
         `watch-event` from it; `launch`, `cancel`, `poll`, `lookup`, `other` to AAP; `webhook` to \
         EDA",
    ),
    ("about", "what it is about: `computeinstances/status`, `provision`"),
    ("resource", "plural of the kind: `computeinstances`"),
    ("subresource", "`status`, or empty"),
    ("namespace", "namespace of the object"),
    ("name", "name of the object"),
    ("object", "`namespace/name`, or the job's id"),
    ("method", "HTTP method"),
    ("path", "path with query"),
    ("body", "the body, if it is JSON"),
    ("change", "of a watch event: `added`, `modified`, `deleted`"),
];

/// Verbs of requests.
pub(crate) const VERBS: [&str; 13] = [
    "get",
    "list",
    "watch",
    "watch-event",
    "create",
    "update",
    "patch",
    "delete",
    "launch",
    "cancel",
    "poll",
    "lookup",
    "webhook",
];

/// The verb of a call that is none of the known ones.
pub(crate) const OTHER_VERB: &str = "other";

/// Servers of requests.
pub(crate) const SERVERS: [&str; 3] = ["kube", "aap", "eda"];

/// Moments that `calls.first` and `calls.last` know besides `job:STATUS`.
pub(crate) const MOMENTS: [&str; 9] = [
    "launch:provision",
    "launch:deprovision",
    "attempt:provision",
    "attempt:deprovision",
    "webhook:provision",
    "webhook:deprovision",
    "cancel",
    "get",
    "lookup",
];

/// Where objects of a kind live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Home {
    /// The namespace of the instances, from the profile.
    Instances,
    /// The namespace of the tenant.
    Tenant,
    /// No namespace.
    Cluster,
}

/// API version of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    /// The operator's own, from the profile.
    Osac,
    /// This one.
    Fixed(&'static str),
}

/// The instances' kind.
pub(crate) const INSTANCE: &str = "ComputeInstance";

/// Kinds that need no apiVersion.
pub(crate) const KINDS: [(&str, Group, Home); 17] = [
    (INSTANCE, Group::Osac, Home::Instances),
    ("Tenant", Group::Osac, Home::Instances),
    ("VirtualMachine", Group::Fixed("kubevirt.io/v1"), Home::Tenant),
    ("VirtualMachineInstance", Group::Fixed("kubevirt.io/v1"), Home::Tenant),
    ("Namespace", Group::Fixed("v1"), Home::Cluster),
    ("Node", Group::Fixed("v1"), Home::Cluster),
    ("ConfigMap", Group::Fixed("v1"), Home::Instances),
    ("Secret", Group::Fixed("v1"), Home::Instances),
    ("Service", Group::Fixed("v1"), Home::Instances),
    ("ServiceAccount", Group::Fixed("v1"), Home::Instances),
    ("Pod", Group::Fixed("v1"), Home::Instances),
    ("Event", Group::Fixed("v1"), Home::Instances),
    ("Lease", Group::Fixed("coordination.k8s.io/v1"), Home::Instances),
    ("Deployment", Group::Fixed("apps/v1"), Home::Instances),
    ("StorageClass", Group::Fixed("storage.k8s.io/v1"), Home::Cluster),
    ("CustomResourceDefinition", Group::Fixed("apiextensions.k8s.io/v1"), Home::Cluster),
    ("RoleBinding", Group::Fixed("rbac.authorization.k8s.io/v1"), Home::Instances),
];

/// A field of an object that is known.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: FieldKind,
}

/// What is known of a field.
#[derive(Debug, Clone, Copy)]
pub(crate) enum FieldKind {
    /// A scalar.
    Scalar,
    /// One of some words.
    Words(&'static [&'static str]),
    /// Anything.
    Open,
    /// A map of fields.
    Map(&'static [Field]),
    /// A list of maps of fields.
    List(&'static [Field]),
}

const fn scalar(name: &'static str) -> Field {
    Field { name, kind: FieldKind::Scalar }
}

const fn open(name: &'static str) -> Field {
    Field { name, kind: FieldKind::Open }
}

const fn field(name: &'static str, kind: FieldKind) -> Field {
    Field { name, kind }
}

/// Phases of an instance, those of all operators.
const PHASES: [&str; 7] =
    ["Starting", "Running", "Failed", "Deleting", "Stopping", "Stopped", "Paused"];
const JOB_STATES: [&str; 7] =
    ["Pending", "Waiting", "Running", "Succeeded", "Failed", "Canceled", "Unknown"];

static METADATA: [Field; 14] = [
    scalar("name"),
    scalar("generateName"),
    scalar("namespace"),
    scalar("uid"),
    scalar("resourceVersion"),
    scalar("generation"),
    scalar("creationTimestamp"),
    scalar("deletionTimestamp"),
    scalar("deletionGracePeriodSeconds"),
    open("finalizers"),
    open("labels"),
    open("annotations"),
    open("ownerReferences"),
    open("managedFields"),
];

macro_rules! job_fields {
    ($($more:expr),*) => {
        [
            scalar("id"),
            field("provider", FieldKind::Words(&["aap", "eda"])),
            field("kind", FieldKind::Words(&["job", "workflowJob"])),
            field("state", FieldKind::Words(&JOB_STATES)),
            scalar("message"),
            scalar("configVersion"),
            scalar("attempt"),
            scalar("launchedAt"),
            scalar("finishedAt"),
            scalar("blockDeletionOnFailure"),
            $($more),*
        ]
    };
}

const TYPE: Field = field("type", FieldKind::Words(&["provision", "deprovision"]));

static JOB: [Field; 10] = job_fields!();
static FORMER_JOB: [Field; 11] = job_fields!(TYPE);
static INTENT: [Field; 4] = [TYPE, scalar("attempt"), scalar("configVersion"), scalar("since")];
static CONDITION: [Field; 6] = [
    scalar("type"),
    field("status", FieldKind::Words(&["True", "False", "Unknown"])),
    scalar("reason"),
    scalar("message"),
    scalar("lastTransitionTime"),
    scalar("observedGeneration"),
];

static STATUS: [Field; 11] = [
    field("phase", FieldKind::Words(&PHASES)),
    scalar("desiredConfigVersion"),
    scalar("reconciledConfigVersion"),
    field("provisionJob", FieldKind::Map(&JOB)),
    field("deprovisionJob", FieldKind::Map(&JOB)),
    field("launchIntent", FieldKind::Map(&INTENT)),
    field("jobHistory", FieldKind::List(&FORMER_JOB)),
    open("virtualMachineReference"),
    open("tenantReference"),
    scalar("lastRestartedAt"),
    field("conditions", FieldKind::List(&CONDITION)),
];

/// The normalised view of an instance; what its spec holds depends on the operator.
pub(crate) static INSTANCE_VIEW: [Field; 5] = [
    scalar("apiVersion"),
    scalar("kind"),
    field("metadata", FieldKind::Map(&METADATA)),
    open("spec"),
    field("status", FieldKind::Map(&STATUS)),
];

/// The known view of a kind.
pub(crate) fn view(kind: &str) -> Option<&'static [Field]> {
    (kind == INSTANCE).then_some(&INSTANCE_VIEW)
}
