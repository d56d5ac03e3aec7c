//! Launches.

use http::StatusCode;
use http::header::CONTENT_TYPE;
use serde_json::{Map, Value};

use super::super::json_errors::json_error;
use super::super::{Call, Refusal, Reply};
use super::access;
use crate::documents::{self, Extent, JobDocument, Launched};
use crate::launch::{Accepted, examine};
use crate::state::{Launch, State};
use crate::template::TemplateKind;

pub(super) fn requirements(
    state: &State,
    call: &Call<'_>,
    kind: TemplateKind,
    id: i64,
) -> Result<Reply, Refusal> {
    let record = access::template(state, call, kind, id)?;
    Ok(Reply::ok(&documents::launch_requirements(record)))
}

/// Examines and commits in one go; 201 with the new job.
pub(super) fn launch(
    state: &mut State,
    call: &Call<'_>,
    kind: TemplateKind,
    id: i64,
) -> Result<Reply, Refusal> {
    let record = access::template(state, call, kind, id)?;
    let by = access::caller(call)?;
    if !access::may_launch(&by, record) {
        return Err(Refusal::permission());
    }
    let examined = examine(&record.spec, &read_body(call)?);
    let Accepted { extra_vars, shown_vars, ignored } = match examined {
        Ok(accepted) => accepted,
        Err(rejected) => {
            if rejected.burns_id {
                state.burn_job_id();
            }
            return Err(rejected.refusal);
        }
    };
    let launch = Launch { template: id, by: by.clone(), extra_vars, shown_vars };
    let absent = Refusal::Absent(access::model_of(kind).name);
    let job = state.launch(launch, call.at).and_then(|id| state.jobs.get(&id)).ok_or(absent)?;
    let mut document = JobDocument::new(job, call.root, &by, call.at.stamp);
    document.extent = Extent::Launch;
    let resource = if job.workflow { "workflow_jobs" } else { "jobs" };
    let location = format!("{}/v2/{resource}/{}/", call.root, job.id);
    let reply = Reply::json(StatusCode::CREATED, &Launched { document, ignored: &ignored });
    Ok(reply.header("location", location))
}

/// The body of a request as an object; an empty one is an empty object.
pub(super) fn read_body(call: &Call<'_>) -> Result<Map<String, Value>, Refusal> {
    if call.body.is_empty() {
        return Ok(Map::new());
    }
    let media = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = media.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") {
        return Err(Refusal::ContentType);
    }
    match serde_json::from_slice(call.body) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Err(Refusal::Unreadable("JSON parse error - not a JSON object".to_owned())),
        Err(_) => {
            let error = match std::str::from_utf8(call.body) {
                Ok(text) => json_error(text),
                Err(error) => format!("'utf-8' codec can't decode byte: {error}"),
            };
            let text = format!("JSON parse error - {error}\nPossible cause: trailing comma.");
            Err(Refusal::Unreadable(text))
        }
    }
}
