//! Documents meet the rules of their readers, and each rule sees what breaks it.

use reports::{ExitCode, LoadFault, Run, junit};

use crate::mixed;
use crate::rules::{broken_rules, cases};
use crate::xml::{Element, parse};

fn check(run: &Run) -> Element {
    let document = junit::render(run).unwrap();
    let root = parse(&document);
    assert_eq!(broken_rules(&document, &root), Vec::<String>::new(), "{document}");
    root
}

/// Breaks a good document by replacing one piece of text; a rule must name that.
fn refused(from: &str, to: &str, rule: &str) {
    let document = junit::render(&mixed::run()).unwrap();
    assert!(document.contains(from), "`{from}` is not in {document}");
    let document = document.replacen(from, to, 1);
    let broken = broken_rules(&document, &parse(&document));
    assert!(broken.iter().any(|it| it.contains(rule)), "`{rule}` is not in {broken:?}");
}

#[test]
fn a_mixed_run_meets_every_rule() {
    let root = check(&mixed::run());
    assert_eq!(cases(&root, &|_| true), 11);
}

#[test]
fn every_rule_can_be_broken() {
    let mixed = "name=\"osac-e2e\"";
    refused("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<?xml version=\"1.0\"?>", "declaration");
    refused("INFO launched", "\u{9b}2J", "is not for XML 1.0");
    refused("[ [ATTACHMENT|", "[[ATTACHMENT|", "fetch a file");
    refused("classname=\"concurrency.", "classname=\"", "not `package.class`");
    refused("classname=\"concurrency.", "classname=\"a.b.", "not `package.class`");
    refused("name=\"S01 unschedulable\"", "name=\"S01 plain\"", "are `S01_plain` to Jenkins");
    refused("name=\"S01 plain\"", "name=\"\"", "has no name");
    refused("type=\"failed: assert\"", "type=\"date\"", "cast its text");
    refused("tests=\"11\"", "tests=\"9\"", "says tests 9, there are 11");
    refused("time=\"0.000\"", "time=\"soon\" hostname=\"x\"", "has an attribute `hostname`");
    refused("message=\"two jobs were launched\"", "message=\"\"", "has no message");
    refused(mixed, "name=\"a&#10;b\"", "has a line break");
    refused("</failure>", "</failure><error message=\"m\" type=\"t\">x</error>", "more than one");
    refused("</testcase>", "<system-in/></testcase>", "has a child `system-in`");
    refused("</testsuites>", "<testsuite name=\"none\"/></testsuites>", "has no case");
    refused("<flakyFailure", "<flakyFailure kind=\"x\"", "has an attribute `kind`");
    refused("</flakyFailure>", "<system-err/></flakyFailure>", "has a child `system-err`");
    let error = "<error message=\"m\" type=\"t\">x</error></testcase>";
    let flaky = "</flakyError>\n        </testcase>";
    let refuse = format!("</flakyError>{error}");
    refused(flaky, &refuse, "are called flaky");
    let suite = "name=\"S06 s06-conflicts-and-stale-caches\"";
    refused(suite, "name=\"S01 s01-create-run-delete\"", "for the first");
}

#[test]
fn quick_junit_reads_its_own_output_back() {
    let document = junit::render(&mixed::run()).unwrap();
    let report = quick_junit::Report::deserialize_from_str(&document).unwrap();
    assert_eq!(report.to_string().unwrap(), document);
}

#[test]
fn what_is_shown_holds_title_place_and_replay() {
    let root = check(&mixed::run());
    let suite = root.all("testsuite").nth(1).unwrap();
    assert_eq!(suite.attribute("name"), "S06 s06-conflicts-and-stale-caches");
    let case = suite.first("testcase").unwrap();
    assert_eq!(case.attribute("name"), "S06 one-conflict");
    assert_eq!(case.attribute("classname"), "concurrency.s06-conflicts-and-stale-caches");
    let failure = case.first("failure").unwrap();
    assert_eq!(failure.attribute("message"), "two jobs were launched");
    for part in [
        "two jobs were launched",
        "scenarios/s06-conflicts-and-stale-caches.yaml:31:12",
        "expected  calls.launches(\"provision\") == 1",
        "status.phase: expected Running, seen Starting",
        "launch provision: 201, job 12",
        "osac-e2e run s06-conflicts-and-stale-caches::one-conflict --seed 42",
    ] {
        assert!(failure.text.contains(part), "`{part}` is not in {}", failure.text);
    }
    assert!(case.first("system-out").unwrap().text.contains("launched job 11"));
}

#[test]
fn properties_tell_what_the_issue_asks_for() {
    let root = check(&mixed::run());
    let case = root.first("testsuite").unwrap().first("testcase").unwrap();
    let properties: Vec<_> = case
        .first("properties")
        .unwrap()
        .all("property")
        .map(|property| (property.attribute("name"), property.attribute("value")))
        .collect();
    assert_eq!(
        properties,
        [
            ("category", "concurrency"),
            ("id", "S01"),
            ("priority", "P0"),
            ("provider", "aap"),
            ("seed", "42"),
            ("target", "embedded/embedded/fake/virtual"),
            ("virtual-seconds", "275.040"),
            ("trace", "reports/out/traces/s01-create-run-delete/plain.jsonl"),
        ]
    );
}

#[test]
fn failed_broken_skipped_and_not_started_have_their_own_elements() {
    let root = check(&mixed::run());
    let kinds: Vec<_> = root
        .all("testsuite")
        .flat_map(|suite| suite.all("testcase"))
        .map(|case| {
            let end = ["failure", "error", "skipped"].into_iter().find(|e| case.first(e).is_some());
            (case.attribute("name"), end.unwrap_or("passed"))
        })
        .collect();
    assert_eq!(
        kinds,
        [
            ("S01 plain", "passed"),
            ("S01 unschedulable", "passed"),
            ("S06 one-conflict", "failure"),
            ("S06 ten-conflicts", "error"),
            ("S06 stale", "skipped"),
            ("S21 limit-3", "skipped"),
            ("own.scenario default", "passed"),
            ("S02 plain", "passed"),
            ("S02 no-vm-yet", "failure"),
            ("1 load my scenarios/x.yaml", "error"),
            ("2 interrupted", "error"),
        ]
    );
}

#[test]
fn no_report_is_green_where_the_exit_code_is_not() {
    let one = || {
        let mut run = mixed::run();
        (run.faults, run.trials) = (Vec::new(), run.trials[..1].to_vec());
        Run { interrupted: false, ..run }
    };
    let unreadable = LoadFault { file: "x.yaml".into(), text: "bad".into() };
    let waiting = mixed::run().trials[5].clone();
    let cases_of = [
        (one(), ExitCode::Passed, 0),
        (mixed::empty(), ExitCode::NothingSelected, 1),
        (Run { interrupted: true, ..one() }, ExitCode::Interrupted, 1),
        (Run { faults: vec![unreadable.clone(), unreadable], ..one() }, ExitCode::Usage, 2),
        (Run { trials: vec![waiting], ..one() }, ExitCode::Broken, 1),
    ];
    for (run, exit_code, errors) in cases_of {
        let root = check(&run);
        assert_eq!(run.exit_code(), exit_code);
        assert_eq!(root.attribute("errors"), errors.to_string(), "{exit_code:?}");
    }
}

#[test]
fn earlier_attempts_are_flaky_or_reruns_by_how_it_ended() {
    let root = check(&mixed::run());
    let suite = root.all("testsuite").find(|suite| suite.attribute("name") == "S02 s02-restart");
    let earlier: Vec<Vec<&str>> = suite
        .unwrap()
        .all("testcase")
        .map(|case| case.children.iter().map(|child| child.name.as_str()).collect())
        .collect();
    let (flaky, in_vain) = (&earlier[0], &earlier[1]);
    assert_eq!(flaky, &["properties", "flakyFailure", "flakyError"]);
    assert_eq!(in_vain, &["properties", "failure", "rerunFailure", "system-out"]);
}
