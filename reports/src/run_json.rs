//! `run.json`: beside the traces, every selected trial with what is true of this one run only.
//! It is the one document with wall time; it also names what did not run, which no trace can.

use serde::Serialize;

use crate::{Run, Trial, TrialEnd, summary};

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
    verdict: &'static str,
    exit_code: u8,
    trials: Vec<TrialEntry<'a>>,
}

#[derive(Serialize)]
struct TrialEntry<'a> {
    scenario: &'a str,
    variant: &'a str,
    verdict: &'static str,
    wall_us: Option<u64>,
    trace: Option<&'a str>,
}

/// The document, with a newline at its end.
#[must_use]
pub fn json(run: &Run, wall: &WallTimes) -> String {
    let exit_code = run.exit_code();
    let times = wall.trials_us.iter().copied().chain(std::iter::repeat(None));
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
        verdict: exit_code.as_str(),
        exit_code: exit_code.code(),
        trials: run.trials.iter().zip(times).map(|(trial, us)| entry(trial, us)).collect(),
    })
}

fn entry(trial: &Trial, wall_us: Option<u64>) -> TrialEntry<'_> {
    let trace = match &trial.end {
        TrialEnd::Ended { trace_path, .. } => trace_path.as_deref(),
        TrialEnd::NotStarted { .. } => None,
    };
    TrialEntry {
        scenario: &trial.scenario,
        variant: &trial.variant,
        verdict: trial.standing().as_str(),
        wall_us,
        trace,
    }
}
