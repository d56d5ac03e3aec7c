//! `bench suite`: how long the whole suite takes, and what it takes. Each run is a process of its
//! own, so that start and exit count too. `bench report` is in a file of its own.

mod report;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use reports::{ExitCode, plural};
use serde_json::Value;

use crate::args::{BenchArguments, BenchWhat};
use crate::run::{print, say};

/// What one run of the suite told.
struct Sample {
    wall_us: u64,
    variants_us: Vec<u64>,
    peak_kib: Option<u64>,
    facts: Facts,
}

/// What does not differ between runs.
#[derive(Clone, Copy, Default)]
struct Facts {
    variants: usize,
    calls: u64,
    events: u64,
    virtual_ms: u64,
    trace_bytes: u64,
}

/// Measures.
pub fn bench(arguments: &BenchArguments) -> ExitCode {
    let told = match &arguments.what {
        BenchWhat::Suite { runs } => suite(*runs),
        BenchWhat::Report { scenarios, events, out } => report::report(*scenarios, *events, out),
    };
    match told {
        Ok(text) => {
            print(&text);
            ExitCode::Passed
        }
        Err(why) => {
            say(&format!("error: {why}"));
            ExitCode::Broken
        }
    }
}

fn suite(runs: u16) -> Result<String, String> {
    let program = std::env::current_exe().map_err(|error| format!("who am I: {error}"))?;
    let out = std::env::temp_dir().join(format!("osac-e2e-bench-{}", std::process::id()));
    let mut samples = Vec::new();
    for _ in 0..runs {
        samples.push(one(&program, &out)?);
    }
    let _ = std::fs::remove_dir_all(&out);
    let mut walls: Vec<u64> = samples.iter().map(|sample| sample.wall_us).collect();
    let mut variants: Vec<u64> =
        samples.iter().flat_map(|sample| sample.variants_us.iter().copied()).collect();
    walls.sort_unstable();
    variants.sort_unstable();
    let peak = samples.iter().filter_map(|sample| sample.peak_kib).max();
    let facts = samples.first().map(|sample| sample.facts).unwrap_or_default();
    let build = if cfg!(debug_assertions) { "debug build" } else { "release build" };
    Ok(format!(
        "suite: {}, {build}\n  wall: median {}, min {}, max {}\n  variant: median {}, p95 {}, max \
         {}\n  peak memory: {}\n  {}, {} API calls, {} events, {:.1} virtual hours, {:.1} MB of \
         traces\n",
        plural(samples.len(), "run"),
        ms(percentile(&walls, 50)),
        ms(percentile(&walls, 0)),
        ms(percentile(&walls, 100)),
        ms(percentile(&variants, 50)),
        ms(percentile(&variants, 95)),
        ms(percentile(&variants, 100)),
        peak.map_or("not known here".to_owned(), |kib| format!("{:.1} MiB", kib as f64 / 1024.0)),
        plural(facts.variants, "variant"),
        facts.calls,
        facts.events,
        facts.virtual_ms as f64 / 3_600_000.0,
        facts.trace_bytes as f64 / 1e6,
    ))
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]
fn one(program: &Path, out: &Path) -> Result<Sample, String> {
    let began = Instant::now();
    let mut run = Command::new(program);
    run.arg("run").arg("--out").arg(out).stdout(Stdio::null()).stderr(Stdio::null());
    let status = run.status().map_err(|error| format!("failed to start the suite: {error}"))?;
    let wall_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
    let code = status.code();
    if code.is_none_or(|code| code > 1) {
        return Err(format!("the suite ended with {status}"));
    }
    let text = std::fs::read_to_string(out.join("run.json"))
        .map_err(|error| format!("failed to read run.json: {error}"))?;
    let run: Value =
        serde_json::from_str(&text).map_err(|error| format!("run.json is broken: {error}"))?;
    let trials = run["trials"].as_array().cloned().unwrap_or_default();
    let variants_us = trials.iter().filter_map(|trial| trial["wall_us"].as_u64()).collect();
    Ok(Sample {
        wall_us,
        variants_us,
        peak_kib: run["peak_memory_kib"].as_u64(),
        facts: facts(&trials)?,
    })
}

/// Counts what the traces hold.
fn facts(trials: &[Value]) -> Result<Facts, String> {
    let mut facts = Facts { variants: trials.len(), ..Facts::default() };
    for path in trials.iter().filter_map(|trial| trial["trace"].as_str()) {
        let bytes =
            std::fs::read(path).map_err(|error| format!("failed to read {path}: {error}"))?;
        let trace = trace::read(bytes.as_slice()).map_err(|error| format!("{path}: {error}"))?;
        let is_call = |event: &&trace::Event| matches!(event.what, trace::Happening::Request(_));
        facts.calls += trace.events.iter().filter(is_call).count() as u64;
        facts.events += trace.events.len() as u64;
        facts.virtual_ms += trace.closed.map_or(0, |closed| closed.ended_at);
        facts.trace_bytes += bytes.len() as u64;
    }
    Ok(facts)
}

fn percentile(sorted: &[u64], percent: usize) -> u64 {
    let at = sorted.len().saturating_sub(1) * percent / 100;
    sorted.get(at).copied().unwrap_or_default()
}

fn ms(micros: u64) -> String {
    format!("{:.1} ms", micros as f64 / 1000.0)
}

fn megabytes(bytes: usize) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

#[expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]
fn stopwatch() -> Instant {
    Instant::now()
}
