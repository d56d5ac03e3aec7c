//! Brings an object into the shape of its schema: unknown fields go, defaults come, nulls that
//! are not allowed are dropped or replaced.

use serde_json::{Map, Value};

use super::{Schema, Step, Trail};

/// Unknown fields reported at most; a body full of them is still pruned.
const REPORTED_MAX: usize = 100;

/// Shapes the root of a custom resource, whose `apiVersion`, `kind` and `metadata` are not
/// touched. Paths of dropped fields are appended to `unknown`.
pub(crate) fn shape(object: &mut Value, schema: &Schema, unknown: &mut Vec<String>) {
    if let Value::Object(map) = object {
        shape_map(map, schema, true, None, unknown);
    }
}

fn is_resource_field(name: &str) -> bool {
    matches!(name, "apiVersion" | "kind" | "metadata")
}

fn shape_map(
    map: &mut Map<String, Value>,
    schema: &Schema,
    resource: bool,
    trail: Option<&Trail<'_>>,
    unknown: &mut Vec<String>,
) {
    if !schema.preserve && schema.additional.is_none() {
        let known = |name: &str| {
            schema.properties.contains_key(name) || (resource && is_resource_field(name))
        };
        if !map.keys().all(|name| known(name)) {
            map.retain(|name, _| {
                let keep = known(name);
                if !keep && unknown.len() < REPORTED_MAX {
                    unknown.push(Trail::new(trail, Step::Key(name)).to_string());
                }
                keep
            });
        }
    }
    for name in &schema.defaulted {
        let property = &schema.properties[name];
        let replace = match map.get(name) {
            None => true,
            Some(value) => value.is_null() && !property.nullable,
        };
        if replace && let Some(default) = &property.default {
            map.insert(name.clone(), default.clone());
        }
    }
    if map.values().any(Value::is_null) {
        map.retain(|name, value| {
            !value.is_null() || schema.properties.get(name).is_none_or(|p| p.nullable || p.preserve)
        });
    }
    if let Some(additional) = &schema.additional
        && !additional.nullable
        && !additional.preserve
        && map.values().any(Value::is_null)
    {
        map.retain(|name, value| {
            if value.is_null()
                && !schema.properties.contains_key(name)
                && let Some(default) = &additional.default
            {
                *value = default.clone();
            }
            !value.is_null() || schema.properties.contains_key(name)
        });
    }
    for (name, value) in map.iter_mut() {
        if resource && is_resource_field(name) {
            continue;
        }
        if let Some(member) = schema.member(name) {
            shape_value(value, member, &Trail::new(trail, Step::Key(name)), unknown);
        }
    }
}

fn shape_value(value: &mut Value, schema: &Schema, trail: &Trail<'_>, unknown: &mut Vec<String>) {
    match value {
        Value::Object(map) => shape_map(map, schema, schema.embedded, Some(trail), unknown),
        Value::Array(items) => {
            let Some(schema) = &schema.items else { return };
            for (index, item) in items.iter_mut().enumerate() {
                if item.is_null()
                    && !schema.nullable
                    && let Some(default) = &schema.default
                {
                    *item = default.clone();
                }
                shape_value(item, schema, &Trail::new(Some(trail), Step::Index(index)), unknown);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::schema::Parser;

    fn check(schema: Value, before: Value, after: Value, lost: &[&str]) {
        let mut parser = Parser::new();
        let schema = parser.root(&schema, "schema");
        assert_eq!(parser.errors, vec![]);
        let mut object = before;
        let mut unknown = Vec::new();
        shape(&mut object, &schema, &mut unknown);
        assert_eq!(object, after);
        assert_eq!(unknown, lost);
    }

    #[test]
    fn unknown_fields_go_and_defaults_come() {
        let schema = json!({"type": "object", "properties": {"spec": {"type": "object",
            "properties": {
                "mode": {"type": "string", "default": "auto"},
                "nest": {"type": "object", "default": {}, "properties": {
                    "a": {"type": "string", "default": "x"}}},
                "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
                "map": {"type": "object", "additionalProperties": {"type": "string"}},
                "list": {"type": "array", "items": {"type": "object", "properties": {
                    "k": {"type": "string"}}}}}}}});
        check(
            schema,
            json!({"kind": "K", "x": 1, "spec": {"y": 1, "any": {"z": 1}, "map": {"m": "1"},
                "list": [{"k": "a", "q": 1}]}}),
            json!({"kind": "K", "spec": {"mode": "auto", "nest": {"a": "x"}, "any": {"z": 1},
                "map": {"m": "1"}, "list": [{"k": "a"}]}}),
            &["x", "spec.y", "spec.list[0].q"],
        );
    }

    #[test]
    fn nulls_stay_only_where_they_may() {
        let schema = json!({"type": "object", "properties": {
            "a": {"type": "string"},
            "b": {"type": "string", "default": "d"},
            "c": {"type": "string", "nullable": true}}});
        let before = json!({"a": null, "b": null, "c": null});
        check(schema, before, json!({"b": "d", "c": null}), &[]);
    }
}
