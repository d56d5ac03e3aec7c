//! `run`: catalog → suite → reports.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Instant;

use harness::run::Options;
use harness::suite::{self, Suite, Trial as Planned};
use harness::world::target::Target;
use reports::history::{Entry, History};
use reports::html::PageMaker;
use reports::terminal;
use reports::{ExitCode, Format, LoadFault, Run, Standing, Trial, TrialEnd, WallTimes};
use trace::{Finding, Trace, Verdict};

use crate::args::RunArguments;
use crate::origin::origin;
use crate::progress::Progress;
use crate::{github, interrupt, known, list, settings, target};

/// Failures that are told in full on the terminal; the others stand in the reports.
const FAILURES_MAX: usize = 10;

/// A trace is mostly smaller than this, and then written at once.
const TRACE_BUFFER_BYTES: usize = 256 * 1024;

/// What a worker hands over for one variant.
struct Ended {
    trial: Trial,
    wall_us: u64,
}

/// Runs scenarios and writes the reports.
pub fn run(arguments: &RunArguments) -> ExitCode {
    let began = stopwatch();
    let started = now().to_string();
    let output = github::Output::begin(&started);
    let target = match target::of(arguments) {
        Ok(target) => target,
        Err(why) => {
            say(&format!("error: {why}"));
            return ExitCode::Usage;
        }
    };
    let (loaded, source) = match list::load(&arguments.selection, &target.profile) {
        Ok(found) => found,
        Err(code) => return code,
    };
    for text in loaded.warnings.iter().chain(loaded.faults.iter().map(|fault| &fault.text)) {
        say(text);
    }
    let selection = list::selection(&arguments.selection);
    let known = known::known(&loaded.trials);
    let selected: Vec<Planned> =
        loaded.trials.into_iter().filter(|trial| selection.takes(trial)).collect();
    let mut run = begun(arguments, &target, source, &loaded.faults, &selected);
    run.known = known;
    run.former = former(&run, arguments);
    let jobs = arguments.jobs.map_or_else(|| target.worlds_at_a_time(processors()), usize::from);
    let trials_us = vec![None; selected.len()];
    let origin = origin(&selected);
    let mut wall = WallTimes { started, jobs, trials_us, origin, ..WallTimes::default() };
    let traces = match prepare(arguments, &selected, &run, &wall) {
        Ok(traces) => traces,
        Err(text) => {
            say(&text);
            return ExitCode::Broken;
        }
    };
    let options = Options { seed: arguments.seed, defect: arguments.defect, target: &target };
    if let Err(why) = target::rehearse(&selected, options) {
        say(&format!("error: {why}"));
        return ExitCode::Broken;
    }
    let stop = interrupt::flag();
    let suite = Suite {
        trials: &selected,
        options,
        jobs,
        strict: arguments.strict,
        fail_fast: arguments.fail_fast,
        stop: &stop,
    };
    let mut progress = Progress::new(&selected, settings::style());
    suite.run(
        |at, trace, wall_us| traces.take(at, trace, wall_us),
        |at, ended| {
            wall.trials_us[at] = Some(ended.wall_us);
            run.trials[at] = ended.trial;
            progress.ended(at, &run);
        },
    );
    run.interrupted = stop.load(Ordering::Relaxed);
    wall.total_us = micros(began);
    wall.peak_memory_kib = peak_memory_kib();
    progress.close(&run);
    remember(&run, &wall, arguments);
    let code = finish(&run, &wall, arguments);
    output.annotate(&run);
    code
}

/// Makes the folders, and says in them that the run begins: should this process die, that and the
/// traces tell how far it came.
fn prepare(
    arguments: &RunArguments,
    selected: &[Planned],
    run: &Run,
    wall: &WallTimes,
) -> Result<Traces, String> {
    let traces = Traces::prepare(arguments, selected, &run.sources)?;
    reports::write_begun(&arguments.out, run, wall)
        .map_err(|error| format!("error: {}\n  = help: {}", causes(&error), error.hint()))?;
    Ok(traces)
}

/// The newest remembered run that this one can be compared with. A history that cannot be read is
/// complained of when the run is appended to it.
fn former(run: &Run, arguments: &RunArguments) -> Option<Entry> {
    let history = History::at(arguments.history()?);
    let begun = Entry::of(run, &WallTimes::default());
    history.newest(1, |entry| entry.is_comparable(&begun)).ok()?.pop()
}

/// Appends the run to the history, if there is to be one. That it cannot be is said, and changes
/// no verdict.
fn remember(run: &Run, wall: &WallTimes, arguments: &RunArguments) {
    let Some(folder) = arguments.history() else { return };
    if let Err(error) = History::at(folder).append(&Entry::of(run, wall)) {
        say(&format!(
            "warning: the run is not remembered: {}\n  = help: {}",
            causes(&error),
            error.hint()
        ));
    }
}

/// Writes the documents and the last words; the exit code.
fn finish(run: &Run, wall: &WallTimes, arguments: &RunArguments) -> ExitCode {
    let out = &arguments.out;
    let written = reports::write_all(out, run, wall, &arguments.formats());
    let style = settings::style();
    let bad = |trial: &&Trial| matches!(trial.standing(), Standing::Failed | Standing::Broken);
    for trial in run.trials.iter().filter(bad).take(FAILURES_MAX) {
        print(&format!("\n{}", terminal::failure(run, trial, &style)));
    }
    let since = terminal::since(run, &style);
    if !since.is_empty() {
        print(&format!("\n{since}"));
    }
    print(&format!("\n{}{}", terminal::meters(run, &style), terminal::closing(run, &style)));
    let written = written.map_err(|error| {
        let hint = error.hint();
        format!("error: {}\n  = help: {hint}", causes(&error))
    });
    match written.and_then(|()| github::append_summary(run)) {
        Ok(()) => {
            print(&format!("reports: {}\n", out.display()));
            run.exit_code()
        }
        Err(text) => {
            say(&text);
            // what was found stays found, but a run without its reports is not a good one
            match run.exit_code() {
                ExitCode::Passed => ExitCode::Broken,
                other => other,
            }
        }
    }
}

/// The run as it stands before its first variant.
fn begun(
    arguments: &RunArguments,
    target: &Target,
    source: String,
    faults: &[suite::Fault],
    selected: &[Planned],
) -> Run {
    let fault =
        |fault: &suite::Fault| LoadFault { file: fault.file.clone(), text: fault.text.clone() };
    Run {
        seed: arguments.seed,
        target: target.to_string(),
        source,
        defect: arguments.defect.map(|defect| defect.name().to_owned()),
        strict: arguments.strict,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        faults: faults.iter().map(fault).collect(),
        trials: selected.iter().map(not_started).collect(),
        sources: suite::sources(selected),
        thresholds: arguments.min_coverage.clone(),
        ..Run::default()
    }
}

fn not_started(trial: &Planned) -> Trial {
    let plan = &trial.plan;
    Trial {
        scenario: plan.scenario.clone(),
        variant: plan.variant.clone(),
        title: plan.title.clone(),
        shows: plan.shows.clone(),
        labels: plan.labels.clone(),
        provider: plan.world.provider.to_string(),
        end: TrialEnd::NotStarted { why: "the run ended before its turn".to_owned() },
        ..Trial::default()
    }
}

/// Where traces go. They are written by the thread that ran the variant, which makes its page of
/// the HTML document too: a trace is not kept in memory.
struct Traces {
    paths: Vec<PathBuf>,
    pages: Option<PageMaker>,
}

impl Traces {
    /// Makes the folders, clears the traces that a former run left, and writes the text of each
    /// scenario beside its folder.
    fn prepare(
        arguments: &RunArguments,
        trials: &[Planned],
        sources: &BTreeMap<String, String>,
    ) -> Result<Traces, String> {
        let out = &arguments.out;
        let folder = out.join("traces");
        let failed = |path: &Path, error: &std::io::Error| {
            format!(
                "error: failed to create the report folder `{}`: {error}\n  = help: name a folder \
                 that can be written with --out DIR",
                path.display()
            )
        };
        if out.join("run.json").is_file() && folder.is_dir() {
            std::fs::remove_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
        }
        std::fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
        let mut paths = Vec::with_capacity(trials.len());
        let mut last = "";
        for Planned { plan, .. } in trials {
            let of_scenario = folder.join(&plan.scenario);
            if plan.scenario != last {
                std::fs::create_dir_all(&of_scenario)
                    .map_err(|error| failed(&of_scenario, &error))?;
                last = &plan.scenario;
            }
            paths.push(reports::stored::trace_file(out, &plan.scenario, &plan.variant));
        }
        for (scenario, text) in sources {
            let path = reports::stored::source_file(out, scenario);
            std::fs::write(&path, text).map_err(|error| failed(&path, &error))?;
        }
        let is_wanted = arguments.formats().contains(&Format::Html);
        Ok(Traces { paths, pages: is_wanted.then(PageMaker::default) })
    }

    /// Writes a trace and makes its trial. A trace that cannot be written breaks the variant.
    fn take(&self, at: usize, trace: Trace, wall_us: u64) -> Ended {
        let path = &self.paths[at];
        let written = File::create(path).and_then(|file| {
            trace::write(&trace, BufWriter::with_capacity(TRACE_BUFFER_BYTES, file))
        });
        let mut trial = Trial::of(&trace);
        trial.page = self.pages.as_ref().and_then(|maker| maker.page(&trace));
        if let TrialEnd::Ended { verdict, trace_path, .. } = &mut trial.end {
            *trace_path = Some(path.display().to_string());
            if let (Err(error), Verdict::Passed { .. }) = (written, &*verdict) {
                let title = format!("failed to write the trace `{}`: {error}", path.display());
                *verdict = Verdict::Broken { findings: vec![Finding::titled("trace", title)] };
            }
        }
        Ended { trial, wall_us }
    }
}

/// Processors of this machine.
pub fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// The high-water mark of this process, where the system is Linux.
pub fn peak_memory_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

#[expect(clippy::disallowed_methods, reason = "how long the run takes is told, never judged")]
fn stopwatch() -> Instant {
    Instant::now()
}

fn micros(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// The moment, read from the wall clock here and nowhere else.
#[expect(clippy::disallowed_methods, reason = "run.json and pages say when they were made")]
pub fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

/// An error with its causes.
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text
}

/// To standard output. A reader that went away (`| head`) is no fault of the run.
pub fn print(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// A line to standard error.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", text.trim_end_matches('\n'));
}
