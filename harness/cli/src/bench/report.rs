//! `bench report`: what it takes to make `report.html` of a run of a given size. The run is made
//! up, variant by variant, as a suite would hand its traces over: none is kept in memory.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use reports::html::{self, PageMaker};
use reports::{Run, Trial};
use serde_json::json;
use trace::{
    Change, Checked, Closed, Event, FORMAT, Finding, Happening, Header, JobSeen, LogLine, Phase,
    Reply, Request, Revision, Route, StepMark, StepOutcome, Trace, Verdict, WatchSeen,
};

use super::{megabytes, stopwatch};
use crate::run::{peak_memory_kib, processors};

/// One variant in so many fails, and keeps all its events.
const FAILING: usize = 20;

/// Makes the document of a run of so many scenarios with so many events each.
pub fn report(scenarios: usize, events: usize, path: &Path) -> Result<String, String> {
    let began = stopwatch();
    let maker = PageMaker::default();
    let next = AtomicUsize::new(0);
    let some = || {
        let (mut trials, mut inventing) = (Vec::new(), Duration::ZERO);
        while let Some(nth) = {
            let nth = next.fetch_add(1, Ordering::Relaxed);
            (nth < scenarios).then_some(nth)
        } {
            let before = stopwatch();
            let trace = trace(nth, events);
            inventing += before.elapsed();
            let mut trial = Trial::of(&trace);
            trial.page = maker.page(&trace);
            trials.push((nth, trial));
        }
        (trials, inventing)
    };
    let (mut trials, mut inventing) = (Vec::new(), Duration::ZERO);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..processors()).map(|_| scope.spawn(some)).collect();
        for thread in threads {
            let Ok((made, took)) = thread.join() else { continue };
            trials.extend(made);
            inventing = inventing.max(took);
        }
    });
    trials.sort_by_key(|(nth, _)| *nth);
    let run = Run {
        seed: 1,
        target: "embedded".into(),
        source: "made up".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        trials: trials.into_iter().map(|(_, trial)| trial).collect(),
        ..Run::default()
    };
    let document = html::render(&run);
    let failed = |error| format!("failed to write {}: {error}", path.display());
    let folder = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(path, &document))
        .map_err(failed)?;
    let peak = peak_memory_kib()
        .map_or("not known here".into(), |kib| format!("{:.0} MiB", kib as f64 / 1024.0));
    Ok(format!(
        "report: {scenarios} scenarios, {} events\n  built in {:.2} s, of which {:.2} s invented \
         the traces\n  peak memory: {peak}\n  {}: {}\n  how long it takes to open: python3 \
         ci/browse_html.py --time {}\n",
        scenarios * events,
        began.elapsed().as_secs_f64(),
        inventing.as_secs_f64(),
        path.display(),
        megabytes(document.len()),
        path.display(),
    ))
}

/// A trace of so many events, as a run of minutes leaves it.
fn trace(nth: usize, events: usize) -> Trace {
    let header = Header {
        format: FORMAT,
        scenario: format!("made-up-{nth}"),
        variant: "default".into(),
        title: format!("Scenario {nth} of many"),
        shows: String::new(),
        labels: BTreeMap::from([
            ("id".into(), format!("M{nth:04}")),
            ("priority".into(), format!("P{}", nth % 3)),
        ]),
        seed: 1,
        target: "embedded".into(),
        provider: "aap".into(),
        planned_faults: Vec::new(),
        covers: Vec::new(),
        defect: None,
        lines: Vec::new(),
    };
    let mut story = Story { events: Vec::with_capacity(events), at: 0, call: 0 };
    while story.events.len() < events {
        story.turn(events);
    }
    story.events.truncate(events);
    let ended_at = story.at;
    let verdict = if nth.is_multiple_of(FAILING) {
        let late = Finding::titled("assert", "nothing came to match");
        Verdict::Failed { findings: vec![Finding { at: ended_at, ..late }] }
    } else {
        let checked = vec![Checked { property: "I1".into(), times: events as u64 }];
        Verdict::Passed { checked, warnings: Vec::new() }
    };
    Trace { header, events: story.events, closed: Some(Closed { ended_at, verdict }) }
}

struct Story {
    events: Vec<Event>,
    at: u64,
    call: u64,
}

impl Story {
    /// A poll, what it changes, and who hears of it.
    fn turn(&mut self, events: usize) {
        let turn = self.call;
        let phase = ["Starting", "Running", "Updating"][(turn / 40 % 3) as usize];
        if turn == 0 {
            self.tell(0, step(None));
        }
        self.call(30_000, "aap", "poll", "provision", !turn.is_multiple_of(4));
        self.tell(1, revision(turn, phase));
        self.tell(0, watch(turn));
        self.call(5, "kube", "update", "computeinstances/status", false);
        if turn.is_multiple_of(20) {
            self.tell(3, job(turn));
        }
        let text = format!("reconciled object=osac/vm1 phase={phase} attempt={turn}");
        self.tell(1, Happening::Log(LogLine { level: "INFO".into(), text }));
        if self.events.len() + 1 >= events {
            self.tell(0, step(Some(StepOutcome::Done { at_once: false })));
        }
    }

    fn tell(&mut self, after: u64, what: Happening) {
        self.at += after;
        self.events.push(Event { at: self.at, what });
    }

    fn call(&mut self, after: u64, to: &str, verb: &str, about: &str, unchanged: bool) {
        self.call += 1;
        let request = Request {
            call: self.call,
            route: Route { from: "operator".into(), to: to.into() },
            method: "GET".into(),
            path: format!("/apis/osac.openshift.io/v1alpha1/{about}/{}", self.call % 50),
            verb: verb.into(),
            about: about.into(),
            object: "osac/vm1".into(),
            body: None,
        };
        self.tell(after, Happening::Request(request));
        let status = Some(200);
        let reply = Reply { call: self.call, status, error: None, unchanged, body: None };
        self.tell(3 + self.call % 5, Happening::Reply(reply));
    }
}

fn revision(turn: u64, phase: &str) -> Happening {
    let body = json!({
        "apiVersion": "osac.openshift.io/v1alpha1",
        "kind": "ComputeInstance",
        "metadata": {
            "name": "vm1", "namespace": "osac", "resourceVersion": turn.to_string(),
            "uid": "1d293677-a8cc-443e-95fd-797cf22e258f", "generation": 1,
            "finalizers": ["osac.openshift.io/finalizer"]
        },
        "spec": {"templateID": "osac.templates.ocp_virt_vm", "templateParameters": "{}"},
        "status": {
            "phase": phase,
            "conditions": [
                {"type": "Ready", "status": "True", "reason": "VMReady", "message": "ready"},
                {"type": "Provisioned", "status": "True", "message": format!("poll {turn}")}
            ],
            "provisionJob": {"id": turn / 40, "state": "Running", "attempt": turn}
        }
    });
    Happening::Revision(Revision {
        cluster: "kube".into(),
        by: "operator".into(),
        change: if turn == 1 { Change::Added } else { Change::Modified },
        kind: "ComputeInstance".into(),
        object: "osac/vm1".into(),
        revision: turn,
        body: Arc::new(body),
        written: trace::Written::default(),
    })
}

fn watch(turn: u64) -> Happening {
    Happening::Watch(WatchSeen {
        to: "operator".into(),
        change: Change::Modified,
        resource: "computeinstances".into(),
        object: "osac/vm1".into(),
        revision: turn,
    })
}

fn job(turn: u64) -> Happening {
    Happening::Job(JobSeen {
        job: i64::try_from(turn / 40).unwrap_or_default(),
        role: "provision".into(),
        moment: if turn.is_multiple_of(40) { "launched" } else { "status" }.into(),
        status: if turn.is_multiple_of(40) { "pending" } else { "successful" }.into(),
        explanation: String::new(),
        traceback: String::new(),
        uid: String::new(),
        object: "osac/vm1".into(),
        variables: None,
        kind: "job".into(),
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
