//! Workflow commands of GitHub Actions: an annotation for each failure, at the scenario's line.
//!
//! GitHub keeps ten errors and ten warnings of a step. Where there are more, the last one counts
//! the rest. A notice at the end has the run in one line.

use std::fmt::Write as _;

use trace::{Finding, Place};

use crate::terminal::{Style, closing_line, failure};
use crate::{Run, Standing, Trial, clean, words};

/// Annotations of one level that GitHub keeps of a step.
const PER_LEVEL_MAX: usize = 10;
/// Characters that are kept of a message.
const MESSAGE_CHARS_MAX: usize = 8_000;
/// Characters that are kept of a title.
const TITLE_CHARS_MAX: usize = 200;

/// The commands, a line each.
#[must_use]
pub fn render(run: &Run) -> String {
    let mut out = String::new();
    push_level(&mut out, "error", &errors(run));
    push_level(&mut out, "warning", &warnings(run));
    let line = closing_line(run);
    let _ = writeln!(out, "::notice title={}::{}", property("osac-e2e"), data(&line));
    out
}

/// An annotation before it is a command.
struct Annotation<'a> {
    place: Option<&'a Place>,
    title: String,
    text: String,
}

fn errors(run: &Run) -> Vec<Annotation<'_>> {
    let bad = |trial: &&Trial| matches!(trial.standing(), Standing::Failed | Standing::Broken);
    let of_trial = |trial| Annotation {
        place: place(trial),
        title: title(trial, trial.standing().as_str()),
        text: failure(run, trial, &Style::PLAIN),
    };
    let complaints = run.complaints().into_iter().map(|complaint| Annotation {
        place: None,
        title: complaint.title,
        text: complaint.text,
    });
    run.trials.iter().filter(bad).map(of_trial).chain(complaints).collect()
}

fn warnings(run: &Run) -> Vec<Annotation<'_>> {
    let passed = run.trials.iter().filter(|trial| trial.standing() == Standing::Passed);
    let mut all = Vec::new();
    for trial in passed {
        if trial.is_flaky() {
            let before = words::plural(trial.reruns.len(), "attempt");
            let text = format!("it passed after {before} that did not");
            all.push(Annotation { place: None, title: title(trial, "flaky"), text });
        }
        if !trial.findings().is_empty() {
            let text = failure(run, trial, &Style::PLAIN);
            all.push(Annotation { place: place(trial), title: title(trial, "warning"), text });
        }
    }
    all
}

fn place(trial: &Trial) -> Option<&Place> {
    trial.findings().iter().find_map(|finding: &Finding| finding.place.as_ref())
}

fn title(trial: &Trial, word: &str) -> String {
    format!("{word}: {} {}", trial.id(), trial.name())
}

fn push_level(out: &mut String, level: &str, all: &[Annotation<'_>]) {
    // where all do not fit, the last place tells how many are left out
    let shown = if all.len() > PER_LEVEL_MAX { PER_LEVEL_MAX - 1 } else { all.len() };
    for annotation in all.iter().take(shown) {
        let mut properties = String::new();
        if let Some(place) = annotation.place {
            let end = place.column.saturating_add(place.width.max(1));
            let _ = write!(
                properties,
                "file={},line={},col={},endColumn={end},",
                property(&place.file),
                place.line,
                place.column
            );
        }
        let title = property(&clean::clip(&clean::line(&annotation.title), TITLE_CHARS_MAX));
        let text = data(&clean::clip(annotation.text.trim(), MESSAGE_CHARS_MAX));
        let _ = writeln!(out, "::{level} {properties}title={title}::{text}");
    }
    if all.len() > shown {
        let more = words::plural(all.len() - shown, &format!("more {level}"));
        let text = format!("{more}: see the reports, GitHub shows {PER_LEVEL_MAX} of a step");
        let _ = writeln!(out, "::{level} title={}::{}", property(&more), data(&text));
    }
}

/// The value of a property, on one line.
fn property(raw: &str) -> String {
    data(&clean::line(raw)).replace(':', "%3A").replace(',', "%2C")
}

/// The text of a command. Lines stay lines, and none of them begins a command of its own.
fn data(raw: &str) -> String {
    clean::text(raw).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_leaves_its_command() {
        assert_eq!(property("a:b,c%d\ne"), "a%3Ab%2Cc%25d e");
        assert_eq!(data("50 %\r\n::error::x\ry"), "50 %25%0A::error::x\\ry");
    }
}
