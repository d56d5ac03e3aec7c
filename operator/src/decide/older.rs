//! What older operators wrote about their jobs: flat fields, entries without a provider or a
//! config version, and ids that are empty because a launch had failed.

use super::Turn;
use crate::api::{ComputeInstanceStatus, JobState, JobStatus, JobType, Moment, Provider};

/// Takes such entries over as jobs of ours, once.
pub fn adopt(turn: &mut Turn<'_>) {
    let before = turn.status.clone();
    let wanted = turn.wanted.clone();
    for job_type in [JobType::Provision, JobType::Deprovision] {
        let flat = take_flat(&mut turn.status, job_type);
        if !turn.policy.adopts_older_entries() {
            continue;
        }
        let attempt = match job_type {
            JobType::Provision => 1,
            JobType::Deprovision => 2,
        };
        let slot = turn.status.job_mut(job_type);
        let found = slot.take().or(flat).filter(|job| !job.id.is_empty());
        *slot = found.map(|job| complete(job, job_type, attempt, turn.now));
        fill_version(&mut turn.status, job_type, &wanted);
    }
    if turn.status != before {
        turn.mark("older-entry-adopted");
    }
}

/// Empties the flat fields of a type.
fn take_flat(status: &mut ComputeInstanceStatus, job_type: JobType) -> Option<JobStatus> {
    let (id, state, message) = match job_type {
        JobType::Provision => (
            status.provision_job_id.take(),
            status.provision_job_state.take(),
            status.provision_job_message.take(),
        ),
        JobType::Deprovision => (
            status.deprovision_job_id.take(),
            status.deprovision_job_state.take(),
            status.deprovision_job_message.take(),
        ),
    };
    let state = match state.as_deref() {
        Some("Pending") => JobState::Pending,
        Some("Waiting") => JobState::Waiting,
        Some("Running") => JobState::Running,
        Some("Succeeded") => JobState::Succeeded,
        Some("Failed") => JobState::Failed,
        Some("Canceled") => JobState::Canceled,
        Some(_) | None => JobState::Unknown,
    };
    Some(JobStatus { id: id?, state, message: message.unwrap_or_default(), ..Default::default() })
}

/// Fills what an older operator did not write. An entry of ours is complete.
fn complete(
    mut job: JobStatus,
    job_type: JobType,
    attempt: i64,
    now: jiff::Timestamp,
) -> JobStatus {
    if job.provider.is_none() {
        let eda = job.id.starts_with("eda-webhook-");
        job.provider = Some(if eda { Provider::Eda } else { Provider::Aap });
        job.block_deletion_on_failure |= job_type == JobType::Deprovision && !eda;
    }
    if job.attempt == 0 {
        job.attempt = attempt;
        job.launched_at = job.launched_at.or(Some(Moment::at(now)));
        if job.state.is_terminal() {
            job.finished_at = job.finished_at.or(Some(Moment::at(now)));
        }
    }
    job
}

/// An entry without a version is taken to be about the spec of now, unless the object itself says
/// that its configuration was not in force: then it stays without one, and is launched once more.
fn fill_version(status: &mut ComputeInstanceStatus, job_type: JobType, wanted: &str) {
    let behind = status.reconciled_config_version.is_some()
        && status.reconciled_config_version != status.desired_config_version;
    if let Some(job) = status.job_mut(job_type)
        && job.config_version.is_empty()
        && !(behind && job.state == JobState::Succeeded)
    {
        job.config_version = wanted.to_owned();
    }
}
