//! Whole documents, compared with `tests/golden/`.

use std::fs;
use std::path::Path;

use reports::terminal::{Style, closing, complaint, failure, meters, scenario, trial_line};
use reports::{Format, Run, run_json};

use crate::{html, mixed};

/// Compares with a golden file.
pub fn same(name: &str, seen: &str) {
    all_same(&[(name.to_owned(), seen.to_owned())]);
}

/// Compares with golden files; what was seen instead is written where it can be copied from.
fn all_same(documents: &[(String, String)]) {
    let mut changed = String::new();
    for (name, seen) in documents {
        let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
        if fs::read_to_string(&golden).unwrap_or_default() != *seen {
            let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
            fs::write(&copy, seen).unwrap();
            let (copy, golden) = (copy.display(), golden.display());
            changed +=
                &format!("to compare: diff {golden} {copy}\nto accept: cp {copy} {golden}\n");
        }
    }
    assert!(changed.is_empty(), "documents changed\n{changed}");
}

/// Every format of a run, with the names of their golden files: `mixed.summary.json`.
fn documents(name: &str, run: &Run) -> Vec<(String, String)> {
    let document = |format: Format| {
        let text = format.render(run).unwrap();
        let text = if format == Format::Html { html::readable(&text) } else { text };
        (format!("{name}.{}", format.file()), text)
    };
    Format::ALL.into_iter().map(document).collect()
}

fn terminal(style: &Style) -> String {
    let run = mixed::run();
    let mut text = String::new();
    for trial in &run.trials {
        text.push_str(&trial_line(trial, style));
        text.push('\n');
    }
    text.push('\n');
    for one in run.scenarios() {
        text.push_str(&scenario(&one, style));
    }
    for trial in run.trials.iter().filter(|trial| !trial.findings().is_empty()) {
        text.push('\n');
        text.push_str(&failure(&run, trial, style));
    }
    for one in run.complaints() {
        text.push('\n');
        text.push_str(&complaint(&one, style));
    }
    text.push('\n');
    text.push_str(&meters(&run, style));
    text.push_str(&closing(&run, style));
    text
}

#[test]
fn every_format_of_a_mixed_run() {
    all_same(&documents("mixed", &html::with_pages(mixed::run())));
}

#[test]
fn every_format_of_a_run_that_selected_nothing() {
    all_same(&documents("nothing", &mixed::nothing()));
}

#[test]
fn run_file_of_a_mixed_run() {
    let json = run_json::json(&mixed::run(), &mixed::wall());
    same("mixed.run.json", &json);
}

#[test]
fn terminal_text_of_a_mixed_run() {
    same("mixed.txt", &terminal(&Style::PLAIN));
}

#[test]
fn colours_change_nothing_but_colours() {
    let painted = terminal(&Style { colour: true, ..Style::PLAIN });
    let mut plain = String::new();
    let mut rest = painted.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').expect("every escape is a colour").1;
    }
    plain.push_str(rest);
    assert_ne!(painted, plain);
    assert_eq!(plain, terminal(&Style::PLAIN));
}

#[test]
fn closing_of_a_run_in_which_all_passed() {
    let mut run = mixed::run();
    run.faults.clear();
    run.interrupted = false;
    run.trials.truncate(2);
    assert_eq!(
        closing(&run, &Style::PLAIN),
        "1 of 1 scenario passed (2 variants; 9 min 10 s of virtual time)\n"
    );
}

#[test]
fn no_line_of_the_meters_is_wider_than_a_narrow_terminal_but_for_one_long_item() {
    let narrow = Style { width: 40, ..Style::PLAIN };
    let text = meters(&mixed::run(), &narrow);
    assert!(text.lines().count() > meters(&mixed::run(), &Style::PLAIN).lines().count());
    let long = |line: &&str| line.chars().count() > 40 && line.contains(" · ");
    assert_eq!(text.lines().filter(long).collect::<Vec<_>>(), Vec::<&str>::new());
}
