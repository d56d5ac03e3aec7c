//! Validates an object against its schema, in the words of a real server.

use serde_json::{Map, Number, Value};

use super::{Checks, List, Schema, Step, Trail, Type, formats, lists, rules};
use crate::status::{Fault, FieldError, quoted};

/// Errors collected at most for one object.
const ERRORS_MAX: usize = 200;

/// What is said where the errors at hand make it pointless to run the rules.
const RULES_SKIPPED: &str = "some validation rules were not checked because the object was \
    invalid; correct the existing errors to complete validation";

/// Validates a whole custom resource. What has not changed since `old` is not validated again,
/// except by rules that compare with the old value.
pub(crate) fn validate(object: &Value, old: Option<&Value>, schema: &Schema) -> Vec<FieldError> {
    let mut walk = Walk { errors: Vec::new() };
    walk.value(object, old, schema, None);
    lists::validate(object, old, schema, None, &mut walk.errors);
    if schema.has_rules {
        if walk.errors.iter().any(FieldError::blocks_rules) {
            walk.errors.push(FieldError::invalid("<nil>", "null", RULES_SKIPPED));
        } else {
            rules::validate(object, old, schema, None, &mut walk.errors);
        }
    }
    walk.errors
}

struct Walk {
    errors: Vec<FieldError>,
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
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(FieldError::new(Trail::text(trail), fault));
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
        if !self.right_type(value, schema, trail) {
            return;
        }
        let checks = &schema.checks;
        if !checks.one_of_values.is_empty() && !checks.one_of_values.contains(value) {
            let known = checks.one_of_values.iter().map(ToString::to_string).collect();
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

    fn right_type(&mut self, value: &Value, schema: &Schema, trail: Option<&Trail<'_>>) -> bool {
        let actual = type_of(value);
        if schema.int_or_string {
            if !matches!(actual, "integer" | "string") {
                self.wrong_type(trail, "integer,string", &quoted(actual));
                return false;
            }
            return true;
        }
        let Some(kind) = schema.kind else { return true };
        let fits = kind.as_str() == actual || (kind == Type::Number && actual == "integer");
        if !fits {
            self.wrong_type(trail, kind.as_str(), &quoted(actual));
        }
        fits
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
        let passes = |schema: &Schema| {
            let mut walk = Walk { errors: Vec::new() };
            walk.value(value, None, schema, trail);
            walk.errors.is_empty()
        };
        for schema in &checks.all_of {
            self.value(value, None, schema, trail);
        }
        let mut complain = |what: &str| {
            let name = quoted(&Trail::text(trail));
            self.push(trail, Fault::Invalid(Some(quoted("")), format!("{name} {what}")));
        };
        if !checks.any_of.is_empty() && !checks.any_of.iter().any(passes) {
            complain("must validate at least one schema (anyOf)");
        }
        if !checks.one_of.is_empty() {
            match checks.one_of.iter().filter(|schema| passes(schema)).count() {
                1 => {}
                0 => complain("must validate one and only one schema (oneOf). Found none valid"),
                count => complain(&format!(
                    "must validate one and only one schema (oneOf). Found {count} valid \
                     alternatives"
                )),
            }
        }
        if checks.not.as_deref().is_some_and(passes) {
            complain("must not validate the schema (not)");
        }
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
