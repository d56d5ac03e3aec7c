//! Runs read back from their folders: whole ones, and those of processes that died.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use reports::coverage::{Known, KnownRow, Meter, Need, PlannedCase, Threshold};
use reports::html::PageMaker;
use reports::stored::{self, StoredError};
use reports::{
    Format, LoadFault, Origin, Run, Standing, Trial, TrialEnd, WallTimes, run_json, write_all,
};
use trace::{Closed, Event, Happening, Header, LogLine, Trace, Verdict};

use crate::mixed;
use crate::past::past;

fn empty_folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("stored").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn trace_of(variant: &str, verdict: Option<Verdict>) -> Trace {
    let line = |text: &str| {
        let line = LogLine { level: "WARN".into(), text: text.into() };
        Event { at: 3, what: Happening::Log(line) }
    };
    Trace {
        header: Header {
            format: trace::FORMAT,
            scenario: "s01".into(),
            variant: variant.into(),
            title: "Create".into(),
            shows: "it shows".into(),
            labels: BTreeMap::from([("id".into(), "S01".into())]),
            seed: 42,
            target: "embedded".into(),
            provider: "eda".into(),
            planned_faults: Vec::new(),
            covers: Vec::new(),
            lines: Vec::new(),
            defect: None,
        },
        events: vec![line("one"), line(mixed::HOSTILE)],
        closed: verdict.map(|verdict| Closed { ended_at: 9, verdict }),
    }
}

fn not_started(variant: &str) -> Trial {
    let mut trial = Trial::of(&trace_of(variant, None));
    trial.end = TrialEnd::NotStarted { why: "the run ended before its turn".into() };
    trial
}

fn put(folder: &Path, trace: &Trace) -> Trial {
    let path = stored::trace_file(folder, &trace.header.scenario, &trace.header.variant);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    trace::write(trace, fs::File::create(&path).unwrap()).unwrap();
    let mut trial = Trial::of(trace);
    trial.page = PageMaker::default().page(trace);
    if let TrialEnd::Ended { trace_path, .. } = &mut trial.end {
        *trace_path = Some(format!("reports/out/traces/{}.jsonl", trace.header.variant));
    }
    trial
}

fn wall() -> WallTimes {
    let origin = Origin {
        program: "build-1".into(),
        commit: Some("c0ffee".into()),
        plans: vec!["p0".into(), "p1".into(), "p2".into(), "p3".into(), "p4".into()],
    };
    let trials_us = vec![Some(1), Some(2), Some(3), Some(4), None];
    WallTimes { trials_us, origin, ..mixed::wall() }
}

/// A run with one of each verdict, on the disk.
fn whole(folder: &Path) -> Run {
    let finding = || vec![mixed::finding("two launches"), mixed::hostile_finding()];
    let verdicts = [
        ("passed", mixed::passed()),
        ("failed", Verdict::Failed { findings: finding() }),
        ("broken", Verdict::Broken { findings: finding() }),
        ("skipped", Verdict::Skipped { reason: mixed::HOSTILE.into() }),
    ];
    let mut trials: Vec<Trial> = verdicts
        .into_iter()
        .map(|(variant, verdict)| put(folder, &trace_of(variant, Some(verdict))))
        .collect();
    trials.push(not_started("waiting"));
    let text = "kind: Scenario\n".to_owned();
    fs::write(stored::source_file(folder, "s01"), &text).unwrap();
    let sources = BTreeMap::from([("s01".to_owned(), text)]);
    let fault = LoadFault { file: "bad.yaml".into(), text: "error: bad\n --> bad.yaml:1:1".into() };
    let known = Known {
        rows: vec![(
            Meter::Transitions,
            vec![
                KnownRow::wanted("launched", "a job is launched"),
                KnownRow { id: "x".into(), title: String::new(), need: Need::MustNot },
                KnownRow { id: "y".into(), title: "y".into(), need: Need::Excused("why".into()) },
            ],
        )],
        plan: vec![PlannedCase {
            id: "S01".into(),
            variants: vec![("s01".into(), "passed".into()), ("s01".into(), "other".into())],
            ..PlannedCase::default()
        }],
    };
    Run {
        trials,
        sources,
        faults: vec![fault],
        interrupted: true,
        strict: true,
        known,
        thresholds: vec![Threshold { meter: "transitions".into(), percent: 95 }],
        former: past().entries.into_iter().next(),
        ..mixed::empty()
    }
}

#[test]
fn what_is_read_back_is_what_was_written() {
    let folder = empty_folder("whole");
    let run = whole(&folder);
    write_all(&folder, &run, &wall(), &Format::ALL).unwrap();
    let stored = stored::read(&folder).unwrap();
    assert_eq!(stored.run, run);
    assert_eq!(stored.wall, wall());
    assert_eq!(stored.unreadable, Vec::<String>::new());
}

#[test]
fn every_document_is_made_again_byte_for_byte() {
    let folder = empty_folder("again");
    write_all(&folder, &whole(&folder), &wall(), &Format::ALL).unwrap();
    let again = empty_folder("again-2");
    let stored = stored::read(&folder).unwrap();
    write_all(&again, &stored.run, &stored.wall, &Format::ALL).unwrap();
    let mut documents = 0;
    for entry in fs::read_dir(&again).unwrap() {
        let name = entry.unwrap().file_name();
        let read = |folder: &Path| fs::read(folder.join(&name)).unwrap();
        assert_eq!(read(&again), read(&folder), "{}", name.display());
        documents += 1;
    }
    assert!(documents >= 3);
}

#[test]
fn a_run_whose_process_died_is_read_as_far_as_it_came() {
    let folder = empty_folder("died");
    let names = ["passed", "torn", "cut", "waiting"];
    let trials = names.map(not_started).to_vec();
    let begun = Run { trials, ..mixed::empty() };
    fs::write(folder.join("run.json"), run_json::json(&begun, &wall())).unwrap();
    put(&folder, &trace_of("passed", Some(mixed::passed())));
    put(&folder, &trace_of("torn", None));
    put(&folder, &trace_of("cut", Some(mixed::passed())));
    let cut = stored::trace_file(&folder, "s01", "cut");
    let bytes = fs::read(&cut).unwrap();
    fs::write(&cut, &bytes[..bytes.len() - 20]).unwrap();

    let stored = stored::read(&folder).unwrap();
    let standings: Vec<_> = stored.run.trials.iter().map(Trial::standing).collect();
    use Standing::{Broken, NotStarted, Passed};
    assert_eq!(standings, [Passed, Broken, Broken, NotStarted]);
    let title = "the process died before there was a verdict";
    assert_eq!(stored.run.trials[1].findings()[0].title, title);
    assert_eq!(stored.run.trials[2].findings()[0].title, title);
    assert_eq!(stored.run.exit_code().code(), 3);
    assert_eq!(stored.unreadable, Vec::<String>::new());
}

#[test]
fn a_trace_that_cannot_be_read_breaks_its_trial_and_is_named() {
    let folder = empty_folder("unreadable");
    let run = whole(&folder);
    write_all(&folder, &run, &wall(), &Format::ALL).unwrap();
    let file = |variant| stored::trace_file(&folder, "s01", variant);
    fs::remove_file(file("passed")).unwrap();
    fs::write(file("failed"), "{\"format\":7}\n").unwrap();
    fs::copy(file("skipped"), file("broken")).unwrap();
    fs::write(file("skipped"), "").unwrap();
    let stored = stored::read(&folder).unwrap();
    let bad = |trial: &Trial| trial.standing() == Standing::Broken;
    assert!(stored.run.trials[..4].iter().all(bad));
    let path = |variant| file(variant).display().to_string();
    let expected = [
        format!("the trace `{}` is missing", path("passed")),
        format!("the trace has format 7, this version reads format 1 (`{}`)", path("failed")),
        format!("`{}` is the trace of another variant", path("broken")),
        format!("the trace is empty (`{}`)", path("skipped")),
    ];
    assert_eq!(stored.unreadable, expected);
    assert_eq!(stored.run.trials[0].findings()[0].title, expected[0]);
}

#[test]
fn what_is_no_run_is_refused_with_a_hint() {
    let told = |name: &str, text: Option<&str>| {
        let folder = empty_folder(name);
        if let Some(text) = text {
            fs::write(folder.join("run.json"), text).unwrap();
        }
        let error = stored::read(&folder).unwrap_err();
        assert!(!error.hint().is_empty());
        error
    };
    assert!(matches!(told("none", None), StoredError::NoRun { .. }));
    assert!(matches!(told("cut", Some("{\"format\": 1,")), StoredError::Form { .. }));
    assert!(matches!(told("other", Some("[]")), StoredError::Form { .. }));
    assert!(matches!(told("new", Some("{\"format\": 2}")), StoredError::Format { found: 2, .. }));
    let mut run = Run { trials: vec![not_started("x")], ..mixed::empty() };
    for name in ["../../x", "/etc/passwd", "a/b", "..", ""] {
        run.trials[0].variant = name.into();
        let error = told("outside", Some(&run_json::json(&run, &wall())));
        assert!(matches!(&error, StoredError::Name { .. }), "{name}: {error}");
    }
}
