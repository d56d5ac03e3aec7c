//! How long an instance took, by the word of the servers: one definition for whoever judges and
//! whoever reports.
//!
//! * *provision* begins when the instance is created. It ends with the first revision in which the
//!   operator itself says that the instance is `Running` and that what made it has ended well: its
//!   provision job is `Succeeded`, or the reconciled version is the desired one.
//! * *deprovision* begins with the first revision that is marked for deletion and ends when the
//!   object is gone.
//! * *total* is the sum of the two, for an instance that went through both.
//!
//! So a latency is what a user of the object waits for: it holds AAP's time, the operator's own,
//! and the time until the operator's next poll. Only the first provisioning of an instance counts.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Change, Event, Happening, Millis, OperatorLife, Revision};

/// What took time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// From creation to running.
    Provision,
    /// From the wish for deletion to its end.
    Deprovision,
    /// Both together.
    Total,
}

/// One measurement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Latency {
    /// What took time.
    pub stage: Stage,
    /// The instance, `namespace/name`.
    pub object: String,
    /// The provider that the operator ran with when it began.
    pub provider: String,
    /// How long it took.
    pub took: Millis,
}

/// Measures while a trace is read.
#[derive(Debug)]
pub struct Stopwatch<'t> {
    provider: &'t str,
    /// Instances that are there, by UID.
    instances: BTreeMap<&'t str, Instance<'t>>,
    /// What has ended.
    samples: Vec<Latency>,
}

#[derive(Debug)]
struct Instance<'t> {
    object: &'t str,
    /// When it was created and under which provider; none once it is provisioned.
    created: Option<(Millis, &'t str)>,
    provisioned: Option<Millis>,
    /// When its deletion was asked for, and under which provider.
    deleting: Option<(Millis, &'t str)>,
}

impl Stage {
    /// All of them.
    pub const ALL: [Stage; 3] = [Stage::Provision, Stage::Deprovision, Stage::Total];

    /// Its word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Stage::Provision => "provision",
            Stage::Deprovision => "deprovision",
            Stage::Total => "total",
        }
    }
}

impl<'t> Stopwatch<'t> {
    /// Nothing has begun; the operator will run with `provider`.
    pub fn new(provider: &'t str) -> Stopwatch<'t> {
        Stopwatch { provider, instances: BTreeMap::new(), samples: Vec::new() }
    }

    /// Takes in the next event.
    pub fn take(&mut self, event: &'t Event) {
        match &event.what {
            Happening::Revision(revision) if revision.kind == "ComputeInstance" => {
                self.revision(event.at, revision);
            }
            Happening::Operator(OperatorLife::Started { provider, .. }) => self.provider = provider,
            _ => {}
        }
    }

    /// What has ended so far, in the order of its end.
    pub fn samples(&self) -> &[Latency] {
        &self.samples
    }

    /// What has ended.
    pub fn into_samples(self) -> Vec<Latency> {
        self.samples
    }

    /// What has begun and not ended: how long it has taken at this moment.
    pub fn unfinished(&self, now: Millis) -> Vec<Latency> {
        let mut open = Vec::new();
        for instance in self.instances.values() {
            let stages =
                [(Stage::Provision, instance.created), (Stage::Deprovision, instance.deleting)];
            for (stage, began) in stages {
                // once it is to be deleted, nobody waits for it to run
                let waited = stage == Stage::Deprovision || instance.deleting.is_none();
                if let Some((at, provider)) = began.filter(|_| waited) {
                    open.push(latency(stage, instance.object, provider, now.saturating_sub(at)));
                }
            }
        }
        open
    }

    fn revision(&mut self, at: Millis, revision: &'t Revision) {
        let body: &Value = &revision.body;
        let metadata = body.get("metadata");
        let uid = text(metadata, "uid");
        // an object without a UID is none that a server made; it still is somebody
        let uid = if uid.is_empty() { revision.object.as_str() } else { uid };
        if revision.change == Change::Deleted {
            if let Some(instance) = self.instances.remove(uid) {
                self.gone(at, &instance);
            }
            return;
        }
        let provider = self.provider;
        let instance = self.instances.entry(uid).or_insert_with(|| Instance {
            object: &revision.object,
            created: (revision.change == Change::Added).then_some((at, provider)),
            provisioned: None,
            deleting: None,
        });
        if instance.deleting.is_none() && !text(metadata, "deletionTimestamp").is_empty() {
            instance.deleting = Some((at, provider));
        }
        let Some((began, provider)) = instance.created else { return };
        if instance.deleting.is_none() && is_provisioned(body.get("status")) {
            instance.created = None;
            instance.provisioned = Some(at.saturating_sub(began));
            let took = at.saturating_sub(began);
            self.samples.push(latency(Stage::Provision, instance.object, provider, took));
        }
    }

    fn gone(&mut self, at: Millis, instance: &Instance<'t>) {
        let Some((began, provider)) = instance.deleting else { return };
        let took = at.saturating_sub(began);
        self.samples.push(latency(Stage::Deprovision, instance.object, provider, took));
        if let Some(provisioned) = instance.provisioned {
            let total = provisioned.saturating_add(took);
            self.samples.push(latency(Stage::Total, instance.object, provider, total));
        }
    }
}

fn latency(stage: Stage, object: &str, provider: &str, took: Millis) -> Latency {
    Latency { stage, object: object.to_owned(), provider: provider.to_owned(), took }
}

/// Whether a status says that the instance runs and that what made it has ended well, in the form
/// of any version of the operator.
fn is_provisioned(status: Option<&Value>) -> bool {
    if text(status, "phase") != "Running" {
        return false;
    }
    let desired = text(status, "desiredConfigVersion");
    let reconciled = text(status, "reconciledConfigVersion");
    (!desired.is_empty() && desired == reconciled) || provision_state(status) == "Succeeded"
}

/// The state of the latest provision job: one of its own, the last of a list, or a flat field.
fn provision_state(status: Option<&Value>) -> &str {
    let field = |name| status.and_then(|status| status.get(name));
    if let Some(job) = field("provisionJob") {
        return text(Some(job), "state");
    }
    let jobs = field("provisioningJobs").or_else(|| field("jobs")).and_then(Value::as_array);
    let of_kind = |job: &&Value| text(Some(job), "type") == "provision";
    match jobs.and_then(|jobs| jobs.iter().rev().find(of_kind)) {
        Some(job) => text(Some(job), "state"),
        None => text(status, "provisionJobState"),
    }
}

fn text<'t>(value: Option<&'t Value>, field: &str) -> &'t str {
    value.and_then(|value| value.get(field)).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn revision(at: Millis, change: Change, uid: &str, body: &Value) -> Event {
        let mut body = body.clone();
        body["metadata"]["uid"] = uid.into();
        Event {
            at,
            what: Happening::Revision(Revision {
                cluster: "kube".into(),
                by: "operator".into(),
                change,
                kind: "ComputeInstance".into(),
                object: "ns/vm1".into(),
                revision: at,
                body: body.into(),
                written: crate::Written::default(),
            }),
        }
    }

    fn started(at: Millis, provider: &str) -> Event {
        let life = OperatorLife::Started { nth: 1, provider: provider.into() };
        Event { at, what: Happening::Operator(life) }
    }

    type Ended = (Stage, String, Millis);

    fn measured(events: &[Event]) -> (Vec<Ended>, Vec<(Stage, Millis)>) {
        let mut stopwatch = Stopwatch::new("aap");
        events.iter().for_each(|event| stopwatch.take(event));
        let open = stopwatch.unfinished(1_000);
        let open = open.iter().map(|one| (one.stage, one.took)).collect();
        let samples = stopwatch.into_samples().into_iter();
        (samples.map(|one| (one.stage, one.provider, one.took)).collect(), open)
    }

    fn running(state: &str) -> Value {
        json!({"status": {"phase": "Running", "provisionJob": {"state": state}}})
    }

    #[test]
    fn a_life_gives_provision_deprovision_and_their_sum() {
        let deleting = json!({"metadata": {"deletionTimestamp": "2026"}});
        let (samples, open) = measured(&[
            revision(10, Change::Added, "u", &json!({})),
            revision(45, Change::Modified, "u", &running("Running")),
            revision(181, Change::Modified, "u", &running("Succeeded")),
            revision(190, Change::Modified, "u", &running("Succeeded")),
            started(195, "eda"),
            revision(200, Change::Modified, "u", &deleting),
            revision(220, Change::Modified, "u", &deleting),
            revision(304, Change::Deleted, "u", &deleting),
        ]);
        let expected = [
            (Stage::Provision, "aap".to_owned(), 171),
            (Stage::Deprovision, "eda".to_owned(), 104),
            (Stage::Total, "eda".to_owned(), 275),
        ];
        assert_eq!((samples.as_slice(), open.as_slice()), (expected.as_slice(), [].as_slice()));
    }

    fn versions(desired: &str, reconciled: &str) -> Value {
        let mut status = json!({"phase": "Running", "desiredConfigVersion": desired});
        status["reconciledConfigVersion"] = reconciled.into();
        status
    }

    #[test]
    fn every_shape_of_a_status_is_read() {
        let shapes = [
            (json!({"phase": "Running", "provisionJob": {"state": "Succeeded"}}), true),
            (json!({"phase": "Starting", "provisionJob": {"state": "Succeeded"}}), false),
            (json!({"phase": "Running", "provisionJobState": "Succeeded"}), true),
            (json!({"phase": "Running", "desiredConfigVersion": ""}), false),
            (versions("a", "a"), true),
            (versions("b", "a"), false),
        ];
        for (status, expected) in shapes {
            assert_eq!(is_provisioned(Some(&status)), expected, "{status}");
        }
        for list in ["jobs", "provisioningJobs"] {
            let job = |kind: &str, state: &str| json!({"type": kind, "state": state});
            let jobs = vec![
                job("provision", "Failed"),
                job("provision", "Succeeded"),
                job("deprovision", "Running"),
            ];
            assert!(is_provisioned(Some(&json!({"phase": "Running", list: jobs}))));
        }
    }

    #[test]
    fn what_has_not_ended_is_told_with_the_time_so_far() {
        let deleting = json!({"metadata": {"deletionTimestamp": "2026"}});
        let (samples, open) = measured(&[
            revision(100, Change::Added, "one", &json!({})),
            revision(200, Change::Added, "two", &json!({})),
            revision(300, Change::Modified, "two", &deleting),
        ]);
        assert_eq!(samples, []);
        assert_eq!(open, [(Stage::Provision, 900), (Stage::Deprovision, 700)]);
    }

    #[test]
    fn an_object_that_was_there_before_the_trace_has_no_provision() {
        let (samples, _) = measured(&[revision(5, Change::Modified, "u", &running("Succeeded"))]);
        assert_eq!(samples, []);
    }
}
