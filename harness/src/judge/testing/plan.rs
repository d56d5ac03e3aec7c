//! The plan of a story.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use scenario::Source;
use scenario::plan::{
    Aap, AapUser, Eda, JobTemplate, KubeVirt, Latency, Limits, OperatorSettings, Plan, Provider,
    TemplateKind, World,
};
use serde_json::json;

/// A plan without steps, properties and faults, at production settings.
pub(super) fn plan() -> Plan {
    Plan {
        source: Arc::new(Source::new("story.yaml", "")),
        scenario: "story".into(),
        variant: "default".into(),
        title: "A story".into(),
        shows: String::new(),
        labels: BTreeMap::new(),
        requires: BTreeSet::new(),
        covers: Vec::new(),
        secrets: Vec::new(),
        bindings: Arc::new(json!({})),
        profile: Arc::new(json!({})),
        world: world(),
        steps: Vec::new(),
        properties: Vec::new(),
        budgets: Vec::new(),
        limits: Limits {
            deadline: Duration::from_secs(6 * 3600),
            rest_polls: 5,
            events: 100_000,
            requests_per_second: 100,
        },
    }
}

fn world() -> World {
    let template = |name: &str| JobTemplate {
        name: name.into(),
        kind: TemplateKind::Job,
        named_url: false,
        missing: false,
        visible: true,
        executable: true,
        ask_variables: true,
        required_survey_variable: None,
        lacks: Vec::new(),
        allow_simultaneous: true,
        slices: 1,
        nodes: Vec::new(),
        scripts: Vec::new(),
    };
    World {
        provider: Provider::Aap,
        operator: OperatorSettings {
            poll_interval: Duration::from_secs(30),
            history_limit: 10,
            minimum_request_interval: Duration::ZERO,
            start_grace: Duration::from_secs(600),
            tenant_controller: false,
        },
        aap: Aap {
            provision: template("create"),
            deprovision: template("delete"),
            templates: Vec::new(),
            user: AapUser::default(),
            capacity: None,
            first_job_id: 1,
            ids_burnt_per_launch: 0,
            switches: BTreeMap::new(),
        },
        eda: Eda { provision: Vec::new(), deprovision: Vec::new() },
        kubevirt: KubeVirt { boot: Vec::new(), ends: None, restart: Duration::from_secs(5) },
        tenant: None,
        objects: Vec::new(),
        latency: Latency { min: Duration::ZERO, max: Duration::ZERO },
        faults: Vec::new(),
    }
}
