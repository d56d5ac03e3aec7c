//! Numbers of a set of measurements, and no more of them than the set can bear.

use trace::Millis;

/// A set of measurements in a few numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// How many there are; at least one.
    pub count: usize,
    /// The smallest.
    pub min_ms: Millis,
    /// The middle one; of an even number the lower of the two, so that it was really measured.
    pub median_ms: Millis,
    /// The largest.
    pub max_ms: Millis,
}

impl Summary {
    /// The numbers; none of no measurement.
    #[must_use]
    pub fn of(samples: &[Millis]) -> Option<Summary> {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable();
        let (min_ms, max_ms) = (*sorted.first()?, *sorted.last()?);
        let median_ms = sorted[(sorted.len() - 1) / 2];
        Some(Summary { count: sorted.len(), min_ms, median_ms, max_ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_was_measured() {
        assert_eq!(Summary::of(&[]), None);
        let of = |samples: &[Millis]| {
            let Summary { count, min_ms, median_ms, max_ms } = Summary::of(samples).unwrap();
            (count, min_ms, median_ms, max_ms)
        };
        assert_eq!(of(&[7]), (1, 7, 7, 7));
        assert_eq!(of(&[9, 1]), (2, 1, 1, 9));
        assert_eq!(of(&[9, 1, 5]), (3, 1, 5, 9));
    }
}
