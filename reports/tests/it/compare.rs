//! Comparisons and trends, word for word.

use reports::compare::{json, markdown, text};
use reports::history::{Changes, Entry};
use reports::terminal::{Style, history, since};
use reports::{Run, html};

use crate::golden::same;
use crate::mixed;
use crate::past::past;

/// The first run and the second, which differ in one of everything.
fn pair() -> (Entry, Entry) {
    let mut entries = past().entries.into_iter();
    let (before, mut after) = (entries.next().unwrap(), entries.next().unwrap());
    after.seed = 43;
    after.outcomes[1].plan = "another plan".into();
    after.outcomes.rotate_left(1);
    after.outcomes.pop();
    (before, after)
}

#[test]
fn for_people() {
    let (before, after) = pair();
    same("compare.txt", &text(&Changes::between(&before, &after), &Style::PLAIN));
}

#[test]
fn for_programs() {
    let (before, after) = pair();
    same("compare.json", &json(&Changes::between(&before, &after)));
}

#[test]
fn for_pull_requests() {
    let (before, after) = pair();
    same("compare.md", &markdown(&Changes::between(&before, &after)));
}

#[test]
fn a_run_is_no_worse_than_itself() {
    let (before, _) = pair();
    let changes = Changes::between(&before, &before);
    same("compare.same.txt", &text(&changes, &Style::PLAIN));
    assert!(!changes.is_worse() && !changes.knows_less());
}

#[test]
fn a_history_for_people() {
    let past = past();
    same("history.txt", &history(&past, 20, |_| true, &Style::PLAIN));
    let none = history(&reports::history::Past::default(), 20, |_| true, &Style::PLAIN);
    assert_eq!(none, "0 of 0 runs\n");
}

#[test]
fn a_run_tells_what_changed_since_the_one_before() {
    let former = past().entries.into_iter().next().unwrap();
    assert_eq!(since(&Run { former: None, ..mixed::run() }, &Style::PLAIN), "");
    let run = Run { former: Some(former), ..mixed::run() };
    same("since.txt", &since(&run, &Style::PLAIN));
    let page = html::render(&run);
    let section = page.split("<section id=\"changes\"").nth(1).unwrap();
    same("since.html", &format!("{}\n", section.split("</section>").next().unwrap()));
}
