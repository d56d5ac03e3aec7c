//! Merge patches.

use serde_json::Value;

/// Applies an RFC 7386 patch.
pub(crate) fn merge(target: &mut Value, patch: Value) {
    let Value::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = Value::Object(serde_json::Map::new());
    }
    let Some(map) = target.as_object_mut() else { return };
    for (name, value) in patch {
        if value.is_null() {
            map.remove(&name);
        } else if value.is_object() {
            merge(map.entry(name).or_insert(Value::Null), value);
        } else {
            map.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn merge_replaces_and_removes() {
        let mut object = json!({"a": {"b": 1, "c": 2}, "l": [1]});
        merge(&mut object, json!({"a": {"b": null, "d": {"e": null, "f": 1}}, "l": [2]}));
        assert_eq!(object, json!({"a": {"c": 2, "d": {"f": 1}}, "l": [2]}));
    }
}
