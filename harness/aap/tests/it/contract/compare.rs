//! Comparing an answer with a recorded one, after ids and times that no two systems share are set
//! aside.

use serde_json::Value;

use crate::support::Answer;

/// How a body is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// All fields and values.
    Whole,
    /// All fields and their types.
    Shape,
    /// The recording kept these fields only.
    Part,
    /// The recording kept the names of a list's rows.
    Names,
    /// The recording kept an id, a sentence, or that it was a page.
    Gist,
    /// A page: that it is one.
    Page,
}

/// Headers that say something; the others tell of the machine that was recorded.
const HEADERS: [&str; 6] = [
    "Content-Type",
    "Allow",
    "Location",
    "WWW-Authenticate",
    "X-API-Product-Version",
    "X-API-Product-Name",
];

pub(super) fn headers(place: &str, expected: &Value, answer: &Answer) {
    let Some(expected) = expected.as_object() else { return };
    for name in HEADERS {
        let expected = expected.get(name).and_then(Value::as_str).unwrap_or_default();
        assert_eq!(answer.header(name), expected, "{place}: {name}");
    }
    assert_eq!(answer.header("X-API-Request-Id").len(), 32, "{place}: request id");
}

pub(super) fn same(place: &str, expected: &Value, answer: &Answer, body: Body, except: &[&str]) {
    let comparison = Comparison { place, body, except };
    match body {
        Body::Page => assert!(answer.text.starts_with("<!DOCTYPE html>"), "{place}"),
        Body::Names => {
            let mut seen = answer.json();
            let rows = seen.get_mut("results").and_then(Value::as_array_mut);
            for row in rows.into_iter().flatten() {
                *row = row["name"].clone();
            }
            comparison.values("", expected, &seen);
        }
        Body::Gist => {
            let html = answer.header("Content-Type").starts_with("text/html");
            let seen = if html { "(html)".into() } else { gist(&answer.json()) };
            comparison.values("", expected, &seen);
        }
        Body::Whole | Body::Shape | Body::Part => match expected.as_str() {
            Some(text) => assert_eq!(answer.text, text, "{place}"),
            None => comparison.values("", expected, &answer.json()),
        },
    }
}

fn gist(document: &Value) -> Value {
    document.get("id").or_else(|| document.get("detail")).cloned().unwrap_or(Value::Null)
}

struct Comparison<'a> {
    place: &'a str,
    body: Body,
    except: &'a [&'a str],
}

impl Comparison<'_> {
    fn values(&self, path: &str, expected: &Value, seen: &Value) {
        let place = format!("{} {path}", self.place);
        match (expected, seen) {
            (Value::Object(expected), Value::Object(_)) => {
                for (name, value) in expected {
                    // what the recorded development server adds
                    if name == "swagger" || self.except.contains(&name.as_str()) {
                        continue;
                    }
                    let absent = *value == "<absent>";
                    let field = seen.get(name);
                    assert_eq!(field.is_none(), absent, "{place}.{name}: {field:?}");
                    if let Some(field) = field {
                        self.values(&format!("{path}.{name}"), value, field);
                    }
                }
                if self.body != Body::Part {
                    for name in seen.as_object().into_iter().flatten().map(|(name, _)| name) {
                        assert!(expected.contains_key(name), "{place}: unknown field {name}");
                    }
                }
            }
            (Value::Array(expected), Value::Array(seen)) => {
                if self.body != Body::Shape {
                    assert_eq!(expected.len(), seen.len(), "{place}: {seen:?}");
                }
                for (expected, seen) in expected.iter().zip(seen) {
                    self.values(&format!("{path}[]"), expected, seen);
                }
            }
            _ if is_set_aside(path) || self.body == Body::Shape => {
                assert_eq!(kind(expected), kind(seen), "{place}: {expected} {seen}");
            }
            (Value::String(expected), Value::String(seen)) if is_time(expected) => {
                assert!(is_time(seen), "{place}: {seen}");
            }
            _ => assert_eq!(expected, seen, "{place}"),
        }
    }
}

/// Values that no two installations share.
fn is_set_aside(path: &str) -> bool {
    let roles = path.contains(".object_roles.") && path.ends_with("_role.id");
    roles
        || [".ansible_id", ".project.status", ".elapsed", ".token", ".created", ".modified"]
            .iter()
            .any(|end| path.ends_with(end))
}

fn is_time(text: &str) -> bool {
    text.len() >= 20 && text.ends_with('Z') && text.parse::<jiff::Timestamp>().is_ok()
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}
