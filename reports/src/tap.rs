//! `results.tap`: TAP 14, a test point a variant.
//!
//! What is wrong with the run as a whole is a test point too, so that no document is greener than
//! the exit code. A block of YAML behind each point has the verdict in the house's words, for TAP
//! itself knows only `ok` and `not ok`; its values are JSON, which is YAML to every reader.

use std::fmt::Write as _;

use serde_json::Value;

use crate::terminal::{Style, failure};
use crate::{Complaint, Run, Standing, Trial, clean};

/// Characters that are kept of a description or of the reason of a `SKIP`: readers show one line.
const LINE_CHARS_MAX: usize = 300;

/// The document.
#[must_use]
pub fn render(run: &Run) -> String {
    let complaints = run.complaints();
    let mut out = String::from("TAP version 14\n");
    let _ = writeln!(out, "1..{}", run.trials.len() + complaints.len());
    for (at, trial) in run.trials.iter().enumerate() {
        push_trial(&mut out, at + 1, run, trial);
    }
    for (at, complaint) in complaints.iter().enumerate() {
        push_complaint(&mut out, run.trials.len() + at + 1, complaint);
    }
    out
}

fn push_trial(out: &mut String, number: usize, run: &Run, trial: &Trial) {
    let standing = trial.standing();
    let (word, skip) = match standing {
        Standing::Passed => ("ok", None),
        Standing::Failed | Standing::Broken => ("not ok", None),
        Standing::Skipped => ("ok", Some(trial.reason().unwrap_or_default().to_owned())),
        Standing::NotStarted => {
            ("ok", Some(format!("not started: {}", trial.reason().unwrap_or_default())))
        }
    };
    let _ = write!(out, "{word} {number} - {}", line(&format!("{} {}", trial.id(), trial.name())));
    if let Some(reason) = skip {
        let _ = write!(out, " # SKIP {}", line(&reason));
    }
    out.push('\n');
    let mut fields = vec![
        ("verdict", Value::from(standing.as_str())),
        ("seed", Value::from(run.seed)),
        ("virtual_ms", Value::from(trial.virtual_ms())),
    ];
    if !trial.reruns.is_empty() {
        fields.push(("reruns", Value::from(trial.reruns.len())));
    }
    if matches!(standing, Standing::Failed | Standing::Broken) {
        let message = trial.findings().first().map(|first| clean::line(&first.title));
        let message = message.filter(|message| !message.is_empty());
        fields.push(("message", message.unwrap_or_else(|| standing.as_str().to_owned()).into()));
        if let Some(place) = trial.findings().first().and_then(|first| first.place.as_ref()) {
            let at = format!("{}:{}:{}", clean::line(&place.file), place.line, place.column);
            fields.push(("at", at.into()));
        }
        fields.push(("detail", failure(run, trial, &Style::PLAIN).into()));
    }
    push_block(out, &fields);
}

fn push_complaint(out: &mut String, number: usize, complaint: &Complaint) {
    let _ = writeln!(out, "not ok {number} - run: {}", line(&complaint.name));
    let fields = [
        ("verdict", Value::from("complaint")),
        ("message", complaint.title.clone().into()),
        ("detail", complaint.text.clone().into()),
    ];
    push_block(out, &fields);
}

fn push_block(out: &mut String, fields: &[(&str, Value)]) {
    out.push_str("  ---\n");
    for (name, value) in fields {
        let _ = writeln!(out, "  {name}: {value}");
    }
    out.push_str("  ...\n");
}

/// One line in which nothing is a directive: `#` and `\` are escaped.
fn line(raw: &str) -> String {
    let text = clean::clip(&clean::line(raw), LINE_CHARS_MAX);
    text.replace('\\', "\\\\").replace('#', "\\#")
}
