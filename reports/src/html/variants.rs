//! The table of all variants, failures first. Scripts read from its rows what there is to open.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Page;
use super::markup::Markup;
use super::overview::class;
use crate::{Run, Scenario, Standing, Trial, TrialEnd, words};

/// Rows of the table; the rest is counted.
const ROWS_MAX: usize = 10_000;

/// Writes the section.
pub(super) fn write(markup: &mut Markup, run: &Run, pages: &BTreeMap<usize, Cow<'_, Page>>) {
    markup.raw("<section id=\"variants\" aria-labelledby=\"variants-title\">\n");
    markup.raw("<h2 id=\"variants-title\">Scenarios and variants</h2>\n");
    markup.raw("<div id=\"filter\"></div>\n<table class=\"variants\">\n<thead><tr>");
    for column in ["verdict", "variant", "shows", "provider", "virtual time", "events"] {
        markup.raw("<th scope=\"col\">").raw(column).raw("</th>");
    }
    markup.raw("</tr></thead>\n");
    // trials are named by their place in the run; a scenario's trials need not stand together
    let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for (at, trial) in run.trials.iter().enumerate() {
        places.entry((&trial.scenario, &trial.variant)).or_insert(at);
    }
    let scenarios = run.scenarios();
    let mut order: Vec<usize> = (0..scenarios.len()).collect();
    order.sort_by_key(|nth| std::cmp::Reverse(rank(scenarios[*nth].standing())));
    let mut room = ROWS_MAX;
    for nth in order {
        let scenario = &scenarios[nth];
        if scenario.trials().len() > room {
            break;
        }
        room -= scenario.trials().len();
        head(markup, scenario, nth);
        for trial in scenario.trials() {
            let at = places[&(trial.scenario.as_str(), trial.variant.as_str())];
            row(markup, run, trial, at, pages.get(&at).map(|page| &**page));
        }
        markup.raw("</tbody>\n");
    }
    markup.raw("</table>\n");
    let shown = ROWS_MAX - room;
    if shown < run.trials.len() {
        let more = words::plural(run.trials.len() - shown, "more variant");
        markup.raw("<p>… and ").line(&more).raw(", which summary.json has too</p>\n");
    }
    markup.raw("</section>\n");
}

/// What must be looked at comes first; what passed and what was skipped stand in their order.
const fn rank(standing: Standing) -> u8 {
    match standing {
        Standing::Failed => 3,
        Standing::Broken => 2,
        Standing::NotStarted => 1,
        Standing::Skipped | Standing::Passed => 0,
    }
}

/// `scenario/variant`, as a fragment of an address: what an address cannot hold is escaped.
pub(super) fn address(trial: &Trial) -> String {
    format!("{}/{}", escaped(&trial.scenario), escaped(&trial.variant))
}

fn escaped(name: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

fn head(markup: &mut Markup, scenario: &Scenario<'_>, nth: usize) {
    markup.raw("<tbody><tr class=\"scenario\"");
    markup.attribute("data-source", &nth.to_string());
    for label in ["priority", "category"] {
        let value = scenario.labels().get(label).map_or("", String::as_str);
        markup.attribute(&format!("data-{label}"), value);
    }
    markup.raw("><th colspan=\"6\" scope=\"rowgroup\"><span class=\"id\">");
    markup.line(scenario.id()).raw("</span> <span class=\"title\">");
    markup.line(scenario.title()).raw("</span> <span class=\"count\">");
    markup.line(&words::plural(scenario.trials().len(), "variant")).raw("</span></th></tr>\n");
}

fn row(markup: &mut Markup, run: &Run, trial: &Trial, at: usize, page: Option<&Page>) {
    let standing = trial.standing();
    markup.raw("<tr").attribute("data-trial", &at.to_string());
    markup.attribute("data-standing", standing.as_str());
    markup.attribute("data-replay", &run.replay(trial));
    if let Some(page) = page {
        markup.attribute("data-kept", &page.kept.to_string());
        markup.attribute("data-left-out", &page.left_out.to_string());
    }
    markup.raw("><td><span").attribute("class", &format!("badge {}", class(standing))).raw(">");
    markup.raw(standing.as_str()).raw("</span></td><td><a");
    markup.attribute("href", &format!("#{}", address(trial))).raw(">");
    markup
        .line(&trial.variant)
        .raw("</a></td><td><span class=\"shows\">")
        .line(&trial.shows)
        .raw("</span>");
    note(markup, trial);
    markup.raw("</td><td>").line(&trial.provider).raw("</td>");
    let events = match &trial.end {
        TrialEnd::Ended { events, .. } => *events,
        TrialEnd::NotStarted { .. } => 0,
    };
    markup.raw("<td class=\"number\">").line(&words::duration(trial.virtual_ms()));
    markup.raw("</td><td class=\"number\">").number(events).raw("</td></tr>\n");
}

/// What a reader wants to know at once: the first finding, or why it did not run.
fn note(markup: &mut Markup, trial: &Trial) {
    let title = trial.findings().first().map(|finding| finding.title.as_str());
    let Some(text) = title.or(trial.reason()) else { return };
    let word = if trial.standing() == Standing::Passed { "warning: " } else { "" };
    let text = crate::clean::clip(&crate::clean::line(text), 300);
    markup.raw("<div class=\"note\">").raw(word).line(&text).raw("</div>");
}
