//! The page of a day, whole and hostile.

use reports::history::Past;
use reports::status::{Day, Links, Sections, merge};

use crate::golden::same;
use crate::mixed::HOSTILE;
use crate::past::past;

fn page(date: &str, past: &Past, links: &Links) -> String {
    merge(None, date, &Sections::of(&Day::of(date, past), links)).unwrap()
}

#[test]
fn a_day_with_one_of_everything() {
    let links = Links {
        links: vec![
            ("report".into(), "https://ci.example/run/7?x=1&y=(2)".into()),
            ("traces".into(), "../out/index.html".into()),
            ("danger".into(), "javascript:alert(1)".into()),
        ],
        earlier: Some("2026-02-07".into()),
    };
    same("status.day.md", &page("2026-02-08", &past(), &links));
}

#[test]
fn the_first_day_has_nothing_to_compare_with() {
    same("status.first.md", &page("2026-02-07", &past(), &Links::default()));
}

#[test]
fn a_day_without_runs_says_so() {
    same("status.empty.md", &page("2026-01-01", &Past::default(), &Links::default()));
}

#[test]
fn what_was_run_later_changes_no_page_of_before() {
    let mut earlier = past();
    earlier.entries.pop();
    let links = Links::default();
    assert_eq!(page("2026-02-08", &earlier, &links), page("2026-02-08", &past(), &links));
    assert_ne!(page("2026-02-09", &earlier, &links), page("2026-02-09", &past(), &links));
}

#[test]
fn no_text_of_a_run_becomes_markup_or_a_mark() {
    let mut hostile = past();
    for entry in &mut hostile.entries {
        entry.target = format!("{HOSTILE} <!-- osac-e2e: end -->");
        entry.commit = Some("<b>|`{{x}}`".into());
        for outcome in &mut entry.outcomes {
            outcome.why =
                "<!-- osac-e2e: risks --> | {{ site.x }} [a](http://b) ~~ ``` \n# x".into();
        }
    }
    let links = Links { links: vec![("[x](y)".into(), "http://a b".into())], earlier: None };
    let page = page("2026-02-08", &hostile, &links);
    assert_eq!(page.matches("<!-- osac-e2e:").count(), 6);
    let generated: Vec<&str> = page.lines().filter(|line| !line.starts_with("<!--")).collect();
    for word in ["<script", "<b>", "{{", "`", "~~", "](http"] {
        assert!(!generated.iter().any(|line| line.contains(word)), "{word}\n{page}");
    }
    assert!(!page.chars().any(|c| c.is_control() && c != '\n'));
}
