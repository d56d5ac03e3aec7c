//! Fields of a launch besides variables. No template of the fake prompts for any: a job template
//! ignores them and says so, a workflow job template refuses.

use serde_json::{Map, Value, json};

use crate::python::text;
use crate::template::TemplateKind;

const JOB: [&str; 16] = [
    "inventory",
    "limit",
    "scm_branch",
    "job_tags",
    "skip_tags",
    "job_type",
    "verbosity",
    "diff_mode",
    "credentials",
    "execution_environment",
    "labels",
    "forks",
    "job_slice_count",
    "timeout",
    "instance_groups",
    "credential_passwords",
];
const WORKFLOW: [&str; 6] = ["inventory", "limit", "scm_branch", "labels", "skip_tags", "job_tags"];

pub(super) fn check(
    kind: TemplateKind,
    body: &Map<String, Value>,
    ignored: &mut Map<String, Value>,
    errors: &mut Map<String, Value>,
) {
    let known: &[&str] = match kind {
        TemplateKind::Job => &JOB,
        TemplateKind::Workflow => &WORKFLOW,
    };
    for (name, value) in body.iter().filter(|(name, _)| known.contains(&name.as_str())) {
        if let Some(error) = invalid(name, value) {
            errors.insert(name.clone(), json!([error]));
        } else if kind == TemplateKind::Workflow {
            let text = "Field is not configured to prompt on launch.";
            errors.insert(name.clone(), json!([text]));
        } else if name != "credential_passwords" {
            ignored.insert(name.clone(), value.clone());
        }
    }
}

fn invalid(name: &str, value: &Value) -> Option<String> {
    match name {
        "inventory" if *value != json!(1) => {
            Some(format!("Invalid pk \"{}\" - object does not exist.", text(value)))
        }
        "job_type" if *value != json!("run") && *value != json!("check") => {
            Some(format!("\"{}\" is not a valid choice.", text(value)))
        }
        _ => None,
    }
}

/// The launch brings the password of the template's credential.
pub(super) fn brings_password(body: &Map<String, Value>) -> bool {
    let passwords = body.get("credential_passwords").unwrap_or(&Value::Null);
    let given = |from: &Value| from.get("ssh_password").and_then(Value::as_str).is_some();
    given(passwords) || body.get("ssh_password").and_then(Value::as_str).is_some()
}
