//! Messages of 10 MB, bytes that are no UTF-8, and many failures: every format stays well-formed
//! and within its bounds.

use reports::markdown::{COMMENT_BYTES_MAX, STEP_SUMMARY_BYTES_MAX};
use reports::{Attempt, Format, LoadFault, Run, annotations, junit, markdown, tap as tap_writer};
use trace::{Finding, Verdict};

use crate::rules::broken_rules;
use crate::{mixed, tap, xml};

/// What a process wrote that speaks no UTF-8, as its reader hands it on.
fn no_utf8() -> String {
    String::from_utf8_lossy(b"\xff\xfe panic \x80\xc3( \x00 ]]></failure> ::error::x\r\n")
        .into_owned()
}

fn huge() -> String {
    no_utf8().repeat(10_000_000 / no_utf8().len())
}

/// A variant that failed with messages of 10 MB, after an attempt that did so too.
fn run() -> Run {
    let text = huge();
    let one = Finding {
        property: text.clone(),
        title: text.clone(),
        seen: text.clone(),
        differences: vec![text.clone()],
        ..mixed::finding("")
    };
    let failed = Verdict::Failed { findings: vec![one] };
    let earlier = Attempt { verdict: failed.clone(), ..mixed::attempt(failed.clone()) };
    let mut trial = mixed::trial("S01", "s01", "huge", failed.clone());
    trial.reruns = vec![earlier];
    let skipped = mixed::trial("S01", "s01", "skipped", Verdict::Skipped { reason: text.clone() });
    Run {
        faults: vec![LoadFault { file: text.clone(), text }],
        trials: vec![trial, skipped],
        ..mixed::empty()
    }
}

#[test]
fn ten_megabytes_of_garbage_stay_well_formed() {
    let run = run();
    let document = junit::render(&run).unwrap();
    assert_eq!(broken_rules(&document, &xml::parse(&document)), Vec::<String>::new());
    let points = tap::read(&tap_writer::render(&run));
    assert_eq!(points.iter().map(|point| point.ok).collect::<Vec<_>>(), [false, true, false]);
    assert!(points[1].skip.is_some() && points[0].name.starts_with("S01 "));
    for line in annotations::render(&run).lines() {
        assert!(line.starts_with("::error ") || line.starts_with("::notice "), "{line:.80}");
        assert!(line.len() < 64 * 1024);
    }
    for format in Format::ALL {
        let document = format.render(&run).unwrap();
        let bytes = document.len();
        assert!(bytes < 1024 * 1024, "{} has {bytes} bytes", format.name());
        let control = document.chars().find(|c| c.is_control() && *c != '\n');
        assert_eq!(control, None, "{}", format.name());
    }
}

#[test]
fn markdown_keeps_its_limits_and_says_what_is_left_out() {
    let finding = Finding { expected: "x".repeat(3_000), ..mixed::finding("it differs") };
    let failed = Verdict::Failed { findings: vec![finding; 8] };
    let trials = (0..100).map(|nth| mixed::trial("S01", "s01", &format!("v{nth}"), failed.clone()));
    let run = Run { trials: trials.collect(), ..mixed::empty() };
    for (bytes_max, least) in [(COMMENT_BYTES_MAX, 30_000), (STEP_SUMMARY_BYTES_MAX, 900_000)] {
        let page = markdown::render(&run, bytes_max);
        assert!((least..=bytes_max).contains(&page.len()), "{} of {bytes_max}", page.len());
        assert!(page.contains("Left out, for no more than "), "{page:.300}");
        assert!(page.contains("the details of variants that did not pass ("), "{page:.300}");
        assert!(page.contains("### Coverage"), "a small part after a large one still fits");
        assert_eq!(page.matches("<details").count(), page.matches("</details>").count());
    }
}
