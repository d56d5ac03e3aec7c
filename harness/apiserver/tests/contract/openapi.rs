//! The OpenAPI documents: every kind is in one, and everything that they name is there.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::support::{Http, server, widgets};

async fn index(client: &Http) -> Value {
    client.get("/openapi/v3").await.1["paths"].clone()
}

async fn document(client: &Http, place: &str) -> Value {
    let url = index(client).await[place]["serverRelativeURL"].as_str().unwrap().to_owned();
    let (code, found) = client.get(&url).await;
    assert_eq!(code, 200, "{place}");
    found
}

/// Checks that all references of a document lead somewhere.
fn check_references(document: &Value, at: &Value) {
    match at {
        Value::Object(map) => {
            if let Some(reference) = map.get("$ref").and_then(Value::as_str) {
                let pointer = reference.trim_start_matches('#');
                assert!(document.pointer(pointer).is_some(), "{reference}");
            }
            map.values().for_each(|member| check_references(document, member));
        }
        Value::Array(items) => items.iter().for_each(|item| check_references(document, item)),
        _ => {}
    }
}

#[tokio::test(start_paused = true)]
async fn every_document_of_the_index_is_whole() {
    let client = Http::new(&server(), "c");
    let index = index(&client).await;
    let places = index.as_object().unwrap();
    assert!(places.contains_key("api/v1") && places.contains_key("apis/probe.dev/v1"));
    for place in places.keys() {
        let found = document(&client, place).await;
        assert_eq!(found["openapi"], "3.0.0", "{place}");
        check_references(&found, &found);
    }
    assert_eq!(client.get("/openapi/v3/apis/none.dev/v1").await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn kubectl_finds_what_it_looks_for() {
    let client = Http::new(&server(), "c");
    for (place, path, kind) in [
        ("api/v1", "/api/v1/namespaces/{name}", "Namespace"),
        ("apis/apps/v1", "/apis/apps/v1/namespaces/{namespace}/deployments/{name}", "Deployment"),
        ("apis/probe.dev/v1", "/apis/probe.dev/v1/namespaces/{namespace}/widgets/{name}", "Widget"),
    ] {
        let found = document(&client, place).await;
        let patch = &found["paths"][path]["patch"];
        assert_eq!(patch["x-kubernetes-group-version-kind"]["kind"], kind);
        let parameters = patch["parameters"].as_array().unwrap();
        assert!(parameters.iter().any(|found| found["name"] == "fieldValidation"), "{patch}");
        let schemas = found["components"]["schemas"].as_object().unwrap();
        let known = schemas.values().any(|schema| {
            schema["x-kubernetes-group-version-kind"][0]["kind"] == kind
                && schema["properties"]["metadata"].is_object()
        });
        assert!(known, "{kind}");
    }
    let found = document(&client, "apis/probe.dev/v1").await;
    let widget = &found["components"]["schemas"]["dev.probe.v1.Widget"];
    assert_eq!(widget["properties"]["spec"]["properties"]["cores"]["maximum"], 64);
    let found = document(&client, "apis/apps/v1").await;
    let container = &found["components"]["schemas"]["io.k8s.api.core.v1.Container"];
    let ports = &container["properties"]["ports"];
    assert_eq!(ports["x-kubernetes-list-map-keys"], json!(["containerPort", "protocol"]));
    assert_eq!(ports["x-kubernetes-patch-merge-key"], "containerPort");
}

#[tokio::test(start_paused = true)]
async fn a_changed_crd_changes_its_hash_and_its_document() {
    let server = server();
    let client = Http::new(&server, "c");
    let before = index(&client).await;
    assert_eq!(index(&client).await, before);
    let mut crd = widgets();
    let schema = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";
    crd.pointer_mut(schema).unwrap()["size"] = json!({"type": "string"});
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.probe.dev";
    let (code, _) = client.merge(path, &json!({"spec": crd["spec"]})).await;
    assert_eq!(code, 200);
    let after = index(&client).await;
    assert_ne!(after["apis/probe.dev/v1"], before["apis/probe.dev/v1"]);
    assert_eq!(after["api/v1"], before["api/v1"]);
    let found = document(&client, "apis/probe.dev/v1").await;
    let spec = &found["components"]["schemas"]["dev.probe.v1.Widget"]["properties"]["spec"];
    assert_eq!(spec["properties"]["size"], json!({"type": "string"}));
    client.delete(path).await;
    assert_eq!(index(&client).await["apis/probe.dev/v1"], Value::Null);
}

#[tokio::test(start_paused = true)]
async fn the_second_version_is_one_document_in_two_forms() {
    let client = Http::new(&server(), "c");
    let (code, found) = client.get("/openapi/v2").await;
    assert_eq!((code, &found["swagger"]), (200, &json!("2.0")));
    check_references(&found, &found);
    assert!(found["definitions"]["dev.probe.v1.Widget"].is_object());
    assert!(found["definitions"]["io.k8s.api.core.v1.Pod"].is_object());
    let request = Request::get("/openapi/v2")
        .header("accept", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf")
        .body(Body::empty())
        .unwrap();
    let response = client.send(request).await;
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert_eq!(kind, "application/com.github.proto-openapi.spec.v2.v1.0+protobuf");
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(&bytes[..5], b"\x0a\x032.0");
    assert!(bytes.len() > 100_000);
}
