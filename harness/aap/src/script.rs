//! What becomes of a launched job: its stages, its end, what a cancel does, what it prints.

use std::time::Duration;

/// The life of one job, as told beforehand.
#[derive(Debug, Clone, PartialEq)]
pub struct Script {
    /// The states it goes through, in order. The first one is what the launch answers; without any
    /// it is `pending` and ends at once.
    pub stages: Vec<Stage>,
    /// How it ends after the last stage.
    pub end: End,
    /// Moments that are announced on the way.
    pub moments: Vec<Moment>,
    /// What a request to cancel does while it is active.
    pub cancel: Cancel,
    /// What it prints.
    pub output: Output,
}

impl Default for Script {
    fn default() -> Self {
        Script::job(Duration::from_secs(171))
    }
}

impl Script {
    /// A job as AAP runs it: pending 2 s, waiting 3 s, running so long, then successful.
    pub fn job(runs: Duration) -> Self {
        let (pending, waiting) = (Duration::from_secs(2), Duration::from_secs(3));
        Script {
            stages: vec![
                Stage::new("pending", pending),
                Stage::new("waiting", waiting),
                Stage::new("running", runs),
            ],
            end: End::new("successful"),
            moments: Vec::new(),
            cancel: Cancel::Classic,
            output: Output::default(),
        }
    }

    /// A workflow job: it never waits.
    pub fn workflow(runs: Duration) -> Self {
        let mut script = Script::job(runs);
        script.stages.remove(1);
        script
    }

    /// The same with another end.
    #[must_use]
    pub fn ends(mut self, status: &str, explanation: &str, traceback: &str) -> Self {
        self.end = End {
            status: status.to_owned(),
            explanation: explanation.to_owned(),
            traceback: traceback.to_owned(),
        };
        self
    }
}

/// A state of a job and how long it lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// AAP's word, also one that nobody knows.
    pub status: String,
    /// How long.
    pub lasts: Lasts,
    /// AAP's reason for being there (`job_explanation`); empty = none. Of a pending job it shows
    /// only when the job is older than 30 s.
    pub explanation: String,
}

impl Stage {
    /// A stage that lasts so long.
    pub fn new(status: &str, lasts: Duration) -> Self {
        Stage { status: status.to_owned(), lasts: Lasts::For(lasts), explanation: String::new() }
    }

    /// A stage that lasts until an action ends it.
    pub fn held(status: &str) -> Self {
        Stage { status: status.to_owned(), lasts: Lasts::UntilActed, explanation: String::new() }
    }

    /// The same with AAP's reason.
    #[must_use]
    pub fn because(mut self, explanation: &str) -> Self {
        explanation.clone_into(&mut self.explanation);
        self
    }
}

/// How long a stage lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// So long.
    For(Duration),
    /// Until [`crate::Action::Advance`], `Finish`, a cancel or the like.
    UntilActed,
}

/// How a job ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// `successful`, `failed`, `error` or `canceled`.
    pub status: String,
    /// `job_explanation`; empty for a playbook that failed.
    pub explanation: String,
    /// `result_traceback`; only what the controller itself tripped over.
    pub traceback: String,
}

impl End {
    /// An end without a word of explanation.
    pub fn new(status: &str) -> Self {
        End { status: status.to_owned(), explanation: String::new(), traceback: String::new() }
    }
}

/// A moment in a job's life that the observer is told of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// What the observer knows it by.
    pub name: String,
    /// When.
    pub at: MomentAt,
}

/// When a moment comes. A job that was canceled, reaped or purged has no more moments but those
/// after its end; of a purged one there are none at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MomentAt {
    /// So long after the job first ran.
    Running(Duration),
    /// So long after a stage began.
    StageStart {
        /// Which, from 0.
        stage: usize,
        /// How long after.
        after: Duration,
    },
    /// Just before the playbook ends by itself, well or not.
    BeforeEnd,
    /// Just before the playbook ends by itself, if it is successful.
    BeforeSuccess,
    /// So long after the job reached its end, whatever the end.
    AfterEnd(Duration),
}

/// What a request to cancel does to a job that is active.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancel {
    /// As AAP: at once before the job runs; 5 s after the request while it runs.
    Classic,
    /// As of 2026: a job in whatever state stays in it for this long, also a pending one.
    DelayedPending(Duration),
    /// As `Classic`, but a running job stays running for this long.
    Running(Duration),
    /// Accepted, and the playbook goes on as if nothing was; canceled after this long, if it still
    /// is active. `None` = never.
    Ignored(Option<Duration>),
    /// 403 for as long as the job is active.
    Refused403,
    /// 405 for as long as the job is active.
    Refused405,
    /// A running job is `canceled` at once, while its playbook goes on and writes its own end
    /// later.
    ForcedThenFlips {
        /// The state that it writes.
        to: String,
        /// So long after the request.
        after: Duration,
    },
}

/// What a job prints, and what becomes of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Output {
    /// The playbook's output; with ANSI colours as Ansible writes them. Empty = a few usual lines.
    pub stdout: String,
    /// What the failed task said; it stands in the event `runner_on_failed`. Empty = none failed.
    pub failure: String,
    /// So long after the end the events and the last part of the output are still on their way.
    pub lag: Duration,
    /// They never arrive: `event_processing_finished` stays false.
    pub lost: bool,
}
