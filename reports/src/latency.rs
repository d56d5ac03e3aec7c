//! How long instances took, by scenario and provider: see [`trace::latency`] for what is measured.
//!
//! Few numbers, and no more than the samples bear: the median is one that was measured (of an even
//! number the lower of the two), p95 is the nearest rank (below twenty samples the largest), the
//! spread is from the smallest to the largest. Nothing is concluded from a handful of samples.

use std::collections::BTreeMap;

use serde::Serialize;
use trace::Millis;
use trace::latency::Stage;

use crate::{Run, words};

/// Samples that a comparison needs on each side to say more than what was seen.
const ENOUGH: usize = 20;

/// What was measured in a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Latency {
    /// The whole run, by provider and stage.
    pub run: Vec<Group>,
    /// Each scenario, by provider and stage.
    pub scenarios: Vec<ScenarioLatency>,
    /// Scenarios that ran with both providers, and the whole run if it did.
    pub comparisons: Vec<Comparison>,
}

/// One scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ScenarioLatency {
    /// Its name.
    pub scenario: String,
    /// What was measured, by provider and stage.
    pub groups: Vec<Group>,
}

/// Samples of one provider and stage.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Group {
    /// `aap` or `eda`.
    pub provider: String,
    /// `provision`, `deprovision`, `total`.
    pub stage: &'static str,
    /// The numbers.
    #[serde(flatten)]
    pub numbers: Numbers,
}

/// A set of samples in a few numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Numbers {
    /// How many; at least one.
    pub count: usize,
    /// The smallest.
    pub min_ms: Millis,
    /// The middle one.
    pub median_ms: Millis,
    /// The one that 95 of 100 do not exceed.
    pub p95_ms: Millis,
    /// The largest.
    pub max_ms: Millis,
    /// From the smallest to the largest.
    pub spread_ms: Millis,
}

/// Two providers, side by side.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Comparison {
    /// The scenario; none for the whole run.
    pub scenario: Option<String>,
    /// `provision`, `deprovision`, `total`.
    pub stage: &'static str,
    /// The first provider.
    pub one: String,
    /// The other one.
    pub other: String,
    /// Numbers of the first.
    pub one_numbers: Numbers,
    /// Numbers of the other.
    pub other_numbers: Numbers,
    /// What can be said of it, and what cannot.
    pub statement: String,
}

/// Samples by provider and stage.
type Samples<'r> = BTreeMap<(&'r str, Stage), Vec<Millis>>;

impl Latency {
    /// What was measured in a run, in the order in which its scenarios stand there.
    #[must_use]
    pub fn of(run: &Run) -> Latency {
        let mut whole = Samples::new();
        let mut latency = Latency::default();
        for scenario in run.scenarios() {
            let mut samples = Samples::new();
            for one in scenario.trials().iter().flat_map(|trial| &trial.latencies) {
                let key = (one.provider.as_str(), one.stage);
                samples.entry(key).or_default().push(one.took);
                whole.entry(key).or_default().push(one.took);
            }
            if samples.is_empty() {
                continue;
            }
            latency.comparisons.extend(compare(Some(scenario.name()), &samples));
            let groups = groups(&samples);
            latency
                .scenarios
                .push(ScenarioLatency { scenario: scenario.name().to_owned(), groups });
        }
        latency.comparisons.extend(compare(None, &whole));
        latency.run = groups(&whole);
        latency
    }

    /// A group of the whole run.
    #[must_use]
    pub fn group(&self, provider: &str, stage: Stage) -> Option<&Group> {
        let its = |group: &&Group| group.provider == provider && group.stage == stage.as_str();
        self.run.iter().find(its)
    }

    /// The providers that anything was measured of, in order.
    #[must_use]
    pub fn providers(&self) -> Vec<&str> {
        let mut all: Vec<&str> = self.run.iter().map(|group| group.provider.as_str()).collect();
        all.dedup();
        all
    }
}

impl Numbers {
    /// The numbers; none of no sample.
    #[must_use]
    pub fn of(samples: &[Millis]) -> Option<Numbers> {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable();
        let (min_ms, max_ms) = (*sorted.first()?, *sorted.last()?);
        let count = sorted.len();
        // the nearest rank: ⌈count · 95 / 100⌉, counted from 1
        let rank = (count * 95).div_ceil(100).max(1);
        Some(Numbers {
            count,
            min_ms,
            median_ms: sorted[(count - 1) / 2],
            p95_ms: sorted[rank - 1],
            max_ms,
            spread_ms: max_ms - min_ms,
        })
    }
}

fn groups(samples: &Samples<'_>) -> Vec<Group> {
    let group = |((provider, stage), samples): (&(&str, Stage), &Vec<Millis>)| {
        let numbers = Numbers::of(samples)?;
        Some(Group { provider: (*provider).to_owned(), stage: stage.as_str(), numbers })
    };
    samples.iter().filter_map(group).collect()
}

fn compare(scenario: Option<&str>, samples: &Samples<'_>) -> Vec<Comparison> {
    let mut comparisons = Vec::new();
    for stage in Stage::ALL {
        let mut of_stage = samples.iter().filter(|((_, its), _)| *its == stage);
        let (Some(one), Some(other)) = (of_stage.next(), of_stage.next()) else { continue };
        let (Some(a), Some(b)) = (Numbers::of(one.1), Numbers::of(other.1)) else { continue };
        let (one, other) = (one.0.0, other.0.0);
        let mut statement = statement((one, a), (other, b));
        if scenario.is_none() {
            statement
                .push_str("; the variants differ in what is done to them, so compare scenarios");
        }
        comparisons.push(Comparison {
            scenario: scenario.map(str::to_owned),
            stage: stage.as_str(),
            one: one.to_owned(),
            other: other.to_owned(),
            one_numbers: a,
            other_numbers: b,
            statement,
        });
    }
    comparisons
}

/// What can be said: the medians' difference, and how much it is worth.
fn statement((one, a): (&str, Numbers), (other, b): (&str, Numbers)) -> String {
    let (fast, slow, less, more) = if a.median_ms <= b.median_ms {
        (one, other, a.median_ms, b.median_ms)
    } else {
        (other, one, b.median_ms, a.median_ms)
    };
    let seen = if less == more {
        format!("the medians of {one} and {other} are equal")
    } else {
        let percent = (more - less) as f64 * 100.0 / more.max(1) as f64;
        format!("the median of {fast} is {percent:.1} % below that of {slow}")
    };
    let few = a.count.min(b.count);
    let worth = if few == 1 {
        "one sample says what happened once".to_owned()
    } else if few < ENOUGH {
        "too few samples to tell a difference from chance".to_owned()
    } else if a.min_ms <= b.max_ms && b.min_ms <= a.max_ms {
        "the ranges overlap".to_owned()
    } else {
        "the ranges do not overlap".to_owned()
    };
    let counts = format!("n={} and n={}", a.count, b.count);
    format!("{seen} ({counts}: {worth})")
}

/// `3 min 0 s` of one sample, `3 min 0 s (n=12, 2 min 1 s – 9 min 0 s)` of more.
pub(crate) fn in_words(numbers: &Numbers) -> String {
    let median = words::duration(numbers.median_ms);
    if numbers.count == 1 {
        return format!("{median} (n=1)");
    }
    let (min, max) = (words::duration(numbers.min_ms), words::duration(numbers.max_ms));
    format!("{median} (n={}, {min} – {max})", numbers.count)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(samples: &[Millis]) -> Numbers {
        Numbers::of(samples).unwrap()
    }

    #[test]
    fn the_numbers_are_samples() {
        assert_eq!(Numbers::of(&[]), None);
        let one = numbers(&[7]);
        assert_eq!(
            (one.min_ms, one.median_ms, one.p95_ms, one.max_ms, one.spread_ms),
            (7, 7, 7, 7, 0)
        );
        assert_eq!(numbers(&[9, 1]).median_ms, 1);
        let hundred: Vec<Millis> = (1..=100).rev().collect();
        let all = numbers(&hundred);
        assert_eq!((all.median_ms, all.p95_ms, all.spread_ms), (50, 95, 99));
        assert_eq!(numbers(&hundred[..19]).p95_ms, 100, "below twenty it is the largest");
    }

    #[test]
    fn no_more_is_said_than_the_samples_bear() {
        let say = |a: &[Millis], b: &[Millis]| statement(("aap", numbers(a)), ("eda", numbers(b)));
        assert_eq!(
            say(&[171_000], &[649_000]),
            "the median of aap is 73.7 % below that of eda (n=1 and n=1: one sample says what \
             happened once)"
        );
        let three = say(&[150, 151, 152], &[157, 158, 159]);
        assert!(three.ends_with("too few samples to tell a difference from chance)"), "{three}");
        let many: Vec<Millis> = (0..20).collect();
        let later: Vec<Millis> = (100..120).collect();
        assert!(say(&many, &many).contains("are equal (n=20 and n=20: the ranges overlap)"));
        assert!(say(&later, &many).starts_with("the median of eda is "));
        assert!(say(&later, &many).ends_with("the ranges do not overlap)"));
    }
}
