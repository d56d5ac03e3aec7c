//! Every scenario can fail: an operator with one decision turned does not get through.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use harness::catalog;
use harness::defects::Defect;
use harness::run::Options;
use harness::suite::{self, Loaded, Suite, Trial};
use harness::world::target::Target;
use scenario::Profile;
use trace::Verdict;

fn trials() -> Vec<Trial> {
    let Loaded { trials, faults, .. } = suite::load(&catalog::built_in(), &Profile::embedded());
    assert!(faults.is_empty(), "{}", faults[0].text);
    trials
}

fn id(trial: &Trial) -> &str {
    trial.plan.labels.get("id").map_or("", String::as_str)
}

/// A variant that ended otherwise than passed.
struct Bad {
    id: String,
    name: String,
    failed: bool,
    /// What its first finding says in all.
    told: String,
}

/// The variants that end otherwise than passed under a defect.
fn bad(trials: &[Trial], defect: Defect) -> Vec<Bad> {
    let never = AtomicBool::new(false);
    let target = Target::embedded();
    let suite = Suite {
        trials,
        options: Options { seed: 1, defect: Some(defect), target: &target },
        jobs: std::thread::available_parallelism().map_or(1, usize::from),
        strict: false,
        fail_fast: false,
        stop: &never,
    };
    let mut found = Vec::new();
    suite.run(
        |_, trace, _| trace.closed.expect("a suite judges what it runs").verdict,
        |at, verdict| {
            let failed = matches!(verdict, Verdict::Failed { .. });
            if failed || matches!(verdict, Verdict::Broken { .. }) {
                let (id, name) = (id(&trials[at]).to_owned(), trials[at].name.clone());
                found.push(Bad { id, name, failed, told: format!("{:?}", verdict.findings()[0]) });
            }
        },
    );
    found
}

#[test]
fn each_scenario_notices_the_defect_that_it_is_there_for() {
    let trials = trials();
    let mut unnoticed = Vec::new();
    for &defect in Defect::ALL {
        let own: Vec<Trial> =
            trials.iter().filter(|trial| id(trial) == defect.scenario()).cloned().collect();
        if !bad(&own, defect).iter().any(|bad| bad.failed) {
            unnoticed.push(format!("{} by {}", defect.name(), defect.scenario()));
        }
    }
    assert!(unnoticed.is_empty(), "not noticed: {}", unnoticed.join(", "));
}

#[test]
fn there_is_a_defect_for_each_scenario() {
    for trial in trials() {
        let known = Defect::ALL.iter().any(|defect| defect.scenario() == id(&trial));
        assert!(known, "no defect is there for {}", trial.name);
    }
}

/// Variants of the scenario fail, and no others but for the same reason: they say `word`.
fn check_critical(defect: Defect, scenario: &str, word: &str) {
    let bad = bad(&trials(), defect);
    assert!(bad.iter().any(|bad| bad.id == scenario), "{} goes unnoticed", defect.name());
    for Bad { id, name, failed, told } in &bad {
        assert!(failed, "{name} is broken: {told}");
        assert!(id == scenario || told.contains(word), "{name}: {told}");
    }
    let scenarios: BTreeSet<&str> = bad.iter().map(|bad| bad.id.as_str()).collect();
    assert!(scenarios.len() <= 2, "{scenarios:?}");
}

#[test]
fn critical_bug_1_fails_variants_of_s16_and_others_for_the_webhook_that_does_not_come_only() {
    check_critical(Defect::EdaDeleteWaits, "S16", "webhook:deprovision");
}

#[test]
fn critical_bug_2_fails_variants_of_s12_and_others_for_the_version_they_ask_for_only() {
    check_critical(Defect::NoReconciledVersion, "S12", "reconciledConfigVersion");
}
