//! Who may see and do what.

use std::sync::Arc;

use super::super::route::JobKind;
use super::super::{Call, Refusal};
use crate::config::Rights;
use crate::state::{Job, State, TemplateRecord, User};
use crate::template::TemplateKind;

/// The caller; views that are not public have one.
pub(super) fn caller(call: &Call<'_>) -> Result<Arc<User>, Refusal> {
    call.user.clone().ok_or(Refusal::Unauthenticated)
}

pub(super) fn sees_template(user: &User, record: &TemplateRecord) -> bool {
    record.spec.visible && (user.superuser || user.rights >= Rights::Read)
}

pub(super) fn may_launch(user: &User, record: &TemplateRecord) -> bool {
    let executes = user.superuser || user.rights == Rights::Execute;
    record.spec.visible && record.spec.executable && executes
}

/// A job is seen by those who see its template; one without a template by superusers only.
pub(super) fn sees_job(state: &State, user: &User, job: &Job) -> bool {
    let template = job.template.and_then(|id| state.templates.get(&id));
    user.superuser || template.is_some_and(|record| sees_template(user, record))
}

/// Whoever launched a job may cancel it, and superusers.
pub(super) fn may_cancel(user: &User, job: &Job) -> bool {
    user.superuser || job.by.id == user.id
}

pub(super) fn model_of(kind: TemplateKind) -> &'static crate::lists::Model {
    match kind {
        TemplateKind::Job => &crate::lists::JOB_TEMPLATE,
        TemplateKind::Workflow => &crate::lists::WORKFLOW_JOB_TEMPLATE,
    }
}

pub(super) fn job_model(kind: JobKind) -> &'static crate::lists::Model {
    match kind {
        JobKind::Job => &crate::lists::JOB,
        JobKind::Workflow => &crate::lists::WORKFLOW_JOB,
    }
}

/// A template that the caller may see: absent is 404, hidden is 403.
pub(super) fn template<'a>(
    state: &'a State,
    call: &Call<'_>,
    kind: TemplateKind,
    id: i64,
) -> Result<&'a TemplateRecord, Refusal> {
    let model = model_of(kind);
    crate::lists::check(model, call.query)?;
    let record = state.templates.get(&id).filter(|record| record.spec.kind == kind);
    let record = record.ok_or(Refusal::Absent(model.name))?;
    let seen = sees_template(&*caller(call)?, record);
    if seen { Ok(record) } else { Err(Refusal::permission()) }
}

/// A job that the caller may see.
pub(super) fn job<'a>(
    state: &'a State,
    call: &Call<'_>,
    kind: JobKind,
    id: i64,
) -> Result<&'a Job, Refusal> {
    let model = job_model(kind);
    let job = state.jobs.get(&id).filter(|job| job.workflow == (kind == JobKind::Workflow));
    let job = job.ok_or(Refusal::Absent(model.name))?;
    let seen = sees_job(state, &*caller(call)?, job);
    if seen { Ok(job) } else { Err(Refusal::permission()) }
}
