//! `summary.json` against its schema, read by a small validator that knows no more of JSON Schema
//! than the schema uses: a word that it does not know stops the test.

use serde_json::Value;

/// Where a document differs from the schema that is committed.
pub fn faults(document: &Value) -> Vec<String> {
    let schema: Value = serde_json::from_str(include_str!("../../summary.schema.json")).unwrap();
    let mut faults = Vec::new();
    check(&schema, &schema, document, "", &mut faults);
    faults
}

fn check(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    for (word, wanted) in schema.as_object().expect("a schema is an object") {
        match word.as_str() {
            "$schema" | "$defs" | "title" | "description" | "format" | "default" => {}
            "$ref" => {
                let pointer = wanted.as_str().unwrap().strip_prefix('#').unwrap();
                check(root, root.pointer(pointer).unwrap(), value, at, faults);
            }
            "type" => {
                let names: Vec<&str> = match wanted {
                    Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
                    name => vec![name.as_str().unwrap()],
                };
                if !names.iter().any(|name| is(name, value)) {
                    faults.push(format!("{at} is no {}: {value}", names.join(" or ")));
                }
            }
            "minimum" => {
                if value.as_f64().is_some_and(|number| number < wanted.as_f64().unwrap()) {
                    faults.push(format!("{at} is below {wanted}"));
                }
            }
            "maximum" => {
                if value.as_f64().is_some_and(|number| number > wanted.as_f64().unwrap()) {
                    faults.push(format!("{at} is above {wanted}"));
                }
            }
            "items" => {
                for (nth, item) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, wanted, item, &format!("{at}/{nth}"), faults);
                }
            }
            "anyOf" => {
                let fits = |schema: &Value| {
                    let mut faults = Vec::new();
                    check(root, schema, value, at, &mut faults);
                    faults.is_empty()
                };
                if !wanted.as_array().unwrap().iter().any(fits) {
                    faults.push(format!("{at} fits none of {wanted}"));
                }
            }
            "properties" | "additionalProperties" => properties(root, schema, value, at, faults),
            "required" => {
                for name in wanted.as_array().unwrap().iter().filter_map(Value::as_str) {
                    if value.get(name).is_none() {
                        faults.push(format!("{at}/{name} is missing"));
                    }
                }
            }
            other => panic!("the validator does not know `{other}`"),
        }
    }
}

/// What a document has and the schema does not know is a fault here, though not to a reader: the
/// schema is to describe all of it.
fn properties(root: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let at = format!("{at}/{name}");
        let own = schema.get("properties").and_then(|all| all.get(name));
        match own.or_else(|| schema.get("additionalProperties")) {
            Some(schema) => check(root, schema, value, &at, faults),
            None => faults.push(format!("{at} is not described")),
        }
    }
}

fn is(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_u64() || value.is_i64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("there is no type `{other}`"),
    }
}

#[test]
fn a_mixed_run_fits_and_what_differs_does_not() {
    let text = reports::summary::json(&crate::mixed::run());
    let good: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(faults(&good), Vec::<String>::new());
    let broken = |path: &str, value: Value| {
        let mut bad = good.clone();
        *bad.pointer_mut(path).unwrap() = value;
        faults(&bad)
    };
    assert_ne!(broken("/format", "one".into()), Vec::<String>::new());
    assert_ne!(broken("/counts/variants/passed", (-1).into()), Vec::<String>::new());
    assert_ne!(broken("/scenarios/0/variants", Value::Null), Vec::<String>::new());
    let mut bad = good.clone();
    bad.as_object_mut().unwrap().remove("verdict");
    assert_eq!(faults(&bad), ["/verdict is missing"]);
    bad = good.clone();
    bad["more"] = 1.into();
    assert_eq!(faults(&bad), ["/more is not described"]);
}
