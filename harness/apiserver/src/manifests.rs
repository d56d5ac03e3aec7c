//! Objects in files: one or many documents, in YAML or JSON.

use std::fmt;

use serde_json::Value;

use crate::decode;

/// An object of a file.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// Which document of the file it stands in, counted from 1.
    pub document: usize,
    /// The object.
    pub object: Value,
}

/// A document that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestError {
    /// Which one, counted from 1.
    pub document: usize,
    /// The line of the file that it begins at, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "document {} (from line {}): {}", self.document, self.line, self.why)
    }
}

impl std::error::Error for ManifestError {}

/// The objects in a text, in their order; lists are taken apart, empty documents left out.
///
/// # Errors
/// The first document that is neither YAML nor JSON, or holds something else than objects.
pub fn manifests(text: &str) -> Result<Vec<Manifest>, ManifestError> {
    let mut found = Vec::new();
    for (at, (line, text)) in documents(text).into_iter().enumerate() {
        let document = at + 1;
        let fault = |why: String| ManifestError { document, line, why };
        let decoded = decode::yaml(text.as_bytes()).map_err(fault)?;
        let objects = match decoded.value {
            Value::Null => continue,
            Value::Object(mut object) if is_list(&object) => match object.remove("items") {
                Some(Value::Array(items)) => items,
                _ => return Err(fault("a list without items".to_owned())),
            },
            other => vec![other],
        };
        for object in objects {
            if !object.is_object() {
                return Err(fault("not an object".to_owned()));
            }
            found.push(Manifest { document, object });
        }
    }
    Ok(found)
}

fn is_list(object: &serde_json::Map<String, Value>) -> bool {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    kind.ends_with("List") && object.contains_key("items")
}

/// The documents with something in them, each with its first line.
fn documents(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let (mut start, mut first, mut offset) = (0, 1, 0);
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (at, line) in text.split_inclusive('\n').enumerate() {
        let end = offset + line.len();
        if line.trim_end() == "---" || line.starts_with("--- ") {
            found.push((first, &text[start..offset]));
            // What follows the mark on its line belongs to the document.
            start = offset + 3;
            first = at + 1;
        }
        offset = end;
    }
    found.push((first, &text[start..]));
    let says = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    found.retain(|(_, document)| document.lines().any(says));
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn objects(text: &str) -> Vec<(usize, Value)> {
        let found = manifests(text).unwrap();
        found.into_iter().map(|one| (one.document, one.object)).collect()
    }

    #[test]
    fn documents_are_told_apart() {
        let text = "# c\n---\na: 1\n---\n# nothing\n--- # again\nb: |\n  x\n  ---\n...\n---\n";
        let expected = [(1, json!({"a": 1})), (2, json!({"b": "x\n---\n"}))];
        assert_eq!(objects(text), expected);
        assert_eq!(objects("{\"a\": [1]}"), [(1, json!({"a": [1]}))]);
        assert_eq!(objects(""), []);
    }

    #[test]
    fn lists_are_taken_apart() {
        let text = r#"{"kind": "List", "items": [{"a": 1}, {"b": 2}]}"#;
        assert_eq!(objects(text), [(1, json!({"a": 1})), (1, json!({"b": 2}))]);
    }

    #[test]
    fn a_mistake_is_named_by_document_and_line() {
        let error = manifests("a: 1\n---\nb: [\n").unwrap_err();
        assert_eq!((error.document, error.line), (2, 2));
        assert!(error.to_string().starts_with("document 2 (from line 2): yaml:"), "{error}");
        let error = manifests("- 1\n").unwrap_err();
        assert_eq!(error.to_string(), "document 1 (from line 1): not an object");
    }
}
