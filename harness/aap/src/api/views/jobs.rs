//! Jobs, one by one: their document, cancel, delete.

use http::StatusCode;
use jiff::SignedDuration;
use serde_json::json;

use super::super::route::JobKind;
use super::super::{Call, Refusal, Reply};
use super::access;
use crate::documents::JobDocument;
use crate::state::{CancelAnswer, State};

/// A job whose events have not all arrived cannot be deleted for so long after its end.
const SETTLING: SignedDuration = SignedDuration::from_secs(60);

pub(super) fn detail(
    state: &State,
    call: &Call<'_>,
    kind: JobKind,
    id: i64,
) -> Result<Reply, Refusal> {
    crate::lists::check(access::job_model(kind), call.query)?;
    let job = access::job(state, call, kind, id)?;
    let user = access::caller(call)?;
    Ok(Reply::encoded(JobDocument::new(job, call.root, &user, call.at.stamp).encode()))
}

pub(super) fn can_cancel(
    state: &State,
    call: &Call<'_>,
    kind: JobKind,
    id: i64,
) -> Result<Reply, Refusal> {
    let job = access::job(state, call, kind, id)?;
    let can_cancel = job.is_active();
    Ok(Reply::ok(&match kind {
        JobKind::Job => json!({ "can_cancel": can_cancel }),
        JobKind::Workflow => {
            let explanation = job.shown_explanation(call.at.stamp);
            json!({"can_cancel": can_cancel, "job_explanation": explanation})
        }
    }))
}

/// 202 whatever becomes of it. Of a job that has ended a superuser is told so, to others it is
/// forbidden.
pub(super) fn cancel(
    state: &mut State,
    call: &Call<'_>,
    kind: JobKind,
    id: i64,
) -> Result<Reply, Refusal> {
    let user = access::caller(call)?;
    let job = access::job(state, call, kind, id)?;
    if !access::may_cancel(&user, job) || (!user.superuser && !job.is_active()) {
        return Err(Refusal::permission());
    }
    if !job.is_active() {
        return Err(Refusal::Method(call.method.to_string()));
    }
    match state.cancel(id, &user, false, call.at) {
        CancelAnswer::Accepted => Ok(Reply::empty(StatusCode::ACCEPTED)),
        CancelAnswer::Forbidden => Err(Refusal::permission()),
        CancelAnswer::NotAllowed => Err(Refusal::Method(call.method.to_string())),
    }
}

pub(super) fn delete(
    state: &mut State,
    call: &Call<'_>,
    kind: JobKind,
    id: i64,
) -> Result<Reply, Refusal> {
    let job = access::job(state, call, kind, id)?;
    if !access::caller(call)?.superuser {
        return Err(Refusal::permission());
    }
    if job.is_active() {
        let text = "Cannot delete running job resource.";
        return Err(Refusal::Forbidden(text.to_owned()));
    }
    let parent = job.parent.and_then(|parent| state.jobs.get(&parent));
    if parent.is_some_and(|parent| parent.is_active()) {
        let text = "Cannot delete job resource when associated workflow job is running.";
        return Err(Refusal::Forbidden(text.to_owned()));
    }
    let age = job.finished.map(|finished| call.at.stamp.duration_since(finished));
    let settling = age.is_some_and(|age| age < SETTLING);
    if kind == JobKind::Job && !job.events_are_complete(call.at.stamp) && settling {
        let text = "Job has not finished processing events.";
        return Err(Refusal::Bad(json!({ "error": text })));
    }
    state.purge(id, call.at);
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}
