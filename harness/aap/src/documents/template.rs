//! The documents of templates.

use serde_json::{Map, Value, json};

use super::Stamp;
use super::parts::{
    INVENTORY, Link, NO_LABELS, PROJECT, has_inventory, has_project, links, organization,
};
use crate::state::{Job, State, TemplateRecord, User};
use crate::template::{Needs, Template, TemplateKind};

const JOB_PARTS: [&str; 15] = [
    "labels",
    "credentials",
    "jobs",
    "schedules",
    "activity_stream",
    "launch",
    "webhook_key",
    "notification_templates_started",
    "notification_templates_success",
    "notification_templates_error",
    "access_list",
    "survey_spec",
    "object_roles",
    "instance_groups",
    "slice_workflow_jobs",
];
const WORKFLOW_PARTS: [&str; 14] = [
    "workflow_jobs",
    "schedules",
    "launch",
    "webhook_key",
    "workflow_nodes",
    "labels",
    "activity_stream",
    "notification_templates_started",
    "notification_templates_success",
    "notification_templates_error",
    "notification_templates_approvals",
    "access_list",
    "object_roles",
    "survey_spec",
];
/// What a job template could prompt for besides variables; none of the fake's does.
const JOB_PROMPTS: [&str; 15] = [
    "scm_branch",
    "diff_mode",
    "limit",
    "tags",
    "skip_tags",
    "job_type",
    "verbosity",
    "inventory",
    "credential",
    "execution_environment",
    "labels",
    "forks",
    "job_slice_count",
    "timeout",
    "instance_groups",
];
const WORKFLOW_PROMPTS: [&str; 6] =
    ["inventory", "scm_branch", "limit", "labels", "skip_tags", "tags"];

fn resource(kind: TemplateKind) -> &'static str {
    match kind {
        TemplateKind::Job => "job_templates",
        TemplateKind::Workflow => "workflow_job_templates",
    }
}

/// A template as one caller sees it; with `named` its named URL, which lists do not have.
pub(crate) fn template(
    state: &State,
    record: &TemplateRecord,
    root: &str,
    viewer: &User,
    named: bool,
) -> Value {
    let spec = &*record.spec;
    let (id, resource) = (record.id, resource(spec.kind));
    let jobs = jobs_of(state, id);
    let last = jobs.last();
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| drop(fields.insert(name.to_owned(), value));
    put("id", json!(id));
    put("type", json!(type_name(spec.kind)));
    put("url", json!(Link(root, resource, id, "")));
    put("related", related(state, record, root, named));
    put("summary_fields", summary(state, record, viewer, &jobs));
    put("created", json!(Stamp(record.created)));
    put("modified", json!(Stamp(record.modified)));
    put("name", json!(spec.name));
    put("description", json!(""));
    put("extra_vars", json!(spec.extra_vars));
    put("organization", json!(organization_id(state, spec)));
    put("last_job_run", json!(last.and_then(|job| job.finished).map(Stamp)));
    put("last_job_failed", json!(last.is_some_and(|job| job.failed())));
    put("next_job_run", Value::Null);
    put("status", json!(last.map_or("never updated", |job| &job.status)));
    put("survey_enabled", json!(!spec.survey.is_empty()));
    put("allow_simultaneous", json!(spec.allow_simultaneous));
    put("ask_variables_on_launch", json!(spec.ask_variables));
    put("webhook_service", json!(""));
    put("webhook_credential", Value::Null);
    for prompt in prompts(spec.kind) {
        put(&format!("ask_{prompt}_on_launch"), json!(false));
    }
    match spec.kind {
        TemplateKind::Job => job_fields(spec, &mut put),
        TemplateKind::Workflow => {
            for empty in ["inventory", "limit", "scm_branch", "skip_tags", "job_tags"] {
                put(empty, Value::Null);
            }
        }
    }
    Value::Object(fields)
}

fn job_fields(spec: &Template, put: &mut impl FnMut(&str, Value)) {
    put("job_type", json!("run"));
    put("inventory", json!(has_inventory(spec).then_some(1)));
    put("project", json!(has_project(spec).then_some(1)));
    put("playbook", json!("p.yml"));
    for empty in ["scm_branch", "limit", "job_tags", "skip_tags", "start_at_task"] {
        put(empty, json!(""));
    }
    for zero in ["forks", "verbosity", "timeout"] {
        put(zero, json!(0));
    }
    for no in ["force_handlers", "use_fact_cache", "become_enabled", "diff_mode"] {
        put(no, json!(false));
    }
    put("execution_environment", Value::Null);
    put("host_config_key", json!(""));
    put("custom_virtualenv", Value::Null);
    put("job_slice_count", json!(spec.slices.max(1)));
    put("prevent_instance_group_fallback", json!(false));
}

fn prompts(kind: TemplateKind) -> &'static [&'static str] {
    match kind {
        TemplateKind::Job => &JOB_PROMPTS,
        TemplateKind::Workflow => &WORKFLOW_PROMPTS,
    }
}

fn type_name(kind: TemplateKind) -> &'static str {
    match kind {
        TemplateKind::Job => "job_template",
        TemplateKind::Workflow => "workflow_job_template",
    }
}

fn organization_id(state: &State, spec: &Template) -> Option<i64> {
    spec.organization.as_deref().map(|name| state.organization_id(name))
}

fn jobs_of(state: &State, template: i64) -> Vec<&Job> {
    let of = |job: &&Job| job.template == Some(template) && job.parent.is_none();
    state.jobs.values().filter(of).collect()
}

fn related(state: &State, record: &TemplateRecord, root: &str, named: bool) -> Value {
    let spec = &*record.spec;
    let resource = resource(spec.kind);
    let parts: &[&str] = match spec.kind {
        TemplateKind::Job => &JOB_PARTS,
        TemplateKind::Workflow => &WORKFLOW_PARTS,
    };
    let mut related = links(root, resource, record.id, parts);
    related.extend(links(root, resource, record.id, &["copy"]));
    related.insert("webhook_receiver".to_owned(), json!(""));
    if named {
        let name = crate::api::named_url(&spec.name, spec.organization.as_deref());
        related.insert("named_url".to_owned(), json!(format!("{root}/v2/{resource}/{name}/")));
    }
    if let Some(id) = organization_id(state, spec) {
        let link = json!(Link(root, "organizations", id, ""));
        related.insert("organization".to_owned(), link);
    }
    if spec.kind == TemplateKind::Job {
        if has_inventory(spec) {
            related.insert("inventory".to_owned(), json!(Link(root, "inventories", 1, "")));
        }
        if has_project(spec) {
            related.insert("project".to_owned(), json!(Link(root, "projects", 1, "")));
        }
    }
    Value::Object(related)
}

fn summary(state: &State, record: &TemplateRecord, viewer: &User, jobs: &[&Job]) -> Value {
    let spec = &*record.spec;
    let admin = viewer.superuser;
    let recent = jobs.iter().rev().take(10).map(|job| {
        json!({"id": job.id, "status": job.status, "finished": job.finished.map(Stamp),
               "canceled_on": job.canceled_on.map(Stamp), "type": job.type_name()})
    });
    let mut summary = json!({
        "object_roles": object_roles(record),
        "user_capabilities": {"edit": admin, "delete": admin, "start": spec.executable,
                              "schedule": spec.executable, "copy": admin},
        "labels": NO_LABELS,
        "recent_jobs": recent.collect::<Vec<_>>(),
    });
    if let Some(organization) = organization(state, spec) {
        summary["organization"] = organization;
    }
    if spec.kind == TemplateKind::Job {
        summary["credentials"] = json!([]);
        if has_inventory(spec) {
            summary["inventory"] = json!(INVENTORY);
        }
        if has_project(spec) {
            summary["project"] = json!(PROJECT);
        }
    }
    summary
}

fn object_roles(record: &TemplateRecord) -> Value {
    let thing = type_name(record.spec.kind).replace('_', " ");
    let role = |nth: i64, name: &str, description: String| {
        let id = record.id * 4 + nth;
        json!({"id": id, "name": name, "description": description})
    };
    let mut roles = json!({
        "admin_role": role(0, "Admin", format!("Can manage all aspects of the {thing}")),
        "execute_role": role(1, "Execute", format!("May run the {thing}")),
        "read_role": role(2, "Read", format!("May view settings for the {thing}")),
    });
    if record.spec.kind == TemplateKind::Workflow {
        let text = "Can approve or deny a workflow approval node".to_owned();
        roles["approval_role"] = role(3, "Approve", text);
    }
    roles
}

/// What a launch of a template needs (`GET …/launch/`).
pub(crate) fn launch_requirements(record: &TemplateRecord) -> Value {
    let spec = &*record.spec;
    let survey = &spec.survey;
    let needed: Vec<&str> = survey
        .iter()
        .filter(|variable| variable.required && variable.default.is_none())
        .map(|variable| variable.name.as_str())
        .collect();
    let passwords: &[&str] =
        if spec.needs.contains(&Needs::Password) { &["ssh_password"] } else { &[] };
    let data = json!({"name": spec.name, "id": record.id, "description": ""});
    let mut fields = json!({
        "survey_enabled": !survey.is_empty(),
        "variables_needed_to_start": needed,
        "ask_variables_on_launch": spec.ask_variables,
    });
    for prompt in prompts(spec.kind) {
        fields[format!("ask_{prompt}_on_launch")] = json!(false);
    }
    match spec.kind {
        TemplateKind::Job => {
            let inventory = has_inventory(spec);
            // a template that prompts for anything cannot start without input
            fields["can_start_without_user_input"] = json!(
                !spec.ask_variables && needed.is_empty() && passwords.is_empty() && inventory
            );
            fields["passwords_needed_to_start"] = json!(passwords);
            fields["credential_needed_to_start"] = json!(false);
            fields["inventory_needed_to_start"] = json!(!inventory);
            fields["job_template_data"] = data;
            let inventory = if inventory {
                json!({"name": "inv", "id": 1})
            } else {
                json!({"name": null, "id": null})
            };
            fields["defaults"] = json!({
                "inventory": inventory, "limit": "", "scm_branch": "", "job_tags": "",
                "skip_tags": "", "extra_vars": spec.extra_vars, "diff_mode": false,
                "job_type": "run", "verbosity": 0, "execution_environment": {}, "forks": 0,
                "job_slice_count": spec.slices.max(1), "timeout": 0, "instance_groups": [],
            });
        }
        TemplateKind::Workflow => {
            fields["can_start_without_user_input"] = json!(needed.is_empty());
            fields["node_templates_missing"] = json!([]);
            fields["node_prompts_rejected"] = json!([]);
            fields["workflow_job_template_data"] = data;
            fields["defaults"] = json!({
                "inventory": {"name": null, "id": null}, "limit": null, "scm_branch": null,
                "job_tags": null, "skip_tags": null, "extra_vars": spec.extra_vars,
            });
        }
    }
    fields
}
