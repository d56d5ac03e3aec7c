//! Reads from a JSON document only what is looked at. A job's document is long, mostly of no
//! interest here, and read at every poll: what is not kept is skipped without being copied.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// What is kept of a value.
#[derive(Clone, Copy, Debug)]
pub enum Keep {
    /// All of it.
    All,
    /// Of an object these fields, of a list the same of each item. Other values are kept.
    Fields(&'static [(&'static str, Keep)]),
}

/// The kept part of a document.
///
/// # Errors
/// Where it is no JSON.
pub fn read(bytes: &[u8], keep: Keep) -> serde_json::Result<Value> {
    let mut source = serde_json::Deserializer::from_slice(bytes);
    let value = keep.deserialize(&mut source)?;
    source.end()?;
    Ok(value)
}

impl<'de> DeserializeSeed<'de> for Keep {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Value, D::Error> {
        match self {
            Self::All => serde::Deserialize::deserialize(source),
            Self::Fields(fields) => source.deserialize_any(Excerpt(fields)),
        }
    }
}

struct Excerpt(&'static [(&'static str, Keep)]);

impl<'de> Visitor<'de> for Excerpt {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(flag.into())
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut kept = Vec::new();
        while let Some(item) = items.next_element_seed(Keep::Fields(self.0))? {
            kept.push(item);
        }
        Ok(Value::Array(kept))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut kept = Map::new();
        while let Some(found) = members.next_key_seed(Name(self.0))? {
            match found {
                Some((name, keep)) => {
                    kept.insert(name.to_owned(), members.next_value_seed(keep)?);
                }
                None => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(Value::Object(kept))
    }
}

/// Finds the name of a field among those that are kept.
struct Name(&'static [(&'static str, Keep)]);

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<(&'static str, Keep)>;

    fn deserialize<D: Deserializer<'de>>(self, source: D) -> Result<Self::Value, D::Error> {
        source.deserialize_str(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<(&'static str, Keep)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a field")
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().find(|(kept, _)| *kept == name).copied())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ROW: Keep = Keep::Fields(&[("id", Keep::All), ("data", Keep::All)]);
    const LIST: Keep = Keep::Fields(&[("id", Keep::All), ("results", ROW)]);

    fn check(text: &str, kept: Value) {
        assert_eq!(read(text.as_bytes(), LIST).unwrap(), kept, "{text}");
    }

    #[test]
    fn what_is_not_kept_is_not_there() {
        let list = r#"{"x": [{"id": 1}], "results": [{"id": 7, "y": 1, "data": {"z": 1}}, 5]}"#;
        check(list, json!({"results": [{"id": 7, "data": {"z": 1}}, 5]}));
        check(r#"{"id": {"deep": []}, "i\u0064": -2}"#, json!({"id": -2}));
    }

    #[test]
    fn other_values_are_kept_and_what_is_no_json_is_refused() {
        for (text, kept) in [
            ("null", json!(null)),
            ("[true, 1.5, \"x\"]", json!([true, 1.5, "x"])),
            ("{\"results\": \"none\"}", json!({"results": "none"})),
        ] {
            check(text, kept);
        }
        for text in ["", "{", "{\"x\": nope}", "{} {}", "<html>"] {
            assert!(read(text.as_bytes(), LIST).is_err(), "{text}");
        }
    }
}
