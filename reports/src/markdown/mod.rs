//! Markdown for `$GITHUB_STEP_SUMMARY` and for comments on pull requests.
//!
//! A page is put together from parts, the most useful ones first; a part that does not fit any more
//! is left out, and the end of the page says what was.
//!
//! `page` keeps within the limit; `escape.rs` keeps foreign text from being markup.

mod page;

use std::fmt::Write as _;

use crate::coverage::{Coverage, Reading};
use crate::escape::{code, fenced, inline};
use crate::latency::{Group, Latency};
use crate::terminal::{Style, closing_line, failure};
use crate::{Complaint, Run, Scenario, Standing, Tally, Trial, clean, words};

use page::Page;

/// Bytes that GitHub takes of a step's summary: 1 MiB.
pub const STEP_SUMMARY_BYTES_MAX: usize = 1024 * 1024;
/// Characters that GitHub takes of a comment; a byte is never more than a character.
pub const COMMENT_BYTES_MAX: usize = 65_536;

/// Rows or scenarios that are listed by name in one line.
const NAMES_MAX: usize = 60;

/// The page of a run, not longer than this. It always has its heading and counts.
#[must_use]
pub fn render(run: &Run, bytes_max: usize) -> String {
    let mut page = Page::new(bytes_max);
    page.always(&heading(run));
    for complaint in run.complaints() {
        page.part("what is wrong with the run", &complaint_part(&complaint));
    }
    let bad = |trial: &&Trial| matches!(trial.standing(), Standing::Failed | Standing::Broken);
    for trial in run.trials.iter().filter(bad) {
        page.part("the details of variants that did not pass", &trial_part(run, trial, "open"));
    }
    let flaky: Vec<&Trial> = run.trials.iter().filter(|trial| trial.is_flaky()).collect();
    if !flaky.is_empty() {
        page.part("the flaky variants", &flaky_part(&flaky));
    }
    let coverage = run.coverage();
    page.part("coverage", &coverage_part(&coverage));
    page.part("latency", &latency_part(&run.latency()));
    page.part("the table of scenarios", &scenarios_part(&run.scenarios()));
    let warned =
        |trial: &&Trial| trial.standing() == Standing::Passed && !trial.findings().is_empty();
    for trial in run.trials.iter().filter(warned) {
        page.part("warnings", &trial_part(run, trial, ""));
    }
    page.finish()
}

fn heading(run: &Run) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "## osac-e2e: {}\n", run.exit_code().as_str());
    let _ = writeln!(out, "{}\n", inline(&closing_line(run)));
    let counts = run.counts();
    let names: Vec<&str> = Tally::default().rows().map(|(standing, _)| standing.as_str()).into();
    let _ = writeln!(out, "| | {} |", names.join(" | "));
    let _ = writeln!(out, "|---|{}", "--:|".repeat(names.len()));
    for (level, tally) in [("scenarios", counts.scenarios), ("variants", counts.variants)] {
        let numbers: Vec<String> = tally.rows().map(|(_, count)| count.to_string()).into();
        let _ = writeln!(out, "| {level} | {} |", numbers.join(" | "));
    }
    let mut facts = vec![format!("target {}", code(&run.target)), format!("seed {}", run.seed)];
    facts.push(format!("scenarios {}", code(&run.source)));
    if let Some(defect) = &run.defect {
        facts.push(format!("defect {}", code(defect)));
    }
    if counts.flaky > 0 {
        facts.push(format!("{} flaky", counts.flaky));
    }
    let _ = writeln!(out, "\n{}\n", facts.join(" · "));
    out
}

fn complaint_part(complaint: &Complaint) -> String {
    format!("**{}**\n\n{}\n", inline(&complaint.title), fenced(&complaint.text))
}

fn trial_part(run: &Run, trial: &Trial, open: &str) -> String {
    let standing = match trial.standing() {
        Standing::Passed => "warning",
        other => other.as_str(),
    };
    let title = trial.findings().first().map_or("", |first| first.title.as_str());
    format!(
        "<details{}{open}><summary><b>{standing}</b> {} {}: {}</summary>\n\n{}\n</details>\n\n",
        if open.is_empty() { "" } else { " " },
        inline(trial.id()),
        code(&trial.name()),
        inline(&clean::clip(title, 200)),
        fenced(&failure(run, trial, &Style::PLAIN)),
    )
}

fn flaky_part(flaky: &[&Trial]) -> String {
    let mut out = "### Flaky\n\nThese passed, but not the first time.\n\n".to_owned();
    for trial in flaky {
        let before = words::plural(trial.reruns.len(), "attempt");
        let _ = writeln!(out, "* {} {}: {before} before", inline(trial.id()), code(&trial.name()));
    }
    out.push('\n');
    out
}

fn coverage_part(coverage: &Coverage) -> String {
    let mut out =
        "### Coverage\n\n| meter | reached | of | not reached |\n|---|--:|--:|---|\n".to_owned();
    let plan = &coverage.plan;
    if plan.wanted > 0 {
        let missing = plan.cases.iter().filter(|case| case.target.is_none());
        let missing: Vec<String> = missing.map(|case| code(&case.id)).collect();
        let _ = writeln!(
            out,
            "| cases of the test plan | {} | {} | {} |",
            plan.reached,
            plan.wanted,
            listed(&missing)
        );
    }
    for reading in &coverage.meters {
        let (reached, wanted) = numbers(reading);
        let missing: Vec<String> = reading.unreached().map(|row| code(&row.id)).collect();
        let _ = writeln!(
            out,
            "| {} | {reached} | {wanted} | {} |",
            inline(reading.title),
            listed(&missing)
        );
        let warts: Vec<String> = reading.warts().map(|row| code(&row.id)).collect();
        if !warts.is_empty() {
            let _ = writeln!(
                out,
                "| … reached and should not be | {} | | {} |",
                warts.len(),
                listed(&warts)
            );
        }
    }
    out.push('\n');
    out
}

/// Reached and wanted; of a meter without a table only what was found.
fn numbers(reading: &Reading) -> (String, String) {
    if reading.wanted == 0 {
        return (
            reading.rows.iter().filter(|row| row.times > 0).count().to_string(),
            "–".to_owned(),
        );
    }
    (reading.reached.to_string(), reading.wanted.to_string())
}

fn latency_part(latency: &Latency) -> String {
    if latency.run.is_empty() {
        return String::new();
    }
    let mut out =
        "### Latency\n\nOn the world's clock. Provision: from creation until the operator \
                   says that it runs and that its job succeeded. Deprovision: from the wish for \
                   deletion until the object is gone. Both hold the time until the next poll.\n\n\
                   | scenario | provider | stage | n | min | median | p95 | max | spread |\n\
                   |---|---|---|--:|--:|--:|--:|--:|--:|\n"
            .to_owned();
    push_groups(&mut out, "all", &latency.run);
    for one in &latency.scenarios {
        push_groups(&mut out, &one.scenario, &one.groups);
    }
    out.push('\n');
    for comparison in &latency.comparisons {
        let of = comparison.scenario.as_deref().unwrap_or("all");
        let (of, stage) = (code(of), comparison.stage);
        let _ = writeln!(out, "* {of} {stage}: {}", inline(&comparison.statement));
    }
    out.push('\n');
    out
}

fn push_groups(out: &mut String, scenario: &str, groups: &[Group]) {
    for Group { provider, stage, numbers } in groups {
        let [min, median, p95, max, spread] =
            [numbers.min_ms, numbers.median_ms, numbers.p95_ms, numbers.max_ms, numbers.spread_ms]
                .map(words::duration);
        let of = format!("{} | {} | {stage}", code(scenario), code(provider));
        let n = numbers.count;
        let _ = writeln!(out, "| {of} | {n} | {min} | {median} | {p95} | {max} | {spread} |");
    }
}

fn listed(names: &[String]) -> String {
    let shown = names.iter().take(NAMES_MAX).cloned().collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(NAMES_MAX) {
        0 => shown,
        more => format!("{shown} … and {more} more"),
    }
}

fn scenarios_part(scenarios: &[Scenario<'_>]) -> String {
    if scenarios.is_empty() {
        return String::new();
    }
    let mut out = "<details><summary>All scenarios</summary>\n\n\
                   | | id | scenario | variants | virtual time |\n|---|---|---|--:|--:|\n"
        .to_owned();
    for scenario in scenarios {
        let trials = scenario.trials();
        let virtual_ms = trials.iter().fold(0u64, |sum, t| sum.saturating_add(t.virtual_ms()));
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            scenario.standing().as_str(),
            inline(scenario.id()),
            inline(&clean::clip(scenario.title(), 200)),
            trials.len(),
            words::duration(virtual_ms),
        );
    }
    out.push_str("\n</details>\n\n");
    out
}
