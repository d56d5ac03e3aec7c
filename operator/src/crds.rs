//! The definitions of the operator's resources.

use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt;
use serde_json::{Value, json};

use crate::api::{ComputeInstance, Tenant};

/// The definitions that a cluster needs: ComputeInstance and Tenant.
pub fn all() -> Vec<CustomResourceDefinition> {
    vec![ComputeInstance::crd(), Tenant::crd()]
}

/// All of them as one document that `kubectl apply` takes.
pub fn document() -> Value {
    json!({"apiVersion": "v1", "kind": "List", "items": all()})
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Set to write the committed definitions anew.
    const UPDATE: &str = "UPDATE_CRDS";

    #[test]
    fn the_committed_definitions_are_those_of_the_types() {
        #[expect(clippy::disallowed_methods, reason = "the documented way to write them anew")]
        let update = std::env::var_os(UPDATE).is_some();
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("crds");
        for definition in all() {
            let name = &definition.spec.names.plural;
            let path = folder.join(format!("{}_{name}.yaml", definition.spec.group));
            let mut text = String::from("---\n");
            block(&serde_json::to_value(&definition).unwrap(), 0, &mut text);
            if update {
                std::fs::write(&path, &text).unwrap();
            }
            let committed = std::fs::read_to_string(&path).unwrap_or_default();
            assert!(committed == text, "{name}: run the tests with {UPDATE}=1 and commit");
        }
    }

    #[test]
    fn the_document_holds_all_definitions() {
        let document = document();
        let kinds: Vec<_> = document["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["spec"]["names"]["kind"].as_str().unwrap_or_default())
            .collect();
        assert_eq!(kinds, ["ComputeInstance", "Tenant"]);
    }

    #[test]
    fn what_could_be_read_as_something_else_is_quoted() {
        for (value, expected) in [
            (json!({"a": "b.c-d/e"}), "a: b.c-d/e\n"),
            (json!({"yes": "no"}), "\"yes\": \"no\"\n"),
            (json!({"a": "1", "b": 1}), "a: \"1\"\nb: 1\n"),
            (json!({"a": "b: c"}), "a: \"b: c\"\n"),
            (json!({"a": [], "b": {}}), "a: []\nb: {}\n"),
            (json!({"a": ["x", {"k": {"z": null}}]}), "a:\n- x\n- k:\n    z: null\n"),
        ] {
            let mut out = String::new();
            block(&value, 0, &mut out);
            assert_eq!(out, expected);
        }
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
}
