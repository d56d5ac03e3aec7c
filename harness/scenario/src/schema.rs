//! The language as a JSON Schema, for editors. It knows shapes and words; what a scenario means is
//! checked by [`crate::parse`].

use serde_json::{Map, Value, json};

use crate::words::{Kind, ROOT, Role, Table, tables};

/// The JSON Schema of scenario files, as the text of `scenarios/scenario.schema.json`.
#[must_use]
pub fn schema() -> String {
    let mut definitions = Map::new();
    for table in tables() {
        definitions.insert(table.name.to_owned(), definition(table));
    }
    definitions.insert("expression".to_owned(), expression());
    let schema = json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "Scenario",
        "description": "A scenario of osac-e2e. Generated: `osac-e2e schema` prints it.",
        "$ref": format!("#/definitions/{}", ROOT.name),
        "definitions": definitions,
    });
    // a value of texts, numbers, lists and maps can always be written
    let mut text = serde_json::to_string_pretty(&sorted(schema)).unwrap_or_default();
    text.push('\n');
    text
}

/// Keys in order, whatever order maps keep in this build.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let sorted_map: std::collections::BTreeMap<String, Value> = map.into_iter().collect();
            Value::Object(sorted_map.into_iter().map(|(k, v)| (k, sorted(v))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        scalar => scalar,
    }
}

fn definition(table: &'static Table) -> Value {
    let mut properties = Map::new();
    for word in table.words {
        let mut value = kind(&word.kind);
        let mut meaning = word.meaning.to_owned();
        if !word.default.is_empty() {
            meaning = format!("{meaning} (default: {})", word.default);
        }
        match &mut value {
            // beside a `$ref` other words are ignored
            Value::Object(map) if map.contains_key("$ref") => {
                value = json!({"allOf": [value], "description": meaning});
            }
            Value::Object(map) => {
                map.insert("description".to_owned(), meaning.into());
            }
            _ => {}
        }
        properties.insert(word.name.to_owned(), value);
    }
    let required: Vec<&str> = table
        .words
        .iter()
        .filter(|word| word.role == Role::Required)
        .map(|word| word.name)
        .collect();
    let mut definition = json!({
        "type": "object",
        "description": table.meaning,
        "additionalProperties": false,
        "properties": properties,
    });
    if !required.is_empty() {
        definition["required"] = json!(required);
    }
    if table.choice {
        let one: Vec<Value> = table.choices().map(|name| json!({"required": [name]})).collect();
        definition["oneOf"] = json!(one);
    }
    definition
}

fn expression() -> Value {
    json!({
        "type": "string",
        "pattern": "^\\([\\s\\S]*\\)\\s*$",
        "description": "An expression in parentheses, as in (bindings.conflicts).",
    })
}

const DURATION: &str = "^(0|([0-9]+(ms|s|m|h))+)$";

fn or_expression(mut choices: Vec<Value>) -> Value {
    choices.push(json!({"$ref": "#/definitions/expression"}));
    json!({"anyOf": choices})
}

fn duration() -> Value {
    json!({"type": "string", "pattern": DURATION})
}

fn kind(kind_of_word: &Kind) -> Value {
    match kind_of_word {
        Kind::Text => json!({"type": "string"}),
        Kind::Name => json!({"type": "string", "pattern": "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"}),
        Kind::Bool => or_expression(vec![json!({"type": "boolean"})]),
        Kind::Int { least, most } => {
            or_expression(vec![json!({"type": "integer", "minimum": least, "maximum": most})])
        }
        Kind::Duration => or_expression(vec![duration()]),
        Kind::DurationOr(words) => or_expression(vec![duration(), json!({"enum": words})]),
        Kind::IntOr { least, most, words } => or_expression(vec![
            json!({"type": "integer", "minimum": least, "maximum": most}),
            json!({"enum": words}),
        ]),
        Kind::OneOf(words) => or_expression(vec![json!({"enum": words})]),
        Kind::Usually(words) => json!({"anyOf": [{"enum": words}, {"type": "string"}]}),
        Kind::Condition => json!({"$ref": "#/definitions/expression"}),
        Kind::Any => json!({}),
        Kind::Texts => json!({"type": "object", "additionalProperties": {"type": "string"}}),
        Kind::Values => json!({"type": "object"}),
        Kind::Switches => json!({
            "type": "object",
            "additionalProperties": or_expression(vec![json!({"type": "boolean"})]),
        }),
        Kind::Object => json!({
            "type": "object",
            "required": ["kind"],
            "properties": {
                "apiVersion": {"type": "string"},
                "kind": {"type": "string"},
                "metadata": {"type": "object"},
            },
        }),
        Kind::List(inner) => json!({"type": "array", "items": kind(inner)}),
        Kind::Map(table) => json!({"$ref": format!("#/definitions/{}", table.name)}),
        Kind::MapOr(table, words) => json!({
            "anyOf": [{"$ref": format!("#/definitions/{}", table.name)}, {"enum": words}],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_leads_somewhere() {
        let schema: Value = serde_json::from_str(&schema()).unwrap();
        let text = schema.to_string();
        for part in text.split("#/definitions/").skip(1) {
            let name = part.split('"').next().unwrap();
            assert!(schema["definitions"][name].is_object(), "{name}");
        }
    }
}
