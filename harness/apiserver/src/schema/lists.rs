//! Lists that are sets or maps: no duplicates, and items found again by their keys.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{List, Schema, Step, Trail};
use crate::status::{Fault, FieldError};

/// Reports duplicates in all sets and maps of an object that are not the same as in `old`.
pub(crate) fn validate(
    value: &Value,
    old: Option<&Value>,
    schema: &Schema,
    trail: Option<&Trail<'_>>,
    errors: &mut Vec<FieldError>,
) {
    if old == Some(value) {
        return;
    }
    match value {
        Value::Object(map) => {
            for (name, member) in map {
                let Some(schema) = schema.member(name) else { continue };
                let old = old.and_then(|old| old.get(name));
                let trail = Trail::new(trail, Step::Key(name));
                validate(member, old, schema, Some(&trail), errors);
            }
        }
        Value::Array(items) => {
            let mut seen = BTreeMap::new();
            for (index, item) in items.iter().enumerate() {
                let identity = match &schema.list {
                    List::Atomic => None,
                    List::Set => Some(item.to_string()),
                    List::Map(keys) => key_of(item, keys),
                };
                let trail = Trail::new(trail, Step::Index(index));
                if let Some(identity) = identity
                    && let Some(()) = seen.insert(identity.clone(), ())
                {
                    let fault = Fault::Duplicate(identity);
                    errors.push(FieldError::new(trail.to_string(), fault));
                }
                if let Some(schema) = &schema.items {
                    validate(item, None, schema, Some(&trail), errors);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// The keys of a map item as text.
fn key_of(item: &Value, keys: &[String]) -> Option<String> {
    let item = item.as_object()?;
    let mut key = Map::new();
    for name in keys {
        if let Some(value) = item.get(name) {
            key.insert(name.clone(), value.clone());
        }
    }
    Some(Value::Object(key).to_string())
}

pub(crate) fn first_duplicate(items: &[Value]) -> Option<usize> {
    let mut seen = BTreeMap::new();
    items
        .iter()
        .enumerate()
        .find_map(|(index, item)| seen.insert(item.to_string(), ()).is_some().then_some(index))
}

/// The old items of a list, by key.
pub(crate) struct Keyed<'a> {
    keys: &'a [String],
    items: BTreeMap<String, &'a Value>,
}

impl<'a> Keyed<'a> {
    /// No old items, or none that can be found again.
    pub(crate) fn none() -> Self {
        Self { keys: &[], items: BTreeMap::new() }
    }

    pub(crate) fn new(old: Option<&'a Value>, keys: &'a [String]) -> Self {
        let items = old.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let keyed = items.iter().filter_map(|item| Some((key_of(item, keys)?, item)));
        Self { keys, items: keyed.collect() }
    }

    pub(crate) fn find(&self, item: &Value) -> Option<&'a Value> {
        if self.items.is_empty() {
            return None;
        }
        self.items.get(&key_of(item, self.keys)?).copied()
    }
}
