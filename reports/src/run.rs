//! What was selected and how it ended: the one input of every document.

use std::collections::BTreeMap;

use trace::{Finding, Happening, Millis, Trace, Verdict};

use crate::{clean, words};

/// [`Run::source`] of the scenarios that are part of the program.
pub const BUILT_IN: &str = "built in";

/// Log lines that a trial keeps from the end of its trace.
const LOG_LINES_MAX: usize = 20;
/// Characters that are kept of a log line.
const LOG_CHARS_MAX: usize = 500;

/// One call of the harness.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The seed of all chance.
    pub seed: u64,
    /// What the scenarios ran against, such as `embedded/embedded/fake/virtual`.
    pub target: String,
    /// [`BUILT_IN`], or the folder as the user named it.
    pub source: String,
    /// The defect that the operator was given, if any.
    pub defect: Option<String>,
    /// Whether warnings were judged as failures (`--strict`).
    pub strict: bool,
    /// The user stopped it before everything had ended.
    pub interrupted: bool,
    /// The harness's version.
    pub version: String,
    /// Scenario files that could not be loaded, and why.
    pub faults: Vec<LoadFault>,
    /// Every selected variant in input order, also skipped and not started ones.
    pub trials: Vec<Trial>,
}

/// A scenario file that could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadFault {
    /// The file, as the user named it.
    pub file: String,
    /// All that is wrong with it, as the user saw it.
    pub text: String,
}

/// One variant of one scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// The scenario's name.
    pub scenario: String,
    /// The variant's name.
    pub variant: String,
    /// The scenario's title.
    pub title: String,
    /// What this variant shows, where it says so itself; empty otherwise.
    pub shows: String,
    /// The scenario's labels: `id`, `priority`, `category` and others.
    pub labels: BTreeMap<String, String>,
    /// The provider: `aap` or `eda`.
    pub provider: String,
    /// How it ended.
    pub end: TrialEnd,
}

/// How a trial ended.
#[derive(Debug, Clone, PartialEq)]
pub enum TrialEnd {
    /// There is a verdict.
    Ended {
        /// The verdict.
        verdict: Verdict,
        /// How long it took on the world's clock.
        virtual_ms: Millis,
        /// Events of its trace, also those that were counted but not kept.
        events: usize,
        /// The operator's last log lines, oldest first.
        log_tail: Vec<String>,
        /// Where the trace was written, as a path that the user can follow.
        trace_path: Option<String>,
    },
    /// It was selected and never begun.
    NotStarted {
        /// Why.
        why: String,
    },
}

/// How a trial, a scenario or a run stands, from best to worst: the standing of a whole is the
/// worst of its parts. *Failed* is worse than *broken*: what was found stays found, whatever
/// else could not be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// Not run, and that is in order.
    Skipped,
    /// The operator did as the scenario says.
    Passed,
    /// Selected and never begun.
    NotStarted,
    /// The harness, the world or the file kept us from knowing.
    Broken,
    /// The operator did not do as the scenario says.
    Failed,
}

/// All selected variants of one scenario, in input order.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenario<'run> {
    trials: Vec<&'run Trial>,
}

/// Something that is wrong with the run as a whole and not with one variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complaint {
    /// What it is about: `load <file>`, `interrupted`, `nothing selected`, `not started`.
    pub name: String,
    /// One sentence.
    pub title: String,
    /// All there is to know, in lines.
    pub text: String,
}

impl Trial {
    /// The trial that a trace tells of. A trace without its close comes from a process that
    /// died: the trial is broken.
    #[must_use]
    pub fn of(trace: &Trace) -> Trial {
        let (verdict, virtual_ms) = match &trace.closed {
            Some(closed) => (closed.verdict.clone(), closed.ended_at),
            None => {
                let at = trace.events.last().map_or(0, |event| event.at);
                (Verdict::Broken { findings: vec![died(at)] }, at)
            }
        };
        let header = &trace.header;
        Trial {
            scenario: header.scenario.clone(),
            variant: header.variant.clone(),
            title: header.title.clone(),
            shows: header.shows.clone(),
            labels: header.labels.clone(),
            provider: header.provider.clone(),
            end: TrialEnd::Ended {
                verdict,
                virtual_ms,
                events: events(trace),
                log_tail: log_tail(trace),
                trace_path: None,
            },
        }
    }

    /// `scenario::variant`, as filters and messages name it.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}::{}", self.scenario, self.variant)
    }

    /// The id from its labels; without one, the scenario's name.
    #[must_use]
    pub fn id(&self) -> &str {
        self.labels.get("id").map_or(&self.scenario, String::as_str)
    }

    /// How it stands.
    #[must_use]
    pub fn standing(&self) -> Standing {
        match &self.end {
            TrialEnd::NotStarted { .. } => Standing::NotStarted,
            TrialEnd::Ended { verdict, .. } => match verdict {
                Verdict::Passed { .. } => Standing::Passed,
                Verdict::Failed { .. } => Standing::Failed,
                Verdict::Broken { .. } => Standing::Broken,
                Verdict::Skipped { .. } => Standing::Skipped,
            },
        }
    }

    /// What was found, if anything: reasons of a failure, or warnings.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        match &self.end {
            TrialEnd::Ended { verdict, .. } => verdict.findings(),
            TrialEnd::NotStarted { .. } => &[],
        }
    }

    /// Why it was skipped or not started.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match &self.end {
            TrialEnd::NotStarted { why } => Some(why),
            TrialEnd::Ended { verdict: Verdict::Skipped { reason }, .. } => Some(reason),
            TrialEnd::Ended { .. } => None,
        }
    }

    /// How long it took on the world's clock; nothing for what did not run.
    #[must_use]
    pub fn virtual_ms(&self) -> Millis {
        match &self.end {
            TrialEnd::Ended { virtual_ms, .. } => *virtual_ms,
            TrialEnd::NotStarted { .. } => 0,
        }
    }
}

impl Standing {
    /// The word that every document uses.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Standing::Skipped => "skipped",
            Standing::Passed => "passed",
            Standing::NotStarted => "not started",
            Standing::Broken => "broken",
            Standing::Failed => "failed",
        }
    }
}

impl<'run> Scenario<'run> {
    /// Its trials; at least one.
    #[must_use]
    pub fn trials(&self) -> &[&'run Trial] {
        &self.trials
    }

    /// The scenario's name.
    #[must_use]
    pub fn name(&self) -> &'run str {
        &self.first().scenario
    }

    /// The scenario's title.
    #[must_use]
    pub fn title(&self) -> &'run str {
        &self.first().title
    }

    /// Its id; without one, its name.
    #[must_use]
    pub fn id(&self) -> &'run str {
        self.first().id()
    }

    /// Its labels.
    #[must_use]
    pub fn labels(&self) -> &'run BTreeMap<String, String> {
        &self.first().labels
    }

    /// The worst standing of its variants.
    #[must_use]
    pub fn standing(&self) -> Standing {
        self.trials.iter().map(|trial| trial.standing()).max().unwrap_or(Standing::Skipped)
    }

    fn first(&self) -> &'run Trial {
        self.trials.first().expect("a scenario is made from its first trial")
    }
}

impl Run {
    /// The trials by scenario, in the order in which each scenario first appears.
    #[must_use]
    pub fn scenarios(&self) -> Vec<Scenario<'_>> {
        let mut place: BTreeMap<&str, usize> = BTreeMap::new();
        let mut scenarios: Vec<Scenario<'_>> = Vec::new();
        for trial in &self.trials {
            let at = *place.entry(&trial.scenario).or_insert(scenarios.len());
            match scenarios.get_mut(at) {
                Some(scenario) => scenario.trials.push(trial),
                None => scenarios.push(Scenario { trials: vec![trial] }),
            }
        }
        scenarios
    }

    /// The command that repeats one trial.
    #[must_use]
    pub fn replay(&self, trial: &Trial) -> String {
        let mut words = vec!["osac-e2e".to_owned(), "run".to_owned(), trial.name()];
        words.extend(["--seed".to_owned(), self.seed.to_string()]);
        if self.source != BUILT_IN {
            words.extend(["--scenarios".to_owned(), self.source.clone()]);
        }
        if let Some(defect) = &self.defect {
            words.extend(["--defect".to_owned(), defect.clone()]);
        }
        if self.strict {
            words.push("--strict".to_owned());
        }
        words.iter().map(|word| quoted(&clean::line(word))).collect::<Vec<_>>().join(" ")
    }
}

/// A word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn died(at: Millis) -> Finding {
    Finding {
        property: "verdict".into(),
        title: "the process died before there was a verdict".into(),
        at,
        place: None,
        expected: "a closing line in the trace".into(),
        seen: "the trace breaks off".into(),
        differences: Vec::new(),
        hint: "run it again alone; if it dies again, that is a bug of the harness".into(),
        object: String::new(),
        excerpt: Vec::new(),
    }
}

fn events(trace: &Trace) -> usize {
    let mut events = trace.events.len();
    for event in &trace.events {
        if let Happening::Truncated { events: left_out } = &event.what {
            events = events.saturating_add(usize::try_from(*left_out).unwrap_or(usize::MAX));
        }
    }
    events
}

fn log_tail(trace: &Trace) -> Vec<String> {
    let logged = trace.events.iter().rev().filter_map(|event| {
        let Happening::Log(log) = &event.what else { return None };
        let text = clean::clip(&clean::line(&log.text), LOG_CHARS_MAX);
        Some(format!("{} s {} {text}", words::seconds(event.at), log.level))
    });
    let mut lines: Vec<String> = logged.take(LOG_LINES_MAX).collect();
    lines.reverse();
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use trace::{Closed, Event, FORMAT, Header, LogLine};

    fn trace(events: Vec<Event>, closed: Option<Closed>) -> Trace {
        let header = Header {
            format: FORMAT,
            scenario: "s01".into(),
            variant: "plain".into(),
            title: "Create".into(),
            shows: String::new(),
            labels: BTreeMap::from([("id".into(), "S01".into())]),
            seed: 1,
            target: "embedded".into(),
            provider: "aap".into(),
            planned_faults: Vec::new(),
            covers: Vec::new(),
            defect: None,
            lines: Vec::new(),
        };
        Trace { header, events, closed }
    }

    fn log(at: Millis) -> Event {
        let line = LogLine { level: "INFO".into(), text: format!("line at {at}\u{1b}[2J") };
        Event { at, what: Happening::Log(line) }
    }

    fn run(source: &str, defect: Option<&str>) -> Run {
        Run {
            seed: 42,
            target: "embedded".into(),
            source: source.into(),
            defect: defect.map(Into::into),
            strict: false,
            interrupted: false,
            version: "0.1.0".into(),
            faults: Vec::new(),
            trials: Vec::new(),
        }
    }

    #[test]
    fn a_trace_without_a_close_is_broken() {
        let trial = Trial::of(&trace(vec![log(7)], None));
        assert_eq!((trial.standing(), trial.virtual_ms()), (Standing::Broken, 7));
        assert_eq!(trial.findings()[0].title, "the process died before there was a verdict");
    }

    #[test]
    fn a_closed_trace_keeps_its_verdict_and_counts_left_out_events() {
        let verdict = Verdict::Skipped { reason: "no eda".into() };
        let cut = Event { at: 8, what: Happening::Truncated { events: 40 } };
        let trial = Trial::of(&trace(vec![log(7), cut], Some(Closed { ended_at: 9, verdict })));
        assert_eq!((trial.standing(), trial.reason()), (Standing::Skipped, Some("no eda")));
        let TrialEnd::Ended { events, virtual_ms, .. } = trial.end else { panic!("it ended") };
        assert_eq!((events, virtual_ms), (42, 9));
    }

    #[test]
    fn the_log_tail_is_the_end_in_order_and_harmless() {
        let trial = Trial::of(&trace((0..30).map(log).collect(), None));
        let TrialEnd::Ended { log_tail, .. } = trial.end else { panic!("it ended") };
        assert_eq!(log_tail.len(), LOG_LINES_MAX);
        assert_eq!(log_tail[0], "0.010 s INFO line at 10\\u{1b}[2J");
        assert_eq!(log_tail[19], "0.029 s INFO line at 29\\u{1b}[2J");
    }

    #[test]
    fn replay_names_all_that_changes_the_run() {
        let trial = Trial::of(&trace(Vec::new(), None));
        let built_in = run(BUILT_IN, None).replay(&trial);
        assert_eq!(built_in, "osac-e2e run s01::plain --seed 42");
        let own = Run { strict: true, ..run("my scenarios", Some("eda-loop")) };
        assert_eq!(
            own.replay(&trial),
            "osac-e2e run s01::plain --seed 42 --scenarios 'my scenarios' --defect eda-loop \
             --strict"
        );
    }

    #[test]
    fn a_quoted_word_cannot_leave_its_quotes() {
        assert_eq!(quoted("it's; rm"), r"'it'\''s; rm'");
        assert_eq!(quoted(""), "''");
    }

    #[test]
    fn interleaved_trials_are_grouped_by_first_appearance() {
        let named = |scenario: &str, variant: &str| {
            let mut trial = Trial::of(&trace(Vec::new(), None));
            (trial.scenario, trial.variant) = (scenario.into(), variant.into());
            trial
        };
        let trials = vec![named("b", "1"), named("a", "1"), named("b", "2")];
        let run = Run { trials, ..run(BUILT_IN, None) };
        let names: Vec<_> =
            run.scenarios().iter().map(|s| (s.name().to_owned(), s.trials.len())).collect();
        assert_eq!(names, [("b".to_owned(), 2), ("a".to_owned(), 1)]);
    }
}
