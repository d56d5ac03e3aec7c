//! The fields that lists can be filtered and ordered by.

/// What a field holds.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Field {
    Integer,
    Float,
    Text,
    Boolean,
    Time,
    /// Asking for it is forbidden.
    Secret,
    /// An object; the field is its id.
    Related(&'static Model),
}

/// A kind of object.
#[derive(Debug)]
pub(crate) struct Model {
    /// As messages call it.
    pub(crate) name: &'static str,
    fields: &'static [&'static [(&'static str, Field)]],
}

impl Model {
    pub(crate) fn field(&self, name: &str) -> Option<Field> {
        let mut fields = self.fields.iter().flat_map(|part| part.iter());
        fields.find(|(known, _)| *known == name).map(|(_, field)| *field)
    }
}

use Field::{Boolean, Float, Integer, Related, Secret, Text, Time};

const COMMON: &[(&str, Field)] = &[
    ("id", Integer),
    ("pk", Integer),
    ("name", Text),
    ("description", Text),
    ("created", Time),
    ("modified", Time),
    ("status", Text),
    ("organization", Related(&ORGANIZATION)),
    ("created_by", Related(&USER)),
];
const TEMPLATE: &[(&str, Field)] = &[
    ("extra_vars", Secret),
    ("survey_enabled", Boolean),
    ("allow_simultaneous", Boolean),
    ("ask_variables_on_launch", Boolean),
    ("last_job_failed", Boolean),
];
const JOB_TEMPLATE_ONLY: &[(&str, Field)] = &[
    ("inventory", Integer),
    ("project", Integer),
    ("job_type", Text),
    ("playbook", Text),
    ("job_slice_count", Integer),
];
const ANY_JOB: &[(&str, Field)] = &[
    ("failed", Boolean),
    ("started", Time),
    ("finished", Time),
    ("canceled_on", Time),
    ("elapsed", Float),
    ("job_explanation", Text),
    ("launch_type", Text),
    ("unified_job_template", Related(&UNIFIED_JOB_TEMPLATE)),
];
const JOB_ONLY: &[(&str, Field)] = &[
    ("extra_vars", Secret),
    ("job_template", Related(&JOB_TEMPLATE)),
    ("allow_simultaneous", Boolean),
    ("inventory", Integer),
    ("project", Integer),
    ("job_type", Text),
    ("playbook", Text),
    ("limit", Text),
    ("controller_node", Text),
    ("execution_node", Text),
    ("job_slice_number", Integer),
    ("job_slice_count", Integer),
];
const WORKFLOW_JOB_ONLY: &[(&str, Field)] = &[
    ("extra_vars", Secret),
    ("workflow_job_template", Related(&WORKFLOW_JOB_TEMPLATE)),
    ("job_template", Related(&JOB_TEMPLATE)),
    ("is_sliced_job", Boolean),
    ("allow_simultaneous", Boolean),
];
const EVENT: &[(&str, Field)] = &[
    ("id", Integer),
    ("pk", Integer),
    ("event", Text),
    ("counter", Integer),
    ("event_level", Integer),
    ("failed", Boolean),
    ("changed", Boolean),
    ("task", Text),
    ("host_name", Text),
    ("stdout", Text),
    ("start_line", Integer),
    ("end_line", Integer),
];

/// A job template.
pub(crate) static JOB_TEMPLATE: Model =
    Model { name: "JobTemplate", fields: &[COMMON, TEMPLATE, JOB_TEMPLATE_ONLY] };
/// A workflow job template.
pub(crate) static WORKFLOW_JOB_TEMPLATE: Model =
    Model { name: "WorkflowJobTemplate", fields: &[COMMON, TEMPLATE] };
/// A template of either kind.
pub(crate) static UNIFIED_JOB_TEMPLATE: Model =
    Model { name: "UnifiedJobTemplate", fields: &[COMMON] };
/// A job.
pub(crate) static JOB: Model = Model { name: "Job", fields: &[COMMON, ANY_JOB, JOB_ONLY] };
/// A workflow job.
pub(crate) static WORKFLOW_JOB: Model =
    Model { name: "WorkflowJob", fields: &[COMMON, ANY_JOB, WORKFLOW_JOB_ONLY] };
/// A job of either kind.
pub(crate) static UNIFIED_JOB: Model = Model { name: "UnifiedJob", fields: &[COMMON, ANY_JOB] };
/// An event of a job.
pub(crate) static JOB_EVENT: Model = Model { name: "JobEvent", fields: &[EVENT] };
/// A node of a workflow job.
pub(crate) static NODE: Model =
    Model { name: "WorkflowJobNode", fields: &[&[("id", Integer), ("pk", Integer)]] };
static ORGANIZATION: Model = Model {
    name: "Organization",
    fields: &[&[("id", Integer), ("pk", Integer), ("name", Text), ("description", Text)]],
};
static USER: Model =
    Model { name: "User", fields: &[&[("id", Integer), ("pk", Integer), ("username", Text)]] };
