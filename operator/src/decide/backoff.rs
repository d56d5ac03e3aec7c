//! How long to wait after something went wrong.

use jiff::Timestamp;

use super::{Turn, after};
use crate::api::{JobState, JobStatus, JobType};

/// When a failed job may be launched again: a while after it ended, longer with each failure.
pub fn retry_job_at(turn: &Turn<'_>, job_type: JobType, job: &JobStatus) -> Timestamp {
    let (base, cap) = turn.limits.job_retry;
    let failures = failures_in_a_row(turn, job_type, job);
    let delay = turn.policy.job_retry_delay(job_type, failures, base, cap);
    let ended = job.finished_at.or(job.launched_at).map_or(turn.now, |moment| moment.0);
    after(ended.min(turn.now), delay)
}

/// The failed job and those before it that failed at the same version, at least 1. Of deprovision
/// jobs none is followed by another unless it failed, whatever AAP says.
fn failures_in_a_row(turn: &Turn<'_>, job_type: JobType, job: &JobStatus) -> u32 {
    let earlier = turn
        .status
        .job_history
        .iter()
        .rev()
        .filter(|former| former.job_type == Some(job_type))
        .take_while(|former| {
            job_type == JobType::Deprovision
                || former.state != JobState::Succeeded
                    && former.config_version == job.config_version
        });
    u32::try_from(earlier.count()).unwrap_or(u32::MAX).saturating_add(1)
}

/// When a launch may leave after those that brought no job. A wait that was asked for wins.
pub fn launch_at(turn: &Turn<'_>) -> Timestamp {
    let failures = &turn.seen.memory.launch_failures;
    match &failures.last {
        None => turn.now,
        Some((at, trouble)) => {
            let (base, cap) = turn.limits.launch_retry;
            let own = || turn.policy.launch_retry_delay(failures.count, base, cap);
            let asked = trouble.retry_after.map(|wait| turn.policy.honoured_wait(wait));
            after(*at, asked.unwrap_or_else(own))
        }
    }
}
