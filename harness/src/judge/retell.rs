//! An event told to a person, in one short line; a revision by what changed in it.

use std::collections::BTreeMap;

use serde_json::Value;
use trace::{
    Change, Event, Excerpt, Happening, JobSeen, OperatorLife, Reply, Request, Revision, StepMark,
    StepOutcome, Webhook,
};

use super::changes::{revised, short};

/// Lines of an excerpt.
const LINES_MAX: usize = 10;

/// Tells the events of one trace. Knows what each one refers to: the request of a reply, the former
/// revision of an object, the object of a job.
pub struct Storyteller<'t> {
    events: &'t [Event],
    /// Requests by call.
    requests: BTreeMap<u64, &'t Request>,
    /// The former revision, by the event's number.
    former: BTreeMap<usize, &'t Value>,
    /// Launches by job id, in order: the event's number, the object.
    launches: BTreeMap<String, Vec<(usize, &'t str)>>,
}

impl<'t> Storyteller<'t> {
    /// Reads the events once.
    pub fn new(events: &'t [Event]) -> Storyteller<'t> {
        let mut requests = BTreeMap::new();
        let mut former = BTreeMap::new();
        let mut launches: BTreeMap<String, Vec<(usize, &'t str)>> = BTreeMap::new();
        let mut latest: BTreeMap<(&str, &str, &str), &'t Value> = BTreeMap::new();
        for (index, event) in events.iter().enumerate() {
            match &event.what {
                Happening::Request(request) => drop(requests.insert(request.call, request)),
                Happening::Revision(revision) => {
                    let key =
                        (&*revision.cluster, revision.kind.as_str(), revision.object.as_str());
                    let before = match revision.change {
                        Change::Deleted => latest.remove(&key),
                        Change::Added | Change::Modified => latest.insert(key, &revision.body),
                    };
                    former.extend(before.map(|before| (index, before)));
                }
                Happening::Job(job) if job.moment == "launched" => {
                    let launched = (index, job.object.as_str());
                    launches.entry(job.job.to_string()).or_default().push(launched);
                }
                _ => {}
            }
        }
        Storyteller { events, requests, former, launches }
    }

    /// The nth event in one line; none for what tells a reader nothing: deliveries, unchanged
    /// polls, answers that only say that all went well, marks.
    pub fn line(&self, index: usize) -> Option<String> {
        match &self.events.get(index)?.what {
            Happening::Request(request) => asked(request),
            Happening::Reply(reply) => self.answered(reply),
            Happening::Revision(revision) => {
                Some(revised(revision, self.former.get(&index).copied()))
            }
            Happening::Job(job) => Some(happened(job)),
            Happening::Webhook(webhook) => Some(received(webhook)),
            Happening::Fault(fault) => {
                let request = fault.call.and_then(|call| self.requests.get(&call));
                let on = request.map(|request| format!(" on {}", named(request)));
                Some(format!("fault {}: {}{}", fault.fault, fault.effect, on.unwrap_or_default()))
            }
            Happening::Step(mark) => stepped(mark),
            Happening::Operator(life) => Some(lived(life)),
            Happening::Log(line) if line.level != "DEBUG" && line.level != "TRACE" => {
                Some(format!("log {}: {}", line.level, short(&line.text)))
            }
            Happening::Rest => Some("the world is at rest".to_owned()),
            Happening::Restless { last } => {
                Some(format!("the world did not rest: {}", short(last)))
            }
            Happening::Truncated { events } => Some(format!("{events} events were left out")),
            Happening::Log(_) | Happening::Watch(_) | Happening::Mark { .. } => None,
        }
    }

    /// Whether the nth event touches an object, `namespace/name`. What happens to the operator or
    /// the whole world touches all; so does everything, if the object is empty.
    pub fn touches(&self, index: usize, object: &str) -> bool {
        let Some(event) = self.events.get(index) else { return false };
        if object.is_empty() {
            return true;
        }
        match &event.what {
            Happening::Request(request) => self.is_about(index, request, object),
            Happening::Reply(reply) => self.called(index, reply.call, object),
            Happening::Fault(fault) => {
                fault.call.is_none_or(|call| self.called(index, call, object))
            }
            Happening::Revision(revision) => is_of(revision, object),
            Happening::Job(job) => self.is_job_of(index, &job.job.to_string(), object),
            Happening::Webhook(webhook) => webhook.object == object,
            Happening::Mark { object: about, .. } => about == object,
            Happening::Watch(watch) => watch.object == object,
            Happening::Log(line) => line.text.contains(object),
            Happening::Step(_)
            | Happening::Operator(_)
            | Happening::Rest
            | Happening::Restless { .. }
            | Happening::Truncated { .. } => true,
        }
    }

    /// The last lines up to the nth event that touch an object, oldest first.
    pub fn excerpt(&self, index: usize, object: &str) -> Vec<Excerpt> {
        let upto = self.events.iter().enumerate().take(index.saturating_add(1));
        let touching = upto.rev().filter(|(at, _)| self.touches(*at, object));
        let told =
            touching.filter_map(|(at, event)| Some(Excerpt { at: event.at, text: self.line(at)? }));
        let mut lines: Vec<Excerpt> = told.take(LINES_MAX).collect();
        lines.reverse();
        lines
    }

    fn called(&self, index: usize, call: u64, object: &str) -> bool {
        self.requests.get(&call).is_some_and(|request| self.is_about(index, request, object))
    }

    fn is_about(&self, index: usize, request: &Request, object: &str) -> bool {
        request.object == object
            || (&*request.route.to == "aap" && self.is_job_of(index, &request.object, object))
    }

    fn is_job_of(&self, index: usize, job: &str, object: &str) -> bool {
        let launches = self.launches.get(job).into_iter().flatten();
        let latest = launches.take_while(|(at, _)| *at <= index).last();
        latest.is_some_and(|(_, launched_for)| *launched_for == object)
    }

    fn answered(&self, reply: &Reply) -> Option<String> {
        let request = self.requests.get(&reply.call)?;
        let status = match (reply.status, &reply.error) {
            (_, Some(error)) => short(error),
            (Some(status), None) => status.to_string(),
            (None, None) => "no answer".to_owned(),
        };
        let well = reply.error.is_none() && reply.status.is_some_and(|status| status < 400);
        let told = matches!(&*request.route.to, "aap" | "eda") && !reply.unchanged;
        if well && !told {
            return None;
        }
        let gist = reply.body.as_deref().map(|body| gist(body, well)).unwrap_or_default();
        let (from, to) = (&request.route.to, &request.route.from);
        Some(format!("{from} → {to}: {status} to {}{gist}", named(request)))
    }
}

/// Requests that change nothing at an API server are not told: their answers are, if they fail.
fn asked(request: &Request) -> Option<String> {
    if !matches!(&*request.route.to, "aap" | "eda") || request.verb == "poll" {
        return None;
    }
    Some(format!("{} → {}: {}", request.route.from, request.route.to, named(request)))
}

fn named(request: &Request) -> String {
    let parts = [&request.verb, &request.about, &request.object];
    let parts: Vec<&str> =
        parts.into_iter().map(String::as_str).filter(|s| !s.is_empty()).collect();
    parts.join(" ")
}

fn gist(body: &Value, well: bool) -> String {
    let of = |field: &str| body.get(field);
    match (of("id").and_then(Value::as_i64), of("status").and_then(Value::as_str)) {
        (Some(id), Some(status)) if well => return format!(", job {id} is {status}"),
        (Some(id), None) if well => return format!(", job {id}"),
        _ => {}
    }
    if let Some(rows) = of("results").and_then(Value::as_array).filter(|_| well) {
        return format!(", {} found", rows.len());
    }
    let said = of("message").or(of("detail")).and_then(Value::as_str).or(body.as_str());
    said.map(|said| format!(", {}", short(said))).unwrap_or_default()
}

fn happened(job: &JobSeen) -> String {
    let name = format!("aap: {} job {}", job.role, job.job);
    let why = [&job.explanation, &job.traceback].into_iter().find(|text| !text.is_empty());
    let why = why.map(|why| format!(" ({})", short(why))).unwrap_or_default();
    match job.moment.as_str() {
        "launched" => format!("{name} launched for {}, {}", job.object, job.status),
        "status" => format!("{name} is {}{why}", job.status),
        "cancel-requested" => format!("{name} is asked to cancel"),
        "purged" => format!("{name} is forgotten"),
        moment if job.status.is_empty() => format!("{name}: {moment}{why}"),
        moment => format!("{name}: {moment}, {}{why}", job.status),
    }
}

fn received(webhook: &Webhook) -> String {
    let word = if webhook.accepted { "accepted" } else { "refused" };
    let note = if webhook.note.is_empty() { String::new() } else { format!(" ({})", webhook.note) };
    format!("eda: {} for {} {word}{note}", webhook.endpoint, webhook.object)
}

fn stepped(mark: &StepMark) -> Option<String> {
    let name = format!("step {}: {}", mark.step, mark.verb);
    Some(match &mark.outcome {
        None => format!("{name} begins"),
        Some(StepOutcome::Done { .. }) => return None,
        Some(StepOutcome::Unmet { .. }) => format!("{name} was not met"),
        Some(StepOutcome::Broken { why }) => format!("{name} could not be done: {}", short(why)),
    })
}

fn lived(life: &OperatorLife) -> String {
    match life {
        OperatorLife::Started { nth: 1, provider } => {
            format!("the operator starts with provider {provider}")
        }
        OperatorLife::Started { provider, .. } => {
            format!("the operator starts again with provider {provider}")
        }
        OperatorLife::Killed { by } => format!("the operator is killed by {by}"),
        OperatorLife::Ended { why } => format!("the operator ends by itself: {}", short(why)),
        OperatorLife::Stopped => "the operator is stopped".to_owned(),
    }
}

fn is_of(revision: &Revision, object: &str) -> bool {
    let name = object.rsplit_once('/').map_or(object, |(_, name)| name);
    let machine = matches!(revision.kind.as_str(), "VirtualMachine" | "VirtualMachineInstance");
    revision.object == object
        || (machine && revision.object.rsplit_once('/').is_some_and(|(_, last)| last == name))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::judge::testing::Story;

    fn lines(story: &Story) -> Vec<String> {
        let storyteller = Storyteller::new(story.events());
        (0..story.events().len()).filter_map(|index| storyteller.line(index)).collect()
    }

    #[test]
    fn a_life_is_told_in_short_lines() {
        let story = Story::new()
            .create()
            .launch(101, "provision")
            .status(json!({"phase": "Starting", "provisionJob": {"id": "101", "state": "Pending"}}))
            .job(101, "running")
            .poll(101, 200, "running")
            .status(json!({
                "phase": "Running", "provisionJob": {"id": "101", "state": "Succeeded"},
                "conditions": [{"type": "Ready", "status": "True", "reason": "VMReady"}],
            }))
            .poll(101, 503, "")
            .purge(101)
            .killed()
            .started("eda")
            .webhook("deprovision")
            .gone()
            .rest();
        assert_eq!(
            lines(&story),
            [
                "the operator starts with provider aap",
                "user creates ComputeInstance default/vm1",
                "operator → aap: launch provision default/vm1",
                "aap: provision job 101 launched for default/vm1, pending",
                "aap → operator: 201 to launch provision default/vm1, job 101",
                "operator writes ComputeInstance default/vm1: phase none → Starting, \
                 provisionJob 101 Pending",
                "aap: provision job 101 is running",
                "aap → operator: 200 to poll provision 101, job 101 is running",
                "operator writes ComputeInstance default/vm1: phase Starting → Running, \
                 provisionJob 101 Pending → Succeeded, Ready True (VMReady)",
                "aap → operator: 503 to poll provision 101",
                "aap: provision job 101 is forgotten",
                "the operator is killed by a test",
                "the operator starts again with provider eda",
                "eda: delete-compute-instance for default/vm1 accepted",
                "ComputeInstance default/vm1 is gone, by operator",
                "the world is at rest",
            ]
        );
    }

    #[test]
    fn metadata_and_spec_are_told_too() {
        let story = Story::new()
            .create()
            .finalizers(&["osac.openshift.io/computeinstance"])
            .finalizers(&[])
            .spec(json!({"templateID": "other"}))
            .annotations(json!({"a": "b"}));
        assert_eq!(
            lines(&story)[2..],
            [
                "operator writes ComputeInstance default/vm1: \
                 finalizer osac.openshift.io/computeinstance added",
                "operator writes ComputeInstance default/vm1: \
                 finalizer osac.openshift.io/computeinstance removed",
                "user writes ComputeInstance default/vm1: spec changed",
                "user writes ComputeInstance default/vm1: annotations changed",
            ]
        );
    }

    #[test]
    fn an_excerpt_has_the_last_ten_lines_that_touch_the_object() {
        let mut story = Story::new().create().launch(1, "provision");
        for nth in 0..12 {
            story = story.object("VirtualMachine", "tenant/vm2", json!({"status": {"n": nth}}));
            story = story.status(json!({"phase": format!("p{nth}")}));
        }
        let end = story.events().len() - 1;
        let excerpt = Storyteller::new(story.events()).excerpt(end, "default/vm1");
        assert_eq!(excerpt.len(), LINES_MAX);
        assert!(excerpt[9].text.ends_with("phase p10 → p11"), "{}", excerpt[9].text);
        assert!(excerpt.iter().all(|line| !line.text.contains("vm2")));
    }

    #[test]
    fn a_machine_touches_the_instance_of_its_name() {
        let story = Story::new().create().machine("tenant/vm1", "vm1").machine("tenant/vm2", "vm2");
        let storyteller = Storyteller::new(story.events());
        let end = story.events().len();
        let touched: Vec<bool> =
            (0..end).map(|at| storyteller.touches(at, "default/vm1")).collect();
        assert_eq!(touched, [true, true, true, false]);
    }
}
