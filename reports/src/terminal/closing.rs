//! The last lines of a run.

use std::fmt::Write as _;

use super::style::{Paint, Style};
use crate::{Run, Standing, clean, words};

/// Trials that are listed by name; the rest is counted.
const NAMES_MAX: usize = 200;

/// What is wrong by name, then `21 of 21 scenarios passed (108 variants, 9 h 12 min of virtual
/// time)`. Ends with a newline.
#[must_use]
pub fn closing(run: &Run, style: &Style) -> String {
    let mut out = String::new();
    for standing in [Standing::Broken, Standing::Failed] {
        push_names(&mut out, run, standing, style);
    }
    for trial in run.trials.iter().filter(|trial| trial.is_flaky()).take(NAMES_MAX) {
        let before = words::plural(trial.reruns.len(), "attempt");
        let (id, name) = (clean::line(trial.id()), clean::line(&trial.name()));
        let word = style.paint(Paint::Of(Standing::NotStarted), "flaky");
        let _ = writeln!(out, "{word}       {id} {name} · passed after {before} that did not");
    }
    for complaint in run.complaints() {
        let word = style.standing(Standing::Broken);
        let _ = writeln!(out, "{word} {}", complaint.title);
    }
    let line = closing_line(run);
    let paint = if run.exit_code().code() == 0 {
        Paint::Of(Standing::Passed)
    } else {
        Paint::Of(Standing::Failed)
    };
    let _ = writeln!(out, "{}", style.paint(paint, &line));
    out
}

/// `21 of 21 scenarios passed (108 variants, 9 h 12 min of virtual time)`.
#[must_use]
pub(crate) fn closing_line(run: &Run) -> String {
    let counts = run.counts();
    let virtual_ms = run.trials.iter().fold(0u64, |sum, t| sum.saturating_add(t.virtual_ms()));
    let mut parts = words::plural(counts.variants.total(), "variant");
    if counts.variants.passed != counts.variants.total() {
        let rows = counts.variants.rows().into_iter().filter(|(_, count)| *count > 0);
        let rows: Vec<_> = rows.map(|(s, count)| format!("{count} {}", s.as_str())).collect();
        let _ = write!(parts, ": {}", rows.join(", "));
    }
    if counts.flaky > 0 {
        let _ = write!(parts, "; {} flaky", counts.flaky);
    }
    let passed = counts.scenarios.passed;
    let of = words::plural(counts.scenarios.total(), "scenario");
    format!("{passed} of {of} passed ({parts}; {} of virtual time)", words::duration(virtual_ms))
}

fn push_names(out: &mut String, run: &Run, standing: Standing, style: &Style) {
    let named = || run.trials.iter().filter(|trial| trial.standing() == standing);
    for trial in named().take(NAMES_MAX) {
        let (id, name) = (clean::line(trial.id()), clean::line(&trial.name()));
        let _ = writeln!(out, "{} {id} {name}", style.standing(standing));
    }
    let more = named().count().saturating_sub(NAMES_MAX);
    if more > 0 {
        let _ = writeln!(out, "{} … and {more} more", style.standing(standing));
    }
}
