//! The one place that counts a run and turns it into an exit code. Every document asks here.

use serde::Serialize;

use crate::coverage::Threshold;
use crate::{Complaint, Run, Standing, clean, words};

/// How many stand how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Tally {
    /// The operator did as it should.
    pub passed: usize,
    /// It did not.
    pub failed: usize,
    /// It could not be known.
    pub broken: usize,
    /// Not run, and that is in order.
    pub skipped: usize,
    /// Selected and never begun.
    pub not_started: usize,
}

/// The counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Counts {
    /// Scenarios, each by its worst variant; a file that could not be loaded is a broken one.
    pub scenarios: Tally,
    /// Variants.
    pub variants: Tally,
    /// Of the variants that passed, those that had failed or broken before.
    pub flaky: usize,
}

/// The exit codes of `osac-e2e`, all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// 0: everything that ran passed.
    Passed,
    /// 1: the operator did not do as a scenario says.
    Failed,
    /// 2: the command line or a scenario is invalid.
    Usage,
    /// 3: the harness, the world or a file kept us from knowing.
    Broken,
    /// 4: nothing was selected.
    NothingSelected,
    /// 5: coverage is below a threshold that was asked for.
    BelowThreshold,
    /// 70: a bug of ours.
    Bug,
    /// 130: interrupted.
    Interrupted,
}

impl Tally {
    /// Counts one more.
    pub fn add(&mut self, standing: Standing) {
        *self.of_mut(standing) += 1;
    }

    /// All together.
    #[must_use]
    pub const fn total(&self) -> usize {
        self.passed + self.failed + self.broken + self.skipped + self.not_started
    }

    /// The counts with their words, worst last: the order of every document.
    #[must_use]
    pub const fn rows(&self) -> [(Standing, usize); 5] {
        [
            (Standing::Passed, self.passed),
            (Standing::Failed, self.failed),
            (Standing::Broken, self.broken),
            (Standing::Skipped, self.skipped),
            (Standing::NotStarted, self.not_started),
        ]
    }

    const fn of_mut(&mut self, standing: Standing) -> &mut usize {
        match standing {
            Standing::Passed => &mut self.passed,
            Standing::Failed => &mut self.failed,
            Standing::Broken => &mut self.broken,
            Standing::Skipped => &mut self.skipped,
            Standing::NotStarted => &mut self.not_started,
        }
    }
}

impl ExitCode {
    /// The number that the process ends with.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            ExitCode::Passed => 0,
            ExitCode::Failed => 1,
            ExitCode::Usage => 2,
            ExitCode::Broken => 3,
            ExitCode::NothingSelected => 4,
            ExitCode::BelowThreshold => 5,
            ExitCode::Bug => 70,
            ExitCode::Interrupted => 130,
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ExitCode::Passed => "passed",
            ExitCode::Failed => "failed",
            ExitCode::Usage => "invalid",
            ExitCode::Broken => "broken",
            ExitCode::NothingSelected => "nothing selected",
            ExitCode::BelowThreshold => "below threshold",
            ExitCode::Bug => "bug",
            ExitCode::Interrupted => "interrupted",
        }
    }
}

impl Run {
    /// The counts.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for trial in &self.trials {
            counts.variants.add(trial.standing());
            counts.flaky += usize::from(trial.is_flaky());
        }
        for scenario in self.scenarios() {
            counts.scenarios.add(scenario.standing());
        }
        counts.scenarios.broken += self.faults.len();
        counts
    }

    /// How the run ends. An interruption outweighs all, for the run is not whole; a failure
    /// outweighs what is broken, for it stays found; what is broken outweighs a file that could
    /// not be loaded, and that outweighs coverage below a threshold. A variant that was not started
    /// without an interruption or a failure is one that nothing is known of: broken.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        let variants = self.counts().variants;
        if self.interrupted {
            ExitCode::Interrupted
        } else if self.trials.is_empty() && self.faults.is_empty() {
            ExitCode::NothingSelected
        } else if variants.failed > 0 {
            ExitCode::Failed
        } else if variants.broken + variants.not_started > 0 {
            ExitCode::Broken
        } else if !self.faults.is_empty() {
            ExitCode::Usage
        } else if !self.below_thresholds().is_empty() {
            ExitCode::BelowThreshold
        } else {
            ExitCode::Passed
        }
    }

    /// Each threshold that coverage does not reach, as a complaint.
    fn below_thresholds(&self) -> Vec<Complaint> {
        if self.thresholds.is_empty() {
            return Vec::new();
        }
        let coverage = self.coverage();
        let complaint = |threshold: &Threshold| {
            let (reached, wanted) = coverage.measured(threshold);
            let missed = wanted == 0 || reached * 100 < wanted * usize::from(threshold.percent);
            let Threshold { meter, percent } = threshold;
            let asked = format!("at least {percent} % is asked for");
            missed.then(|| Complaint {
                name: format!("coverage {meter}"),
                title: format!("coverage of {meter} is {reached} of {wanted}, {asked}"),
                text: format!("not reached: {}", coverage.missing(threshold).join(", ")),
            })
        };
        self.thresholds.iter().filter_map(complaint).collect()
    }

    /// What is wrong with the run as a whole, so that no document is green where the exit code
    /// is not: files that could not be loaded, an interruption, an empty selection.
    #[must_use]
    pub fn complaints(&self) -> Vec<Complaint> {
        let mut complaints: Vec<Complaint> = self
            .faults
            .iter()
            .map(|fault| Complaint {
                name: format!("load {}", clean::line(&fault.file)),
                title: format!("`{}` could not be loaded", clean::line(&fault.file)),
                text: clean::text(&fault.text),
            })
            .collect();
        let variants = self.counts().variants;
        let not_started = words::plural(variants.not_started, "variant");
        match self.exit_code() {
            ExitCode::Interrupted => complaints.push(Complaint {
                name: "interrupted".into(),
                title: "the run was interrupted".into(),
                text: format!("{not_started} not started"),
            }),
            ExitCode::NothingSelected => complaints.push(Complaint {
                name: "nothing selected".into(),
                title: "no variant matches the selection".into(),
                text: format!("source: {}", clean::line(&self.source)),
            }),
            ExitCode::Broken if variants.broken == 0 => {
                complaints.push(Complaint {
                    name: "not started".into(),
                    title: format!("{not_started} not started although nothing failed"),
                    text: "the run ended early: see its messages".into(),
                });
            }
            ExitCode::Passed
            | ExitCode::BelowThreshold
            | ExitCode::Failed
            | ExitCode::Usage
            | ExitCode::Broken
            | ExitCode::Bug => {}
        }
        complaints.extend(self.below_thresholds());
        complaints
    }
}
