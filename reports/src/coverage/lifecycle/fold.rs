//! What each event means for the instances.

use std::collections::BTreeMap;

use serde_json::Value;
use trace::{Change, JobSeen, OperatorLife, Reply, Request, Revision};

use super::life::{Job, Life, annotation, by_a_person, has_finalizer, text};
use crate::coverage::{Meter, Sightings};

/// The lives of all instances of a trace.
#[derive(Debug, Default)]
pub(in crate::coverage) struct Lifecycle<'t> {
    provider: &'t str,
    killed: bool,
    /// By `namespace/name`.
    lives: BTreeMap<&'t str, Life<'t>>,
    /// Tenants that are there, by name.
    tenants: BTreeMap<&'t str, &'t Value>,
    /// The instance and role of each job.
    jobs: BTreeMap<String, (&'t str, &'t str)>,
    /// The latest job that AAP launched for an instance, which no answer has named yet.
    unnamed: BTreeMap<&'t str, i64>,
}

fn see(sightings: &mut Sightings, row: &'static str) {
    sightings.see(Meter::Lifecycle, row);
}

impl<'t> Lifecycle<'t> {
    /// Nothing has happened; the operator will run with `provider`.
    pub fn new(provider: &'t str) -> Lifecycle<'t> {
        Lifecycle { provider, ..Lifecycle::default() }
    }

    /// The operator lives or dies.
    pub fn operator(&mut self, life: &'t OperatorLife, sightings: &mut Sightings) {
        match life {
            OperatorLife::Killed { .. } => self.killed = true,
            OperatorLife::Started { provider, .. } => {
                if std::mem::take(&mut self.killed) && !self.lives.is_empty() {
                    see(sightings, if self.provider == "eda" { "X12" } else { "T30" });
                }
                self.provider = provider;
            }
            OperatorLife::Ended { .. } | OperatorLife::Stopped => {}
        }
    }

    /// AAP committed a change of a job.
    pub fn job(&mut self, seen: &'t JobSeen) {
        if seen.moment == "launched" {
            self.jobs.insert(seen.job.to_string(), (&seen.object, &seen.role));
            self.unnamed.insert(&seen.object, seen.job);
        }
    }

    /// A call of the operator was answered.
    pub fn answer(&mut self, request: &'t Request, reply: &'t Reply, sightings: &mut Sightings) {
        if &*request.route.from != "operator" {
            return;
        }
        match (&*request.route.to, request.verb.as_str()) {
            ("aap", "launch") => self.launch(request, reply, sightings),
            ("aap", "poll") => self.poll(request, reply, sightings),
            ("aap", "cancel") => self.cancel(request, reply, sightings),
            ("eda", _) => self.webhook(request, reply, sightings),
            (_, "update" | "patch") if request.about == "computeinstances/status" => {
                let Some(life) = self.lives.get_mut(request.object.as_str()) else { return };
                match reply.status {
                    Some(409) => life.conflict = true,
                    Some(200..300) if std::mem::take(&mut life.conflict) => see(sightings, "T28"),
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn launch(&mut self, request: &'t Request, reply: &'t Reply, sightings: &mut Sightings) {
        let role = request.about.as_str();
        let Some((object, life)) = self.lives.get_key_value(request.object.as_str()) else {
            return;
        };
        let (object, desired) = (*object, life.desired());
        let unnamed = self.unnamed.remove(object);
        let id = reply.body.as_ref().and_then(|body| body.get("id")).and_then(Value::as_i64);
        let accepted = matches!(reply.status, Some(200..300)) && id.is_some();
        let Some(life) = self.lives.get_mut(object) else { return };
        let Some(id) = id.filter(|_| accepted).or(unnamed) else {
            return see(sightings, if role == "provision" { "T06" } else { "T40" });
        };
        if !accepted {
            see(sightings, "T07");
        }
        life.launched_since_failed = true;
        life.older_waits = false;
        let job = Job { id, version: desired, told: "", cancels: 0, stored: false };
        if role == "provision" {
            for row in provision_launched(life, desired) {
                see(sightings, row);
            }
            life.provision = Some(job);
        } else {
            see(sightings, deprovision_launched(life));
            let entry = life.body.and_then(|body| body.pointer("/status/provisionJob"));
            if text(entry, "id").starts_with("eda-") {
                see(sightings, "X11");
            }
            life.deprovision = Some(job);
        }
    }

    fn poll(&mut self, request: &'t Request, reply: &'t Reply, sightings: &mut Sightings) {
        let Some((object, role)) = self.jobs.get(&request.object).copied() else { return };
        let Some(life) = self.lives.get_mut(object) else { return };
        let (deleting, desired) = (life.deleting, life.desired());
        let Some(job) = life.job_mut(role) else { return };
        if job.id.to_string() != request.object || reply.unchanged {
            return;
        }
        let word = match reply.status {
            Some(200..300) => text(reply.body.as_deref(), "status"),
            Some(404) => "404",
            _ => "",
        };
        let was_active = job.is_active();
        let row = if role == "deprovision" {
            match word {
                "" | "404" => "T45",
                "successful" => "",
                "failed" | "error" | "canceled" => "T44",
                _ => "T42",
            }
        } else if deleting {
            match word {
                "404" => "T33",
                "" => "T36",
                "successful" | "failed" | "error" | "canceled" if !was_active => "",
                "successful" | "failed" | "error" | "canceled" if job.cancels > 0 => "T38",
                "successful" | "failed" | "error" | "canceled" => "T32",
                _ => "",
            }
        } else {
            polled(word, job.version == desired)
        };
        match word {
            "" => {}
            // one 404 proves nothing; a job that is launched after it shows that it was believed
            "404" => job.told = "vanished",
            word => job.told = word,
        }
        if !row.is_empty() {
            see(sightings, row);
        }
    }

    fn cancel(&mut self, request: &'t Request, reply: &'t Reply, sightings: &mut Sightings) {
        let Some((object, role)) = self.jobs.get(&request.object).copied() else { return };
        let Some(life) = self.lives.get_mut(object) else { return };
        if !life.deleting {
            return;
        }
        let Some(job) = life.job_mut(role) else { return };
        let row = match reply.status {
            Some(200..300) => {
                job.cancels += 1;
                if job.cancels == 1 { "T34" } else { "T37" }
            }
            Some(405) => "T35",
            _ => "T36",
        };
        see(sightings, row);
    }

    fn webhook(&mut self, request: &'t Request, reply: &'t Reply, sightings: &mut Sightings) {
        let object = request.object.as_str();
        let only = || self.lives.keys().next().copied().filter(|_| self.lives.len() == 1);
        let Some(object) = self.lives.get_key_value(object).map(|(key, _)| *key).or_else(only)
        else {
            return;
        };
        let Some(life) = self.lives.get_mut(object) else { return };
        let accepted = matches!(reply.status, Some(200..300));
        match (request.about.as_str(), accepted) {
            ("provision", true) => {
                let desired = life.desired();
                let anew = life.eda_made.is_some_and(|version| version != desired);
                see(sightings, if anew { "X6" } else { "X1" });
                life.eda_made = Some(desired);
                life.launched_since_failed = true;
            }
            ("provision", false) => see(sightings, "X3"),
            ("deprovision", true) => {
                if life.playbook_held {
                    see(sightings, "X8");
                }
                life.eda_removing = true;
            }
            _ => {}
        }
    }

    /// The API server committed a revision.
    pub fn revision(&mut self, revision: &'t Revision, sightings: &mut Sightings) {
        match revision.kind.as_str() {
            "ComputeInstance" => self.instance(revision, sightings),
            "Tenant" => {
                let name = revision.object.rsplit('/').next().unwrap_or_default();
                match revision.change {
                    Change::Deleted => self.tenants.remove(name),
                    Change::Added | Change::Modified => self.tenants.insert(name, &revision.body),
                };
            }
            "VirtualMachine" if revision.change == Change::Deleted => {
                let name = revision.object.rsplit('/').next().unwrap_or_default();
                let mut of_it = self.lives.iter().filter(|(object, _)| object.ends_with(name));
                if of_it.any(|(_, life)| !life.deleting) {
                    see(sightings, "T27");
                }
            }
            _ => {}
        }
    }

    fn instance(&mut self, revision: &'t Revision, sightings: &mut Sightings) {
        let object = revision.object.as_str();
        if revision.change == Change::Added {
            self.lives.insert(object, Life::default());
        }
        let Some(life) = self.lives.get_mut(object) else { return };
        let body: &Value = &revision.body;
        let gone = revision.change == Change::Deleted;
        let was = Life { body: life.body, ..Life::default() };
        let (held, playbook_held) = (life.held, life.playbook_held);
        life.body = Some(body);
        life.held = !gone && has_finalizer(body, "/computeinstance");
        life.playbook_held = !gone && has_finalizer(body, "/computeinstance-aap");
        life.note_stored();
        let by_operator = &*revision.by == "operator";
        if life.held && !held && by_operator {
            see(sightings, "T01");
        }
        if !life.deleting && !text(body.get("metadata"), "deletionTimestamp").is_empty() {
            life.deleting = true;
            deletion_begins(life, sightings);
        }
        if held && !life.held && life.deleting {
            released(life, self.provider, playbook_held, sightings);
        } else if gone && life.deleting && was.body.is_some() {
            see(sightings, "T50");
        }
        changed(life, &was, revision, sightings);
        if by_operator && !gone {
            self.written(object, &was, sightings);
        }
        if gone {
            self.lives.remove(object);
        }
    }

    /// The operator wrote an instance.
    fn written(&mut self, object: &'t str, was: &Life<'t>, sightings: &mut Sightings) {
        let Some(life) = self.lives.get_mut(object) else { return };
        let (now, before) = (life.status("phase"), was.status("phase"));
        if now == "Failed" && before != "Failed" {
            life.launched_since_failed = false;
        }
        if before == "Failed" && now == "Starting" && !life.launched_since_failed {
            see(sightings, "T20");
        }
        let machine = |life: &Life<'t>| {
            life.body.is_some_and(|body| body.pointer("/status/virtualMachineReference").is_some())
        };
        if machine(life) && !machine(was) {
            see(sightings, "T26");
        }
        if self.provider == "eda" {
            eda_written(life, sightings);
        }
        let waits = life.provision.is_none() && life.eda_made.is_none() && !life.deleting;
        let tenant = annotation(life.body, "/tenant");
        if waits && !tenant.is_empty() && !life.status("phase").is_empty() {
            let found = self.tenants.get(tenant).copied();
            let ready = found.is_some_and(|tenant| {
                text(tenant.get("status"), "phase") == "Ready"
                    && text(tenant.get("metadata"), "deletionTimestamp").is_empty()
            });
            if !ready {
                life.gated = true;
                see(sightings, if found.is_none() { "T02" } else { "T03" });
            }
        }
    }

    /// The trace has ended.
    pub fn end(&mut self, sightings: &mut Sightings) {
        if self.lives.values().any(|life| life.older_waits && !life.deleting) {
            see(sightings, "T23");
        }
    }
}

/// The rows of an accepted launch, by the job before it.
fn provision_launched(life: &Life<'_>, desired: &str) -> Vec<&'static str> {
    let mut rows = Vec::new();
    if life.gated {
        rows.push("T04");
    }
    match &life.provision {
        None => rows.push("T05"),
        Some(job) if !job.stored => rows.push("T29"),
        Some(job) if job.told == "successful" && job.version != desired => rows.push("T18"),
        Some(job) if job.went_wrong() && job.version != desired => rows.push("T21"),
        Some(job) if job.told == "canceled" => rows.push("T22"),
        Some(job) if job.went_wrong() => rows.push("T19"),
        Some(_) => {}
    }
    rows
}

fn deprovision_launched(life: &Life<'_>) -> &'static str {
    match &life.deprovision {
        None => "T39",
        Some(job) if !job.stored || job.is_active() => "T41",
        Some(_) => "T46",
    }
}

/// The row of a poll of a provision job while the instance is wanted.
fn polled(word: &str, is_current: bool) -> &'static str {
    match word {
        "" => "T14",
        "404" => "T13",
        "pending" => "T09p",
        "waiting" => "T09w",
        "running" => "T09r",
        "successful" | "failed" | "error" | "canceled" if !is_current => "T16",
        "successful" => "T10",
        "failed" | "error" => "T11",
        "canceled" => "T12",
        _ => "T09u",
    }
}

fn deletion_begins(life: &Life<'_>, sightings: &mut Sightings) {
    if life.management() == "unmanaged" {
        see(sightings, "T49");
    }
    if life.held && life.provision.as_ref().is_none_or(|job| !job.is_active()) {
        see(sightings, "T31");
    }
}

/// The operator's finalizer is gone from an instance that is deleted.
fn released(life: &Life<'_>, provider: &str, playbook_held: bool, sightings: &mut Sightings) {
    if life.management() == "manual" {
        see(sightings, "T48");
    }
    if life.deprovision.as_ref().is_some_and(|job| job.told == "successful") {
        see(sightings, "T43");
    }
    if provider == "eda" && life.eda_removing {
        see(sightings, "X10");
    } else if provider == "eda" && !playbook_held {
        see(sightings, "X7");
    }
}

/// What changed in an instance, whoever changed it.
fn changed<'t>(
    life: &mut Life<'t>,
    was: &Life<'t>,
    revision: &Revision,
    sightings: &mut Sightings,
) {
    let Some(before) = was.body else { return };
    let (now, former) = (life.management(), was.management());
    if now != former {
        see(sightings, if now.is_empty() { "T25" } else { "T24" });
    }
    let body: &Value = &revision.body;
    let spec_changed = body.get("spec") != before.get("spec");
    if by_a_person(revision) && life.deleting && life.deprovision.is_some() {
        let labels = "/metadata/labels";
        if spec_changed || body.pointer(labels) != before.pointer(labels) {
            see(sightings, "T47");
        }
    }
    if spec_changed && !life.deleting {
        life.older_waits |= was.is_older() && life.provision.is_none();
        match &life.provision {
            Some(job) if job.is_active() => see(sightings, "T15"),
            Some(job) if job.told == "successful" => see(sightings, "T17"),
            _ => {}
        }
    }
    let version = "/reconciled-config-version";
    let annotated = annotation(Some(body), version);
    if annotated != annotation(Some(before), version)
        && !annotated.is_empty()
        && life.eda_made.is_some()
        && annotated == life.desired()
    {
        see(sightings, "X5");
    }
}

/// What the operator says of an instance under EDA.
fn eda_written(life: &Life<'_>, sightings: &mut Sightings) {
    let status = life.body.and_then(|body| body.get("status"));
    let conditions = status.and_then(|status| status.get("conditions")).and_then(Value::as_array);
    let limited = |condition: &Value| text(Some(condition), "reason") == "RateLimited";
    if conditions.is_some_and(|all| all.iter().any(limited)) {
        see(sightings, "X2");
    }
    let state = text(status.and_then(|status| status.get("provisionJob")), "state");
    if life.eda_made.is_some() && !life.deleting && matches!(state, "Running" | "Unknown") {
        see(sightings, "X4");
    }
    if life.eda_removing && life.playbook_held {
        see(sightings, "X9");
    }
}
