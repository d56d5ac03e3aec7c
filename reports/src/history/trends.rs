//! One variant over many runs.

use std::collections::BTreeMap;

use crate::Standing;

use super::entry::{Entry, Outcome};

/// How one variant ended in each of the runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trend<'a> {
    /// The scenario's name.
    pub scenario: &'a str,
    /// The variant's name.
    pub variant: &'a str,
    /// The scenario's id, by the newest run that has it.
    pub id: &'a str,
    /// Its verdict in each run, oldest first; none where it was not selected.
    pub verdicts: Vec<Option<Standing>>,
    /// Since when it is bad, if it is.
    pub bad_since: Option<BadSince<'a>>,
    /// Different verdicts on the same thing, if there were.
    pub flaky: Option<Flaky>,
}

/// The first of the bad runs up to the newest that knows the variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadSince<'a> {
    /// The first bad run.
    pub first_bad: &'a Entry,
    /// The last run before it in which the variant was not bad; none if it never was seen so.
    pub last_good: Option<&'a Entry>,
    /// Bad runs since then.
    pub runs: usize,
}

/// The same plan, seed and program on the same target ended differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Flaky {
    /// Runs that passed, of the newest such set.
    pub passed: usize,
    /// Runs that failed or were broken, of the same set.
    pub bad: usize,
    /// The world was one of virtual time, in which that cannot be: a bug of the harness.
    pub is_virtual: bool,
}

/// The trends of all variants that the newest runs know, in the order in which they first appear
/// from the newest run back.
#[must_use]
pub fn trends(entries: &[Entry]) -> Vec<Trend<'_>> {
    let mut order: Vec<(&str, &str)> = Vec::new();
    let mut seen: BTreeMap<(&str, &str), Vec<(usize, &Outcome)>> = BTreeMap::new();
    for (run, entry) in entries.iter().enumerate().rev() {
        for outcome in &entry.outcomes {
            let key = (outcome.scenario.as_str(), outcome.variant.as_str());
            let runs = seen.entry(key).or_default();
            if runs.is_empty() {
                order.push(key);
            }
            runs.push((run, outcome));
        }
    }
    let trend = |(scenario, variant)| {
        let mut runs = seen.remove(&(scenario, variant)).unwrap_or_default();
        runs.reverse();
        one(entries, scenario, variant, &runs)
    };
    order.into_iter().map(trend).collect()
}

fn one<'a>(
    entries: &'a [Entry],
    scenario: &'a str,
    variant: &'a str,
    runs: &[(usize, &'a Outcome)],
) -> Trend<'a> {
    let mut verdicts = vec![None; entries.len()];
    for (run, outcome) in runs {
        verdicts[*run] = Some(outcome.verdict);
    }
    Trend {
        scenario,
        variant,
        id: runs.last().map_or(scenario, |(_, outcome)| &outcome.id),
        verdicts,
        bad_since: bad_since(entries, runs),
        flaky: flaky(entries, runs),
    }
}

/// A run that did not come to the variant, or skipped it, says nothing.
fn bad_since<'a>(entries: &'a [Entry], runs: &[(usize, &Outcome)]) -> Option<BadSince<'a>> {
    let knows = |(_, outcome): &&(usize, &Outcome)| {
        matches!(outcome.verdict, Standing::Passed | Standing::Failed | Standing::Broken)
    };
    let mut back = runs.iter().filter(knows).rev().peekable();
    let mut first_bad = None;
    let mut count = 0;
    while let Some((run, _)) = back.next_if(|(_, outcome)| outcome.is_bad()) {
        first_bad = entries.get(*run);
        count += 1;
    }
    let last_good = back.next().and_then(|(run, _)| entries.get(*run));
    first_bad.map(|first_bad| BadSince { first_bad, last_good, runs: count })
}

/// What must be equal for two runs to be the same experiment.
fn experiment<'a>(entry: &'a Entry, outcome: &'a Outcome) -> Option<Experiment<'a>> {
    let Entry { program, target, source, seed, defect, strict, .. } = entry;
    // of an unknown plan or program nothing can be said
    (!outcome.plan.is_empty() && !program.is_empty()).then_some(Experiment {
        plan: &outcome.plan,
        program,
        target,
        source,
        seed: *seed,
        defect: defect.as_deref(),
        strict: *strict,
    })
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Experiment<'a> {
    plan: &'a str,
    program: &'a str,
    target: &'a str,
    source: &'a str,
    seed: u64,
    defect: Option<&'a str>,
    strict: bool,
}

fn flaky(entries: &[Entry], runs: &[(usize, &Outcome)]) -> Option<Flaky> {
    let mut sets: BTreeMap<Experiment<'_>, (Flaky, usize)> = BTreeMap::new();
    for (run, outcome) in runs {
        let Some(entry) = entries.get(*run) else { continue };
        let Some(experiment) = experiment(entry, outcome) else { continue };
        let none = Flaky { passed: 0, bad: 0, is_virtual: entry.is_virtual() };
        let (flaky, newest) = sets.entry(experiment).or_insert((none, *run));
        *newest = (*newest).max(*run);
        match outcome.verdict {
            Standing::Passed => flaky.passed += 1,
            Standing::Failed | Standing::Broken => flaky.bad += 1,
            Standing::Skipped | Standing::NotStarted => {}
        }
    }
    let differing = sets.into_values().filter(|(flaky, _)| flaky.passed > 0 && flaky.bad > 0);
    differing.max_by_key(|(_, newest)| *newest).map(|(flaky, _)| flaky)
}

#[cfg(test)]
mod tests {
    use super::super::entry::{Covered, FORMAT, Latencies};
    use super::*;

    use Standing::{Broken, Failed, NotStarted, Passed, Skipped};

    fn entry(nth: usize, verdict: Option<Standing>) -> Entry {
        let outcome = |verdict| Outcome {
            scenario: "s01".into(),
            variant: "plain".into(),
            id: "S01".into(),
            provider: "aap".into(),
            plan: "p1".into(),
            verdict,
            virtual_ms: 1,
            why: String::new(),
            latencies: Latencies::new(),
        };
        Entry {
            format: FORMAT,
            started: format!("run {nth}"),
            wall_us: 1,
            version: "0.1.0".into(),
            program: "build-1".into(),
            commit: None,
            seed: 1,
            target: "embedded".into(),
            source: "built in".into(),
            defect: None,
            strict: false,
            exit_code: 0,
            complaints: Vec::new(),
            covered: Covered::new(),
            outcomes: verdict.map(outcome).into_iter().collect(),
        }
    }

    fn entries(verdicts: &[Option<Standing>]) -> Vec<Entry> {
        verdicts.iter().enumerate().map(|(nth, verdict)| entry(nth, *verdict)).collect()
    }

    /// First bad run, last good run, bad runs.
    fn since(verdicts: &[Option<Standing>]) -> Option<(String, Option<String>, usize)> {
        let entries = entries(verdicts);
        let trend = trends(&entries).into_iter().next()?;
        let BadSince { first_bad, last_good, runs } = trend.bad_since?;
        Some((first_bad.started.clone(), last_good.map(|it| it.started.clone()), runs))
    }

    #[test]
    fn the_first_bad_run_is_that_of_the_last_streak() {
        assert_eq!(since(&[Some(Failed), Some(Passed)]), None);
        let one = since(&[Some(Failed), Some(Passed), Some(Failed), Some(Broken)]);
        assert_eq!(one, Some(("run 2".into(), Some("run 1".into()), 2)));
        assert_eq!(since(&[Some(Failed)]), Some(("run 0".into(), None, 1)));
    }

    #[test]
    fn runs_that_do_not_know_neither_begin_nor_end_a_streak() {
        let gaps = [Some(Passed), Some(Failed), None, Some(Skipped), Some(NotStarted)];
        assert_eq!(since(&gaps), Some(("run 1".into(), Some("run 0".into()), 1)));
        let entries = entries(&gaps);
        assert_eq!(trends(&entries)[0].verdicts, gaps);
    }

    /// The verdicts of runs that `change` makes differ in one thing.
    fn flaky_after(change: impl Fn(&mut Entry)) -> Option<Flaky> {
        let mut entries = entries(&[Some(Passed), Some(Failed), Some(Failed)]);
        change(&mut entries[0]);
        trends(&entries)[0].flaky
    }

    #[test]
    fn different_verdicts_on_the_same_experiment_are_flaky() {
        let expected = Flaky { passed: 1, bad: 2, is_virtual: true };
        assert_eq!(flaky_after(|_| {}), Some(expected));
    }

    #[test]
    fn another_experiment_may_end_differently() {
        let changes: [fn(&mut Entry); 8] = [
            |entry| entry.seed = 2,
            |entry| entry.program = "build-2".into(),
            |entry| entry.program = String::new(),
            |entry| entry.target = "cluster/process/fake/real".into(),
            |entry| entry.source = "my scenarios".into(),
            |entry| entry.defect = Some("eda-delete-waits".into()),
            |entry| entry.strict = true,
            |entry| entry.outcomes[0].plan = "p2".into(),
        ];
        for change in changes {
            assert_eq!(flaky_after(change), None);
        }
    }

    #[test]
    fn a_virtual_world_is_told_from_a_real_one() {
        let mut entries = entries(&[Some(Passed), Some(Broken)]);
        for entry in &mut entries {
            entry.target = "cluster/process/fake/real".into();
        }
        let flaky = trends(&entries)[0].flaky;
        assert_eq!(flaky, Some(Flaky { passed: 1, bad: 1, is_virtual: false }));
    }
}
