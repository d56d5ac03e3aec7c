//! What changed since the run before, in the overview.

use super::markup::Markup;
use crate::history::{Changes, Direction, Entry};
use crate::{Run, Standing, WallTimes, words};

/// Variants that have a row; the rest is counted.
const ROWS_MAX: usize = 100;

/// Writes the section; nothing where no run is remembered that this one can be compared with.
pub(super) fn write(markup: &mut Markup, run: &Run) {
    let Some(former) = &run.former else { return };
    let now = Entry::of(run, &WallTimes::default());
    let changes = Changes::between(former, &now);
    markup.raw("<section id=\"changes\" aria-labelledby=\"changes-title\">\n");
    markup.raw("<h2 id=\"changes-title\">Since the run before</h2>\n<p class=\"hint\">");
    let [worse, better, other] = [Direction::Worse, Direction::Better, Direction::Other]
        .map(|direction| changes.that_went(direction).count());
    markup.line(&format!(
        "Compared with the run of {}: {} worse, {better} better, {other} otherwise different, {} \
         alike.",
        former.moment(),
        words::plural(worse, "variant"),
        changes.same
    ));
    for caveat in &changes.caveats {
        markup.raw(" ").line(caveat).raw(".");
    }
    markup.raw("</p>\n");
    if worse + better > 0 {
        markup.raw("<table><thead><tr>");
        for column in ["change", "variant", "before", "now"] {
            markup.element("th scope=\"col\"", column);
        }
        markup.raw("</tr></thead><tbody>\n");
        let of = |direction| changes.that_went(direction);
        for change in of(Direction::Worse).chain(of(Direction::Better)).take(ROWS_MAX) {
            let word = if change.direction == Direction::Worse { "worse" } else { "better" };
            let name = format!("{} {}::{}", change.id, change.scenario, change.variant);
            markup.raw("<tr><td>").raw(word).raw("</td>").element("th scope=\"row\"", &name);
            for standing in [change.before, change.after] {
                markup.element("td", standing.map_or("not there", Standing::as_str));
            }
            markup.raw("</tr>\n");
        }
        markup.raw("</tbody></table>\n");
        if worse + better > ROWS_MAX {
            let more = worse + better - ROWS_MAX;
            markup.raw("<p>… and ").number(more).raw(" more</p>\n");
        }
    }
    markup.raw("</section>\n");
}
