//! JSON patches, with the answers of a real server to broken ones.

use serde_json::Value;

use crate::status::{ApiError, Details, Result};

/// Operations that one JSON patch may have.
const OPERATIONS_MAX: usize = 10_000;

/// Deepest document that a patch may produce.
const DEPTH_MAX: usize = 120;

/// Applies an RFC 6902 patch.
pub(crate) fn json(target: &mut Value, patch: Value) -> Result<()> {
    let Value::Array(operations) = &patch else {
        let what = match patch {
            Value::Object(_) => "object",
            Value::String(_) => "string",
            Value::Number(_) => "number",
            Value::Bool(_) => "bool",
            Value::Null | Value::Array(_) => return Ok(()),
        };
        return Err(ApiError::bad_request(format!(
            "error decoding patch: json: cannot unmarshal {what} into Go value of type \
             []handlers.jsonPatchOp"
        )));
    };
    if operations.len() > OPERATIONS_MAX {
        let message = format!(
            "Request entity too large: The allowed maximum operations in a JSON patch is \
             {OPERATIONS_MAX}, got {}",
            operations.len()
        );
        return Err(ApiError::new(413, "RequestEntityTooLarge", message));
    }
    let patch: json_patch::Patch = serde_json::from_value(patch)
        .map_err(|error| ApiError::bad_request(format!("error decoding patch: {error}")))?;
    let mut left = crate::decode::BODY_BYTES_MAX;
    for operation in patch.0 {
        guard(target, &operation, &mut left)?;
        if is_absent_as_tested(target, &operation) {
            continue;
        }
        json_patch::patch(target, &[operation]).map_err(|_| rejected())?;
    }
    Ok(())
}

/// To the Go library a test for null holds of what is not there: clients test so that nobody has
/// set a field.
fn is_absent_as_tested(target: &Value, operation: &json_patch::PatchOperation) -> bool {
    let json_patch::PatchOperation::Test(test) = operation else { return false };
    test.value.is_null() && target.pointer(test.path.as_str()).is_none()
}

/// Copies and moves can nest and double a document: both have a limit. `left` is the room, in
/// bytes, for copies and moves.
fn guard(target: &Value, operation: &json_patch::PatchOperation, left: &mut usize) -> Result<()> {
    use json_patch::PatchOperation as Op;
    let (path, depth) = match operation {
        Op::Add(add) => (add.path.as_str(), depth_of(&add.value)),
        Op::Replace(replace) => (replace.path.as_str(), depth_of(&replace.value)),
        Op::Copy(json_patch::CopyOperation { from, path })
        | Op::Move(json_patch::MoveOperation { from, path }) => {
            let Some(source) = target.pointer(from.as_str()) else { return Err(rejected()) };
            let size = size_at_most(source, *left);
            if size >= *left {
                return Err(rejected());
            }
            *left -= size;
            (path.as_str(), depth_of(source))
        }
        Op::Remove(_) | Op::Test(_) => return Ok(()),
    };
    let above = path.matches('/').count();
    if above + depth > DEPTH_MAX { Err(rejected()) } else { Ok(()) }
}

fn rejected() -> ApiError {
    let message = "the server rejected our request due to an error in our request";
    ApiError::new(422, "Invalid", message).details(Details::default())
}

/// Roughly the bytes of a value, counted no further than `most`.
fn size_at_most(value: &Value, most: usize) -> usize {
    let mut total = 8_usize;
    match value {
        Value::String(text) => total += text.len(),
        Value::Array(items) => {
            for item in items {
                if total >= most {
                    break;
                }
                total += size_at_most(item, most - total);
            }
        }
        Value::Object(map) => {
            for (name, member) in map {
                if total >= most {
                    break;
                }
                total += name.len() + size_at_most(member, most - total);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
    total
}

/// Levels below a value. Bodies have few: their decoder sees to it.
fn depth_of(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
        Value::Object(map) => 1 + map.values().map(depth_of).max().unwrap_or(0),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn broken_json_patches_have_their_answers() {
        let mut object = json!({"a": 1});
        let code =
            |patch: Value, object: &mut Value| json(object, patch).map_err(|error| error.code());
        assert_eq!(code(json!({"a": 1}), &mut object), Err(400));
        assert_eq!(code(json!([{"op": "nope"}]), &mut object), Err(400));
        let test = json!([{"op": "test", "path": "/a", "value": 2}]);
        assert_eq!(code(test, &mut object), Err(422));
        assert_eq!(code(json!([{"op": "remove", "path": "/b"}]), &mut object), Err(422));
        assert_eq!(code(json!([{"op": "add", "path": "/a", "value": 2}]), &mut object), Ok(()));
        assert_eq!(object, json!({"a": 2}));
    }

    #[test]
    fn copies_cannot_blow_up_a_document() {
        let mut object = json!({"a": ["x".repeat(1000)]});
        let double = json!({"op": "copy", "from": "/a", "path": "/a/-"});
        let patch = Value::Array(vec![double; 64]);
        assert_eq!(json(&mut object, patch).map_err(|error| error.code()), Err(422));
        let mut object = json!({"a": {}});
        let nest = json!({"op": "copy", "from": "/a", "path": "/a/a"});
        let patch = Value::Array(vec![nest; 200]);
        assert_eq!(json(&mut object, patch).map_err(|error| error.code()), Err(422));
    }
}
