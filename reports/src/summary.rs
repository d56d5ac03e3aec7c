//! `summary.json`: the run for programs. A promised form, see [`FORMAT`].

use std::collections::BTreeMap;

use serde::Serialize;
use trace::{Checked, Finding, Verdict};

use crate::{Counts, Run, Scenario, Trial, TrialEnd};

/// The version of the document. A field more keeps it; a field less or another meaning does not.
pub const FORMAT: u32 = 1;

#[derive(Serialize)]
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
}

#[derive(Serialize)]
struct ComplaintEntry {
    name: String,
    title: String,
    text: String,
}

#[derive(Serialize)]
struct ScenarioEntry<'a> {
    name: &'a str,
    id: &'a str,
    title: &'a str,
    labels: &'a BTreeMap<String, String>,
    verdict: &'static str,
    variants: Vec<VariantEntry<'a>>,
}

#[derive(Serialize)]
struct VariantEntry<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    shows: &'a str,
    provider: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
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
}

#[derive(Serialize)]
struct FindingEntry<'a> {
    property: &'a str,
    title: &'a str,
    at_ms: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    expected: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    seen: &'a str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    differences: &'a [String],
    #[serde(skip_serializing_if = "str::is_empty")]
    hint: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    object: &'a str,
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
    })
}

/// JSON for people and programs, with a newline at its end.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    let mut text =
        serde_json::to_string_pretty(value).expect("plain structs with string keys are JSON");
    text.push('\n');
    text
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
        reason: trial.reason(),
        virtual_ms: trial.virtual_ms(),
        events,
        trace,
        checked: times(checked),
        findings: trial.findings().iter().map(finding).collect(),
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
        property: &finding.property,
        title: &finding.title,
        at_ms: finding.at,
        place: place.map(|place| format!("{}:{}:{}", place.file, place.line, place.column)),
        expected: &finding.expected,
        seen: &finding.seen,
        differences: &finding.differences,
        hint: &finding.hint,
        object: &finding.object,
    }
}
