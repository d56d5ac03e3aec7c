//! Strategic merge patches for built-in kinds: lists that merge by key, and the directives
//! `$patch`, `$deleteFromPrimitiveList`, `$setElementOrder` and `$retainKeys`.

use serde_json::{Map, Value};

use crate::builtin::{Definition, Patch, Type, definition, of_kind};
use crate::kinds::Resource;
use crate::status::{ApiError, Result};

/// How a list merges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Merge {
    Replace,
    /// Items are maps, told apart by this key.
    ByKey(&'static str),
    /// Items are scalars; new ones are added.
    Scalars,
}

/// What is known of the value that a patch stands at.
#[derive(Clone, Copy, Default)]
struct Place {
    kind: Option<&'static Type>,
    /// The type of an object, where it has one.
    object: Option<&'static Definition>,
    patch: Patch,
}

impl Place {
    fn of(kind: &'static Type, patch: Patch) -> Self {
        let object = match kind {
            Type::Object(name, _) => definition(name),
            _ => None,
        };
        Self { kind: Some(kind), object, patch }
    }

    fn member(self, name: &str) -> Self {
        if let Some(field) = self.object.and_then(|object| object.field(name)) {
            return Self::of(&field.kind, field.patch);
        }
        match self.kind {
            Some(Type::Map(values, _)) => Self::of(values, Patch::default()),
            _ => Self::default(),
        }
    }

    fn item(self) -> Self {
        match self.kind {
            Some(Type::List(items, _)) => Self::of(items, Patch::default()),
            _ => Self::default(),
        }
    }

    fn merge(self) -> Merge {
        match self.patch.merge {
            None => Merge::Replace,
            Some("") => Merge::Scalars,
            Some(key) => Merge::ByKey(key),
        }
    }
}

/// Applies a strategic merge patch.
pub(crate) fn strategic(target: &mut Value, patch: Value, resource: &Resource) -> Result<()> {
    let Value::Object(patch) = patch else {
        let why = "error decoding patch: json: cannot unmarshal array into Go value of type \
                   map[string]interface {}";
        return Err(ApiError::bad_request(why));
    };
    let object = of_kind(&resource.api_version, &resource.kind);
    merge_map(target, patch, Place { object, ..Place::default() })
}

fn merge_map(target: &mut Value, mut patch: Map<String, Value>, place: Place) -> Result<()> {
    match patch.remove("$patch") {
        Some(Value::String(directive)) if directive == "replace" => {
            *target = Value::Object(patch);
            return Ok(());
        }
        Some(Value::String(directive)) if directive == "delete" => {
            *target = Value::Object(Map::new());
            return Ok(());
        }
        Some(Value::String(directive)) if directive == "merge" => {}
        None => {}
        Some(other) => return Err(unknown_directive(&other)),
    }
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Some(map) = target.as_object_mut() else { return Ok(()) };
    if let Some(Value::Array(keep)) = patch.remove("$retainKeys") {
        map.retain(|name, _| keep.iter().any(|kept| kept == name));
    }
    let mut orders = Vec::new();
    for (name, value) in patch {
        if let Some(list) = name.strip_prefix("$deleteFromPrimitiveList/") {
            remove_scalars(map, list, &value);
        } else if let Some(list) = name.strip_prefix("$setElementOrder/") {
            orders.push((list.to_owned(), value));
        } else if value.is_null() {
            map.remove(&name);
        } else {
            let slot = map.entry(name.clone()).or_insert(Value::Null);
            merge_member(slot, value, place.member(&name))?;
        }
    }
    for (list, order) in orders {
        if let (Some(Value::Array(items)), Value::Array(order)) = (map.get_mut(&list), &order) {
            set_order(items, order, place.member(&list).merge());
        }
    }
    Ok(())
}

fn merge_member(slot: &mut Value, value: Value, place: Place) -> Result<()> {
    match value {
        Value::Object(patch) => merge_map(slot, patch, place),
        Value::Array(patch) => match place.merge() {
            Merge::Replace => {
                *slot = Value::Array(patch);
                Ok(())
            }
            Merge::Scalars => {
                merge_scalars(slot, patch);
                Ok(())
            }
            Merge::ByKey(key) => merge_items(slot, patch, key, place.item()),
        },
        scalar => {
            *slot = scalar;
            Ok(())
        }
    }
}

fn merge_scalars(slot: &mut Value, patch: Vec<Value>) {
    let mut items = match slot.take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    };
    for value in patch {
        if !items.contains(&value) {
            items.push(value);
        }
    }
    *slot = Value::Array(items);
}

fn remove_scalars(map: &mut Map<String, Value>, list: &str, gone: &Value) {
    let (Some(Value::Array(items)), Value::Array(gone)) = (map.get_mut(list), gone) else { return };
    items.retain(|item| !gone.contains(item));
}

fn merge_items(slot: &mut Value, patch: Vec<Value>, key: &str, item_place: Place) -> Result<()> {
    let mut items = match slot.take() {
        Value::Array(items) => items,
        _ => Vec::new(),
    };
    if patch.iter().any(|item| item.get("$patch") == Some(&Value::from("replace"))) {
        let is_directive = |item: &Value| item.get("$patch").is_some();
        *slot = patch.into_iter().filter(|item| !is_directive(item)).collect();
        return Ok(());
    }
    let mut fresh = Vec::new();
    for item in patch {
        let Value::Object(mut item) = item else {
            return Err(ApiError::bad_request("error decoding patch: list item is not a map"));
        };
        let Some(id) = item.get(key).cloned() else {
            let shown = go_map(&item);
            let message = format!("map: {shown} does not contain declared merge key: {key}");
            return Err(ApiError::bad_request(message));
        };
        let found = items.iter().position(|old| old.get(key) == Some(&id));
        match item.get("$patch").and_then(Value::as_str) {
            Some("delete") => items.retain(|old| old.get(key) != Some(&id)),
            Some("merge") | None => {
                item.remove("$patch");
                match found {
                    Some(index) => merge_map(&mut items[index], item, item_place)?,
                    None => {
                        let mut new = Value::Null;
                        merge_map(&mut new, item, item_place)?;
                        fresh.push(new);
                    }
                }
            }
            Some(other) => return Err(unknown_directive(&other.into())),
        }
    }
    // The real server puts new items first.
    fresh.append(&mut items);
    *slot = Value::Array(fresh);
    Ok(())
}

/// Puts the items that `order` names in its order; the others keep their places among them.
fn set_order(items: &mut Vec<Value>, order: &[Value], merge: Merge) {
    let rank = |item: &Value| {
        let id = |value: &Value| match merge {
            Merge::ByKey(key) => value.get(key).cloned(),
            Merge::Scalars | Merge::Replace => Some(value.clone()),
        };
        let wanted = id(item);
        order.iter().position(|ordered| wanted.is_some() && id(ordered) == wanted)
    };
    let mut ranked: Vec<(usize, Value)> = Vec::new();
    let mut last = 0;
    for item in items.drain(..) {
        last = rank(&item).unwrap_or(last);
        ranked.push((last, item));
    }
    ranked.sort_by_key(|(rank, _)| *rank);
    items.extend(ranked.into_iter().map(|(_, item)| item));
}

fn unknown_directive(directive: &Value) -> ApiError {
    ApiError::bad_request(format!("Unknown directive or patch type: {directive}"))
}

/// A map as Go prints it.
fn go_map(map: &Map<String, Value>) -> String {
    fn shown(value: &Value) -> String {
        match value {
            Value::Null => "<nil>".to_owned(),
            Value::String(text) => text.clone(),
            Value::Array(items) => {
                format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(" "))
            }
            Value::Object(map) => go_map(map),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
        }
    }
    let members = map.iter().map(|(name, value)| format!("{name}:{}", shown(value)));
    format!("map[{}]", members.collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::builtin;

    fn check(plural: &str, before: Value, patch: Value, after: Value) {
        let mut object = before;
        let group = if plural == "deployments" { "apps" } else { "" };
        strategic(&mut object, patch, &builtin(group, "v1", plural)).unwrap();
        assert_eq!(object, after);
    }

    #[test]
    fn lists_merge_by_key_and_new_items_come_first() {
        check(
            "serviceaccounts",
            json!({"secrets": [{"name": "a"}]}),
            json!({"secrets": [{"name": "b"}]}),
            json!({"secrets": [{"name": "b"}, {"name": "a"}]}),
        );
        check(
            "serviceaccounts",
            json!({"secrets": [{"name": "a"}, {"name": "b"}]}),
            json!({"secrets": [{"$patch": "delete", "name": "a"}]}),
            json!({"secrets": [{"name": "b"}]}),
        );
    }

    #[test]
    fn containers_merge_deeply() {
        let pod = |image: &str, env: Value| {
            json!({"spec": {"template": {"spec": {"containers": [
                {"name": "c", "image": image, "env": env}]}}}})
        };
        check(
            "deployments",
            pod("a", json!([{"name": "X", "value": "1"}])),
            pod("b", json!([{"name": "Y", "value": "2"}])),
            pod("b", json!([{"name": "Y", "value": "2"}, {"name": "X", "value": "1"}])),
        );
    }

    #[test]
    fn directives_work() {
        check(
            "configmaps",
            json!({"data": {"a": "1", "b": "2"}}),
            json!({"data": {"$patch": "replace", "c": "3"}}),
            json!({"data": {"c": "3"}}),
        );
        check(
            "pods",
            json!({"metadata": {"finalizers": ["a", "b"]}}),
            json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"],
                "finalizers": ["c"], "$setElementOrder/finalizers": ["c", "b"]}}),
            json!({"metadata": {"finalizers": ["c", "b"]}}),
        );
        check(
            "deployments",
            json!({"spec": {"strategy": {"type": "RollingUpdate", "rollingUpdate": {}}}}),
            json!({"spec": {"strategy": {"$retainKeys": ["type"], "type": "Recreate"}}}),
            json!({"spec": {"strategy": {"type": "Recreate"}}}),
        );
    }
}
