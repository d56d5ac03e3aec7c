//! The way up: one provision job for each configuration that is wanted.

use jiff::Timestamp;

use super::{Turn, backoff, intent, jobs, tenant};
use crate::api::{JobState, JobStatus, JobType, Provider};
use crate::policy::Management;

/// What the wanted configuration still needs.
enum Need {
    /// Nothing.
    Nothing,
    /// A launch, not before this time, after a failure that the obstacle names.
    LaunchAt(Timestamp),
    /// A launch.
    Launch,
    /// Something else has to happen first; the obstacle says what.
    Wait,
}

/// The next step of an instance that is not being deleted.
pub fn next(turn: &mut Turn<'_>) {
    go_on(turn);
    keep_failure_in_sight(turn);
}

/// As long as the latest job is a failed one, its reason is told beside what else is in the way.
fn keep_failure_in_sight(turn: &mut Turn<'_>) {
    let job = turn.status.provision_job.as_ref().filter(|job| job.state == JobState::Failed);
    if let (Some(job), Some(obstacle)) = (job, turn.obstacle.as_mut())
        && !obstacle.message.contains(&job.message)
    {
        obstacle.message = format!("{}; {}", obstacle.message, say_failure(job).1);
    }
}

fn go_on(turn: &mut Turn<'_>) {
    if let Some(intent) = turn.status.launch_intent.clone() {
        intent::pursue(turn, &intent);
        if turn.status.launch_intent.is_some() {
            return;
        }
    }
    let need = need(turn);
    let due = match need {
        Need::Nothing | Need::Wait => return,
        Need::Launch => turn.now,
        Need::LaunchAt(at) => at,
    };
    if turn.management == Management::Manual {
        turn.blocked("ManualManagement", "the instance is managed by hand: nothing is launched");
        return;
    }
    if let Err(why) = tenant::gate(turn) {
        turn.blocked("TenantNotReady", why);
        turn.mark("tenant-not-ready");
        turn.wake_at(super::after(turn.now, turn.limits.poll_interval));
        return;
    }
    if due > turn.now {
        turn.wake_at(due);
        return;
    }
    intent::open(turn, JobType::Provision);
}

fn need(turn: &mut Turn<'_>) -> Need {
    let Some(job) = turn.status.provision_job.clone() else { return Need::Launch };
    if !job.is_over() {
        return match turn.limits.provider {
            Provider::Aap => {
                jobs::follow(turn, &job, "JobRunning");
                Need::Wait
            }
            Provider::Eda => await_playbook(turn, &job),
        };
    }
    if job.config_version != turn.desired() {
        turn.mark("configuration-outdated");
        return Need::Launch;
    }
    let version = job.config_version.as_str();
    let in_force = turn.status.reconciled_config_version.as_deref() == Some(version);
    match job.state {
        JobState::Succeeded => Need::Nothing,
        JobState::Canceled if job.reason == intent::VARIABLES_IGNORED => {
            turn.blocked(
                intent::VARIABLES_IGNORED,
                "the template does not prompt for variables: its job was canceled",
            );
            Need::LaunchAt(backoff::retry_job_at(turn, JobType::Provision, &job))
        }
        JobState::Canceled if turn.policy.relaunches_after_human_cancel() => Need::Launch,
        JobState::Canceled => {
            turn.blocked(
                "JobCanceled",
                format!("job {} was canceled: nothing is launched before the spec changes", job.id),
            );
            turn.mark("human-cancel-respected");
            Need::Wait
        }
        JobState::Failed => {
            let (reason, message) = say_failure(&job);
            turn.blocked(reason, message);
            Need::LaunchAt(backoff::retry_job_at(turn, JobType::Provision, &job))
        }
        // A job of another provider: what it did is known from the version in force alone.
        JobState::Unknown | JobState::Pending | JobState::Waiting | JobState::Running
            if in_force =>
        {
            Need::Nothing
        }
        JobState::Unknown | JobState::Pending | JobState::Waiting | JobState::Running => {
            Need::Launch
        }
    }
}

/// A playbook that was started by a webhook ends when it annotates the object. One that was sent
/// for a former configuration is not waited for beyond the time that it may take to start.
fn await_playbook(turn: &mut Turn<'_>, job: &JobStatus) -> Need {
    turn.blocked("JobRunning", "the playbook has not reported an end");
    if job.config_version == turn.desired() {
        return Need::Wait;
    }
    let launched = job.launched_at.map_or(turn.now, |moment| moment.0);
    Need::LaunchAt(super::after(launched, turn.limits.eda_start_grace))
}

/// Why a failed job failed, as a condition's reason and message.
pub fn say_failure(job: &JobStatus) -> (&'static str, String) {
    let reason = if job.reason == jobs::VANISHED { jobs::VANISHED } else { "JobFailed" };
    let message = if job.message.is_empty() {
        format!("job {} failed and AAP gives no reason", job.id)
    } else {
        format!("job {} failed: {}", job.id, job.message)
    };
    (reason, message)
}
