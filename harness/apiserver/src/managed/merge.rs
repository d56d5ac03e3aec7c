//! Merges a configuration that is applied into an object.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::element::Element;
use super::shape::{Form, Shape};
use crate::schema::List;

static NULL: Value = Value::Null;

/// The object with all fields of `config`. Nothing is removed; items of lists stand as in the
/// object where the configuration does not move them, else as in the configuration.
pub(crate) fn merge(live: &Value, config: &Value, shape: Shape<'_>) -> Value {
    value(Some(live), Some(config), shape).unwrap_or(Value::Null)
}

/// None if there is nothing left to say.
fn value(live: Option<&Value>, config: Option<&Value>, shape: Shape<'_>) -> Option<Value> {
    let form = if config.is_none() { shape.form(live) } else { shape.form(config) };
    let whole = || config.or(live).cloned();
    match form {
        Form::Scalar => whole(),
        Form::Map => {
            let live = live.and_then(Value::as_object);
            let config = config.and_then(Value::as_object);
            let empty = |map: Option<&Map<String, Value>>| map.is_none_or(Map::is_empty);
            if shape.is_atomic_map() || (empty(live) && empty(config)) {
                return whole();
            }
            let mut out = Map::new();
            let names: BTreeSet<&String> =
                live.into_iter().chain(config).flat_map(Map::keys).collect();
            for name in names {
                let live = live.and_then(|map| map.get(name));
                let config = config.and_then(|map| map.get(name));
                let member = shape.member(name).unwrap_or(Shape::Whole);
                if let Some(merged) = value(live, config, member) {
                    out.insert(name.clone(), merged);
                }
            }
            (!out.is_empty()).then_some(Value::Object(out))
        }
        Form::List => {
            let live = live.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let config = config.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
            let empty = live.is_empty() && config.is_empty();
            if matches!(shape.list(), List::Atomic) || empty {
                return whole();
            }
            let out = Items::new(live, config, shape).merged();
            (!out.is_empty()).then_some(Value::Array(out))
        }
    }
}

/// The items of two lists that are not atomic, by what tells them apart.
struct Items<'v, 's> {
    shape: Shape<'s>,
    live: Vec<(Element, &'v Value)>,
    config: Vec<(Element, &'v Value)>,
    /// Null where there are duplicates: these are not merged with anything.
    live_by: BTreeMap<Element, &'v Value>,
    config_by: BTreeMap<Element, &'v Value>,
}

impl<'v, 's> Items<'v, 's> {
    fn new(live: &'v [Value], config: &'v [Value], shape: Shape<'s>) -> Self {
        let index = |items: &'v [Value]| {
            let found = items.iter().filter_map(|item| Some((shape.element(item).ok()?, item)));
            let found: Vec<(Element, &'v Value)> = found.collect();
            let mut by = BTreeMap::new();
            for (element, item) in &found {
                by.entry(element.clone()).and_modify(|item| *item = &NULL).or_insert(*item);
            }
            (found, by)
        };
        let (live, live_by) = index(live);
        let (config, config_by) = index(config);
        Self { shape, live, config, live_by, config_by }
    }

    fn item(&self, live: Option<&Value>, config: Option<&Value>) -> Option<Value> {
        value(live, config, self.shape.item())
    }

    /// Shared items come in the order of the configuration. Before each of them stand the live
    /// items that stood before it, and then the new ones that the configuration has before it.
    fn merged(&self) -> Vec<Value> {
        let shared = |(element, _): &&(Element, &Value)| self.live_by.contains_key(element);
        let mut order = self.config.iter().filter(shared).map(|(element, _)| element);
        let mut next = order.next();
        let mut done: BTreeSet<&Element> = BTreeSet::new();
        let mut out = Vec::new();
        let (mut left, mut right) = (0, 0);
        while left < self.live.len() || right < self.config.len() {
            if let (Some((mine, _)), Some((theirs, item))) =
                (self.live.get(left), self.config.get(right))
            {
                if mine == theirs {
                    done.insert(mine);
                    out.extend(self.item(self.live_by.get(mine).copied(), Some(item)));
                    (left, right) = (left + 1, right + 1);
                    next = order.next();
                    continue;
                }
                let elsewhere = self.config_by.contains_key(mine);
                if elsewhere && next.is_some_and(|next| next != mine) {
                    left += 1;
                    continue;
                }
            }
            if let Some((mine, item)) = self.live.get(left) {
                if !self.config_by.contains_key(mine) {
                    out.extend(self.item(Some(item), None));
                    left += 1;
                    continue;
                }
                if done.contains(mine) {
                    left += 1;
                }
            }
            if let Some((theirs, item)) = self.config.get(right) {
                done.insert(theirs);
                out.extend(self.item(self.live_by.get(theirs).copied(), Some(item)));
                right += 1;
                if next == Some(theirs) {
                    next = order.next();
                }
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::managed::tests::with_schema;

    fn check(live: Value, config: Value, merged: Value) {
        with_schema(|shape| assert_eq!(merge(&live, &config, shape), merged));
    }

    #[test]
    fn maps_merge_by_member_and_atomic_ones_do_not() {
        check(
            json!({"labels": {"a": "1"}, "whole": {"a": 1}, "list": [1]}),
            json!({"labels": {"b": "2"}, "whole": {"b": 2}, "list": [2]}),
            json!({"labels": {"a": "1", "b": "2"}, "whole": {"b": 2}, "list": [2]}),
        );
        check(json!({"labels": {"a": "1"}}), json!({"labels": {}}), json!({"labels": {"a": "1"}}));
        check(json!({}), json!({"labels": {}}), json!({"labels": {}}));
    }

    #[test]
    fn sets_keep_their_order_unless_the_configuration_moves_items() {
        let set = |items: &[&str]| json!({"set": items});
        check(set(&["a", "b"]), set(&["c"]), set(&["a", "b", "c"]));
        check(set(&["a", "b", "c"]), set(&["c", "a"]), set(&["b", "c", "a"]));
        check(set(&["a", "b"]), set(&["x", "b"]), set(&["a", "x", "b"]));
        check(set(&["a", "a"]), set(&["b"]), set(&["a", "a", "b"]));
    }

    #[test]
    fn items_of_maps_merge_by_their_keys() {
        check(
            json!({"map": [{"k": "a", "v": 1}, {"k": "b", "v": 1}]}),
            json!({"map": [{"k": "b", "v": 2}, {"k": "c"}]}),
            json!({"map": [{"k": "a", "v": 1}, {"k": "b", "v": 2}, {"k": "c"}]}),
        );
    }
}
