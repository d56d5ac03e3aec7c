//! A day in Markdown.

use std::fmt::Write as _;

use crate::compare::numbers;
use crate::escape::{code, inline};
use crate::history::{Changes, Direction, Entry, Flaky, LatencyChange};
use crate::{Standing, words};

use super::day::{BadVariant, Day, TargetDay};

/// Variants or rows that are listed by name; the rest is counted.
const NAMES_MAX: usize = 40;
/// Runs that have a row of their own; the rest is counted.
const RUNS_MAX: usize = 100;
/// Characters of a commit.
const COMMIT_CHARS: usize = 12;

/// The generated parts of a page.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sections {
    /// What works, what was mended, what is reached now.
    pub accomplishments: String,
    /// What does not work, since when, and what cannot be trusted.
    pub risks: String,
    /// What was run and measured.
    pub effort: String,
}

/// Where a reader finds more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Names and addresses, in the order in which they are shown.
    pub links: Vec<(String, String)>,
    /// The date of the last page before this one, if there is one beside it.
    pub earlier: Option<String>,
}

impl Sections {
    /// Says it.
    #[must_use]
    pub fn of(day: &Day<'_>, links: &Links) -> Sections {
        Sections {
            accomplishments: accomplishments(day),
            risks: risks(day),
            effort: effort(day, links),
        }
    }
}

fn accomplishments(day: &Day<'_>) -> String {
    let mut out = String::new();
    for target in &day.targets {
        let now = &target.now;
        let (passed, all) = (now.count(Standing::Passed), now.outcomes.len());
        let _ = writeln!(
            out,
            "- **{passed} of {} passed** on {}, by {}; the last began at {} UTC{}.",
            words::plural(all, "variant"),
            code(target.target),
            words::plural(target.runs, "run"),
            time(&now.started),
            commit(now.commit.as_deref()),
        );
        let Some(changes) = target.changes() else { continue };
        let fixed = changes.that_went(Direction::Better);
        let fixed = fixed.filter(|change| change.after == Some(Standing::Passed));
        let names: Vec<String> =
            fixed.map(|change| name(change.scenario, change.variant)).collect();
        list(&mut out, "Mended since the day before", &names);
        for meter in changes.coverage.iter().filter(|meter| meter.after > 0) {
            let (name, rows) = (inline(meter.meter), words::plural(meter.after, "row"));
            let _ = writeln!(out, "- Coverage of {name}: {rows} reached, {} before.", meter.before);
            let rows: Vec<String> = meter.gained.iter().map(|row| code(row)).collect();
            list(&mut out, "Reached for the first time", &rows);
        }
    }
    if day.targets.is_empty() {
        out.push_str("- Nothing was run.\n");
    }
    out
}

fn risks(day: &Day<'_>) -> String {
    let mut out = String::new();
    for target in &day.targets {
        let bad = |is_new| target.bad.iter().filter(move |bad| bad.is_new == is_new);
        let told = |bad: Vec<&BadVariant>| bad.into_iter().map(bad_line).collect::<Vec<_>>();
        let on = format!("on {}", code(target.target));
        list(&mut out, &format!("Newly bad {on}"), &told(bad(true).collect()));
        list(&mut out, &format!("Still bad {on}"), &told(bad(false).collect()));
        list(
            &mut out,
            &format!("Flaky {on}"),
            &target.flaky.iter().map(flaky_line).collect::<Vec<_>>(),
        );
        for meter in target.changes().map(|changes| changes.coverage).unwrap_or_default() {
            let rows: Vec<String> = meter.lost.iter().map(|row| code(row)).collect();
            list(&mut out, &format!("No longer reached of {}", inline(meter.meter)), &rows);
        }
    }
    let unclean = |code: u8| day.runs.iter().filter(move |run| run.exit_code == code).count();
    for (code, what) in [(130, "interrupted"), (4, "without a single variant")] {
        if unclean(code) > 0 {
            let _ = writeln!(out, "- {} {what}.", words::plural(unclean(code), "run"));
        }
    }
    if day.damaged > 0 {
        let lines = words::plural(day.damaged, "line");
        let _ = writeln!(out, "- {lines} of the history cannot be read.");
    }
    if day.targets.is_empty() {
        out.push_str("- Nothing is known: nothing was run.\n");
    } else if out.is_empty() {
        out.push_str("- None: nothing failed and nothing is broken.\n");
    }
    out
}

fn bad_line(bad: &BadVariant) -> String {
    let outcome = &bad.outcome;
    let why =
        if outcome.why.is_empty() { String::new() } else { format!(": {}", inline(&outcome.why)) };
    format!(
        "{} {} since {}{}{why}",
        name(&outcome.scenario, &outcome.variant),
        outcome.verdict.as_str(),
        moment(&bad.since),
        commit(bad.commit.as_deref())
    )
}

fn flaky_line((name, flaky): &(String, Flaky)) -> String {
    let what = if flaky.is_virtual { "; in virtual time that is a bug of the harness" } else { "" };
    format!(
        "{}: {} passed and {} did not, with the same plan, seed and program{what}",
        code(name),
        words::plural(flaky.passed, "run"),
        words::plural(flaky.bad, "run")
    )
}

fn effort(day: &Day<'_>, links: &Links) -> String {
    let mut out = String::new();
    if !day.runs.is_empty() {
        out.push_str(
            "| run (UTC) | target | seed | commit | passed | failed | broken | other | took |\n",
        );
        out.push_str("|---|---|---|---|---|---|---|---|---|\n");
        let left_out = day.runs.len().saturating_sub(RUNS_MAX);
        for run in day.runs.iter().skip(left_out) {
            run_row(&mut out, run);
        }
        if left_out > 0 {
            let _ = writeln!(out, "\n{} before these.", words::plural(left_out, "run"));
        }
        out.push('\n');
    }
    if day.with_defect > 0 {
        let runs = words::plural(day.with_defect, "run");
        let _ = writeln!(
            out,
            "Left out: {runs} with a defect that the operator was given on purpose.\n"
        );
    }
    for target in &day.targets {
        latencies(&mut out, target);
    }
    let mut all: Vec<String> =
        links.links.iter().map(|(name, address)| link(name, address)).collect();
    all.extend(links.earlier.as_ref().map(|date| format!("[{date}]({date}.md)")));
    if !all.is_empty() {
        let _ = writeln!(out, "Links: {}", all.join(" · "));
    }
    if out.is_empty() {
        out.push_str("Nothing was run.\n");
    }
    out
}

fn run_row(out: &mut String, run: &Entry) {
    let other = run.outcomes.len()
        - run.count(Standing::Passed)
        - run.count(Standing::Failed)
        - run.count(Standing::Broken);
    let commit = run.commit.as_deref().map_or("-".to_owned(), |commit| code(&short(commit)));
    let _ = writeln!(
        out,
        "| {} | {} | {} | {commit} | {} | {} | {} | {other} | {} |",
        time(&run.started),
        code(&run.target),
        run.seed,
        run.count(Standing::Passed),
        run.count(Standing::Failed),
        run.count(Standing::Broken),
        words::duration(run.wall_us / 1000),
    );
}

fn latencies(out: &mut String, target: &TargetDay<'_>) {
    let nothing = Entry { outcomes: Vec::new(), ..target.now.clone() };
    let before = target.before.as_ref().unwrap_or(&nothing);
    let changes = Changes::between(before, &target.now);
    if changes.latencies.is_empty() {
        return;
    }
    let _ = writeln!(out, "Latency on {}, the newest run of each variant:\n", code(target.target));
    out.push_str("| what | at the end of the day | at the end of the day before | |\n");
    out.push_str("|---|---|---|---|\n");
    for LatencyChange { what, before, after, reading } in &changes.latencies {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            inline(what),
            numbers(*after),
            numbers(*before),
            reading.says()
        );
    }
    out.push('\n');
}

fn list(out: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(out, "- {title}: {}", lines.len());
    for line in lines.iter().take(NAMES_MAX) {
        let _ = writeln!(out, "  - {line}");
    }
    if lines.len() > NAMES_MAX {
        let _ = writeln!(out, "  - … and {} more", lines.len() - NAMES_MAX);
    }
}

fn name(scenario: &str, variant: &str) -> String {
    code(&format!("{scenario}::{variant}"))
}

/// Only the web and places beside the page: an address that a browser would run is shown as text.
fn link(name: &str, address: &str) -> String {
    let scheme = address.split_once(':').map(|(scheme, _)| scheme);
    let plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    let is_safe = address.chars().all(plain)
        && scheme.is_none_or(|scheme| ["http", "https"].contains(&scheme) || scheme.contains('/'));
    if is_safe {
        format!("[{}](<{address}>)", inline(name))
    } else {
        format!("{}: {}", inline(name), code(address))
    }
}

fn commit(commit: Option<&str>) -> String {
    commit.map_or_else(String::new, |commit| format!(", commit {}", code(&short(commit))))
}

fn short(commit: &str) -> String {
    commit.chars().take(COMMIT_CHARS).collect()
}

/// `09:30`; the whole text where it is no time.
fn time(started: &str) -> String {
    let clock = started.split_once('T').and_then(|(_, clock)| clock.get(..5));
    inline(clock.unwrap_or(started))
}

/// `2026-02-08 09:30`.
fn moment(started: &str) -> String {
    let day = started.split_once('T').map_or("", |(day, _)| day);
    format!("{} {}", inline(day), time(started)).trim().to_owned()
}
