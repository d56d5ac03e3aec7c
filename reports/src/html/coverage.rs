//! Coverage in the overview: how much each meter reached, what nothing reached, and the matrix of
//! rows and scenarios.

use std::collections::BTreeMap;

use super::markup::Markup;
use crate::coverage::{Coverage, Reading, Row};
use crate::{Run, words};

/// Rows of one meter that are shown.
const ROWS_MAX: usize = 500;
/// Scenarios that have a column of their own; with more, a row counts them.
const COLUMNS_MAX: usize = 60;

/// Writes the section; nothing where no meter has anything to read.
pub(super) fn write(markup: &mut Markup, run: &Run) {
    let coverage = Coverage::of(run);
    if coverage.meters.is_empty() {
        return;
    }
    markup.raw("<section id=\"coverage\" aria-labelledby=\"coverage-title\">\n");
    markup.raw("<h2 id=\"coverage-title\">Coverage</h2>\n");
    let scenarios: Vec<(&str, &str)> =
        run.scenarios().iter().map(|scenario| (scenario.name(), scenario.id())).collect();
    if coverage.plan.wanted > 0 {
        markup.raw("<p>Test plan: ").number(coverage.plan.reached).raw(" of ");
        markup.line(&words::plural(coverage.plan.wanted, "case")).raw(" ran, ");
        markup.number(coverage.plan.ran).raw(" of ");
        markup.line(&words::plural(coverage.plan.variants, "variant")).raw(".</p>\n");
    }
    for reading in &coverage.meters {
        meter(markup, reading, &scenarios);
    }
    markup.raw("</section>\n");
}

fn meter(markup: &mut Markup, reading: &Reading, scenarios: &[(&str, &str)]) {
    markup.raw("<details class=\"meter\"><summary>").line(reading.title).raw(": <b>");
    if reading.wanted > 0 {
        markup.number(reading.reached).raw(" of ").number(reading.wanted);
        markup.raw("</b> rows reached");
    } else {
        let reached = reading.rows.iter().filter(|row| row.times > 0).count();
        markup.number(reached).raw("</b> seen");
    }
    let unreached: Vec<&str> = reading.unreached().map(|row| row.id.as_str()).collect();
    if !unreached.is_empty() {
        markup.raw("; not reached: ").line(&some(&unreached));
    }
    let warts: Vec<&str> = reading.warts().map(|row| row.id.as_str()).collect();
    if !warts.is_empty() {
        markup.raw(" <span class=\"is-failed\">✗ must not be reached, and was: ");
        markup.line(&some(&warts)).raw("</span>");
    }
    markup.raw("</summary>\n");
    matrix(markup, reading, scenarios);
    markup.raw("</details>\n");
}

/// The first names of a list, and how many there are besides.
fn some(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let shown = names[..names.len().min(SHOWN)].join(", ");
    match names.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// A line for each row, a column for each scenario: how many of its variants reached the row.
fn matrix(markup: &mut Markup, reading: &Reading, scenarios: &[(&str, &str)]) {
    let has_columns = scenarios.len() <= COLUMNS_MAX;
    markup.raw("<div class=\"wide\"><table class=\"matrix\"><thead><tr><th scope=\"col\">row</th>");
    markup.raw("<th scope=\"col\">times</th>");
    if has_columns {
        for (_, id) in scenarios {
            markup.element("th scope=\"col\"", id);
        }
    } else {
        markup.raw("<th scope=\"col\">scenarios</th>");
    }
    markup.raw("</tr></thead><tbody>\n");
    for row in reading.rows.iter().take(ROWS_MAX) {
        line(markup, row, has_columns.then_some(scenarios));
    }
    let more = reading.rows.len().saturating_sub(ROWS_MAX);
    if more > 0 {
        markup.raw("<tr><td>… and ").line(&words::plural(more, "more row")).raw("</td></tr>\n");
    }
    markup.raw("</tbody></table></div>\n");
}

fn line(markup: &mut Markup, row: &Row, scenarios: Option<&[(&str, &str)]>) {
    let (sign, class) = match (row.need, row.times) {
        ("wanted", 0) => ("○ ", "is-failed"),
        ("must-not", times) if times > 0 => ("✗ ", "is-failed"),
        (_, 0) => ("", "is-skipped"),
        _ => ("", ""),
    };
    markup.raw("<tr").attribute("class", class).raw("><th").attribute("title", &row.title);
    markup.raw(" scope=\"row\">").raw(sign).line(&row.id);
    if !row.excuse.is_empty() {
        markup.raw(" <span class=\"note\">").line(&row.excuse).raw("</span>");
    }
    markup.raw("</th><td class=\"number\">").line(&row.times.to_string()).raw("</td>");
    let reached: &BTreeMap<String, usize> = &row.scenarios;
    match scenarios {
        None => {
            markup.raw("<td class=\"number\">").number(reached.len()).raw("</td>");
        }
        Some(scenarios) => {
            for (name, _) in scenarios {
                match reached.get(*name) {
                    Some(count) => markup.raw("<td class=\"hit\">").number(*count).raw("</td>"),
                    None => markup.raw("<td></td>"),
                };
            }
        }
    }
    markup.raw("</tr>\n");
}
