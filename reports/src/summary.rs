//! `summary.json`: the run for programs. A promised form, see [`FORMAT`]; `summary.schema.json`
//! describes it, generated from the types here.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use trace::{Checked, Finding, Verdict};

use crate::coverage::{Coverage, Row};
use crate::latency::Latency;
use crate::{Attempt, Counts, Run, Scenario, Trial, TrialEnd, clean};

/// The version of the document. A field more keeps it; a field less or another meaning does not.
pub const FORMAT: u32 = 1;

/// A run of `osac-e2e`. A field more keeps the format's number, so readers ignore what they do not
/// know.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct Summary<'a> {
    format: u32,
    version: &'a str,
    verdict: &'static str,
    exit_code: u8,
    interrupted: bool,
    seed: u64,
    target: &'a str,
    source: &'a str,
    defect: Option<&'a str>,
    strict: bool,
    counts: Counts,
    complaints: Vec<ComplaintEntry>,
    scenarios: Vec<ScenarioEntry<'a>>,
    /// In short; `coverage.json` has the rows.
    coverage: Vec<MeterEntry>,
    latency: Latency,
}

/// One meter, or the plan.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct MeterEntry {
    meter: &'static str,
    reached: usize,
    wanted: usize,
    unreached: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    must_not: Vec<String>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ComplaintEntry {
    name: String,
    title: String,
    text: String,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct ScenarioEntry<'a> {
    name: &'a str,
    id: &'a str,
    title: &'a str,
    labels: &'a BTreeMap<String, String>,
    verdict: &'static str,
    variants: Vec<VariantEntry<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct VariantEntry<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    shows: &'a str,
    provider: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    virtual_ms: u64,
    events: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'a str>,
    /// How often each property was checked.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    checked: BTreeMap<&'a str, u64>,
    /// Reasons of a failure; of a variant that passed, warnings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<FindingEntry<'a>>,
    /// Attempts before the last one, oldest first; a variant that passed all the same is flaky.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    reruns: Vec<RerunEntry<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct RerunEntry<'a> {
    verdict: &'static str,
    virtual_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<&'a str>,
    findings: Vec<FindingEntry<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
struct FindingEntry<'a> {
    property: Cow<'a, str>,
    title: Cow<'a, str>,
    at_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    expected: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    seen: Cow<'a, str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    differences: Vec<Cow<'a, str>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    hint: Cow<'a, str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    object: Cow<'a, str>,
}

/// The document, with a newline at its end.
#[must_use]
pub fn json(run: &Run) -> String {
    let exit_code = run.exit_code();
    let complaints = run.complaints().into_iter().map(|complaint| ComplaintEntry {
        name: complaint.name,
        title: complaint.title,
        text: complaint.text,
    });
    pretty(&Summary {
        format: FORMAT,
        version: &run.version,
        verdict: exit_code.as_str(),
        exit_code: exit_code.code(),
        interrupted: run.interrupted,
        seed: run.seed,
        target: &run.target,
        source: &run.source,
        defect: run.defect.as_deref(),
        strict: run.strict,
        counts: run.counts(),
        complaints: complaints.collect(),
        scenarios: run.scenarios().iter().map(scenario).collect(),
        coverage: meters(&run.coverage()),
        latency: run.latency(),
    })
}

/// The meters that have a table, and the plan.
fn meters(coverage: &Coverage) -> Vec<MeterEntry> {
    let names = |rows: &mut dyn Iterator<Item = &Row>| rows.map(|row| row.id.clone()).collect();
    let with_table = coverage.meters.iter().filter(|reading| reading.wanted > 0);
    let mut meters: Vec<MeterEntry> = with_table
        .map(|reading| MeterEntry {
            meter: reading.meter.name(),
            reached: reading.reached,
            wanted: reading.wanted,
            unreached: names(&mut reading.unreached()),
            must_not: names(&mut reading.warts()),
        })
        .collect();
    let plan = &coverage.plan;
    if plan.wanted > 0 {
        let missing = plan.cases.iter().filter(|case| case.target.is_none());
        meters.push(MeterEntry {
            meter: "plan",
            reached: plan.reached,
            wanted: plan.wanted,
            unreached: missing.map(|case| case.id.clone()).collect(),
            must_not: Vec::new(),
        });
    }
    meters
}

/// JSON for people and programs, with a newline at its end.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    let mut text =
        serde_json::to_string_pretty(value).expect("plain structs with string keys are JSON");
    text.push('\n');
    clean::json(text)
}

fn scenario<'a>(scenario: &Scenario<'a>) -> ScenarioEntry<'a> {
    ScenarioEntry {
        name: scenario.name(),
        id: scenario.id(),
        title: scenario.title(),
        labels: scenario.labels(),
        verdict: scenario.standing().as_str(),
        variants: scenario.trials().iter().map(|trial| variant(trial)).collect(),
    }
}

fn variant(trial: &Trial) -> VariantEntry<'_> {
    let (checked, events, trace): (&[Checked], _, _) = match &trial.end {
        TrialEnd::NotStarted { .. } => (&[], 0, None),
        TrialEnd::Ended { verdict, events, trace_path, .. } => {
            let checked = match verdict {
                Verdict::Passed { checked, .. } => checked.as_slice(),
                Verdict::Failed { .. } | Verdict::Broken { .. } | Verdict::Skipped { .. } => &[],
            };
            (checked, *events, trace_path.as_deref())
        }
    };
    VariantEntry {
        name: &trial.variant,
        shows: &trial.shows,
        provider: &trial.provider,
        verdict: trial.standing().as_str(),
        reason: trial.reason().map(clean::cut),
        virtual_ms: trial.virtual_ms(),
        events,
        trace,
        checked: times(checked),
        findings: trial.findings().iter().map(finding).collect(),
        reruns: trial.reruns.iter().map(rerun).collect(),
    }
}

fn rerun(attempt: &Attempt) -> RerunEntry<'_> {
    RerunEntry {
        verdict: attempt.verdict.word(),
        virtual_ms: attempt.virtual_ms,
        trace: attempt.trace_path.as_deref(),
        findings: attempt.verdict.findings().iter().map(finding).collect(),
    }
}

fn times(checked: &[Checked]) -> BTreeMap<&str, u64> {
    let mut times = BTreeMap::<&str, u64>::new();
    for one in checked {
        let sum = times.entry(&one.property).or_default();
        *sum = sum.saturating_add(one.times);
    }
    times
}

fn finding(finding: &Finding) -> FindingEntry<'_> {
    let place = finding.place.as_ref();
    FindingEntry {
        property: clean::cut(&finding.property),
        title: clean::cut(&finding.title),
        at_ms: finding.at,
        place: place.map(|at| format!("{}:{}:{}", clean::cut(&at.file), at.line, at.column)),
        expected: clean::cut(&finding.expected),
        seen: clean::cut(&finding.seen),
        differences: finding.differences.iter().map(|line| clean::cut(line)).collect(),
        hint: clean::cut(&finding.hint),
        object: clean::cut(&finding.object),
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use schemars::generate::SchemaSettings;

    use super::*;

    fn committed() -> PathBuf {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("summary.schema.json")
    }

    fn schema() -> String {
        let settings = SchemaSettings::draft2020_12().for_serialize();
        pretty(&settings.into_generator().into_root_schema_for::<Summary<'static>>())
    }

    #[test]
    fn the_schema_is_that_of_the_types() {
        let committed = std::fs::read_to_string(committed()).unwrap_or_default();
        assert_eq!(committed, schema(), "run: cargo ci generated");
    }

    #[test]
    #[ignore = "writes summary.schema.json: cargo ci generated runs it"]
    fn writes_the_schema() {
        std::fs::write(committed(), schema()).unwrap();
    }
}
