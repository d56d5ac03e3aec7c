//! What a world costs the server: birth, a watch, one object from creation to its end with thirty
//! writes, and reads between them. Prints microseconds.

#![expect(clippy::print_stdout, reason = "the figures are the purpose")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the wall clock")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot go on ends here")]

use std::sync::Arc;
use std::time::Instant;

use apiserver::{ApiServer, ClientName, Crd, KubeService, Options};
use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

const WORLDS: u32 = 2000;
const WRITES: i32 = 30;
const PATH: &str = "/apis/probe.dev/v1/namespaces/default/widgets";

fn crd() -> Value {
    json!({
        "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "widgets.probe.dev"},
        "spec": {
            "group": "probe.dev", "scope": "Namespaced",
            "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
            "versions": [{"name": "v1", "served": true, "storage": true,
                "subresources": {"status": {}},
                "schema": {"openAPIV3Schema": {"type": "object", "properties": {
                    "spec": {"type": "object", "required": ["cores"], "properties": {
                        "cores": {"type": "integer", "minimum": 1},
                        "name": {"type": "string", "pattern": "^[a-z]+$"},
                        "imm": {"type": "string", "x-kubernetes-validations": [
                            {"rule": "self == oldSelf", "message": "imm is immutable"}]}}},
                    "status": {"type": "object", "properties": {
                        "phase": {"type": "string", "enum": ["New", "Ready"]},
                        "conditions": {"type": "array", "x-kubernetes-list-type": "map",
                            "x-kubernetes-list-map-keys": ["type"], "items": {
                                "type": "object", "required": ["type"], "properties": {
                                    "type": {"type": "string"}, "status": {"type": "string"},
                                    "message": {"type": "string"},
                                    "since": {"type": "string", "format": "date-time"}}}},
                        "count": {"type": "integer"}}}}}}}],
        },
    })
}

fn options() -> Options {
    let epoch: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    Options::new(Arc::new(move || epoch), Arc::new(|| 4))
}

async fn call(service: &KubeService, method: &str, path: &str, kind: &str, body: Value) -> Body {
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", kind)
        .body(body)
        .unwrap();
    request.extensions_mut().insert(ClientName::new("bench"));
    let response = service.clone().oneshot(request).await.unwrap();
    assert!(response.status().is_success(), "{method} {path} {}", response.status());
    response.into_body()
}

/// A call whose answer is read to its end.
async fn send(service: &KubeService, method: &str, path: &str, kind: &str, body: Value) -> usize {
    let body = call(service, method, path, kind, body).await;
    body.collect().await.unwrap().to_bytes().len()
}

async fn world(crd: &Crd) {
    let server = ApiServer::new(options());
    server.install(crd).unwrap();
    let service = server.service();
    let merge = "application/merge-patch+json";
    let watch = format!("{PATH}?watch=1&timeoutSeconds=60");
    let mut watch = call(&service, "GET", &watch, merge, Value::Null).await;
    let object = json!({"apiVersion": "probe.dev/v1", "kind": "Widget",
        "metadata": {"name": "a", "finalizers": ["probe.dev/f"]},
        "spec": {"cores": 2, "name": "abc", "imm": "x"}});
    send(&service, "POST", PATH, "application/json", object).await;
    watch.frame().await.unwrap().unwrap();
    let one = format!("{PATH}/a");
    for count in 0..WRITES {
        let patch = json!({"status": {"phase": "New", "count": count, "conditions": [
            {"type": "Ready", "status": "False", "message": format!("step {count}"),
                "since": "2026-01-01T00:00:00Z"}]}});
        send(&service, "PATCH", &format!("{one}/status"), merge, patch).await;
        watch.frame().await.unwrap().unwrap();
        send(&service, "GET", &one, merge, Value::Null).await;
    }
    send(&service, "DELETE", &one, "application/json", Value::Null).await;
    send(&service, "PATCH", &one, merge, json!({"metadata": {"finalizers": null}})).await;
}

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let start = Instant::now();
    let crd = Crd::compile(&crd()).unwrap();
    println!("compile the CRD        {:8.1} us", start.elapsed().as_secs_f64() * 1e6);
    let start = Instant::now();
    for _ in 0..WORLDS {
        let server = ApiServer::new(options());
        server.install(&crd).unwrap();
    }
    let each = |start: Instant| start.elapsed().as_secs_f64() * 1e6 / f64::from(WORLDS);
    println!("birth of a server      {:8.1} us", each(start));
    let start = Instant::now();
    runtime.block_on(async {
        for _ in 0..WORLDS {
            world(&crd).await;
        }
    });
    println!("a world of {} requests {:8.1} us", 4 + 2 * WRITES, each(start));
}
