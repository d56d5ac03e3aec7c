//! Every format, the terminal and the exit code say the same of any run.

use std::collections::BTreeMap;

use proptest::prelude::*;
use reports::coverage::Threshold;
use reports::terminal::{Style, closing, failure, scenario};
use reports::{Attempt, Format, LoadFault, Run, Tally, Trial, TrialEnd};
use reports::{annotations, junit, markdown, run_json, summary, tap};
use serde_json::Value;
use trace::{Excerpt, Finding, Place, Verdict};

use crate::rules::broken_rules;
use crate::{mixed, tap as tap_reader, xml};

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => ".{0,40}",
        1 => Just(mixed::HOSTILE.to_owned()),
        1 => "[\\x00-\\x20\\x7f-\\xa0<>&\\]\u{1b}\u{202e}\u{fffe}]{0,20}",
        1 => Just("x".repeat(5_000)),
    ]
}

fn finding() -> impl Strategy<Value = Finding> {
    let place = (text(), any::<u32>(), any::<u32>(), 0..40u32, text())
        .prop_map(|(file, line, width, column, text)| Place { file, line, column, width, text });
    let parts = (text(), text(), proptest::option::of(place), any::<u64>());
    (parts, text(), proptest::collection::vec(text(), 0..4)).prop_map(
        |((property, title, place, at), value, lines)| Finding {
            property,
            title,
            at,
            place,
            expected: value.clone(),
            seen: value.clone(),
            differences: lines.clone(),
            hint: value.clone(),
            object: value,
            excerpt: lines.into_iter().map(|text| Excerpt { at, text }).collect(),
        },
    )
}

fn end() -> impl Strategy<Value = TrialEnd> {
    let findings = || proptest::collection::vec(finding(), 0..3);
    let verdict = prop_oneof![
        findings().prop_map(|warnings| Verdict::Passed { checked: Vec::new(), warnings }),
        findings().prop_map(|findings| Verdict::Failed { findings }),
        findings().prop_map(|findings| Verdict::Broken { findings }),
        text().prop_map(|reason| Verdict::Skipped { reason }),
    ];
    let log_tail = proptest::collection::vec(text(), 0..3);
    let ended = (verdict, any::<u64>(), log_tail, proptest::option::of(text())).prop_map(
        |(verdict, virtual_ms, log_tail, trace_path)| TrialEnd::Ended {
            verdict,
            virtual_ms,
            events: 1,
            log_tail,
            trace_path,
        },
    );
    prop_oneof![4 => ended, 1 => text().prop_map(|why| TrialEnd::NotStarted { why })]
}

fn reruns() -> impl Strategy<Value = Vec<Attempt>> {
    let verdict = proptest::collection::vec(finding(), 0..2)
        .prop_map(|findings| Verdict::Failed { findings });
    let attempt = (verdict, text()).prop_map(|(verdict, line)| Attempt {
        verdict,
        virtual_ms: 7,
        log_tail: vec![line],
        trace_path: None,
    });
    prop_oneof![3 => Just(Vec::new()), 1 => proptest::collection::vec(attempt, 1..3)]
}

/// Names are those of loaded scenarios and so never hostile; all else is.
fn trials() -> impl Strategy<Value = Vec<Trial>> {
    let one = (0..4usize, text(), text(), any::<bool>(), (end(), reruns()));
    proptest::collection::vec(one, 0..12).prop_map(|rows| {
        let rows = rows.into_iter().enumerate();
        rows.map(|(at, (scenario, title, label, has_id, (end, reruns)))| {
            let mut labels = BTreeMap::from([("category".to_owned(), label)]);
            if has_id {
                labels.insert("id".to_owned(), format!("S{scenario:02}"));
            }
            Trial {
                shows: title.clone(),
                scenario: format!("scenario-{scenario}"),
                variant: format!("variant-{at}"),
                title,
                labels,
                provider: "aap".into(),
                // only what ran can have been tried before
                reruns: if matches!(end, TrialEnd::Ended { .. }) { reruns } else { Vec::new() },
                end,
                ..Trial::default()
            }
        })
        .collect()
    })
}

fn run() -> impl Strategy<Value = Run> {
    let fault = (text(), text()).prop_map(|(file, text)| LoadFault { file, text });
    let faults = proptest::collection::vec(fault, 0..3);
    let threshold = ("transitions|plan|nonsense", 0..=100u8)
        .prop_map(|(meter, percent)| Threshold { meter, percent });
    let thresholds = proptest::collection::vec(threshold, 0..2);
    (trials(), faults, any::<bool>(), text(), thresholds).prop_map(
        |(trials, faults, interrupted, source, thresholds)| Run {
            trials,
            faults,
            interrupted,
            source,
            thresholds,
            known: mixed::known(),
            ..mixed::empty()
        },
    )
}

fn number(value: &Value) -> usize {
    usize::try_from(value.as_u64().unwrap()).unwrap()
}

/// The table of counts, the title's word and the limit.
fn check_markdown(run: &Run) -> Result<(), TestCaseError> {
    for bytes_max in [0, 2_000, markdown::COMMENT_BYTES_MAX, markdown::STEP_SUMMARY_BYTES_MAX] {
        let page = markdown::render(run, bytes_max);
        prop_assert!(page.len() <= bytes_max);
        if bytes_max < 2_000 {
            continue;
        }
        let title = format!("## osac-e2e: {}\n", run.exit_code().as_str());
        prop_assert!(page.starts_with(&title), "{}", page);
        let counts = run.counts();
        for (level, tally) in [("scenarios", counts.scenarios), ("variants", counts.variants)] {
            let numbers = tally.rows().map(|(_, count)| count.to_string()).join(" | ");
            let row = format!("| {level} | {numbers} |");
            prop_assert!(page.contains(&row), "{} is not in {}", row, page);
        }
    }
    Ok(())
}

/// An error for each variant that failed or broke and for each complaint, as far as GitHub goes.
fn check_annotations(run: &Run, of: Tally, complaints: usize) -> Result<(), TestCaseError> {
    let text = annotations::render(run);
    let errors = text.lines().filter(|line| line.starts_with("::error ")).count();
    prop_assert_eq!(errors, (of.failed + of.broken + complaints).min(10));
    prop_assert_eq!(errors > 0, run.exit_code().code() != 0);
    let known = ["::error ", "::warning ", "::notice "];
    for line in text.lines() {
        prop_assert!(known.iter().any(|word| line.starts_with(word)), "{}", line);
        prop_assert_eq!(
            line.matches(" title=").count() + line.matches(",title=").count() > 0,
            true
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 64,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn every_document_says_the_same(run in run()) {
        let counts = run.counts();
        let (variants, complaints) = (counts.variants, run.complaints().len());
        prop_assert_eq!(variants.total(), run.trials.len());

        let document = junit::render(&run).unwrap();
        let root = xml::parse(&document);
        prop_assert_eq!(broken_rules(&document, &root), Vec::<String>::new());
        for (attribute, count) in [
            ("tests", variants.total() + complaints),
            ("failures", variants.failed),
            ("errors", variants.broken + complaints),
            ("skipped", variants.skipped + variants.not_started),
        ] {
            prop_assert_eq!(root.attribute(attribute), count.to_string());
        }
        let red = variants.failed + variants.broken + complaints > 0;
        prop_assert_eq!(red, run.exit_code().code() != 0);

        let summary: Value = serde_json::from_str(&summary::json(&run)).unwrap();
        prop_assert_eq!(number(&summary["exit_code"]), usize::from(run.exit_code().code()));
        for (level, tally) in [("scenarios", counts.scenarios), ("variants", counts.variants)] {
            for (standing, count) in tally.rows() {
                let key = standing.as_str().replace(' ', "_");
                prop_assert_eq!(number(&summary["counts"][level][&key]), count);
            }
        }
        let listed = summary["scenarios"].as_array().unwrap().iter();
        let listed: usize = listed.map(|one| one["variants"].as_array().unwrap().len()).sum();
        prop_assert_eq!(listed, run.trials.len());

        prop_assert_eq!(number(&summary["counts"]["flaky"]), counts.flaky);
        prop_assert_eq!(crate::schema::faults(&summary), Vec::<String>::new());

        let points = tap_reader::read(&tap::render(&run));
        prop_assert_eq!(points.len(), run.trials.len() + complaints);
        for (standing, count) in variants.rows() {
            let seen = points.iter().filter(|point| point.verdict == standing.as_str()).count();
            prop_assert_eq!(seen, count, "{}", standing.as_str());
        }
        let failing = points.iter().any(|point| !point.ok);
        prop_assert_eq!(failing, run.exit_code().code() != 0);

        check_markdown(&run)?;
        check_annotations(&run, variants, complaints)?;

        let file: Value = serde_json::from_str(&run_json::json(&run, &mixed::wall())).unwrap();
        prop_assert_eq!(&file["exit_code"], &summary["exit_code"]);
        prop_assert_eq!(file["trials"].as_array().unwrap().len(), run.trials.len());

        let (passed, total) = (counts.scenarios.passed, counts.scenarios.total());
        let last = closing(&run, &Style::PLAIN);
        let head = format!("{passed} of {} passed (", reports::plural(total, "scenario"));
        prop_assert!(last.lines().last().unwrap().starts_with(&head), "{}", last);
    }

    #[test]
    fn no_format_has_a_control_character_and_json_is_json(run in run()) {
        for format in Format::ALL {
            let document = format.render(&run).unwrap();
            let control = document.chars().find(|c| c.is_control() && *c != '\n');
            prop_assert_eq!(control, None, "{}", format.name());
            if format.file().ends_with(".json") {
                prop_assert!(serde_json::from_str::<Value>(&document).is_ok());
            }
            prop_assert_eq!(format.render(&run).unwrap(), document);
        }
    }

    #[test]
    fn nothing_that_a_terminal_obeys_is_shown(run in run()) {
        let mut shown = closing(&run, &Style::PLAIN);
        for trial in &run.trials {
            shown.push_str(&failure(&run, trial, &Style::PLAIN));
        }
        for one in run.scenarios() {
            shown.push_str(&scenario(&one, &Style::PLAIN));
        }
        let obeyed = shown.chars().find(|c| c.is_control() && *c != '\n');
        prop_assert_eq!(obeyed, None);
    }
}
