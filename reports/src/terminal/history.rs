//! Past runs, for people: what ran when, and which variants are not always good.

use std::fmt::Write as _;

use super::style::{Paint, Style};
use crate::history::{Entry, Past, Trend, trends};
use crate::{Standing, clean, words};

/// Lines of damage that are told; the rest is counted.
const DAMAGE_MAX: usize = 5;
/// Characters of a commit that are shown.
const COMMIT_CHARS: usize = 12;

/// The newest runs, oldest first, and the variants among them that are wanted and were not always
/// passed. Ends with a newline.
#[must_use]
pub fn history(
    past: &Past,
    runs_max: usize,
    is_wanted: impl Fn(&Trend<'_>) -> bool,
    style: &Style,
) -> String {
    let mut out = String::new();
    let newest = &past.entries[past.entries.len().saturating_sub(runs_max)..];
    for entry in newest {
        run_line(&mut out, entry, style);
    }
    let all = words::plural(past.entries.len(), "run");
    let _ = writeln!(out, "{} of {all}", newest.len());
    for damaged in past.damaged.iter().take(DAMAGE_MAX) {
        let place = format!("{}:{}", damaged.path.display(), damaged.line);
        let _ = writeln!(out, "damaged {}: {}", clean::line(&place), clean::line(&damaged.why));
    }
    if past.damaged.len() > DAMAGE_MAX {
        let _ = writeln!(out, "damaged … and {} more", past.damaged.len() - DAMAGE_MAX);
    }
    let honest: Vec<Entry> =
        newest.iter().filter(|entry| entry.defect.is_none()).cloned().collect();
    let all = trends(&honest);
    let (good, odd): (Vec<_>, Vec<_>) =
        all.into_iter().filter(|trend| is_wanted(trend)).partition(|trend| is_good(trend));
    if !honest.is_empty() {
        let variants = words::plural(good.len(), "variant");
        let _ = writeln!(out, "\n{variants} passed whenever they ran");
    }
    if honest.len() < newest.len() {
        out.push_str("runs with a defect are meant to fail, and are not counted\n");
    }
    for trend in &odd {
        trend_lines(&mut out, trend, style);
    }
    if !odd.is_empty() {
        out.push_str(
            "\nOldest run on the left: p passed · F failed · B broken · s skipped · - not started \
             · blank not selected\n",
        );
    }
    out
}

fn is_good(trend: &Trend<'_>) -> bool {
    trend.verdicts.iter().flatten().all(|standing| *standing == Standing::Passed)
}

fn run_line(out: &mut String, entry: &Entry, style: &Style) {
    let standing = if entry.exit_code == 0 { Standing::Passed } else { Standing::Failed };
    let passed = entry.count(Standing::Passed);
    let mut line = format!(
        "{}  seed {} on {}  {passed} of {} passed",
        entry.moment(),
        entry.seed,
        entry.target,
        words::plural(entry.outcomes.len(), "variant")
    );
    for standing in [Standing::Failed, Standing::Broken] {
        if entry.count(standing) > 0 {
            line += &format!(", {} {}", entry.count(standing), standing.as_str());
        }
    }
    line += &entry.defect.as_ref().map_or_else(String::new, |it| format!("  defect {it}"));
    if let Some(commit) = &entry.commit {
        line += &format!("  {}", commit.chars().take(COMMIT_CHARS).collect::<String>());
    }
    let _ = writeln!(out, "{}", style.paint(Paint::Of(standing), &clean::line(&line)));
}

fn trend_lines(out: &mut String, trend: &Trend<'_>, style: &Style) {
    let name = format!("{} {}::{}", trend.id, trend.scenario, trend.variant);
    let _ = writeln!(out, "\n{}", clean::line(&name));
    let letters: String = trend.verdicts.iter().map(|standing| letter(*standing)).collect();
    let _ = writeln!(out, "  {}", letters.trim_end());
    if let Some(since) = &trend.bad_since {
        let commit = |entry: &Entry| {
            let commit = entry.commit.as_deref().unwrap_or_default();
            let commit: String = commit.chars().take(COMMIT_CHARS).collect();
            if commit.is_empty() { commit } else { format!(" ({commit})") }
        };
        let first = format!("{}{}", since.first_bad.moment(), commit(since.first_bad));
        let good = since.last_good.map_or_else(
            || "never seen good in these runs".to_owned(),
            |good| format!("last good {}{}", good.moment(), commit(good)),
        );
        let line = format!("bad in {} since {first}, {good}", words::plural(since.runs, "run"));
        let _ =
            writeln!(out, "  {}", style.paint(Paint::Of(Standing::Failed), &clean::line(&line)));
    }
    if let Some(flaky) = trend.flaky {
        let bug =
            if flaky.is_virtual { ": in virtual time that is a bug of the harness" } else { "" };
        let line = format!(
            "flaky: with the same plan, seed and program {} passed and {} did not{bug}",
            words::plural(flaky.passed, "run"),
            flaky.bad
        );
        let _ = writeln!(out, "  {}", style.paint(Paint::Of(Standing::Broken), &line));
    }
}

const fn letter(standing: Option<Standing>) -> char {
    match standing {
        None => ' ',
        Some(Standing::Passed) => 'p',
        Some(Standing::Failed) => 'F',
        Some(Standing::Broken) => 'B',
        Some(Standing::Skipped) => 's',
        Some(Standing::NotStarted) => '-',
    }
}
