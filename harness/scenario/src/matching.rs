//! Objects as a scenario writes them: patterns to compare with, and templates to create from.
//!
//! Matching is Chainsaw's: maps match partially and fields that are not named are ignored; lists
//! match by length and order; a key `(expression)` compares the expression's value instead of a
//! field; a value `(expression)` is computed first. `null` means that a field is not there.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::expr::{EvalError, Expr, Scope};
use crate::source::Span;

/// What an object must look like.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// `group/version`, or `v1`.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Name; none = any object of the kind that has the labels.
    pub name: Option<String>,
    /// Namespace; none for kinds without one.
    pub namespace: Option<String>,
    /// Labels that must be there.
    pub labels: BTreeMap<String, String>,
    /// Where it stands.
    pub span: Span,
    pub(crate) shape: Arc<Shape>,
}

/// An object to create, or the fields to change of one.
#[derive(Debug, Clone)]
pub struct Template {
    /// `group/version`, or `v1`.
    pub api_version: String,
    /// Kind.
    pub kind: String,
    /// Name; none where the server makes one (`generateName`).
    pub name: Option<String>,
    /// Namespace; none for kinds without one.
    pub namespace: Option<String>,
    /// Where it stands.
    pub span: Span,
    pub(crate) shape: Arc<Shape>,
}

/// A place where an object does not match.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Path from the object's root, such as `status.jobHistory[0].state`.
    pub path: String,
    /// What the scenario asks for, expressions computed.
    pub expected: Value,
    /// What is there; none where nothing is.
    pub seen: Option<Value>,
    /// Where the scenario asks for it.
    pub span: Span,
}

/// A tree of values and expressions, each with its place.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) span: Span,
    pub(crate) what: What,
}

#[derive(Debug, Clone)]
pub(crate) enum What {
    /// A value that is known.
    Value(Value),
    Expression(Expr),
    List(Vec<Shape>),
    Map(Vec<(Key, Shape)>),
}

#[derive(Debug, Clone)]
pub(crate) enum Key {
    Field(String),
    Expression(Expr),
}

impl Shape {
    /// The value with every expression computed. Keys that are expressions take part in matching
    /// only and are left out.
    pub(crate) fn render(&self, scope: &Scope<'_>) -> Result<Value, EvalError> {
        match &self.what {
            What::Value(value) => Ok(value.clone()),
            What::Expression(expression) => expression.eval(scope),
            What::List(items) => {
                items.iter().map(|item| item.render(scope)).collect::<Result<_, _>>()
            }
            What::Map(entries) => {
                let mut map = Map::new();
                for (key, shape) in entries {
                    if let Key::Field(name) = key {
                        map.insert(name.clone(), shape.render(scope)?);
                    }
                }
                Ok(Value::Object(map))
            }
        }
    }
}

impl Template {
    /// The object, with every expression computed and apiVersion, kind, name and namespace filled.
    ///
    /// # Errors
    ///
    /// An expression that has no value.
    pub fn render(&self, scope: &Scope<'_>) -> Result<Value, EvalError> {
        let mut object = self.shape.render(scope)?;
        let Value::Object(map) = &mut object else { return Ok(object) };
        map.insert("apiVersion".to_owned(), self.api_version.clone().into());
        map.insert("kind".to_owned(), self.kind.clone().into());
        let metadata =
            map.entry("metadata").or_insert_with(|| Value::Object(Map::new())).as_object_mut();
        if let Some(metadata) = metadata {
            if let Some(name) = &self.name {
                metadata.insert("name".to_owned(), name.clone().into());
            }
            if let Some(namespace) = &self.namespace {
                metadata.insert("namespace".to_owned(), namespace.clone().into());
            }
        }
        Ok(object)
    }
}

impl Shape {
    /// Whether another tree says the same at another place.
    fn says_the_same(&self, other: &Self) -> bool {
        match (&self.what, &other.what) {
            (What::Value(a), What::Value(b)) => a == b,
            (What::Expression(a), What::Expression(b)) => a.text() == b.text(),
            (What::List(a), What::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.says_the_same(b))
            }
            (What::Map(a), What::Map(b)) => {
                let same_key = |a: &Key, b: &Key| match (a, b) {
                    (Key::Field(a), Key::Field(b)) => a == b,
                    (Key::Expression(a), Key::Expression(b)) => a.text() == b.text(),
                    (Key::Field(_) | Key::Expression(_), _) => false,
                };
                a.len() == b.len()
                    && a.iter().zip(b).all(|((k, a), (l, b))| same_key(k, l) && a.says_the_same(b))
            }
            (What::Value(_) | What::Expression(_) | What::List(_) | What::Map(_), _) => false,
        }
    }
}

impl Shape {
    fn sees_only_objects(&self) -> bool {
        match &self.what {
            What::Value(_) => true,
            What::Expression(expression) => expression.sees_only_objects(),
            What::List(items) => items.iter().all(Self::sees_only_objects),
            What::Map(entries) => entries.iter().all(|(key, shape)| {
                let key = match key {
                    Key::Field(_) => true,
                    Key::Expression(expression) => expression.sees_only_objects(),
                };
                key && shape.sees_only_objects()
            }),
        }
    }
}

impl Pattern {
    /// Whether it matches the same objects at any time, whatever calls there were.
    #[must_use]
    pub fn sees_only_objects(&self) -> bool {
        self.shape.sees_only_objects()
    }

    /// Whether another pattern says the same at another place.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        self.api_version == other.api_version
            && self.kind == other.kind
            && self.name == other.name
            && self.namespace == other.namespace
            && self.labels == other.labels
            && self.shape.says_the_same(&other.shape)
    }

    /// Whether an object is one that the pattern is about: kind, name, namespace and labels.
    #[must_use]
    pub fn selects(&self, object: &Value) -> bool {
        // no JSON pointers: this is asked about every object at every event
        let metadata = object.get("metadata");
        let is = |seen: Option<&Value>, wanted: Option<&String>| {
            wanted.is_none_or(|wanted| seen.and_then(Value::as_str) == Some(wanted))
        };
        let of_metadata = |field: &str| metadata.and_then(|metadata| metadata.get(field));
        is(object.get("kind"), Some(&self.kind))
            && is(object.get("apiVersion"), Some(&self.api_version))
            && is(of_metadata("name"), self.name.as_ref())
            && is(of_metadata("namespace"), self.namespace.as_ref())
            && self.labels.iter().all(|(key, value)| {
                let labels = of_metadata("labels");
                labels.and_then(|labels| labels.get(key)).and_then(Value::as_str) == Some(value)
            })
    }

    /// Where an object differs from the pattern; nothing where it matches. `scope.object` is set to
    /// the object; `self` in a key is the value that the key stands at.
    ///
    /// # Errors
    ///
    /// An expression that has no value.
    pub fn differences(
        &self,
        object: &Value,
        scope: &Scope<'_>,
    ) -> Result<Vec<Difference>, EvalError> {
        let scope = Scope {
            object: Some(object),
            old: scope.old,
            request: scope.request,
            bindings: scope.bindings,
            profile: scope.profile,
            calls: scope.calls.clone(),
            now: scope.now,
        };
        let mut comparison = Comparison { scope: &scope, path: String::new(), found: Vec::new() };
        comparison.compare(&self.shape, Some(object), None)?;
        Ok(comparison.found)
    }
}

struct Comparison<'a> {
    scope: &'a Scope<'a>,
    path: String,
    found: Vec<Difference>,
}

impl Comparison<'_> {
    /// Compares a value; `parent` is the value that it is a part of.
    fn compare(
        &mut self,
        shape: &Shape,
        seen: Option<&Value>,
        parent: Option<&Value>,
    ) -> Result<(), EvalError> {
        match &shape.what {
            What::Value(expected) => self.computed(expected, seen, shape.span),
            What::Expression(expression) => {
                let itself = seen.or(parent).unwrap_or(&Value::Null);
                let expected = expression.eval_at(self.scope, Some(itself))?;
                self.computed(&expected, seen, shape.span);
            }
            What::List(items) => self.list(shape, items, seen)?,
            What::Map(entries) => self.map(shape, entries, seen)?,
        }
        Ok(())
    }

    fn differs(&mut self, expected: Value, seen: Option<&Value>, span: Span) {
        let path = self.path.clone();
        self.found.push(Difference { path, expected, seen: seen.cloned(), span });
    }

    fn scalar(&mut self, expected: &Value, seen: Option<&Value>, span: Span) {
        if !same_scalar(expected, seen) {
            self.differs(expected.clone(), seen, span);
        }
    }

    /// A computed value matches as if it stood there: maps partially.
    fn computed(&mut self, expected: &Value, seen: Option<&Value>, span: Span) {
        match (expected, seen) {
            (Value::Object(map), Some(Value::Object(object))) => {
                for (key, expected) in map {
                    let before = self.step(key);
                    self.computed(expected, object.get(key), span);
                    self.path.truncate(before);
                }
            }
            (Value::Array(list), Some(Value::Array(items))) if list.len() == items.len() => {
                for (index, (expected, seen)) in list.iter().zip(items).enumerate() {
                    let before = self.step_to(index);
                    self.computed(expected, Some(seen), span);
                    self.path.truncate(before);
                }
            }
            (Value::Object(_) | Value::Array(_), _) => self.differs(expected.clone(), seen, span),
            _ => self.scalar(expected, seen, span),
        }
    }

    fn list(
        &mut self,
        shape: &Shape,
        items: &[Shape],
        seen: Option<&Value>,
    ) -> Result<(), EvalError> {
        match seen {
            Some(Value::Array(list)) if list.len() == items.len() => {
                for (index, (item, value)) in items.iter().zip(list).enumerate() {
                    let before = self.step_to(index);
                    self.compare(item, Some(value), seen)?;
                    self.path.truncate(before);
                }
            }
            // a list that is not there is as good as an empty one
            None | Some(Value::Null) if items.is_empty() => {}
            _ => {
                let expected = shape.render(self.scope)?;
                self.differs(expected, seen, shape.span);
            }
        }
        Ok(())
    }

    fn map(
        &mut self,
        shape: &Shape,
        entries: &[(Key, Shape)],
        seen: Option<&Value>,
    ) -> Result<(), EvalError> {
        if let Some(value) = seen
            && !value.is_object()
            && !value.is_null()
            && entries.iter().any(|(key, _)| matches!(key, Key::Field(_)))
        {
            let expected = shape.render(self.scope)?;
            self.differs(expected, seen, shape.span);
            return Ok(());
        }
        for (key, shape) in entries {
            match key {
                Key::Field(name) => {
                    let before = self.step(name);
                    self.compare(shape, seen.and_then(|value| value.get(name)), seen)?;
                    self.path.truncate(before);
                }
                Key::Expression(expression) => {
                    let itself = seen.unwrap_or(&Value::Null);
                    let value = expression.eval_at(self.scope, Some(itself))?;
                    let before = self.step(&format!("({})", expression.text()));
                    self.compare(shape, Some(&value), seen)?;
                    self.path.truncate(before);
                }
            }
        }
        Ok(())
    }

    /// Goes into a field; gives the path's length before.
    fn step(&mut self, name: &str) -> usize {
        let before = self.path.len();
        let plain = name.starts_with('(') || !name.contains(['.', '/', '[', '"']);
        match (plain, before) {
            (true, 0) => self.path.push_str(name),
            (true, _) => {
                self.path.push('.');
                self.path.push_str(name);
            }
            (false, _) => self.path.push_str(&format!("[{name:?}]")),
        }
        before
    }

    fn step_to(&mut self, index: usize) -> usize {
        let before = self.path.len();
        self.path.push_str(&format!("[{index}]"));
        before
    }
}

/// Scalars are the same if they are equal; numbers as numbers, and null is what is not there.
fn same_scalar(expected: &Value, seen: Option<&Value>) -> bool {
    match (expected, seen) {
        (Value::Null, None | Some(Value::Null)) => true,
        (Value::Number(a), Some(Value::Number(b))) => a == b || a.as_f64() == b.as_f64(),
        (expected, Some(seen)) => expected == seen,
        (_, None) => false,
    }
}
