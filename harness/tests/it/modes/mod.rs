//! Each way in which AAP goes wrong is met by an operator in a variant of the suite: judged by the
//! variant's trace, not by what its file says of itself.
//!
//! [`met`] tells of a trace whether the operator met a mode there; the table names a variant for
//! each. Where the right thing is not to step into a trap (a name in a path, a path with an empty
//! id), the trap is there and the trace shows that it was passed by.

mod met;

use std::collections::{BTreeMap, BTreeSet};

use fake_aap::modes::MODES;
use harness::catalog;
use harness::run::Options;
use harness::suite::{self, Trial};
use harness::world::target::Target;
use trace::Verdict;

use met::Story;

/// Mode, scenario, variant. Modes with several faces stand there once for each.
const TABLE: &[(u8, &str, &str)] = &[
    (1, "S13", "connection-refused"),
    (2, "S06", "launch-slower-than-the-client"),
    (3, "S06", "reply-to-the-launch-is-lost"),
    (4, "S13", "status-502-html"),
    (4, "S13", "status-503-text"),
    (4, "S13", "status-504-html"),
    (5, "S13", "status-500-html"),
    (5, "S13", "status-500-json"),
    (6, "S13", "redirect"),
    (7, "S13", "html-instead-of-json"),
    (8, "S13", "token-expired"),
    (8, "S13", "token-ends-by-itself"),
    (9, "S14", "status-403"),
    (9, "S14", "user-may-only-read"),
    (10, "S14", "template-invisible"),
    (10, "S14", "user-without-rights"),
    (11, "S14", "template-missing"),
    (11, "S14", "template-deleted-between-lookup-and-launch"),
    (12, "S17", "same-name-in-two-organizations"),
    (12, "S17", "same-name-as-a-workflow-template"),
    (13, "S17", "no-bare-names"),
    (13, "S17", "only-a-workflow-template"),
    (14, "S17", "named-url-flake"),
    (15, "S14", "prompt-on-launch-off"),
    (15, "S14", "status-400-workflow-prompt-off-then-delete"),
    (16, "S14", "status-400-survey-then-delete"),
    (16, "S14", "status-400-inventory-then-delete"),
    (16, "S14", "status-400-password-then-delete"),
    (17, "S14", "status-413"),
    (17, "S14", "status-400-bad-json"),
    (17, "S14", "status-415"),
    (18, "S17", "sliced-job-template"),
    (19, "S17", "only-a-workflow-template"),
    (19, "S17", "workflow-of-jobs"),
    (20, "S08", "pending-for-capacity"),
    (20, "S08", "behind-another-instance"),
    (21, "S04", "fails-before-it-starts"),
    (22, "S04", "playbook-fails-silently"),
    (22, "S04", "failed-task-is-told"),
    (23, "S04", "error-without-a-traceback"),
    (24, "S04", "times-out"),
    (25, "S04", "reaped"),
    (26, "S08", "bounced-back-to-pending"),
    (27, "S08", "pending"),
    (27, "S08", "pending-canceled-later"),
    (27, "S03", "cancel-takes-a-minute"),
    (27, "S03", "reply-to-the-cancel-is-lost"),
    (28, "S03", "cancel-ignored-for-long"),
    (29, "S03", "forced-cancel-while-the-playbook-goes-on"),
    (29, "S03", "forced-cancel-flips-at-once"),
    (30, "S09", "job-ended-well"),
    (30, "S09", "forbidden-because-it-ended"),
    (31, "S03", "cancel-forbidden"),
    (32, "S18", "canceled-by-an-admin"),
    (33, "S11", "provision-job"),
    (33, "S11", "all-ended-jobs"),
    (34, "S04", "fails-after-the-vm-runs"),
    (34, "S04", "successful-without-a-vm"),
    (35, "S04", "playbook-fails-silently"),
    (35, "S04", "events-are-lost"),
    (36, "S16", "event-lost"),
    (36, "S16", "event-delivered-twice"),
    (36, "S16", "webhook-405"),
    (36, "S16", "webhook-413"),
    (36, "S16", "webhook-hangs"),
    (36, "S16", "webhook-refused"),
    (37, "S06", "provision-conflicts-1"),
    (37, "S10", "id-means-another-job-now"),
    (38, "S13", "restart-that-reaps-the-jobs"),
    (39, "S21", "empty-id"),
    (39, "S21", "empty-id-and-no-merged-slashes"),
    (40, "S04", "times-without-fractions"),
    (40, "S04", "ended-without-times"),
    (41, "S20", "launch"),
];

#[test]
fn each_mode_is_met_by_an_operator() {
    let missing: Vec<String> = MODES
        .iter()
        .filter(|mode| !TABLE.iter().any(|(number, ..)| *number == mode.number))
        .map(|mode| format!("F{} ({})", mode.number, mode.title))
        .collect();
    assert!(missing.is_empty(), "no variant for {}", missing.join(", "));
    let target = Target::embedded();
    let loaded = suite::load(&catalog::built_in(), &target.profile);
    let named: BTreeSet<(&str, &str)> =
        TABLE.iter().map(|(_, scenario, variant)| (*scenario, *variant)).collect();
    let is_named = |trial: &&Trial| {
        let id = trial.plan.labels.get("id").map_or("", String::as_str);
        named.contains(&(id, trial.plan.variant.as_str()))
    };
    let mut traces = BTreeMap::new();
    for trial in loaded.trials.iter().filter(is_named) {
        let trace =
            suite::run_one(&trial.plan, Options { seed: 1, defect: None, target: &target }, false);
        let verdict = &trace.closed.as_ref().expect("the suite judges").verdict;
        assert!(matches!(verdict, Verdict::Passed { .. }), "{}: {verdict:?}", trial.name);
        let id = trial.plan.labels["id"].clone();
        traces.insert((id, trial.plan.variant.clone()), (trial, trace));
    }
    let mut unmet = Vec::new();
    for (number, scenario, variant) in TABLE {
        let Some((trial, trace)) = traces.get(&((*scenario).to_owned(), (*variant).to_owned()))
        else {
            unmet.push(format!("{scenario} {variant}: there is no such variant"));
            continue;
        };
        if !Story::of(&trial.plan, trace).met(*number) {
            unmet.push(format!("{scenario} {variant}: no operator meets F{number} there"));
        }
    }
    assert!(unmet.is_empty(), "{}", unmet.join("\n"));
}

/// The judge of modes can say no: a plain life meets none but the gaps that are none.
#[test]
fn a_plain_life_meets_no_mode() {
    let target = Target::embedded();
    let loaded = suite::load(&catalog::built_in(), &target.profile);
    let is_plain = |trial: &&Trial| trial.plan.labels["id"] == "S01";
    let plain = loaded.trials.iter().find(is_plain).expect("S01 is built in");
    let trace =
        suite::run_one(&plain.plan, Options { seed: 1, defect: None, target: &target }, false);
    let story = Story::of(&plain.plan, &trace);
    let met: Vec<u8> = MODES.iter().map(|mode| mode.number).filter(|n| story.met(*n)).collect();
    assert_eq!(met, Vec::<u8>::new(), "{}", plain.name);
}
