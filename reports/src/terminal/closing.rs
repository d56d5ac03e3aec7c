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
    let counts = run.counts();
    let mut out = String::new();
    for standing in [Standing::Broken, Standing::Failed] {
        push_names(&mut out, run, standing, style);
    }
    for complaint in run.complaints() {
        let word = style.standing(Standing::Broken);
        let _ = writeln!(out, "{word} {}", complaint.title);
    }
    let virtual_ms = run.trials.iter().fold(0u64, |sum, t| sum.saturating_add(t.virtual_ms()));
    let variants = words::plural(counts.variants.total(), "variant");
    let parts = if counts.variants.passed == counts.variants.total() {
        variants
    } else {
        let rows = counts.variants.rows().into_iter().filter(|(_, count)| *count > 0);
        let rows: Vec<_> = rows.map(|(s, count)| format!("{count} {}", s.as_str())).collect();
        format!("{variants}: {}", rows.join(", "))
    };
    let passed = counts.scenarios.passed;
    let of = words::plural(counts.scenarios.total(), "scenario");
    let line = format!(
        "{passed} of {of} passed ({parts}; {} of virtual time)",
        words::duration(virtual_ms)
    );
    let paint = if run.exit_code().code() == 0 {
        Paint::Of(Standing::Passed)
    } else {
        Paint::Of(Standing::Failed)
    };
    let _ = writeln!(out, "{}", style.paint(paint, &line));
    out
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
