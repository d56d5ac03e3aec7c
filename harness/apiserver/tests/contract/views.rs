//! Objects in other forms, and the same objects under two groups.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::support::{Http, WIDGETS, server, widget};

const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;\
    v=v1beta1;g=meta.k8s.io,application/json";
/// As typed Go clients ask for metadata.
const METADATA: &str = "application/vnd.kubernetes.protobuf;as=PartialObjectMetadata;g=meta.k8s.io;\
    v=v1,application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/// The events of a watch that ends by itself.
async fn watch(http: &Http, path: &str, accept: &str) -> Vec<Value> {
    let request = Request::get(path).header("accept", accept).body(Body::empty()).unwrap();
    let response = http.send(request).await;
    assert_eq!(response.status(), 200, "{path}");
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    let events = serde_json::Deserializer::from_slice(&bytes).into_iter();
    events.collect::<Result<_, _>>().unwrap()
}

#[tokio::test(start_paused = true)]
async fn a_watch_through_tables_has_its_columns_once() {
    let http = Http::new(&server(), "kubectl");
    for name in ["a", "b"] {
        assert_eq!(http.post(WIDGETS, &widget(name)).await.0, 201);
    }
    let events = watch(&http, &format!("{WIDGETS}?watch=1&timeoutSeconds=1"), TABLE).await;
    assert_eq!(events.len(), 2);
    for (at, event) in events.iter().enumerate() {
        let table = &event["object"];
        assert_eq!((&event["type"], &table["kind"]), (&json!("ADDED"), &json!("Table")));
        let columns = table["columnDefinitions"].as_array().map_or(0, Vec::len);
        assert_eq!(columns > 0, at == 0, "{table}");
        assert_eq!(table["rows"][0]["cells"][0], ["a", "b"][at]);
        assert_eq!(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
    }
}

#[tokio::test(start_paused = true)]
async fn a_watch_of_metadata_has_no_more() {
    let http = Http::new(&server(), "go");
    assert_eq!(http.post(WIDGETS, &widget("a")).await.0, 201);
    let path = format!(
        "{WIDGETS}?watch=1&timeoutSeconds=1&sendInitialEvents=true&allowWatchBookmarks=true&\
         resourceVersionMatch=NotOlderThan"
    );
    let events = watch(&http, &path, METADATA).await;
    assert_eq!(events[0]["object"]["kind"], "PartialObjectMetadata");
    assert_eq!(events[0]["object"]["metadata"]["name"], "a");
    assert_eq!(events[0]["object"].get("spec"), None);
    let end = &events[1]["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"];
    assert_eq!((&events[1]["type"], end), (&json!("BOOKMARK"), &json!("true")));
}

#[tokio::test(start_paused = true)]
async fn initial_events_are_asked_for_properly_or_not_at_all() {
    let http = Http::new(&server(), "go");
    for query in [
        "watch=1&sendInitialEvents=true",
        "watch=1&sendInitialEvents=true&resourceVersionMatch=Exact",
        "sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
    ] {
        let (code, why) = http.get(&format!("{WIDGETS}?{query}")).await;
        assert_eq!((code, &why["reason"]), (422, &json!("Invalid")), "{query}: {why}");
    }
}

#[tokio::test(start_paused = true)]
async fn both_groups_of_events_are_one_store() {
    let http = Http::new(&server(), "recorder");
    let old = "/api/v1/namespaces/default/events";
    let new = "/apis/events.k8s.io/v1/namespaces/default/events";
    let event = json!({"apiVersion": "v1", "kind": "Event", "metadata": {"name": "e"},
        "involvedObject": {"kind": "ConfigMap", "name": "m", "namespace": "default"},
        "reason": "Made", "message": "it is made", "type": "Normal", "count": 2,
        "source": {"component": "ctrl"}, "firstTimestamp": "2026-01-01T00:00:00Z"});
    assert_eq!(http.post(old, &event).await.0, 201);
    let (code, same) = http.get(&format!("{new}/e")).await;
    assert_eq!(code, 200);
    assert_eq!((&same["note"], &same["regarding"]["name"]), (&json!("it is made"), &json!("m")));
    assert_eq!(
        (&same["deprecatedCount"], &same["deprecatedSource"]["component"]),
        (&json!(2), &json!("ctrl"))
    );
    // One name is one event, whatever the group.
    let again = json!({"apiVersion": "events.k8s.io/v1", "kind": "Event",
        "metadata": {"name": "e"}, "eventTime": "2026-01-01T00:00:00.000000Z", "action": "Make",
        "reason": "Made", "type": "Normal", "reportingController": "ctrl",
        "reportingInstance": "ctrl-1", "regarding": {"kind": "ConfigMap", "name": "m",
        "namespace": "default"}});
    assert_eq!(http.post(new, &again).await.0, 409);
    let selected = format!("{old}?watch=1&timeoutSeconds=1&fieldSelector=involvedObject.name%3Dm");
    assert_eq!(watch(&http, &selected, "").await[0]["object"]["apiVersion"], "v1");
    let selected = format!("{new}?watch=1&timeoutSeconds=1&fieldSelector=regarding.name%3Dm");
    let seen = watch(&http, &selected, "").await;
    assert_eq!(seen[0]["object"]["apiVersion"], "events.k8s.io/v1");
    assert_eq!(http.delete(&format!("{new}/e")).await.0, 200);
    assert_eq!(http.get(&format!("{old}/e")).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_taken_by_one() {
    let http = Http::new(&server(), "elector");
    let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";
    let lease = |holder: &str, version: &Value| {
        json!({"apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": {"name": "l", "resourceVersion": version},
            "spec": {"holderIdentity": holder, "renewTime": "2026-01-01T00:00:00.000001Z"}})
    };
    let (code, made) = http.post(&format!("{leases}?timeout=5s"), &lease("a", &Value::Null)).await;
    assert_eq!((code, &made["spec"]["renewTime"]), (201, &json!("2026-01-01T00:00:00.000001Z")));
    let version = &made["metadata"]["resourceVersion"];
    let path = format!("{leases}/l?timeout=5s");
    assert_eq!(http.put(&path, &lease("b", version)).await.0, 200);
    assert_eq!(http.put(&path, &lease("c", version)).await.0, 409);
    assert_eq!(http.get(&path).await.1["spec"]["holderIdentity"], "b");
}
