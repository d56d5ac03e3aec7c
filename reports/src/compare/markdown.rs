//! For pull requests and step summaries.

use std::fmt::Write as _;

use crate::escape::{code, inline};
use crate::history::{Changes, Direction};

use super::{is_told, numbers, rows, selections, shift, step, title, verdict};

/// Variants that have a row; the rest is counted.
const NAMES_MAX: usize = 100;

/// The page. Ends with a newline.
#[must_use]
pub fn markdown(changes: &Changes<'_>) -> String {
    let mut out = format!("### osac-e2e: {}\n\n", verdict(changes));
    let _ = writeln!(out, "- before: {}", inline(&title(changes.before)));
    let _ = writeln!(out, "- after: {}", inline(&title(changes.after)));
    for caveat in &changes.caveats {
        let _ = writeln!(out, "- mind: {}", inline(caveat));
    }
    if let Some(text) = selections(changes) {
        let _ = writeln!(out, "- {text}");
    }
    let told = changes.verdicts.iter().filter(|change| is_told(change)).count();
    if told > 0 {
        out.push_str("\n| | variant | verdict | why |\n|---|---|---|---|\n");
    }
    let directions =
        [(Direction::Worse, "worse"), (Direction::Better, "better"), (Direction::Other, "")];
    let all = directions.iter().flat_map(|(direction, word)| {
        let told = changes.that_went(*direction).filter(|change| is_told(change));
        told.map(move |change| (word, change))
    });
    for (word, change) in all.take(NAMES_MAX) {
        let name = code(&format!("{}::{}", change.scenario, change.variant));
        let (id, why) = (inline(change.id), inline(change.why));
        let _ = writeln!(out, "| {word} | {id} {name} | {} | {why} |", step(change));
    }
    let more = told.saturating_sub(NAMES_MAX);
    if more > 0 {
        let _ = writeln!(out, "\n… and {more} more.");
    }
    if !changes.latencies.is_empty() {
        out.push_str("\n| latency | before | after | median | |\n|---|---|---|---|---|\n");
    }
    for change in &changes.latencies {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            inline(change.what),
            numbers(change.before),
            numbers(change.after),
            shift(change),
            change.reading.says()
        );
    }
    if !changes.coverage.is_empty() {
        out.push_str("\n| coverage | rows reached |\n|---|---|\n");
    }
    for change in &changes.coverage {
        let _ = writeln!(out, "| {} | {} |", inline(change.meter), inline(&rows(change)));
    }
    out
}
