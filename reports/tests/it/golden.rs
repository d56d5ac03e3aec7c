//! Whole documents, compared with `tests/golden/`.

use std::fs;
use std::path::Path;

use reports::terminal::{Style, closing, complaint, failure, scenario, trial_line};
use reports::{junit, run_json, summary};

use crate::mixed;

/// Compares with the golden file; what was seen instead is written where it can be copied from.
pub fn same(name: &str, seen: &str) {
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    let expected = fs::read_to_string(&golden).unwrap_or_default();
    if expected != seen {
        let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::write(&copy, seen).unwrap();
        let (copy, golden) = (copy.display(), golden.display());
        panic!(
            "the document changed. To compare: diff {golden} {copy}\nTo accept: cp {copy} {golden}"
        );
    }
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
    text.push_str(&closing(&run, style));
    text
}

#[test]
fn junit_of_a_mixed_run() {
    same("mixed.xml", &junit::render(&mixed::run()).unwrap());
}

#[test]
fn summary_of_a_mixed_run() {
    same("mixed.summary.json", &summary::json(&mixed::run()));
}

#[test]
fn run_file_of_a_mixed_run() {
    same("mixed.run.json", &run_json::json(&mixed::run(), &mixed::wall()));
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
    run.trials.truncate(2);
    assert_eq!(
        closing(&run, &Style::PLAIN),
        "1 of 1 scenario passed (2 variants; 9 min 10 s of virtual time)\n"
    );
}
