//! Compiles the `openAPIV3Schema` of a CRD and refuses what is not structural.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

use super::rules::Rule;
use super::{Bound, Checks, List, Schema, Type};
use crate::status::{FieldError, quoted};

/// Deepest nesting of a schema. Far beyond real ones, well within the stack.
const DEPTH_MAX: usize = 64;
/// Bytes that one compiled pattern may take.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// Compiles one schema and collects what is wrong with it.
pub(crate) struct Parser {
    pub errors: Vec<FieldError>,
}

/// What a schema stands for: a value of the object, or one more condition on it.
#[derive(Clone, Copy, PartialEq)]
enum Role {
    Structure,
    Condition,
}

impl Parser {
    pub(crate) fn new() -> Self {
        Self { errors: Vec::new() }
    }

    /// Compiles the root schema of a version.
    pub(crate) fn root(&mut self, schema: &Value, path: &str) -> Schema {
        if schema.get("type").and_then(Value::as_str) != Some("object") {
            let shown = quoted(schema.get("type").and_then(Value::as_str).unwrap_or_default());
            let why = "must be object at the root";
            self.errors.push(FieldError::invalid(format!("{path}.type"), shown, why));
        }
        self.schema(schema, path, Role::Structure, 0)
    }

    fn schema(&mut self, source: &Value, path: &str, role: Role, depth: usize) -> Schema {
        let Some(map) = source.as_object() else {
            self.fault(path, "must be an object");
            return Schema::default();
        };
        if depth > DEPTH_MAX {
            self.fault(path, "nested too deeply");
            return Schema::default();
        }
        let flag = |name: &str| map.get(name) == Some(&Value::Bool(true));
        let mut schema = Schema {
            kind: map.get("type").and_then(Value::as_str).and_then(Type::parse),
            nullable: flag("nullable"),
            int_or_string: flag("x-kubernetes-int-or-string"),
            preserve: flag("x-kubernetes-preserve-unknown-fields"),
            embedded: flag("x-kubernetes-embedded-resource"),
            default: map.get("default").cloned(),
            list: List::Atomic,
            checks: self.checks(map, path, depth),
            rules: self.rules(map, path),
            ..Schema::default()
        };
        self.check_type(map, &schema, path, role);
        schema.list = self.list(map, path);
        self.children(&mut schema, map, path, role, depth);
        schema.defaulted = schema
            .properties
            .iter()
            .filter(|(_, property)| property.default.is_some())
            .map(|(name, _)| name.clone())
            .collect();
        let below = || {
            schema
                .properties
                .values()
                .chain(schema.additional.as_deref())
                .chain(schema.items.as_deref())
        };
        let rules = !schema.rules.is_empty() || below().any(|child| child.has_rules);
        let transitions = schema.rules.iter().any(Rule::is_transition)
            || below().any(|child| child.has_transitions);
        self.check_rules(&schema, path, depth == 0);
        schema.has_rules = rules;
        schema.has_transitions = transitions;
        schema
    }

    fn check_type(&mut self, map: &Map<String, Value>, schema: &Schema, path: &str, role: Role) {
        match map.get("type") {
            None | Some(Value::Null) => {
                let free = schema.int_or_string || schema.preserve || role == Role::Condition;
                if !free {
                    let why = "must not be empty for specified object fields";
                    self.errors.push(FieldError::required(format!("{path}.type"), why));
                }
            }
            Some(Value::String(text)) if schema.kind.is_none() && !text.is_empty() => {
                let why = "must be one of array, boolean, integer, number, object, string";
                self.errors.push(FieldError::invalid(format!("{path}.type"), quoted(text), why));
            }
            Some(Value::String(_)) => {}
            Some(_) => self.fault(&format!("{path}.type"), "must be a string"),
        }
        if schema.kind == Some(Type::Array) && !map.contains_key("items") && !schema.preserve {
            self.errors.push(FieldError::required(format!("{path}.items"), "must be specified"));
        }
        if map.contains_key("properties")
            && map.get("additionalProperties").is_some_and(|value| *value != Value::Bool(false))
        {
            let why = "must not be used together with properties";
            let field = format!("{path}.additionalProperties");
            self.errors.push(FieldError::forbidden(field, why));
        }
    }

    fn children(
        &mut self,
        schema: &mut Schema,
        map: &Map<String, Value>,
        path: &str,
        role: Role,
        depth: usize,
    ) {
        if let Some(properties) = map.get("properties") {
            match properties.as_object() {
                Some(properties) => {
                    schema.properties = self.properties(properties, path, role, depth);
                }
                None => self.fault(&format!("{path}.properties"), "must be an object"),
            }
        }
        match map.get("additionalProperties") {
            None | Some(Value::Bool(false) | Value::Null) => {}
            Some(Value::Bool(true)) => {
                let any = Schema { preserve: true, ..Schema::default() };
                schema.additional = Some(Box::new(any));
            }
            Some(additional) => {
                let path = format!("{path}.additionalProperties");
                schema.additional = Some(Box::new(self.schema(additional, &path, role, depth + 1)));
            }
        }
        if let Some(items) = map.get("items") {
            let path = format!("{path}.items");
            schema.items = Some(Box::new(self.schema(items, &path, role, depth + 1)));
        }
    }

    fn properties(
        &mut self,
        properties: &Map<String, Value>,
        path: &str,
        role: Role,
        depth: usize,
    ) -> BTreeMap<String, Schema> {
        let mut out = BTreeMap::new();
        for (name, property) in properties {
            let path = format!("{path}.properties[{name}]");
            // The metadata of the root is the server's own business.
            if depth == 0 && matches!(name.as_str(), "metadata" | "apiVersion" | "kind") {
                continue;
            }
            out.insert(name.clone(), self.schema(property, &path, role, depth + 1));
        }
        out
    }

    fn checks(&mut self, map: &Map<String, Value>, path: &str, depth: usize) -> Checks {
        let count = |name: &str| map.get(name).and_then(Value::as_u64);
        let bound = |name: &str, exclusive: &str| {
            map.get(name).and_then(Value::as_f64).map(|value| Bound {
                value,
                exclusive: map.get(exclusive) == Some(&Value::Bool(true)),
            })
        };
        let texts = |name: &str| -> Vec<String> {
            let list = map.get(name).and_then(Value::as_array);
            list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Checks {
            required: texts("required"),
            one_of_values: map.get("enum").and_then(Value::as_array).cloned().unwrap_or_default(),
            minimum: bound("minimum", "exclusiveMinimum"),
            maximum: bound("maximum", "exclusiveMaximum"),
            multiple_of: map.get("multipleOf").and_then(Value::as_f64).filter(|by| *by > 0.0),
            min_length: count("minLength"),
            max_length: count("maxLength"),
            pattern: self.pattern(map, path),
            format: map.get("format").and_then(Value::as_str).map(str::to_owned),
            min_items: count("minItems"),
            max_items: count("maxItems"),
            unique_items: map.get("uniqueItems") == Some(&Value::Bool(true)),
            min_properties: count("minProperties"),
            max_properties: count("maxProperties"),
            all_of: self.conditions(map, "allOf", path, depth),
            any_of: self.conditions(map, "anyOf", path, depth),
            one_of: self.conditions(map, "oneOf", path, depth),
            not: map.get("not").map(|not| {
                Box::new(self.schema(not, &format!("{path}.not"), Role::Condition, depth + 1))
            }),
        }
    }

    fn conditions(
        &mut self,
        map: &Map<String, Value>,
        name: &str,
        path: &str,
        depth: usize,
    ) -> Vec<Schema> {
        let list = map.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut out = Vec::new();
        for (index, condition) in list.iter().enumerate() {
            let path = format!("{path}.{name}[{index}]");
            out.push(self.schema(condition, &path, Role::Condition, depth + 1));
        }
        out
    }

    fn pattern(&mut self, map: &Map<String, Value>, path: &str) -> Option<Regex> {
        let text = map.get("pattern").and_then(Value::as_str).filter(|text| !text.is_empty())?;
        match RegexBuilder::new(text).size_limit(PATTERN_BYTES_MAX).build() {
            Ok(regex) => Some(regex),
            Err(error) => {
                let line = error.to_string();
                let why = format!(
                    "must be a valid regular expression, but isn't: {}",
                    line.lines().last().unwrap_or_default()
                );
                let field = format!("{path}.pattern");
                self.errors.push(FieldError::invalid(field, quoted(text), why));
                None
            }
        }
    }

    fn list(&mut self, map: &Map<String, Value>, path: &str) -> List {
        let keys = map.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
        match map.get("x-kubernetes-list-type").and_then(Value::as_str) {
            None | Some("atomic") => List::Atomic,
            Some("set") => List::Set,
            Some("map") => {
                let keys: Vec<String> = keys
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .map(str::to_owned)
                    .collect();
                if keys.is_empty() {
                    let why = "must not be empty if x-kubernetes-list-type is map";
                    let field = format!("{path}.x-kubernetes-list-map-keys");
                    self.errors.push(FieldError::required(field, why));
                }
                List::Map(keys)
            }
            Some(other) => {
                let fault = crate::status::Fault::Unsupported(
                    quoted(other),
                    ["atomic", "map", "set"].map(quoted).to_vec(),
                );
                let field = format!("{path}.x-kubernetes-list-type");
                self.errors.push(FieldError::new(field, fault));
                List::Atomic
            }
        }
    }

    fn rules(&mut self, map: &Map<String, Value>, path: &str) -> Vec<Rule> {
        let list = map.get("x-kubernetes-validations").and_then(Value::as_array);
        let mut rules = Vec::new();
        for (index, source) in list.into_iter().flatten().enumerate() {
            let path = format!("{path}.x-kubernetes-validations[{index}]");
            match Rule::compile(source, &path) {
                Ok(rule) => rules.push(rule),
                Err(error) => self.errors.push(error),
            }
        }
        rules
    }

    fn check_rules(&mut self, schema: &Schema, path: &str, root: bool) {
        for (index, rule) in schema.rules.iter().enumerate() {
            if let Some(why) = rule.type_fault(schema, root) {
                let field = format!("{path}.x-kubernetes-validations[{index}].rule");
                self.errors.push(FieldError::invalid(field, rule.shown(), why));
            }
        }
    }

    fn fault(&mut self, path: &str, why: &str) {
        self.errors.push(FieldError::new(path, crate::status::Fault::Invalid(None, why.into())));
    }
}
