//! Walks over one object: which fields it has, what is wrong with it as a configuration, what
//! remains of it without some fields; and fields whose schema has changed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::element::Element;
use super::set::Set;
use super::shape::{Form, Shape};
use crate::schema::List;

/// All leaves and items that an object has.
pub(crate) fn fields_of(object: &Value, shape: Shape<'_>) -> Set {
    let mut out = Set::default();
    collect(object, shape, &mut out);
    out
}

/// True if the value itself is a member; what is below it goes to `below`.
fn collect(value: &Value, shape: Shape<'_>, below: &mut Set) -> bool {
    match shape.form(Some(value)) {
        Form::Scalar => true,
        Form::Map => {
            if shape.is_atomic_map() {
                return true;
            }
            for (name, value) in value.as_object().into_iter().flatten() {
                let mut found = Set::default();
                let Some(member) = shape.member(name) else { continue };
                let mut owned = collect(value, member, &mut found);
                owned |= value.is_null() || value.as_object().is_some_and(Map::is_empty);
                owned |= shape.declared(name).is_none();
                let element = Element::Field(name.clone());
                if owned {
                    below.members.insert(element.clone());
                }
                below.put(element, found);
            }
            false
        }
        Form::List => {
            if matches!(shape.list(), List::Atomic) {
                return true;
            }
            let mut items: BTreeMap<Element, Vec<&Value>> = BTreeMap::new();
            for item in value.as_array().into_iter().flatten() {
                if let Ok(element) = shape.element(item) {
                    items.entry(element).or_default().push(item);
                }
            }
            for (element, items) in items {
                let mut found = Set::default();
                if let [one] = items.as_slice() {
                    collect(one, shape.item(), &mut found);
                }
                below.members.insert(element.clone());
                below.put(element, found);
            }
            false
        }
    }
}

/// What is wrong with a configuration, in the words of a real server.
pub(crate) fn check(config: &Value, shape: Shape<'_>) -> Result<(), String> {
    let mut errors = Vec::new();
    check_value(config, shape, "", &mut errors);
    match errors.as_slice() {
        [] => Ok(()),
        [one] => Err(one.clone()),
        many => Err(format!("errors:\n  {}", many.join("\n  "))),
    }
}

fn check_value(value: &Value, shape: Shape<'_>, at: &str, errors: &mut Vec<String>) {
    if value.is_null() {
        return;
    }
    let shown = value;
    match shape.form(Some(value)) {
        Form::Scalar => {
            if value.is_object() || value.is_array() {
                errors.push(format!("{at}: expected {}, got {shown}", scalar_name(shape)));
            }
        }
        Form::Map => {
            let Some(map) = value.as_object() else {
                errors.push(format!("{at}: expected map, got {shown}"));
                return;
            };
            for (name, value) in map {
                let at = format!("{at}.{name}");
                let Some(member) = shape.member(name) else {
                    errors.push(format!("{at}: field not declared in schema"));
                    return;
                };
                check_value(value, member, &at, errors);
            }
        }
        Form::List => {
            let Some(items) = value.as_array() else {
                errors.push(format!("{at}: expected list, got {shown}"));
                return;
            };
            check_items(items, shape, at, errors);
        }
    }
}

fn check_items(items: &[Value], shape: Shape<'_>, at: &str, errors: &mut Vec<String>) {
    let mut seen = std::collections::BTreeSet::new();
    for (index, item) in items.iter().enumerate() {
        let element = match shape.list() {
            List::Atomic => Element::Index(index),
            List::Set | List::Map(_) => match shape.element(item) {
                Ok(element) => element,
                Err(why) => {
                    errors.push(format!("{at}: element {index}: {why}"));
                    return;
                }
            },
        };
        let below = format!("{at}{element}");
        if !seen.insert(element.clone()) {
            errors.push(format!("{at}: duplicate entries for key {element}"));
        }
        check_value(item, shape.item(), &below, errors);
    }
}

fn scalar_name(shape: Shape<'_>) -> &'static str {
    use crate::builtin::Type as Field;
    use crate::schema::Type;
    match shape {
        Shape::Custom { schema, .. } => match schema.kind {
            Some(Type::Integer | Type::Number) => "numeric (int or float)",
            Some(Type::Boolean) => "boolean",
            Some(Type::String) => "string",
            _ => "any scalar",
        },
        Shape::Field(Field::Int32 | Field::Int64 | Field::Float) => "numeric (int or float)",
        Shape::Field(Field::Flag) => "boolean",
        Shape::Field(Field::Text | Field::Bytes) | Shape::Text => "string",
        _ => "any scalar",
    }
}

/// The object without the items and members of a set.
pub(crate) fn remove(object: &Value, gone: &Set, shape: Shape<'_>) -> Value {
    match shape.form(Some(object)) {
        Form::Scalar => object.clone(),
        Form::Map => {
            let Some(map) = object.as_object().filter(|_| !shape.is_atomic_map()) else {
                return Value::Null;
            };
            let mut out = Map::new();
            for (name, value) in map {
                let element = Element::Field(name.clone());
                if gone.members.contains(&element) {
                    continue;
                }
                let member = shape.member(name).unwrap_or(Shape::Whole);
                let left = match gone.children.get(&element) {
                    Some(gone) => remove(value, gone, member),
                    None => value.clone(),
                };
                out.insert(name.clone(), left);
            }
            if out.is_empty() { Value::Null } else { Value::Object(out) }
        }
        Form::List => {
            let Some(items) = object.as_array() else { return Value::Null };
            if matches!(shape.list(), List::Atomic) {
                return Value::Null;
            }
            let mut out = Vec::new();
            for item in items {
                let element = shape.element(item).ok();
                if element.as_ref().is_some_and(|element| gone.members.contains(element)) {
                    continue;
                }
                out.push(match element.and_then(|element| gone.children.get(&element)) {
                    Some(gone) => remove(item, gone, shape.item()),
                    None => item.clone(),
                });
            }
            if out.is_empty() { Value::Null } else { Value::Array(out) }
        }
    }
}

/// The set as the schema is now: of what has become atomic, the whole is owned and not its parts.
pub(crate) fn settled(set: &Set, shape: Shape<'_>) -> Set {
    if matches!(shape, Shape::Deduced) {
        return set.clone();
    }
    let mut out = Set { members: set.members.clone(), ..Set::default() };
    for (element, child) in &set.children {
        let below = match (shape.form(None), element) {
            (Form::Scalar, _) => None,
            _ => shape.at(element),
        };
        let Some(below) = below else {
            out.children.insert(element.clone(), child.clone());
            continue;
        };
        let atomic = match below.form(None) {
            Form::Map => below.is_atomic_map(),
            Form::List => matches!(below.list(), List::Atomic),
            Form::Scalar => false,
        };
        if atomic {
            out.members.insert(element.clone());
        } else {
            out.put(element.clone(), settled(child, below));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::managed::tests::with_schema;

    #[test]
    fn an_object_has_its_leaves_and_items() {
        let object = json!({"labels": {"a": "1"}, "whole": {"a": 1}, "list": [1], "set": ["x"],
            "map": [{"k": "a", "v": 1}], "nest": {"a": {}}, "any": {"deep": {"x": [1]}}});
        let fields = json!({"f:labels": {"f:a": {}}, "f:whole": {}, "f:list": {},
            "f:set": {"v:\"x\"": {}}, "f:map": {"k:{\"k\":\"a\"}": {".": {}, "f:k": {},
            "f:v": {}}}, "f:nest": {"f:a": {}},
            "f:any": {"f:deep": {".": {}, "f:x": {}}}});
        with_schema(|shape| assert_eq!(fields_of(&object, shape).written(), fields));
    }

    #[test]
    fn faults_of_configurations_are_named() {
        let check = |config: Value, wanted: &str| {
            with_schema(|shape| assert_eq!(super::check(&config, shape).unwrap_err(), wanted));
        };
        check(json!({"nest": {"q": 1}}), ".nest.q: field not declared in schema");
        check(json!({"set": ["a", "a"]}), ".set: duplicate entries for key [=\"a\"]");
        check(
            json!({"map": [{"k": "a"}, {"k": "a"}]}),
            ".map: duplicate entries for key [k=\"a\"]",
        );
        check(
            json!({"map": [{"v": 1}]}),
            ".map: element 0: associative list with keys has an element that omits all key fields \
             [\"k\"] (and doesn't have default values for any key fields)",
        );
        check(json!({"labels": []}), ".labels: expected map, got []");
        with_schema(|shape| super::check(&json!({"any": {"x": 1}, "set": null}), shape).unwrap());
    }

    #[test]
    fn removing_takes_members_and_items() {
        let object = json!({"labels": {"a": "1", "b": "2"}, "set": ["x", "y"],
            "map": [{"k": "a", "v": 1}, {"k": "b", "v": 1}]});
        let gone = Set::parse(&json!({"f:labels": {"f:a": {}}, "f:set": {"v:\"x\"": {}},
            "f:map": {"k:{\"k\":\"a\"}": {}, "k:{\"k\":\"b\"}": {"f:v": {}}}}));
        let left = json!({"labels": {"b": "2"}, "set": ["y"], "map": [{"k": "b"}]});
        with_schema(|shape| assert_eq!(remove(&object, &gone.unwrap(), shape), left));
    }

    #[test]
    fn what_became_atomic_is_owned_as_a_whole() {
        let before = Set::parse(&json!({"f:whole": {"f:a": {}}, "f:list": {"k:{\"x\":1}": {}},
            "f:labels": {"f:a": {}}}));
        let after = json!({"f:whole": {}, "f:list": {}, "f:labels": {"f:a": {}}});
        with_schema(|shape| assert_eq!(settled(&before.unwrap(), shape).written(), after));
    }
}
