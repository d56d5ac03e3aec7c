//! Reads bodies: JSON and YAML into values, with duplicate fields noted on the way.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

use crate::negotiate::Body;
use crate::protobuf;
use crate::schema::{Step, Trail};

/// Largest body of a request, in bytes.
pub(crate) const BODY_BYTES_MAX: usize = 3 * 1024 * 1024;

/// Deepest nesting of a body: serde_json's own limit, and well within the stack.
const DEPTH_MAX: usize = 120;

/// Bytes of a body shown in an error.
const SHOWN_BYTES_MAX: usize = 30;

/// A body as a value, and what strict decoding would refuse in it.
#[derive(Debug, PartialEq)]
pub(crate) struct Decoded {
    pub value: Value,
    /// `duplicate field "a.b"`
    pub notes: Vec<String>,
}

/// Decodes a body. `expected`: `apiVersion` and kind of an object that does not say them. The error
/// is the sentence that Go's decoder says.
pub(crate) fn decode(bytes: &[u8], body: Body, expected: Kind<'_>) -> Result<Decoded, String> {
    match body {
        Body::Json => json(bytes),
        Body::Yaml => yaml(bytes),
        Body::Protobuf => {
            let value = protobuf::decode(bytes, expected)?;
            Ok(Decoded { value, notes: Vec::new() })
        }
    }
}

/// `apiVersion` and kind.
pub(crate) type Kind<'a> = (&'a str, &'a str);

pub(crate) fn json(bytes: &[u8]) -> Result<Decoded, String> {
    let mut notes = Vec::new();
    let mut source = serde_json::Deserializer::from_slice(bytes);
    let seed = Node { trail: None, notes: &mut notes };
    let value = seed.deserialize(&mut source).and_then(|value| source.end().map(|()| value));
    match value {
        Ok(value) => Ok(Decoded { value, notes }),
        Err(error) => Err(sentence(&error, bytes)),
    }
}

pub(crate) fn yaml(bytes: &[u8]) -> Result<Decoded, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "yaml: invalid UTF-8".to_owned())?;
    if text.trim_start().starts_with('{') {
        return json(bytes);
    }
    let mut value: Value =
        serde_saphyr::from_str(text).map_err(|error| format!("yaml: {error}"))?;
    if !normalize(&mut value, 0) {
        return Err("yaml: nested too deeply".to_owned());
    }
    Ok(Decoded { value, notes: Vec::new() })
}

/// Writes whole floats as integers, as the round trip through Go's JSON does. False if the value
/// is nested too deeply.
fn normalize(value: &mut Value, depth: usize) -> bool {
    if depth > DEPTH_MAX {
        return false;
    }
    match value {
        Value::Number(number) => {
            if let Some(float) = number.as_f64().filter(|_| number.is_f64()) {
                *value = float_value(float);
            }
            true
        }
        Value::Array(items) => items.iter_mut().all(|item| normalize(item, depth + 1)),
        Value::Object(map) => map.values_mut().all(|member| normalize(member, depth + 1)),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "whole and within the range of exact floats")]
fn float_value(float: f64) -> Value {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if float.fract() == 0.0 && float.abs() <= EXACT {
        return Value::from(float as i64);
    }
    Number::from_f64(float).map_or(Value::Null, Value::Number)
}

fn sentence(error: &serde_json::Error, bytes: &[u8]) -> String {
    use serde_json::error::Category;
    match error.classify() {
        Category::Eof => "unexpected end of JSON input".to_owned(),
        Category::Syntax | Category::Data | Category::Io => {
            let line = bytes.split(|byte| *byte == b'\n').nth(error.line().saturating_sub(1));
            let at = error.column().saturating_sub(1);
            match line.and_then(|line| line.get(at)) {
                Some(byte) => {
                    let shown = char::from(*byte);
                    format!("invalid character '{shown}' looking for beginning of value")
                }
                None => "invalid JSON".to_owned(),
            }
        }
    }
}

/// The beginning of a body, as error messages show it.
pub(crate) fn summary(bytes: &[u8]) -> String {
    use fmt::Write as _;
    if bytes.is_empty() {
        return "<empty>".to_owned();
    }
    let shown = &bytes[..bytes.len().min(SHOWN_BYTES_MAX)];
    let dots = if bytes.len() > SHOWN_BYTES_MAX { " ..." } else { "" };
    if bytes[0] == b'{' {
        return format!("{}{dots}", String::from_utf8_lossy(shown));
    }
    let mut hex = String::new();
    for byte in shown {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    format!("{hex}{dots}")
}

/// One value of a body while it is read.
struct Node<'a, 'n> {
    trail: Option<&'a Trail<'a>>,
    notes: &'n mut Vec<String>,
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        source.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(float_value(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut out = Vec::new();
        loop {
            let trail = Trail::new(self.trail, Step::Index(out.len()));
            match items.next_element_seed(Node { trail: Some(&trail), notes: self.notes })? {
                Some(item) => out.push(item),
                None => return Ok(Value::Array(out)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut out = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let trail = Trail::new(self.trail, Step::Key(&name));
            let seed = Node { trail: Some(&trail), notes: self.notes };
            let value = members.next_value_seed(seed)?;
            match out.entry(name) {
                Entry::Vacant(entry) => drop(entry.insert(value)),
                Entry::Occupied(mut entry) => {
                    let trail = Trail::new(self.trail, Step::Key(entry.key()));
                    self.notes.push(format!("duplicate field \"{trail}\""));
                    entry.insert(value);
                }
            }
        }
        Ok(Value::Object(out))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn duplicates_are_noted_and_the_last_one_wins() {
        let found = json(br#"{"spec":{"cores":1,"cores":2,"l":[{"a":1,"a":1}]}}"#).unwrap();
        assert_eq!(found.value, json!({"spec": {"cores": 2, "l": [{"a": 1}]}}));
        let notes = ["duplicate field \"spec.cores\"", "duplicate field \"spec.l[0].a\""];
        assert_eq!(found.notes, notes);
    }

    #[test]
    fn whole_floats_become_integers() {
        assert_eq!(json(b"[2.0, 2.5, 1e30]").unwrap().value, json!([2, 2.5, 1e30]));
        assert_eq!(yaml(b"a: 2.0").unwrap().value, json!({"a": 2}));
    }

    #[test]
    fn broken_bodies_are_errors_and_not_panics() {
        assert_eq!(json(b"").unwrap_err(), "unexpected end of JSON input");
        assert_eq!(json(b"{\"a\":").unwrap_err(), "unexpected end of JSON input");
        assert!(json(b"{a}").is_err());
        assert!(json(&b"[".repeat(100_000)).is_err());
        assert!(json(b"{} x").is_err());
        assert!(yaml(&b"- ".repeat(10_000)).is_err());
        assert!(yaml(&[0xff]).is_err());
    }

    #[test]
    fn summaries_are_short() {
        assert_eq!(summary(b""), "<empty>");
        assert_eq!(summary(b"{\"apiVersion\":"), "{\"apiVersion\":");
        assert_eq!(summary(b"ab"), "6162");
        assert!(summary(&b"{".repeat(100)).ends_with(" ..."));
    }
}
