//! A point in time as it stands in an object.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An RFC 3339 time. Times that the operator writes are whole seconds, as everywhere in the
/// Kubernetes API; a time that a user wrote keeps its fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment(pub Timestamp);

impl Moment {
    /// `timestamp` without its fraction of a second.
    pub fn at(timestamp: Timestamp) -> Self {
        Self(Timestamp::from_second(timestamp.as_second()).unwrap_or(timestamp))
    }

    /// This time plus `duration`, at most the end of the calendar.
    pub fn after(self, duration: std::time::Duration) -> Timestamp {
        SignedDuration::try_from(duration)
            .ok()
            .and_then(|duration| self.0.checked_add(duration).ok())
            .unwrap_or(Timestamp::MAX)
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(de::Error::custom)
    }
}

impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time"})
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Moment {
        serde_json::from_value(text.into()).unwrap()
    }

    #[test]
    fn a_users_fraction_is_kept_and_ours_is_not_written() {
        let users = parse("2026-02-08T10:00:00.25Z");
        assert_eq!(serde_json::to_value(users).unwrap(), "2026-02-08T10:00:00.25Z");
        assert_eq!(Moment::at(users.0).to_string(), "2026-02-08T10:00:00Z");
    }

    #[test]
    fn an_offset_is_the_same_moment() {
        assert_eq!(parse("2026-02-08T12:00:00+02:00"), parse("2026-02-08T10:00:00Z"));
    }

    #[test]
    fn text_that_is_no_time_is_an_error() {
        assert!(serde_json::from_value::<Moment>("soon".into()).is_err());
    }
}
