//! Launch, poll, cancel.

use http::Method;
use serde_json::{Value, json};

use super::request::{NoAnswer, Reply};
use super::{Client, model};
use crate::api::{JobKind, JobState};
use crate::provider::{CancelReply, JobRef, LaunchReply, PollReply, SeenJob, Trouble, TroubleKind};

impl Client {
    /// Launches a template by name, with an object as its event.
    pub async fn launch(&self, name: &str, object: Value) -> LaunchReply {
        let template = match self.template(name).await {
            Ok(template) => template,
            Err(trouble) => return LaunchReply::Refused(trouble),
        };
        let body = json!({"extra_vars": {"ansible_eda": {"event": {"payload": object}}}});
        let path = format!("{}/{}/launch/", template.family(), template.id);
        match self.send(Method::POST, &path, Some(&body)).await {
            Ok(Reply::Success(document)) => launched(&document, template.kind),
            Ok(Reply::Failure(trouble)) => {
                if trouble.kind == TroubleKind::NotFound {
                    self.forget_template(name);
                }
                LaunchReply::Refused(trouble)
            }
            Err(NoAnswer(trouble)) => LaunchReply::Unknown(trouble),
        }
    }

    /// Asks for a job. A 404 alone proves nothing: with `confirm`, the list of all jobs decides,
    /// which also tells a job that is of another family than was thought. A job of that id that was
    /// launched for another object is not the one that is meant: AAP was installed anew.
    pub async fn poll(&self, uid: &str, job: &JobRef, confirm: bool) -> PollReply {
        let Some(id) = number(&job.id) else { return PollReply::Absent };
        let reply = match self.send(Method::GET, &format!("{}/{id}/", family(job.kind)), None).await
        {
            Ok(Reply::Success(document)) => self.seen(&document, uid, id),
            Ok(Reply::Failure(trouble)) if trouble.kind == TroubleKind::NotFound => {
                if confirm {
                    self.confirm(uid, id).await
                } else {
                    PollReply::Absent
                }
            }
            Ok(Reply::Failure(trouble)) | Err(NoAnswer(trouble)) => PollReply::Trouble(trouble),
        };
        match reply {
            PollReply::Seen(seen) => PollReply::Seen(self.with_reason(seen, id).await),
            PollReply::Absent | PollReply::Trouble(_) => reply,
        }
    }

    /// A playbook's failure is in its events only: the job itself says no word about it.
    async fn with_reason(&self, seen: SeenJob, id: u64) -> SeenJob {
        let silent = seen.state == JobState::Failed && seen.message.is_empty();
        if !silent || seen.kind == Some(JobKind::WorkflowJob) {
            return seen;
        }
        let events = "event=runner_on_failed&order_by=-counter&page_size=1";
        match self.get(&format!("jobs/{id}/job_events/?{events}")).await {
            Ok(list) => {
                let message = model::failed_task(&list, &[self.token.expose()]);
                SeenJob { message: message.unwrap_or_default(), ..seen }
            }
            // The failure itself is known; its reason is not worth waiting for.
            Err(_) => seen,
        }
    }

    async fn confirm(&self, uid: &str, id: u64) -> PollReply {
        let list = match self.get(&format!("unified_jobs/?id={id}")).await {
            Ok(list) => list,
            Err(trouble) => return PollReply::Trouble(trouble),
        };
        let Some(rows) = list["results"].as_array() else {
            return PollReply::Trouble(Trouble::new(TroubleKind::Malformed));
        };
        match rows.iter().find(|row| model::id(row) == Some(id)) {
            Some(row) => self.seen(row, uid, id),
            None => PollReply::Absent,
        }
    }

    fn seen(&self, document: &Value, uid: &str, id: u64) -> PollReply {
        match model::job(document, &[self.token.expose()]) {
            Some(_) if model::is_of_another(document, uid) => PollReply::Absent,
            Some(job) if job.id == id.to_string() => PollReply::Seen(job),
            Some(_) | None => PollReply::Trouble(Trouble::new(TroubleKind::Malformed)),
        }
    }

    /// Cancels a job. AAP answers 405 for one that has ended, 403 to those who may not cancel it,
    /// or to plain users also when it has ended.
    pub async fn cancel(&self, job: &JobRef) -> CancelReply {
        let Some(id) = number(&job.id) else { return CancelReply::Refused };
        let path = format!("{}/{id}/cancel/", family(job.kind));
        match self.send(Method::POST, &path, None).await {
            Ok(Reply::Success(_)) => CancelReply::Accepted,
            Ok(Reply::Failure(trouble)) => match trouble.status {
                Some(403..=405) => CancelReply::Refused,
                Some(_) | None => CancelReply::Trouble(trouble),
            },
            Err(NoAnswer(trouble)) => CancelReply::Trouble(trouble),
        }
    }
}

fn family(kind: Option<JobKind>) -> &'static str {
    match kind {
        Some(JobKind::WorkflowJob) => "workflow_jobs",
        Some(JobKind::Job) | None => "jobs",
    }
}

/// An id as AAP gives them. Anything else never comes into a path.
fn number(id: &str) -> Option<u64> {
    id.parse().ok().filter(|id| *id > 0)
}

/// What a 2xx to a launch says. A job template that is sliced answers with a workflow job.
fn launched(document: &Value, template_kind: JobKind) -> LaunchReply {
    let Some(id) = model::id(document) else {
        return LaunchReply::Unknown(Trouble::new(TroubleKind::Malformed));
    };
    let word = document["status"].as_str().unwrap_or_default();
    let state = match model::state(word) {
        JobState::Unknown => JobState::Pending,
        known => known,
    };
    let ignored = &document["ignored_fields"]["extra_vars"];
    let variables_ignored = match ignored {
        Value::Null => false,
        Value::Object(map) => !map.is_empty(),
        Value::String(text) => !matches!(text.as_str(), "" | "{}"),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => true,
    };
    let job = SeenJob {
        id: id.to_string(),
        kind: Some(model::kind(document).unwrap_or(template_kind)),
        state,
        message: String::new(),
        finished_at: None,
    };
    LaunchReply::Accepted { job, variables_ignored }
}
