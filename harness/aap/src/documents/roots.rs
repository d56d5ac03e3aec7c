//! The documents about the controller itself.

use serde_json::{Map, Value, json};

use crate::config::Config;
use crate::state::User;

const RESOURCES: [(&str, &str); 53] = [
    ("ping", "ping"),
    ("instances", "instances"),
    ("instance_groups", "instance_groups"),
    ("receptor_addresses", "receptor_addresses"),
    ("config", "config"),
    ("settings", "settings"),
    ("me", "me"),
    ("dashboard", "dashboard"),
    ("organizations", "organizations"),
    ("users", "users"),
    ("execution_environments", "execution_environments"),
    ("projects", "projects"),
    ("project_updates", "project_updates"),
    ("teams", "teams"),
    ("credentials", "credentials"),
    ("credential_types", "credential_types"),
    ("credential_input_sources", "credential_input_sources"),
    ("applications", "applications"),
    ("tokens", "tokens"),
    ("metrics", "metrics"),
    ("inventory", "inventories"),
    ("constructed_inventory", "constructed_inventories"),
    ("inventory_sources", "inventory_sources"),
    ("inventory_updates", "inventory_updates"),
    ("groups", "groups"),
    ("hosts", "hosts"),
    ("host_metrics", "host_metrics"),
    ("host_metric_summary_monthly", "host_metric_summary_monthly"),
    ("job_templates", "job_templates"),
    ("jobs", "jobs"),
    ("ad_hoc_commands", "ad_hoc_commands"),
    ("system_job_templates", "system_job_templates"),
    ("system_jobs", "system_jobs"),
    ("schedules", "schedules"),
    ("roles", "roles"),
    ("notification_templates", "notification_templates"),
    ("notifications", "notifications"),
    ("labels", "labels"),
    ("unified_job_templates", "unified_job_templates"),
    ("unified_jobs", "unified_jobs"),
    ("activity_stream", "activity_stream"),
    ("workflow_job_templates", "workflow_job_templates"),
    ("workflow_jobs", "workflow_jobs"),
    ("workflow_approvals", "workflow_approvals"),
    ("workflow_job_template_nodes", "workflow_job_template_nodes"),
    ("workflow_job_nodes", "workflow_job_nodes"),
    ("mesh_visualizer", "mesh_visualizer"),
    ("bulk", "bulk"),
    ("analytics", "analytics"),
    ("service_index", "service-index"),
    ("role_definitions", "role_definitions"),
    ("role_user_assignments", "role_user_assignments"),
    ("role_team_assignments", "role_team_assignments"),
];

const COLLECTORS: [(&str, &str, &str); 15] = [
    ("config", "1.6", "General platform configuration."),
    ("counts", "1.2", "Counts of objects such as organizations, inventories, and projects"),
    ("cred_type_counts", "1.0", "Counts of credentials by credential type"),
    ("events_table", "1.5", "Automation task records"),
    ("host_metric_summary_monthly_table", "1.0", "HostMetricSummaryMonthly export, full sync"),
    ("host_metric_table", "1.0", "Host Metric data, incremental/full sync"),
    ("instance_info", "1.3", "Cluster topology and capacity"),
    ("inventory_counts", "1.2", "Inventories, their inventory sources, and host counts"),
    ("org_counts", "1.0", "Counts of users and teams by organization"),
    ("projects_by_scm_type", "1.0", "Counts of projects by source control type"),
    ("query_info", "1.0", "Metadata about the analytics collected"),
    ("unified_job_template_table", "1.1", "Data on job templates"),
    ("unified_jobs_table", "1.4", "Data on jobs run"),
    ("workflow_job_node_table", "1.0", "Data on workflow runs"),
    ("workflow_job_template_node_table", "1.0", "Data on workflows"),
];

const BECOME_METHODS: [(&str, &str); 12] = [
    ("sudo", "Sudo"),
    ("su", "Su"),
    ("pbrun", "Pbrun"),
    ("pfexec", "Pfexec"),
    ("dzdo", "DZDO"),
    ("pmrun", "Pmrun"),
    ("runas", "Runas"),
    ("enable", "Enable"),
    ("doas", "Doas"),
    ("ksu", "Ksu"),
    ("machinectl", "Machinectl"),
    ("sesu", "Sesu"),
];

/// `/api/`: where the versions are.
pub(crate) fn api_root(root: &str) -> Value {
    let mut document = json!({
        "description": "AWX REST API",
        "current_version": format!("{root}/v2/"),
        "available_versions": {"v2": format!("{root}/v2/")},
        "custom_logo": "",
        "custom_login_info": "",
        "login_redirect_override": "",
    });
    if root == "/api" {
        document["oauth2"] = json!("/api/o/");
    }
    document
}

/// `/api/v2/`: where the resources are.
pub(crate) fn version_root(root: &str) -> Value {
    let link = |(name, path): (&str, &str)| (name.to_owned(), json!(format!("{root}/v2/{path}/")));
    Value::Object(RESOURCES.into_iter().map(link).collect())
}

pub(crate) fn ping(config: &Config) -> Value {
    let group = |name: &str| json!({"name": name, "capacity": 0, "instances": []});
    json!({
        "ha": false,
        "version": config.version,
        "active_node": config.node,
        "install_uuid": "00000000-0000-0000-0000-000000000000",
        "instances": [],
        "instance_groups": [group("controlplane"), group("default")],
    })
}

pub(crate) fn config(config: &Config, viewer: &User) -> Value {
    let collector = |(name, version, description): (&str, &str, &str)| {
        let document = json!({"name": name, "version": version, "description": description});
        (name.to_owned(), document)
    };
    let collectors: Map<String, Value> = COLLECTORS.into_iter().map(collector).collect();
    let mut document = json!({
        "time_zone": "UTC",
        "license_info": {"license_type": "open", "valid_key": true, "subscription_name": "OPEN",
                         "product_name": "AWX"},
        "version": config.version,
        "eula": "",
        "analytics_status": "off",
        "analytics_collectors": collectors,
        "become_methods": BECOME_METHODS,
    });
    if viewer.superuser {
        document["project_base_dir"] = json!("/var/lib/awx/projects/");
        document["project_local_paths"] = json!([]);
        document["custom_virtualenvs"] = json!([]);
    }
    document
}
