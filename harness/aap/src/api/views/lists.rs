//! Lists of templates, jobs and nodes. What a caller may not see is not in them.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use super::super::route::JobKind;
use super::super::{Call, Refusal, Reply};
use super::access;
use crate::documents::{self, Extent, JobDocument};
use crate::lists::{self, Filter, Model, Row, Scope};
use crate::state::{State, User};
use crate::template::TemplateKind;

pub(super) fn templates(
    state: &State,
    call: &Call<'_>,
    kind: Option<TemplateKind>,
) -> Result<Reply, Refusal> {
    let user = access::caller(call)?;
    let model = kind.map_or(&lists::UNIFIED_JOB_TEMPLATE, access::model_of);
    let of_kind = |of: TemplateKind| kind.is_none_or(|kind| kind == of);
    let seen = state
        .templates
        .values()
        .filter(|record| of_kind(record.spec.kind) && access::sees_template(&user, record));
    let mut rows: Vec<_> = seen.map(Row::Template).collect();
    rows.sort_by(|a, b| match (a, b) {
        (Row::Template(a), Row::Template(b)) => a.spec.name.cmp(&b.spec.name),
        _ => std::cmp::Ordering::Equal,
    });
    answer(state, call, model, rows, &user)
}

pub(super) fn jobs(
    state: &State,
    call: &Call<'_>,
    kind: Option<JobKind>,
) -> Result<Reply, Refusal> {
    let user = access::caller(call)?;
    let model = kind.map_or(&lists::UNIFIED_JOB, access::job_model);
    let of_kind = |workflow| kind.is_none_or(|kind| (kind == JobKind::Workflow) == workflow);
    let seen = state
        .jobs
        .values()
        .filter(|job| of_kind(job.workflow) && access::sees_job(state, &user, job));
    answer(state, call, model, seen.map(Row::Job).collect(), &user)
}

pub(super) fn template_jobs(
    state: &State,
    call: &Call<'_>,
    kind: TemplateKind,
    id: i64,
) -> Result<Reply, Refusal> {
    let user = access::caller(call)?;
    let model = match kind {
        TemplateKind::Job => &lists::JOB,
        TemplateKind::Workflow => &lists::WORKFLOW_JOB,
    };
    let record = state.templates.get(&id).filter(|record| record.spec.kind == kind);
    let record = record.ok_or(Refusal::Absent(access::model_of(kind).name))?;
    if !access::sees_template(&user, record) {
        return Err(Refusal::permission());
    }
    let workflow = kind == TemplateKind::Workflow;
    let of = |job: &&crate::state::Job| job.template == Some(id) && job.workflow == workflow;
    let rows = state.jobs.values().filter(of).map(Row::Job).collect();
    answer(state, call, model, rows, &user)
}

/// The nodes of a workflow job: one for each job that it started.
pub(super) fn nodes(state: &State, call: &Call<'_>, id: i64) -> Result<Reply, Refusal> {
    let user = access::caller(call)?;
    let workflow = access::job(state, call, JobKind::Workflow, id)?;
    let children = workflow.children.iter().filter_map(|child| state.jobs.get(child));
    let rows = (1..).zip(children).map(|(number, child)| Row::Node(number, child)).collect();
    answer(state, call, &lists::NODE, rows, &user)
}

fn answer<'a>(
    state: &'a State,
    call: &'a Call<'_>,
    model: &Model,
    mut rows: Vec<Row<'a>>,
    user: &'a Arc<User>,
) -> Result<Reply, Refusal> {
    let scope = Scope { state, now: call.at.stamp };
    let filter = Filter::parse(model, call.query)?;
    rows.retain(|row| filter.passes(*row, scope));
    lists::sort(model, call.query, scope, &mut rows)?;
    lists::page(call, &rows, |row| document(row, scope, call, user))
}

/// A row's document.
enum Document<'a> {
    Job(JobDocument<'a>),
    Other(Value),
}

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Document::Job(document) => document.serialize(serializer),
            Document::Other(value) => value.serialize(serializer),
        }
    }
}

fn document<'a>(
    row: Row<'a>,
    scope: Scope<'a>,
    call: &'a Call<'_>,
    user: &'a User,
) -> Document<'a> {
    match row {
        Row::Template(record) => {
            Document::Other(documents::template(scope.state, record, call.root, user, false))
        }
        Row::Job(job) => {
            let mut document = JobDocument::new(job, call.root, user, scope.now);
            document.extent = Extent::Row;
            Document::Job(document)
        }
        Row::Event(job, event) => Document::Other(documents::event(job, event, call.root, false)),
        Row::Node(number, job) => Document::Other(json!({
            "id": job.id * 1000 + number,
            "type": "workflow_job_node",
            "job": job.id,
            "workflow_job": job.parent,
            "unified_job_template": job.template,
            "do_not_run": false,
            "identifier": format!("n{number}"),
        })),
    }
}
