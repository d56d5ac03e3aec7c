//! Launches, exactly once: an intent is written before the launch leaves, and stays open until it
//! is known what came of it.

use jiff::Timestamp;

use super::{Effect, Turn, after, backoff};
use crate::api::{JobStatus, JobType, LaunchIntent, Moment, Provider};
use crate::provider::{LaunchReply, LookUpReply, SeenJob, TroubleKind};

/// The reason of a job whose template dropped our variables.
pub const VARIABLES_IGNORED: &str = "VariablesIgnored";

/// Takes the answers to a launch and to a look-up into the status.
pub fn settle(turn: &mut Turn<'_>) {
    let seen = turn.seen;
    if let Some(launched) = &seen.memory.launched
        && applies(turn, &launched.intent)
    {
        match &launched.reply {
            LaunchReply::Accepted { job, variables_ignored } => {
                turn.mark("launch-accepted");
                store(turn, &launched.intent, job, launched.at);
                if *variables_ignored {
                    refuse_stored(turn, launched.intent.job_type);
                }
            }
            LaunchReply::Refused(_) => {
                turn.status.launch_intent = None;
                turn.mark("launch-refused");
            }
            LaunchReply::Unknown(_) => {}
        }
    }
    let Some(intent) = turn.status.launch_intent.clone() else { return };
    if let Some(looked_up) = &seen.memory.looked_up
        && looked_up.intent == intent
    {
        match &looked_up.reply {
            LookUpReply::Found(job) => {
                turn.mark("intent-adopted");
                store(turn, &intent, job, intent.since.0);
            }
            LookUpReply::Missing if looked_up.at >= window_end(turn, &intent) => {
                turn.status.launch_intent = None;
                turn.mark("intent-abandoned");
            }
            LookUpReply::Missing | LookUpReply::Trouble(_) => {}
        }
    }
}

/// Whether the answer to a launch is still to be told. With an intent in the status, it is if it
/// is the answer to that very intent; without one, if no entry has its attempt.
fn applies(turn: &Turn<'_>, launched: &LaunchIntent) -> bool {
    if turn.policy.opens_intent_first(launched.job_type) {
        return turn.status.launch_intent.as_ref() == Some(launched);
    }
    turn.status.job(launched.job_type).is_none_or(|job| job.attempt < launched.attempt)
}

/// Until when the job of an intent may still appear.
fn window_end(turn: &Turn<'_>, intent: &LaunchIntent) -> Timestamp {
    after(intent.since.0, turn.limits.look_up_window)
}

/// Makes a job the latest of its type; the one before goes to the history.
fn store(turn: &mut Turn<'_>, intent: &LaunchIntent, seen: &SeenJob, launched_at: Timestamp) {
    let provider = turn.limits.provider;
    let finished = seen.finished_at.unwrap_or(turn.now).clamp(launched_at.min(turn.now), turn.now);
    let job = JobStatus {
        job_type: None,
        id: seen.id.clone(),
        provider: Some(provider),
        kind: seen.kind,
        state: seen.state,
        reason: String::new(),
        message: seen.message.clone(),
        config_version: intent.config_version.clone(),
        attempt: intent.attempt,
        launched_at: Some(Moment::at(launched_at)),
        finished_at: seen.state.is_terminal().then(|| Moment::at(finished)),
        block_deletion_on_failure: intent.job_type == JobType::Deprovision
            && provider == Provider::Aap,
    };
    if let Some(former) = turn.status.job_mut(intent.job_type).replace(job) {
        let former = JobStatus { job_type: Some(intent.job_type), ..former };
        let history = &mut turn.status.job_history;
        history.push(former);
        let limit = turn.policy.history_limit(turn.limits.history_limit);
        if history.len() > limit {
            history.drain(..history.len() - limit);
            turn.marks.push("history-trimmed");
        }
    }
    turn.status.launch_intent = None;
    turn.accepted = true;
}

/// A job that runs without our variables must not go on.
fn refuse_stored(turn: &mut Turn<'_>, job_type: JobType) {
    if let Some(job) = turn.status.job_mut(job_type) {
        VARIABLES_IGNORED.clone_into(&mut job.reason);
    }
    turn.mark("variables-ignored");
}

/// Goes after an open intent: what came of it is found out before anything else is launched.
pub fn pursue(turn: &mut Turn<'_>, intent: &LaunchIntent) {
    if !turn.policy.looks_up_open_intent() {
        turn.status.launch_intent = None;
        turn.mark("intent-abandoned");
        return;
    }
    let asked = turn.seen.memory.looked_up.as_ref().filter(|asked| asked.intent == *intent);
    let (due, trouble) = match asked {
        None => (turn.now, None),
        Some(asked) => {
            let next = after(asked.at, turn.limits.poll_interval);
            let end = window_end(turn, intent);
            let due = if asked.at < end { next.min(end) } else { next };
            let trouble = match &asked.reply {
                LookUpReply::Trouble(trouble) => Some(trouble.kind),
                LookUpReply::Found(_) | LookUpReply::Missing => None,
            };
            (due, trouble)
        }
    };
    match trouble {
        Some(TroubleKind::RateLimited) => {
            turn.blocked("RateLimited", "AAP asks for fewer requests");
        }
        Some(_) | None => turn.blocked(
            "LaunchUnknown",
            "a launch got no clear answer: looking for its job before launching again",
        ),
    }
    if turn.step_at(due, Effect::LookUp(intent.clone())) {
        turn.mark("intent-looked-up");
    }
}

/// Launches a job, as soon as earlier refusals and the provider permit.
pub fn open(turn: &mut Turn<'_>, job_type: JobType) {
    let due = turn.when_allowed(backoff::launch_at(turn));
    if due > turn.now {
        say_why_not(turn);
        turn.wake_at(due);
        return;
    }
    let intent = LaunchIntent {
        job_type,
        attempt: next_attempt(turn),
        config_version: turn.desired(),
        since: Moment::at(turn.now),
    };
    if turn.policy.opens_intent_first(job_type) {
        turn.status.launch_intent = Some(intent.clone());
    }
    match job_type {
        JobType::Provision => turn.blocked("Launching", "the provision job is being launched"),
        JobType::Deprovision => turn.blocked("Launching", "the deprovision job is being launched"),
    }
    turn.mark(match job_type {
        JobType::Provision => "provision-launched",
        JobType::Deprovision => "deprovision-launched",
    });
    turn.step(Effect::Launch(intent));
}

/// Why a launch has to wait.
fn say_why_not(turn: &mut Turn<'_>) {
    let waits = turn.seen.provider_not_before.is_some_and(|at| at > turn.now);
    let name = match turn.limits.provider {
        Provider::Aap => "AAP",
        Provider::Eda => "EDA",
    };
    match &turn.seen.memory.launch_failures.last {
        _ if waits => turn.blocked("RateLimited", format!("{name} asks for fewer requests")),
        Some((_, trouble)) => {
            let mut message = format!("{name} {}", trouble.kind.phrase());
            if !trouble.fields.is_empty() {
                message = format!("{message}: {}", trouble.fields.join(", "));
            }
            turn.blocked(launch_reason(turn.limits.provider, trouble.kind), message);
        }
        None => {}
    }
}

fn launch_reason(provider: Provider, kind: TroubleKind) -> &'static str {
    match kind {
        TroubleKind::Unreachable if provider == Provider::Aap => "AAPUnreachable",
        TroubleKind::RateLimited => "RateLimited",
        TroubleKind::Unreachable
        | TroubleKind::Malformed
        | TroubleKind::Redirected
        | TroubleKind::Unauthorized
        | TroubleKind::Forbidden
        | TroubleKind::NotFound
        | TroubleKind::TemplateUnknown
        | TroubleKind::Rejected => "LaunchRefused",
    }
}

/// One more than any attempt that the status knows of.
fn next_attempt(turn: &Turn<'_>) -> i64 {
    let status = &turn.status;
    let former = status.job_history.iter().map(|job| job.attempt);
    let latest = [&status.provision_job, &status.deprovision_job].into_iter().flatten();
    // A refused or abandoned intent's number is used up as well, where it is still known.
    let written =
        turn.seen.instance.status.as_ref().and_then(|status| status.launch_intent.as_ref());
    former
        .chain(latest.map(|job| job.attempt))
        .chain(written.map(|intent| intent.attempt))
        .max()
        .unwrap_or(0)
        .saturating_add(1)
}
