//! What is so, by the word of the servers alone: AAP's jobs, the API server's objects, and what
//! AAP's answers told the operator. One fold over the trace; invariants read it after each event.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use trace::{Change, Event, Happening, JobSeen, Millis, OperatorLife, Reply, Request, Revision};

use super::view::{View, metadata, text};
use crate::tally::is_active;

/// The state of a world at one event.
#[derive(Debug, Default)]
pub(super) struct Ledger<'t> {
    /// AAP's jobs, in the order of their launches.
    pub jobs: Vec<Job<'t>>,
    /// The latest job of an id.
    by_id: BTreeMap<i64, usize>,
    /// ComputeInstances, in the order of their creation, also those that are gone.
    pub instances: Vec<Instance<'t>>,
    by_uid: BTreeMap<&'t str, usize>,
    /// Objects that are there, by cluster, kind and name.
    objects: BTreeMap<(&'t str, &'t str, &'t str), &'t Value>,
    /// Calls that have no answer yet.
    open: BTreeMap<u64, &'t Request>,
    /// The provider that the operator runs with.
    pub provider: &'t str,
    /// The operator runs.
    pub operator_lives: bool,
}

/// A job, as AAP has it.
#[derive(Debug)]
pub(super) struct Job<'t> {
    /// AAP's number.
    pub id: i64,
    /// What its template is for.
    pub role: &'t str,
    /// UID of the object it was launched for; empty if nobody can tell.
    pub uid: &'t str,
    /// That object, `namespace/name`.
    pub object: &'t str,
    /// Number of the event of its launch.
    pub launched: usize,
    /// Time of its launch.
    pub launched_at: Millis,
    /// What it was launched with.
    pub variables: Option<&'t Value>,
    /// Its status now.
    pub status: &'t str,
    /// The first status that was an end.
    pub ended: Option<&'t str>,
    /// It was successful once.
    pub succeeded: bool,
    /// AAP forgot it.
    pub purged: bool,
    /// The last status that an answer told the operator.
    told: Option<&'t str>,
    /// The first status that was an end and that an answer told the operator.
    pub told_end: Option<&'t str>,
    /// An answer named its id to the operator.
    pub named: bool,
    /// Polls that were answered with 404.
    absent: u32,
    /// Polls since its last change that told no status.
    pub untold: u32,
}

/// A ComputeInstance, as the API server has it.
#[derive(Debug)]
pub(super) struct Instance<'t> {
    /// UID.
    pub uid: &'t str,
    /// `namespace/name`.
    pub object: &'t str,
    /// Its latest revision.
    pub view: View<'t>,
    /// It is no longer there.
    pub gone: bool,
    /// Ids of all jobs that its status ever showed.
    pub shown: BTreeSet<&'t str>,
    /// A job stood in its status, or EDA accepted a webhook for it.
    pub called: bool,
    /// Number of the event by which AAP or EDA last accepted a provisioning of it.
    pub accepted: Option<usize>,
}

/// Whether a person writes, or whoever sets up the world for him, and not a part of the system.
pub(super) fn is_a_person(by: &str) -> bool {
    matches!(by, "user" | "setup")
}

/// What an event changed, with what was before.
#[derive(Debug)]
pub(super) enum Sight<'t> {
    /// An object has a new revision.
    Revision {
        /// The event.
        revision: &'t Revision,
        /// The revision before; none if the object is new.
        old: Option<&'t Value>,
        /// For a ComputeInstance: its place in the ledger and its former view.
        instance: Option<(usize, Option<View<'t>>)>,
    },
    /// A job that was launched in this world changed.
    Job {
        /// Its place in the ledger.
        at: usize,
        /// The event.
        seen: &'t JobSeen,
    },
    /// A call was sent.
    Asked(&'t Request),
    /// A call was answered.
    Answered {
        /// The call.
        request: &'t Request,
        /// The answer.
        reply: &'t Reply,
    },
    /// Nothing that the ledger keeps.
    Other,
}

impl Job<'_> {
    /// AAP has not done with it.
    pub fn is_active(&self) -> bool {
        !self.purged && is_active(self.status)
    }

    /// AAP forgot it, or said more than once that there is no such job.
    pub fn has_vanished(&self) -> bool {
        self.purged || self.absent >= 2
    }

    /// It failed or was canceled, by AAP's word or by what AAP told the operator; or it vanished
    /// before the operator could see it succeed.
    pub fn went_wrong(&self) -> bool {
        let bad = |end: Option<&str>| end.is_some_and(|status| status != "successful");
        bad(self.ended) || bad(self.told_end) || (self.has_vanished() && self.told_end.is_none())
    }
}

impl<'t> Ledger<'t> {
    /// An empty ledger; the operator will run with `provider`.
    pub fn new(provider: &'t str) -> Ledger<'t> {
        Ledger { provider, ..Ledger::default() }
    }

    /// Takes in an event and tells what it changed.
    pub fn take(&mut self, index: usize, event: &'t Event) -> Sight<'t> {
        match &event.what {
            Happening::Request(request) => {
                self.open.insert(request.call, request);
                Sight::Asked(request)
            }
            Happening::Reply(reply) => match self.open.remove(&reply.call) {
                Some(request) => {
                    self.answer(request, reply);
                    Sight::Answered { request, reply }
                }
                None => Sight::Other,
            },
            Happening::Revision(revision) => self.revision(revision),
            Happening::Job(seen) => self.job(index, event.at, seen),
            Happening::Webhook(webhook) => {
                if webhook.accepted
                    && let Some(instance) = self.by_uid(&webhook.uid)
                {
                    instance.called = true;
                    if webhook.role == "provision" {
                        instance.accepted = Some(index);
                    }
                }
                Sight::Other
            }
            Happening::Operator(life) => {
                self.operator_lives = matches!(life, OperatorLife::Started { .. });
                if let OperatorLife::Started { provider, .. } = life {
                    self.provider = provider;
                }
                Sight::Other
            }
            Happening::Watch(_)
            | Happening::Fault(_)
            | Happening::Step(_)
            | Happening::Mark { .. }
            | Happening::Log(_)
            | Happening::Rest
            | Happening::Restless { .. }
            | Happening::Truncated { .. } => Sight::Other,
        }
    }

    /// The latest job of an id.
    pub fn job_of(&self, id: &str) -> Option<&Job<'t>> {
        self.jobs.get(*self.by_id.get(&id.parse().ok()?)?)
    }

    /// Jobs that were launched for an object.
    pub fn jobs_for(&self, uid: &str) -> impl DoubleEndedIterator<Item = &Job<'t>> {
        self.jobs.iter().filter(move |job| !uid.is_empty() && job.uid == uid)
    }

    /// The instance of a UID.
    pub fn instance(&self, uid: &str) -> Option<&Instance<'t>> {
        self.instances.get(*self.by_uid.get(uid)?)
    }

    /// Objects of a kind that are there: `namespace/name` and body.
    pub fn objects(&self, kind: &str) -> impl Iterator<Item = (&'t str, &'t Value)> {
        let of_kind = self.objects.iter().filter(move |((_, its, _), _)| *its == kind);
        of_kind.map(|((_, _, object), body)| (*object, *body))
    }

    fn by_uid(&mut self, uid: &str) -> Option<&mut Instance<'t>> {
        self.instances.get_mut(*self.by_uid.get(uid)?)
    }

    fn revision(&mut self, revision: &'t Revision) -> Sight<'t> {
        let key = (&*revision.cluster, revision.kind.as_str(), revision.object.as_str());
        let old = match revision.change {
            Change::Deleted => self.objects.remove(&key),
            Change::Added | Change::Modified => self.objects.insert(key, &revision.body),
        };
        let instance = (revision.kind == "ComputeInstance").then(|| self.instance_at(revision));
        Sight::Revision { revision, old, instance }
    }

    fn instance_at(&mut self, revision: &'t Revision) -> (usize, Option<View<'t>>) {
        let view = View::of(&revision.body);
        let uid = text(metadata(&revision.body, "uid"));
        // an object without a uid is none that a server made; it still is somebody
        let uid = if uid.is_empty() { revision.object.as_str() } else { uid };
        let gone = revision.change == Change::Deleted;
        let at = *self.by_uid.entry(uid).or_insert(self.instances.len());
        let old = match self.instances.get_mut(at) {
            Some(instance) => {
                instance.gone = gone;
                Some(std::mem::replace(&mut instance.view, view))
            }
            None => {
                self.instances.push(Instance {
                    uid,
                    object: &revision.object,
                    view,
                    gone,
                    shown: BTreeSet::new(),
                    called: false,
                    accepted: None,
                });
                None
            }
        };
        if let Some(instance) = self.instances.get_mut(at) {
            instance.shown.extend(instance.view.entries.iter().map(|entry| entry.id));
            instance.called |= instance.view.names_a_job();
        }
        (at, old)
    }

    fn job(&mut self, index: usize, at: Millis, seen: &'t JobSeen) -> Sight<'t> {
        if seen.moment == "launched" {
            self.by_id.insert(seen.job, self.jobs.len());
            self.jobs.push(Job {
                id: seen.job,
                role: &seen.role,
                uid: &seen.uid,
                object: &seen.object,
                launched: index,
                launched_at: at,
                variables: seen.variables.as_deref(),
                status: "",
                ended: None,
                succeeded: false,
                purged: false,
                told: None,
                told_end: None,
                named: false,
                absent: 0,
                untold: 0,
            });
            if seen.role == "provision"
                && let Some(instance) = self.by_uid(&seen.uid)
            {
                instance.accepted = Some(index);
            }
        }
        let Some(place) = self.by_id.get(&seen.job).copied() else { return Sight::Other };
        let Some(job) = self.jobs.get_mut(place) else { return Sight::Other };
        // a moment that is no change of status may come without one
        if !seen.status.is_empty() && job.status != seen.status {
            job.status = &seen.status;
            job.untold = 0;
        }
        job.purged |= seen.moment == "purged";
        if !is_active(job.status) {
            job.ended = job.ended.or(Some(job.status));
            job.succeeded |= job.status == "successful";
        }
        Sight::Job { at: place, seen }
    }

    /// What an answer of AAP told the operator.
    fn answer(&mut self, request: &'t Request, reply: &'t Reply) {
        if &*request.route.to != "aap" || &*request.route.from != "operator" {
            return;
        }
        let well = reply.status.is_some_and(|status| (200..300).contains(&status));
        let body = reply.body.as_deref();
        match request.verb.as_str() {
            "launch" if well => self.launch_answered(request, body),
            "lookup" if well => {
                let rows = body.and_then(|body| body.get("results")).and_then(Value::as_array);
                for row in rows.into_iter().flatten() {
                    let id = row.get("id").and_then(Value::as_i64);
                    self.told(id, row.get("status").and_then(Value::as_str));
                }
            }
            "poll" => {
                let id = request.object.parse().ok();
                let status = body.and_then(|body| body.get("status")).and_then(Value::as_str);
                // an answer about another job tells nothing of this one
                let about = body.and_then(|body| body.get("id")).and_then(Value::as_i64);
                let status = status.filter(|_| about.is_none() || about == id);
                let Some(job) = self.known(id) else { return };
                match reply.status {
                    Some(200) if reply.unchanged => {
                        let told = job.told;
                        self.told(id, told);
                    }
                    Some(200) if status.is_some() => self.told(id, status),
                    Some(404) => {
                        job.absent += 1;
                        job.untold += 1;
                    }
                    Some(_) | None => job.untold += 1,
                }
            }
            _ => {}
        }
    }

    fn launch_answered(&mut self, request: &'t Request, body: Option<&'t Value>) {
        let id = body.and_then(|body| body.get("id")).and_then(Value::as_i64);
        let object = request.object.as_str();
        let living = self.instances.iter().rev().find(|i| !i.gone && i.object == object);
        let uid = living.map_or("", |instance| instance.uid);
        let Some(job) = self.known(id) else { return };
        job.named = true;
        if !job.uid.is_empty() {
            return;
        }
        // its variables got lost on the way: the request tells whom it was for
        (job.uid, job.object) = (uid, object);
        let (role, launched) = (job.role, job.launched);
        if role == "provision"
            && let Some(instance) = self.by_uid(uid)
        {
            instance.accepted = Some(launched);
        }
    }

    fn known(&mut self, id: Option<i64>) -> Option<&mut Job<'t>> {
        self.jobs.get_mut(*self.by_id.get(&id?)?)
    }

    fn told(&mut self, id: Option<i64>, status: Option<&'t str>) {
        let Some(job) = self.known(id) else { return };
        job.named = true;
        job.untold = 0;
        let Some(status) = status else { return };
        job.told = Some(status);
        if !is_active(status) {
            job.told_end = job.told_end.or(Some(status));
        }
    }
}
