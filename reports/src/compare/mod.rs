//! The difference between two runs, told: for people, programs and pull requests.
//!
//! [`crate::history::Changes`] finds it; nothing here judges. The later run is *worse* if at least
//! one variant is: see [`crate::history::Direction`].

mod json;
mod markdown;
mod text;

pub use json::{FORMAT, json};
pub use markdown::markdown;
pub use text::text;

use crate::history::{
    Changes, CoverageChange, Direction, Entry, LatencyChange, Summary, VerdictChange,
};
use crate::{Standing, clean, words};

/// Characters of a commit that are shown.
const COMMIT_CHARS: usize = 12;
/// Rows of a meter that are named; the rest is counted.
const ROWS_MAX: usize = 20;

/// `2026-02-08T09:30:00Z, seed 1 on embedded, commit c0ffee`.
fn title(entry: &Entry) -> String {
    let mut title = format!("{}, seed {} on {}", entry.moment(), entry.seed, entry.target);
    if let Some(defect) = &entry.defect {
        title += &format!(", defect {defect}");
    }
    if let Some(commit) = &entry.commit {
        title += &format!(", commit {}", commit.chars().take(COMMIT_CHARS).collect::<String>());
    }
    clean::line(&title)
}

/// `passed → failed`.
fn step(change: &VerdictChange<'_>) -> String {
    let word = |standing: Option<Standing>| standing.map_or("not there", Standing::as_str);
    let plan = if change.is_plan_changed { " (the scenario changed)" } else { "" };
    format!("{} → {}{plan}", word(change.before), word(change.after))
}

/// `median 171.000 s of 40, 170.000 s to 172.000 s`.
pub(crate) fn numbers(summary: Option<Summary>) -> String {
    let Some(Summary { count, min_ms, median_ms, max_ms }) = summary else {
        return "not measured".to_owned();
    };
    let [min, median, max] =
        [min_ms, median_ms, max_ms].map(|ms| format!("{} s", words::seconds(ms)));
    format!("median {median} of {count}, {min} to {max}")
}

/// `+1.5 s`, of the medians; nothing where they are equal or one is lacking.
fn shift(change: &LatencyChange<'_>) -> String {
    let medians = change.before.zip(change.after);
    let differing = medians.filter(|(before, after)| before.median_ms != after.median_ms);
    differing.map_or_else(String::new, |(before, after)| {
        let sign = if after.median_ms < before.median_ms { '-' } else { '+' };
        let by = after.median_ms.abs_diff(before.median_ms);
        format!("{sign}{} s", words::seconds(by))
    })
}

/// `52 → 53; gained a, b; lost c`.
fn rows(change: &CoverageChange<'_>) -> String {
    let named = |word: &str, rows: &[&str]| {
        let more = rows.len().saturating_sub(ROWS_MAX);
        let mut shown: Vec<String> =
            rows.iter().take(ROWS_MAX).map(|row| clean::line(row)).collect();
        if more > 0 {
            shown.push(format!("and {more} more"));
        }
        if rows.is_empty() { String::new() } else { format!("; {word} {}", shown.join(", ")) }
    };
    let CoverageChange { before, after, gained, lost, .. } = change;
    format!("{before} → {after}{}{}", named("gained", gained), named("lost", lost))
}

/// Whether both runs had the variant, or the later one had it badly: that is told by name. What
/// only one of them selected is counted.
fn is_told(change: &VerdictChange<'_>) -> bool {
    change.direction != Direction::Other || change.before.is_some() && change.after.is_some()
}

/// `16 variants only before, 11 only after`; nothing if both had the same.
fn selections(changes: &Changes<'_>) -> Option<String> {
    let untold = || changes.verdicts.iter().filter(|change| !is_told(change));
    let before = untold().filter(|change| change.after.is_none()).count();
    let after = untold().filter(|change| change.before.is_none()).count();
    (before + after > 0)
        .then(|| format!("{} only before, {after} only after", words::plural(before, "variant")))
}

/// The last line: what all of it comes to.
fn verdict(changes: &Changes<'_>) -> String {
    let count = |direction| changes.that_went(direction).count();
    use Direction::{Better, Other, Worse};
    let (worse, better, other) = (count(Worse), count(Better), count(Other));
    let head = if worse > 0 { "worse" } else { "no worse" };
    format!(
        "{head}: {} worse, {better} better, {other} otherwise different, {} alike",
        words::plural(worse, "variant"),
        changes.same
    )
}
