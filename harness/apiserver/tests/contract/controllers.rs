//! What the server does on its own, whom it names for it, and that it does it the same every time.

use std::sync::{Arc, Mutex};

use apiserver::{ApiServer, Commit, Options, Profile};
use serde_json::{Value, json};

use crate::support::{Http, WIDGETS, options, server, server_with, widget};

/// `CHANGE plural/name by` of every commit.
fn told(mut options: Options) -> (ApiServer, Arc<Mutex<Vec<String>>>) {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let log = lines.clone();
    options.observer = Some(Arc::new(move |commit: &Commit| {
        let (change, plural, name) = (commit.change.as_str(), &commit.plural, &commit.name);
        log.lock().unwrap().push(format!("{change} {plural}/{name} {}", commit.by));
    }));
    let server = server_with(options);
    lines.lock().unwrap().clear();
    (server, lines)
}

fn namespace(name: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
}

#[tokio::test(start_paused = true)]
async fn commits_name_who_wrote() {
    let (server, lines) = told(options());
    let client = Http::new(&server, "tester");
    client.post("/api/v1/namespaces", &namespace("n")).await;
    client.delete("/api/v1/namespaces/n").await;
    let (_, owner) = client.post(WIDGETS, &widget("a")).await;
    let mut dependent = widget("b");
    dependent["metadata"]["ownerReferences"] = json!([{"apiVersion": "probe.dev/v1",
        "kind": "Widget", "name": "a", "uid": owner["metadata"]["uid"]}]);
    client.post(WIDGETS, &dependent).await;
    client.delete(&format!("{WIDGETS}/a")).await;
    assert_eq!(
        *lines.lock().unwrap(),
        [
            "ADDED namespaces/n tester",
            "ADDED configmaps/kube-root-ca.crt root-ca-certificate-publisher",
            "ADDED serviceaccounts/default service-account-controller",
            "MODIFIED namespaces/n tester",
            "DELETED configmaps/kube-root-ca.crt namespace-controller",
            "DELETED serviceaccounts/default namespace-controller",
            "DELETED namespaces/n namespace-controller",
            "ADDED widgets/a tester",
            "ADDED widgets/b tester",
            "DELETED widgets/a tester",
            "DELETED widgets/b garbage-collector",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn envtest_has_no_controllers() {
    let mut options = options();
    options.profile = Profile::Envtest;
    let (server, _) = told(options);
    let client = Http::new(&server, "tester");
    assert!(server.list("", "serviceaccounts").is_empty());
    let (_, owner) = client.post(WIDGETS, &widget("a")).await;
    let mut dependent = widget("b");
    dependent["metadata"]["ownerReferences"] = json!([{"apiVersion": "probe.dev/v1",
        "kind": "Widget", "name": "a", "uid": owner["metadata"]["uid"]}]);
    client.post(WIDGETS, &dependent).await;
    client.delete(&format!("{WIDGETS}/a")).await;
    assert_eq!(client.get(&format!("{WIDGETS}/b")).await.0, 200);
    client.post("/api/v1/namespaces", &namespace("n")).await;
    client.delete("/api/v1/namespaces/n").await;
    let (_, left) = client.get("/api/v1/namespaces/n").await;
    assert_eq!(left["status"]["phase"], "Terminating");
    let (code, _) = client.put("/api/v1/namespaces/n/finalize", &namespace("n")).await;
    assert_eq!(code, 200);
    assert_eq!(client.get("/api/v1/namespaces/n").await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn an_owner_that_is_shared_keeps_its_dependents() {
    let server = server();
    let client = Http::new(&server, "tester");
    let mut owners = Vec::new();
    for name in ["a", "b"] {
        let (_, owner) = client.post(WIDGETS, &widget(name)).await;
        owners.push(json!({"apiVersion": "probe.dev/v1", "kind": "Widget", "name": name,
            "uid": owner["metadata"]["uid"]}));
    }
    let mut dependent = widget("c");
    dependent["metadata"]["ownerReferences"] = json!(owners);
    client.post(WIDGETS, &dependent).await;
    client.delete(&format!("{WIDGETS}/a")).await;
    let (_, left) = client.get(&format!("{WIDGETS}/c")).await;
    assert_eq!(left["metadata"]["ownerReferences"], json!([owners[1]]));
    client.delete(&format!("{WIDGETS}/b")).await;
    assert_eq!(client.get(&format!("{WIDGETS}/c")).await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn an_owner_goes_when_nothing_blocks_it_any_more() {
    let server = server();
    let client = Http::new(&server, "tester");
    let (_, owner) = client.post(WIDGETS, &widget("owner")).await;
    let reference = json!({"apiVersion": "probe.dev/v1", "kind": "Widget", "name": "owner",
        "uid": owner["metadata"]["uid"], "blockOwnerDeletion": true});
    for name in ["changes", "forgets", "goes"] {
        let mut dependent = widget(name);
        dependent["metadata"]["finalizers"] = json!(["probe.dev/f"]);
        dependent["metadata"]["ownerReferences"] = json!([reference]);
        client.post(WIDGETS, &dependent).await;
    }
    let path = |name: &str| format!("{WIDGETS}/{name}");
    let options = json!({"propagationPolicy": "Foreground"});
    client.delete_with(&path("owner"), &options).await;
    let waits = async || client.get(&path("owner")).await.0 == 200;
    let mut free = reference.clone();
    free["blockOwnerDeletion"] = json!(false);
    let patch = json!({"metadata": {"ownerReferences": [free]}});
    client.merge(&path("changes"), &patch).await;
    client.merge(&path("forgets"), &json!({"metadata": {"ownerReferences": null}})).await;
    assert!(waits().await, "one dependent still blocks");
    client.merge(&path("goes"), &json!({"metadata": {"finalizers": null}})).await;
    assert!(!waits().await);
    let (_, left) = client.get(&path("forgets")).await;
    assert_eq!(left["metadata"]["finalizers"], json!(["probe.dev/f"]));
}

#[tokio::test(start_paused = true)]
async fn a_namespace_tells_what_it_waits_for() {
    let server = server();
    let client = Http::new(&server, "tester");
    client.post("/api/v1/namespaces", &namespace("n")).await;
    let path = "/apis/probe.dev/v1/namespaces/n/widgets";
    for (name, finalizers) in
        [("a", json!(["probe.dev/f"])), ("b", json!(["probe.dev/f", "x.y/z"]))]
    {
        let mut held = widget(name);
        held["metadata"]["finalizers"] = finalizers;
        client.post(path, &held).await;
    }
    client.post(path, &widget("free")).await;
    client.delete("/api/v1/namespaces/n").await;
    let message = async |kind: &str| {
        let (_, namespace) = client.get("/api/v1/namespaces/n").await;
        let conditions = namespace["status"]["conditions"].as_array().cloned().unwrap_or_default();
        let found = conditions.into_iter().find(|condition| condition["type"] == kind);
        found.map(|condition| condition["message"].as_str().unwrap().to_owned())
    };
    assert_eq!(
        message("NamespaceFinalizersRemaining").await.unwrap(),
        "Some content in the namespace has finalizers remaining: probe.dev/f in 2 resource \
         instances, x.y/z in 1 resource instances"
    );
    let none = json!({"metadata": {"finalizers": null}});
    client.merge(&format!("{path}/b"), &none).await;
    assert_eq!(
        message("NamespaceFinalizersRemaining").await.unwrap(),
        "Some content in the namespace has finalizers remaining: probe.dev/f in 1 resource \
         instances"
    );
    assert_eq!(
        message("NamespaceContentRemaining").await.unwrap(),
        "Some resources are remaining: widgets.probe.dev has 1 resource instances"
    );
    client.merge(&format!("{path}/a"), &none).await;
    assert_eq!(client.get("/api/v1/namespaces/n").await.0, 404);
}

#[tokio::test(start_paused = true)]
async fn owners_of_unknown_kinds_and_other_scopes_are_left_alone() {
    let server = server();
    let client = Http::new(&server, "tester");
    let unknown = json!([{"apiVersion": "none.dev/v1", "kind": "None", "name": "x", "uid": "u"}]);
    let mut object = widget("a");
    object["metadata"]["ownerReferences"] = unknown;
    client.post(WIDGETS, &object).await;
    assert_eq!(client.get(&format!("{WIDGETS}/a")).await.0, 200);
    let role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "r", "ownerReferences": [{"apiVersion": "probe.dev/v1",
            "kind": "Widget", "name": "gone", "uid": "u"}]}});
    let roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    client.post(roles, &role).await;
    assert_eq!(client.get(&format!("{roles}/r")).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_crd_takes_its_instances_and_watches_along() {
    let server = server();
    let client = Http::new(&server, "tester");
    let mut held = widget("held");
    held["metadata"]["finalizers"] = json!(["probe.dev/f"]);
    client.post(WIDGETS, &held).await;
    client.post(WIDGETS, &widget("free")).await;
    let mut watch = client.watch(&format!("{WIDGETS}?watch=1")).await;
    let crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.probe.dev";
    let (_, dying) = client.delete(crds).await;
    assert_eq!(dying["status"]["conditions"][2]["reason"], "InstanceDeletionPending");
    assert_eq!(client.get(&format!("{WIDGETS}/free")).await.0, 404);
    assert_eq!(client.post(WIDGETS, &widget("late")).await.0, 405);
    let none = json!({"metadata": {"finalizers": null}});
    client.merge(&format!("{WIDGETS}/held"), &none).await;
    assert_eq!(client.get(crds).await.0, 404);
    assert_eq!(client.get("/apis/probe.dev/v1").await, (404, Value::Null));
    let lines = watch.lines().await;
    assert_eq!(lines.first().map(String::as_str), Some("ADDED free"));
}

#[tokio::test(start_paused = true)]
async fn versions_of_a_crd_share_their_objects() {
    let server = server();
    let client = Http::new(&server, "tester");
    client.post(WIDGETS, &widget("a")).await;
    let crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.probe.dev";
    let (_, mut crd) = client.get(crds).await;
    let mut second = crd["spec"]["versions"][0].clone();
    second["name"] = json!("v2");
    crd["spec"]["versions"][0]["storage"] = json!(false);
    crd["spec"]["versions"].as_array_mut().unwrap().push(second);
    let (code, changed) = client.put(crds, &crd).await;
    assert_eq!((code, &changed["metadata"]["generation"]), (200, &json!(2)), "{changed}");
    assert_eq!(changed["status"]["storedVersions"], json!(["v1", "v2"]));
    let path = "/apis/probe.dev/v2/namespaces/default/widgets/a";
    let (_, seen) = client.get(path).await;
    assert_eq!(seen["apiVersion"], "probe.dev/v2");
    client.merge(path, &json!({"spec": {"cores": 7}})).await;
    let (_, seen) = client.get(&format!("{WIDGETS}/a")).await;
    assert_eq!((&seen["apiVersion"], &seen["spec"]["cores"]), (&json!("probe.dev/v1"), &json!(7)));
}

/// A short life, and every byte that came of it.
async fn life() -> Vec<String> {
    let log = Arc::new(Mutex::new(Vec::new()));
    let mut options = options();
    let lines = log.clone();
    options.observer = Some(Arc::new(move |commit: &Commit| {
        lines.lock().unwrap().push(format!("{} {}", commit.by, commit.object));
    }));
    let server = server_with(options);
    let client = Http::new(&server, "tester");
    let mut watch = client.watch(&format!("{WIDGETS}?watch=1&timeoutSeconds=9")).await;
    client.post("/api/v1/namespaces", &namespace("n")).await;
    for _ in 0..5 {
        let mut object = widget("");
        object["metadata"] = json!({"generateName": "gen-", "namespace": "default"});
        client.post(WIDGETS, &object).await;
    }
    client.delete("/api/v1/namespaces/n").await;
    client.delete(WIDGETS).await;
    let mut out = log.lock().unwrap().clone();
    out.extend(watch.lines().await);
    out
}

#[tokio::test(start_paused = true)]
async fn the_same_life_is_the_same_bytes() {
    assert_eq!(life().await, life().await);
}

#[tokio::test(start_paused = true)]
async fn a_new_default_is_read_from_objects_that_are_older() {
    let server = server();
    let client = Http::new(&server, "c");
    client.post(WIDGETS, &crate::support::widget("old")).await;
    let revision = client.get(&format!("{WIDGETS}/old")).await.1["metadata"].clone();
    let mut crd = crate::support::widgets();
    let fields = "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties";
    crd.pointer_mut(fields).unwrap()["size"] = json!({"type": "string", "default": "small"});
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.probe.dev";
    let (code, _) = client.merge(path, &json!({"spec": crd["spec"]})).await;
    assert_eq!(code, 200);
    let (_, found) = client.get(&format!("{WIDGETS}/old")).await;
    assert_eq!((&found["spec"]["size"], &found["metadata"]), (&json!("small"), &revision));
    let (_, list) = client.get(WIDGETS).await;
    assert_eq!(list["items"][0]["spec"]["size"], "small");
}
