//! Runs many variants: what was loaded, what is selected, and the loop over it on a few threads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

use scenario::plan::Plan;
use scenario::profile::KnownFailure;
use scenario::{Diagnostic, Profile};
use trace::{Closed, Event, Finding, Trace, Verdict};

use crate::catalog::{Entry, identifier};
use crate::judge;
use crate::run::{self, Options};
use crate::world::redact::Redactor;
use crate::world::target::Target;

/// One variant, by the name that filters and tests use.
#[derive(Debug, Clone)]
pub struct Trial {
    /// `compute_instance::s06_conflicts_and_stale_caches::one_conflict`.
    pub name: String,
    /// The plan.
    pub plan: Plan,
}

/// A file that gave no plans.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The file.
    pub file: String,
    /// Everything that is wrong with it, as shown to the user.
    pub text: String,
}

/// What a catalog held.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The variants, in the order of files and of variants in them.
    pub trials: Vec<Trial>,
    /// Files that could not be used.
    pub faults: Vec<Fault>,
    /// Warnings of files that can, as shown to the user.
    pub warnings: Vec<String>,
}

/// What one file gave.
struct Read {
    plans: Result<Vec<Plan>, String>,
    warnings: Option<String>,
}

/// Parses and plans scenarios for an operator, on as many threads as there are processors.
pub fn load(entries: &[Entry], profile: &Profile) -> Loaded {
    let mut loaded = Loaded::default();
    let mut names = BTreeSet::new();
    for (entry, read) in entries.iter().zip(read_all(entries, profile)) {
        loaded.warnings.extend(read.warnings);
        match read.plans {
            Err(text) => loaded.faults.push(Fault { file: entry.file.clone(), text }),
            Ok(plans) => {
                for plan in plans {
                    let name = trial_name(entry, &plan);
                    if names.insert(name.clone()) {
                        loaded.trials.push(Trial { name, plan });
                    } else {
                        let text = format!("error: another file has the variant `{name}` too\n");
                        loaded.faults.push(Fault { file: entry.file.clone(), text });
                    }
                }
            }
        }
    }
    loaded
}

/// Reads all files, each on the next thread that is free; in the order of the entries.
fn read_all(entries: &[Entry], profile: &Profile) -> Vec<Read> {
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(entries.len());
    let some = || {
        let mut read = Vec::new();
        while let Some((at, entry)) = {
            let at = next.fetch_add(1, Ordering::Relaxed);
            entries.get(at).map(|entry| (at, entry))
        } {
            read.push((at, read_one(entry, profile)));
        }
        read
    };
    let mut all: Vec<(usize, Read)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(some)).collect();
        let mut all = some();
        // a panic of the language is a bug of ours and goes on here
        all.extend(others.into_iter().flat_map(|other| {
            other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        }));
        all
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, read)| read).collect()
}

fn read_one(entry: &Entry, profile: &Profile) -> Read {
    let mut warnings = Vec::new();
    let plans = plans(entry, profile, &mut warnings);
    Read { plans, warnings: warnings.into_iter().next() }
}

fn plans(
    entry: &Entry,
    profile: &Profile,
    warnings: &mut Vec<String>,
) -> Result<Vec<Plan>, String> {
    let text = match &entry.text {
        Ok(text) => text,
        Err(why) => return Err(format!("error: {why}\n --> {}\n", entry.file)),
    };
    let parsed = scenario::parse(&entry.file, text);
    let show = |list: &[Diagnostic]| -> String {
        list.iter().map(|one| one.render(&parsed.source)).collect::<Vec<_>>().join("\n")
    };
    let errors: Vec<Diagnostic> =
        parsed.diagnostics.iter().filter(|one| one.is_error()).cloned().collect();
    let Some(scenario) = parsed.scenario.as_ref().filter(|_| errors.is_empty()) else {
        return Err(show(&parsed.diagnostics));
    };
    if !parsed.diagnostics.is_empty() {
        warnings.push(show(&parsed.diagnostics));
    }
    scenario.plans(profile).map_err(|diagnostics| show(&diagnostics))
}

fn trial_name(entry: &Entry, plan: &Plan) -> String {
    let (scenario, variant) = (identifier(&plan.scenario), identifier(&plan.variant));
    if entry.group.is_empty() {
        format!("{scenario}::{variant}")
    } else {
        format!("{}::{scenario}::{variant}", entry.group)
    }
}

/// What the user asked for.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Parts of names or ids (`S06`, `conflict`); a trial that has one of them is in. None: all.
    pub filters: Vec<String>,
    /// `P0`, `P1`, `P2`; none: all.
    pub priorities: Vec<String>,
    /// Labels that must be there, `key=value`; all of them.
    pub labels: Vec<(String, String)>,
}

impl Selection {
    /// Whether a trial is selected.
    pub fn takes(&self, trial: &Trial) -> bool {
        let labels = &trial.plan.labels;
        let label = |key: &str| labels.get(key).map(String::as_str).unwrap_or_default();
        let named = |filter: &String| {
            trial.name.contains(&identifier(filter).replace("__", "::"))
                || trial.name.contains(filter.as_str())
                || label("id").eq_ignore_ascii_case(filter)
        };
        (self.filters.is_empty() || self.filters.iter().any(named))
            && (self.priorities.is_empty()
                || self.priorities.iter().any(|p| p.eq_ignore_ascii_case(label("priority"))))
            && self.labels.iter().all(|(key, value)| label(key) == value)
    }
}

/// The text of each scenario, by its name, without the secrets of its variants: what traces and
/// reports show of it.
pub fn sources(trials: &[Trial]) -> BTreeMap<String, String> {
    let mut plans: BTreeMap<&str, Vec<&Plan>> = BTreeMap::new();
    for Trial { plan, .. } in trials {
        plans.entry(&plan.scenario).or_default().push(plan);
    }
    let text = |plans: Vec<&Plan>| {
        let secrets: Vec<String> = plans.iter().flat_map(|plan| plan.secrets.clone()).collect();
        let text = plans.first().map_or("", |plan| plan.source.text.as_str());
        Redactor::new(&secrets).clean_text(text).unwrap_or_else(|| text.to_owned())
    };
    plans.into_iter().map(|(name, plans)| (name.to_owned(), text(plans))).collect()
}

/// Runs and judges one variant.
pub fn run_one(plan: &Plan, options: Options<'_>, strict: bool) -> Trace {
    run_then(plan, options, strict, |trace| trace)
}

/// Runs and judges one variant; what `then` makes of the trace.
fn run_then<T: Send>(
    plan: &Plan,
    options: Options<'_>,
    strict: bool,
    then: impl Fn(Trace) -> T + Sync,
) -> T {
    let lacking = options.target.lacks(plan);
    if !lacking.is_empty() {
        let reason = format!("the target lacks {}", lacking.join("; "));
        return then(closed(run::empty(plan, options), Verdict::Skipped { reason }));
    }
    let judged = |trace: Trace| {
        let verdict = judge::judge_with(plan, &trace, judge::Options { strict });
        let verdict = known(plan, options.target, verdict);
        then(closed(trace, Redactor::new(&plan.secrets).clean_verdict(verdict)))
    };
    run::run(plan, options, judged).unwrap_or_else(|why| {
        let verdict = Verdict::Broken { findings: vec![Finding::titled("world", why)] };
        then(closed(run::empty(plan, options), verdict))
    })
}

/// The verdict on a variant that is known to fail with the operator's version: a failure is told
/// and passed over, and that it passes is an error, for then nobody would notice its next failure.
fn known(plan: &Plan, target: &Target, verdict: Verdict) -> Verdict {
    let about = |one: &&KnownFailure| one.is_about(&plan.scenario, &plan.variant);
    let Some(known) = target.profile.known_failures.iter().find(about) else { return verdict };
    let link = known.link.as_ref().map(|link| format!(" ({link})")).unwrap_or_default();
    match verdict {
        Verdict::Failed { findings } => {
            let seen = findings.first().map_or("", |finding| finding.title.as_str());
            let reason = format!("failed, as is known: {}{link}; seen: {seen}", known.reason);
            Verdict::Skipped { reason }
        }
        Verdict::Passed { .. } => {
            let title = "it passes, and its profile says that it fails".to_owned();
            let mut finding = Finding::titled("expectFail", title);
            finding.expected = format!("a failure: {}{link}", known.reason);
            finding.hint = format!("take it out of the profile `{}`", target.profile.name);
            Verdict::Failed { findings: vec![finding] }
        }
        other @ (Verdict::Broken { .. } | Verdict::Skipped { .. }) => other,
    }
}

fn closed(mut trace: Trace, verdict: Verdict) -> Trace {
    let ended_at = trace.events.last().map_or(0, |event: &Event| event.at);
    trace.closed = Some(Closed { ended_at, verdict });
    trace
}

/// How a suite runs.
pub struct Suite<'a> {
    /// What to run.
    pub trials: &'a [Trial],
    /// Seed and defect, for every variant.
    pub options: Options<'a>,
    /// Threads.
    pub jobs: usize,
    /// A warning of the judge fails.
    pub strict: bool,
    /// No variant begins after one has failed or broken.
    pub fail_fast: bool,
    /// Set from outside: no variant begins any more.
    pub stop: &'a AtomicBool,
}

impl Suite<'_> {
    /// Runs the variants and hands over each as soon as it has ended: its place in `trials` and
    /// what `finish` made of its trace and of the real microseconds it took, on the thread that ran
    /// it. Those that `stop` or `fail_fast` kept from beginning are not handed over.
    pub fn run<T: Send>(
        &self,
        finish: impl Fn(usize, Trace, u64) -> T + Sync,
        mut ended: impl FnMut(usize, T),
    ) {
        let next = AtomicUsize::new(0);
        let failed = AtomicBool::new(false);
        let jobs = self.jobs.clamp(1, self.trials.len().max(1));
        let (done, results) = mpsc::sync_channel(jobs * 2);
        std::thread::scope(|scope| {
            for _ in 0..jobs {
                let (done, next, failed, finish) = (done.clone(), &next, &failed, &finish);
                scope.spawn(move || {
                    loop {
                        let halted = self.stop.load(Ordering::Relaxed)
                            || (self.fail_fast && failed.load(Ordering::Relaxed));
                        let at = next.fetch_add(1, Ordering::Relaxed);
                        let Some(trial) = self.trials.get(at).filter(|_| !halted) else { break };
                        let began = stopwatch();
                        let ended = |trace: Trace| {
                            let took = began.elapsed().as_micros();
                            if is_bad(&trace) {
                                failed.store(true, Ordering::Relaxed);
                            }
                            finish(at, trace, u64::try_from(took).unwrap_or(u64::MAX))
                        };
                        let ended = run_then(&trial.plan, self.options, self.strict, ended);
                        if done.send((at, ended)).is_err() {
                            break;
                        }
                    }
                });
            }
            drop(done);
            for (at, result) in results {
                ended(at, result);
            }
        });
    }
}

#[expect(clippy::disallowed_methods, reason = "how long a variant takes is told, never judged")]
fn stopwatch() -> std::time::Instant {
    std::time::Instant::now()
}

fn is_bad(trace: &Trace) -> bool {
    trace.closed.as_ref().is_none_or(|closed| {
        matches!(closed.verdict, Verdict::Failed { .. } | Verdict::Broken { .. })
    })
}
