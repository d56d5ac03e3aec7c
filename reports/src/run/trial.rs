//! One variant of one scenario and how it ended.

use std::collections::BTreeMap;

use trace::latency::{Latency, Stopwatch};
use trace::{Finding, Happening, Millis, Trace, Verdict};

use crate::coverage::Sightings;
use crate::html::Page;
use crate::{clean, words};

/// Log lines that a trial keeps from the end of its trace.
const LOG_LINES_MAX: usize = 20;
/// Characters that are kept of a log line.
const LOG_CHARS_MAX: usize = 500;

/// One variant of one scenario.
#[derive(Debug, Clone, Default, PartialEq)]
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
    /// Attempts before the one that `end` tells of, oldest first; none of them passed. Only
    /// targets in real time try again: in virtual time the same plan and seed end the same.
    pub reruns: Vec<Attempt>,
    /// What its trace shows to the meters of coverage.
    pub sightings: Sightings,
    /// How long its instances took.
    pub latencies: Vec<Latency>,
    /// Its timeline, where there is to be an HTML document.
    pub page: Option<Page>,
}

/// One attempt at a trial that was tried again.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// The verdict: failed or broken.
    pub verdict: Verdict,
    /// How long it took on the world's clock.
    pub virtual_ms: Millis,
    /// The operator's last log lines, oldest first.
    pub log_tail: Vec<String>,
    /// Where its trace was written, as a path that the user can follow.
    pub trace_path: Option<String>,
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
            reruns: Vec::new(),
            sightings: Sightings::of(trace),
            latencies: measure(trace),
            page: None,
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

    /// It passed, but not the first time.
    #[must_use]
    pub fn is_flaky(&self) -> bool {
        self.standing() == Standing::Passed && !self.reruns.is_empty()
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

impl Default for TrialEnd {
    fn default() -> TrialEnd {
        TrialEnd::NotStarted { why: String::new() }
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

fn measure(trace: &Trace) -> Vec<Latency> {
    let mut stopwatch = Stopwatch::new(&trace.header.provider);
    trace.events.iter().for_each(|event| stopwatch.take(event));
    stopwatch.into_samples()
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
pub(super) mod tests {
    use super::*;
    use trace::{Closed, Event, FORMAT, Header, LogLine};

    pub fn trace(events: Vec<Event>, closed: Option<Closed>) -> Trace {
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
}
