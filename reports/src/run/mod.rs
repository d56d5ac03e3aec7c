//! What was selected and how it ended: the one input of every document.

mod trial;

use std::collections::BTreeMap;

use crate::clean;
use crate::coverage::{Coverage, Known, Threshold};
use crate::history::Entry;
use crate::latency::Latency;

pub use trial::{Attempt, Standing, Trial, TrialEnd};

/// [`Run::source`] of the scenarios that are part of the program.
pub const BUILT_IN: &str = "built in";

/// One call of the harness.
#[derive(Debug, Clone, Default, PartialEq)]
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
    /// What the meters of coverage compare with.
    pub known: Known,
    /// What coverage must reach, or the run is not in order.
    pub thresholds: Vec<Threshold>,
    /// The texts of scenarios by name, without secrets, for the HTML document.
    pub sources: BTreeMap<String, String>,
    /// The newest past run that this one can be compared with, if one is remembered.
    pub former: Option<Entry>,
}

/// A scenario file that could not be loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadFault {
    /// The file, as the user named it.
    pub file: String,
    /// All that is wrong with it, as the user saw it.
    pub text: String,
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

    /// What it reached of what there is to reach.
    #[must_use]
    pub fn coverage(&self) -> Coverage {
        Coverage::of(self)
    }

    /// How long its instances took.
    #[must_use]
    pub fn latency(&self) -> Latency {
        Latency::of(self)
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

#[cfg(test)]
mod tests {
    use super::trial::tests::trace;
    use super::*;

    fn run(source: &str, defect: Option<&str>) -> Run {
        Run {
            seed: 42,
            target: "embedded".into(),
            source: source.into(),
            defect: defect.map(Into::into),
            version: "0.1.0".into(),
            ..Run::default()
        }
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
