//! Words that every document shares: plurals and durations.

use trace::Millis;

/// `1 scenario`, `21 scenarios`. All nouns of the house take an s.
#[must_use]
pub fn plural(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// A duration as a person says it: `850 ms`, `12.5 s`, `4 min 35 s`, `2 h 5 min`.
#[must_use]
pub fn duration(ms: Millis) -> String {
    let seconds = ms / 1000;
    match ms {
        0..1_000 => format!("{ms} ms"),
        1_000..60_000 => format!("{seconds}.{} s", ms % 1000 / 100),
        60_000..3_600_000 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600_000.. => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// Milliseconds as seconds with three decimals, exact: `275.040`.
pub(crate) fn seconds(ms: Millis) -> String {
    format!("{}.{:03}", ms / 1000, ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_one_is_singular() {
        let words = [0, 1, 2].map(|count| plural(count, "variant"));
        assert_eq!(words, ["0 variants", "1 variant", "2 variants"]);
    }

    #[test]
    fn durations_use_the_two_largest_units() {
        let cases = [
            (0, "0 ms"),
            (999, "999 ms"),
            (1_000, "1.0 s"),
            (59_999, "59.9 s"),
            (275_000, "4 min 35 s"),
            (7_500_000, "2 h 5 min"),
            (Millis::MAX, "5124095576030 h 25 min"),
        ];
        for (ms, expected) in cases {
            assert_eq!(duration(ms), expected);
        }
    }

    #[test]
    fn seconds_keep_every_millisecond() {
        assert_eq!([seconds(0), seconds(275_040)], ["0.000", "275.040"]);
    }
}
