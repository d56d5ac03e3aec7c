//! One step of a path to a field, as managed fields name it.

use std::cmp::Ordering;
use std::fmt;

use serde_json::{Map, Value};

/// One step down: into a member of an object, or to an item of a list.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Element {
    /// `f:name`
    Field(String),
    /// `k:{…}`: the item of a map list with these keys, sorted by name.
    Key(Vec<(String, Literal)>),
    /// `v:…`: the item of a set.
    Value(Literal),
    /// `i:…`: only ever read, for lists that are atomic now.
    Index(usize),
}

/// A value inside a path, with an order: numbers, texts, flags, lists, objects, null.
#[derive(Clone, Debug)]
pub(crate) struct Literal(pub Value);

impl Element {
    /// Reads the form of `fieldsV1`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        Some(match kind {
            "f" => Self::Field(rest.to_owned()),
            "v" => Self::Value(Literal(serde_json::from_str(rest).ok()?)),
            "i" => Self::Index(rest.parse().ok()?),
            "k" => {
                // The map is sorted already.
                let keys: Map<String, Value> = serde_json::from_str(rest).ok()?;
                Self::Key(keys.into_iter().map(|(name, value)| (name, Literal(value))).collect())
            }
            _ => return None,
        })
    }

    /// Writes the form of `fieldsV1`.
    pub(crate) fn written(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Value(value) => format!("v:{}", value.0),
            Self::Index(index) => format!("i:{index}"),
            Self::Key(keys) => {
                let keys: Map<String, Value> =
                    keys.iter().map(|(name, value)| (name.clone(), value.0.clone())).collect();
                format!("k:{}", Value::Object(keys))
            }
        }
    }
}

/// As messages show it: `.name`, `[key="a"]`, `[="a"]`.
impl fmt::Display for Element {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(f, ".{name}"),
            Self::Value(value) => write!(f, "[={}]", value.0),
            Self::Index(index) => write!(f, "[{index}]"),
            Self::Key(keys) => {
                let keys = keys.iter().map(|(name, value)| format!("{name}={}", value.0));
                write!(f, "[{}]", keys.collect::<Vec<_>>().join(","))
            }
        }
    }
}

impl PartialEq for Literal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Literal {}

impl PartialOrd for Literal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Literal {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(&self.0, &other.0)
    }
}

fn rank(value: &Value) -> u8 {
    match value {
        Value::Number(_) => 0,
        Value::String(_) => 1,
        Value::Bool(_) => 2,
        Value::Array(_) => 3,
        Value::Object(_) => 4,
        Value::Null => 5,
    }
}

fn compare(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => one.cmp(&other),
            _ => {
                let float = |number: &serde_json::Number| number.as_f64().unwrap_or(f64::NAN);
                float(one).total_cmp(&float(other))
            }
        },
        (Value::String(one), Value::String(other)) => one.cmp(other),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::Array(one), Value::Array(other)) => {
            let pairs = one.iter().zip(other).map(|(one, other)| compare(one, other));
            pairs.fold(Ordering::Equal, Ordering::then).then(one.len().cmp(&other.len()))
        }
        (Value::Object(one), Value::Object(other)) => {
            let pairs = one.iter().zip(other).map(|((name, one), (other_name, other))| {
                name.cmp(other_name).then_with(|| compare(one, other))
            });
            pairs.fold(Ordering::Equal, Ordering::then).then(one.len().cmp(&other.len()))
        }
        _ => rank(one).cmp(&rank(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_read_as_they_are_written() {
        for text in ["f:spec", "v:\"a\"", "v:1", "k:{\"a\":\"b\",\"c\":80}", "i:3", "f:a:b"] {
            assert_eq!(Element::parse(text).unwrap().written(), text);
        }
        for text in ["", "f", "x:a", "k:[", "k:1", "v:", "i:-1"] {
            assert_eq!(Element::parse(text), None, "{text}");
        }
    }

    #[test]
    fn steps_are_shown_and_sorted() {
        let element = |text: &str| Element::parse(text).unwrap();
        assert_eq!(element("k:{\"key\":\"k1\",\"p\":1}").to_string(), "[key=\"k1\",p=1]");
        assert_eq!(element("v:\"a\"").to_string(), "[=\"a\"]");
        let sorted =
            ["f:a", "f:b", "k:{\"a\":1}", "k:{\"a\":2}", "v:1", "v:1.5", "v:\"a\"", "v:true"];
        for pair in sorted.windows(2) {
            assert!(element(pair[0]) < element(pair[1]), "{pair:?}");
        }
    }
}
