//! The top of the document: the verdict, what was run, counts.

use std::collections::BTreeMap;

use super::markup::Markup;
use crate::{Run, Standing, Tally, Trial, words};

/// Rows of a table of labels.
const ROWS_MAX: usize = 50;

/// The verdict in a few words: `2 of 320 variants failed, 1 broken`.
pub(super) fn verdict(run: &Run) -> String {
    let variants = run.counts().variants;
    let all = words::plural(variants.total(), "variant");
    let bad: Vec<String> = variants
        .rows()
        .iter()
        .filter(|(standing, count)| *standing != Standing::Passed && *count > 0)
        .map(|(standing, count)| format!("{count} {}", standing.as_str()))
        .collect();
    match (variants.total(), bad.is_empty()) {
        (0, _) => "nothing selected".to_owned(),
        (_, true) => format!("{all} passed"),
        (_, false) => format!("{} of {all} passed, {}", variants.passed, bad.join(", ")),
    }
}

/// Writes header, counts and complaints.
pub(super) fn write(markup: &mut Markup, run: &Run) {
    markup.raw("<a class=\"skip\" href=\"#variants\">Skip to the variants</a>\n");
    header(markup, run);
    markup.raw("<main id=\"overview\">\n");
    counts(markup, run);
    complaints(markup, run);
}

fn header(markup: &mut Markup, run: &Run) {
    let code = run.exit_code();
    let word = code.as_str();
    markup.raw("<header class=\"top\">\n<h1><a href=\"#\">osac-e2e</a> <span");
    markup.attribute("class", &format!("badge is-{}", word.replace(' ', "-"))).raw(">");
    markup.line(word).raw("</span> <span class=\"verdict\">").line(&verdict(run));
    markup.raw("</span></h1>\n<dl class=\"facts\">");
    let seed = run.seed.to_string();
    let code = code.code().to_string();
    let virtual_ms = run.trials.iter().fold(0_u64, |sum, t| sum.saturating_add(t.virtual_ms()));
    let virtual_time = words::duration(virtual_ms);
    let facts = [
        ("seed", seed.as_str()),
        ("target", &run.target),
        ("scenarios", &run.source),
        ("defect", run.defect.as_deref().unwrap_or_default()),
        ("strict", if run.strict { "warnings fail" } else { "" }),
        ("virtual time", &virtual_time),
        ("exit code", &code),
        ("version", &run.version),
    ];
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        markup.raw("<div>").element("dt", name).element("dd", value).raw("</div>");
    }
    markup.raw("</dl>\n</header>\n");
}

fn counts(markup: &mut Markup, run: &Run) {
    let counts = run.counts();
    markup.raw("<section id=\"counts\" aria-labelledby=\"counts-title\">\n");
    markup.raw("<h2 id=\"counts-title\">Counts</h2>\n<div class=\"tables\">\n");
    let all = [("scenarios", counts.scenarios), ("variants", counts.variants)];
    table(markup, "all", all.map(|(name, tally)| (name.to_owned(), tally)).into());
    for label in ["priority", "category"] {
        let rows = by_label(&run.trials, label);
        if rows.len() > 1 {
            table(markup, label, rows);
        }
    }
    let mut providers = BTreeMap::<String, Tally>::new();
    for trial in &run.trials {
        providers.entry(trial.provider.clone()).or_default().add(trial.standing());
    }
    if providers.len() > 1 {
        table(markup, "provider", providers.into_iter().collect());
    }
    markup.raw("</div>\n</section>\n");
}

fn by_label(trials: &[Trial], label: &str) -> Vec<(String, Tally)> {
    let mut rows = BTreeMap::<String, Tally>::new();
    for trial in trials {
        let value = trial.labels.get(label).map_or("none", String::as_str);
        rows.entry(value.to_owned()).or_default().add(trial.standing());
    }
    rows.into_iter().collect()
}

/// A row for each value, a column for each standing that anything has.
fn table(markup: &mut Markup, caption: &str, rows: Vec<(String, Tally)>) {
    let mut total = Tally::default();
    for (_, tally) in &rows {
        total.passed += tally.passed;
        total.failed += tally.failed;
        total.broken += tally.broken;
        total.skipped += tally.skipped;
        total.not_started += tally.not_started;
    }
    let shown: Vec<Standing> = total
        .rows()
        .iter()
        .filter(|(standing, count)| *count > 0 || *standing == Standing::Passed)
        .map(|(standing, _)| *standing)
        .collect();
    markup.raw("<table><thead><tr>").raw("<th scope=\"col\">").line(caption).raw("</th>");
    for standing in &shown {
        markup.raw("<th scope=\"col\">").raw(standing.as_str()).raw("</th>");
    }
    markup.raw("</tr></thead><tbody>\n");
    for (name, tally) in rows.iter().take(ROWS_MAX) {
        markup.raw("<tr><th scope=\"row\">").line(name).raw("</th>");
        for (standing, count) in tally.rows() {
            if shown.contains(&standing) {
                let class = if count == 0 { "none" } else { class(standing) };
                markup.raw("<td").attribute("class", class).raw(">").number(count).raw("</td>");
            }
        }
        markup.raw("</tr>\n");
    }
    if rows.len() > ROWS_MAX {
        markup.raw("<tr><td>… and ").number(rows.len() - ROWS_MAX).raw(" more</td></tr>\n");
    }
    markup.raw("</tbody></table>\n");
}

/// The class of a standing.
pub(super) const fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::Passed => "is-passed",
        Standing::Failed => "is-failed",
        Standing::Broken => "is-broken",
        Standing::Skipped => "is-skipped",
        Standing::NotStarted => "is-not-started",
    }
}

fn complaints(markup: &mut Markup, run: &Run) {
    let complaints = run.complaints();
    if complaints.is_empty() {
        return;
    }
    markup.raw("<section id=\"complaints\" aria-labelledby=\"complaints-title\">\n");
    markup.raw("<h2 id=\"complaints-title\">The run as a whole</h2>\n");
    for complaint in complaints.iter().take(ROWS_MAX) {
        markup.raw("<article class=\"failure\">").element("h3", &complaint.title);
        let text = crate::clean::clip(&complaint.text, super::failures::CHARS_MAX);
        markup.raw("<pre>").lines(&text).raw("</pre></article>\n");
    }
    if complaints.len() > ROWS_MAX {
        markup.raw("<p>… and ").number(complaints.len() - ROWS_MAX).raw(" more</p>\n");
    }
    markup.raw("</section>\n");
}
