//! Documents as the controller writes them. Those of jobs are written field by field, because they
//! are polled; the others are values.

mod event;
mod job;
mod parts;
mod roots;
mod template;
mod user;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

pub(crate) use event::{Event, event};
pub(crate) use job::{Encoded, Extent, JobDocument, Launched};
pub(crate) use roots::{api_root, config, ping, version_root};
pub(crate) use template::{launch_requirements, template};
pub(crate) use user::{NewToken, me, token};

/// A time: UTC, six digits after the second, none if they are all 0.
pub(crate) struct Stamp(pub(crate) Timestamp);

impl std::fmt::Display for Stamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let micros = self.0.as_microsecond().rem_euclid(1_000_000);
        let moment = jiff::tz::Offset::UTC.to_datetime(self.0);
        let (date, time) = (moment.date(), moment.time());
        write!(f, "{date}T{:02}:{:02}:{:02}", time.hour(), time.minute(), time.second())?;
        if micros != 0 {
            write!(f, ".{micros:06}")?;
        }
        f.write_str("Z")
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A time or null.
pub(crate) fn stamp(time: Option<Timestamp>) -> Option<Stamp> {
    time.map(Stamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_six_digits_or_none() {
        let check = |micros: i64, text: &str| {
            let time = Timestamp::from_microsecond(1_700_000_000_000_000 + micros).unwrap();
            assert_eq!(Stamp(time).to_string(), text);
        };
        check(0, "2023-11-14T22:13:20Z");
        check(1, "2023-11-14T22:13:20.000001Z");
        check(500_000, "2023-11-14T22:13:20.500000Z");
    }
}
