//! A run with one of everything: each verdict, load faults and hostile text.

use std::collections::BTreeMap;

use reports::coverage::{Known, KnownRow, Meter, Need, PlannedCase};
use reports::{Attempt, BUILT_IN, LoadFault, Run, Trial, TrialEnd, WallTimes};
use trace::latency::{Latency, Stage};
use trace::{Checked, Excerpt, Finding, Place, Verdict};

/// What an attacker, or a binary log, would put anywhere.
pub const HOSTILE: &str = "<script>alert(1)</script> ]]> &amp; \u{1b}[2J\u{1b}]0;title\u{7} \u{0}\
     \u{fffe} \u{202e}drawkcab [[ATTACHMENT|/etc/passwd]] \"'\r\n\tsecond line";

pub fn passed() -> Verdict {
    Verdict::Passed {
        checked: vec![
            Checked { property: "I1".into(), times: 312 },
            Checked { property: "never[0]".into(), times: 41 },
        ],
        warnings: Vec::new(),
    }
}

pub fn finding(title: &str) -> Finding {
    Finding {
        property: "assert".into(),
        title: title.into(),
        at: 182_500,
        place: Some(Place {
            file: "scenarios/s06-conflicts-and-stale-caches.yaml".into(),
            line: 31,
            column: 12,
            width: 34,
            text: "  - {that: (calls.launches(\"provision\") == 1 && calls.cancels() == 0)}".into(),
        }),
        expected: "calls.launches(\"provision\") == 1".into(),
        seen: "2".into(),
        differences: vec!["status.phase: expected Running, seen Starting".into()],
        hint: String::new(),
        object: "default/vm1".into(),
        excerpt: vec![
            Excerpt { at: 1_200, text: "operator → aap  launch provision: 201, job 11".into() },
            Excerpt { at: 31_240, text: "operator → aap  launch provision: 201, job 12".into() },
        ],
    }
}

pub fn hostile_finding() -> Finding {
    Finding {
        property: HOSTILE.into(),
        title: HOSTILE.into(),
        hint: HOSTILE.into(),
        expected: HOSTILE.into(),
        seen: HOSTILE.into(),
        differences: vec![HOSTILE.into()],
        object: HOSTILE.into(),
        excerpt: vec![Excerpt { at: 5, text: HOSTILE.into() }],
        place: Some(Place {
            file: HOSTILE.into(),
            line: 1,
            column: 3,
            width: 900,
            text: HOSTILE.into(),
        }),
        ..finding("")
    }
}

pub fn trial(id: &str, scenario: &str, variant: &str, verdict: Verdict) -> Trial {
    let log_tail = vec!["1.200 s INFO launched job 11".into(), HOSTILE.into()];
    Trial {
        scenario: scenario.into(),
        variant: variant.into(),
        title: "Conflicts and stale caches lead to exactly one launch".into(),
        shows: String::new(),
        labels: BTreeMap::from([
            ("category".into(), "concurrency".into()),
            ("id".into(), id.into()),
            ("priority".into(), "P0".into()),
        ]),
        provider: "aap".into(),
        end: TrialEnd::Ended {
            verdict,
            virtual_ms: 275_040,
            events: 312,
            log_tail,
            trace_path: Some(format!("reports/out/traces/{scenario}/{variant}.jsonl")),
        },
        ..Trial::default()
    }
}

pub fn empty() -> Run {
    Run {
        seed: 42,
        target: "embedded/embedded/fake/virtual".into(),
        source: BUILT_IN.into(),
        version: "0.1.0".into(),
        ..Run::default()
    }
}

pub fn attempt(verdict: Verdict) -> Attempt {
    Attempt {
        verdict,
        virtual_ms: 600_000,
        log_tail: vec![HOSTILE.into()],
        trace_path: Some("reports/out/traces/s02-restart/plain.1.jsonl".into()),
    }
}

/// What one instance took.
pub fn latencies(provider: &str, [provision, deprovision]: [u64; 2]) -> Vec<Latency> {
    let took = [provision, deprovision, provision + deprovision];
    let latency =
        |(stage, took)| Latency { stage, object: "ns/vm1".into(), provider: provider.into(), took };
    Stage::ALL.into_iter().zip(took).map(latency).collect()
}

/// A table of which the mixed run reaches a part, and a plan of two cases.
pub fn known() -> Known {
    let row = |id: &str, need| KnownRow { id: id.into(), title: format!("row {id}"), need };
    let rows = vec![
        row("launch-accepted", Need::Wanted),
        row("launch-refused", Need::Wanted),
        row("launched-twice", Need::MustNot),
        row("never-heard-of", Need::Excused("no scenario can".into())),
    ];
    let case = |id: &str, scenario: &str, variant: &str| PlannedCase {
        id: id.into(),
        title: "Create, run, delete".into(),
        priority: "P0".into(),
        category: "baseline".into(),
        variants: vec![(scenario.into(), variant.into())],
    };
    Known {
        rows: vec![(Meter::Transitions, rows)],
        plan: vec![
            case("S01", "s01-create-run-delete", "plain"),
            case("S21", "s21-history", "limit-3"),
        ],
    }
}

/// A run that selected nothing.
pub fn nothing() -> Run {
    Run { known: known(), ..empty() }
}

/// Passed, failed, broken, skipped, flaky and tried in vain, not started for the interruption, and
/// a file that does not load.
pub fn run() -> Run {
    let conflicts = "s06-conflicts-and-stale-caches";
    let warned = Finding { excerpt: Vec::new(), ..finding("the assertion was already true") };
    let warned = Verdict::Passed { checked: Vec::new(), warnings: vec![warned] };
    let two = vec![finding("two jobs were launched"), hostile_finding()];
    let felt = Finding {
        property: "fault never felt".into(),
        place: None,
        hint: "does the operator ever reach the call that it waits for?".into(),
        ..finding("the fault `conflict` was never felt")
    };
    let mut waiting = trial("S21", "s21-history", "limit-3", passed());
    waiting.end = TrialEnd::NotStarted { why: "an earlier variant failed (--fail-fast)".into() };
    (waiting.title, waiting.shows) = (HOSTILE.into(), HOSTILE.into());
    let mut one = trial("S06", conflicts, "one-conflict", Verdict::Failed { findings: two });
    one.latencies = latencies("aap", [171_000, 104_000]);
    one.shows = "one conflict on the status write after the launch".into();
    let mut plain = trial("", "own.scenario", "default", passed());
    plain.labels.clear();
    let mut flaky = trial("S02", "s02-restart", "plain", passed());
    flaky.reruns = vec![
        attempt(Verdict::Failed { findings: vec![hostile_finding()] }),
        attempt(Verdict::Broken { findings: Vec::new() }),
    ];
    let failed = Verdict::Failed { findings: vec![finding("it did not restart")] };
    let mut in_vain = trial("S02", "s02-restart", "no-vm-yet", failed.clone());
    in_vain.reruns = vec![attempt(failed)];
    for mark in ["launch-accepted", "launch-accepted", "launched-twice", "not-in-the-table"] {
        one.sightings.see(Meter::Transitions, mark);
        flaky.latencies = latencies("eda", [649_000, 76_000]);
        flaky.sightings.see(Meter::Conditions, "Ready=True VMReady");
    }
    Run {
        source: "my scenarios".into(),
        defect: Some("eda-delete-loop".into()),
        faults: vec![LoadFault { file: "my scenarios/x.yaml".into(), text: HOSTILE.into() }],
        trials: vec![
            trial("S01", "s01-create-run-delete", "plain", passed()),
            trial("S01", "s01-create-run-delete", "unschedulable", warned),
            one,
            trial("S06", conflicts, "ten-conflicts", Verdict::Broken { findings: vec![felt] }),
            trial("S06", conflicts, "stale", Verdict::Skipped { reason: HOSTILE.into() }),
            waiting,
            plain,
            flaky,
            in_vain,
        ],
        interrupted: true,
        known: known(),
        ..empty()
    }
}

pub fn wall() -> WallTimes {
    WallTimes {
        peak_memory_kib: Some(8192),
        started: "2026-02-08T09:30:00Z".into(),
        total_us: 212_345,
        jobs: 2,
        trials_us: vec![Some(1_200), Some(900), Some(2_500)],
        ..WallTimes::default()
    }
}
