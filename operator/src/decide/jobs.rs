//! Jobs that were launched: what a poll says about them, when to poll, when to cancel.

use jiff::Timestamp;

use super::{Effect, Turn, after, intent};
use crate::api::{JobState, JobStatus, JobType, Moment, Provider};
use crate::memory::{Canceled, Polled};
use crate::provider::{CancelReply, JobRef, PollReply, SeenJob, Trouble, TroubleKind};

/// The reason of a job that AAP no longer knows.
pub const VANISHED: &str = "JobVanished";
/// The reason of a job that the present provider cannot follow.
pub const PROVIDER_CHANGED: &str = "ProviderChanged";
/// How many cancels a job may sit out before a condition says so.
const CANCELS_BEFORE_NOTICE: u32 = 3;

/// Takes the latest poll into the status, and ends the jobs of another provider.
pub fn settle(turn: &mut Turn<'_>) {
    let seen = turn.seen;
    for job_type in [JobType::Provision, JobType::Deprovision] {
        let Some(job) = turn.status.job(job_type).filter(|job| !job.is_over()) else { continue };
        if !turn.policy.may_follow(job, turn.limits.provider) {
            leave_behind(turn, job_type);
        } else if let Some(polled) = &seen.memory.polled
            && polled.id == job.id
        {
            learn(turn, job_type, polled);
        }
    }
}

/// A job of another provider counts as ended: its id means nothing here.
fn leave_behind(turn: &mut Turn<'_>, job_type: JobType) {
    let now = Moment::at(turn.now);
    let provider = turn.limits.provider.name();
    if let Some(job) = turn.status.job_mut(job_type) {
        let former = job.provider.map_or("another provider", Provider::name);
        job.message = format!("launched by {former} and not followed by {provider}");
        PROVIDER_CHANGED.clone_into(&mut job.reason);
        job.state = JobState::Unknown;
        job.finished_at = Some(now);
    }
    turn.mark("foreign-job-left");
}

/// Takes one poll into a job that has not ended.
fn learn(turn: &mut Turn<'_>, job_type: JobType, polled: &Polled) {
    let vanished = turn.policy.has_vanished(polled.absent);
    let fails = turn.policy.unanswered_poll_fails_job();
    let now = turn.now;
    let Some(job) = turn.status.job_mut(job_type) else { return };
    let before = job.clone();
    match &polled.reply {
        PollReply::Seen(seen) => update(job, seen, now),
        PollReply::Absent if vanished => {
            end(job, JobState::Failed, now);
            VANISHED.clone_into(&mut job.reason);
            "AAP no longer knows this job".clone_into(&mut job.message);
        }
        PollReply::Trouble(trouble) if fails => {
            end(job, JobState::Failed, now);
            job.message = format!("AAP {}", trouble.kind.phrase());
        }
        PollReply::Absent | PollReply::Trouble(_) => {}
    }
    let mark = (*job != before).then(|| mark_of(job));
    turn.marks.extend(mark);
}

fn mark_of(job: &JobStatus) -> &'static str {
    match job.state {
        JobState::Pending => "job-pending",
        JobState::Waiting => "job-waiting",
        JobState::Running => "job-running",
        JobState::Succeeded => "job-succeeded",
        JobState::Failed if job.reason == VANISHED => "job-vanished",
        JobState::Failed => "job-failed",
        JobState::Canceled => "job-canceled",
        JobState::Unknown => "job-unknown",
    }
}

fn update(job: &mut JobStatus, seen: &SeenJob, now: Timestamp) {
    job.state = seen.state;
    job.message.clone_from(&seen.message);
    job.kind = seen.kind.or(job.kind);
    if seen.state.is_terminal() {
        let launched = job.launched_at.map_or(now, |moment| moment.0).min(now);
        let finished = seen.finished_at.unwrap_or(now).clamp(launched, now);
        job.finished_at = Some(Moment::at(finished));
    }
}

/// Ends a job that will not be heard of again.
pub fn end(job: &mut JobStatus, state: JobState, now: Timestamp) {
    job.state = state;
    job.finished_at = Some(Moment::at(now));
}

/// The poll of this job that is remembered.
pub fn last_poll<'a>(turn: &Turn<'a>, job: &JobStatus) -> Option<&'a Polled> {
    turn.seen.memory.polled.as_ref().filter(|polled| polled.id == job.id)
}

/// How a job is addressed.
pub fn reference(turn: &Turn<'_>, job: &JobStatus) -> JobRef {
    JobRef { id: job.id.clone(), kind: turn.policy.endpoint(job.kind) }
}

/// Polls a job when it is time to, and says what is in the way of knowing more.
pub fn follow(turn: &mut Turn<'_>, job: &JobStatus, reason: &'static str) {
    if job.reason == intent::VARIABLES_IGNORED && !job.is_over() {
        turn.blocked(
            intent::VARIABLES_IGNORED,
            "the template does not prompt for variables: its job is canceled",
        );
        cancel(turn, job);
    }
    if turn.steps.is_empty() {
        let due = next_poll(turn, job);
        say_how_it_goes(turn, job, reason);
        let poll = Effect::Poll(reference(turn, job));
        turn.step_at(due, poll);
    }
}

/// When a job is polled next. At once if this process neither launched nor polled it, or not since
/// deletion was asked for.
fn next_poll(turn: &Turn<'_>, job: &JobStatus) -> Timestamp {
    let interval = turn.limits.poll_interval;
    let deletion = turn.seen.deletion();
    if let Some(polled) = last_poll(turn, job) {
        let outdated = deletion.is_some_and(|deletion| polled.at < deletion);
        return if outdated { turn.now } else { after(polled.at, interval) };
    }
    let launched = turn.seen.memory.launched.as_ref().filter(|launched| {
        launched.intent.attempt == job.attempt
            && deletion.is_none_or(|deletion| launched.at >= deletion)
    });
    launched.map_or(turn.now, |launched| after(launched.at, interval))
}

fn say_how_it_goes(turn: &mut Turn<'_>, job: &JobStatus, reason: &'static str) {
    let reply = last_poll(turn, job).map(|polled| &polled.reply);
    match reply {
        Some(PollReply::Trouble(trouble)) => say_trouble(turn, trouble),
        Some(PollReply::Absent) => {
            turn.blocked("JobMissing", "AAP does not show the job: asking once more");
        }
        Some(PollReply::Seen(_)) | None => {
            turn.blocked(reason, format!("job {} goes on", job.id));
        }
    }
}

/// Says that AAP could not be asked.
pub fn say_trouble(turn: &mut Turn<'_>, trouble: &Trouble) {
    let reason = match trouble.kind {
        TroubleKind::RateLimited => "RateLimited",
        TroubleKind::Unauthorized | TroubleKind::Forbidden => "AAPRefusesAccess",
        TroubleKind::Unreachable
        | TroubleKind::Malformed
        | TroubleKind::Redirected
        | TroubleKind::NotFound
        | TroubleKind::TemplateUnknown
        | TroubleKind::Rejected => "AAPUnreachable",
    };
    turn.blocked(reason, format!("AAP {}", trouble.kind.phrase()));
}

/// Cancels an active job: once, and again with each poll that finds it still active. A refused
/// cancel is answered by a poll at once: the job may just have ended.
pub fn cancel(turn: &mut Turn<'_>, job: &JobStatus) {
    let asked = turn.seen.memory.canceled.as_ref().filter(|asked| asked.job.id == job.id);
    let Some(asked) = asked else {
        let effect = Effect::Cancel(reference(turn, job));
        if turn.step_at(turn.now, effect) {
            turn.mark("cancel-requested");
        }
        return;
    };
    say_cancel(turn, job, asked);
    // The poll after a refusal comes at once; only the next one is followed by a cancel again.
    let refused = asked.reply == CancelReply::Refused && turn.policy.refused_cancel_is_answer();
    if refused && asked.polls_since == 0 {
        turn.mark("cancel-refused");
        let poll = Effect::Poll(reference(turn, job));
        turn.step_at(turn.now, poll);
    } else if asked.polls_since > u32::from(refused) {
        let effect = Effect::Cancel(reference(turn, job));
        if turn.step_at(turn.now, effect) {
            turn.mark("cancel-repeated");
        }
    }
}

/// Says what came of the cancels so far.
fn say_cancel(turn: &mut Turn<'_>, job: &JobStatus, asked: &Canceled) {
    match &asked.reply {
        CancelReply::Trouble(trouble) => say_trouble(turn, trouble),
        CancelReply::Refused if asked.polls_since > 0 => {
            let message = format!("AAP refuses to cancel job {}, which goes on", job.id);
            turn.blocked("CancelRefused", message);
        }
        CancelReply::Accepted if asked.count >= CANCELS_BEFORE_NOTICE => {
            let message = format!("job {} goes on although it was canceled more than once", job.id);
            turn.blocked("CancelIgnored", message);
        }
        CancelReply::Accepted | CancelReply::Refused => {}
    }
    if asked.count >= CANCELS_BEFORE_NOTICE {
        turn.mark("cancel-ignored");
    }
}
