//! Every scenario can fail: an operator with one decision turned does not get through.

use harness::defects::Defect;
use harness::run::Options;
use harness::suite::{self, Trial};
use harness::{catalog, suite::Loaded};
use trace::Verdict;

fn trials() -> Vec<Trial> {
    let Loaded { trials, faults, .. } = suite::load(&catalog::built_in());
    assert!(faults.is_empty(), "{}", faults[0].text);
    trials
}

fn id(trial: &Trial) -> &str {
    trial.plan.labels.get("id").map_or("", String::as_str)
}

/// The variants that end otherwise than passed under a defect, with their first finding.
fn bad(trials: &[Trial], defect: Defect) -> Vec<(String, String)> {
    let options = Options { seed: 1, defect: Some(defect) };
    let told = |trial: &Trial| {
        let trace = suite::run_one(&trial.plan, options, false);
        match trace.closed.unwrap().verdict {
            Verdict::Passed { .. } | Verdict::Skipped { .. } => None,
            Verdict::Failed { findings } => {
                Some((trial.name.clone(), format!("failed: {}", findings[0].title)))
            }
            Verdict::Broken { findings } => {
                Some((trial.name.clone(), format!("broken: {}", findings[0].title)))
            }
        }
    };
    trials.iter().filter_map(told).collect()
}

#[test]
fn each_scenario_notices_the_defect_that_it_is_there_for() {
    let trials = trials();
    let mut unnoticed = Vec::new();
    for &defect in Defect::ALL {
        let own: Vec<Trial> =
            trials.iter().filter(|trial| id(trial) == defect.scenario()).cloned().collect();
        if !bad(&own, defect).iter().any(|(_, told)| told.starts_with("failed")) {
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

fn check_critical(defect: Defect, scenario: &str) {
    let trials = trials();
    let bad = bad(&trials, defect);
    assert!(!bad.is_empty(), "{} goes unnoticed", defect.name());
    for (name, told) in &bad {
        let of = trials.iter().find(|trial| trial.name == *name).map(id);
        assert_eq!(of, Some(scenario), "{name} {told}");
        assert!(told.starts_with("failed"), "{name} {told}");
    }
}

#[test]
fn critical_bug_1_fails_variants_of_s16_and_no_others() {
    check_critical(Defect::EdaDeleteWaits, "S16");
}

#[test]
fn critical_bug_2_fails_variants_of_s12_and_no_others() {
    check_critical(Defect::NoReconciledVersion, "S12");
}
