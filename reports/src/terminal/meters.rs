//! Coverage and latency in a few lines.

use std::fmt::Write as _;

use super::style::{Paint, Style};
use crate::Run;
use crate::coverage::{Coverage, Reading};
use crate::latency::in_words;

/// Rows that are named where they were not reached; more are counted.
const NAMES_MAX: usize = 5;

/// What was reached and how long it took; nothing where nothing is known. Ends with a newline.
#[must_use]
pub fn meters(run: &Run, style: &Style) -> String {
    let mut out = String::new();
    let coverage = run.coverage();
    push_items(&mut out, "coverage", &reached(&coverage), style);
    for reading in &coverage.meters {
        push_names(&mut out, reading, style);
    }
    let latency = run.latency();
    for provider in latency.providers() {
        let of_it = latency.run.iter().filter(|group| group.provider == provider);
        let items: Vec<String> =
            of_it.map(|group| format!("{} {}", group.stage, in_words(&group.numbers))).collect();
        push_items(&mut out, &format!("latency {provider}"), &items, style);
    }
    for comparison in latency.comparisons.iter().filter(|one| one.scenario.is_none()) {
        if comparison.stage == "total" {
            push_items(&mut out, "", std::slice::from_ref(&comparison.statement), style);
        }
    }
    out
}

fn reached(coverage: &Coverage) -> Vec<String> {
    let mut items = Vec::new();
    for reading in coverage.meters.iter().filter(|reading| reading.wanted > 0) {
        let (name, reached, wanted) = (reading.meter.name(), reading.reached, reading.wanted);
        items.push(format!("{name} {reached} of {wanted}"));
    }
    let plan = &coverage.plan;
    if plan.wanted > 0 {
        items.push(format!("plan {} of {}", plan.reached, plan.wanted));
        items.push(format!("{} of {} variants", plan.ran, plan.variants));
    }
    items
}

/// Rows by name, where they are few enough to be news.
fn push_names(out: &mut String, reading: &Reading, style: &Style) {
    let missing: Vec<&str> = reading.unreached().map(|row| row.id.as_str()).collect();
    if (1..=NAMES_MAX).contains(&missing.len()) {
        let line = format!("{} not reached: {}", reading.meter.name(), missing.join(", "));
        push_items(out, "", &[line], style);
    }
    let warts: Vec<&str> = reading.warts().map(|row| row.id.as_str()).collect();
    if !warts.is_empty() {
        let shown = warts.iter().take(NAMES_MAX).copied().collect::<Vec<_>>().join(", ");
        let line = format!("{} of a known fault reached: {shown}", reading.meter.name());
        push_items(out, "", &[line], style);
    }
}

/// `name  item · item`, broken between items where the terminal is narrow.
fn push_items(out: &mut String, name: &str, items: &[String], style: &Style) {
    const INDENT: usize = 13;
    let mut line = String::new();
    let mut lines = Vec::new();
    for item in items {
        let wide = INDENT + line.chars().count() + 3 + item.chars().count() > style.width;
        if !line.is_empty() && wide {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push_str(" · ");
        }
        line.push_str(item);
    }
    lines.extend((!line.is_empty()).then_some(line));
    for (nth, line) in lines.iter().enumerate() {
        let name = if nth == 0 { name } else { "" };
        let pad = " ".repeat(INDENT.saturating_sub(name.chars().count()));
        let _ = writeln!(out, "{}{pad}{line}", style.paint(Paint::Faint, name));
    }
}
