//! Why a trial ended as it did, complete enough to be understood without the trace.

use std::fmt::Write as _;

use trace::Finding;

use super::place::place;
use super::style::{Paint, Style};
use crate::{Attempt, Complaint, Run, Standing, Trial, TrialEnd, clean, words};

/// Findings that are shown; the rest is counted.
const FINDINGS_MAX: usize = 20;
/// Differences and lines of the trace that are shown of a finding.
const LINES_MAX: usize = 40;
/// Characters that are shown of one value.
const CHARS_MAX: usize = 4_000;

/// The block for one trial: its findings (reasons of a failure, or warnings of a trial that
/// passed), its seed, the command that repeats it and the path of its trace.
#[must_use]
pub fn failure(run: &Run, trial: &Trial, style: &Style) -> String {
    let mut out = String::new();
    let name = style.paint(Paint::Strong, &clean::line(&trial.name()));
    let word = style.paint(Paint::Of(trial.standing()), trial.standing().as_str());
    let _ = writeln!(out, "{word} {} {name}", clean::line(trial.id()));
    let _ = writeln!(out, "  {}", clean::line(&trial.title));
    if !trial.shows.is_empty() {
        let _ = writeln!(out, "  {}", clean::line(&trial.shows));
    }
    push_findings(&mut out, trial.findings(), style);
    if let Some(reason) = trial.reason() {
        let _ = writeln!(out, "  {}", clean::line(reason));
    }
    out.push('\n');
    if !trial.reruns.is_empty() {
        let before = words::plural(trial.reruns.len(), "earlier attempt");
        let _ = writeln!(out, "  {before} ended no better");
    }
    let _ = writeln!(out, "  seed {}", run.seed);
    let _ = writeln!(out, "  reproduce: {}", style.paint(Paint::Strong, &run.replay(trial)));
    if let TrialEnd::Ended { trace_path: Some(path), .. } = &trial.end {
        let _ = writeln!(out, "  trace: {}", clean::line(path));
    }
    out
}

/// The block for one attempt of a trial that was tried again.
#[must_use]
pub fn attempt(attempt: &Attempt, style: &Style) -> String {
    let mut out = String::new();
    let word = style.paint(Paint::Strong, attempt.verdict.word());
    let _ = writeln!(out, "{word} after {}", words::duration(attempt.virtual_ms));
    push_findings(&mut out, attempt.verdict.findings(), style);
    if let Some(path) = &attempt.trace_path {
        let _ = writeln!(out, "\n  trace: {}", clean::line(path));
    }
    out
}

fn push_findings(out: &mut String, findings: &[Finding], style: &Style) {
    for finding in findings.iter().take(FINDINGS_MAX) {
        out.push('\n');
        push_indented(out, &finding_block(finding, style));
    }
    let more = findings.len().saturating_sub(FINDINGS_MAX);
    if more > 0 {
        let _ = writeln!(out, "\n  … and {} in the trace", words::plural(more, "more finding"));
    }
}

/// The block for something that is wrong with the run as a whole.
#[must_use]
pub fn complaint(complaint: &Complaint, style: &Style) -> String {
    let mut out = String::new();
    let word = style.paint(Paint::Of(Standing::Broken), Standing::Broken.as_str());
    let _ = writeln!(out, "{word} {}", complaint.title);
    push_indented(&mut out, &clean::clip(&complaint.text, CHARS_MAX));
    out
}

fn finding_block(finding: &Finding, style: &Style) -> String {
    let mut out = String::new();
    let short = |text: &str| clean::clip(&clean::line(text), CHARS_MAX);
    let property = short(&finding.property);
    let title = style.paint(Paint::Strong, &short(&finding.title));
    let _ = writeln!(out, "{property}: {title} (at {})", words::duration(finding.at));
    if let Some(at) = &finding.place {
        out.push_str(&place(at, style));
    }
    push_value(&mut out, "expected", &finding.expected);
    push_value(&mut out, "seen", &finding.seen);
    push_list(&mut out, "differences", finding.differences.iter().map(|line| clean::line(line)));
    push_value(&mut out, "hint", &finding.hint);
    let object = short(&finding.object);
    let heading = match object.as_str() {
        "" => "last events".to_owned(),
        object => format!("last events of {object}"),
    };
    let excerpt = finding.excerpt.iter().map(|line| {
        let at = style.paint(Paint::Faint, &format!("{:>10} s", words::seconds(line.at)));
        format!("{at}  {}", clean::line(&line.text))
    });
    push_list(&mut out, &heading, excerpt);
    out
}

/// `name  value`, the value's further lines below its first.
fn push_value(out: &mut String, name: &str, value: &str) {
    let value = clean::clip(&clean::text(value), CHARS_MAX);
    let mut lines = value.trim_end().lines();
    let Some(first) = lines.next() else { return };
    let _ = writeln!(out, "{name:<8}  {first}");
    for line in lines {
        let _ = writeln!(out, "          {line}");
    }
}

/// A heading and the last lines of a list; nothing for an empty list.
fn push_list(out: &mut String, heading: &str, lines: impl ExactSizeIterator<Item = String>) {
    if lines.len() == 0 {
        return;
    }
    let _ = writeln!(out, "{heading}");
    let left_out = lines.len().saturating_sub(LINES_MAX);
    if left_out > 0 {
        let _ = writeln!(out, "  … {}", words::plural(left_out, "earlier line"));
    }
    for line in lines.skip(left_out) {
        let _ = writeln!(out, "  {}", clean::clip(&line, CHARS_MAX));
    }
}

fn push_indented(out: &mut String, text: &str) {
    for line in text.lines() {
        let _ = writeln!(out, "{}", format!("  {line}").trim_end());
    }
}
