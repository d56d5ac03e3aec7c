//! The columns of built-in kinds.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::rows::age_of;
use crate::meta;

/// Name, type, priority, and how the cell is computed.
pub(super) type Row = (&'static str, &'static str, i64, fn(&Value, Timestamp) -> Value);

fn name_of(object: &Value, _: Timestamp) -> Value {
    meta::name(object).into()
}

fn created(object: &Value, now: Timestamp) -> Value {
    age_of(meta::text(object, "creationTimestamp"), now)
}

fn created_at(object: &Value, _: Timestamp) -> Value {
    meta::text(object, "creationTimestamp").into()
}

/// A text at a pointer; `otherwise` where absent.
fn at(object: &Value, pointer: &str, otherwise: &str) -> Value {
    match object.pointer(pointer) {
        Some(Value::String(text)) if !text.is_empty() => text.clone().into(),
        Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string().into(),
        _ => otherwise.into(),
    }
}

fn number(object: &Value, pointer: &str) -> i64 {
    object.pointer(pointer).and_then(Value::as_i64).unwrap_or(0)
}

fn count(object: &Value, fields: &[&str]) -> Value {
    let size = |field: &&str| object[*field].as_object().map_or(0, Map::len);
    fields.iter().map(size).sum::<usize>().into()
}

fn event_age(object: &Value, field: &str, now: Timestamp) -> Value {
    let text = ["eventTime", field].map(|field| object[field].as_str().unwrap_or_default());
    let found = text.iter().rev().find(|text| !text.is_empty());
    found.map_or_else(|| "<unknown>".into(), |text| age_of(text, now))
}

fn event_object(object: &Value, _: Timestamp) -> Value {
    let about = &object["involvedObject"];
    let kind = about["kind"].as_str().unwrap_or_default().to_lowercase();
    let name = about["name"].as_str().unwrap_or_default();
    if kind.is_empty() { name.into() } else { format!("{kind}/{name}").into() }
}

fn event_source(object: &Value, _: Timestamp) -> Value {
    let source = &object["source"];
    let component = source["component"].as_str().unwrap_or_default();
    let host = source["host"].as_str().unwrap_or_default();
    if !component.is_empty() {
        let tail = if host.is_empty() { String::new() } else { format!(", {host}") };
        return format!("{component}{tail}").into();
    }
    at(object, "/reportingComponent", "")
}

fn service_ports(object: &Value, _: Timestamp) -> Value {
    let ports = object["spec"]["ports"].as_array();
    let texts: Vec<String> = ports
        .into_iter()
        .flatten()
        .map(|port| {
            let protocol = port["protocol"].as_str().unwrap_or("TCP");
            match port["nodePort"].as_u64() {
                Some(node) => format!("{}:{node}/{protocol}", port["port"]),
                None => format!("{}/{protocol}", port["port"]),
            }
        })
        .collect();
    if texts.is_empty() { "<none>".into() } else { texts.join(",").into() }
}

fn service_selector(object: &Value, _: Timestamp) -> Value {
    let map = object["spec"]["selector"].as_object();
    let pairs: Vec<String> = map
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    if pairs.is_empty() { "<none>".into() } else { pairs.join(",").into() }
}

fn pod_ready(object: &Value, _: Timestamp) -> Value {
    let statuses = object["status"]["containerStatuses"].as_array();
    let ready = statuses.into_iter().flatten().filter(|one| one["ready"] == Value::Bool(true));
    let total = object["spec"]["containers"].as_array().map_or(0, Vec::len);
    format!("{}/{total}", ready.count()).into()
}

fn pod_restarts(object: &Value, _: Timestamp) -> Value {
    let statuses = object["status"]["containerStatuses"].as_array();
    let counts = statuses.into_iter().flatten().map(|one| number(one, "/restartCount"));
    counts.sum::<i64>().to_string().into()
}

fn workload_ready(object: &Value, _: Timestamp) -> Value {
    format!("{}/{}", number(object, "/status/readyReplicas"), number(object, "/spec/replicas"))
        .into()
}

const NAME_AGE: &[Row] = &[("Name", "string", 0, name_of), ("Age", "string", 0, created)];
const CREATED: &[Row] = &[("Name", "string", 0, name_of), ("Created At", "date", 0, created_at)];
const EVENTS: &[Row] = &[
    ("Last Seen", "string", 0, |o, now| event_age(o, "lastTimestamp", now)),
    ("Type", "string", 0, |o, _| at(o, "/type", "")),
    ("Reason", "string", 0, |o, _| at(o, "/reason", "")),
    ("Object", "string", 0, event_object),
    ("Subobject", "string", 1, |o, _| at(o, "/involvedObject/fieldPath", "")),
    ("Source", "string", 1, event_source),
    ("Message", "string", 0, |o, _| at(o, "/message", "")),
    ("First Seen", "string", 1, |o, now| event_age(o, "firstTimestamp", now)),
    ("Count", "string", 1, |o, _| number(o, "/count").max(1).into()),
    ("Name", "string", 1, name_of),
];
const PODS: &[Row] = &[
    ("Name", "string", 0, name_of),
    ("Ready", "string", 0, pod_ready),
    ("Status", "string", 0, |o, _| at(o, "/status/phase", "Pending")),
    ("Restarts", "string", 0, pod_restarts),
    ("Age", "string", 0, created),
    ("IP", "string", 1, |o, _| at(o, "/status/podIP", "<none>")),
    ("Node", "string", 1, |o, _| at(o, "/spec/nodeName", "<none>")),
    ("Nominated Node", "string", 1, |o, _| at(o, "/status/nominatedNodeName", "<none>")),
    ("Readiness Gates", "string", 1, |_, _| "<none>".into()),
];
const SERVICES: &[Row] = &[
    ("Name", "string", 0, name_of),
    ("Type", "string", 0, |o, _| at(o, "/spec/type", "ClusterIP")),
    ("Cluster-IP", "string", 0, |o, _| at(o, "/spec/clusterIP", "<none>")),
    ("External-IP", "string", 0, |o, _| at(o, "/spec/externalIPs/0", "<none>")),
    ("Port(s)", "string", 0, service_ports),
    ("Age", "string", 0, created),
    ("Selector", "string", 1, service_selector),
];
const STORAGE_CLASSES: &[Row] = &[
    ("Name", "string", 0, name_of),
    ("Provisioner", "string", 0, |o, _| at(o, "/provisioner", "")),
    ("ReclaimPolicy", "string", 0, |o, _| at(o, "/reclaimPolicy", "Delete")),
    ("VolumeBindingMode", "string", 0, |o, _| at(o, "/volumeBindingMode", "Immediate")),
    ("AllowVolumeExpansion", "string", 0, |o, _| {
        (o["allowVolumeExpansion"] == Value::Bool(true)).into()
    }),
    ("Age", "string", 0, created),
];

/// The columns of a kind.
pub(super) fn columns(group: &str, plural: &str) -> &'static [Row] {
    match (group, plural) {
        ("", "configmaps") => &[
            ("Name", "string", 0, name_of),
            ("Data", "string", 0, |o, _| count(o, &["data", "binaryData"])),
            ("Age", "string", 0, created),
        ],
        ("", "secrets") => &[
            ("Name", "string", 0, name_of),
            ("Type", "string", 0, |o, _| at(o, "/type", "")),
            ("Data", "string", 0, |o, _| count(o, &["data"])),
            ("Age", "string", 0, created),
        ],
        ("", "namespaces") => &[
            ("Name", "string", 0, name_of),
            ("Status", "string", 0, |o, _| at(o, "/status/phase", "")),
            ("Age", "string", 0, created),
        ],
        ("coordination.k8s.io", "leases") => &[
            ("Name", "string", 0, name_of),
            ("Holder", "string", 0, |o, _| at(o, "/spec/holderIdentity", "")),
            ("Age", "string", 0, created),
        ],
        ("storage.k8s.io", "storageclasses") => STORAGE_CLASSES,
        ("", "services") => SERVICES,
        ("", "pods") => PODS,
        ("apps", "deployments" | "statefulsets") => &[
            ("Name", "string", 0, name_of),
            ("Ready", "string", 0, workload_ready),
            ("Age", "string", 0, created),
        ],
        (_, "events") => EVENTS,
        ("apiextensions.k8s.io", "customresourcedefinitions")
        | ("rbac.authorization.k8s.io", "clusterroles" | "roles") => CREATED,
        _ => NAME_AGE,
    }
}
