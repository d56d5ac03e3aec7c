//! For people.

use std::fmt::Write as _;

use crate::history::{Changes, Direction, VerdictChange};
use crate::terminal::{Paint, Style};
use crate::{Standing, clean};

use super::{is_told, numbers, rows, selections, shift, step, title, verdict};

/// Variants that are listed by name; the rest is counted.
const NAMES_MAX: usize = 200;

/// What the terminal shows. Ends with a newline.
#[must_use]
pub fn text(changes: &Changes<'_>, style: &Style) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "before  {}", title(changes.before));
    let _ = writeln!(out, "after   {}", title(changes.after));
    for caveat in &changes.caveats {
        let _ = writeln!(out, "mind    {}", clean::line(caveat));
    }
    if !changes.verdicts.is_empty() {
        out.push('\n');
    }
    for direction in [Direction::Worse, Direction::Better, Direction::Other] {
        let told = || changes.that_went(direction).filter(|change| is_told(change));
        for change in told().take(NAMES_MAX) {
            line(&mut out, change, style);
        }
        let more = told().count().saturating_sub(NAMES_MAX);
        if more > 0 {
            let _ = writeln!(out, "{} … and {more} more", word(direction, style));
        }
    }
    if let Some(text) = selections(changes) {
        let _ = writeln!(out, "{} {text}", word(Direction::Other, style));
    }
    if !changes.latencies.is_empty() {
        out.push_str("\nlatency\n");
    }
    for change in &changes.latencies {
        let name = clean::line(change.what);
        let _ = writeln!(out, "  {name}: {}", change.reading.says());
        let _ = writeln!(out, "    before  {}", numbers(change.before));
        let after = format!("{} {}", numbers(change.after), shift(change));
        let _ = writeln!(out, "    after   {}", after.trim_end());
    }
    if !changes.coverage.is_empty() {
        out.push_str("\ncoverage, rows reached\n");
    }
    for change in &changes.coverage {
        let _ = writeln!(out, "  {}: {}", clean::line(change.meter), rows(change));
    }
    let standing = if changes.is_worse() { Standing::Failed } else { Standing::Passed };
    let _ = writeln!(out, "\n{}", style.paint(Paint::Of(standing), &verdict(changes)));
    out
}

fn line(out: &mut String, change: &VerdictChange<'_>, style: &Style) {
    let name = format!("{} {}::{}", change.id, change.scenario, change.variant);
    let _ =
        writeln!(out, "{} {}: {}", word(change.direction, style), clean::line(&name), step(change));
    if !change.why.is_empty() {
        let _ = writeln!(out, "         {}", clean::line(change.why));
    }
}

/// Eight columns.
fn word(direction: Direction, style: &Style) -> String {
    let (standing, word) = match direction {
        Direction::Worse => (Standing::Failed, "worse"),
        Direction::Better => (Standing::Passed, "better"),
        Direction::Other => (Standing::Skipped, "other"),
    };
    format!("{}{}", style.paint(Paint::Of(standing), word), " ".repeat(8 - word.len()))
}
