//! Sets of fields: which members and items of an object somebody owns.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::element::Element;
use super::shape::Shape;

/// A set of fields, as a tree. That a field has children in the set does not put it in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Set {
    pub members: BTreeSet<Element>,
    /// Never holds an empty set.
    pub children: BTreeMap<Element, Set>,
}

/// Deepest nesting of `fieldsV1` that is read.
const DEPTH_MAX: usize = 128;

impl Set {
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.children.is_empty()
    }

    /// The set with one field at the end of a path.
    pub(crate) fn of(path: &[&str]) -> Self {
        let mut set = Self::default();
        match path {
            [] => {}
            [last] => {
                set.members.insert(Element::Field((*last).to_owned()));
            }
            [first, rest @ ..] => set.put(Element::Field((*first).to_owned()), Self::of(rest)),
        }
        set
    }

    /// Adds what belongs to a child.
    pub(crate) fn put(&mut self, element: Element, child: Self) {
        if !child.is_empty() {
            self.children.entry(element).or_default().add(&child);
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.members.extend(other.members.iter().cloned());
        for (element, child) in &other.children {
            self.children.entry(element.clone()).or_default().add(child);
        }
    }

    #[must_use]
    pub(crate) fn union(mut self, other: &Self) -> Self {
        self.add(other);
        self
    }

    #[must_use]
    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let mut out = Self {
            members: self.members.intersection(&other.members).cloned().collect(),
            ..Self::default()
        };
        for (element, child) in &self.children {
            if let Some(other) = other.children.get(element) {
                out.put(element.clone(), child.intersection(other));
            }
        }
        out
    }

    /// Without the fields of another set. Taking away a field leaves its children.
    #[must_use]
    pub(crate) fn difference(&self, other: &Self) -> Self {
        let mut out = Self {
            members: self.members.difference(&other.members).cloned().collect(),
            ..Self::default()
        };
        for (element, child) in &self.children {
            match other.children.get(element) {
                Some(other) => out.put(element.clone(), child.difference(other)),
                None => out.put(element.clone(), child.clone()),
            }
        }
        out
    }

    /// Without the fields of another set and all that is below them.
    #[must_use]
    pub(crate) fn without(&self, other: &Self) -> Self {
        let mut out = Self {
            members: self.members.difference(&other.members).cloned().collect(),
            ..Self::default()
        };
        for (element, child) in &self.children {
            if other.members.contains(element) {
                continue;
            }
            match other.children.get(element) {
                Some(other) => out.put(element.clone(), child.without(other)),
                None => out.put(element.clone(), child.clone()),
            }
        }
        out
    }

    /// Only a field and what is below it.
    #[must_use]
    pub(crate) fn only(&self, name: &str) -> Self {
        let element = Element::Field(name.to_owned());
        let mut out = Self::default();
        if self.members.contains(&element) {
            out.members.insert(element.clone());
        }
        if let Some(child) = self.children.get(&element) {
            out.children.insert(element, child.clone());
        }
        out
    }

    pub(crate) fn has(&self, path: &[&str]) -> bool {
        match path {
            [] => false,
            [last] => self.members.contains(&Element::Field((*last).to_owned())),
            [first, rest @ ..] => {
                let child = self.children.get(&Element::Field((*first).to_owned()));
                child.is_some_and(|child| child.has(rest))
            }
        }
    }

    /// The set with all fields of structures whose children it has.
    #[must_use]
    pub(crate) fn with_named_fields(&self, shape: Shape<'_>) -> Self {
        let mut out = Self { members: self.members.clone(), children: BTreeMap::new() };
        for (element, child) in &self.children {
            if let Element::Field(name) = element
                && shape.declared(name).is_some()
            {
                out.members.insert(element.clone());
            }
            let below = shape.at(element).unwrap_or(Shape::Deduced);
            out.children.insert(element.clone(), child.with_named_fields(below));
        }
        out
    }

    /// The paths of the set as text, in their order.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.collect("", &mut out);
        out
    }

    fn collect(&self, prefix: &str, out: &mut Vec<String>) {
        out.extend(self.members.iter().map(|element| format!("{prefix}{element}")));
        for (element, child) in &self.children {
            child.collect(&format!("{prefix}{element}"), out);
        }
    }

    /// Reads `fieldsV1`; None if it is not well-formed.
    pub(crate) fn parse(fields: &Value) -> Option<Self> {
        Self::parse_at(fields, 0)
    }

    fn parse_at(fields: &Value, depth: usize) -> Option<Self> {
        let mut out = Self::default();
        for (text, below) in fields.as_object().filter(|_| depth < DEPTH_MAX)? {
            if text == "." {
                continue;
            }
            let element = Element::parse(text)?;
            let map = below.as_object()?;
            if map.is_empty() || map.contains_key(".") {
                out.members.insert(element.clone());
            }
            out.put(element, Self::parse_at(below, depth + 1)?);
        }
        Some(out)
    }

    /// Writes `fieldsV1`.
    pub(crate) fn written(&self) -> Value {
        let mut out = Map::new();
        for (element, child) in &self.children {
            let mut below = child.written();
            if self.members.contains(element) {
                below["."] = Value::Object(Map::new());
            }
            out.insert(element.written(), below);
        }
        for element in &self.members {
            out.entry(element.written()).or_insert_with(|| Value::Object(Map::new()));
        }
        Value::Object(out)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn set(fields: Value) -> Set {
        Set::parse(&fields).unwrap()
    }

    #[test]
    fn sets_are_read_as_they_are_written() {
        let fields = json!({"f:spec": {".": {}, "f:a": {}, "f:l": {"k:{\"n\":\"x\"}": {".": {},
            "f:n": {}}}}, "f:metadata": {"f:labels": {"f:b": {}}}});
        assert_eq!(set(fields.clone()).written(), fields);
        assert_eq!(Set::parse(&json!({"x": {}})), None);
        assert_eq!(Set::parse(&json!({"f:a": 1})), None);
        assert_eq!(Set::parse(&json!([])), None);
    }

    #[test]
    fn differences_leave_or_take_what_is_below() {
        let all = set(json!({"f:a": {".": {}, "f:b": {}}, "f:c": {}}));
        let parent = set(json!({"f:a": {}}));
        assert_eq!(all.difference(&parent), set(json!({"f:a": {"f:b": {}}, "f:c": {}})));
        assert_eq!(all.without(&parent), set(json!({"f:c": {}})));
        assert_eq!(all.intersection(&parent), parent);
        assert_eq!(all.only("a").union(&set(json!({"f:c": {}}))), all);
        assert_eq!(all.paths(), [".a", ".c", ".a.b"]);
        assert!(all.has(&["a", "b"]) && !all.has(&["b"]));
    }
}
