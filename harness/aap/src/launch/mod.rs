//! Whether a launch is good, and with which variables it runs. Pure functions of a template and a
//! request's body; the commit is the state's.

mod prompts;
mod survey;
mod variables;

use serde_json::{Map, Value, json};

use crate::api::Refusal;
use crate::template::{Needs, Template, TemplateKind};

/// A launch that was found good.
#[derive(Debug, PartialEq)]
pub(crate) struct Accepted {
    /// What the playbook gets.
    pub(crate) extra_vars: Value,
    /// The same as text, with secrets masked.
    pub(crate) shown_vars: String,
    /// What was not taken.
    pub(crate) ignored: Value,
}

/// A launch that was found bad.
#[derive(Debug, PartialEq)]
pub(crate) struct Rejected {
    pub(crate) refusal: Refusal,
    /// It was found too late: the job's id is used up.
    pub(crate) burns_id: bool,
}

impl From<Refusal> for Rejected {
    fn from(refusal: Refusal) -> Self {
        Rejected { refusal, burns_id: false }
    }
}

/// Looks at a launch's body.
pub(crate) fn examine(spec: &Template, body: &Map<String, Value>) -> Result<Accepted, Rejected> {
    let sent = match body.get("extra_vars") {
        None => Map::new(),
        Some(value) => variables::read(value)?,
    };
    let own = variables::read_own(&spec.extra_vars);
    let split = variables::split(spec, &own, sent);
    let mut errors = Map::new();
    let wrong = survey::check(&spec.survey, &split.taken);
    if !wrong.is_empty() {
        errors.insert("variables_needed_to_start".to_owned(), json!(wrong));
    }
    if spec.needs.contains(&Needs::Inventory) {
        let text = "Job Template inventory is missing or undefined.";
        errors.insert("resources_needed_to_start".to_owned(), json!([text]));
    }
    if spec.needs.contains(&Needs::Project) {
        errors.insert("project".to_owned(), json!("A project is required to run a job."));
    }
    let mut ignored = Map::new();
    if !split.ignored.is_empty() {
        if spec.kind == TemplateKind::Workflow {
            errors.insert("extra_vars".to_owned(), json!([variables::not_allowed(&split.ignored)]));
        }
        ignored.insert("extra_vars".to_owned(), Value::Object(split.ignored));
    }
    prompts::check(spec.kind, body, &mut ignored, &mut errors);
    if !errors.is_empty() {
        return Err(Refusal::Bad(Value::Object(errors)).into());
    }
    if spec.needs.contains(&Needs::Password) && !prompts::brings_password(body) {
        let refusal = Refusal::Bad(json!({"passwords_needed_to_start": ["ssh_password"]}));
        return Err(Rejected { refusal, burns_id: true });
    }
    let mut extra_vars = own;
    extra_vars.extend(survey::defaults(&spec.survey));
    extra_vars.extend(split.taken);
    let shown_vars = crate::python::dumps(&survey::masked(&spec.survey, &extra_vars));
    Ok(Accepted {
        extra_vars: Value::Object(extra_vars),
        shown_vars,
        ignored: Value::Object(ignored),
    })
}
