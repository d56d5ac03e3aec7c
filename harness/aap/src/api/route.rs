//! The URL table.

use super::named::{self, Named};
use super::query::decode;
use crate::state::State;
use crate::template::TemplateKind;

const READ: &str = "GET, HEAD, OPTIONS";
const READ_AND_POST: &str = "GET, POST, HEAD, OPTIONS";
const READ_AND_DELETE: &str = "GET, DELETE, HEAD, OPTIONS";

/// Resources of the real API that the fake does not have.
const ABSENT_RESOURCES: &[&str] = &[
    "activity_stream",
    "ad_hoc_commands",
    "analytics",
    "applications",
    "auth",
    "bulk",
    "constructed_inventories",
    "credential_input_sources",
    "credential_types",
    "credentials",
    "dashboard",
    "execution_environments",
    "groups",
    "host_metric_summary_monthly",
    "host_metrics",
    "hosts",
    "instance_groups",
    "instances",
    "inventories",
    "inventory_sources",
    "inventory_updates",
    "job_events",
    "labels",
    "mesh_visualizer",
    "metrics",
    "notification_templates",
    "notifications",
    "organizations",
    "project_updates",
    "projects",
    "receptor_addresses",
    "role_definitions",
    "role_team_assignments",
    "role_user_assignments",
    "roles",
    "schedules",
    "service-index",
    "settings",
    "system_job_templates",
    "system_jobs",
    "teams",
    "users",
    "workflow_approvals",
    "workflow_job_nodes",
    "workflow_job_template_nodes",
];
/// Sub-resources of templates and jobs that the fake does not have.
const ABSENT_PARTS: &[&str] = &[
    "access_list",
    "activity_stream",
    "copy",
    "create_schedule",
    "credentials",
    "instance_groups",
    "job_host_summaries",
    "labels",
    "notification_templates_approvals",
    "notification_templates_error",
    "notification_templates_started",
    "notification_templates_success",
    "notifications",
    "object_roles",
    "relaunch",
    "schedules",
    "slice_workflow_jobs",
    "survey_spec",
    "webhook_key",
];

/// Which of the two kinds of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JobKind {
    Job,
    Workflow,
}

/// A view of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    ApiRoot,
    VersionRoot,
    Ping,
    Me,
    Config,
    Tokens,
    /// Templates of a kind, or of both.
    Templates(Option<TemplateKind>),
    Template(TemplateKind, i64),
    Launch(TemplateKind, i64),
    /// The jobs of a template.
    TemplateJobs(TemplateKind, i64),
    /// Jobs of a kind, or of both.
    Jobs(Option<JobKind>),
    Job(JobKind, i64),
    Cancel(JobKind, i64),
    Events(i64),
    Stdout(i64),
    Nodes(i64),
    /// The real one has it, the fake has not.
    Absent,
}

impl Route {
    /// Seen without credentials.
    pub(crate) fn is_public(self) -> bool {
        matches!(self, Route::ApiRoot | Route::VersionRoot | Route::Ping | Route::Absent)
    }

    /// The methods of the view.
    pub(crate) fn allow(self) -> &'static str {
        match self {
            Route::Config => "GET, POST, DELETE, HEAD, OPTIONS",
            Route::Template(..) => "GET, PUT, PATCH, DELETE, HEAD, OPTIONS",
            Route::Job(..) => READ_AND_DELETE,
            Route::Templates(Some(_)) | Route::Tokens | Route::Launch(..) | Route::Cancel(..) => {
                READ_AND_POST
            }
            Route::ApiRoot
            | Route::VersionRoot
            | Route::Ping
            | Route::Me
            | Route::Templates(None)
            | Route::TemplateJobs(..)
            | Route::Jobs(_)
            | Route::Events(_)
            | Route::Stdout(_)
            | Route::Nodes(_)
            | Route::Absent => READ,
        }
    }

    /// The view's name on a page.
    pub(crate) fn title(self) -> &'static str {
        match self {
            Route::ApiRoot | Route::VersionRoot => "REST API",
            Route::Ping => "Instance Information",
            Route::Me => "Me List",
            Route::Config => "Configuration",
            Route::Tokens => "Token List",
            Route::Templates(_) => "Template List",
            Route::Template(..) => "Template Detail",
            Route::Launch(..) => "Launch",
            Route::TemplateJobs(..) | Route::Jobs(_) => "Job List",
            Route::Job(JobKind::Job, _) => "Job Detail",
            Route::Job(JobKind::Workflow, _) => "Workflow Job Detail",
            Route::Cancel(..) => "Cancel",
            Route::Events(_) => "Job Event List",
            Route::Stdout(_) => "Job Stdout",
            Route::Nodes(_) => "Workflow Node List",
            Route::Absent => "Not Implemented",
        }
    }
}

/// Where a path leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) route: Route,
    /// What links begin with.
    pub(crate) root: String,
    /// A template was named, not numbered.
    pub(crate) by_name: bool,
}

/// Why a path leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Miss {
    Html,
    Json,
    /// It lacks its last slash; with it the path would be this.
    Slash(String),
    /// It is none of the API's.
    UserInterface,
}

/// Finds the view. Named URLs have a memory, for the flake of 2024.
pub(crate) fn find(state: &mut State, path: &str, known: bool) -> Result<Place, Miss> {
    let Some(tail) = path.strip_prefix("/api").filter(|tail| tail.starts_with('/')) else {
        let gateway = state.config.prefix.is_some();
        return Err(if gateway || path == "/" { Miss::UserInterface } else { Miss::Html });
    };
    let prefix = state.config.prefix.as_ref().map(|prefix| format!("/{prefix}"));
    let inner = prefix.as_ref().and_then(|prefix| tail.strip_prefix(prefix.as_str()));
    let (root, tail) = match inner.filter(|tail| tail.is_empty() || tail.starts_with('/')) {
        Some(inner) => (format!("/api{}", prefix.as_deref().unwrap_or_default()), inner),
        None => ("/api".to_owned(), tail),
    };
    let nowhere = if state.config.switches.json_router_404 || (root == "/api" && prefix.is_some()) {
        Miss::Json
    } else {
        Miss::Html
    };
    let slashed = tail.ends_with('/');
    let mut parts: Vec<String> = tail.trim_start_matches('/').split('/').map(decode).collect();
    if slashed {
        parts.pop();
    }
    if tail.is_empty() {
        parts.clear();
    }
    let mut by_name = false;
    let mut closed = slashed;
    if let [version, resource, name, rest @ ..] = parts.as_mut_slice()
        && version == "v2"
        && let Some(kind) = template_kind(resource)
        && (slashed || !rest.is_empty())
    {
        // the look at the name has closed the path, with a slash or without
        closed = true;
        by_name = !is_number(name);
        if by_name {
            match named::resolve(state, kind, name, known) {
                Named::Id(id) => *name = id.to_string(),
                Named::Malformed => return Err(nowhere),
            }
        }
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match table(&parts) {
        Some(route) if closed => Ok(Place { route, root, by_name }),
        Some(_) => Err(Miss::Slash(format!("{path}/"))),
        None => Err(nowhere),
    }
}

fn template_kind(resource: &str) -> Option<TemplateKind> {
    match resource {
        "job_templates" => Some(TemplateKind::Job),
        "workflow_job_templates" => Some(TemplateKind::Workflow),
        _ => None,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// An id; one that is too large for any object is as good as another.
fn number(text: &str) -> Option<i64> {
    is_number(text).then(|| text.parse().unwrap_or(i64::MAX))
}

fn table(parts: &[&str]) -> Option<Route> {
    let rest = match parts {
        [] => return Some(Route::ApiRoot),
        // applications' tokens, and the gateway's other services
        ["o" | "gateway" | "eda" | "galaxy", ..] => return Some(Route::Absent),
        ["v2", rest @ ..] => rest,
        _ => return None,
    };
    match rest {
        [] => Some(Route::VersionRoot),
        ["ping"] => Some(Route::Ping),
        ["me"] => Some(Route::Me),
        ["config"] => Some(Route::Config),
        ["tokens"] => Some(Route::Tokens),
        ["tokens", id] => number(id).map(|_| Route::Absent),
        ["unified_job_templates"] => Some(Route::Templates(None)),
        ["unified_jobs"] => Some(Route::Jobs(None)),
        ["job_templates", rest @ ..] => template(TemplateKind::Job, rest),
        ["workflow_job_templates", rest @ ..] => template(TemplateKind::Workflow, rest),
        ["jobs", rest @ ..] => job(JobKind::Job, rest),
        ["workflow_jobs", rest @ ..] => job(JobKind::Workflow, rest),
        [resource, ..] if ABSENT_RESOURCES.contains(resource) => Some(Route::Absent),
        _ => None,
    }
}

fn template(kind: TemplateKind, parts: &[&str]) -> Option<Route> {
    let (id, rest) = match parts {
        [] => return Some(Route::Templates(Some(kind))),
        [id, rest @ ..] => (number(id)?, rest),
    };
    match (kind, rest) {
        (_, []) => Some(Route::Template(kind, id)),
        (_, ["launch"]) => Some(Route::Launch(kind, id)),
        (TemplateKind::Job, ["jobs"]) | (TemplateKind::Workflow, ["workflow_jobs"]) => {
            Some(Route::TemplateJobs(kind, id))
        }
        (TemplateKind::Workflow, ["workflow_nodes"]) => Some(Route::Absent),
        (_, [part, ..]) => ABSENT_PARTS.contains(part).then_some(Route::Absent),
    }
}

fn job(kind: JobKind, parts: &[&str]) -> Option<Route> {
    let (id, rest) = match parts {
        [] => return Some(Route::Jobs(Some(kind))),
        [id, rest @ ..] => (number(id)?, rest),
    };
    match (kind, rest) {
        (_, []) => Some(Route::Job(kind, id)),
        (_, ["cancel"]) => Some(Route::Cancel(kind, id)),
        (JobKind::Job, ["job_events"]) => Some(Route::Events(id)),
        (JobKind::Job, ["stdout"]) => Some(Route::Stdout(id)),
        (JobKind::Workflow, ["workflow_nodes"]) => Some(Route::Nodes(id)),
        (JobKind::Job, ["job_events", "children_summary"]) => Some(Route::Absent),
        (_, [part, ..]) => ABSENT_PARTS.contains(part).then_some(Route::Absent),
    }
}
