//! What the fields of an object hold.

use std::borrow::Cow;
use std::cmp::Ordering;

use jiff::Timestamp;

use crate::documents::Event;
use crate::state::{Job, State, TemplateRecord};
use crate::template::TemplateKind;

/// The value of a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar<'a> {
    Null,
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Time(Timestamp),
    Text(Cow<'a, str>),
}

impl Scalar<'_> {
    /// The order of two values of one field; nothing comes last.
    pub(crate) fn order(&self, other: &Scalar<'_>) -> Ordering {
        match (self, other) {
            (Scalar::Integer(a), Scalar::Integer(b)) => a.cmp(b),
            (Scalar::Float(a), Scalar::Float(b)) => a.total_cmp(b),
            (Scalar::Boolean(a), Scalar::Boolean(b)) => a.cmp(b),
            (Scalar::Time(a), Scalar::Time(b)) => a.cmp(b),
            (Scalar::Text(a), Scalar::Text(b)) => a.cmp(b),
            (Scalar::Null, Scalar::Null) => Ordering::Equal,
            (Scalar::Null, _) => Ordering::Greater,
            (_, Scalar::Null) => Ordering::Less,
            _ => Ordering::Equal,
        }
    }

    /// The value as text, for lookups in texts.
    pub(crate) fn text(&self) -> Cow<'_, str> {
        match self {
            Scalar::Null => Cow::Borrowed(""),
            Scalar::Text(text) => Cow::Borrowed(text),
            Scalar::Integer(number) => Cow::Owned(number.to_string()),
            Scalar::Float(number) => Cow::Owned(number.to_string()),
            Scalar::Boolean(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Scalar::Time(time) => Cow::Owned(crate::documents::Stamp(*time).to_string()),
        }
    }
}

/// What values are read in.
#[derive(Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) state: &'a State,
    pub(crate) now: Timestamp,
}

/// An object in a list.
#[derive(Clone, Copy)]
pub(crate) enum Row<'a> {
    Template(&'a TemplateRecord),
    Job(&'a Job),
    Event(&'a Job, &'a Event),
    /// A node of a workflow job: its number and its job.
    Node(i64, &'a Job),
}

impl<'a> Row<'a> {
    /// The value of a field, or of a field of an object that it is related to.
    pub(crate) fn value(self, scope: Scope<'a>, path: &[String]) -> Scalar<'a> {
        let Some((field, rest)) = path.split_first() else { return Scalar::Null };
        match self {
            Row::Template(record) => template_value(record, scope, field, rest),
            Row::Job(job) => job_value(job, scope, field, rest),
            Row::Event(job, event) => event_value(job, event, field),
            Row::Node(number, _) => Scalar::Integer(number),
        }
    }

    /// The model's name in `?type=`.
    pub(crate) fn type_name(self) -> &'static str {
        match self {
            Row::Template(record) => match record.spec.kind {
                TemplateKind::Job => "job_template",
                TemplateKind::Workflow => "workflow_job_template",
            },
            Row::Job(job) => job.type_name(),
            Row::Event(..) => "job_event",
            Row::Node(..) => "workflow_job_node",
        }
    }
}

fn text(text: &str) -> Scalar<'_> {
    Scalar::Text(Cow::Borrowed(text))
}

fn maybe<'a, T>(value: Option<T>, make: impl Fn(T) -> Scalar<'a>) -> Scalar<'a> {
    value.map_or(Scalar::Null, make)
}

fn organization<'a>(name: Option<&'a str>, scope: Scope<'a>, rest: &[String]) -> Scalar<'a> {
    match (name, rest.first().map(String::as_str)) {
        (None, _) => Scalar::Null,
        (Some(name), Some("name")) => text(name),
        (Some(_), Some("description")) => text(""),
        (Some(name), _) => Scalar::Integer(scope.state.organization_id(name)),
    }
}

fn template_value<'a>(
    record: &'a TemplateRecord,
    scope: Scope<'a>,
    field: &str,
    rest: &[String],
) -> Scalar<'a> {
    let spec = &*record.spec;
    let last = || {
        let of = |job: &&Job| job.template == Some(record.id) && job.parent.is_none();
        scope.state.jobs.values().rfind(of)
    };
    match field {
        "id" | "pk" => Scalar::Integer(record.id),
        "name" => text(&spec.name),
        "created" => Scalar::Time(record.created),
        "modified" => Scalar::Time(record.modified),
        "status" => text(last().map_or("never updated", |job| &job.status)),
        "organization" => organization(spec.organization.as_deref(), scope, rest),
        "created_by" => Scalar::Integer(1),
        "survey_enabled" => Scalar::Boolean(!spec.survey.is_empty()),
        "allow_simultaneous" => Scalar::Boolean(spec.allow_simultaneous),
        "ask_variables_on_launch" => Scalar::Boolean(spec.ask_variables),
        "last_job_failed" => Scalar::Boolean(last().is_some_and(Job::failed)),
        "inventory" | "project" => Scalar::Integer(1),
        "job_type" => text("run"),
        "playbook" => text("p.yml"),
        "job_slice_count" => Scalar::Integer(spec.slices.max(1).into()),
        _ => text(""),
    }
}

fn job_value<'a>(job: &'a Job, scope: Scope<'a>, field: &str, rest: &[String]) -> Scalar<'a> {
    let of_kind = |kind: TemplateKind| job.template.filter(|_| job.spec.kind == kind);
    match field {
        "id" | "pk" => Scalar::Integer(job.id),
        "name" => text(&job.spec.name),
        "created" => Scalar::Time(job.created),
        "modified" => Scalar::Time(job.modified),
        "status" => text(&job.status),
        "organization" => organization(job.spec.organization.as_deref(), scope, rest),
        "created_by" if rest.first().is_some_and(|name| name == "username") => text(&job.by.name),
        "created_by" => Scalar::Integer(job.by.id),
        "failed" => Scalar::Boolean(job.failed()),
        "started" => maybe(job.started, Scalar::Time),
        "finished" => maybe(job.finished, Scalar::Time),
        "canceled_on" => maybe(job.canceled_on, Scalar::Time),
        "elapsed" => Scalar::Float(job.elapsed(scope.now)),
        "job_explanation" => Scalar::Text(job.shown_explanation(scope.now)),
        "launch_type" if job.parent.is_some() => text("workflow"),
        "launch_type" => text("manual"),
        "unified_job_template" => related_template(job.template, scope, rest),
        "job_template" => related_template(of_kind(TemplateKind::Job), scope, rest),
        "workflow_job_template" => related_template(of_kind(TemplateKind::Workflow), scope, rest),
        "is_sliced_job" => Scalar::Boolean(job.workflow && job.spec.kind == TemplateKind::Job),
        "allow_simultaneous" => Scalar::Boolean(job.spec.allow_simultaneous),
        "inventory" | "project" => Scalar::Integer(1),
        "job_type" => text("run"),
        "playbook" => text("p.yml"),
        "controller_node" if job.dispatched => text("controller-1"),
        "job_slice_number" => Scalar::Integer(job.slice.map_or(0, |slice| slice.0).into()),
        "job_slice_count" => Scalar::Integer(job.slice.map_or(1, |slice| slice.1).into()),
        _ => text(""),
    }
}

fn related_template<'a>(id: Option<i64>, scope: Scope<'a>, rest: &[String]) -> Scalar<'a> {
    let Some(id) = id else { return Scalar::Null };
    match (rest.split_first(), scope.state.templates.get(&id)) {
        (Some((field, rest)), Some(record)) => template_value(record, scope, field, rest),
        _ => Scalar::Integer(id),
    }
}

fn event_value<'a>(job: &'a Job, event: &'a Event, field: &str) -> Scalar<'a> {
    match field {
        "id" | "pk" => Scalar::Integer(job.id * 1000 + event.counter),
        "event" => text(event.event),
        "counter" => Scalar::Integer(event.counter),
        "event_level" => Scalar::Integer(event.level),
        "failed" => Scalar::Boolean(event.failed),
        "changed" => Scalar::Boolean(event.changed),
        "task" => text(event.task),
        "host_name" if event.level == 3 => text("localhost"),
        "stdout" => text(&event.stdout),
        "start_line" => Scalar::Integer(event.start_line),
        "end_line" => Scalar::Integer(event.end_line),
        _ => text(""),
    }
}
