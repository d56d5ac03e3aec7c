//! One lookup of a filter: what a value is compared with, and how.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::Offset;
use regex::{Regex, RegexBuilder};

use super::model::Field;
use super::value::Scalar;
use crate::api::Refusal;

/// All suffixes of filters.
pub(super) const LOOKUPS: [&str; 16] = [
    "exact",
    "iexact",
    "contains",
    "icontains",
    "startswith",
    "istartswith",
    "endswith",
    "iendswith",
    "regex",
    "iregex",
    "gt",
    "gte",
    "lt",
    "lte",
    "in",
    "isnull",
];
/// A compiled expression may take so much memory.
const REGEX_BYTES_MAX: usize = 1 << 20;

/// A comparison with what the caller gave.
#[derive(Debug)]
pub(super) enum Test {
    Equals(Scalar<'static>),
    OneOf(Vec<Scalar<'static>>),
    Order(&'static [Ordering], Scalar<'static>),
    IsNull(bool),
    Text { how: How, folded: bool, wanted: String },
    Regex(Regex),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum How {
    Equals,
    Contains,
    StartsWith,
    EndsWith,
}

impl Test {
    /// Reads a lookup of a field.
    pub(super) fn parse(field: Field, lookup: &str, value: &str) -> Result<Test, Refusal> {
        use Ordering::{Equal, Greater, Less};
        let text = |how, folded: bool| {
            let wanted = if folded { value.to_lowercase() } else { value.to_owned() };
            Ok(Test::Text { how, folded, wanted })
        };
        let order = |accepted| Ok(Test::Order(accepted, scalar(field, value)?));
        match lookup {
            "exact" => Ok(Test::Equals(scalar(field, value)?)),
            "iexact" => text(How::Equals, true),
            "contains" => text(How::Contains, false),
            "icontains" => text(How::Contains, true),
            "startswith" => text(How::StartsWith, false),
            "istartswith" => text(How::StartsWith, true),
            "endswith" => text(How::EndsWith, false),
            "iendswith" => text(How::EndsWith, true),
            "gt" => order(&[Greater]),
            "gte" => order(&[Greater, Equal]),
            "lt" => order(&[Less]),
            "lte" => order(&[Less, Equal]),
            "in" if value.is_empty() => Err(Refusal::detail("cannot provide empty value for __in")),
            "in" => {
                let parts: Result<_, _> =
                    value.split(',').map(|part| scalar(field, part)).collect();
                Ok(Test::OneOf(parts?))
            }
            "isnull" => Ok(Test::IsNull(boolean(value)?)),
            "regex" | "iregex" => {
                let mut builder = RegexBuilder::new(value);
                builder.size_limit(REGEX_BYTES_MAX).case_insensitive(lookup == "iregex");
                let regex = builder.build();
                regex.map(Test::Regex).map_err(|error| Refusal::detail(error.to_string()))
            }
            other => Err(Refusal::detail(format!("No related model for field {other}."))),
        }
    }

    /// The value passes.
    pub(super) fn passes(&self, value: &Scalar<'_>) -> bool {
        match self {
            Test::Equals(wanted) => value == wanted,
            Test::OneOf(wanted) => wanted.iter().any(|wanted| value == wanted),
            Test::IsNull(null) => matches!(value, Scalar::Null) == *null,
            _ if matches!(value, Scalar::Null) => false,
            Test::Order(accepted, wanted) => accepted.contains(&value.order(wanted)),
            Test::Regex(regex) => regex.is_match(&value.text()),
            Test::Text { how, folded, wanted } => {
                let text = value.text();
                let text = if *folded { Cow::Owned(text.to_lowercase()) } else { text };
                match how {
                    How::Equals => text == wanted.as_str(),
                    How::Contains => text.contains(wanted.as_str()),
                    How::StartsWith => text.starts_with(wanted.as_str()),
                    How::EndsWith => text.ends_with(wanted.as_str()),
                }
            }
        }
    }
}

/// A value of the field's type.
fn scalar(field: Field, value: &str) -> Result<Scalar<'static>, Refusal> {
    // messages of the model's own fields come as a list, written as JSON into the text
    let wrong = |what: &str| {
        let text = format!("\u{201c}{value}\u{201d} value {what}");
        Err(Refusal::detail(serde_json::json!([text]).to_string()))
    };
    match field {
        Field::Text | Field::Secret => Ok(Scalar::Text(Cow::Owned(value.to_owned()))),
        Field::Boolean => boolean(value).map(Scalar::Boolean),
        Field::Integer => match value.trim().parse() {
            Ok(number) => Ok(Scalar::Integer(number)),
            Err(_) => wrong("must be an integer."),
        },
        Field::Float => match value.trim().parse() {
            Ok(number) => Ok(Scalar::Float(number)),
            Err(_) => wrong("must be a float."),
        },
        Field::Time => match time(value) {
            Some(time) => Ok(Scalar::Time(time)),
            None => wrong(
                "has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format.",
            ),
        },
        Field::Related(_) => match value.trim().parse() {
            Ok(number) => Ok(Scalar::Integer(number)),
            Err(_) if matches!(value.to_lowercase().as_str(), "none" | "null") => Ok(Scalar::Null),
            Err(_) => {
                Err(Refusal::detail(format!("invalid literal for int() with base 10: '{value}'")))
            }
        },
    }
}

fn boolean(value: &str) -> Result<bool, Refusal> {
    match value.to_lowercase().as_str() {
        "true" | "1" => Ok(true),
        "false" | "0" => Ok(false),
        _ => Err(Refusal::detail(format!("Unable to interpret \"{value}\" as boolean"))),
    }
}

/// A time with or without an offset, or a date; without an offset it is UTC.
fn time(value: &str) -> Option<Timestamp> {
    let at_utc = |moment: DateTime| Offset::UTC.to_timestamp(moment).ok();
    value
        .parse::<Timestamp>()
        .ok()
        .or_else(|| at_utc(value.parse::<DateTime>().ok()?))
        .or_else(|| at_utc(value.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(field: Field, lookup: &str, wanted: &str, value: &Scalar<'_>, passes: bool) {
        let test = Test::parse(field, lookup, wanted).unwrap();
        assert_eq!(test.passes(value), passes, "{lookup} {wanted} {value:?}");
    }

    #[test]
    fn lookups_compare_as_they_are_named() {
        let name = Scalar::Text(Cow::Borrowed("osac-Create"));
        let text = |lookup, wanted, passes| check(Field::Text, lookup, wanted, &name, passes);
        text("exact", "osac-create", false);
        text("iexact", "osac-create", true);
        text("contains", "Cr", true);
        text("icontains", "CR", true);
        text("startswith", "OSAC", false);
        text("istartswith", "OSAC", true);
        text("endswith", "ate", true);
        text("iendswith", "ATE", true);
        text("regex", "^osac-[A-Z]", true);
        text("iregex", "^OSAC", true);
        text("in", "a,osac-Create", true);
        text("isnull", "true", false);
        let id = Scalar::Integer(10);
        let number = |lookup, wanted, passes| check(Field::Integer, lookup, wanted, &id, passes);
        number("gt", "9", true);
        number("gt", "10", false);
        number("gte", "10", true);
        number("lt", "9", false);
        number("lte", "10", true);
        check(Field::Time, "gte", "2026-01-01", &Scalar::Null, false);
        check(Field::Time, "isnull", "true", &Scalar::Null, true);
    }

    #[test]
    fn times_are_read_in_the_usual_forms() {
        let expected = Some(Timestamp::from_second(1_767_225_600).unwrap());
        for text in [
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01 00:00:00",
            "2026-01-01T00:00:00Z",
            "2026-01-01T01:00:00+01:00",
        ] {
            assert_eq!(time(text), expected, "{text}");
        }
        assert_eq!(time("yesterday"), None);
    }
}
