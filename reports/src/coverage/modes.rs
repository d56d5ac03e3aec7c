//! The ways in which AAP went wrong, F1–F41, as far as a trace shows them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use trace::{JobSeen, Millis, Reply, Request, Revision, Webhook};

use super::{Meter, Sightings};

/// A job that pends for longer than this is stuck: AAP explains it then.
const STUCK_MS: Millis = 30_000;
/// A cancel that has no effect for longer than this is ignored.
const IGNORED_MS: Millis = 60_000;

/// What is known of AAP's jobs.
#[derive(Debug, Default)]
pub(super) struct Modes<'t> {
    jobs: BTreeMap<i64, Job<'t>>,
    /// Launches since each call was sent are told by the number of launches at its sending.
    launches: usize,
    at_sending: BTreeMap<u64, usize>,
    last_id: Option<i64>,
    /// Jobs that the operator asked to cancel, by id.
    asked: BTreeSet<i64>,
    lookup_failed: bool,
    unavailable: bool,
}

#[derive(Debug)]
struct Job<'t> {
    role: &'t str,
    status: &'t str,
    launched: Millis,
    ran: bool,
    ended: bool,
    cancel: Option<Millis>,
    /// The playbook wrote something since its launch.
    effects: bool,
}

fn see(sightings: &mut Sightings, mode: &'static str) {
    sightings.see(Meter::FailureModes, mode);
}

/// Whether a path asks for what a job printed.
fn is_output(path: &str) -> bool {
    path.contains("/job_events/") || path.contains("/stdout/")
}

/// The count of a list.
fn count(body: Option<&Value>) -> Option<i64> {
    body.and_then(|body| body.get("count")).and_then(Value::as_i64)
}

fn is_end(status: &str) -> bool {
    matches!(status, "successful" | "failed" | "error" | "canceled")
}

impl<'t> Modes<'t> {
    /// A call was sent.
    pub fn request(&mut self, request: &Request) {
        if request.verb == "launch" {
            self.at_sending.insert(request.call, self.launches);
        }
        if request.verb == "cancel" {
            self.asked.extend(request.object.parse::<i64>());
        }
    }

    /// A call to AAP was answered.
    pub fn answer(&mut self, request: &Request, reply: &Reply, sightings: &mut Sightings) {
        let launched = request.verb == "launch"
            && self.at_sending.remove(&request.call).is_some_and(|before| before < self.launches);
        for mode in transport(reply, launched).into_iter().chain(status(request, reply)) {
            see(sightings, mode);
        }
        self.unavailable |= reply.status == Some(503);
        let body = reply.body.as_deref();
        match request.verb.as_str() {
            "launch" => launch(request, reply, sightings),
            "lookup" => self.lookup(request, body, sightings),
            "cancel" => {
                let job = request.object.parse().ok().and_then(|id: i64| self.jobs.get(&id));
                let ended = job.is_some_and(|job| job.ended);
                match reply.status {
                    Some(405 | 403) if ended => see(sightings, "F30"),
                    Some(403) => see(sightings, "F31"),
                    _ => {}
                }
            }
            _ if is_output(&request.path) && count(body) == Some(0) => see(sightings, "F35"),
            _ => {}
        }
    }

    fn lookup(&mut self, request: &Request, body: Option<&Value>, sightings: &mut Sightings) {
        let Some(count) = count(body) else { return };
        if request.about == "job_templates" {
            self.lookup_failed = count == 0;
        } else if request.about == "workflow_job_templates" && count == 0 && self.lookup_failed {
            see(sightings, "F10");
        }
        if count > 1 && request.about.ends_with("job_templates") {
            see(sightings, "F12");
        }
    }

    /// EDA took an event or did not.
    pub fn webhook(webhook: &Webhook, sightings: &mut Sightings) {
        if !webhook.accepted {
            see(sightings, "F36");
        }
    }

    /// A call to EDA was answered.
    pub fn answer_of_eda(reply: &Reply, sightings: &mut Sightings) {
        if !matches!(reply.status, Some(200..300)) {
            see(sightings, "F36");
        }
    }

    /// Somebody wrote an object.
    pub fn revision(&mut self, revision: &Revision, sightings: &mut Sightings) {
        if &*revision.by != "playbook" {
            return;
        }
        let mut active = false;
        for job in self.jobs.values_mut().filter(|job| !job.ended) {
            job.effects = true;
            active = true;
        }
        if !active && !self.jobs.is_empty() {
            see(sightings, "F34");
            if self.jobs.values().any(|job| job.status == "canceled") {
                see(sightings, "F29");
            }
        }
    }

    /// AAP committed a change of a job.
    pub fn job(&mut self, at: Millis, seen: &'t JobSeen, sightings: &mut Sightings) {
        match seen.moment.as_str() {
            "launched" => {
                self.launches += 1;
                let expected = self.last_id.map(|last| last + 1);
                if expected.is_some_and(|id| id != seen.job) {
                    see(sightings, "F37");
                }
                self.last_id = Some(seen.job);
                let job = Job {
                    role: &seen.role,
                    status: &seen.status,
                    launched: at,
                    ran: seen.status == "running",
                    ended: false,
                    cancel: None,
                    effects: false,
                };
                self.jobs.insert(seen.job, job);
            }
            "cancel-requested" => {
                if let Some(job) = self.jobs.get_mut(&seen.job) {
                    job.cancel = job.cancel.or(Some(at));
                }
            }
            "purged" => see(sightings, "F33"),
            "status" => self.status(at, seen, sightings),
            _ => {}
        }
    }

    fn status(&mut self, at: Millis, seen: &'t JobSeen, sightings: &mut Sightings) {
        let (asked, unavailable) = (self.asked.contains(&seen.job), self.unavailable);
        let Some(job) = self.jobs.get_mut(&seen.job) else { return };
        let was = std::mem::replace(&mut job.status, &seen.status);
        let since = at.saturating_sub(job.launched);
        if was == "pending" && since > STUCK_MS {
            see(sightings, "F20");
        }
        if job.ended {
            see(sightings, "F29");
        }
        if was == "running" && seen.status == "pending" {
            see(sightings, "F26");
        }
        if job.cancel.is_some_and(|cancel| at.saturating_sub(cancel) > IGNORED_MS) {
            see(sightings, "F28");
        }
        job.ran |= seen.status == "running";
        if is_end(&seen.status) && !job.ended {
            job.ended = true;
            for mode in end(seen, job, asked, unavailable) {
                see(sightings, mode);
            }
        }
    }
}

/// Modes of a job's end.
fn end(seen: &JobSeen, job: &Job<'_>, asked: bool, unavailable: bool) -> Vec<&'static str> {
    let mut modes = Vec::new();
    let words = seen.explanation.to_lowercase();
    let says = |parts: &[&str]| parts.iter().any(|part| words.contains(part));
    match seen.status.as_str() {
        "canceled" if asked || job.cancel.is_some() => modes.push("F27"),
        _ => {}
    }
    match seen.status.as_str() {
        "canceled" if !asked => modes.push("F32"),
        "error" => modes.push("F23"),
        "failed" if !job.ran => modes.push("F21"),
        "failed" if says(&["timeout"]) => modes.push("F24"),
        "failed" if says(&["reaped", "shutdown", "marked as running"]) => modes.push("F25"),
        "failed" if words.is_empty() && seen.traceback.is_empty() => modes.push("F22"),
        "successful" if job.role == "provision" && !job.effects => modes.push("F34"),
        _ => {}
    }
    if seen.status == "failed" && unavailable && says(&["start up"]) {
        modes.push("F38");
    }
    modes
}

/// Modes that show in how a call ended.
fn transport(reply: &Reply, launched: bool) -> Option<&'static str> {
    let error = reply.error.as_deref()?;
    match error {
        "client gave up" if launched => Some("F2"),
        _ if launched => Some("F3"),
        "connection refused" | "request lost" => Some("F1"),
        _ => None,
    }
}

/// Modes that show in a status.
fn status(request: &Request, reply: &Reply) -> Option<&'static str> {
    let page = |body: &Value| body.as_str().is_some_and(|text| text.trim_start().starts_with('<'));
    match reply.status? {
        200 if reply.body.as_deref().is_some_and(page) => Some("F7"),
        301 | 302 | 303 | 307 | 308 => Some("F6"),
        401 => Some("F8"),
        403 if request.verb == "launch" => Some("F9"),
        403 if request.verb == "poll" => Some("F33"),
        404 if request.verb == "launch" => Some("F11"),
        413 | 415 => Some("F17"),
        429 => Some("F41"),
        500 => Some("F5"),
        502..=504 => Some("F4"),
        _ => None,
    }
}

fn launch(request: &Request, reply: &Reply, sightings: &mut Sightings) {
    let Some(body) = reply.body.as_deref() else { return };
    let workflow = request.path.contains("/workflow_job_templates/");
    let accepted = matches!(reply.status, Some(200..300));
    if accepted && body.pointer("/ignored_fields/extra_vars").is_some() {
        see(sightings, "F15");
    }
    if accepted && workflow && body.get("id").is_some() {
        see(sightings, "F19");
    } else if accepted && body.get("type").and_then(Value::as_str) == Some("workflow_job") {
        see(sightings, "F18");
    }
    if reply.status == Some(400) {
        let text = body.to_string();
        if text.contains("Prompt on Launch") {
            see(sightings, "F15");
        } else if body.get("detail").is_some() {
            see(sightings, "F17");
        } else {
            see(sightings, "F16");
        }
    }
}
