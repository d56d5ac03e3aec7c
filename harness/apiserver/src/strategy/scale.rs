//! The fields that a scale subresource reads must be counts.

use serde_json::Value;

use crate::kinds::ScalePaths;
use crate::status::FieldError;

/// Checks the counts; on a write of the status only the one in the status.
pub(super) fn validate(
    object: &Value,
    paths: &ScalePaths,
    status: bool,
    errors: &mut Vec<FieldError>,
) {
    if !status {
        check(object, &paths.spec, errors);
    }
    check(object, &paths.status, errors);
}

fn check(object: &Value, path: &[String], errors: &mut Vec<FieldError>) {
    let Some(found) = path.iter().try_fold(object, |at, step| at.get(step)) else { return };
    let Some(count) = found.as_i64() else { return };
    let field = format!(".{}", path.join("."));
    if count < 0 {
        let why = "should be a non-negative integer";
        errors.push(FieldError::invalid(field, count.to_string(), why));
    } else if count > i64::from(i32::MAX) {
        let why = format!("should be less than or equal to {}", i32::MAX);
        errors.push(FieldError::invalid(field, count.to_string(), why));
    }
}
