//! What a schema must be to be structural, one node at a time.

use serde_json::{Map, Value};

use super::parse::{Place, PlaceKind};
use crate::status::{FieldError, quoted};

const TYPES: [&str; 6] = ["array", "boolean", "integer", "number", "object", "string"];

/// JSON Schema has these, structural schemas have not.
const FOREIGN: [&str; 6] =
    ["additionalItems", "patternProperties", "definitions", "dependencies", "$ref", "id"];

/// What a condition may not say, and how the refusal ends.
const FIXED_BY_STRUCTURE: [(&str, &str); 8] = [
    ("type", "must be empty to be structural"),
    ("additionalProperties", "must be undefined to be structural"),
    ("default", "must be undefined to be structural"),
    ("title", "must be empty to be structural"),
    ("description", "must be empty to be structural"),
    ("nullable", "must be false to be structural"),
    ("x-kubernetes-list-type", "must be undefined to be structural"),
    ("x-kubernetes-validations", "must be empty to be structural"),
];

/// Checks one node of a schema.
pub(super) fn check(
    map: &Map<String, Value>,
    path: &str,
    place: Place,
    errors: &mut Vec<FieldError>,
) {
    let mut check = Check { map, path, errors };
    check.foreign();
    if place.kind == PlaceKind::Condition {
        check.condition();
    } else {
        check.types(place.kind);
        check.containers();
        check.lists();
        check.rules();
    }
}

struct Check<'a> {
    map: &'a Map<String, Value>,
    path: &'a str,
    errors: &'a mut Vec<FieldError>,
}

impl Check<'_> {
    fn text(&self, field: &str) -> &str {
        self.map.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    fn flag(&self, field: &str) -> bool {
        self.map.get(field) == Some(&Value::Bool(true))
    }

    fn forbid(&mut self, field: &str, why: &str) {
        self.errors.push(FieldError::forbidden(format!("{}.{field}", self.path), why));
    }

    fn require(&mut self, field: &str, why: &str) {
        self.errors.push(FieldError::required(format!("{}.{field}", self.path), why));
    }

    fn refuse(&mut self, field: &str, shown: String, why: &str) {
        self.errors.push(FieldError::invalid(format!("{}.{field}", self.path), shown, why));
    }

    fn only(&mut self, field: &str, shown: String, known: &[&str]) {
        self.errors.push(FieldError::unsupported(format!("{}.{field}", self.path), shown, known));
    }

    fn foreign(&mut self) {
        for field in FOREIGN {
            if self.map.contains_key(field) {
                self.forbid(field, &format!("{field} is not supported"));
            }
        }
        if self.flag("uniqueItems") {
            let why = "uniqueItems cannot be set to true since the runtime complexity becomes \
                       quadratic";
            self.forbid("uniqueItems", why);
        }
    }

    fn condition(&mut self) {
        // The two spellings of int-or-string that are allowed inside conditions.
        let int_or_string =
            self.map.len() == 1 && matches!(self.text("type"), "integer" | "string");
        for (field, why) in FIXED_BY_STRUCTURE {
            let said = match self.map.get(field) {
                None | Some(Value::Null | Value::Bool(false)) => false,
                Some(Value::String(text)) => !text.is_empty(),
                Some(_) => true,
            };
            if said && !(field == "type" && int_or_string) {
                self.forbid(field, why);
            }
        }
    }

    fn types(&mut self, kind: PlaceKind) {
        match self.map.get("type") {
            None | Some(Value::Null) => self.missing_type(kind),
            Some(Value::String(text)) if text.is_empty() => self.missing_type(kind),
            Some(Value::String(text)) if text == "null" => {
                self.forbid("type", "type cannot be set to null, use nullable as an alternative");
            }
            Some(Value::String(text)) if !TYPES.contains(&text.as_str()) => {
                let shown = quoted(text);
                self.only("type", shown, &TYPES);
            }
            Some(Value::String(text)) => {
                if kind == PlaceKind::Root && text != "object" {
                    let shown = quoted(text);
                    self.refuse("type", shown, "must be object at the root");
                }
            }
            Some(other) => {
                let shown = other.to_string();
                self.refuse("type", shown, "must be a string");
            }
        }
        if kind == PlaceKind::Root && self.flag("nullable") {
            self.forbid("nullable", "nullable cannot be true at the root");
        }
    }

    fn missing_type(&mut self, kind: PlaceKind) {
        let why = match kind {
            PlaceKind::Root => "must not be empty at the root",
            _ if self.flag("x-kubernetes-int-or-string") => return,
            _ if self.flag("x-kubernetes-preserve-unknown-fields") => return,
            PlaceKind::Item => "must not be empty for specified array items",
            PlaceKind::Field | PlaceKind::Condition => {
                "must not be empty for specified object fields"
            }
        };
        self.require("type", why);
    }

    fn containers(&mut self) {
        match self.map.get("items") {
            None if self.text("type") == "array" => self.require("items", "must be specified"),
            Some(Value::Array(_)) => {
                self.forbid("items", "items must be a schema object and not an array");
            }
            _ => {}
        }
        let additional = self.map.get("additionalProperties");
        let additional = additional.is_some_and(|value| *value != Value::Bool(false));
        let properties = self.map.get("properties").and_then(Value::as_object);
        if additional && properties.is_some_and(|properties| !properties.is_empty()) {
            let why = "additionalProperties and properties are mutual exclusive";
            self.forbid("additionalProperties", why);
        }
        if self.flag("x-kubernetes-embedded-resource") && self.text("type") != "object" {
            self.require("type", "must be object if x-kubernetes-embedded-resource is true");
        }
    }

    fn lists(&mut self) {
        let keys = self.map.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
        let keys: Vec<&str> = keys.into_iter().flatten().filter_map(Value::as_str).collect();
        let Some(kind) = self.map.get("x-kubernetes-list-type") else {
            if !keys.is_empty() {
                let why = "must be map if x-kubernetes-list-map-keys is non-empty";
                self.require("x-kubernetes-list-type", why);
            }
            return;
        };
        if self.text("type") != "array" {
            self.require("type", "must be array if x-kubernetes-list-type is specified");
        }
        match kind.as_str() {
            Some("atomic" | "set") if keys.is_empty() => {}
            Some("atomic" | "set") => {
                let shown = kind.to_string();
                let why = "must be map if x-kubernetes-list-map-keys is non-empty";
                self.refuse("x-kubernetes-list-type", shown, why);
            }
            Some("map") => self.map_keys(&keys),
            _ => {
                let shown = kind.to_string();
                self.only("x-kubernetes-list-type", shown, &["atomic", "set", "map"]);
            }
        }
    }

    fn map_keys(&mut self, keys: &[&str]) {
        if keys.is_empty() {
            let why = "must not be empty if x-kubernetes-list-type is map";
            self.require("x-kubernetes-list-map-keys", why);
        }
        let Some(items) = self.map.get("items").and_then(Value::as_object) else {
            self.require("items", "must have a schema if x-kubernetes-list-type is map");
            return;
        };
        let kind = items.get("type").and_then(Value::as_str).unwrap_or_default();
        if kind != "object" {
            let why = "must be object if parent array's x-kubernetes-list-type is map";
            self.refuse("items.type", quoted(kind), why);
            return;
        }
        let properties = items.get("properties").and_then(Value::as_object);
        let required = items.get("required").and_then(Value::as_array);
        for (index, key) in keys.iter().enumerate() {
            let shown = Value::from(keys).to_string();
            if keys[..index].contains(key) {
                let why = "must not contain duplicate entries";
                self.refuse("x-kubernetes-list-map-keys", shown.clone(), why);
            }
            let Some(property) = properties.and_then(|properties| properties.get(*key)) else {
                let why = "entries must all be names of item properties";
                self.refuse("x-kubernetes-list-map-keys", shown, why);
                continue;
            };
            let is_required = required.is_some_and(|list| list.iter().any(|name| name == key));
            if !is_required && property.get("default").is_none() {
                let why = "this property is in x-kubernetes-list-map-keys, so it must have a \
                           default or be a required property";
                self.require(&format!("items.properties[{key}].default"), why);
            }
        }
    }

    fn rules(&mut self) {
        let rules = self.map.get("x-kubernetes-validations").and_then(Value::as_array);
        for (index, rule) in rules.into_iter().flatten().enumerate() {
            let text = |field: &str| rule.get(field).and_then(Value::as_str);
            let at = |field: &str| format!("x-kubernetes-validations[{index}].{field}");
            let lines = |text: &str| text.contains(['\n', '\r']);
            match text("message") {
                Some(message) if message.trim().is_empty() => {
                    self.refuse(&at("message"), quoted(message), "must be non-empty if specified");
                }
                Some(message) if lines(message.trim()) => {
                    let shown = quoted(message);
                    self.refuse(&at("message"), shown, "must not contain line breaks");
                }
                None if text("rule").is_some_and(|rule| lines(rule.trim())) => {
                    let why = "message must be specified if rule contains line breaks";
                    self.require(&at("message"), why);
                }
                _ => {}
            }
            if rule.get("optionalOldSelf").is_some()
                && text("rule").is_some_and(|rule| !rule.contains("oldSelf"))
            {
                let why = "may not be set if oldSelf is not used in rule";
                let shown = rule["optionalOldSelf"].to_string();
                self.refuse(&at("optionalOldSelf"), shown, why);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::schema::Parser;

    fn errors(field: Value) -> Vec<String> {
        let mut parser = Parser::new();
        parser.root(&json!({"type": "object", "properties": {"f": field}}), "s");
        parser.errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn structural_schemas_pass() {
        for field in [
            json!({"type": "string"}),
            json!({"x-kubernetes-int-or-string": true,
                "anyOf": [{"type": "integer"}, {"type": "string"}]}),
            json!({"type": "object", "properties": {"a": {"type": "string"}},
                "oneOf": [{"required": ["a"]}, {"properties": {"a": {"enum": ["x"]}}}]}),
            json!({"type": "array", "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["k"], "items": {"type": "object",
                    "required": ["k"], "properties": {"k": {"type": "string"}}}}),
        ] {
            assert_eq!(errors(field.clone()), Vec::<String>::new(), "{field}");
        }
    }

    #[test]
    fn others_are_refused_with_a_reason() {
        let list = |more: Value| {
            let mut list = json!({"type": "array", "items": {"type": "string"}});
            for (name, value) in more.as_object().unwrap() {
                list[name] = value.clone();
            }
            list
        };
        for (field, wanted) in [
            (json!({}), "s.properties[f].type: Required value: must not be empty for specified"),
            (
                json!({"type": "text"}),
                "type: Unsupported value: \"text\": supported values: \"array\"",
            ),
            (json!({"type": "string", "$ref": "x"}), "$ref: Forbidden: $ref is not supported"),
            (json!({"type": "array"}), "items: Required value: must be specified"),
            (list(json!({"uniqueItems": true})), "uniqueItems: Forbidden: uniqueItems cannot be"),
            (
                list(json!({"x-kubernetes-list-type": "bag"})),
                "supported values: \"atomic\", \"set\"",
            ),
            (list(json!({"x-kubernetes-list-type": "map"})), "list-map-keys: Required value"),
            (
                json!({"type": "string", "anyOf": [{"type": "object"}]}),
                "type: Forbidden: must be empty",
            ),
            (
                json!({"type": "string", "pattern": "("}),
                "pattern: Invalid value: \"(\": must be a valid",
            ),
            (
                list(json!({"items": {"type": "string", "x-kubernetes-validations": [
                {"rule": "self == oldSelf"}]}})),
                "oldSelf cannot be used on the uncorrelatable",
            ),
            (
                json!({"type": "string", "x-kubernetes-validations": [{"rule": "self =="}]}),
                "compilation failed",
            ),
        ] {
            let found = errors(field.clone());
            assert!(found.iter().any(|error| error.contains(wanted)), "{field}: {found:?}");
        }
    }
}
