//! Server-side apply, and who owns which fields.

use apiserver::{ApiServer, Crd};
use serde_json::{Value, json};

use crate::support::{Answer, Http, WIDGETS, options, server, server_with, widget};

const APPLY: &str = "application/apply-patch+yaml";

/// Applies a configuration as a manager; `more` is added to the query.
async fn apply(client: &Http, path: &str, manager: &str, more: &str, config: &Value) -> Answer {
    client.patch(&format!("{path}?fieldManager={manager}{more}"), APPLY, config).await
}

/// manager (with its subresource) → the fields that it owns
fn owned(object: &Value) -> Value {
    let entries = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    let named = entries.into_iter().map(|entry| {
        let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
        let name = match text("subresource").as_str() {
            "" => format!("{} {}", text("operation"), text("manager")),
            sub => format!("{} {}/{sub}", text("operation"), text("manager")),
        };
        (name, entry["fieldsV1"].clone())
    });
    Value::Object(named.collect())
}

fn config(spec: Value) -> Value {
    json!({"apiVersion": "probe.dev/v1", "kind": "Widget", "metadata": {"name": "a"},
        "spec": spec})
}

fn path(name: &str) -> String {
    format!("{WIDGETS}/{name}")
}

#[tokio::test(start_paused = true)]
async fn two_who_apply_the_same_value_share_it_until_both_let_go() {
    let client = Http::new(&server(), "c");
    let (code, _) = apply(&client, &path("a"), "one", "", &config(json!({"cores": 1}))).await;
    assert_eq!(code, 201);
    let both = json!({"cores": 1, "color": "red"});
    let (code, found) = apply(&client, &path("a"), "two", "", &config(both)).await;
    assert_eq!(code, 200);
    assert_eq!(
        owned(&found),
        json!({"Apply one": {"f:spec": {"f:cores": {}}},
            "Apply two": {"f:spec": {"f:cores": {}, "f:color": {}}}})
    );
    let none = json!({"apiVersion": "probe.dev/v1", "kind": "Widget",
        "metadata": {"name": "a"}, "spec": {"cores": 1}});
    let (_, found) = apply(&client, &path("a"), "two", "", &none).await;
    assert_eq!(found["spec"], json!({"cores": 1, "mode": "auto"}));
    // The last one who lets go takes the value along, and the schema wants it.
    let empty = config(json!({"mode": "auto"}));
    let (code, found) = apply(&client, &path("a"), "two", "", &empty).await;
    assert_eq!((code, &found["spec"]["cores"]), (200, &json!(1)));
    let (code, _) = apply(&client, &path("a"), "one", "", &empty).await;
    assert_eq!(code, 422);
}

#[tokio::test(start_paused = true)]
async fn who_updates_a_field_owns_it_and_who_applies_meets_the_conflict() {
    let client = Http::new(&server(), "c");
    apply(&client, &path("a"), "one", "", &config(json!({"cores": 1, "color": "red"}))).await;
    let blue = json!({"spec": {"color": "blue"}});
    client.merge(&format!("{}?fieldManager=edit", path("a")), &blue).await;
    let red = config(json!({"cores": 1, "color": "red"}));
    let (code, found) = apply(&client, &path("a"), "one", "", &red).await;
    assert_eq!(code, 409);
    assert_eq!(
        found["message"],
        "Apply failed with 1 conflict: conflict with \"edit\" using probe.dev/v1: .spec.color"
    );
    assert_eq!(
        found["details"]["causes"],
        json!([{"reason": "FieldManagerConflict", "field": ".spec.color",
            "message": "conflict with \"edit\" using probe.dev/v1"}])
    );
    let (code, found) = apply(&client, &path("a"), "one", "&force=true", &red).await;
    assert_eq!((code, &found["spec"]["color"]), (200, &json!("red")));
    assert_eq!(owned(&found), json!({"Apply one": {"f:spec": {"f:cores": {}, "f:color": {}}}}));
}

#[tokio::test(start_paused = true)]
async fn applying_the_same_again_is_no_write() {
    let server = server();
    let client = Http::new(&server, "c");
    apply(&client, &path("a"), "one", "", &config(json!({"cores": 1}))).await;
    let before = server.revision();
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    apply(&client, &path("a"), "one", "", &config(json!({"cores": 1}))).await;
    let (_, found) = client.get(&path("a")).await;
    client.put(&path("a"), &found).await;
    client.merge(&path("a"), &json!({"spec": {"cores": 1}})).await;
    assert_eq!(server.revision(), before);
    let dry = apply(&client, &path("a"), "one", "&dryRun=All", &config(json!({"cores": 2}))).await;
    assert_eq!((dry.0, &dry.1["spec"]["cores"]), (200, &json!(2)));
    assert_eq!(server.revision(), before);
}

#[tokio::test(start_paused = true)]
async fn status_and_spec_have_owners_of_their_own() {
    let client = Http::new(&server(), "c");
    let mut both = config(json!({"cores": 1}));
    both["status"] = json!({"phase": "New"});
    let (code, _) = apply(&client, &format!("{}/status", path("a")), "m", "", &both).await;
    assert_eq!(code, 404, "a status is not created");
    apply(&client, &path("a"), "m", "", &both).await;
    let (_, found) = apply(&client, &format!("{}/status", path("a")), "m", "", &both).await;
    assert_eq!(found["status"], json!({"phase": "New"}));
    assert_eq!(
        owned(&found),
        json!({"Apply m": {"f:spec": {"f:cores": {}}},
            "Apply m/status": {"f:status": {"f:phase": {}}}})
    );
    let note = json!({"status": {"note": "x"}});
    let (_, found) = client.merge(&format!("{}/status?fieldManager=u", path("a")), &note).await;
    assert_eq!(owned(&found)["Update u/status"], json!({"f:status": {"f:note": {}}}));
}

#[tokio::test(start_paused = true)]
async fn whoever_scales_takes_the_replicas() {
    let client = Http::new(&server(), "c");
    apply(&client, &path("a"), "m", "", &config(json!({"cores": 1, "replicas": 1}))).await;
    let scale = format!("{}/scale", path("a"));
    let two = json!({"spec": {"replicas": 2}});
    client.merge(&format!("{scale}?fieldManager=hpa"), &two).await;
    let (_, found) = client.get(&path("a")).await;
    assert_eq!(
        owned(&found),
        json!({"Apply m": {"f:spec": {"f:cores": {}}},
            "Update hpa/scale": {"f:spec": {"f:replicas": {}}}})
    );
    let three = json!({"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "a"},
        "spec": {"replicas": 3}});
    let (code, found) = apply(&client, &scale, "other", "", &three).await;
    assert_eq!(code, 409, "{found}");
    let (code, found) = apply(&client, &scale, "other", "&force=true", &three).await;
    assert_eq!((code, &found["spec"]["replicas"]), (200, &json!(3)));
    let (_, found) = client.get(&path("a")).await;
    assert_eq!(owned(&found)["Apply other/scale"], json!({"f:spec": {"f:replicas": {}}}));
}

#[tokio::test(start_paused = true)]
async fn clients_can_reset_owners_but_not_apply_them() {
    let client = Http::new(&server(), "c");
    client.post(&format!("{WIDGETS}?fieldManager=one"), &widget("a")).await;
    let reset = json!({"metadata": {"managedFields": [{}]}});
    let (_, found) = client.merge(&path("a"), &reset).await;
    assert_eq!(owned(&found), json!({}));
    // Nobody keeps track of it until the first configuration.
    let (_, found) = client.merge(&path("a"), &json!({"spec": {"color": "red"}})).await;
    assert_eq!(owned(&found), json!({}));
    let (_, found) = apply(&client, &path("a"), "m", "", &config(json!({"lim": 1}))).await;
    let before = json!({"f:spec": {".": {}, "f:color": {}, "f:cores": {}, "f:mode": {}}});
    assert_eq!(owned(&found)["Update before-first-apply"], before);
    let mut claim = config(json!({"lim": 1}));
    claim["metadata"]["managedFields"] = found["metadata"]["managedFields"].clone();
    let (code, found) = apply(&client, &path("a"), "m", "", &claim).await;
    assert_eq!((code, &found["message"]), (400, &json!("metadata.managedFields must be nil")));
}

#[tokio::test(start_paused = true)]
async fn kubectl_moves_from_its_own_apply_without_conflicts() {
    let client = Http::new(&server(), "c");
    let mut first = config(json!({"cores": 1, "color": "red"}));
    let note = first.to_string();
    let key = "kubectl.kubernetes.io/last-applied-configuration";
    first["metadata"]["annotations"] = json!({key: note});
    client.post(&format!("{WIDGETS}?fieldManager=kubectl-client-side-apply"), &first).await;
    let blue = config(json!({"cores": 1, "color": "blue"}));
    // Another name has no such right.
    assert_eq!(apply(&client, &path("a"), "other", "", &blue).await.0, 409);
    let (code, found) = apply(&client, &path("a"), "kubectl", "", &blue).await;
    assert_eq!((code, &found["spec"]["color"]), (200, &json!("blue")));
    let kept = found["metadata"]["annotations"][key].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(kept).unwrap(), blue);
    // What somebody else has changed since is a conflict.
    client.merge(&format!("{}?fieldManager=edit", path("a")), &json!({"spec": {"cores": 2}})).await;
    let (code, found) = apply(&client, &path("a"), "kubectl", "", &blue).await;
    assert_eq!(code, 409);
    assert!(
        found["message"].as_str().unwrap().ends_with("\"edit\" using probe.dev/v1: .spec.cores")
    );
}

#[tokio::test(start_paused = true)]
async fn built_in_lists_are_owned_item_by_item() {
    let client = Http::new(&server(), "c");
    let deployments = "/apis/apps/v1/namespaces/default/deployments";
    let config = |containers: Value| {
        json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"},
            "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {
                "metadata": {"labels": {"a": "b"}}, "spec": {"containers": containers}}}})
    };
    let path = format!("{deployments}/d");
    let main = json!([{"name": "main", "image": "i:1", "ports": [{"containerPort": 80}]}]);
    let (code, found) = apply(&client, &path, "team", "", &config(main)).await;
    assert_eq!(code, 201, "{found}");
    let pod = &owned(&found)["Apply team"]["f:spec"]["f:template"]["f:spec"];
    let port = "k:{\"containerPort\":80,\"protocol\":\"TCP\"}";
    assert_eq!(
        pod["f:containers"]["k:{\"name\":\"main\"}"],
        json!({".": {}, "f:name": {}, "f:image": {},
            "f:ports": {port: {".": {}, "f:containerPort": {}}}})
    );
    assert_eq!(owned(&found)["Apply team"]["f:spec"]["f:selector"], json!({}));
    let sidecar = json!({"spec": {"template": {"spec": {"containers": [
        {"name": "side", "image": "s"}]}}}});
    let kind = "application/strategic-merge-patch+json";
    client.patch(&format!("{path}?fieldManager=mesh"), kind, &sidecar).await;
    let main = json!([{"name": "main", "image": "i:2"}]);
    let (code, found) = apply(&client, &path, "team", "", &config(main)).await;
    assert_eq!(code, 200, "{found}");
    let containers = &found["spec"]["template"]["spec"]["containers"];
    assert_eq!(
        containers,
        &json!([{"name": "side", "image": "s"}, {"name": "main", "image": "i:2"}])
    );
    let (code, found) = apply(&client, &path, "team", "", &config(json!([{"imag": "x"}]))).await;
    assert_eq!(code, 500);
    assert!(found["message"].as_str().unwrap().contains("omits all key fields"), "{found}");
}

#[tokio::test(start_paused = true)]
async fn configurations_are_yaml_and_faults_have_their_answers() {
    let client = Http::new(&server(), "c");
    let send = |text: &'static str| {
        let request = http::Request::patch(format!("{}?fieldManager=m", path("a")))
            .header("content-type", APPLY)
            .body(axum::body::Body::from(text))
            .unwrap();
        let client = client.clone();
        async move { client.send(request).await.status().as_u16() }
    };
    let yaml = "apiVersion: probe.dev/v1\nkind: Widget\nmetadata: {name: a}\nspec:\n  cores: 1\n";
    assert_eq!(send(yaml).await, 201);
    assert_eq!(send("a: [").await, 400);
    assert_eq!(send("[]").await, 400);
    assert_eq!(send("apiVersion: probe.dev/v1\nkind: Gadget\nmetadata: {name: a}\n").await, 400);
    assert_eq!(send("apiVersion: v1\nkind: Widget\nmetadata: {name: a}\n").await, 400);
    assert_eq!(send("apiVersion: probe.dev/v1\nkind: Widget\nmetadata: {name: b}\n").await, 400);
    let (code, found) = client.patch(&path("a"), APPLY, &config(json!({"cores": 1}))).await;
    assert_eq!(code, 422);
    assert!(found["message"].as_str().unwrap().contains("is required for apply patch"));
    let long = "m".repeat(129);
    assert_eq!(apply(&client, &path("a"), &long, "", &config(json!({}))).await.0, 422);
    let (code, _) = apply(&client, &path("a"), "m", "", &config(json!({"cores": 0}))).await;
    assert_eq!(code, 422);
}

/// A CRD in two versions, with a field that keeps what it does not know.
fn gadgets() -> Value {
    let version = |name: &str, storage: bool| {
        json!({"name": name, "served": true, "storage": storage, "schema": {"openAPIV3Schema": {
            "type": "object", "properties": {"spec": {"type": "object",
                "x-kubernetes-preserve-unknown-fields": true, "properties": {
                    "size": {"type": "integer"}}}}}}})
    };
    json!({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
        "metadata": {"name": "gadgets.probe.dev"}, "spec": {"group": "probe.dev",
            "scope": "Cluster", "names": {"plural": "gadgets", "kind": "Gadget"},
            "versions": [version("v1", true), version("v2", false)]}})
}

#[tokio::test(start_paused = true)]
async fn unknown_fields_have_owners_and_so_have_other_versions() {
    let server = ApiServer::new(options());
    server.install(&Crd::compile(&gadgets()).unwrap()).unwrap();
    let client = Http::new(&server, "c");
    let config = |version: &str, spec: Value| {
        json!({"apiVersion": format!("probe.dev/{version}"), "kind": "Gadget",
            "metadata": {"name": "g"}, "spec": spec})
    };
    let at = |version: &str| format!("/apis/probe.dev/{version}/gadgets/g");
    let one = config("v1", json!({"size": 1, "deep": {"a": 1, "l": [1, 2]}}));
    let (code, found) = apply(&client, &at("v1"), "m", "", &one).await;
    assert_eq!(code, 201, "{found}");
    assert_eq!(
        owned(&found)["Apply m"]["f:spec"],
        json!({"f:size": {}, "f:deep": {".": {}, "f:a": {}, "f:l": {}}})
    );
    // The same manager in the other version: one entry, and what it drops goes.
    let two = config("v2", json!({"deep": {"a": 2}}));
    let (code, found) = apply(&client, &at("v2"), "m", "", &two).await;
    assert_eq!((code, &found["spec"]), (200, &json!({"deep": {"a": 2}})));
    assert_eq!(found["metadata"]["managedFields"][0]["apiVersion"], "probe.dev/v2");
    let three = config("v1", json!({"deep": {"a": 3}}));
    let (code, found) = apply(&client, &at("v1"), "other", "", &three).await;
    assert_eq!((code, &found["details"]["causes"][0]["field"]), (409, &json!(".spec.deep.a")));
}

#[tokio::test(start_paused = true)]
async fn a_server_without_managed_fields_has_neither_them_nor_apply() {
    let mut options = options();
    options.managed_fields = false;
    let client = Http::new(&server_with(options), "c");
    let (_, found) = client.post(WIDGETS, &widget("a")).await;
    assert_eq!(found["metadata"]["managedFields"], Value::Null);
    let (code, found) = apply(&client, &path("a"), "m", "", &config(json!({"cores": 1}))).await;
    assert_eq!(code, 501);
    assert!(found["message"].as_str().unwrap().contains("managed fields are off"));
}
