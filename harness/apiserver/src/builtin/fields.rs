//! Brings an object of a built-in kind into the shape of its type: unknown fields and nulls go;
//! a value of a wrong type is refused in Go's words.

use serde_json::{Map, Value};

use super::types::{Definition, Type, definition};
use crate::schema::{Step, Trail};

/// Unknown fields reported at most; a body full of them is still pruned.
const REPORTED_MAX: usize = 100;

/// Drops nulls and unknown fields of an object; `apiVersion`, `kind` and `metadata` of the root are
/// not touched. Paths of unknown fields are appended to `unknown`.
pub(super) fn shape(object: &mut Value, kind: &Definition, unknown: &mut Vec<String>) {
    if let Value::Object(map) = object {
        shape_map(map, kind, None, unknown);
    }
}

fn shape_map(
    map: &mut Map<String, Value>,
    kind: &Definition,
    trail: Option<&Trail<'_>>,
    unknown: &mut Vec<String>,
) {
    map.retain(|name, value| {
        if trail.is_none() && name == "metadata" {
            return true;
        }
        let trail = Trail::new(trail, Step::Key(name));
        let Some(field) = kind.field(name) else {
            if unknown.len() < REPORTED_MAX {
                unknown.push(trail.to_string());
            }
            return false;
        };
        if value.is_null() {
            return false;
        }
        shape_value(value, &field.kind, &trail, unknown);
        true
    });
}

fn shape_value(value: &mut Value, kind: &Type, trail: &Trail<'_>, unknown: &mut Vec<String>) {
    match (kind, value) {
        (Type::Object(name, _), Value::Object(map)) => {
            if let Some(kind) = definition(name) {
                shape_map(map, kind, Some(trail), unknown);
            }
        }
        (Type::List(below, _), Value::Array(items)) if has_fields(below) => {
            for (index, item) in items.iter_mut().enumerate() {
                shape_value(item, below, &Trail::new(Some(trail), Step::Index(index)), unknown);
            }
        }
        (Type::Map(below, _), Value::Object(map)) => {
            map.retain(|_, value| !value.is_null());
            for (name, value) in map.iter_mut() {
                shape_value(value, below, &Trail::new(Some(trail), Step::Key(name)), unknown);
            }
        }
        _ => {}
    }
}

fn has_fields(kind: &Type) -> bool {
    matches!(kind, Type::Object(..) | Type::List(..) | Type::Map(..))
}

/// Go's sentence for the first field that has the wrong type.
pub(super) fn wrong_type(object: &Value, kind: &Definition) -> Option<String> {
    let found = object.as_object()?.iter().filter(|(name, _)| *name != "metadata");
    let wrong = found.into_iter().find_map(|(name, value)| {
        let field = kind.field(name)?;
        mismatch(value, &field.kind, &Trail::new(None, Step::Key(name)))
    });
    let (trail, wanted, found) = wrong?;
    let kind = kind.short();
    Some(format!(
        "json: cannot unmarshal {found} into Go struct field {kind}.{trail} of type {wanted}"
    ))
}

/// Where the types differ, what is wanted and what was found.
fn mismatch(
    value: &Value,
    kind: &Type,
    trail: &Trail<'_>,
) -> Option<(String, String, &'static str)> {
    let fits = match kind {
        Type::Text | Type::Bytes | Type::Time | Type::MicroTime => value.is_string(),
        Type::Flag => value.is_boolean(),
        Type::Int32 | Type::Int64 => value.is_i64(),
        Type::Float => value.is_number(),
        Type::Quantity => value.is_string() || value.is_number(),
        Type::IntOrText => value.is_string() || value.is_i64(),
        Type::Any => true,
        Type::List(..) => value.is_array(),
        Type::Map(..) | Type::Object(..) => value.is_object(),
    };
    if !fits && !value.is_null() {
        return Some((trail.to_string(), go_type(kind), json_type(value)));
    }
    match (kind, value) {
        (Type::Object(name, _), Value::Object(map)) => {
            let kind = definition(name)?;
            map.iter().find_map(|(name, value)| {
                let trail = Trail::new(Some(trail), Step::Key(name));
                mismatch(value, &kind.field(name)?.kind, &trail)
            })
        }
        // Go names the field, not the key of a map or the place in a list.
        (Type::Map(below, _), Value::Object(map)) => {
            map.values().find_map(|value| mismatch(value, below, trail))
        }
        (Type::List(below, _), Value::Array(items)) => {
            items.iter().find_map(|item| mismatch(item, below, trail))
        }
        _ => None,
    }
}

fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn go_type(kind: &Type) -> String {
    match kind {
        Type::Text => "string".to_owned(),
        Type::Bytes => "[]uint8".to_owned(),
        Type::Time => "v1.Time".to_owned(),
        Type::MicroTime => "v1.MicroTime".to_owned(),
        Type::Flag => "bool".to_owned(),
        Type::Int32 => "int32".to_owned(),
        Type::Int64 => "int64".to_owned(),
        Type::Float => "float64".to_owned(),
        Type::Quantity => "resource.Quantity".to_owned(),
        Type::IntOrText => "intstr.IntOrString".to_owned(),
        Type::Any => "interface {}".to_owned(),
        Type::List(below, _) => format!("[]{}", go_type(below)),
        Type::Map(below, _) => format!("map[string]{}", go_type(below)),
        Type::Object(name, _) => {
            let mut parts = name.rsplit('.');
            let (kind, version) = (parts.next(), parts.next());
            format!("{}.{}", version.unwrap_or_default(), kind.unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::builtin::types::of_kind;

    #[test]
    fn unknown_fields_and_nulls_go() {
        let kind = of_kind("v1", "Pod").unwrap();
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "x": 1,
            "spec": {"hostname": null, "containers": [{"name": "c", "imagee": "i"}],
                "nodeSelector": {"a": "b"}}});
        let mut unknown = Vec::new();
        shape(&mut pod, kind, &mut unknown);
        assert_eq!(unknown, ["spec.containers[0].imagee", "x"]);
        assert_eq!(pod["spec"], json!({"containers": [{"name": "c"}], "nodeSelector": {"a": "b"}}));
    }

    #[test]
    fn wrong_types_are_named_as_go_names_them() {
        let check = |kind: &str, object: Value| wrong_type(&object, of_kind("v1", kind).unwrap());
        assert_eq!(
            check("ConfigMap", json!({"data": {"a": 1}})).unwrap(),
            "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"
        );
        assert_eq!(
            check("Pod", json!({"spec": {"containers": [{"image": 1}]}})).unwrap(),
            "json: cannot unmarshal number into Go struct field Pod.spec.containers.image of type \
             string"
        );
        assert_eq!(
            check("Pod", json!({"spec": []})).unwrap(),
            "json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec"
        );
        assert_eq!(check("ConfigMap", json!({"data": {"a": "1"}})), None);
        let limits = json!({"limits": {"cpu": 1, "memory": "1Gi"}});
        let container = json!({"name": "c", "resources": limits});
        assert_eq!(check("Pod", json!({"spec": {"containers": [container]}})), None);
    }
}
