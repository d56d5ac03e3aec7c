//! Durations as scenarios write them: `500ms`, `30s`, `1m30s`, `6h`.

use std::fmt::Write as _;
use std::time::Duration;

/// Why a text is no duration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DurationError {
    /// It is not made of numbers and units.
    #[error("not a duration")]
    Shape,
    /// A number stands without its unit.
    #[error("the unit is missing")]
    Unit,
    /// It is longer than [`LONGEST`].
    #[error("longer than 30 days")]
    TooLong,
}

/// The longest duration that a scenario may name.
pub const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

const UNITS: [(&str, u64); 4] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)];

/// Reads a duration: numbers with units `ms`, `s`, `m`, `h`, one after the other, at most 30 days.
///
/// # Errors
///
/// Says what is wrong with the text.
pub fn parse(text: &str) -> Result<Duration, DurationError> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let mut total: u64 = 0;
    let mut rest = text;
    if rest.is_empty() {
        return Err(DurationError::Shape);
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let number: u64 = match rest[..digits].parse() {
            Ok(number) => number,
            Err(_) if digits == 0 => return Err(DurationError::Shape),
            Err(_) => return Err(DurationError::TooLong),
        };
        rest = &rest[digits..];
        let letters = rest.len() - rest.trim_start_matches(|c: char| c.is_alphabetic()).len();
        let (unit, after) = rest.split_at(letters);
        let millis = match UNITS.iter().find(|(name, _)| *name == unit) {
            Some((_, millis)) => *millis,
            None if unit.is_empty() && after.is_empty() => return Err(DurationError::Unit),
            None => return Err(DurationError::Shape),
        };
        total = number
            .checked_mul(millis)
            .and_then(|n| total.checked_add(n))
            .ok_or(DurationError::TooLong)?;
        rest = after;
    }
    let duration = Duration::from_millis(total);
    if duration > LONGEST { Err(DurationError::TooLong) } else { Ok(duration) }
}

/// Writes a duration as [`parse`] reads it; parts of a millisecond are dropped.
#[must_use]
pub fn format(duration: Duration) -> String {
    let mut millis = duration.as_millis();
    if millis == 0 {
        return "0s".to_owned();
    }
    let mut text = String::new();
    for (unit, size) in [("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)] {
        if millis >= size {
            // writing to a String cannot fail
            let _ = write!(text, "{}{unit}", millis / size);
            millis %= size;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes_and_refuses_the_rest() {
        for (text, millis) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("1m30s", 90_000),
            ("6h", 21_600_000),
            ("2h3m4s5ms", 7_384_005),
        ] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
            assert_eq!(format(Duration::from_millis(millis)), text);
        }
        assert_eq!(parse("0"), Ok(Duration::ZERO));
        assert_eq!(parse("0s"), Ok(Duration::ZERO));
        for (text, error) in [
            ("", DurationError::Shape),
            ("30", DurationError::Unit),
            ("1m30", DurationError::Unit),
            ("s", DurationError::Shape),
            ("3d", DurationError::Shape),
            ("-3s", DurationError::Shape),
            ("1.5s", DurationError::Shape),
            ("3 s", DurationError::Shape),
            ("800h", DurationError::TooLong),
            ("99999999999999999999s", DurationError::TooLong),
            ("9999999999999999999h", DurationError::TooLong),
            ("3ſ", DurationError::Shape),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }
}
