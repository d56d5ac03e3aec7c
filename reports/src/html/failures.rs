//! Failures in full, with the text that the terminal and JUnit show.

use super::document::is_bad;
use super::markup::Markup;
use super::overview::class;
use super::variants::address;
use crate::terminal::{Style, failure};
use crate::{Run, clean, words};

/// Failures that are told in full; the others stand in the table and on their pages.
const FAILURES_MAX: usize = 200;
/// Characters of one failure's text.
pub(super) const CHARS_MAX: usize = 16_000;

/// Writes the section; nothing where nothing failed.
pub(super) fn write(markup: &mut Markup, run: &Run) {
    let bad: Vec<_> = run.trials.iter().filter(|trial| is_bad(trial)).collect();
    if bad.is_empty() {
        return;
    }
    markup.raw("<section id=\"failures\" aria-labelledby=\"failures-title\">\n");
    markup.raw("<h2 id=\"failures-title\">Failures</h2>\n");
    for trial in bad.iter().take(FAILURES_MAX) {
        let standing = trial.standing();
        markup.raw("<article class=\"failure\"><h3><span");
        markup.attribute("class", &format!("badge {}", class(standing))).raw(">");
        markup.raw(standing.as_str()).raw("</span> <a");
        markup.attribute("href", &format!("#{}", address(trial))).raw(">");
        markup.line(&trial.name()).raw("</a></h3>\n");
        let text = failure(run, trial, &Style::PLAIN);
        // the heading has said what the first line says
        let text = text.split_once('\n').map_or("", |(_, rest)| rest);
        markup.raw("<pre>").lines(&clean::clip(text, CHARS_MAX)).raw("</pre></article>\n");
    }
    let more = bad.len().saturating_sub(FAILURES_MAX);
    if more > 0 {
        let more = words::plural(more, "more failure");
        markup.raw("<p>… and ").line(&more).raw(", each with its text on its page.</p>\n");
    }
    markup.raw("</section>\n");
}
