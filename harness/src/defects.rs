//! Defects on demand: the operator with one decision turned, to see that the scenarios notice.
//!
//! A defect is another value of the operator's policy: the operator itself knows none. The first
//! two are the critical bugs that this project began with; the others are one for each scenario,
//! so that every scenario has been seen failing.

use std::sync::Arc;
use std::time::Duration;

use operator::api::{JobKind, JobStatus, JobType, Phase, Provider};
use operator::policy::{MachineVerdict, Management};
use operator::{Policy, Standard};

macro_rules! defects {
    ($($variant:ident $name:literal $scenario:literal $title:literal;)*) => {
        /// A known defect.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Defect {
            $(#[doc = $title] $variant,)*
        }

        impl Defect {
            /// All of them, in the order of the scenarios that they are for.
            pub const ALL: &[Defect] = &[$(Defect::$variant),*];

            /// The name on the command line.
            pub fn name(self) -> &'static str {
                match self { $(Defect::$variant => $name),* }
            }

            /// The id of the scenario that is there to notice it.
            pub fn scenario(self) -> &'static str {
                match self { $(Defect::$variant => $scenario),* }
            }

            /// What is wrong, in a sentence.
            pub fn title(self) -> &'static str {
                match self { $(Defect::$variant => $title),* }
            }
        }
    };
}

defects! {
    EdaDeleteWaits "eda-delete-waits" "S16"
        "deleting waits for an EDA job that never tells its end (critical bug 1)";
    NoReconciledVersion "no-reconciled-version" "S12"
        "a succeeded job leaves no reconciled version, so changes go unnoticed (critical bug 2)";
    EmptyStatusFails "empty-status-fails" "S01"
        "a machine whose printable status is empty counts as failed";
    RestartServedByOldMachine "restart-served-by-old-machine" "S02"
        "any running instance serves a restart request, also one older than it";
    NoCancelBeforeDeprovision "no-cancel-before-deprovision" "S03"
        "deleting does not cancel the provision job";
    NoFailedPhase "no-failed-phase" "S04"
        "the phase goes back to Starting after a failed job";
    FinalizerGoesAfterFailure "finalizer-goes-after-failure" "S05"
        "the finalizer goes although the deprovision job failed";
    LaunchWithoutIntent "launch-without-intent" "S06"
        "a job is launched before anything is written, from whatever the cache shows";
    NoIntentLookup "no-intent-lookup" "S07"
        "a launch without an answer is launched again without looking for its job";
    DeprovisionBesideProvision "deprovision-beside-provision" "S08"
        "deprovisioning does not wait for the canceled job to end";
    RefusedCancelTellsNothing "refused-cancel-tells-nothing" "S09"
        "a refused cancel is not followed by a look at the job";
    MissingJobIsWaitedFor "missing-job-is-waited-for" "S10"
        "deleting waits for a provision job that AAP has forgotten";
    JobNeverVanishes "job-never-vanishes" "S11"
        "a job that AAP has forgotten is polled for ever";
    UnansweredPollFails "unanswered-poll-fails" "S13"
        "a poll without a good answer counts as a failed job";
    NoLaunchBackOff "no-launch-back-off" "S14"
        "a refused launch is tried again at once";
    ForeignIdsFollowed "foreign-ids-followed" "S15"
        "a job's id is used with a provider that did not give it";
    WrongEndpoint "wrong-endpoint" "S17"
        "workflow jobs are polled where jobs are";
    RelaunchAfterHumanCancel "relaunch-after-human-cancel" "S18"
        "a job that a person canceled is launched again";
    ManagementIgnored "management-ignored" "S19"
        "the management annotation is ignored";
    RetryAfterIgnored "retry-after-ignored" "S20"
        "a Retry-After is not waited for";
    TenantNotAwaited "tenant-not-awaited" "S21"
        "a tenant need not be ready";
}

impl Defect {
    /// The policy of an operator with a defect, or without.
    pub fn policy(defect: Option<Defect>) -> Arc<dyn Policy> {
        match defect {
            None => Arc::new(Standard),
            Some(defect) => Arc::new(Turned(defect)),
        }
    }
}

/// The standard policy but for one decision.
struct Turned(Defect);

impl Turned {
    fn is(&self, defect: Defect) -> bool {
        self.0 == defect
    }
}

impl Policy for Turned {
    fn machine_verdict(&self, printable_status: &str) -> MachineVerdict {
        if self.is(Defect::EmptyStatusFails) && printable_status.is_empty() {
            return MachineVerdict::Failed;
        }
        Standard.machine_verdict(printable_status)
    }

    fn restart_is_served(&self, newer: bool, replaced: bool) -> bool {
        self.is(Defect::RestartServedByOldMachine) || Standard.restart_is_served(newer, replaced)
    }

    fn cancels_before_deprovision(&self, job: &JobStatus) -> bool {
        !self.is(Defect::NoCancelBeforeDeprovision) && Standard.cancels_before_deprovision(job)
    }

    fn phase_after_failed_job(&self) -> Phase {
        if self.is(Defect::NoFailedPhase) {
            return Phase::Starting;
        }
        Standard.phase_after_failed_job()
    }

    fn keeps_finalizer_after(&self, job: &JobStatus) -> bool {
        !self.is(Defect::FinalizerGoesAfterFailure) && Standard.keeps_finalizer_after(job)
    }

    fn opens_intent_first(&self, job_type: JobType) -> bool {
        !self.is(Defect::LaunchWithoutIntent) && Standard.opens_intent_first(job_type)
    }

    fn looks_up_open_intent(&self) -> bool {
        !self.is(Defect::NoIntentLookup) && Standard.looks_up_open_intent()
    }

    fn refused_cancel_is_answer(&self) -> bool {
        !self.is(Defect::RefusedCancelTellsNothing) && Standard.refused_cancel_is_answer()
    }

    fn missing_job_has_ended(&self) -> bool {
        !self.is(Defect::MissingJobIsWaitedFor) && Standard.missing_job_has_ended()
    }

    fn has_vanished(&self, absent_polls: u32) -> bool {
        !self.is(Defect::JobNeverVanishes) && Standard.has_vanished(absent_polls)
    }

    fn reconciled_version(
        &self,
        provider: Provider,
        succeeded: Option<&JobStatus>,
        annotation: Option<&str>,
    ) -> Option<String> {
        if self.is(Defect::NoReconciledVersion) && provider == Provider::Aap {
            return None;
        }
        Standard.reconciled_version(provider, succeeded, annotation)
    }

    fn unanswered_poll_fails_job(&self) -> bool {
        self.is(Defect::UnansweredPollFails) || Standard.unanswered_poll_fails_job()
    }

    fn launch_retry_delay(&self, refusals: u32, base: Duration, cap: Duration) -> Duration {
        if self.is(Defect::NoLaunchBackOff) {
            return Duration::from_secs(1);
        }
        Standard.launch_retry_delay(refusals, base, cap)
    }

    fn may_follow(&self, job: &JobStatus, provider: Provider) -> bool {
        self.is(Defect::ForeignIdsFollowed) || Standard.may_follow(job, provider)
    }

    fn deletion_waits_for(&self, job: &JobStatus) -> bool {
        match self.0 {
            Defect::EdaDeleteWaits => true,
            Defect::DeprovisionBesideProvision => false,
            _ => Standard.deletion_waits_for(job),
        }
    }

    fn endpoint(&self, kind: Option<JobKind>) -> Option<JobKind> {
        if self.is(Defect::WrongEndpoint) {
            return Some(JobKind::Job);
        }
        Standard.endpoint(kind)
    }

    fn relaunches_after_human_cancel(&self) -> bool {
        self.is(Defect::RelaunchAfterHumanCancel) || Standard.relaunches_after_human_cancel()
    }

    fn management(&self, annotation: Option<&str>) -> Management {
        if self.is(Defect::ManagementIgnored) {
            return Management::Managed;
        }
        Standard.management(annotation)
    }

    fn honoured_wait(&self, retry_after: Duration) -> Duration {
        if self.is(Defect::RetryAfterIgnored) {
            return Duration::ZERO;
        }
        Standard.honoured_wait(retry_after)
    }

    fn tenant_is_ready(&self, phase: &str, terminating: bool) -> bool {
        self.is(Defect::TenantNotAwaited) || Standard.tenant_is_ready(phase, terminating)
    }
}
