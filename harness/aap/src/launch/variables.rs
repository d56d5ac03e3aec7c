//! Extra variables: how they come, and which of them are taken.

use serde_json::{Map, Value, json};

use crate::api::{Refusal, json_error};
use crate::python;
use crate::template::Template;

/// What became of the variables of a launch.
pub(super) struct Split {
    pub(super) taken: Map<String, Value>,
    pub(super) ignored: Map<String, Value>,
}

/// The variables of a launch: an object, or a text with JSON or YAML in it.
pub(super) fn read(value: &Value) -> Result<Map<String, Value>, Refusal> {
    match value {
        Value::Null => Err(wrong("This field may not be null.".to_owned())),
        Value::Object(variables) => Ok(variables.clone()),
        Value::String(text) => read_text(text),
        other => {
            let kind = python::type_name(other);
            Err(unparsable(
                &format!("the JSON object must be str, bytes or bytearray, not {kind}"),
                &format!("'{kind}' object has no attribute 'read'"),
            ))
        }
    }
}

/// A template's own variables; what cannot be read counts as none.
pub(super) fn read_own(text: &str) -> Map<String, Value> {
    read_text(text).unwrap_or_default()
}

fn read_text(text: &str) -> Result<Map<String, Value>, Refusal> {
    if text.trim().is_empty() {
        return Ok(Map::new());
    }
    let json = match serde_json::from_str(text) {
        Ok(Value::Object(variables)) => return Ok(variables),
        Ok(other) => {
            let kind = python::type_name(&other);
            return Err(unparsable(
                &format!("Input type `{kind}` is not a dictionary"),
                &format!("Input type `{kind}` is not a dictionary"),
            ));
        }
        Err(_) => json_error(text),
    };
    match serde_saphyr::from_str(text) {
        Ok(Value::Object(variables)) => Ok(variables),
        Ok(other) => {
            let kind = python::type_name(&other);
            Err(unparsable(&json, &format!("Input type `{kind}` is not a dictionary")))
        }
        Err(error) => {
            let text = error.to_string();
            Err(unparsable(&json, text.lines().next().unwrap_or_default()))
        }
    }
}

fn unparsable(json: &str, yaml: &str) -> Refusal {
    wrong(format!("Cannot parse as JSON (error: {json}) or YAML (error: {yaml})."))
}

fn wrong(text: String) -> Refusal {
    Refusal::Bad(json!({ "extra_vars": [text] }))
}

/// Without a prompt for variables only the survey's are taken. What equals the template's own value
/// is neither taken nor called ignored.
pub(super) fn split(spec: &Template, own: &Map<String, Value>, sent: Map<String, Value>) -> Split {
    let mut split = Split { taken: Map::new(), ignored: Map::new() };
    for (name, value) in sent {
        let surveyed = spec.survey.iter().any(|variable| variable.name == name);
        if surveyed || spec.ask_variables {
            split.taken.insert(name, value);
        } else if own.get(&name) != Some(&value) {
            split.ignored.insert(name, value);
        }
    }
    split
}

/// What a workflow template says of variables that it does not take.
pub(super) fn not_allowed(ignored: &Map<String, Value>) -> String {
    let names: Vec<&str> = ignored.keys().map(String::as_str).collect();
    format!(
        "Variables {} are not allowed on launch. Check the Prompt on Launch setting on the \
         Workflow Job Template to include Extra Variables.",
        names.join(", ")
    )
}
