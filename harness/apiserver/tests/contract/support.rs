//! A server with a fixed clock and a counting die, and a plain HTTP client for it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

use apiserver::{ApiServer, ClientName, Crd, KubeService, Options};
use axum::body::Body;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

/// 2026-01-01T00:00:00Z plus the virtual time since the first call.
pub fn options() -> Options {
    let epoch: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let start = tokio::time::Instant::now();
    let now = Arc::new(move || epoch + jiff::SignedDuration::try_from(start.elapsed()).unwrap());
    let counter = AtomicU64::new(1);
    let dice = Arc::new(move || {
        // Spread the counter over all bits, so that generated names differ.
        counter.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    });
    Options::new(now, dice)
}

/// A server with the widgets.
pub fn server() -> ApiServer {
    server_with(options())
}

pub fn server_with(options: Options) -> ApiServer {
    /// Compiling it is the expensive part.
    static CRD: LazyLock<Crd> = LazyLock::new(|| Crd::compile(&widgets()).unwrap());
    let server = ApiServer::new(options);
    server.install(&CRD).unwrap();
    server
}

/// A CRD with one of everything.
pub fn widgets() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.probe.dev"},
        "spec": {
            "group": "probe.dev", "scope": "Namespaced",
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget",
                "listKind": "WidgetList", "shortNames": ["wd"]},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "subresources": {"status": {}, "scale": {
                    "specReplicasPath": ".spec.replicas",
                    "statusReplicasPath": ".status.replicas"}},
                "selectableFields": [{"jsonPath": ".spec.color"}],
                "schema": {"openAPIV3Schema": {"type": "object", "required": ["spec"],
                    "properties": {
                    "spec": {"type": "object", "required": ["cores"], "properties": {
                        "cores": {"type": "integer", "format": "int32", "minimum": 1,
                            "maximum": 64},
                        "replicas": {"type": "integer"},
                        "color": {"type": "string", "enum": ["red", "green", "blue"]},
                        "mode": {"type": "string", "default": "auto"},
                        "imm": {"type": "string", "x-kubernetes-validations": [
                            {"rule": "self == oldSelf", "message": "imm is immutable"}]},
                        "lim": {"type": "integer"}, "max": {"type": "integer"}},
                        "x-kubernetes-validations": [{
                            "rule": "!has(self.lim) || !has(self.max) || self.lim <= self.max",
                            "message": "lim must be <= max"}]},
                    "status": {"type": "object", "properties": {
                        "phase": {"type": "string", "enum": ["New", "Ready"]},
                        "note": {"type": "string"},
                        "replicas": {"type": "integer"}}}}}}}],
        },
    })
}

pub fn widget(name: &str) -> Value {
    json!({"apiVersion": "probe.dev/v1", "kind": "Widget", "metadata": {"name": name},
        "spec": {"cores": 2}})
}

pub const WIDGETS: &str = "/apis/probe.dev/v1/namespaces/default/widgets";

/// A client, and the server that it talks to.
#[derive(Clone)]
pub struct Http {
    arm: Arm,
}

#[derive(Clone)]
enum Arm {
    /// The embedded server, and under which name.
    Embedded(KubeService, ClientName),
    /// A cluster, and the namespace that stands for `default`.
    Cluster(kube::Client, String),
}

/// How often and how long [`Http::until`] asks a cluster, which does things in its own time.
const TRIES: usize = 300;
const TRY_EACH: std::time::Duration = std::time::Duration::from_millis(100);

/// Status and body of an answer.
pub type Answer = (u16, Value);

impl Http {
    pub fn new(server: &ApiServer, name: &str) -> Self {
        Self { arm: Arm::Embedded(server.service(), ClientName::new(name)) }
    }

    /// A client of a cluster, in whose requests and answers `default` stands for `namespace`.
    pub fn of_cluster(client: kube::Client, namespace: &str) -> Self {
        Self { arm: Arm::Cluster(client, namespace.to_owned()) }
    }

    pub async fn send(&self, mut request: Request<Body>) -> Response<Body> {
        match &self.arm {
            Arm::Embedded(service, name) => {
                request.extensions_mut().insert(name.clone());
                service.clone().oneshot(request).await.unwrap()
            }
            Arm::Cluster(client, namespace) => {
                let (mut parts, body) = request.into_parts();
                let path = parts.uri.to_string();
                let path = path.replace("/namespaces/default", &format!("/namespaces/{namespace}"));
                parts.uri = path.parse().unwrap();
                let (ours, theirs) = ("\"default\"", format!("\"{namespace}\""));
                let bytes = body.collect().await.unwrap().to_bytes();
                let text = String::from_utf8(bytes.to_vec()).unwrap().replace(ours, &theirs);
                let body = kube::client::Body::from(text.into_bytes());
                let request = Request::from_parts(parts, body);
                let (parts, body) = client.send(request).await.unwrap().into_parts();
                let bytes = body.collect().await.unwrap().to_bytes();
                let text = String::from_utf8(bytes.to_vec()).unwrap().replace(&theirs, ours);
                Response::from_parts(parts, Body::from(text))
            }
        }
    }

    /// Gets an object until it is as wanted. The embedded server does what follows from a request
    /// before it answers: there the first look must do.
    pub async fn until(&self, path: &str, wanted: impl Fn(u16, &Value) -> bool) {
        let mut last = self.get(path).await;
        for _ in 0..TRIES {
            if wanted(last.0, &last.1) || matches!(self.arm, Arm::Embedded(..)) {
                break;
            }
            tokio::time::sleep(TRY_EACH).await;
            last = self.get(path).await;
        }
        assert!(wanted(last.0, &last.1), "{path} is still {} {}", last.0, last.1);
    }

    async fn call(&self, method: &str, path: &str, kind: &str, body: Body) -> Answer {
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", kind)
            .body(body)
            .unwrap();
        let response = self.send(request).await;
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (code, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call("GET", path, "application/json", Body::empty()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path, "application/json", Body::from(body.to_string())).await
    }

    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call("PUT", path, "application/json", Body::from(body.to_string())).await
    }

    pub async fn merge(&self, path: &str, body: &Value) -> Answer {
        let kind = "application/merge-patch+json";
        self.call("PATCH", path, kind, Body::from(body.to_string())).await
    }

    pub async fn patch(&self, path: &str, kind: &str, body: &Value) -> Answer {
        self.call("PATCH", path, kind, Body::from(body.to_string())).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, "application/json", Body::empty()).await
    }

    pub async fn delete_with(&self, path: &str, options: &Value) -> Answer {
        self.call("DELETE", path, "application/json", Body::from(options.to_string())).await
    }

    /// Opens a watch.
    pub async fn watch(&self, path: &str) -> Watch {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = self.send(request).await;
        assert_eq!(response.status(), 200, "{path}");
        Watch { body: response.into_body() }
    }
}

/// An open watch stream.
pub struct Watch {
    pub body: Body,
}

impl Watch {
    /// Type and object of the next event; None at the end of the stream.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        let frame = self.body.frame().await?.unwrap();
        let event: Value = serde_json::from_slice(frame.data_ref().unwrap()).unwrap();
        Some((event["type"].as_str().unwrap().to_owned(), event["object"].clone()))
    }

    /// `TYPE name@revision` of the next event.
    pub async fn line(&mut self) -> Option<String> {
        let (kind, object) = self.next().await?;
        let name = object["metadata"]["name"].as_str().unwrap_or("-").to_owned();
        Some(format!("{kind} {name}"))
    }

    /// All lines up to the end of the stream.
    pub async fn lines(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        while let Some(line) = self.line().await {
            lines.push(line);
        }
        lines
    }
}

/// The revision of an object or list.
pub fn revision_of(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap()
}

/// So many random cases; a failure shows its smallest input and writes no file.
pub fn cases(count: u32) -> proptest::test_runner::Config {
    let config = proptest::test_runner::Config::with_cases(count);
    proptest::test_runner::Config { failure_persistence: None, ..config }
}
