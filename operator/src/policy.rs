//! The operator's decisions that another hand may turn.
//!
//! `decide` asks a [`Policy`] wherever the answer is a choice and not a fact. [`Standard`] is what
//! production uses. Every method has its answer as a default body, so that another policy
//! overrides just the one decision that it is about.

use std::time::Duration;

use crate::api::{JobKind, JobStatus, JobType, Phase, Provider};

/// What a virtual machine's `printableStatus` means for the phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineVerdict {
    /// On its way up.
    Starting,
    /// Up.
    Running,
    /// It says that it cannot come up.
    Failed,
    /// Says nothing about the phase.
    Unchanged,
}

/// Who looks after an instance, by its annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Management {
    /// This operator.
    Managed,
    /// A person: no launches, and the virtual machine outlives the object.
    Manual,
    /// Nobody until deletion.
    Unmanaged,
}

/// The decisions. See [`Standard`].
pub trait Policy: Send + Sync {
    /// What `printableStatus` means. An empty or unknown one means nothing.
    fn machine_verdict(&self, printable_status: &str) -> MachineVerdict {
        match printable_status {
            "Provisioning"
            | "WaitingForVolumeBinding"
            | "Starting"
            | "Unschedulable"
            | "ErrorUnschedulable" => MachineVerdict::Starting,
            "Running" | "Migrating" | "WaitingForReceiver" => MachineVerdict::Running,
            "" | "Unknown" | "Paused" | "Stopping" | "Stopped" | "Terminating" => {
                MachineVerdict::Unchanged
            }
            _ => MachineVerdict::Failed,
        }
    }

    /// Whether the deprovision job's end is written before the finalizer goes, for whoever still
    /// holds the object.
    fn stores_end_before_finalizer_goes(&self) -> bool {
        true
    }

    /// Whether a restart request is served by the running virtual machine instance. `newer`: it
    /// is younger than the request. `replaced`: it came after the one that was removed for it.
    fn restart_is_served(&self, newer: bool, replaced: bool) -> bool {
        newer || replaced
    }

    /// Whether deletion cancels this active provision job before it deprovisions.
    fn cancels_before_deprovision(&self, _job: &JobStatus) -> bool {
        true
    }

    /// The phase of an instance whose job failed and whose virtual machine does not run.
    fn phase_after_failed_job(&self) -> Phase {
        Phase::Failed
    }

    /// How long after its end a failed job is launched again. `failures` counts from 1.
    fn job_retry_delay(
        &self,
        _job_type: JobType,
        failures: u32,
        base: Duration,
        cap: Duration,
    ) -> Duration {
        doubling(failures, base, cap)
    }

    /// Whether the object stays until a deprovision job succeeds, when this one did not.
    fn keeps_finalizer_after(&self, job: &JobStatus) -> bool {
        job.block_deletion_on_failure
    }

    /// Whether a launch is written down, under the resourceVersion just read, before it leaves.
    fn opens_intent_first(&self, _job_type: JobType) -> bool {
        true
    }

    /// Whether an accepted job that a conflict kept out of the status is still remembered.
    fn keeps_unstored_job(&self) -> bool {
        true
    }

    /// Whether a launch without an answer is looked up before anything else is launched.
    fn looks_up_open_intent(&self) -> bool {
        true
    }

    /// Whether a refused cancel tells something about the job: it is asked for at once.
    fn refused_cancel_is_answer(&self) -> bool {
        true
    }

    /// Whether deletion takes a provision job that AAP no longer knows as ended.
    fn missing_job_has_ended(&self) -> bool {
        true
    }

    /// Whether a job that was absent on so many polls in a row has vanished.
    fn has_vanished(&self, absent_polls: u32) -> bool {
        absent_polls >= 2
    }

    /// Whether a job's absence is confirmed in the list of all jobs before it counts.
    fn confirms_absence(&self) -> bool {
        true
    }

    /// The version in force, or none to leave it as it is. `succeeded`: the latest provision job,
    /// if it succeeded. `annotation`: what a playbook wrote on the object.
    fn reconciled_version(
        &self,
        provider: Provider,
        succeeded: Option<&JobStatus>,
        annotation: Option<&str>,
    ) -> Option<String> {
        match provider {
            Provider::Aap => succeeded
                .map(|job| job.config_version.clone())
                .filter(|version| !version.is_empty()),
            Provider::Eda => annotation.map(str::to_owned),
        }
    }

    /// Whether a job that cannot be asked for counts as failed.
    fn unanswered_poll_fails_job(&self) -> bool {
        false
    }

    /// How long after a refused launch the next one leaves. `refusals` counts from 1.
    fn launch_retry_delay(&self, refusals: u32, base: Duration, cap: Duration) -> Duration {
        doubling(refusals, base, cap)
    }

    /// Whether a job's id may be used with this provider.
    fn may_follow(&self, job: &JobStatus, provider: Provider) -> bool {
        job.provider == Some(provider)
    }

    /// Whether deletion waits for this active provision job to end. One that never tells its end
    /// must not be waited for.
    fn deletion_waits_for(&self, job: &JobStatus) -> bool {
        job.provider == Some(Provider::Aap)
    }

    /// The family of endpoints that a job is polled and canceled at.
    fn endpoint(&self, kind: Option<JobKind>) -> Option<JobKind> {
        kind
    }

    /// Whether a provision job that a person canceled is launched again for the same version.
    fn relaunches_after_human_cancel(&self) -> bool {
        false
    }

    /// What the management annotation means.
    fn management(&self, annotation: Option<&str>) -> Management {
        match annotation {
            Some("manual") => Management::Manual,
            Some("unmanaged") => Management::Unmanaged,
            Some(_) | None => Management::Managed,
        }
    }

    /// How long to leave AAP alone when it asks for `retry_after`.
    fn honoured_wait(&self, retry_after: Duration) -> Duration {
        retry_after
    }

    /// How many former jobs are kept.
    fn history_limit(&self, configured: usize) -> usize {
        configured
    }

    /// Whether what an older operator wrote about its jobs is adopted.
    fn adopts_older_entries(&self) -> bool {
        true
    }

    /// Whether a tenant is ready for virtual machines.
    fn tenant_is_ready(&self, phase: &str, terminating: bool) -> bool {
        phase == "Ready" && !terminating
    }
}

/// The policy of production.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standard;

impl Policy for Standard {}

/// `base` doubled with each count above 1, at most `cap`.
pub fn doubling(count: u32, base: Duration, cap: Duration) -> Duration {
    let factor = 1_u32.checked_shl(count.saturating_sub(1)).unwrap_or(u32::MAX);
    base.checked_mul(factor).map_or(cap, |delay| delay.min(cap))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_their_cap() {
        let secs = Duration::from_secs;
        let delays: Vec<_> = (0..7).map(|n| doubling(n, secs(10), secs(300)).as_secs()).collect();
        assert_eq!(delays, [10, 10, 20, 40, 80, 160, 300]);
        assert_eq!(doubling(u32::MAX, secs(10), secs(300)), secs(300));
    }

    #[test]
    fn an_empty_status_of_a_machine_is_no_failure() {
        let verdict = |text| Standard.machine_verdict(text);
        assert_eq!(verdict(""), MachineVerdict::Unchanged);
        assert_eq!(verdict("Unschedulable"), MachineVerdict::Starting);
        assert_eq!(verdict("ErrorUnschedulable"), MachineVerdict::Starting);
        assert_eq!(verdict("Running"), MachineVerdict::Running);
        assert_eq!(verdict("DataVolumeError"), MachineVerdict::Failed);
        assert_eq!(verdict("CrashLoopBackOff"), MachineVerdict::Failed);
    }
}
