//! One line a trial while the run goes on, and one block a scenario when it is done.

use std::fmt::Write as _;

use trace::Verdict;

use super::style::{Paint, Style};
use crate::{Scenario, Trial, TrialEnd, clean, words};

/// `passed      S06 one-conflict · 4 min 35 s`: for progress, in whatever order trials end.
#[must_use]
pub fn trial_line(trial: &Trial, style: &Style) -> String {
    let id = style.paint(Paint::Faint, &clean::line(trial.id()));
    let variant = clean::line(&trial.variant);
    format!("{} {id} {variant}{}", style.standing(trial.standing()), note(trial, style))
}

/// A scenario's line with its title, and below it a line a variant. Ends with a newline.
#[must_use]
pub fn scenario(scenario: &Scenario<'_>, style: &Style) -> String {
    let mut out = String::new();
    let variants = words::plural(scenario.trials().len(), "variant");
    let _ = writeln!(
        out,
        "{} {} {} {}",
        style.standing(scenario.standing()),
        style.paint(Paint::Strong, &clean::line(scenario.id())),
        clean::line(scenario.title()),
        style.paint(Paint::Faint, &format!("({variants})")),
    );
    for trial in scenario.trials() {
        let variant = clean::line(&trial.variant);
        let standing = style.standing(trial.standing());
        let _ = writeln!(out, "    {standing} {variant}{}", note(trial, style));
    }
    out
}

/// What there is to say beside the standing: the virtual duration, warnings, a reason.
fn note(trial: &Trial, style: &Style) -> String {
    let note = match &trial.end {
        TrialEnd::NotStarted { why } => clean::line(why),
        TrialEnd::Ended { verdict: Verdict::Skipped { reason }, .. } => clean::line(reason),
        TrialEnd::Ended { verdict: Verdict::Passed { warnings, .. }, virtual_ms, .. } => {
            match warnings.len() {
                0 => words::duration(*virtual_ms),
                count => {
                    let warnings = words::plural(count, "warning");
                    format!("{} · {warnings}", words::duration(*virtual_ms))
                }
            }
        }
        TrialEnd::Ended { verdict, .. } => {
            verdict.findings().first().map(|first| clean::line(&first.title)).unwrap_or_default()
        }
    };
    if note.is_empty() {
        return note;
    }
    style.paint(Paint::Faint, &format!(" · {}", clean::clip(&note, style.width.max(40))))
}
