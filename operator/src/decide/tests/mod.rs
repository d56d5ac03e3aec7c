//! Decisions, tested on a desk: effects on the object are applied at once, calls to the provider
//! are answered by hand.

mod deletion;
mod eda;
mod launching;
mod surroundings;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::{Effect, Limits, Machine, MachineInstance, Observed, TenantView, decide};
use crate::api::{
    ComputeInstance, ComputeInstanceSpec, ComputeInstanceStatus, JobKind, JobState, JobType,
    LaunchIntent, Provider, names,
};
use crate::memory::{Canceled, LaunchFailures, Launched, LookedUp, Memory, Polled, Searched};
use crate::policy::{Policy, Standard};
use crate::provider::{
    CancelReply, JobRef, LaunchReply, LookUpReply, PollReply, SearchReply, SeenJob, Trouble,
    TroubleKind,
};
use crate::settings::Settings;

/// An object, its surroundings, and a clock that only the test moves.
pub struct Desk {
    pub seen: Observed,
    pub limits: Limits,
    pub policy: Box<dyn Policy>,
    pub now: Timestamp,
    /// All marks so far.
    pub marks: Vec<&'static str>,
    /// How often the status was written.
    pub writes: u32,
}

impl Desk {
    /// An instance with a finalizer, of a tenant that is ready.
    pub fn new() -> Self {
        let spec = ComputeInstanceSpec { template_id: "t".into(), ..Default::default() };
        let mut instance = ComputeInstance::new("vm1", spec);
        instance.metadata.namespace = Some("ci".into());
        instance.metadata.uid = Some("uid-1".into());
        instance.metadata.finalizers = Some(vec![names::FINALIZER.into()]);
        let tenant = (names::TENANT_ANNOTATION.to_owned(), "t1".to_owned());
        instance.metadata.annotations = Some([tenant].into());
        let seen = Observed {
            instance,
            fresh: false,
            tenant: Some(TenantView {
                phase: "Ready".into(),
                namespace: Some("t1".into()),
                terminating: false,
            }),
            machine: None,
            machine_instance: None,
            memory: Memory::default(),
            provider_not_before: None,
        };
        Self {
            seen,
            limits: Limits::from(&Settings::default()),
            policy: Box::new(Standard),
            now: "2026-02-08T10:00:00Z".parse().unwrap(),
            marks: Vec::new(),
            writes: 0,
        }
    }

    pub fn eda() -> Self {
        let mut desk = Self::new();
        desk.limits.provider = Provider::Eda;
        desk
    }

    /// Decides until something is to be done that the test must answer: gives just that.
    pub fn turn(&mut self) -> Effect {
        for _ in 0..20 {
            let effects = decide(&self.seen, &self.limits, self.policy.as_ref(), self.now);
            assert_eq!(
                effects,
                decide(&self.seen, &self.limits, self.policy.as_ref(), self.now),
                "a decision depends on what was observed and on nothing else"
            );
            for effect in effects {
                match effect {
                    Effect::WriteStatus(status) => {
                        self.writes += 1;
                        self.seen.instance.status = Some(*status);
                        self.seen.fresh = true;
                    }
                    Effect::Mark(mark) => self.marks.push(mark),
                    Effect::Refresh => self.seen.fresh = true,
                    Effect::AddFinalizer => {
                        let finalizers = &mut self.seen.instance.metadata.finalizers;
                        finalizers.get_or_insert_default().push(names::FINALIZER.into());
                    }
                    other => {
                        self.check_rest(&other);
                        return other;
                    }
                }
            }
        }
        panic!("no rest after 20 decisions; marks: {:?}", self.marks);
    }

    /// Whoever waits is woken by its own writes, and must find nothing to write then.
    fn check_rest(&mut self, effect: &Effect) {
        if !matches!(effect, Effect::Wait(_)) {
            return;
        }
        let fresh = std::mem::replace(&mut self.seen.fresh, false);
        let effects = decide(&self.seen, &self.limits, self.policy.as_ref(), self.now);
        let rests = effects.iter().all(|effect| {
            matches!(effect, Effect::Wait(_) | Effect::Refresh | Effect::Mark("unmanaged-ignored"))
        });
        assert!(rests, "a wake without news: {effects:?}");
        self.seen.fresh = fresh;
    }

    /// A later reconciliation: the object comes from the cache again.
    pub fn later(&mut self, seconds: u64) -> Effect {
        self.pass(seconds);
        self.seen.fresh = false;
        self.turn()
    }

    pub fn pass(&mut self, seconds: u64) {
        self.now += SignedDuration::from_secs(i64::try_from(seconds).unwrap());
    }

    pub fn status(&self) -> ComputeInstanceStatus {
        self.seen.instance.status.clone().unwrap_or_default()
    }

    /// The reason of a condition, and whether the condition is True.
    pub fn condition(&self, name: &str) -> (String, bool) {
        self.status()
            .conditions
            .into_iter()
            .find(|condition| condition.condition_type == name)
            .map(|found| (found.reason, found.status == crate::api::ConditionStatus::True))
            .unwrap_or_default()
    }

    pub fn job_state(&self, job_type: JobType) -> Option<JobState> {
        self.status().job(job_type).map(|job| job.state)
    }

    /// The next step must be a launch of this type; it gets this answer.
    pub fn answer_launch(&mut self, job_type: JobType, reply: LaunchReply) {
        let Effect::Launch(intent) = self.turn() else { panic!("expected a launch") };
        assert_eq!(intent.job_type, job_type);
        self.launched(intent, reply);
    }

    pub fn launched(&mut self, intent: LaunchIntent, reply: LaunchReply) {
        let failures = &mut self.seen.memory.launch_failures;
        match &reply {
            LaunchReply::Accepted { .. } => *failures = LaunchFailures::default(),
            LaunchReply::Refused(trouble) | LaunchReply::Unknown(trouble) => {
                failures.count += 1;
                failures.last = Some((self.now, trouble.clone()));
            }
        }
        self.seen.memory.launched = Some(Launched { intent, at: self.now, reply });
    }

    pub fn accept_launch(&mut self, job_type: JobType, id: &str) {
        self.answer_launch(job_type, accepted(id));
    }

    /// The next step must be a poll of this job; it gets this answer.
    pub fn answer_poll(&mut self, id: &str, reply: PollReply) {
        let Effect::Poll(job) = self.turn() else { panic!("expected a poll of {id}") };
        assert_eq!(job.id, id);
        let absent = match (&reply, &self.seen.memory.polled) {
            (PollReply::Absent, Some(polled)) if polled.id == id => polled.absent + 1,
            (PollReply::Absent, _) => 1,
            _ => 0,
        };
        if let Some(canceled) = self.seen.memory.canceled.as_mut() {
            canceled.polls_since += 1;
        }
        self.seen.memory.polled = Some(Polled { id: id.into(), at: self.now, absent, reply });
    }

    pub fn answer_cancel(&mut self, id: &str, reply: CancelReply) {
        let Effect::Cancel(job) = self.turn() else { panic!("expected a cancel of {id}") };
        assert_eq!(job.id, id);
        let count = self.seen.memory.canceled.as_ref().map_or(0, |asked| asked.count) + 1;
        let at = self.now;
        self.seen.memory.canceled = Some(Canceled { job, at, count, polls_since: 0, reply });
    }

    pub fn answer_look_up(&mut self, reply: LookUpReply) {
        let Effect::LookUp(intent) = self.turn() else { panic!("expected a look-up") };
        self.seen.memory.looked_up = Some(LookedUp { intent, at: self.now, reply });
    }

    pub fn answer_search(&mut self, found: Vec<SeenJob>) {
        assert_eq!(self.turn(), Effect::Search(JobType::Provision));
        let reply = SearchReply::Active(found);
        self.seen.memory.searched = Some(Searched { at: self.now, reply });
    }

    pub fn delete(&mut self) {
        self.seen.instance.metadata.deletion_timestamp = Some(Time(self.now));
    }

    pub fn annotate(&mut self, name: &str, value: &str) {
        let annotations = self.seen.instance.metadata.annotations.get_or_insert_default();
        annotations.insert(name.into(), value.into());
    }

    pub fn change_spec(&mut self, parameters: &str) {
        self.seen.instance.spec.template_parameters = Some(parameters.into());
    }

    pub fn machine(&mut self, printable_status: &str) {
        self.seen.machine = Some(Machine {
            name: "vm1".into(),
            namespace: "t1".into(),
            created: Some(self.now),
            printable_status: printable_status.into(),
            ready: printable_status == "Running",
        });
    }

    pub fn machine_instance(&mut self, uid: &str, running: bool) {
        self.seen.machine_instance = Some(MachineInstance {
            name: "vm1".into(),
            namespace: "t1".into(),
            uid: uid.into(),
            created: Some(self.now),
            running,
            terminating: false,
        });
    }

    /// Brings a new desk to a succeeded provision job and a running machine.
    pub fn running() -> Self {
        let mut desk = Self::new();
        desk.accept_launch(JobType::Provision, "7");
        desk.turn();
        desk.machine("Running");
        desk.machine_instance("vmi-1", true);
        desk.pass(30);
        desk.answer_poll("7", seen("7", JobState::Succeeded));
        assert_eq!(desk.turn(), Effect::Wait(None));
        desk
    }
}

pub fn job(id: &str, state: JobState) -> SeenJob {
    SeenJob {
        id: id.into(),
        kind: Some(JobKind::Job),
        state,
        message: String::new(),
        finished_at: None,
    }
}

pub fn accepted(id: &str) -> LaunchReply {
    LaunchReply::Accepted { job: job(id, JobState::Pending), variables_ignored: false }
}

pub fn refused(kind: TroubleKind) -> LaunchReply {
    LaunchReply::Refused(Trouble::new(kind))
}

pub fn seen(id: &str, state: JobState) -> PollReply {
    PollReply::Seen(job(id, state))
}

pub fn wait(seconds: u64) -> Effect {
    Effect::Wait(Some(Duration::from_secs(seconds)))
}

pub fn poll(id: &str) -> Effect {
    Effect::Poll(JobRef { id: id.into(), kind: Some(JobKind::Job) })
}
