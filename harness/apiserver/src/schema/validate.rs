//! Validates an object against its schema, in the words of a real server.

use serde_json::{Map, Number, Value};

use super::{Checks, List, Schema, Step, Trail, Type, formats, lists, rules};
use crate::status::{Fault, FieldError, quoted};

/// Errors collected at most for one object.
const ERRORS_MAX: usize = 200;

/// What is said where the errors at hand make it pointless to run the rules.
const RULES_SKIPPED: &str = "some validation rules were not checked because the object was \
    invalid; correct the existing errors to complete validation";

/// Which part of an object a write may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    Status,
}

/// Validates a custom resource. What has not changed since `old` is not validated again, except
/// by rules that compare with the old value. `more` adds errors that count before the rules run.
pub(crate) fn validate(
    object: &Value,
    old: Option<&Value>,
    schema: &Schema,
    part: Part,
    more: impl FnOnce(&mut Vec<FieldError>),
) -> Vec<FieldError> {
    let mut walk = Walk { errors: Vec::new(), prefix: None };
    match part {
        Part::Whole => walk.value(object, old, schema, None),
        Part::Status => {
            // Paths in messages begin at the status here, those of fields at the object.
            walk.prefix = Some("status");
            if let (Some(value), Some(schema)) = (object.get("status"), schema.member("status")) {
                walk.value(value, old.and_then(|old| old.get("status")), schema, None);
            }
        }
    }
    let mut errors = walk.errors;
    more(&mut errors);
    lists::validate(object, old, schema, None, &mut errors);
    if schema.has_rules {
        if errors.iter().any(FieldError::blocks_rules) {
            errors.push(FieldError::invalid("<nil>", "null", RULES_SKIPPED));
        } else {
            rules::validate(object, old, schema, None, &mut errors);
        }
    }
    errors
}

struct Walk {
    errors: Vec<FieldError>,
    /// Where the walk started.
    prefix: Option<&'static str>,
}

/// The schema's word for what a value is.
pub(crate) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if is_integer(number) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn is_integer(number: &Number) -> bool {
    number.is_i64()
        || number.is_u64()
        || number.as_f64().is_some_and(|float| float.fract() == 0.0 && float.abs() < 9.0e18)
}

impl Walk {
    fn push(&mut self, trail: Option<&Trail<'_>>, fault: Fault) {
        let field = match (self.prefix, trail) {
            (None, trail) => Trail::text(trail),
            (Some(prefix), None) => prefix.to_owned(),
            (Some(prefix), Some(trail)) => format!("{prefix}.{trail}"),
        };
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(FieldError::new(field, fault));
        }
    }

    fn invalid(&mut self, trail: Option<&Trail<'_>>, value: &Value, why: &str) {
        let why = format!("{} {why}", body_of(trail));
        self.push(trail, Fault::Invalid(Some(value.to_string()), why));
    }

    fn wrong_type(&mut self, trail: Option<&Trail<'_>>, wanted: &str, shown: &str) {
        let why = format!("{} must be of type {wanted}: {shown}", body_of(trail));
        self.push(trail, Fault::Type(shown.to_owned(), why));
    }

    fn value(
        &mut self,
        value: &Value,
        old: Option<&Value>,
        schema: &Schema,
        trail: Option<&Trail<'_>>,
    ) {
        if old == Some(value) || (value.is_null() && schema.nullable) {
            return;
        }
        self.check_type(value, schema, trail);
        let checks = &schema.checks;
        if !checks.one_of_values.is_empty() && !checks.one_of_values.contains(value) {
            let shown = |known: &Value| match known {
                Value::String(_) => known.to_string(),
                other => quoted(&other.to_string()),
            };
            let known = checks.one_of_values.iter().map(shown).collect();
            self.push(trail, Fault::Unsupported(value.to_string(), known));
        }
        match value {
            Value::Object(map) => self.object(map, old, schema, trail),
            Value::Array(items) => self.array(items, old, schema, trail),
            Value::String(text) => self.string(value, text, checks, trail),
            Value::Number(number) => self.number(value, number, checks, trail),
            Value::Null | Value::Bool(_) => {}
        }
        self.conditions(value, checks, trail);
    }

    fn check_type(&mut self, value: &Value, schema: &Schema, trail: Option<&Trail<'_>>) {
        let actual = type_of(value);
        if schema.int_or_string {
            if !matches!(actual, "integer" | "string") {
                self.wrong_type(trail, "integer,string", &quoted(actual));
            }
            return;
        }
        let Some(kind) = schema.kind else { return };
        if kind.as_str() == actual || (kind == Type::Number && actual == "integer") {
            return;
        }
        // Where there is a format, Go compares that of the value, unless it is a text or a list.
        match (&schema.checks.format, value) {
            (Some(format), Value::Number(_)) => {
                let shown = if actual == "integer" { "int64" } else { "float64" };
                self.wrong_type(trail, format, &quoted(shown));
            }
            (Some(format), Value::Bool(_) | Value::Object(_)) => {
                self.wrong_type(trail, format, &quoted(""));
            }
            _ => self.wrong_type(trail, kind.as_str(), &quoted(actual)),
        }
    }

    fn object(
        &mut self,
        map: &Map<String, Value>,
        old: Option<&Value>,
        schema: &Schema,
        trail: Option<&Trail<'_>>,
    ) {
        let checks = &schema.checks;
        let count = map.len() as u64;
        if let Some(least) = checks.min_properties.filter(|least| count < *least) {
            let why = format!("{} should have at least {least} properties", body_of(trail));
            self.push(trail, Fault::Invalid(Some(count.to_string()), why));
        }
        if let Some(most) = checks.max_properties.filter(|most| count > *most) {
            self.push(trail, Fault::TooMany(count, most));
        }
        for (name, member) in map {
            if let Some(schema) = schema.member(name) {
                let old = old.and_then(|old| old.get(name));
                self.value(member, old, schema, Some(&Trail::new(trail, Step::Key(name))));
            }
        }
        for name in &checks.required {
            if !map.contains_key(name) {
                let trail = Trail::new(trail, Step::Key(name));
                self.push(Some(&trail), Fault::Required(String::new()));
            }
        }
    }

    fn array(
        &mut self,
        items: &[Value],
        old: Option<&Value>,
        schema: &Schema,
        trail: Option<&Trail<'_>>,
    ) {
        let checks = &schema.checks;
        let count = items.len() as u64;
        if let Some(least) = checks.min_items.filter(|least| count < *least) {
            let why = format!("{} should have at least {least} items", body_of(trail));
            self.push(trail, Fault::Invalid(Some(count.to_string()), why));
        }
        if let Some(most) = checks.max_items.filter(|most| count > *most) {
            self.push(trail, Fault::TooMany(count, most));
        }
        if checks.unique_items && lists::first_duplicate(items).is_some() {
            let why = format!("{} shouldn't contain duplicates", body_of(trail));
            self.push(trail, Fault::Invalid(None, why));
        }
        let Some(item_schema) = schema.items.as_deref() else { return };
        let old_items = match &schema.list {
            List::Map(keys) => lists::Keyed::new(old, keys),
            List::Atomic | List::Set => lists::Keyed::none(),
        };
        for (index, item) in items.iter().enumerate() {
            let trail = Trail::new(trail, Step::Index(index));
            self.value(item, old_items.find(item), item_schema, Some(&trail));
        }
    }

    fn string(&mut self, value: &Value, text: &str, checks: &Checks, trail: Option<&Trail<'_>>) {
        let needs_count = checks.min_length.is_some() || checks.max_length.is_some();
        let count = if needs_count { text.chars().count() as u64 } else { 0 };
        // The real server reports the first of these only.
        if let Some(most) = checks.max_length.filter(|most| count > *most) {
            self.push(trail, Fault::TooLong(most));
        } else if let Some(least) = checks.min_length.filter(|least| count < *least) {
            self.invalid(trail, value, &format!("should be at least {least} chars long"));
        } else if let Some(pattern) = checks.pattern.as_ref().filter(|p| !p.is_match(text)) {
            self.invalid(trail, value, &format!("should match '{}'", pattern.as_str()));
        }
        if let Some(format) = checks.format.as_deref().filter(|f| !formats::matches(f, text)) {
            self.wrong_type(trail, format, &value.to_string());
        }
    }

    fn number(
        &mut self,
        value: &Value,
        number: &Number,
        checks: &Checks,
        trail: Option<&Trail<'_>>,
    ) {
        let float = number.as_f64().unwrap_or(f64::NAN);
        if checks.format.as_deref() == Some("int32") && i32::try_from(whole(number)).is_err() {
            let where_ = Trail::text(trail);
            let why =
                format!("Checked value must be of type integer with format int32 in {where_}");
            self.push(None, Fault::Invalid(Some(quoted("")), why));
        }
        if let Some(bound) = checks.maximum {
            let fine = if bound.exclusive { float < bound.value } else { float <= bound.value };
            let or_equal = if bound.exclusive { "" } else { "or equal to " };
            if !fine {
                let why = format!("should be less than {or_equal}{}", bound.value);
                self.invalid(trail, value, &why);
            }
        }
        if let Some(bound) = checks.minimum {
            let fine = if bound.exclusive { float > bound.value } else { float >= bound.value };
            let or_equal = if bound.exclusive { "" } else { "or equal to " };
            if !fine {
                let why = format!("should be greater than {or_equal}{}", bound.value);
                self.invalid(trail, value, &why);
            }
        }
        if let Some(by) = checks.multiple_of.filter(|by| (float / by).fract() != 0.0) {
            self.invalid(trail, value, &format!("should be a multiple of {by}"));
        }
    }

    fn conditions(&mut self, value: &Value, checks: &Checks, trail: Option<&Trail<'_>>) {
        let prefix = self.prefix;
        let faults = |schema: &Schema| {
            let mut walk = Walk { errors: Vec::new(), prefix };
            walk.value(value, None, schema, trail);
            walk.errors
        };
        // These have no place: the real server reports them at the root.
        let complain = |walk: &mut Self, what: &str| {
            let name = quoted(&trail.map(ToString::to_string).unwrap_or_default());
            walk.push(None, Fault::Invalid(Some(quoted("")), format!("{name} {what}")));
        };
        if !checks.any_of.is_empty() {
            let found: Vec<_> = checks.any_of.iter().map(faults).collect();
            if !found.iter().any(Vec::is_empty) {
                complain(self, "must validate at least one schema (anyOf)");
                self.errors.extend(found.into_iter().next().unwrap_or_default());
            }
        }
        if !checks.one_of.is_empty() {
            let found: Vec<_> = checks.one_of.iter().map(faults).collect();
            let what = "must validate one and only one schema (oneOf)";
            match found.iter().filter(|faults| faults.is_empty()).count() {
                1 => {}
                0 => {
                    complain(self, &format!("{what}. Found none valid"));
                    self.errors.extend(found.into_iter().next().unwrap_or_default());
                }
                count => complain(self, &format!("{what}. Found {count} valid alternatives")),
            }
        }
        if !checks.all_of.is_empty() {
            let found: Vec<_> = checks.all_of.iter().map(faults).collect();
            let valid = found.iter().filter(|faults| faults.is_empty()).count();
            self.errors.extend(found.into_iter().flatten());
            if valid < checks.all_of.len() {
                let tail = if valid == 0 { ". None validated" } else { "" };
                complain(self, &format!("must validate all the schemas (allOf){tail}"));
            }
        }
        if checks.not.as_deref().is_some_and(|schema| faults(schema).is_empty()) {
            complain(self, "must not validate the schema (not)");
        }
        self.errors.truncate(ERRORS_MAX);
    }
}

fn whole(number: &Number) -> i64 {
    number.as_i64().unwrap_or(i64::MAX)
}

fn body_of(trail: Option<&Trail<'_>>) -> String {
    match trail {
        Some(trail) => format!("{trail} in body"),
        None => " in body".to_owned(),
    }
}
