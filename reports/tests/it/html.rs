//! `report.html`: well-formed, harmless, whole, and equal for equal runs.

use base64::Engine as _;
use reports::html::{PageMaker, SCRIPT, STYLE, render};
use reports::{Run, Trial};
use serde_json::{Value, json};
use trace::{
    Change, Closed, Event, FORMAT, FaultFelt, Happening, Header, JobSeen, LogLine, OperatorLife,
    Phase, Reply, Request, Revision, Route, StepMark, StepOutcome, Trace, Verdict, WatchSeen,
    Webhook,
};

use crate::{mixed, xml};

fn request(call: u64, verb: &str, to: &str) -> Happening {
    Happening::Request(Request {
        call,
        route: Route { from: "operator".into(), to: to.into() },
        method: "PUT".into(),
        path: format!("/apis/x/{call}"),
        verb: verb.into(),
        about: "computeinstances/status".into(),
        object: "default/vm1".into(),
        body: None,
    })
}

fn reply(call: u64, status: Option<u16>, error: Option<&str>) -> Happening {
    let error = error.map(Into::into);
    Happening::Reply(Reply { call, status, error, unchanged: false, body: None })
}

fn revision(revision: u64, change: Change, body: Value) -> Happening {
    Happening::Revision(Revision {
        cluster: "kube".into(),
        by: "operator".into(),
        change,
        kind: "ComputeInstance".into(),
        object: "default/vm1".into(),
        revision,
        body: body.into(),
        written: trace::Written::default(),
    })
}

fn step(outcome: Option<StepOutcome>) -> Happening {
    Happening::Step(StepMark {
        operation: 0,
        step: "create".into(),
        verb: "assert".into(),
        phase: Phase::Try,
        outcome,
    })
}

/// One of everything, with hostile text where text can be.
fn happenings() -> Vec<Happening> {
    let hostile = || mixed::HOSTILE.to_owned();
    let unmet = StepOutcome::Unmet {
        expected: hostile(),
        seen: "x".repeat(10_000_000),
        differences: vec![hostile()],
        object: "default/vm1".into(),
    };
    let job = JobSeen {
        job: 7,
        role: "provision".into(),
        moment: "launched".into(),
        status: "pending".into(),
        explanation: hostile(),
        traceback: String::new(),
        uid: "u".into(),
        object: "default/vm1".into(),
        variables: Some(json!({"a": hostile()}).into()),
        kind: "job".into(),
    };
    let object = json!({"metadata": {"name": "vm1"}, "status": {"phase": "Starting"}});
    let later = json!({"metadata": {"name": "vm1"}, "status": {"phase": hostile()}, "big":
                      "y".repeat(100_000)});
    vec![
        Happening::Operator(OperatorLife::Started { nth: 1, provider: "aap".into() }),
        step(None),
        request(1, "update", "kube"),
        revision(10, Change::Added, object.clone()),
        reply(1, Some(200), None),
        Happening::Watch(WatchSeen {
            to: "operator".into(),
            change: Change::Added,
            resource: "computeinstances".into(),
            object: "default/vm1".into(),
            revision: 10,
        }),
        request(2, "launch", "aap"),
        Happening::Job(job),
        Happening::Fault(FaultFelt {
            fault: hostile(),
            effect: "reply lost".into(),
            call: Some(2),
        }),
        reply(2, None, Some("reply lost")),
        revision(11, Change::Modified, later),
        revision(12, Change::Deleted, object),
        Happening::Webhook(Webhook {
            endpoint: "create".into(),
            role: "provision".into(),
            accepted: false,
            note: hostile(),
            uid: String::new(),
            object: String::new(),
        }),
        Happening::Mark { mark: "phase-starting".into(), object: "default/vm1".into() },
        Happening::Log(LogLine { level: "ERROR".into(), text: hostile() }),
        step(Some(unmet)),
        Happening::Operator(OperatorLife::Ended { why: hostile() }),
        Happening::Restless { last: hostile() },
        Happening::Rest,
        Happening::Truncated { events: 3 },
    ]
}

fn trace(trial: &Trial, happenings: Vec<Happening>, verdict: Verdict) -> Trace {
    let header = Header {
        format: FORMAT,
        scenario: trial.scenario.clone(),
        variant: trial.variant.clone(),
        title: trial.title.clone(),
        shows: trial.shows.clone(),
        labels: trial.labels.clone(),
        seed: 42,
        target: "embedded".into(),
        provider: trial.provider.clone(),
        planned_faults: vec!["conflict".into()],
        covers: vec!["phase-starting".into()],
        defect: None,
        lines: vec![31],
    };
    let at = |nth: usize| u64::try_from(nth * 250).unwrap();
    let events: Vec<Event> =
        happenings.into_iter().enumerate().map(|(nth, what)| Event { at: at(nth), what }).collect();
    let ended_at = events.last().map_or(0, |event| event.at);
    Trace { header, events, closed: Some(Closed { ended_at, verdict }) }
}

/// Events before the first hostile one.
const SHORT: usize = 7;

/// A run, with pages for what ran and a text for one scenario.
pub fn with_pages(mut run: Run) -> Run {
    let maker = PageMaker::default();
    for trial in &mut run.trials {
        let verdict = match trial.standing() {
            reports::Standing::Passed => mixed::passed(),
            reports::Standing::Failed => {
                Verdict::Failed { findings: vec![mixed::finding("two"), mixed::hostile_finding()] }
            }
            _ => continue,
        };
        // the first is short and plain, and stands in the document as it is
        let events = if trial.variant == "plain" { SHORT } else { happenings().len() };
        let some = happenings().into_iter().take(events).collect();
        trial.page = maker.page(&trace(trial, some, verdict));
    }
    let text = format!("kind: Scenario\n# {}\n", mixed::HOSTILE);
    run.sources.insert("s06-conflicts-and-stale-caches".into(), text);
    run
}

fn run() -> Run {
    with_pages(mixed::run())
}

/// The text of compressed data, as a browser inflates it.
fn inflated(packed: &str) -> String {
    let bytes = base64::engine::general_purpose::STANDARD.decode(packed).unwrap();
    String::from_utf8(miniz_oxide::inflate::decompress_to_vec(&bytes).unwrap()).unwrap()
}

/// What lies between two marks, each time.
fn between<'t>(text: &'t str, open: &str, close: &str) -> Vec<&'t str> {
    let parts = text.split(open).skip(1);
    parts.map(|part| part.split_once(close).expect("what is opened is closed").0).collect()
}

/// The data elements: id, what stands there, and the text that it holds.
fn data(document: &str) -> Vec<(&str, &str, String)> {
    let of = |element| {
        let (form, rest) = str::split_once(element, "\" id=\"").unwrap();
        let (id, data) = rest.split_once("\">").unwrap();
        let text = if form == "text/plain" { inflated(data) } else { data.to_owned() };
        (id, data, text)
    };
    between(document, "<script type=\"", "</script>").into_iter().map(of).collect()
}

/// The document without script and style, and with data as text that people can read.
pub fn readable(document: &str) -> String {
    let mut text = document.replace(SCRIPT, "…").replace(STYLE, "…");
    let policy = between(&text, "Content-Security-Policy\" content=\"", "\"")[0].to_owned();
    text = text.replace(&policy, "…");
    for (_, there, data) in data(document) {
        let shown = data.replace('<', "\\u003c").replace('&', "\\u0026");
        text = text.replace(there, &shown.replace("],[", "],\n["));
    }
    text
}

#[test]
fn the_document_is_well_formed_and_runs_one_script() {
    let document = render(&run());
    assert!(document.starts_with("<!DOCTYPE html>\n"));
    let mut text = document.replace(SCRIPT, "").replace(STYLE, "");
    for (_, there, _) in data(&document) {
        assert!(!there.contains('<'));
        text = text.replace(there, "");
    }
    let root = xml::parse(text.trim_start_matches("<!DOCTYPE html>\n"));
    assert_eq!(root.name, "html");
    assert_eq!(document.matches("<script>").count(), 1);
    assert_eq!(text.matches("<style>").count(), 1);
    let obeyed = text.chars().find(|c| {
        (c.is_control() && *c != '\n') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{fffe}')
    });
    assert_eq!(obeyed, None);
    for forbidden in ["http://", "https://", "onclick=", "src=", "javascript:"] {
        assert!(!text.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn script_and_style_do_not_end_early() {
    assert!(!SCRIPT.contains("</script") && !SCRIPT.contains("<!--"));
    assert!(!STYLE.contains("</style"));
    for forbidden in ["innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "fetch("] {
        assert!(!SCRIPT.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn pages_hold_what_happened_and_are_bounded() {
    let document = render(&run());
    let pages = data(&document);
    let ids: Vec<&str> = pages.iter().map(|(id, ..)| *id).collect();
    assert_eq!(ids, ["page-0", "page-1", "page-2", "page-6", "page-7", "page-8", "source-1"]);
    for (id, _, text) in pages.iter().filter(|(id, ..)| id.starts_with("page")) {
        let page: Value = serde_json::from_str(text).unwrap();
        let events = if ["page-0", "page-7"].contains(id) { SHORT } else { happenings().len() };
        assert_eq!(page["rows"].as_array().unwrap().len(), events, "{id}");
        assert!(text.len() < 100_000, "{} bytes", text.len());
    }
}

#[test]
fn the_table_has_a_row_for_each_variant() {
    let run = run();
    let document = render(&run).replace(STYLE, "");
    let standings = between(&document, "data-standing=\"", "\"");
    assert_eq!(standings.len(), run.trials.len());
    for (standing, count) in run.counts().variants.rows() {
        let rows = standings.iter().filter(|word| **word == standing.as_str()).count();
        assert_eq!(rows, count, "{}", standing.as_str());
    }
}

#[test]
fn equal_runs_give_equal_documents() {
    assert!(render(&run()) == render(&run()));
}

#[test]
fn a_run_of_any_size_stays_within_its_bounds() {
    let passed = mixed::trial("S01", "many", "x", mixed::passed());
    let mut run = mixed::empty();
    let maker = PageMaker::default();
    // chance does not compress
    let mut seed = 1_u64;
    let mut noise = || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        format!("{seed:x}{}", seed.rotate_left(32))
    };
    for at in 0..200 {
        let logs = (0..600).map(|_| {
            let text = (0..20).map(|_| noise()).collect();
            Happening::Log(LogLine { level: "WARN".into(), text })
        });
        let mut trial = passed.clone();
        trial.variant = format!("v{at}");
        trial.page = maker.page(&trace(&trial, logs.collect(), mixed::passed()));
        run.trials.push(trial);
    }
    let failed = Verdict::Failed { findings: vec![mixed::finding("late")] };
    let mut last = mixed::trial("S02", "last", "failed", failed.clone());
    last.page = maker.page(&trace(&last, happenings(), failed));
    run.trials.push(last);
    let document = render(&run);
    assert!(document.len() < 25_000_000, "{}", document.len());
    assert!(document.contains("id=\"page-0\"") && !document.contains("id=\"page-199\""));
    assert!(document.contains("id=\"page-200\""), "what failed comes first");
    assert!(run.trials[199].page.is_none(), "there is no use in more pages than fit");
}
