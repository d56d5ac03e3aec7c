//! What is otherwise than in the run before.

use std::fmt::Write as _;

use super::style::Style;
use crate::history::{Changes, Direction, Entry};
use crate::{Run, Standing, WallTimes, clean, words};

/// Variants that are listed by name; the rest is counted.
const NAMES_MAX: usize = 20;

/// What became worse or better since the newest comparable run; nothing if nothing did, or if none
/// is remembered.
#[must_use]
pub fn since(run: &Run, style: &Style) -> String {
    let Some(former) = &run.former else { return String::new() };
    let now = Entry::of(run, &WallTimes::default());
    let changes = Changes::between(former, &now);
    let mut out = String::new();
    for (direction, standing) in
        [(Direction::Worse, Standing::Failed), (Direction::Better, Standing::Passed)]
    {
        let all = changes.that_went(direction).count();
        if all == 0 {
            continue;
        }
        let word = match direction {
            Direction::Worse => "worse",
            Direction::Better => "better",
            Direction::Other => "different",
        };
        let moment = clean::line(&former.moment());
        let _ = writeln!(out, "{} {word} than at {moment}", words::plural(all, "variant"));
        for change in changes.that_went(direction).take(NAMES_MAX) {
            let before = change.before.map_or("not there", Standing::as_str);
            let after = change.after.map_or("not there", Standing::as_str);
            let name = format!("{} {}::{}", change.id, change.scenario, change.variant);
            let mark = style.paint(super::Paint::Of(standing), word);
            let _ = writeln!(out, "  {mark} {}: {before} → {after}", clean::line(&name));
        }
        if all > NAMES_MAX {
            let _ = writeln!(out, "  … and {} more", all - NAMES_MAX);
        }
    }
    out
}
