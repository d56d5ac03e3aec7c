//! Which events of a trace a page keeps.
//!
//! A trial that failed or broke keeps all, up to [`EVENTS_MAX`]. Of one that passed or was skipped
//! stays what is around a change of a phase, a condition or a job, and what happens rarely: steps,
//! faults, operator lives, transitions, calls that go wrong. What is left out is counted.

use std::collections::BTreeMap;

use trace::{Change, Event, Happening, Revision};

/// Events that a page holds at most.
pub(super) const EVENTS_MAX: usize = 100_000;
/// Events that a page of a trial without a failure holds at most.
pub(super) const QUIET_EVENTS_MAX: usize = 600;
/// A trace of no more events than this is not worth thinning.
const SHORT: usize = 60;
/// Events that stay on either side of a change.
const AROUND: usize = 3;

/// For each event, whether it stays.
pub(super) fn kept(events: &[Event], wanted_whole: bool) -> Vec<bool> {
    let (mut kept, most) = if wanted_whole || events.len() <= SHORT {
        (vec![true; events.len()], EVENTS_MAX)
    } else {
        (around_changes(events), QUIET_EVENTS_MAX)
    };
    let count = kept.iter().filter(|kept| **kept).count();
    drop_middle(&mut kept, count.saturating_sub(most));
    kept
}

/// The beginning shows how it was set up, the end how it came out: the middle goes.
fn drop_middle(kept: &mut [bool], mut surplus: usize) {
    let count = kept.iter().filter(|kept| **kept).count();
    let mut before = (count - surplus) / 2;
    for one in kept.iter_mut().filter(|kept| **kept) {
        if before > 0 {
            before -= 1;
        } else if surplus > 0 {
            *one = false;
            surplus -= 1;
        }
    }
}

fn around_changes(events: &[Event]) -> Vec<bool> {
    let mut kept = vec![false; events.len()];
    let mut former = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        kept[at] |= is_rare(event);
        if is_change(event, &mut former) {
            let end = events.len().min(at + AROUND + 1);
            kept[at.saturating_sub(AROUND)..end].fill(true);
        }
    }
    for (kept, event) in kept.iter_mut().zip(events) {
        *kept &= !is_ground(event);
    }
    keep_pairs(events, &mut kept);
    kept
}

/// Objects that every cluster has, and that never change.
fn is_ground(event: &Event) -> bool {
    let Happening::Revision(revision) = &event.what else { return false };
    matches!(revision.kind.as_str(), "Namespace" | "ConfigMap" | "ServiceAccount")
}

/// A request without its answer would look like one that got none.
fn keep_pairs(events: &[Event], kept: &mut [bool]) {
    let mut requests = BTreeMap::new();
    for (at, event) in events.iter().enumerate() {
        match &event.what {
            Happening::Request(request) => drop(requests.insert(request.call, at)),
            Happening::Reply(reply) => {
                let Some(request) = requests.remove(&reply.call) else { continue };
                let both = kept[at] || kept[request];
                (kept[at], kept[request]) = (both, both);
            }
            _ => {}
        }
    }
}

fn is_rare(event: &Event) -> bool {
    match &event.what {
        Happening::Step(_)
        | Happening::Fault(_)
        | Happening::Operator(_)
        | Happening::Webhook(_)
        | Happening::Mark { .. }
        | Happening::Rest
        | Happening::Restless { .. }
        | Happening::Truncated { .. } => true,
        Happening::Reply(reply) => {
            reply.error.is_some() || reply.status.is_some_and(|status| status >= 400)
        }
        Happening::Log(line) => line.level == "WARN" || line.level == "ERROR",
        Happening::Request(_)
        | Happening::Watch(_)
        | Happening::Revision(_)
        | Happening::Job(_) => false,
    }
}

/// The standing of objects: cluster, kind and name, with phase and conditions.
type Former<'t> = BTreeMap<(&'t str, &'t str, &'t str), Vec<&'t str>>;

fn is_change<'t>(event: &'t Event, former: &mut Former<'t>) -> bool {
    match &event.what {
        Happening::Job(_) => true,
        Happening::Revision(revision) => {
            if is_ground(event) {
                return false;
            }
            let key = (&*revision.cluster, revision.kind.as_str(), revision.object.as_str());
            let now = standing(revision);
            revision.change != Change::Modified || former.insert(key, now.clone()) != Some(now)
        }
        Happening::Request(_)
        | Happening::Reply(_)
        | Happening::Watch(_)
        | Happening::Webhook(_)
        | Happening::Fault(_)
        | Happening::Step(_)
        | Happening::Operator(_)
        | Happening::Mark { .. }
        | Happening::Log(_)
        | Happening::Rest
        | Happening::Restless { .. }
        | Happening::Truncated { .. } => false,
    }
}

/// Phase, then type and status of each condition.
fn standing(revision: &Revision) -> Vec<&str> {
    let status = &revision.body["status"];
    let mut words = vec![status["phase"].as_str().unwrap_or_default()];
    for condition in status["conditions"].as_array().into_iter().flatten() {
        words.extend(["type", "status"].map(|key| condition[key].as_str().unwrap_or_default()));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use trace::{LogLine, Reply, Request, Route};

    fn log(at: u64) -> Event {
        let line = LogLine { level: "INFO".into(), text: "x".into() };
        Event { at, what: Happening::Log(line) }
    }

    fn phase(at: u64, phase: &str) -> Event {
        let revision = Revision {
            cluster: "kube".into(),
            by: "operator".into(),
            change: Change::Modified,
            kind: "ComputeInstance".into(),
            object: "a/b".into(),
            revision: at,
            body: json!({"status": {"phase": phase}}).into(),
            written: trace::Written::default(),
        };
        Event { at, what: Happening::Revision(revision) }
    }

    /// Positions that stay.
    fn stay(events: &[Event], wanted_whole: bool) -> Vec<usize> {
        let kept = kept(events, wanted_whole);
        (0..events.len()).filter(|at| kept[*at]).collect()
    }

    #[test]
    fn a_short_trace_stays_whole() {
        let events: Vec<Event> = (0..SHORT as u64).map(log).collect();
        assert_eq!(stay(&events, false).len(), events.len());
    }

    #[test]
    fn a_quiet_trace_keeps_what_is_around_a_change_of_phase() {
        let mut events: Vec<Event> = (0..2_000).map(log).collect();
        events[500] = phase(500, "Starting");
        events[900] = phase(900, "Starting");
        events[1_500] = Event { at: 1_500, what: Happening::Rest };
        let expected: Vec<usize> = (497..=503).chain([1_500]).collect();
        assert_eq!(stay(&events, false), expected);
        assert_eq!(stay(&events, true).len(), 2_000);
    }

    #[test]
    fn a_request_and_its_answer_stay_together() {
        let mut events: Vec<Event> = (0..100).map(log).collect();
        let request = Request {
            call: 1,
            route: Route { from: "operator".into(), to: "kube".into() },
            method: "GET".into(),
            path: "/".into(),
            verb: "get".into(),
            about: String::new(),
            object: String::new(),
            body: None,
        };
        events[10] = Event { at: 10, what: Happening::Request(request) };
        let reply = Reply { call: 1, status: Some(409), error: None, unchanged: false, body: None };
        events[70] = Event { at: 70, what: Happening::Reply(reply) };
        assert_eq!(stay(&events, false), [10, 70]);
    }

    #[test]
    fn no_page_is_longer_than_its_bound() {
        let restless: Vec<Event> = (0..5_000).map(|at| phase(at, &at.to_string())).collect();
        let kept = stay(&restless, false);
        assert_eq!(kept.len(), QUIET_EVENTS_MAX);
        assert_eq!((kept[299], kept[300]), (299, 4_700));
        let endless: Vec<Event> = (0..EVENTS_MAX as u64 + 7).map(log).collect();
        assert_eq!(stay(&endless, true).len(), EVENTS_MAX);
    }
}
