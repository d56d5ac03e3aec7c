//! Past runs for the tests of comparisons, trends and pages: one variant of each kind.

use std::collections::{BTreeMap, BTreeSet};

use reports::Standing;
use reports::history::{Covered, Entry, FORMAT, Latencies, Outcome, Past};

use crate::mixed::HOSTILE;

pub fn outcome(scenario: &str, variant: &str, verdict: Standing, provision: &[u64]) -> Outcome {
    let latencies = if provision.is_empty() {
        Latencies::new()
    } else {
        let deprovision = provision.iter().map(|ms| ms / 2).collect();
        Latencies::from([
            ("aap deprovision".into(), deprovision),
            ("aap provision".into(), provision.to_vec()),
        ])
    };
    let why = match verdict {
        Standing::Failed => "AAP launched two jobs",
        Standing::Broken => HOSTILE,
        Standing::Passed | Standing::Skipped | Standing::NotStarted => "",
    };
    Outcome {
        scenario: scenario.into(),
        variant: variant.into(),
        id: scenario.split('-').next().unwrap().to_uppercase(),
        provider: "aap".into(),
        plan: format!("plan of {variant}"),
        verdict,
        virtual_ms: 275_040,
        why: why.into(),
        latencies,
    }
}

pub fn covered(rows: &[&str]) -> Covered {
    let rows: BTreeSet<String> = rows.iter().map(|row| (*row).to_owned()).collect();
    BTreeMap::from([("transitions".to_owned(), rows)])
}

pub fn entry(started: &str, outcomes: Vec<Outcome>) -> Entry {
    let bad = outcomes.iter().any(Outcome::is_bad);
    Entry {
        format: FORMAT,
        started: started.into(),
        wall_us: 212_345,
        version: "0.1.0".into(),
        program: "build-1".into(),
        commit: Some("c0ffee1234567890c0ffee1234567890c0ffee12".into()),
        seed: 42,
        target: "embedded".into(),
        source: "scenarios".into(),
        defect: None,
        strict: false,
        exit_code: u8::from(bad),
        complaints: Vec::new(),
        covered: covered(&["launched", "polled"]),
        outcomes,
    }
}

/// Two days on two targets: something mended, something new, something old, something flaky.
pub fn past() -> Past {
    use Standing::{Broken, Failed, NotStarted, Passed, Skipped};
    let run = |started: &str, verdicts: [Standing; 4]| {
        let names = [("s01-create", "plain"), ("s02-delete", "plain"), ("s06-conflicts", "one")];
        let mut outcomes: Vec<Outcome> = names
            .into_iter()
            .zip(verdicts)
            .map(|((scenario, variant), verdict)| {
                let samples: &[u64] = if verdict == Passed { &[171_000, 171_002] } else { &[] };
                outcome(scenario, variant, verdict, samples)
            })
            .collect();
        outcomes.push(outcome("s21-<script>|", "limit @team #1", verdicts[3], &[]));
        entry(started, outcomes)
    };
    let day_1 = run("2026-02-07T09:30:00Z", [Passed, Failed, Broken, Skipped]);
    let mut morning = run("2026-02-08T08:00:00.125Z", [Passed, Failed, Passed, Broken]);
    morning.covered = covered(&["cancelled", "launched"]);
    let mut noon = run("2026-02-08T12:00:00Z", [Failed, Failed, Passed, NotStarted]);
    noon.exit_code = 130;
    noon.outcomes[2].latencies.insert("aap provision".into(), vec![180_500]);
    let mut on_purpose = run("2026-02-08T12:30:00Z", [Failed; 4]);
    on_purpose.defect = Some("eda-delete-waits".into());
    let mut real = entry(
        "2026-02-08T13:00:00Z",
        vec![outcome("s01-create", "plain", Passed, &[171_000, 190_000, 169_500])],
    );
    real.target = "cluster/process/fake/real".into();
    real.commit = None;
    let next_day = run("2026-02-09T00:00:01Z", [Passed; 4]);
    let entries = vec![day_1, morning, noon, on_purpose, real, next_day];
    let damaged = reports::history::Damaged {
        path: "reports/history/runs.jsonl".into(),
        line: 3,
        why: "it is no line of a history".into(),
    };
    Past { entries, damaged: vec![damaged] }
}
