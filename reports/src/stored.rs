//! A run read back from its folder: `run.json` and the traces beside it.
//!
//! The traces have the last word: a verdict stands in the last line of a trace, and a trace without
//! that line comes from a process that died. `run.json` is written when a run begins, with nothing
//! started, and again when it ends, so that a run whose process died can be read back too.
//! Documents made from what is read back equal those that the run wrote, byte for byte.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde::Deserialize;
use trace::{Finding, Verdict};

use crate::coverage::{Known, Threshold};
use crate::history::Entry;
use crate::html::PageMaker;
use crate::run_json::FORMAT;
use crate::{LoadFault, Origin, Run, Trial, TrialEnd, WallTimes};

/// A `run.json` of more bytes is none of ours.
const RUN_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// The text of a scenario of more bytes is not read.
const SOURCE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// A run, as it was stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// The run.
    pub run: Run,
    /// What is true of this one run only.
    pub wall: WallTimes,
    /// Traces that are missing or could not be read, a sentence each. Their trials are broken.
    pub unreadable: Vec<String>,
}

/// Why a run cannot be read back.
#[derive(Debug, thiserror::Error)]
pub enum StoredError {
    /// There is no run.
    #[error("there is no run in `{}`", folder.display())]
    NoRun {
        /// The folder.
        folder: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// `run.json` cannot be read.
    #[error("failed to read `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// `run.json` is not what we write.
    #[error("`{}` is not understood", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// Another version wrote it.
    #[error("`{}` has format {found}, this version reads format {FORMAT}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// The file's version.
        found: u32,
    },
    /// It names a file outside of its folder.
    #[error("`{}` names a trial `{name}`, which is no name of a trial", path.display())]
    Name {
        /// The file.
        path: PathBuf,
        /// The name.
        name: String,
    },
}

impl StoredError {
    /// What the user can do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            StoredError::NoRun { .. } => "name a folder that `osac-e2e run --out DIR` wrote",
            StoredError::Read { .. } => "is it readable for you?",
            StoredError::Form { .. } | StoredError::Name { .. } => {
                "the file was changed or cut: run the scenarios again"
            }
            StoredError::Format { .. } => "use the version of osac-e2e that wrote it",
        }
    }
}

#[derive(Deserialize)]
struct Version {
    format: u32,
}

#[derive(Deserialize)]
struct RunFile {
    version: String,
    started: String,
    wall_us: u64,
    peak_memory_kib: Option<u64>,
    jobs: usize,
    seed: u64,
    target: String,
    source: String,
    defect: Option<String>,
    strict: bool,
    #[serde(default)]
    program: String,
    commit: Option<String>,
    #[serde(default)]
    interrupted: bool,
    former: Option<Entry>,
    #[serde(default)]
    known: Known,
    #[serde(default)]
    thresholds: Vec<Threshold>,
    #[serde(default)]
    faults: Vec<FaultEntry>,
    trials: Vec<TrialEntry>,
}

#[derive(Deserialize)]
struct FaultEntry {
    file: String,
    text: String,
}

#[derive(Deserialize)]
struct TrialEntry {
    scenario: String,
    variant: String,
    verdict: String,
    wall_us: Option<u64>,
    trace: Option<String>,
    #[serde(default)]
    plan: String,
    not_started: Option<NotStartedEntry>,
}

#[derive(Deserialize)]
struct NotStartedEntry {
    why: String,
    title: String,
    #[serde(default)]
    shows: String,
    provider: String,
    labels: BTreeMap<String, String>,
}

/// Where the trace of a variant stands in the folder of a run.
#[must_use]
pub fn trace_file(folder: &Path, scenario: &str, variant: &str) -> PathBuf {
    folder.join("traces").join(scenario).join(format!("{variant}.jsonl"))
}

/// Reads a run back.
///
/// # Errors
/// [`StoredError`], about `run.json`. A trace that cannot be read breaks its trial only.
pub fn read(folder: &Path) -> Result<Stored, StoredError> {
    let file = run_file(folder)?;
    let pages = PageMaker::default();
    let trials = read_trials(folder, &file.trials, &pages);
    let unreadable = trials.iter().filter_map(|(_, unreadable)| unreadable.clone()).collect();
    let fault = |fault: FaultEntry| LoadFault { file: fault.file, text: fault.text };
    let run = Run {
        seed: file.seed,
        target: file.target,
        source: file.source,
        defect: file.defect,
        strict: file.strict,
        interrupted: file.interrupted,
        version: file.version,
        faults: file.faults.into_iter().map(fault).collect(),
        sources: sources(folder, &file.trials),
        trials: trials.into_iter().map(|(trial, _)| trial).collect(),
        known: file.known,
        thresholds: file.thresholds,
        former: file.former,
    };
    let wall = WallTimes {
        started: file.started,
        total_us: file.wall_us,
        jobs: file.jobs,
        trials_us: file.trials.iter().map(|trial| trial.wall_us).collect(),
        peak_memory_kib: file.peak_memory_kib,
        origin: Origin {
            program: file.program,
            commit: file.commit,
            plans: file.trials.into_iter().map(|trial| trial.plan).collect(),
        },
    };
    Ok(Stored { run, wall, unreadable })
}

/// Where the text of a scenario stands in the folder of a run.
#[must_use]
pub fn source_file(folder: &Path, scenario: &str) -> PathBuf {
    folder.join("traces").join(format!("{scenario}.yaml"))
}

/// The texts of scenarios. They are for reading along: one that is missing is left out.
fn sources(folder: &Path, trials: &[TrialEntry]) -> BTreeMap<String, String> {
    let mut sources = BTreeMap::new();
    for scenario in trials.iter().map(|trial| &trial.scenario) {
        let path = source_file(folder, scenario);
        let bytes = fs::metadata(&path).map_or(u64::MAX, |found| found.len());
        if bytes > SOURCE_BYTES_MAX || sources.contains_key(scenario) {
            continue;
        }
        if let Ok(text) = fs::read_to_string(&path) {
            sources.insert(scenario.clone(), text);
        }
    }
    sources
}

fn run_file(folder: &Path) -> Result<RunFile, StoredError> {
    let path = folder.join("run.json");
    let failed = |source: io::Error| {
        let path = path.clone();
        if source.kind() == io::ErrorKind::NotFound {
            StoredError::NoRun { folder: folder.to_owned(), source }
        } else {
            StoredError::Read { path, source }
        }
    };
    let bytes = fs::metadata(&path).map_err(failed)?.len();
    if bytes > RUN_BYTES_MAX {
        let text = format!("it has {bytes} bytes, at most {RUN_BYTES_MAX} are read");
        return Err(failed(io::Error::new(io::ErrorKind::FileTooLarge, text)));
    }
    let text = fs::read_to_string(&path).map_err(failed)?;
    let form = |source| StoredError::Form { path: path.clone(), source };
    let version: Version = serde_json::from_str(&text).map_err(form)?;
    if version.format != FORMAT {
        return Err(StoredError::Format { path, found: version.format });
    }
    let file: RunFile = serde_json::from_str(&text).map_err(form)?;
    let is_name = |name: &str| {
        let mut parts = Path::new(name).components();
        matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
    };
    match file.trials.iter().find(|it| !is_name(&it.scenario) || !is_name(&it.variant)) {
        Some(trial) => {
            let name = format!("{}::{}", trial.scenario, trial.variant);
            Err(StoredError::Name { path, name })
        }
        None => Ok(file),
    }
}

/// All trials in their order, each read by the next thread that is free.
fn read_trials(
    folder: &Path,
    entries: &[TrialEntry],
    pages: &PageMaker,
) -> Vec<(Trial, Option<String>)> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(entries.len());
    let some = || {
        let mut read = Vec::new();
        while let Some((at, entry)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            entries.get(at).map(|entry| (at, entry))
        } {
            read.push((at, read_trial(folder, entry, pages)));
        }
        read
    };
    let mut all = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(some)).collect();
        let mut all = some();
        // a panic of the reader is a bug of ours and goes on here
        all.extend(others.into_iter().flat_map(|other| {
            other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        }));
        all
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, read)| read).collect()
}

fn read_trial(folder: &Path, entry: &TrialEntry, pages: &PageMaker) -> (Trial, Option<String>) {
    let path = trace_file(folder, &entry.scenario, &entry.variant);
    let read = match File::open(&path) {
        // a process that died wrote `run.json` when it began, and then this trace
        Err(error) if error.kind() == io::ErrorKind::NotFound => match &entry.not_started {
            Some(not_started) => return (never_started(entry, not_started), None),
            None => Err(format!("the trace `{}` is missing", path.display())),
        },
        Err(error) => Err(format!("failed to read the trace `{}`: {error}", path.display())),
        Ok(file) => trace::read(BufReader::new(file)).map_err(|error| {
            let error: &dyn std::error::Error = &error;
            let causes = std::iter::successors(error.source(), |cause| cause.source());
            let causes: String = causes.map(|cause| format!(": {cause}")).collect();
            format!("{error}{causes} (`{}`)", path.display())
        }),
    };
    let its = |trace: &trace::Trace| {
        trace.header.scenario == entry.scenario && trace.header.variant == entry.variant
    };
    let read = read.and_then(|trace| match its(&trace) {
        true => Ok(trace),
        false => Err(format!("`{}` is the trace of another variant", path.display())),
    });
    let (mut trial, unreadable) = match read {
        Ok(trace) => (Trial { page: pages.page(&trace), ..Trial::of(&trace) }, None),
        Err(why) => (unknown(entry, &why), Some(why)),
    };
    if let TrialEnd::Ended { trace_path, .. } = &mut trial.end {
        let shown = entry.trace.clone();
        *trace_path = Some(shown.unwrap_or_else(|| path.display().to_string()));
    }
    (trial, unreadable)
}

fn never_started(entry: &TrialEntry, told: &NotStartedEntry) -> Trial {
    Trial {
        scenario: entry.scenario.clone(),
        variant: entry.variant.clone(),
        title: told.title.clone(),
        shows: told.shows.clone(),
        labels: told.labels.clone(),
        provider: told.provider.clone(),
        end: TrialEnd::NotStarted { why: told.why.clone() },
        ..Trial::default()
    }
}

/// A trial of which `run.json` alone tells: what it said of the verdict is no proof.
fn unknown(entry: &TrialEntry, why: &str) -> Trial {
    let mut finding = Finding::titled("trace", why);
    finding.expected = format!("the trace of a variant that {}", said(&entry.verdict));
    Trial {
        scenario: entry.scenario.clone(),
        variant: entry.variant.clone(),
        title: String::new(),
        shows: String::new(),
        labels: BTreeMap::new(),
        provider: String::new(),
        end: TrialEnd::Ended {
            verdict: Verdict::Broken { findings: vec![finding] },
            virtual_ms: 0,
            events: 0,
            log_tail: Vec::new(),
            trace_path: None,
        },
        ..Trial::default()
    }
}

fn said(verdict: &str) -> String {
    format!("run.json tells as {verdict}")
}
