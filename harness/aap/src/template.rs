//! Templates: what a caller launches.

use serde_json::Value;

use crate::script::Script;

/// A job template or a workflow job template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Its name; unique per kind and organization only.
    pub name: String,
    /// Its organization; none = it has none.
    pub organization: Option<String>,
    /// Job template or workflow job template.
    pub kind: TemplateKind,
    /// A free label, echoed in announcements and [`crate::JobView`].
    pub role: String,
    /// Its id; none = the next free one.
    pub id: Option<i64>,
    /// It does not exist from the start; [`crate::Action::RecreateTemplate`] makes it.
    pub missing: bool,
    /// Callers may read it. Holds for superusers too: as if the caller were none.
    pub visible: bool,
    /// Callers may launch it. Holds for superusers too.
    pub executable: bool,
    /// It prompts for variables on launch.
    pub ask_variables: bool,
    /// Its own variables, JSON or YAML; empty = none.
    pub extra_vars: String,
    /// Its survey; empty = survey not enabled.
    pub survey: Vec<SurveyVariable>,
    /// What it lacks.
    pub needs: Vec<Needs>,
    /// More than one of its jobs may run at a time.
    pub allow_simultaneous: bool,
    /// More than 1: a launch makes a workflow job with so many slices (job templates only).
    pub slices: u32,
    /// Names of the job templates that its nodes run (workflow job templates only).
    pub nodes: Vec<String>,
    /// The nth launch follows the nth script, the last one serves the rest. Empty = the default.
    pub scripts: Vec<Script>,
}

impl Template {
    /// A job template in the organization `osac` that prompts for variables.
    pub fn job(name: &str, role: &str) -> Self {
        Template {
            name: name.to_owned(),
            organization: Some("osac".to_owned()),
            kind: TemplateKind::Job,
            role: role.to_owned(),
            id: None,
            missing: false,
            visible: true,
            executable: true,
            ask_variables: true,
            extra_vars: String::new(),
            survey: Vec::new(),
            needs: Vec::new(),
            allow_simultaneous: true,
            slices: 1,
            nodes: Vec::new(),
            scripts: Vec::new(),
        }
    }

    /// The same as a workflow job template.
    pub fn workflow(name: &str, role: &str) -> Self {
        Template { kind: TemplateKind::Workflow, ..Template::job(name, role) }
    }

    /// The same with these scripts.
    #[must_use]
    pub fn scripts(mut self, scripts: impl IntoIterator<Item = Script>) -> Self {
        self.scripts = scripts.into_iter().collect();
        self
    }
}

impl Default for Template {
    fn default() -> Self {
        Template::job("", "")
    }
}

/// Kind of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TemplateKind {
    /// Job template.
    Job,
    /// Workflow job template.
    Workflow,
}

/// What a template lacks, so that a launch is answered 400.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// An inventory.
    Inventory,
    /// A project.
    Project,
    /// The password of its credential, at each launch.
    Password,
}

/// A question of a survey.
#[derive(Debug, Clone, PartialEq)]
pub struct SurveyVariable {
    /// The variable.
    pub name: String,
    /// What its value must be.
    pub kind: SurveyKind,
    /// A launch without it is refused.
    pub required: bool,
    /// Its value if the launch brings none.
    pub default: Option<Value>,
    /// Least length of a text, or least number.
    pub min: Option<i64>,
    /// Greatest length of a text, or greatest number.
    pub max: Option<i64>,
}

impl SurveyVariable {
    /// A text that a launch must bring.
    pub fn required(name: &str) -> Self {
        SurveyVariable {
            name: name.to_owned(),
            kind: SurveyKind::Text,
            required: true,
            default: None,
            min: None,
            max: None,
        }
    }
}

/// What the value of a survey variable must be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SurveyKind {
    /// A text.
    Text,
    /// A text that AAP shows as `$encrypted$`.
    Password,
    /// A whole number.
    Integer,
    /// A number.
    Float,
    /// One of these.
    Choice(Vec<String>),
    /// Some of these.
    Choices(Vec<String>),
}
