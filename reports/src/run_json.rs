//! `run.json`: beside the traces, every selected trial with what is true of this one run only.
//! It is the one document with wall time; it also names what did not run, which no trace can.
//! Together with the traces it is the whole run: [`crate::stored`] reads it back, and every
//! document can be made from it again.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::coverage::{Known, Threshold};
use crate::history::Entry;
use crate::{LoadFault, Run, Trial, TrialEnd, summary};

/// The version of the document.
pub const FORMAT: u32 = 1;

/// Real time, measured by the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WallTimes {
    /// When the run began, RFC 3339.
    pub started: String,
    /// How long all of it took, in microseconds.
    pub total_us: u64,
    /// Threads that ran trials.
    pub jobs: usize,
    /// How long each trial took in microseconds, in the order of [`Run::trials`]; none for what
    /// did not run.
    pub trials_us: Vec<Option<u64>>,
    /// The most memory that the process ever held, in KiB; none where the system does not tell.
    pub peak_memory_kib: Option<u64>,
    /// What ran.
    pub origin: Origin,
}

/// What the traces do not know: which program ran, and on what.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// Which build of the program ran; empty where that is not known.
    pub program: String,
    /// The commit that is checked out in the work tree.
    pub commit: Option<String>,
    /// Digests of the plans, in the order of [`Run::trials`]; fewer where they are not known.
    pub plans: Vec<String>,
}

#[derive(Serialize)]
struct RunFile<'a> {
    format: u32,
    version: &'a str,
    started: &'a str,
    wall_us: u64,
    peak_memory_kib: Option<u64>,
    jobs: usize,
    seed: u64,
    target: &'a str,
    source: &'a str,
    defect: Option<&'a str>,
    strict: bool,
    #[serde(skip_serializing_if = "str::is_empty")]
    program: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    commit: Option<&'a str>,
    interrupted: bool,
    verdict: &'static str,
    exit_code: u8,
    /// The run that it is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    former: Option<&'a Entry>,
    /// What coverage is compared with.
    #[serde(skip_serializing_if = "is_default")]
    known: &'a Known,
    #[serde(skip_serializing_if = "<[Threshold]>::is_empty")]
    thresholds: &'a [Threshold],
    /// Files that could not be loaded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<FaultEntry<'a>>,
    trials: Vec<TrialEntry<'a>>,
}

#[derive(Serialize)]
struct FaultEntry<'a> {
    file: &'a str,
    text: &'a str,
}

#[derive(Serialize)]
struct TrialEntry<'a> {
    scenario: &'a str,
    variant: &'a str,
    verdict: &'static str,
    wall_us: Option<u64>,
    trace: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    plan: &'a str,
    /// What a trace would tell, of a trial that has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_started: Option<NotStartedEntry<'a>>,
}

#[derive(Serialize)]
struct NotStartedEntry<'a> {
    why: &'a str,
    title: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    shows: &'a str,
    provider: &'a str,
    labels: &'a BTreeMap<String, String>,
}

/// The document, with a newline at its end.
#[must_use]
pub fn json(run: &Run, wall: &WallTimes) -> String {
    let exit_code = run.exit_code();
    let times = wall.trials_us.iter().copied().chain(std::iter::repeat(None));
    let plans = wall.origin.plans.iter().map(String::as_str).chain(std::iter::repeat(""));
    let trials = run.trials.iter().zip(times.zip(plans));
    summary::pretty(&RunFile {
        format: FORMAT,
        version: &run.version,
        started: &wall.started,
        wall_us: wall.total_us,
        peak_memory_kib: wall.peak_memory_kib,
        jobs: wall.jobs,
        seed: run.seed,
        target: &run.target,
        source: &run.source,
        defect: run.defect.as_deref(),
        strict: run.strict,
        program: &wall.origin.program,
        commit: wall.origin.commit.as_deref(),
        interrupted: run.interrupted,
        verdict: exit_code.as_str(),
        exit_code: exit_code.code(),
        former: run.former.as_ref(),
        known: &run.known,
        thresholds: &run.thresholds,
        faults: run.faults.iter().map(fault).collect(),
        trials: trials.map(|(trial, (us, plan))| entry(trial, us, plan)).collect(),
    })
}

fn is_default(known: &Known) -> bool {
    *known == Known::default()
}

fn entry<'a>(trial: &'a Trial, wall_us: Option<u64>, plan: &'a str) -> TrialEntry<'a> {
    let (trace, not_started) = match &trial.end {
        TrialEnd::Ended { trace_path, .. } => (trace_path.as_deref(), None),
        TrialEnd::NotStarted { why } => (None, Some(not_started(trial, why))),
    };
    TrialEntry {
        scenario: &trial.scenario,
        variant: &trial.variant,
        verdict: trial.standing().as_str(),
        wall_us,
        trace,
        plan,
        not_started,
    }
}

fn fault(fault: &LoadFault) -> FaultEntry<'_> {
    FaultEntry { file: &fault.file, text: &fault.text }
}

fn not_started<'a>(trial: &'a Trial, why: &'a str) -> NotStartedEntry<'a> {
    NotStartedEntry {
        why,
        title: &trial.title,
        shows: &trial.shows,
        provider: &trial.provider,
        labels: &trial.labels,
    }
}
