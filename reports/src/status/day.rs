//! What is known of one day.

use std::collections::{BTreeMap, BTreeSet};

use crate::Standing;
use crate::history::{Changes, Entry, Flaky, Outcome, Past, trends};

/// One day of a history, in UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day<'a> {
    /// `2026-02-08`.
    pub date: &'a str,
    /// The runs of the day, in the order in which they ended. Runs in which the operator was
    /// given a defect are left out: they are meant to fail.
    pub runs: Vec<&'a Entry>,
    /// Runs of the day that were left out.
    pub with_defect: usize,
    /// What stands where, a target each, in the order of their names.
    pub targets: Vec<TargetDay<'a>>,
    /// Lines of the history that could not be used.
    pub damaged: usize,
}

/// One target on one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetDay<'a> {
    /// What the runs ran against.
    pub target: &'a str,
    /// Runs of the day.
    pub runs: usize,
    /// How each variant stood at the end of the day: a run in which each variant ended as in the
    /// newest run that selected it.
    pub now: Entry,
    /// The same at the end of the day before; none if there was no run until then.
    pub before: Option<Entry>,
    /// Variants that stand badly at the end of the day.
    pub bad: Vec<BadVariant>,
    /// Variants that ended differently on the same plan, seed and program, with their names.
    pub flaky: Vec<(String, Flaky)>,
}

/// A variant that stands badly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadVariant {
    /// How it ended last.
    pub outcome: Outcome,
    /// When the first bad run began.
    pub since: String,
    /// The commit of that run.
    pub commit: Option<String>,
    /// Whether it stood well at the end of the day before, or was not known then.
    pub is_new: bool,
}

impl<'a> Day<'a> {
    /// Reads a day from a history. Later days are not looked at.
    #[must_use]
    pub fn of(date: &'a str, past: &'a Past) -> Day<'a> {
        let today = |entry: &&Entry| entry.day() == date;
        let all = past.entries.iter().filter(today);
        let (with_defect, runs): (Vec<_>, Vec<_>) = all.partition(|entry| entry.defect.is_some());
        let names: BTreeSet<&str> = runs.iter().map(|entry| entry.target.as_str()).collect();
        let targets = names.into_iter().map(|name| target(name, date, &past.entries));
        Day {
            date,
            with_defect: with_defect.len(),
            targets: targets.collect(),
            runs,
            damaged: past.damaged.len(),
        }
    }
}

impl TargetDay<'_> {
    /// What changed since the end of the day before, if there is one.
    #[must_use]
    pub fn changes(&self) -> Option<Changes<'_>> {
        self.before.as_ref().map(|before| Changes::between(before, &self.now))
    }
}

fn target<'a>(name: &'a str, date: &str, entries: &[Entry]) -> TargetDay<'a> {
    let of_target = |entry: &&Entry| entry.target == name && entry.defect.is_none();
    let until: Vec<Entry> =
        entries.iter().filter(of_target).filter(|entry| entry.day() <= date).cloned().collect();
    let (earlier, today): (Vec<&Entry>, Vec<&Entry>) =
        until.iter().partition(|entry| entry.day() < date);
    let now = merged(until.iter()).expect("a target is named by a run");
    let before = merged(earlier.iter().copied());
    let stood_badly: BTreeSet<String> = before
        .iter()
        .flat_map(|entry| &entry.outcomes)
        .filter(|it| it.is_bad())
        .map(Outcome::name)
        .collect();
    let mut bad = Vec::new();
    let mut flaky = Vec::new();
    for trend in trends(&until) {
        let name = format!("{}::{}", trend.scenario, trend.variant);
        flaky.extend(trend.flaky.map(|flaky| (name.clone(), flaky)));
        let outcome = now.outcomes.iter().find(|outcome| outcome.name() == name);
        if let Some((since, outcome)) = trend.bad_since.zip(outcome.filter(|it| it.is_bad())) {
            bad.push(BadVariant {
                outcome: outcome.clone(),
                since: since.first_bad.started.clone(),
                commit: since.first_bad.commit.clone(),
                is_new: !stood_badly.contains(&name),
            });
        }
    }
    TargetDay { target: name, runs: today.len(), before, bad, flaky, now }
}

/// The newest run, with the newest known outcome of every variant that any of the runs selected.
fn merged<'a>(entries: impl DoubleEndedIterator<Item = &'a Entry>) -> Option<Entry> {
    let mut newest_first = entries.rev();
    let mut merged = newest_first.next()?.clone();
    let mut place: BTreeMap<(String, String), usize> = BTreeMap::new();
    for (at, outcome) in merged.outcomes.iter().enumerate() {
        place.insert((outcome.scenario.clone(), outcome.variant.clone()), at);
    }
    for entry in newest_first {
        for outcome in &entry.outcomes {
            let key = (outcome.scenario.clone(), outcome.variant.clone());
            match place.get(&key).and_then(|at| merged.outcomes.get_mut(*at)) {
                // what was selected and not come to says nothing
                Some(newer) if newer.verdict == Standing::NotStarted => *newer = outcome.clone(),
                Some(_) => {}
                None => {
                    place.insert(key, merged.outcomes.len());
                    merged.outcomes.push(outcome.clone());
                }
            }
        }
        for (meter, rows) in &entry.covered {
            merged.covered.entry(meter.clone()).or_default().extend(rows.iter().cloned());
        }
    }
    Some(merged)
}
