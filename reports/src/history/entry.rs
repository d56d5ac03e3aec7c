//! What is kept of a run.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use trace::Millis;

use crate::{Run, Standing, Trial, WallTimes, clean};

/// The version of an entry. A field more keeps it; a field less or another meaning does not.
pub const FORMAT: u32 = 1;

/// Characters that are kept of the reason of a bad verdict.
const WHY_CHARS_MAX: usize = 200;

/// Milliseconds on the world's clock by what they measure: provider and stage, `aap provision`.
pub type Latencies = BTreeMap<String, Vec<Millis>>;

/// Rows that were reached, by the meter of coverage that counts them.
pub type Covered = BTreeMap<String, BTreeSet<String>>;

/// One past run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// [`FORMAT`].
    pub format: u32,
    /// When it began, RFC 3339 in UTC. Also the run's name: see [`super::History`].
    pub started: String,
    /// How long it took in real microseconds.
    pub wall_us: u64,
    /// The harness's version.
    pub version: String,
    /// Which build of the program ran; empty where that is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub program: String,
    /// The commit of the work tree it ran in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// The seed of all chance.
    pub seed: u64,
    /// What it ran against.
    pub target: String,
    /// Where the scenarios came from.
    pub source: String,
    /// The defect that the operator was given, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defect: Option<String>,
    /// Whether warnings were judged as failures.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strict: bool,
    /// What the process ended with.
    pub exit_code: u8,
    /// What was wrong with the run as a whole, a sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub complaints: Vec<String>,
    /// Rows that were reached, by meter of coverage.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub covered: Covered,
    /// Every selected variant, in input order.
    pub outcomes: Vec<Outcome>,
}

/// How one variant ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The scenario's name.
    pub scenario: String,
    /// The variant's name.
    pub variant: String,
    /// The scenario's id.
    pub id: String,
    /// The provider.
    pub provider: String,
    /// Digest of the plan; empty where it is not known.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub plan: String,
    /// How it stands.
    #[serde(with = "standing")]
    pub verdict: Standing,
    /// How long it took on the world's clock.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub virtual_ms: Millis,
    /// The first reason of a bad verdict, in one line.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub why: String,
    /// What was measured.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub latencies: Latencies,
}

impl Entry {
    /// What is kept of a run.
    #[must_use]
    pub fn of(run: &Run, wall: &WallTimes) -> Entry {
        let origin = &wall.origin;
        let plans = origin.plans.iter().map(String::as_str).chain(std::iter::repeat(""));
        let outcomes = run.trials.iter().zip(plans).map(|(trial, plan)| outcome(trial, plan));
        Entry {
            format: FORMAT,
            started: wall.started.clone(),
            wall_us: wall.total_us,
            version: run.version.clone(),
            program: origin.program.clone(),
            commit: origin.commit.clone(),
            seed: run.seed,
            target: run.target.clone(),
            source: run.source.clone(),
            defect: run.defect.clone(),
            strict: run.strict,
            exit_code: run.exit_code().code(),
            complaints: run.complaints().into_iter().map(|complaint| complaint.title).collect(),
            covered: covered(run),
            outcomes: outcomes.collect(),
        }
    }

    /// The day it began, `2026-02-08`, in UTC; the whole of `started` where it is no time.
    #[must_use]
    pub fn day(&self) -> &str {
        self.started.split_once('T').map_or(&self.started, |(day, _)| day)
    }

    /// When it began, to the second: `2026-02-08T09:30:00Z`.
    #[must_use]
    pub fn moment(&self) -> String {
        match self.started.split_once('.') {
            Some((moment, _)) => format!("{moment}Z"),
            None => self.started.clone(),
        }
    }

    /// Whether the two ran the same thing, so that a difference says something about the program:
    /// same target, scenarios, defect and strictness. Seed and selection may differ.
    #[must_use]
    pub fn is_comparable(&self, other: &Entry) -> bool {
        let of = |entry: &Entry| {
            let Entry { target, source, defect, strict, .. } = entry;
            (target.clone(), source.clone(), defect.clone(), *strict)
        };
        of(self) == of(other)
    }

    /// Whether its worlds run in virtual time, in which the same plan, seed and program cannot
    /// but end the same.
    #[must_use]
    pub fn is_virtual(&self) -> bool {
        self.target == "embedded" || self.target.ends_with("/virtual")
    }

    /// How many stand so.
    #[must_use]
    pub fn count(&self, standing: Standing) -> usize {
        self.outcomes.iter().filter(|outcome| outcome.verdict == standing).count()
    }
}

impl Outcome {
    /// `scenario::variant`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}::{}", self.scenario, self.variant)
    }

    /// Whether it failed or is broken.
    #[must_use]
    pub const fn is_bad(&self) -> bool {
        matches!(self.verdict, Standing::Failed | Standing::Broken)
    }
}

fn covered(run: &Run) -> Covered {
    let mut covered = Covered::new();
    for reading in run.coverage().meters {
        let reached = reading.rows.into_iter().filter(|row| row.times > 0);
        let rows: BTreeSet<String> = reached.map(|row| row.id).collect();
        if !rows.is_empty() {
            covered.insert(reading.meter.name().to_owned(), rows);
        }
    }
    covered
}

fn outcome(trial: &Trial, plan: &str) -> Outcome {
    let standing = trial.standing();
    let why = match standing {
        Standing::Failed | Standing::Broken => {
            trial.findings().first().map_or("", |finding| finding.title.as_str())
        }
        Standing::Passed | Standing::Skipped | Standing::NotStarted => "",
    };
    Outcome {
        scenario: trial.scenario.clone(),
        variant: trial.variant.clone(),
        id: trial.id().to_owned(),
        provider: trial.provider.clone(),
        plan: plan.to_owned(),
        verdict: standing,
        virtual_ms: trial.virtual_ms(),
        why: clean::clip(&clean::line(why), WHY_CHARS_MAX),
        latencies: latencies(trial),
    }
}

fn latencies(trial: &Trial) -> Latencies {
    let mut latencies = Latencies::new();
    for one in &trial.latencies {
        let what = format!("{} {}", one.provider, one.stage.as_str());
        latencies.entry(what).or_default().push(one.took);
    }
    latencies
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
const fn is_zero(ms: &Millis) -> bool {
    *ms == 0
}

/// A standing as its word.
mod standing {
    use serde::de::{Deserialize, Deserializer, Error};
    use serde::ser::Serializer;

    use crate::Standing;

    const ALL: [Standing; 5] = [
        Standing::Skipped,
        Standing::Passed,
        Standing::NotStarted,
        Standing::Broken,
        Standing::Failed,
    ];

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands over a reference")]
    pub fn serialize<S: Serializer>(standing: &Standing, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(standing.as_str())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Standing, D::Error> {
        let word = String::deserialize(from)?;
        let known = ALL.into_iter().find(|standing| standing.as_str() == word);
        known.ok_or_else(|| D::Error::custom(format!("`{word}` is no verdict")))
    }
}
