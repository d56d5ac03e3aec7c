//! Compiles the `openAPIV3Schema` of a CRD and refuses what is not structural.

use std::collections::BTreeMap;

use regex::{Regex, RegexBuilder};
use serde_json::{Map, Value};

use super::rules::Rule;
use super::{Bound, Checks, List, Schema, Type, structure};
use crate::status::{Fault, FieldError, quoted};

/// Deepest nesting of a schema. Far beyond real ones, well within the stack.
const DEPTH_MAX: usize = 64;
/// Bytes that one compiled pattern may take.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// Compiles one schema and collects what is wrong with it.
pub(crate) struct Parser {
    pub errors: Vec<FieldError>,
}

/// Where a schema stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub kind: PlaceKind,
    pub depth: usize,
    /// Old values can be found again here: no list without keys is above.
    pub correlatable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PlaceKind {
    Root,
    Field,
    Item,
    /// One more condition on a value that another schema describes.
    Condition,
}

impl Place {
    fn below(self, kind: PlaceKind) -> Self {
        let kind = if self.kind == PlaceKind::Condition { PlaceKind::Condition } else { kind };
        Self { kind, depth: self.depth + 1, ..self }
    }
}

impl Parser {
    pub(crate) fn new() -> Self {
        Self { errors: Vec::new() }
    }

    /// Compiles the root schema of a version.
    pub(crate) fn root(&mut self, schema: &Value, path: &str) -> Schema {
        let place = Place { kind: PlaceKind::Root, depth: 0, correlatable: true };
        self.schema(schema, path, place)
    }

    fn schema(&mut self, source: &Value, path: &str, place: Place) -> Schema {
        let Some(map) = source.as_object() else {
            self.fault(path, "must be an object");
            return Schema::default();
        };
        if place.depth > DEPTH_MAX {
            self.fault(path, "nested too deeply");
            return Schema::default();
        }
        structure::check(map, path, place, &mut self.errors);
        let flag = |name: &str| map.get(name) == Some(&Value::Bool(true));
        let mut schema = Schema {
            kind: map.get("type").and_then(Value::as_str).and_then(Type::parse),
            nullable: flag("nullable"),
            int_or_string: flag("x-kubernetes-int-or-string"),
            preserve: flag("x-kubernetes-preserve-unknown-fields"),
            embedded: flag("x-kubernetes-embedded-resource"),
            default: map.get("default").cloned(),
            list: list(map),
            atomic_map: map.get("x-kubernetes-map-type") == Some(&Value::from("atomic")),
            checks: self.checks(map, path, place),
            rules: self.rules(map, path, place),
            ..Schema::default()
        };
        self.children(&mut schema, map, path, place);
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
        self.check_rules(&schema, path, place.depth == 0);
        schema.has_rules = rules;
        schema.has_transitions = transitions;
        schema
    }

    fn children(
        &mut self,
        schema: &mut Schema,
        map: &Map<String, Value>,
        path: &str,
        place: Place,
    ) {
        if let Some(properties) = map.get("properties") {
            match properties.as_object() {
                Some(properties) => {
                    schema.properties = self.properties(properties, path, place);
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
                let below = place.below(PlaceKind::Field);
                schema.additional = Some(Box::new(self.schema(additional, &path, below)));
            }
        }
        if let Some(items) = map.get("items").filter(|items| items.is_object()) {
            let path = format!("{path}.items");
            let mut below = place.below(PlaceKind::Item);
            below.correlatable &= matches!(schema.list, List::Map(_));
            schema.items = Some(Box::new(self.schema(items, &path, below)));
        }
    }

    fn properties(
        &mut self,
        properties: &Map<String, Value>,
        path: &str,
        place: Place,
    ) -> BTreeMap<String, Schema> {
        let mut out = BTreeMap::new();
        for (name, property) in properties {
            let path = format!("{path}.properties[{name}]");
            // The metadata of the root is the server's own business.
            if place.depth == 0 && matches!(name.as_str(), "metadata" | "apiVersion" | "kind") {
                continue;
            }
            let below = place.below(PlaceKind::Field);
            out.insert(name.clone(), self.schema(property, &path, below));
        }
        out
    }

    fn checks(&mut self, map: &Map<String, Value>, path: &str, place: Place) -> Checks {
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
            all_of: self.conditions(map, "allOf", path, place),
            any_of: self.conditions(map, "anyOf", path, place),
            one_of: self.conditions(map, "oneOf", path, place),
            not: map.get("not").map(|not| {
                let below = Place { kind: PlaceKind::Condition, depth: place.depth + 1, ..place };
                Box::new(self.schema(not, &format!("{path}.not"), below))
            }),
        }
    }

    fn conditions(
        &mut self,
        map: &Map<String, Value>,
        name: &str,
        path: &str,
        place: Place,
    ) -> Vec<Schema> {
        let list = map.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let mut out = Vec::new();
        for (index, condition) in list.iter().enumerate() {
            let path = format!("{path}.{name}[{index}]");
            let below = Place { kind: PlaceKind::Condition, depth: place.depth + 1, ..place };
            out.push(self.schema(condition, &path, below));
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

    fn rules(&mut self, map: &Map<String, Value>, path: &str, place: Place) -> Vec<Rule> {
        let list = map.get("x-kubernetes-validations").and_then(Value::as_array);
        let mut rules = Vec::new();
        for (index, source) in list.into_iter().flatten().enumerate() {
            let path = format!("{path}.x-kubernetes-validations[{index}]");
            match Rule::compile(source, &path) {
                Ok(rule) => {
                    if rule.is_transition() && !place.correlatable {
                        let why = format!(
                            "oldSelf cannot be used on the uncorrelatable portion of the schema \
                             within {path}"
                        );
                        let field = format!("{path}.rule");
                        let shown = source["rule"].to_string();
                        self.errors.push(FieldError::invalid(field, shown, why));
                    }
                    rules.push(rule);
                }
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
        self.errors.push(FieldError::new(path, Fault::Invalid(None, why.into())));
    }
}

fn list(map: &Map<String, Value>) -> List {
    match map.get("x-kubernetes-list-type").and_then(Value::as_str) {
        Some("set") => List::Set,
        Some("map") => {
            let keys = map.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
            let keys = keys.into_iter().flatten().filter_map(Value::as_str);
            List::Map(keys.map(str::to_owned).collect())
        }
        _ => List::Atomic,
    }
}
