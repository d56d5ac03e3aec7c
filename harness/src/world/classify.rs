//! What a request means, read off its method and path.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A server, as far as the meaning of its paths goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaks {
    /// The Kubernetes API.
    Kube,
    /// The AAP controller's API.
    Aap,
    /// EDA's webhook receiver.
    Eda,
}

/// What a request means.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Meaning {
    /// The verb, as [`trace::Request::verb`] lists them.
    pub verb: String,
    /// Kind of thing: `computeinstances/status`, `provision`.
    pub about: String,
    /// Plural of the kind (Kubernetes).
    pub resource: String,
    /// Subresource, or empty (Kubernetes).
    pub subresource: String,
    /// Namespace, or empty (Kubernetes).
    pub namespace: String,
    /// Name of the object, or id of the job.
    pub name: String,
}

impl Meaning {
    /// `namespace/name`, the name alone, or empty.
    pub fn object(&self) -> String {
        if self.namespace.is_empty() || self.name.is_empty() {
            self.name.clone()
        } else {
            format!("{}/{}", self.namespace, self.name)
        }
    }
}

/// Reads a request to a Kubernetes API server.
pub fn kube(method: &str, path: &str, query: &str) -> Meaning {
    let mut parts = path.trim_matches('/').split('/');
    let known = match parts.next() {
        Some("api") => parts.next().is_some(),
        Some("apis") => parts.next().is_some() && parts.next().is_some(),
        _ => false,
    };
    let mut rest: Vec<&str> = parts.collect();
    if !known || rest.is_empty() {
        return Meaning { verb: "other".to_owned(), about: path.to_owned(), ..Meaning::default() };
    }
    let mut meaning = Meaning::default();
    if rest[0] == "namespaces" && rest.len() > 2 {
        meaning.namespace = rest[1].to_owned();
        rest.drain(..2);
    }
    let mut rest = rest.into_iter();
    meaning.resource = rest.next().unwrap_or_default().to_owned();
    meaning.name = rest.next().unwrap_or_default().to_owned();
    meaning.subresource = rest.next().unwrap_or_default().to_owned();
    meaning.about = if meaning.subresource.is_empty() {
        meaning.resource.clone()
    } else {
        format!("{}/{}", meaning.resource, meaning.subresource)
    };
    let watches = query.split('&').any(|pair| pair == "watch=true" || pair == "watch=1");
    meaning.verb = match method {
        "GET" if watches => "watch",
        "GET" if meaning.name.is_empty() => "list",
        "GET" => "get",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => "other",
    }
    .to_owned();
    meaning
}

/// Reads a request to AAP. `role` is what the template or job of the path is for, if known.
pub fn aap(method: &str, path: &str, role: Option<String>) -> Meaning {
    let tail = path.split_once("/v2/").map_or("", |(_, tail)| tail);
    let parts: Vec<&str> = tail.split('/').filter(|part| !part.is_empty()).collect();
    let is_template = |kind: &str| kind == "job_templates" || kind == "workflow_job_templates";
    let is_job = |kind: &str| kind == "jobs" || kind == "workflow_jobs";
    let (verb, name) = match (method, parts.as_slice()) {
        ("POST", [kind, _, "launch"]) if is_template(kind) => ("launch", ""),
        ("POST", [kind, id, "cancel"]) if is_job(kind) => ("cancel", *id),
        ("GET", [kind, id]) if is_job(kind) => ("poll", *id),
        ("GET", [_]) => ("lookup", ""),
        _ => ("other", ""),
    };
    let about = role.unwrap_or_else(|| parts.join("/"));
    Meaning { verb: verb.to_owned(), about, name: name.to_owned(), ..Meaning::default() }
}

/// Reads a request to EDA: the endpoint tells what it is for.
pub fn eda(path: &str) -> Meaning {
    let endpoint = path.trim_matches('/');
    let role = eda_role(endpoint).unwrap_or(endpoint);
    Meaning { verb: "webhook".to_owned(), about: role.to_owned(), ..Meaning::default() }
}

/// What a webhook endpoint is for.
pub fn eda_role(endpoint: &str) -> Option<&'static str> {
    match endpoint {
        "create-compute-instance" => Some("provision"),
        "delete-compute-instance" => Some("deprovision"),
        _ => None,
    }
}

/// The instance that a launch or a webhook is about: `(uid, namespace/name)`.
pub fn instance_of(body: &Value) -> (String, String) {
    let payload = body.pointer("/extra_vars/ansible_eda/event/payload").unwrap_or(body);
    instance_of_object(payload)
}

/// Identity of an object: `(uid, namespace/name)`.
pub fn instance_of_object(object: &Value) -> (String, String) {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
    let full = if namespace.is_empty() { name.to_owned() } else { format!("{namespace}/{name}") };
    (text("/metadata/uid").to_owned(), full)
}

/// What the trace keeps of an answer of AAP: what a reader of a trace looks for. The rest is
/// skipped unread, for a job's document is long and polled often.
#[derive(Default, Deserialize, Serialize)]
#[serde(default)]
struct Gist {
    #[serde(skip_serializing_if = "is_nothing")]
    id: Value,
    #[serde(rename = "type", skip_serializing_if = "is_nothing")]
    kind: Value,
    #[serde(skip_serializing_if = "is_nothing")]
    name: Value,
    #[serde(skip_serializing_if = "is_nothing")]
    status: Value,
    #[serde(skip_serializing_if = "is_nothing")]
    job_explanation: Value,
    #[serde(skip_serializing_if = "is_nothing")]
    result_traceback: Value,
    #[serde(skip_serializing_if = "is_nothing")]
    job: Value,
    #[serde(skip_serializing_if = "is_nothing")]
    workflow_job: Value,
    #[serde(skip_serializing_if = "is_nothing")]
    ignored_fields: Value,
    #[serde(skip_serializing_if = "is_nothing")]
    detail: Value,
    #[serde(skip_serializing_if = "is_nothing")]
    can_cancel: Value,
    #[serde(skip_serializing_if = "is_nothing")]
    count: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    results: Vec<Gist>,
}

fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
    }
}

/// What the trace keeps of an answer of AAP; none if it is no JSON.
pub fn gist_of_aap(body: &[u8]) -> Option<Value> {
    let whole = || serde_json::from_slice::<Value>(body).ok();
    let Ok(mut gist) = serde_json::from_slice::<Gist>(body) else { return whole() };
    gist.results.truncate(25);
    match serde_json::to_value(&gist) {
        // an answer of another shape, such as `{"extra_vars": ["…"]}`, is kept as it is
        Ok(Value::Object(fields)) if fields.is_empty() => whole(),
        other => other.ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_gist_of_an_answer_is_what_a_reader_looks_for() {
        let gist = |body: Value| gist_of_aap(body.to_string().as_bytes()).unwrap();
        let job =
            json!({"id": 7, "status": "failed", "job_explanation": "", "related": {"a": "b"}});
        assert_eq!(gist(job.clone()), json!({"id": 7, "status": "failed"}));
        let list = json!({"count": 1, "next": null, "results": [job]});
        assert_eq!(gist(list), json!({"count": 1, "results": [{"id": 7, "status": "failed"}]}));
        let refusal = json!({"extra_vars": ["no"]});
        assert_eq!(gist(refusal.clone()), refusal);
        assert_eq!(gist_of_aap(b"<html>"), None);
    }

    fn check_kube(method: &str, path: &str, query: &str, verb: &str, about: &str, object: &str) {
        let meaning = kube(method, path, query);
        assert_eq!(
            (meaning.verb.as_str(), meaning.about.as_str(), meaning.object().as_str()),
            (verb, about, object),
            "{method} {path}"
        );
    }

    #[test]
    fn kube_paths_tell_verb_resource_and_object() {
        let group = "/apis/osac.openshift.io/v1alpha1";
        let ci = format!("{group}/namespaces/a/computeinstances");
        check_kube("GET", &ci, "watch=true&x=1", "watch", "computeinstances", "");
        check_kube("GET", &format!("{group}/computeinstances"), "", "list", "computeinstances", "");
        let status = format!("{ci}/vm1/status");
        check_kube("PUT", &status, "", "update", "computeinstances/status", "a/vm1");
        check_kube("POST", "/api/v1/namespaces", "", "create", "namespaces", "");
        check_kube("GET", "/api/v1/namespaces/a", "", "get", "namespaces", "a");
        check_kube("GET", "/version", "", "other", "/version", "");
    }

    fn check_aap(method: &str, path: &str, verb: &str, name: &str) {
        let meaning = aap(method, path, Some("provision".into()));
        assert_eq!((meaning.verb.as_str(), meaning.name.as_str()), (verb, name), "{method} {path}");
    }

    #[test]
    fn aap_paths_tell_launches_polls_and_cancels() {
        check_aap("POST", "/api/controller/v2/job_templates/7/launch/", "launch", "");
        check_aap("GET", "/api/controller/v2/job_templates/7/launch/", "other", "");
        check_aap("POST", "/api/v2/workflow_job_templates/a++b/launch/", "launch", "");
        check_aap("GET", "/api/v2/jobs/12/", "poll", "12");
        check_aap("POST", "/api/v2/workflow_jobs/12/cancel/", "cancel", "12");
        check_aap("GET", "/api/v2/unified_jobs/", "lookup", "");
        check_aap("GET", "/api/v2/jobs/12/stdout/", "other", "");
    }

    #[test]
    fn a_launch_names_its_instance() {
        let payload = json!({"metadata": {"uid": "u", "namespace": "n", "name": "vm1"}});
        let launch = json!({"extra_vars": {"ansible_eda": {"event": {"payload": payload}}}});
        assert_eq!(instance_of(&launch), ("u".to_owned(), "n/vm1".to_owned()));
        assert_eq!(instance_of(&payload), ("u".to_owned(), "n/vm1".to_owned()));
    }
}
