//! The way down: nothing of the instance's is active, one deprovision job succeeds, then the
//! finalizer goes.

use super::{Effect, Obstacle, Turn, after, backoff, eda, intent, jobs, provision};
use crate::api::{JobState, JobStatus, JobType, Provider};
use crate::memory::Searched;
use crate::policy::Management;
use crate::provider::{PollReply, SearchReply};

/// The next step of an instance that is being deleted.
pub fn next(turn: &mut Turn<'_>) {
    match turn.limits.provider {
        Provider::Aap => by_aap(turn),
        Provider::Eda => eda::deprovision(turn),
    }
    if turn.released.is_some() && turn.steps.is_empty() {
        turn.step(Effect::RemoveFinalizer);
        turn.mark("finalizer-removed");
    }
}

/// Deletion has nothing more to wait for.
pub fn release(turn: &mut Turn<'_>, reason: &'static str, message: &str) {
    turn.released = Some(Obstacle { reason, message: message.to_owned() });
}

fn by_aap(turn: &mut Turn<'_>) {
    if let Some(intent) = turn.status.launch_intent.clone() {
        intent::pursue(turn, &intent);
        if turn.status.launch_intent.is_some() {
            return;
        }
    }
    if !anything_exists(turn) {
        turn.mark("nothing-to-deprovision");
        release(turn, "NothingLaunched", "nothing was ever launched for this instance");
        return;
    }
    if !provision_is_over(turn) || !no_other_job_is_active(turn) {
        return;
    }
    if turn.management == Management::Manual {
        manually(turn);
        return;
    }
    match turn.status.deprovision_job.clone() {
        None => intent::open(turn, JobType::Deprovision),
        Some(job) if !job.is_over() => jobs::follow(turn, &job, "DeprovisionJobRunning"),
        Some(job) => ended(turn, &job),
    }
}

/// Whether anything was launched, or is there.
pub fn anything_exists(turn: &Turn<'_>) -> bool {
    let status = &turn.status;
    status.provision_job.is_some()
        || status.deprovision_job.is_some()
        || !status.job_history.is_empty()
        || turn.seen.machine.is_some()
        || turn.seen.has_playbook_finalizer()
}

/// Whether the provision job is over; cancels and follows it if not.
fn provision_is_over(turn: &mut Turn<'_>) -> bool {
    let Some(job) = turn.status.provision_job.clone() else { return true };
    if !job.is_over() {
        if !turn.policy.deletion_waits_for(&job) || !turn.policy.cancels_before_deprovision(&job) {
            return true;
        }
        cancel_and_follow(turn, &job);
        return false;
    }
    // No longer needed once a deprovision job was launched: it waited for this.
    turn.status.deprovision_job.is_some()
        || !turn.policy.may_follow(&job, turn.limits.provider)
        || is_still_over(turn, &job)
}

/// Cancels a job that the latest poll found active, and polls on.
fn cancel_and_follow(turn: &mut Turn<'_>, job: &JobStatus) {
    let deletion = turn.seen.deletion().unwrap_or(turn.now);
    let looked = jobs::last_poll(turn, job)
        .is_some_and(|polled| polled.at >= deletion && matches!(polled.reply, PollReply::Seen(_)));
    if looked {
        jobs::cancel(turn, job);
    }
    if turn.steps.is_empty() {
        jobs::follow(turn, job, "ProvisionJobActive");
    }
}

/// A last look at a job that had ended: AAP may know better by now.
fn is_still_over(turn: &mut Turn<'_>, job: &JobStatus) -> bool {
    let deletion = turn.seen.deletion().unwrap_or(turn.now);
    let looked = jobs::last_poll(turn, job).filter(|polled| polled.at >= deletion);
    match looked.map(|polled| &polled.reply) {
        Some(PollReply::Seen(seen)) if seen.state.is_terminal() => true,
        Some(PollReply::Absent) if turn.policy.missing_job_has_ended() => {
            turn.mark("missing-job-ended");
            true
        }
        Some(PollReply::Seen(_)) => {
            cancel_and_follow(turn, job);
            false
        }
        Some(PollReply::Absent | PollReply::Trouble(_)) | None => {
            jobs::follow(turn, job, "ProvisionJobUnchecked");
            false
        }
    }
}

/// Whether AAP has no other active provision job of this object: one that a person relaunched, or
/// that EDA started. Cancels those that there are.
fn no_other_job_is_active(turn: &mut Turn<'_>) -> bool {
    if turn.status.deprovision_job.is_some() {
        return true;
    }
    let deletion = turn.seen.deletion().unwrap_or(turn.now);
    let searched = turn.seen.memory.searched.as_ref().filter(|searched| searched.at >= deletion);
    let Some(Searched { at, reply }) = searched else {
        turn.blocked("ProvisionJobActive", "looking for active jobs of this instance");
        turn.step_at(turn.now, Effect::Search(JobType::Provision));
        return false;
    };
    match reply {
        SearchReply::Active(found) if found.is_empty() => return true,
        SearchReply::Active(found) => {
            turn.blocked("ProvisionJobActive", "another job of this instance goes on in AAP");
            let asked = turn.seen.memory.canceled.as_ref();
            // One at a time: the next search shows what is left.
            let fresh = asked.is_none_or(|asked| asked.at < *at);
            if let (true, Some(job)) = (fresh, found.first()) {
                turn.mark("other-job-canceled");
                let job = crate::provider::JobRef { id: job.id.clone(), kind: job.kind };
                turn.step_at(turn.now, Effect::Cancel(job));
            }
        }
        SearchReply::Trouble(trouble) => jobs::say_trouble(turn, trouble),
    }
    if turn.steps.is_empty() {
        let due = after(*at, turn.limits.poll_interval);
        turn.step_at(due, Effect::Search(JobType::Provision));
    }
    false
}

/// By hand: our active job is ended, and the virtual machine stays.
fn manually(turn: &mut Turn<'_>) {
    match turn.status.deprovision_job.clone() {
        Some(job) if !job.is_over() => cancel_and_follow(turn, &job),
        Some(_) | None => {
            turn.mark("manual-deletion");
            release(turn, "ManualManagement", "managed by hand: the virtual machine stays");
        }
    }
}

/// What follows from the end of a deprovision job.
fn ended(turn: &mut Turn<'_>, job: &JobStatus) {
    let (reason, message) = match job.state {
        JobState::Succeeded if turn.seen.machine.is_some() => {
            // Made after the job had looked, as by a playbook that outlived its own job.
            ("VMRemains", "the virtual machine is there again, or still".to_owned())
        }
        JobState::Succeeded => {
            release(turn, "DeprovisionSucceeded", "the virtual machine was removed");
            return;
        }
        JobState::Failed | JobState::Canceled if !turn.policy.keeps_finalizer_after(job) => {
            release(turn, "DeprovisionGivenUp", "a failure of the job does not keep the object");
            return;
        }
        JobState::Canceled if job.reason == intent::VARIABLES_IGNORED => {
            let message = "the template does not prompt for variables: its job was canceled";
            (intent::VARIABLES_IGNORED, message.to_owned())
        }
        JobState::Canceled => ("JobCanceled", format!("job {} was canceled", job.id)),
        JobState::Failed => provision::say_failure(job),
        // Of another provider: nobody will report on it any more.
        JobState::Unknown | JobState::Pending | JobState::Waiting | JobState::Running => {
            intent::open(turn, JobType::Deprovision);
            return;
        }
    };
    turn.blocked(reason, message);
    let due = backoff::retry_job_at(turn, JobType::Deprovision, job);
    if due <= turn.now {
        intent::open(turn, JobType::Deprovision);
    } else {
        turn.mark("deprovision-retry-waits");
        turn.wake_at(due);
    }
}
