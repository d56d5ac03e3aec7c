//! The definitions of the operator's resources, and how they stand in `crds/*.yaml`.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
use serde_json::Value;

use crate::api::{ComputeInstance, Tenant};

/// The definitions that a cluster needs: ComputeInstance and Tenant.
pub fn all() -> Vec<CustomResourceDefinition> {
    vec![ComputeInstance::crd(), Tenant::crd()]
}

/// One definition as a YAML document.
///
/// # Errors
/// Fails if the definition cannot be written as JSON, which a derived one always can.
pub fn yaml(definition: &CustomResourceDefinition) -> Result<String, serde_json::Error> {
    let value = serde_json::to_value(definition)?;
    let mut out = String::from("---\n");
    block(&value, 0, &mut out);
    Ok(out)
}

/// Writes a value that starts on a line of its own, `depth` levels deep.
fn block(value: &Value, depth: usize, out: &mut String) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                out.push_str(&indent);
                out.push_str(&scalar(&Value::String(key.clone())));
                after_key(value, depth, out);
            }
        }
        Value::Array(items) => {
            for item in items {
                let mut inner = String::new();
                block(item, depth + 1, &mut inner);
                out.push_str(&indent);
                out.push_str("- ");
                out.push_str(inner.trim_start());
            }
        }
        leaf @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            out.push_str(&indent);
            out.push_str(&scalar(leaf));
            out.push('\n');
        }
    }
}

fn after_key(value: &Value, depth: usize, out: &mut String) {
    match value {
        Value::Object(map) if map.is_empty() => out.push_str(": {}\n"),
        Value::Array(items) if items.is_empty() => out.push_str(": []\n"),
        Value::Object(_) => {
            out.push_str(":\n");
            block(value, depth + 1, out);
        }
        Value::Array(_) => {
            out.push_str(":\n");
            block(value, depth, out);
        }
        leaf @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => {
            out.push_str(": ");
            out.push_str(&scalar(leaf));
            out.push('\n');
        }
    }
}

/// A word stands plain; whatever could be read as something else stands as JSON, which is YAML.
fn scalar(value: &Value) -> String {
    let plain = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '$')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_./$".contains(c))
            && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
                .contains(&text.to_ascii_lowercase().as_str())
    };
    match value {
        Value::String(text) if plain(text) => text.clone(),
        other => other.to_string(),
    }
}
