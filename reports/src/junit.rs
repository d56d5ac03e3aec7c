//! `junit.xml`, as Jenkins and GitLab read it.
//!
//! * One suite a scenario (`S06 s06-conflicts-and-stale-caches`), one case a variant. The
//!   classname is `category.scenario`: Jenkins takes what stands before the last dot for the
//!   package, so its tree is category, scenario, variant. What is wrong with the run as a whole
//!   (a file that does not load, an interruption) stands in a suite `run`, so that no report is
//!   green where the exit code is not.
//! * `failure` is a verdict on the operator, `error` says that there is no knowing, `skipped`
//!   has its reason. Their text repeats the title, for GitLab shows the text and drops the
//!   `message`; it is the block that the terminal shows.
//! * A variant that was tried again has its earlier attempts as `flakyFailure` and `flakyError`
//!   where it passed in the end, as `rerunFailure` and `rerunError` where it did not.
//! * `time` is real time to every reader, and a document must not change from run to run: it is
//!   always 0. The time in the world is the property `virtual-seconds`; real times are in
//!   `run.json`.
//! * Properties stand in each case, although Jenkins' own schema knows them in suites only: its
//!   reader keeps them.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestRerun, TestSuite};
use trace::Verdict;

use crate::terminal::{Style, attempt, failure};
use crate::{Attempt, Complaint, Error, Run, Scenario, Standing, Trial, TrialEnd, clean, words};

/// Package of scenarios without a category, and of the run itself.
const PACKAGE: &str = "osac-e2e";
/// Characters that are kept of a `message`, which readers show in one line.
const MESSAGE_CHARS_MAX: usize = 300;

/// The document.
///
/// # Errors
/// [`Error::Junit`], should the writer refuse.
pub fn render(run: &Run) -> Result<String, Error> {
    let mut report = Report::new(PACKAGE);
    report.set_time(Duration::ZERO);
    for scenario in run.scenarios() {
        report.add_test_suite(scenario_suite(run, &scenario));
    }
    let complaints = run.complaints();
    if !complaints.is_empty() {
        let mut suite = suite(run, "run");
        for (nth, complaint) in complaints.iter().enumerate() {
            suite.add_test_case(complaint_case(nth, complaint));
        }
        report.add_test_suite(suite);
    }
    report.to_string().map_err(|source| Error::Junit { source })
}

fn suite(run: &Run, name: &str) -> TestSuite {
    let mut suite = TestSuite::new(attribute(name));
    suite.set_time(Duration::ZERO);
    let seed = run.seed.to_string();
    let defect = run.defect.as_deref().unwrap_or_default();
    for (name, value) in [
        ("seed", seed.as_str()),
        ("target", &run.target),
        ("source", &run.source),
        ("version", &run.version),
        ("defect", defect),
    ] {
        if !value.is_empty() {
            suite.add_property((name, attribute(value).as_str()));
        }
    }
    suite
}

fn scenario_suite(run: &Run, scenario: &Scenario<'_>) -> TestSuite {
    let name = if scenario.id() == scenario.name() {
        scenario.name().to_owned()
    } else {
        format!("{} {}", scenario.id(), scenario.name())
    };
    let mut suite = suite(run, &name);
    suite.add_property(("title", attribute(scenario.title()).as_str()));
    for trial in scenario.trials() {
        suite.add_test_case(case(run, trial));
    }
    suite
}

fn case(run: &Run, trial: &Trial) -> TestCase {
    let name = format!("{} {}", trial.id(), trial.variant);
    let mut case = TestCase::new(attribute(&name), status(run, trial));
    let category = trial.labels.get("category").map_or(PACKAGE, String::as_str);
    case.set_classname(format!("{}.{}", package(category), package(&trial.scenario)));
    case.set_time(Duration::ZERO);
    if !trial.shows.is_empty() {
        case.add_property(("shows", attribute(&trial.shows).as_str()));
    }
    for (name, value) in &trial.labels {
        case.add_property((attribute(name).as_str(), attribute(value).as_str()));
    }
    let seed = run.seed.to_string();
    let virtual_seconds = words::seconds(trial.virtual_ms());
    for (name, value) in [
        ("provider", trial.provider.as_str()),
        ("seed", &seed),
        ("target", &run.target),
        ("virtual-seconds", &virtual_seconds),
    ] {
        case.add_property((name, attribute(value).as_str()));
    }
    if let TrialEnd::Ended { trace_path, log_tail, .. } = &trial.end {
        if let Some(path) = trace_path {
            case.add_property(("trace", attribute(path).as_str()));
        }
        let wanted = matches!(trial.standing(), Standing::Failed | Standing::Broken);
        if wanted && !log_tail.is_empty() {
            case.set_system_out(text(&log_tail.join("\n")));
        }
    }
    case
}

fn status(run: &Run, trial: &Trial) -> TestCaseStatus {
    match trial.standing() {
        Standing::Passed => {
            let mut status = TestCaseStatus::success();
            status.add_reruns(trial.reruns.iter().map(rerun));
            status
        }
        Standing::Failed => not_passed(run, trial, NonSuccessKind::Failure),
        Standing::Broken => not_passed(run, trial, NonSuccessKind::Error),
        Standing::Skipped => not_run(trial.reason().unwrap_or_default()),
        Standing::NotStarted => {
            not_run(&format!("not started: {}", trial.reason().unwrap_or_default()))
        }
    }
}

fn not_passed(run: &Run, trial: &Trial, kind: NonSuccessKind) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    let word = trial.standing().as_str();
    let (title, property) = match trial.findings().first() {
        Some(first) => (message(&first.title), first.property.as_str()),
        None => (String::new(), word),
    };
    status
        .set_message(if title.is_empty() { word } else { &title })
        // prefixed: a reader made with ActiveSupport would cast the text by a type like `date`
        .set_type(format!("{word}: {}", attribute(property)))
        .set_description(text(&failure(run, trial, &Style::PLAIN)))
        .add_reruns(trial.reruns.iter().map(rerun));
    status
}

fn rerun(earlier: &Attempt) -> TestRerun {
    let (kind, word) = match &earlier.verdict {
        Verdict::Failed { .. } => (NonSuccessKind::Failure, "failed"),
        Verdict::Broken { .. } | Verdict::Passed { .. } | Verdict::Skipped { .. } => {
            (NonSuccessKind::Error, "broken")
        }
    };
    let first = earlier.verdict.findings().first();
    let title = first.map(|first| message(&first.title)).filter(|title| !title.is_empty());
    let property = first.map_or(word, |first| first.property.as_str());
    let mut rerun = TestRerun::new(kind);
    rerun
        .set_message(title.unwrap_or_else(|| word.to_owned()))
        .set_type(format!("{word}: {}", attribute(property)))
        .set_description(text(&attempt(earlier, &Style::PLAIN)));
    if !earlier.log_tail.is_empty() {
        rerun.set_system_out(text(&earlier.log_tail.join("\n")));
    }
    rerun
}

fn not_run(reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    let reason = if reason.trim().is_empty() { "no reason was given" } else { reason };
    status.set_message(message(reason)).set_description(text(reason));
    status
}

fn complaint_case(nth: usize, complaint: &Complaint) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status
        .set_message(message(&complaint.title))
        .set_type("broken: run")
        .set_description(text(&format!("{}\n{}", complaint.title, complaint.text)));
    // the number keeps names apart where a file is refused twice
    let name = format!("{} {}", nth + 1, complaint.name);
    let mut case = TestCase::new(attribute(&name), status);
    case.set_classname(format!("{PACKAGE}.run")).set_time(Duration::ZERO);
    case
}

/// One line, harmless. Readers fold the line breaks of an attribute anyway.
fn attribute(raw: &str) -> String {
    no_attachments(&clean::line(raw))
}

fn message(raw: &str) -> String {
    clean::clip(&attribute(raw), MESSAGE_CHARS_MAX)
}

/// Lines, harmless. Readers trim the text of an element.
fn text(raw: &str) -> String {
    no_attachments(clean::text(raw).trim())
}

/// GitLab and Jenkins take `[[ATTACHMENT|path]]` for an order to fetch a file.
fn no_attachments(text: &str) -> String {
    text.replace("[[ATTACHMENT|", "[ [ATTACHMENT|")
}

/// A name that is one part of a classname: readers split at dots.
fn package(raw: &str) -> String {
    let name = attribute(raw).replace(['.', '/', '\\'], "-");
    if name.is_empty() { PACKAGE.to_owned() } else { name }
}
