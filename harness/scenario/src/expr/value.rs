//! Values of expressions: views of JSON that is there, and what is computed from it.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

/// A value during evaluation; `'a` is the life of the data looked at. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) enum Val<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Cow<'a, str>),
    /// A JSON array or object that is looked at where it lies.
    Json(&'a Value),
    List(Rc<Vec<Val<'a>>>),
    Map(Rc<BTreeMap<String, Val<'a>>>),
    Time(Timestamp),
    Duration(SignedDuration),
}

impl<'a> Val<'a> {
    /// A view of JSON.
    pub(super) fn of(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(b) => Self::Bool(*b),
            Value::Number(n) => match n.as_i64() {
                Some(i) => Self::Int(i),
                None => n.as_f64().map_or(Self::Null, Self::Double),
            },
            Value::String(s) => Self::Text(Cow::Borrowed(s)),
            Value::Array(_) | Value::Object(_) => Self::Json(value),
        }
    }

    /// The type as CEL calls it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Double(_) => "double",
            Self::Text(_) => "string",
            Self::Json(Value::Array(_)) | Self::List(_) => "list",
            Self::Json(_) | Self::Map(_) => "map",
            Self::Time(_) => "timestamp",
            Self::Duration(_) => "duration",
        }
    }

    /// The field of a map; `None` if it has none. Fields of null are not there.
    pub(super) fn field(&self, name: &str) -> Result<Option<Val<'a>>, String> {
        match self {
            Self::Null => Ok(None),
            Self::Json(Value::Object(map)) => Ok(map.get(name).map(Val::of)),
            Self::Map(map) => Ok(map.get(name).cloned()),
            other => Err(format!("a {} has no field `{name}`", other.kind())),
        }
    }

    /// The element of a list; `None` if it has none.
    pub(super) fn element(&self, index: i64) -> Result<Option<Val<'a>>, String> {
        let index = usize::try_from(index).ok();
        match self {
            Self::Null => Ok(None),
            Self::Json(Value::Array(list)) => Ok(index.and_then(|i| list.get(i)).map(Val::of)),
            Self::List(list) => Ok(index.and_then(|i| list.get(i)).cloned()),
            other => Err(format!("a {} has no element by number", other.kind())),
        }
    }

    /// Elements of a list, or keys of a map in order.
    pub(super) fn items(&self) -> Result<Vec<Val<'a>>, String> {
        match self {
            Self::Json(Value::Array(list)) => Ok(list.iter().map(Val::of).collect()),
            Self::List(list) => Ok(list.as_ref().clone()),
            Self::Json(Value::Object(map)) => {
                // the map's own order may be that of insertion
                let keys: std::collections::BTreeSet<&String> = map.keys().collect();
                Ok(keys.into_iter().map(|k| Self::Text(Cow::Borrowed(k.as_str()))).collect())
            }
            Self::Map(map) => Ok(map.keys().map(|k| Self::Text(Cow::Owned(k.clone()))).collect()),
            // what is not there has nothing in it
            Self::Null => Ok(Vec::new()),
            other => Err(format!("a {} has no elements", other.kind())),
        }
    }

    /// Elements, entries or characters.
    pub(super) fn size(&self) -> Option<usize> {
        match self {
            Self::Null => Some(0),
            Self::Text(s) => Some(s.chars().count()),
            Self::Json(Value::Array(list)) => Some(list.len()),
            Self::Json(Value::Object(map)) => Some(map.len()),
            Self::List(list) => Some(list.len()),
            Self::Map(map) => Some(map.len()),
            Self::Bool(_)
            | Self::Int(_)
            | Self::Double(_)
            | Self::Json(_)
            | Self::Time(_)
            | Self::Duration(_) => None,
        }
    }

    /// CEL's equality: values of different types differ, numbers compare as numbers.
    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::Int(a), Self::Int(b)) => a == b,
            (Self::Text(a), Self::Text(b)) => a == b,
            (Self::Time(a), Self::Time(b)) => a == b,
            (Self::Duration(a), Self::Duration(b)) => a == b,
            (Self::Double(_) | Self::Int(_), Self::Double(_) | Self::Int(_)) => {
                self.order(other) == Some(Ordering::Equal)
            }
            (Self::Json(Value::Array(a)), Self::Json(Value::Array(b))) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| Val::of(a).equals(&Val::of(b)))
            }
            _ if self.kind() == "list" && other.kind() == "list" => {
                match (self.items(), other.items()) {
                    (Ok(a), Ok(b)) => {
                        a.len() == b.len() && a.iter().zip(&b).all(|(a, b)| a.equals(b))
                    }
                    _ => false,
                }
            }
            _ if self.kind() == "map" && other.kind() == "map" => self.same_map(other),
            _ => false,
        }
    }

    fn same_map(&self, other: &Self) -> bool {
        if self.size() != other.size() {
            return false;
        }
        let Ok(keys) = self.items() else { return false };
        keys.iter().all(|key| {
            let Self::Text(key) = key else { return false };
            match (self.field(key), other.field(key)) {
                (Ok(Some(a)), Ok(Some(b))) => a.equals(&b),
                _ => false,
            }
        })
    }

    /// Which is less; `None` if the two have no order.
    #[expect(clippy::cast_precision_loss, reason = "numbers compare as doubles, as JSON has them")]
    pub(super) fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Double(a), Self::Double(b)) => a.partial_cmp(b),
            (Self::Int(a), Self::Double(b)) => (*a as f64).partial_cmp(b),
            (Self::Double(a), Self::Int(b)) => a.partial_cmp(&(*b as f64)),
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Time(a), Self::Time(b)) => Some(a.cmp(b)),
            (Self::Duration(a), Self::Duration(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }

    /// As JSON; times and durations as CEL writes them.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(b) => Value::Bool(*b),
            Self::Int(i) => Value::from(*i),
            Self::Double(d) => Value::from(*d),
            Self::Text(s) => Value::String(s.to_string()),
            Self::Json(value) => (*value).clone(),
            Self::List(list) => Value::Array(list.iter().map(Val::to_json).collect()),
            Self::Map(map) => {
                Value::Object(map.iter().map(|(k, v)| (k.clone(), v.to_json())).collect())
            }
            Self::Time(t) => Value::String(t.to_string()),
            Self::Duration(d) => Value::String(seconds(*d)),
        }
    }
}

/// A duration as CEL writes it: `90s`, `1.5s`.
pub(super) fn seconds(duration: SignedDuration) -> String {
    let sign = if duration.is_negative() { "-" } else { "" };
    let nanos = duration.subsec_nanos().unsigned_abs();
    let whole = duration.as_secs().unsigned_abs();
    if nanos == 0 {
        format!("{sign}{whole}s")
    } else {
        let fraction = format!("{nanos:09}");
        format!("{sign}{whole}.{}s", fraction.trim_end_matches('0'))
    }
}
