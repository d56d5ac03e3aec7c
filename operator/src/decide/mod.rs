//! What to do about one ComputeInstance: a pure function of what was observed.
//!
//! [`decide`] first brings the status up to what is known (answers of the provider, the virtual
//! machine, the tenant), then chooses the next step, and gives both as effects. Whoever performs
//! them observes what came of it and asks again, until there is nothing left but to wait. The same
//! observation always gives the same effects, and performing them brings the next decision nearer
//! to rest: no effect undoes another.
//!
//! One file per concern; [`Turn`] is what they share.

mod backoff;
mod conditions;
mod deprovision;
mod eda;
mod intent;
mod jobs;
mod observed;
mod older;
mod phase;
mod provision;
mod restart;
mod tenant;
mod version;

use std::time::Duration;

use jiff::Timestamp;

use crate::api::{ComputeInstanceStatus, JobType, LaunchIntent, Provider};
use crate::policy::{Management, Policy};
use crate::provider::JobRef;
use crate::settings::Settings;

pub use observed::{Machine, MachineInstance, Observed, TenantView};
pub use version::config_version;

/// The settings that decisions depend on.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Who runs the playbooks.
    pub provider: Provider,
    /// How often a job is asked for.
    pub poll_interval: Duration,
    /// How many former jobs a status keeps.
    pub history_limit: usize,
    /// Wait after a job's first failure, and the longest such wait.
    pub job_retry: (Duration, Duration),
    /// Wait after the first refused launch, and the longest such wait.
    pub launch_retry: (Duration, Duration),
    /// How long after a launch without an answer its job may still appear.
    pub look_up_window: Duration,
    /// How long after an accepted create webhook its playbook may still start.
    pub eda_start_grace: Duration,
}

impl From<&Settings> for Limits {
    fn from(settings: &Settings) -> Self {
        Self {
            provider: settings.provider,
            poll_interval: settings.poll_interval,
            history_limit: settings.history_limit,
            job_retry: (settings.job_retry_base, settings.job_retry_cap),
            launch_retry: (settings.launch_retry_base, settings.launch_retry_cap),
            look_up_window: settings.look_up_window,
            eda_start_grace: settings.eda_start_grace,
        }
    }
}

/// Something to do. Performed in order; when one cannot be done, those behind it are dropped.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Read the object again, past the cache.
    Refresh,
    /// Put the operator's finalizer on the object.
    AddFinalizer,
    /// Take it off: the object may go.
    RemoveFinalizer,
    /// Replace the status, under the resourceVersion that was decided on.
    WriteStatus(Box<ComputeInstanceStatus>),
    /// Say that a branch was taken.
    Mark(&'static str),
    /// Launch a job.
    Launch(LaunchIntent),
    /// Ask for a job.
    Poll(JobRef),
    /// Look for the job of an open intent.
    LookUp(LaunchIntent),
    /// List the active jobs of a type that AAP has for this object.
    Search(JobType),
    /// Cancel a job.
    Cancel(JobRef),
    /// Delete a virtual machine instance, if it is still the one with this uid.
    DeleteMachineInstance {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Its uid.
        uid: String,
    },
    /// Nothing more to do now; look again after this time, or (none) when something changes.
    Wait(Option<Duration>),
}

/// What to do about the observed object now.
pub fn decide(
    seen: &Observed,
    limits: &Limits,
    policy: &dyn Policy,
    now: Timestamp,
) -> Vec<Effect> {
    let deleting = seen.deletion().is_some();
    let management = policy.management(seen.management());
    if !seen.has_finalizer() && deleting {
        return vec![Effect::Wait(None)];
    }
    if management == Management::Unmanaged && !deleting {
        return vec![Effect::Mark("unmanaged-ignored"), Effect::Wait(None)];
    }
    if !seen.has_finalizer() {
        return vec![Effect::AddFinalizer, Effect::Mark("finalizer-added")];
    }
    let mut turn = Turn::new(seen, limits, policy, now, management);
    older::adopt(&mut turn);
    tenant::note(&mut turn);
    turn.status.desired_config_version = Some(turn.wanted.clone());
    intent::settle(&mut turn);
    if turn.status.launch_intent.is_some() && !seen.fresh {
        // What the cache shows as open may be stored by now: nothing is decided upon it.
        return vec![Effect::Refresh];
    }
    jobs::settle(&mut turn);
    match limits.provider {
        Provider::Aap => {}
        Provider::Eda => eda::settle(&mut turn),
    }
    version::reconcile(&mut turn);
    if deleting {
        deprovision::next(&mut turn);
    } else {
        provision::next(&mut turn);
    }
    restart::next(&mut turn);
    phase::settle(&mut turn);
    conditions::settle(&mut turn);
    turn.finish()
}

/// Why something is not going on: a stable word, and a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Obstacle {
    reason: &'static str,
    message: String,
}

/// One decision in the making.
struct Turn<'a> {
    seen: &'a Observed,
    limits: &'a Limits,
    policy: &'a dyn Policy,
    now: Timestamp,
    management: Management,
    /// The version that the spec asks for.
    wanted: String,
    /// The status as it should be.
    status: ComputeInstanceStatus,
    /// A job was taken into the status in this turn.
    accepted: bool,
    /// What keeps the instance from its goal.
    obstacle: Option<Obstacle>,
    /// Deletion has nothing more to wait for: why.
    released: Option<Obstacle>,
    marks: Vec<&'static str>,
    steps: Vec<Effect>,
    wake: Option<Timestamp>,
}

impl<'a> Turn<'a> {
    fn new(
        seen: &'a Observed,
        limits: &'a Limits,
        policy: &'a dyn Policy,
        now: Timestamp,
        management: Management,
    ) -> Self {
        Self {
            seen,
            limits,
            policy,
            now,
            management,
            wanted: config_version(&seen.instance.spec),
            status: seen.instance.status.clone().unwrap_or_default(),
            accepted: false,
            obstacle: None,
            released: None,
            marks: Vec::new(),
            steps: Vec::new(),
            wake: None,
        }
    }

    /// Notes that a branch is taken.
    fn mark(&mut self, mark: &'static str) {
        self.marks.push(mark);
    }

    fn step(&mut self, effect: Effect) {
        self.steps.push(effect);
    }

    /// Asks to be woken at `at`, or before.
    fn wake_at(&mut self, at: Timestamp) {
        self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
    }

    /// Says what is in the way. The first thing said counts.
    fn blocked(&mut self, reason: &'static str, message: impl Into<String>) {
        if self.obstacle.is_none() {
            self.obstacle = Some(Obstacle { reason, message: message.into() });
        }
    }

    /// The version that the spec asks for.
    fn desired(&self) -> String {
        self.status.desired_config_version.clone().unwrap_or_default()
    }

    /// `at`, or the end of a wait that the provider asked for, whichever is later.
    fn when_allowed(&self, at: Timestamp) -> Timestamp {
        self.seen.provider_not_before.map_or(at, |not_before| not_before.max(at))
    }

    /// Takes a step that talks to the provider, at `due` or as soon as the provider may be asked.
    /// Gives true if that is now.
    fn step_at(&mut self, due: Timestamp, effect: Effect) -> bool {
        let due = self.when_allowed(due);
        if due <= self.now {
            self.step(effect);
            true
        } else {
            self.wake_at(due);
            false
        }
    }

    /// Status, marks and steps in the order in which they must happen.
    fn finish(self) -> Vec<Effect> {
        let mut effects = Vec::new();
        let mut steps = self.steps;
        // A launch that is not written down does not wait for what is.
        let intent = self.status.launch_intent.as_ref();
        let blind = |step: &Effect| matches!(step, Effect::Launch(own) if intent != Some(own));
        if steps.iter().any(blind) {
            effects.append(&mut steps);
        }
        let skips_end = self.released.is_some() && !self.policy.stores_end_before_finalizer_goes();
        let unchanged = skips_end
            || match &self.seen.instance.status {
                Some(written) => self.status == *written,
                None => self.status == ComputeInstanceStatus::default(),
            };
        if !unchanged {
            effects.push(Effect::WriteStatus(Box::new(self.status)));
        }
        if !unchanged || !steps.is_empty() || !effects.is_empty() {
            effects.extend(self.marks.into_iter().map(Effect::Mark));
        }
        effects.extend(steps);
        if effects.is_empty() {
            let wait = self.wake.map(|wake| {
                Duration::try_from(wake.duration_since(self.now)).unwrap_or(Duration::ZERO)
            });
            effects.push(Effect::Wait(wait));
        }
        effects
    }
}

/// `at` plus `duration`, at most the end of the calendar.
fn after(at: Timestamp, duration: Duration) -> Timestamp {
    crate::api::Moment(at).after(duration)
}

#[cfg(test)]
mod tests;
