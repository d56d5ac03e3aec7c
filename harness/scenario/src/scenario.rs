//! The front of this room: a scenario file read, and closed into plans.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::head;
use crate::plan::{Capability, Plan};
use crate::plans::{Draft, plans};
use crate::profile::Profile;
use crate::source::{Source, Span};
use crate::yaml;

/// What came of reading a file: what was understood, and what is wrong with it.
#[derive(Debug)]
pub struct Parsed {
    /// The text that the diagnostics point into.
    pub source: Arc<Source>,
    /// The scenario; none if there is an error among the diagnostics.
    pub scenario: Option<Scenario>,
    /// All mistakes, in the order of the file.
    pub diagnostics: Vec<Diagnostic>,
}

/// A scenario without errors.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// The file it comes from.
    pub source: Arc<Source>,
    /// Its name, the file's stem.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Labels: `id`, `priority`, `category` and what the author adds.
    pub labels: BTreeMap<String, String>,
    /// What a target must offer for every variant; a variant's plan may ask for more.
    pub requires: Vec<Capability>,
    /// Names of the variants in the file's order; `default` alone where there are none.
    pub variants: Vec<String>,
    draft: Draft,
    /// The plans for the embedded operator, against which the file was checked.
    plans: Vec<Plan>,
}

/// Reads a scenario file. `name` is the file as the user named it.
#[must_use]
pub fn parse(name: &str, text: &str) -> Parsed {
    let source = Arc::new(Source::new(name, text));
    let (tree, mut diagnostics) = match yaml::read(text) {
        Ok(read) => read,
        Err(diagnostic) => return Parsed { source, scenario: None, diagnostics: vec![diagnostic] },
    };
    let draft = head::draft(&source, &tree, &mut diagnostics);
    let scenario = draft.and_then(|draft| {
        let outcome = plans(&draft, &Profile::embedded());
        diagnostics.extend(outcome.diagnostics);
        if diagnostics.iter().any(Diagnostic::is_error) {
            return None;
        }
        Some(scenario(draft, outcome.plans))
    });
    settle(&mut diagnostics);
    Parsed { source, scenario, diagnostics }
}

/// Mistakes of one file that are told.
const TOLD_MAX: usize = 200;

/// In the order of the file, each once, and not without end.
fn settle(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| (a.span, a.severity, a.code).cmp(&(b.span, b.severity, b.code)));
    diagnostics.dedup();
    if diagnostics.len() > TOLD_MAX {
        let message = format!("and {} more like these", diagnostics.len() - TOLD_MAX);
        // what makes the file invalid stays told
        let wrong = diagnostics.iter().any(Diagnostic::is_error);
        diagnostics.truncate(TOLD_MAX);
        let more = Diagnostic::error("too-many", Span::FILE, message);
        diagnostics.push(if wrong { more } else { more.into_warning() });
    }
}

fn scenario(draft: Draft, plans: Vec<Plan>) -> Scenario {
    let common =
        |capability: &Capability| plans.iter().all(|plan| plan.requires.contains(capability));
    let title = draft.spec.get("title").and_then(|title| title.text());
    Scenario {
        source: Arc::clone(&draft.source),
        name: draft.name.clone(),
        title: title.map(ToString::to_string).unwrap_or_default(),
        labels: draft.labels.clone(),
        requires: Capability::ALL.into_iter().filter(common).collect(),
        variants: draft.variants.iter().map(|variant| variant.name.clone()).collect(),
        plans,
        draft,
    }
}

impl Scenario {
    /// One plan a variant, in the file's order.
    ///
    /// # Errors
    ///
    /// The mistakes that show only with this profile's values.
    pub fn plans(&self, profile: &Profile) -> Result<Vec<Plan>, Vec<Diagnostic>> {
        if *profile == Profile::embedded() {
            return Ok(self.plans.clone());
        }
        let mut outcome = plans(&self.draft, profile);
        outcome.diagnostics.retain(Diagnostic::is_error);
        if outcome.diagnostics.is_empty() {
            Ok(outcome.plans)
        } else {
            settle(&mut outcome.diagnostics);
            Err(outcome.diagnostics)
        }
    }
}
