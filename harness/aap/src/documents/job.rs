//! The documents of jobs and workflow jobs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::parts::{INVENTORY, Link, NO_LABELS, PROJECT, UserSummary, has_inventory, has_project};
use super::{Stamp, stamp};
use crate::state::{Job, User};
use crate::template::TemplateKind;

/// A job as one caller sees it.
pub(crate) struct JobDocument<'a> {
    pub(crate) job: &'a Job,
    root: &'a str,
    viewer: &'a User,
    now: Timestamp,
    pub(crate) extent: Extent,
}

/// How much of a job a document tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Extent {
    /// A row of a list.
    Row,
    /// The answer to a launch.
    Launch,
    /// All.
    Detail,
}

/// The part of a job's document that never changes, as it was encoded last, with all that it hangs
/// on besides the job itself. A poll writes only what may have changed.
#[derive(Default)]
pub(crate) struct Encoded {
    root: String,
    superuser: bool,
    template: Option<i64>,
    json: Vec<u8>,
}

impl<'a> JobDocument<'a> {
    pub(crate) fn new(job: &'a Job, root: &'a str, viewer: &'a User, now: Timestamp) -> Self {
        JobDocument { job, root, viewer, now, extent: Extent::Detail }
    }

    /// The whole document as JSON.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut encoded = self.job.encoded.borrow_mut();
        let Encoded { root, superuser, template, json } = &*encoded;
        let current = root == self.root
            && *superuser == self.viewer.superuser
            && *template == self.job.template;
        if json.is_empty() || !current {
            *encoded = Encoded {
                root: self.root.to_owned(),
                superuser: self.viewer.superuser,
                template: self.job.template,
                json: write(&Fixed(self)),
            };
        }
        let mut json = write(&Changing(self));
        json.reserve(encoded.json.len());
        // two objects become one: the inner braces give way to a comma
        json.pop();
        json.push(b',');
        json.extend_from_slice(&encoded.json[1..]);
        json
    }

    fn resource(&self) -> &'static str {
        if self.job.workflow { "workflow_jobs" } else { "jobs" }
    }

    fn link<'b>(&'b self, part: &'b str) -> Link<'b> {
        Link(self.root, self.resource(), self.job.id, part)
    }

    /// The fields, into a map that may have others before them.
    fn fields<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.changing(map)?;
        self.fixed(map)
    }

    fn changing<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let job = self.job;
        map.serialize_entry("id", &job.id)?;
        map.serialize_entry("type", job.type_name())?;
        map.serialize_entry("url", &self.link(""))?;
        map.serialize_entry("modified", &Stamp(job.modified))?;
        map.serialize_entry("status", &job.status)?;
        map.serialize_entry("failed", &job.failed())?;
        map.serialize_entry("started", &stamp(job.started))?;
        map.serialize_entry("finished", &stamp(job.finished))?;
        map.serialize_entry("canceled_on", &stamp(job.canceled_on))?;
        map.serialize_entry("elapsed", &job.elapsed(self.now))?;
        map.serialize_entry("job_explanation", &job.shown_explanation(self.now))?;
        if self.extent > Extent::Row {
            map.serialize_entry("result_traceback", &job.traceback)?;
        }
        if job.workflow {
            return Ok(());
        }
        let controller = if job.dispatched { "controller-1" } else { "" };
        map.serialize_entry("controller_node", controller)?;
        map.serialize_entry("instance_group", &job.dispatched.then_some(3))?;
        if self.extent > Extent::Row {
            let complete = job.events_are_complete(self.now);
            map.serialize_entry("event_processing_finished", &complete)?;
        }
        Ok(())
    }

    fn fixed<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let job = self.job;
        map.serialize_entry("related", &Related(self))?;
        map.serialize_entry("summary_fields", &Summary(self))?;
        map.serialize_entry("created", &Stamp(job.created))?;
        map.serialize_entry("name", &job.spec.name)?;
        map.serialize_entry("description", "")?;
        map.serialize_entry("unified_job_template", &job.template)?;
        let launch_type = if job.parent.is_some() { "workflow" } else { "manual" };
        map.serialize_entry("launch_type", launch_type)?;
        if self.extent > Extent::Row {
            map.serialize_entry("job_args", "")?;
            map.serialize_entry("job_cwd", "")?;
            map.serialize_entry("job_env", &EMPTY)?;
        }
        map.serialize_entry("launched_by", &LaunchedBy(self))?;
        map.serialize_entry("work_unit_id", &NONE)?;
        map.serialize_entry("extra_vars", &job.shown_vars)?;
        map.serialize_entry("allow_simultaneous", &job.spec.allow_simultaneous)?;
        map.serialize_entry("webhook_service", "")?;
        map.serialize_entry("webhook_credential", &NONE)?;
        map.serialize_entry("webhook_guid", "")?;
        if job.workflow { self.workflow_fields(map) } else { self.job_fields(map) }
    }

    fn workflow_fields<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let job = self.job;
        let sliced = job.spec.kind == TemplateKind::Job;
        map.serialize_entry("workflow_job_template", &job.template.filter(|_| !sliced))?;
        map.serialize_entry("job_template", &job.template.filter(|_| sliced))?;
        map.serialize_entry("is_sliced_job", &sliced)?;
        for empty in ["inventory", "limit", "scm_branch", "skip_tags", "job_tags"] {
            map.serialize_entry(empty, &NONE)?;
        }
        Ok(())
    }

    fn job_fields<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        let job = self.job;
        map.serialize_entry("job_type", "run")?;
        map.serialize_entry("inventory", &has_inventory(&job.spec).then_some(1))?;
        map.serialize_entry("project", &has_project(&job.spec).then_some(1))?;
        map.serialize_entry("playbook", "p.yml")?;
        for empty in ["scm_branch", "limit", "job_tags", "skip_tags", "start_at_task"] {
            map.serialize_entry(empty, "")?;
        }
        map.serialize_entry("forks", &0)?;
        map.serialize_entry("verbosity", &0)?;
        map.serialize_entry("force_handlers", &false)?;
        map.serialize_entry("timeout", &0)?;
        map.serialize_entry("use_fact_cache", &false)?;
        map.serialize_entry("organization", &job.organization)?;
        map.serialize_entry("execution_environment", &NONE)?;
        map.serialize_entry("execution_node", "")?;
        map.serialize_entry("job_template", &job.template)?;
        map.serialize_entry("passwords_needed_to_start", &[(); 0])?;
        map.serialize_entry("artifacts", &EMPTY)?;
        map.serialize_entry("scm_revision", "")?;
        map.serialize_entry("diff_mode", &false)?;
        let (number, count) = job.slice.unwrap_or((0, 1));
        map.serialize_entry("job_slice_number", &number)?;
        map.serialize_entry("job_slice_count", &count)?;
        if self.extent == Extent::Detail {
            map.serialize_entry("host_status_counts", &NONE)?;
            map.serialize_entry("playbook_counts", &PLAYBOOK_COUNTS)?;
            map.serialize_entry("custom_virtualenv", &NONE)?;
        }
        Ok(())
    }

    fn template_resource(&self) -> &'static str {
        match self.job.spec.kind {
            TemplateKind::Job => "job_templates",
            TemplateKind::Workflow => "workflow_job_templates",
        }
    }
}

const NONE: Option<i64> = None;
const EMPTY: BTreeMap<String, Value> = BTreeMap::new();
const PLAYBOOK_COUNTS: Counts = Counts { play_count: 0, task_count: 0 };

#[derive(Serialize)]
struct Counts {
    play_count: i64,
    task_count: i64,
}

/// JSON of something that is only maps with text keys: writing it to memory has no way to fail.
fn write(document: &impl Serialize) -> Vec<u8> {
    let mut json = Vec::with_capacity(2048);
    let _ = serde_json::to_writer(&mut json, document);
    json
}

struct Changing<'a>(&'a JobDocument<'a>);

impl Serialize for Changing<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.changing(&mut map)?;
        map.end()
    }
}

struct Fixed<'a>(&'a JobDocument<'a>);

impl Serialize for Fixed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.0.fixed(&mut map)?;
        map.end()
    }
}

impl Serialize for JobDocument<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.fields(&mut map)?;
        map.end()
    }
}

/// The answer to a launch: the id and what was ignored, then the new job.
pub(crate) struct Launched<'a> {
    pub(crate) document: JobDocument<'a>,
    pub(crate) ignored: &'a Value,
}

impl Serialize for Launched<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(self.document.job.type_name(), &self.document.job.id)?;
        map.serialize_entry("ignored_fields", self.ignored)?;
        self.document.fields(&mut map)?;
        map.end()
    }
}

struct LaunchedBy<'a>(&'a JobDocument<'a>);

impl Serialize for LaunchedBy<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let JobDocument { job, root, .. } = self.0;
        let mut map = serializer.serialize_map(Some(4))?;
        if let Some(parent) = job.parent {
            map.serialize_entry("id", &parent)?;
            map.serialize_entry("name", &job.spec.name)?;
            map.serialize_entry("type", "workflow_job")?;
            map.serialize_entry("url", &Link(root, "workflow_jobs", parent, ""))?;
        } else {
            map.serialize_entry("id", &job.by.id)?;
            map.serialize_entry("name", &job.by.name)?;
            map.serialize_entry("type", "user")?;
            map.serialize_entry("url", &Link(root, "users", job.by.id, ""))?;
        }
        map.end()
    }
}

struct Related<'a>(&'a JobDocument<'a>);

impl Serialize for Related<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document = self.0;
        let JobDocument { job, root, .. } = *document;
        let mut map = serializer.serialize_map(None)?;
        let user = Link(root, "users", job.by.id, "");
        map.serialize_entry("created_by", &user)?;
        map.serialize_entry("modified_by", &user)?;
        if let Some(template) = job.template {
            let link = Link(root, document.template_resource(), template, "");
            map.serialize_entry("unified_job_template", &link)?;
            map.serialize_entry(document.template_field(), &link)?;
        }
        if let Some(parent) = job.parent {
            map.serialize_entry("source_workflow_job", &Link(root, "workflow_jobs", parent, ""))?;
        }
        let parts: &[&str] = if job.workflow {
            &["notifications", "workflow_nodes", "labels", "activity_stream", "relaunch", "cancel"]
        } else {
            if has_inventory(&job.spec) {
                map.serialize_entry("inventory", &Link(root, "inventories", 1, ""))?;
            }
            if has_project(&job.spec) {
                map.serialize_entry("project", &Link(root, "projects", 1, ""))?;
            }
            if let Some(id) = job.organization {
                map.serialize_entry("organization", &Link(root, "organizations", id, ""))?;
            }
            &[
                "labels",
                "credentials",
                "stdout",
                "job_events",
                "job_host_summaries",
                "activity_stream",
                "notifications",
                "create_schedule",
                "cancel",
                "relaunch",
            ]
        };
        for part in parts {
            map.serialize_entry(part, &document.link(part))?;
        }
        map.end()
    }
}

impl JobDocument<'_> {
    fn template_field(&self) -> &'static str {
        match self.job.spec.kind {
            TemplateKind::Job => "job_template",
            TemplateKind::Workflow => "workflow_job_template",
        }
    }
}

struct Summary<'a>(&'a JobDocument<'a>);

impl Serialize for Summary<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let document = self.0;
        let job = document.job;
        let mut map = serializer.serialize_map(None)?;
        if let (Some(id), Some(name)) = (job.organization, &job.spec.organization) {
            map.serialize_entry("organization", &Named { id, name, description: "" })?;
        }
        if !job.workflow {
            if has_inventory(&job.spec) {
                map.serialize_entry("inventory", &INVENTORY)?;
            }
            if has_project(&job.spec) {
                map.serialize_entry("project", &PROJECT)?;
            }
        }
        if let Some(id) = job.template {
            let name = &job.spec.name;
            map.serialize_entry(document.template_field(), &Named { id, name, description: "" })?;
            let unified_job_type = job.type_name();
            let summary = Unified { id, name, description: "", unified_job_type };
            map.serialize_entry("unified_job_template", &summary)?;
        }
        let user = UserSummary::from(&*job.by);
        map.serialize_entry("created_by", &user)?;
        map.serialize_entry("modified_by", &user)?;
        let capabilities = Capabilities { delete: document.viewer.superuser, start: true };
        map.serialize_entry("user_capabilities", &capabilities)?;
        map.serialize_entry("labels", &NO_LABELS)?;
        if !job.workflow {
            map.serialize_entry("credentials", &[(); 0])?;
        }
        map.end()
    }
}

#[derive(Serialize)]
struct Named<'a> {
    id: i64,
    name: &'a str,
    description: &'static str,
}

#[derive(Serialize)]
struct Unified<'a> {
    id: i64,
    name: &'a str,
    description: &'static str,
    unified_job_type: &'static str,
}

#[derive(Serialize)]
struct Capabilities {
    delete: bool,
    start: bool,
}
