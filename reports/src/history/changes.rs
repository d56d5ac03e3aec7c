//! What differs between two runs.

use std::collections::{BTreeMap, BTreeSet};

use trace::Millis;

use crate::{Standing, words};

use super::entry::{Covered, Entry, Outcome};
use super::samples::Summary;

/// The difference from one run to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes<'a> {
    /// The run to compare with.
    pub before: &'a Entry,
    /// The run that is compared.
    pub after: &'a Entry,
    /// Why the two are not quite comparable, a sentence each; empty if they are.
    pub caveats: Vec<String>,
    /// Variants whose verdict differs, in the order of the later run, then what only the earlier
    /// one had.
    pub verdicts: Vec<VerdictChange<'a>>,
    /// Variants that ended alike in both.
    pub same: usize,
    /// Latencies by what was measured, in the order of their names.
    pub latencies: Vec<LatencyChange<'a>>,
    /// What was reached, by meter of coverage.
    pub coverage: Vec<CoverageChange<'a>>,
}

/// A variant whose verdict differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerdictChange<'a> {
    /// The scenario's name.
    pub scenario: &'a str,
    /// The variant's name.
    pub variant: &'a str,
    /// The scenario's id.
    pub id: &'a str,
    /// Its verdict in the earlier run; none if it was not there.
    pub before: Option<Standing>,
    /// Its verdict in the later run; none if it was not there.
    pub after: Option<Standing>,
    /// Which way it went.
    pub direction: Direction,
    /// The first reason of a bad verdict in the later run.
    pub why: &'a str,
    /// The scenario itself is another one.
    pub is_plan_changed: bool,
}

/// Which way a verdict went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// It failed or is broken, and was neither before; or it failed and was broken.
    Worse,
    /// It failed or was broken, and is passed now; or it failed and is broken.
    Better,
    /// Neither: it came, went, was skipped or was not started.
    Other,
}

/// One latency in both runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatencyChange<'a> {
    /// What was measured: provider and stage, `aap provision`.
    pub what: &'a str,
    /// In the earlier run; none if it was not measured.
    pub before: Option<Summary>,
    /// In the later run; none if it was not measured.
    pub after: Option<Summary>,
    /// What may be said of the difference.
    pub reading: Reading,
}

/// What may be said of two sets of measurements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// One of the two has none.
    OneSided,
    /// The sets are equal, number by number.
    Equal,
    /// Virtual time, the same plans and seed: what differs is the program, and by so much. Of the
    /// variants that both measured, so many differ.
    Exact {
        /// Variants that differ.
        differing: usize,
        /// Variants that both runs measured.
        compared: usize,
    },
    /// Fewer than [`COUNT_MIN`] in one of the two: a difference may be chance.
    TooFew,
    /// The ranges overlap: a difference of the medians may be chance.
    Overlapping,
    /// Every measurement of one is above all of the other.
    Apart,
}

impl Reading {
    /// Its name for programs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Reading::OneSided => "one-sided",
            Reading::Equal => "equal",
            Reading::Exact { .. } => "exact",
            Reading::TooFew => "too-few",
            Reading::Overlapping => "overlapping",
            Reading::Apart => "apart",
        }
    }

    /// What may be said, for people.
    #[must_use]
    pub fn says(self) -> String {
        match self {
            Reading::OneSided => "nothing to compare".to_owned(),
            Reading::Equal => "equal".to_owned(),
            Reading::Exact { compared: 0, .. } => "no variant was measured in both".to_owned(),
            Reading::Exact { differing: 0, compared } => {
                format!("no difference in {}", words::plural(compared, "variant"))
            }
            Reading::Exact { differing, compared } => {
                format!("differs in {differing} of {}", words::plural(compared, "variant"))
            }
            Reading::TooFew => {
                format!("too few measurements to tell: {COUNT_MIN} each are the least")
            }
            Reading::Overlapping => "the ranges overlap: may be chance".to_owned(),
            Reading::Apart => "the ranges are apart".to_owned(),
        }
    }
}

/// Measurements below which nothing is said of a difference.
pub const COUNT_MIN: usize = 5;

/// One meter of coverage in both runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CoverageChange<'a> {
    /// The meter.
    pub meter: &'a str,
    /// Rows reached in the earlier run.
    pub before: usize,
    /// Rows reached in the later run.
    pub after: usize,
    /// Reached now, and not before.
    pub gained: Vec<&'a str>,
    /// Reached before, and not now.
    pub lost: Vec<&'a str>,
}

type ByName<'a> = BTreeMap<(&'a str, &'a str), &'a Outcome>;

impl<'a> Changes<'a> {
    /// Compares.
    #[must_use]
    pub fn between(before: &'a Entry, after: &'a Entry) -> Changes<'a> {
        let old = by_name(before);
        let new = by_name(after);
        let mut verdicts = Vec::new();
        let mut same = 0;
        for outcome in &after.outcomes {
            let former = old.get(&key(outcome)).copied();
            match former {
                Some(former) if former.verdict == outcome.verdict => same += 1,
                _ => verdicts.push(change(former, Some(outcome))),
            }
        }
        let gone = before.outcomes.iter().filter(|outcome| !new.contains_key(&key(outcome)));
        verdicts.extend(gone.map(|outcome| change(Some(outcome), None)));
        Changes {
            before,
            after,
            caveats: caveats(before, after),
            verdicts,
            same,
            latencies: latencies(before, after),
            coverage: coverage(&before.covered, &after.covered),
        }
    }

    /// Changes that went so, in order.
    pub fn that_went(&self, direction: Direction) -> impl Iterator<Item = &VerdictChange<'a>> {
        self.verdicts.iter().filter(move |change| change.direction == direction)
    }

    /// Whether the later run is worse: at least one variant is.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        self.that_went(Direction::Worse).next().is_some()
    }

    /// Whether the later run knows less: it lacks a variant that the earlier one ran, or reaches
    /// fewer rows.
    #[must_use]
    pub fn knows_less(&self) -> bool {
        let ran = |standing: Option<Standing>| {
            !matches!(standing, None | Some(Standing::Skipped | Standing::NotStarted))
        };
        let lost = |change: &VerdictChange<'_>| ran(change.before) && !ran(change.after);
        self.coverage.iter().any(|meter| !meter.lost.is_empty()) || self.verdicts.iter().any(lost)
    }
}

fn key(outcome: &Outcome) -> (&str, &str) {
    (&outcome.scenario, &outcome.variant)
}

fn by_name(entry: &Entry) -> ByName<'_> {
    entry.outcomes.iter().map(|outcome| (key(outcome), outcome)).collect()
}

fn change<'a>(before: Option<&'a Outcome>, after: Option<&'a Outcome>) -> VerdictChange<'a> {
    let named = after.or(before).expect("a change is of something");
    let plans = before.zip(after).map(|(before, after)| (&before.plan, &after.plan));
    VerdictChange {
        scenario: &named.scenario,
        variant: &named.variant,
        id: &named.id,
        before: before.map(|outcome| outcome.verdict),
        after: after.map(|outcome| outcome.verdict),
        direction: direction(before, after),
        why: after.map_or("", |outcome| &outcome.why),
        is_plan_changed: plans
            .is_some_and(|(old, new)| old != new && !old.is_empty() && !new.is_empty()),
    }
}

/// Bad is a scale: good, broken, failed. What is not there, was skipped or not started is no
/// point on it, but a bad verdict that comes out of nothing is worse than nothing.
fn direction(before: Option<&Outcome>, after: Option<&Outcome>) -> Direction {
    let level = |outcome: Option<&Outcome>| match outcome.map(|outcome| outcome.verdict) {
        None | Some(Standing::Skipped | Standing::NotStarted) => None,
        Some(Standing::Passed) => Some(0),
        Some(Standing::Broken) => Some(1),
        Some(Standing::Failed) => Some(2),
    };
    match (level(before), level(after)) {
        (before, Some(after)) if after > before.unwrap_or(0) => Direction::Worse,
        (Some(before), Some(after)) if after < before => Direction::Better,
        _ => Direction::Other,
    }
}

fn caveats(before: &Entry, after: &Entry) -> Vec<String> {
    let mut caveats = Vec::new();
    let mut differ = |what: &str, old: &str, new: &str| {
        if old != new {
            caveats.push(format!("{what}: {old} before, {new} after"));
        }
    };
    differ("seed", &before.seed.to_string(), &after.seed.to_string());
    differ("target", &before.target, &after.target);
    differ("scenarios", &before.source, &after.source);
    let defect = |entry: &'_ Entry| entry.defect.clone().unwrap_or_else(|| "none".to_owned());
    differ("defect", &defect(before), &defect(after));
    let strict = |entry: &Entry| if entry.strict { "taken for failures" } else { "only said" };
    differ("warnings", strict(before), strict(after));
    caveats
}

fn coverage<'a>(before: &'a Covered, after: &'a Covered) -> Vec<CoverageChange<'a>> {
    static NONE: BTreeSet<String> = BTreeSet::new();
    let meters: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let change = |meter: &'a String| {
        let old = before.get(meter).unwrap_or(&NONE);
        let new = after.get(meter).unwrap_or(&NONE);
        CoverageChange {
            meter,
            before: old.len(),
            after: new.len(),
            gained: new.difference(old).map(String::as_str).collect(),
            lost: old.difference(new).map(String::as_str).collect(),
        }
    };
    meters.into_iter().map(change).collect()
}

/// Measurements of one run by what was measured.
type Samples<'a> = BTreeMap<&'a str, Vec<Millis>>;

fn samples(entry: &Entry) -> Samples<'_> {
    let mut samples = Samples::new();
    for (what, values) in entry.outcomes.iter().flat_map(|outcome| &outcome.latencies) {
        samples.entry(what).or_default().extend(values);
    }
    samples
}

fn latencies<'a>(before: &'a Entry, after: &'a Entry) -> Vec<LatencyChange<'a>> {
    let (old, new) = (samples(before), samples(after));
    let keys: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let exact = before.is_virtual() && after.is_virtual() && before.seed == after.seed;
    let change = |what: &'a str| {
        let of = |samples: &Samples<'a>| samples.get(what).cloned().unwrap_or_default();
        let (old, new) = (of(&old), of(&new));
        let reading = if exact && !old.is_empty() && !new.is_empty() {
            paired(before, after, what)
        } else {
            reading(&old, &new)
        };
        LatencyChange { what, before: Summary::of(&old), after: Summary::of(&new), reading }
    };
    keys.into_iter().map(change).collect()
}

/// Variant by variant, for in virtual time there is no noise to average out.
fn paired(before: &Entry, after: &Entry, what: &str) -> Reading {
    let old = by_name(before);
    let (mut differing, mut compared) = (0, 0);
    for outcome in &after.outcomes {
        let former = old.get(&key(outcome));
        let measured = |outcome: &Outcome| outcome.latencies.get(what).cloned();
        if let Some((old, new)) = former.and_then(|one| measured(one).zip(measured(outcome))) {
            compared += 1;
            differing += usize::from(old != new);
        }
    }
    Reading::Exact { differing, compared }
}

fn reading(before: &[Millis], after: &[Millis]) -> Reading {
    let (Some(old), Some(new)) = (Summary::of(before), Summary::of(after)) else {
        return Reading::OneSided;
    };
    let sorted = |values: &[Millis]| {
        let mut values = values.to_vec();
        values.sort_unstable();
        values
    };
    if sorted(before) == sorted(after) {
        Reading::Equal
    } else if old.count.min(new.count) < COUNT_MIN {
        Reading::TooFew
    } else if old.max_ms < new.min_ms || new.max_ms < old.min_ms {
        Reading::Apart
    } else {
        Reading::Overlapping
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::{FORMAT, Latencies};
    use super::*;

    use Standing::{Broken, Failed, NotStarted, Passed, Skipped};

    fn outcome(variant: &str, verdict: Standing, provision: &[Millis]) -> Outcome {
        let mut latencies = Latencies::new();
        if !provision.is_empty() {
            latencies.insert("aap provision".into(), provision.to_vec());
        }
        Outcome {
            scenario: "s01".into(),
            variant: variant.into(),
            id: "S01".into(),
            provider: "aap".into(),
            plan: "p1".into(),
            verdict,
            virtual_ms: 1,
            why: String::new(),
            latencies,
        }
    }

    fn entry(target: &str, outcomes: Vec<Outcome>) -> Entry {
        Entry {
            format: FORMAT,
            started: "2026-02-08T09:30:00Z".into(),
            wall_us: 1,
            version: "0.1.0".into(),
            program: "build-1".into(),
            commit: None,
            seed: 1,
            target: target.into(),
            source: "built in".into(),
            defect: None,
            strict: false,
            exit_code: 0,
            complaints: Vec::new(),
            covered: Covered::new(),
            outcomes,
        }
    }

    fn run(verdict: Option<Standing>) -> Entry {
        let outcomes = verdict.map(|verdict| outcome("plain", verdict, &[]));
        entry("embedded", outcomes.into_iter().collect())
    }

    #[test]
    fn what_turns_bad_is_worse_and_what_turns_good_is_better() {
        use Direction::{Better, Other, Worse};
        let cases = [
            (Some(Passed), Some(Failed), Worse),
            (Some(Passed), Some(Broken), Worse),
            (Some(Broken), Some(Failed), Worse),
            (Some(Skipped), Some(Failed), Worse),
            (None, Some(Broken), Worse),
            (Some(Failed), Some(Broken), Better),
            (Some(Failed), Some(Passed), Better),
            (Some(Broken), Some(Passed), Better),
            (None, Some(Passed), Other),
            (Some(Passed), None, Other),
            (Some(Passed), Some(Skipped), Other),
            (Some(Failed), Some(NotStarted), Other),
        ];
        for (before, after, expected) in cases {
            let (old, new) = (run(before), run(after));
            let changes = Changes::between(&old, &new);
            assert_eq!(changes.verdicts[0].direction, expected, "{before:?} → {after:?}");
            assert_eq!(changes.is_worse(), expected == Worse);
        }
        let same = run(Some(Failed));
        let changes = Changes::between(&same, &same);
        assert_eq!((changes.verdicts.len(), changes.same), (0, 1));
    }

    #[test]
    fn a_run_that_lacks_a_variant_knows_less() {
        let cases = [
            (Some(Passed), None, true),
            (Some(Failed), Some(NotStarted), true),
            (Some(Skipped), None, false),
            (None, Some(Passed), false),
        ];
        for (before, after, expected) in cases {
            let (old, new) = (run(before), run(after));
            assert_eq!(Changes::between(&old, &new).knows_less(), expected, "{before:?}");
        }
    }

    #[test]
    fn rows_that_are_no_longer_reached_are_named() {
        let rows = |names: &[&str]| {
            let names = names.iter().map(|name| (*name).to_owned());
            Covered::from([("transitions".to_owned(), names.collect())])
        };
        let old = Entry { covered: rows(&["launched", "polled"]), ..run(None) };
        let new = Entry { covered: rows(&["cancelled", "polled"]), ..run(None) };
        let changes = Changes::between(&old, &new);
        let expected = CoverageChange {
            meter: "transitions",
            before: 2,
            after: 2,
            gained: vec!["cancelled"],
            lost: vec!["launched"],
        };
        assert_eq!(changes.coverage, [expected]);
        assert!(changes.knows_less() && !changes.is_worse());
    }

    #[test]
    fn what_is_not_comparable_is_said() {
        let old = run(None);
        let new = Entry { seed: 2, defect: Some("d".into()), strict: true, ..run(None) };
        let changes = Changes::between(&old, &new);
        let expected = [
            "seed: 1 before, 2 after",
            "defect: none before, d after",
            "warnings: only said before, taken for failures after",
        ];
        assert_eq!(changes.caveats, expected);
    }

    fn read(target: &str, before: &[Millis], after: &[Millis]) -> Reading {
        let run = |samples: &[Millis]| entry(target, vec![outcome("plain", Passed, samples)]);
        let (old, new) = (run(before), run(after));
        Changes::between(&old, &new).latencies[0].reading
    }

    #[test]
    fn in_virtual_time_each_difference_counts() {
        let exact = |differing| Reading::Exact { differing, compared: 1 };
        assert_eq!(read("embedded", &[171_000], &[171_001]), exact(1));
        assert_eq!(read("embedded", &[171_000], &[171_000]), exact(0));
    }

    #[test]
    fn in_real_time_little_is_said_of_few_measurements() {
        let read = |before: &[Millis], after: &[Millis]| read("cluster/real", before, after);
        assert_eq!(read(&[1, 2, 3], &[7, 8, 9]), Reading::TooFew);
        assert_eq!(read(&[1, 2, 3, 4, 5], &[]), Reading::OneSided);
        assert_eq!(read(&[1, 2, 3, 4, 5], &[5, 4, 3, 2, 1]), Reading::Equal);
        assert_eq!(read(&[1, 2, 3, 4, 5], &[5, 6, 7, 8, 9]), Reading::Overlapping);
        assert_eq!(read(&[1, 2, 3, 4, 5], &[6, 7, 8, 9, 9]), Reading::Apart);
    }
}
