//! Templates, one by one.

use http::StatusCode;
use serde_json::json;

use super::super::{Call, Refusal, Reply};
use super::access;
use crate::documents;
use crate::state::State;
use crate::template::TemplateKind;

pub(super) fn detail(
    state: &State,
    call: &Call<'_>,
    kind: TemplateKind,
    id: i64,
) -> Result<Reply, Refusal> {
    let record = access::template(state, call, kind, id)?;
    let user = access::caller(call)?;
    Ok(Reply::ok(&documents::template(state, record, call.root, &user, true)))
}

/// Not while jobs of it are active.
pub(super) fn delete(
    state: &mut State,
    call: &Call<'_>,
    kind: TemplateKind,
    id: i64,
) -> Result<Reply, Refusal> {
    access::template(state, call, kind, id)?;
    if !access::caller(call)?.superuser {
        return Err(Refusal::permission());
    }
    let active = state.jobs.values().filter(|job| job.template == Some(id) && job.is_active());
    let active: Vec<_> = active.map(|job| json!({"id": job.id, "type": job.type_name()})).collect();
    if !active.is_empty() {
        let error = "Resource is being used by running jobs.";
        return Err(Refusal::Conflict(json!({"error": error, "active_jobs": active})));
    }
    state.delete_template(id);
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}
