//! Creating, reading, changing and deleting objects.

use serde_json::{Value, json};

use crate::arms::arms;
use crate::support::{Http, WIDGETS, server, widget};

arms! {
    a_new_object_gets_its_metadata_and_defaults,
    status_and_spec_are_written_apart,
    a_status_outside_the_enum_is_refused,
    generation_counts_changes_of_the_spec,
    a_write_that_changes_nothing_is_no_write,
    a_stale_revision_is_a_conflict,
    finalizers_hold_an_object_until_the_last_one_is_gone,
    an_object_without_finalizers_goes_at_once,
    dependents_follow_their_owner,
    a_foreground_deletion_waits_for_blocking_dependents,
    orphans_stay_and_forget_their_owner,
    a_namespace_takes_its_content_along,
    lists_select_by_labels_and_fields,
    pages_show_the_state_of_the_first_page,
    rules_compare_with_the_old_value,
}

fn one(name: &str) -> String {
    format!("{WIDGETS}/{name}")
}

async fn a_new_object_gets_its_metadata_and_defaults(client: &Http) {
    let (code, made) = client.post(WIDGETS, &widget("a")).await;
    assert_eq!(code, 201, "{made}");
    assert_eq!(made["metadata"]["generation"], 1);
    assert_eq!(made["metadata"]["namespace"], "default");
    let created: jiff::Timestamp =
        made["metadata"]["creationTimestamp"].as_str().unwrap().parse().unwrap();
    assert_eq!(created.subsec_nanosecond(), 0, "whole seconds");
    assert!(made["metadata"]["uid"].as_str().unwrap().len() == 36);
    assert_eq!(made["spec"]["mode"], "auto");
    assert_eq!(client.get(&one("a")).await, (200, made.clone()));
    let (code, again) = client.post(WIDGETS, &widget("a")).await;
    assert_eq!((code, &again["reason"]), (409, &json!("AlreadyExists")));
}

async fn status_and_spec_are_written_apart(client: &Http) {
    let mut object = widget("a");
    object["status"] = json!({"phase": "Ready"});
    let (_, made) = client.post(WIDGETS, &object).await;
    assert_eq!(made.get("status"), None);
    let patch = json!({"status": {"phase": "New"}, "spec": {"cores": 9}});
    let (code, after) = client.merge(&format!("{}/status", one("a")), &patch).await;
    assert_eq!(code, 200, "{after}");
    assert_eq!(after["status"]["phase"], "New");
    assert_eq!(after["spec"]["cores"], 2);
    assert_eq!(after["metadata"]["generation"], 1);
    let (_, after) = client.merge(&one("a"), &json!({"status": {"phase": "Ready"}})).await;
    assert_eq!(after["status"]["phase"], "New");
}

async fn a_status_outside_the_enum_is_refused(client: &Http) {
    client.post(WIDGETS, &widget("a")).await;
    let patch = json!({"status": {"phase": "Stopping"}});
    let (code, error) = client.merge(&format!("{}/status", one("a")), &patch).await;
    assert_eq!(code, 422);
    let message = error["message"].as_str().unwrap();
    let wanted = "status.phase: Unsupported value: \"Stopping\": supported values: \"New\", \
                  \"Ready\"";
    assert!(message.contains(wanted), "{message}");
}

async fn generation_counts_changes_of_the_spec(client: &Http) {
    client.post(WIDGETS, &widget("a")).await;
    let label = json!({"metadata": {"labels": {"x": "y"}}});
    let (_, after) = client.merge(&one("a"), &label).await;
    assert_eq!(after["metadata"]["generation"], 1);
    let (_, after) = client.merge(&one("a"), &json!({"spec": {"cores": 3}})).await;
    assert_eq!(after["metadata"]["generation"], 2);
}

async fn a_write_that_changes_nothing_is_no_write(client: &Http) {
    let (_, made) = client.post(WIDGETS, &widget("a")).await;
    assert_eq!(client.put(&one("a"), &made).await, (200, made.clone()));
    let (_, after) = client.merge(&one("a"), &json!({"spec": {"cores": 2}})).await;
    assert_eq!(after, made);
    assert_eq!(client.get(&one("a")).await, (200, made));
}

async fn a_stale_revision_is_a_conflict(client: &Http) {
    let (_, made) = client.post(WIDGETS, &widget("a")).await;
    client.merge(&one("a"), &json!({"spec": {"cores": 3}})).await;
    let (code, error) = client.put(&one("a"), &made).await;
    assert_eq!((code, &error["reason"]), (409, &json!("Conflict")));
    let stale = json!({"metadata": {"resourceVersion": "1"}});
    assert_eq!(client.merge(&one("a"), &stale).await.0, 409);
    let (code, error) = client.put(&one("a"), &widget("a")).await;
    assert_eq!(code, 422, "{error}");
}

async fn finalizers_hold_an_object_until_the_last_one_is_gone(client: &Http) {
    let mut object = widget("a");
    object["metadata"]["finalizers"] = json!(["probe.dev/f"]);
    client.post(WIDGETS, &object).await;
    let (code, dying) = client.delete(&one("a")).await;
    assert_eq!(code, 200);
    assert!(dying["metadata"]["deletionTimestamp"].is_string());
    assert_eq!(dying["metadata"]["deletionGracePeriodSeconds"], 0);
    assert_eq!(dying["metadata"]["generation"], 2);
    assert_eq!(client.delete(&one("a")).await, (200, dying.clone()));
    let more = json!({"metadata": {"finalizers": ["probe.dev/f", "probe.dev/g"]}});
    assert_eq!(client.merge(&one("a"), &more).await.0, 422);
    let none = json!({"metadata": {"finalizers": null}});
    assert_eq!(client.merge(&one("a"), &none).await.0, 200);
    assert_eq!(client.get(&one("a")).await.0, 404);
    let (code, answer) = client.delete(&one("a")).await;
    assert_eq!((code, &answer["kind"]), (404, &json!("Status")));
}

async fn an_object_without_finalizers_goes_at_once(client: &Http) {
    let (_, made) = client.post(WIDGETS, &widget("a")).await;
    let (code, answer) = client.delete(&one("a")).await;
    assert_eq!((code, &answer["kind"]), (200, &json!("Status")));
    assert_eq!(answer["details"]["uid"], made["metadata"]["uid"]);
}

fn owned(name: &str, owner: &Value, blocks: bool) -> Value {
    json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name,
        "ownerReferences": [{"apiVersion": "probe.dev/v1", "kind": "Widget",
            "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"],
            "blockOwnerDeletion": blocks}]}})
}

const CONFIGMAPS: &str = "/api/v1/namespaces/default/configmaps";

async fn dependents_follow_their_owner(client: &Http) {
    let (_, owner) = client.post(WIDGETS, &widget("a")).await;
    client.post(CONFIGMAPS, &owned("c", &owner, false)).await;
    assert_eq!(client.get(&format!("{CONFIGMAPS}/c")).await.0, 200);
    client.delete(&one("a")).await;
    client.until(&format!("{CONFIGMAPS}/c"), |code, _| code == 404).await;
    client.post(CONFIGMAPS, &owned("late", &owner, false)).await;
    client.until(&format!("{CONFIGMAPS}/late"), |code, _| code == 404).await;
}

async fn a_foreground_deletion_waits_for_blocking_dependents(client: &Http) {
    let (_, owner) = client.post(WIDGETS, &widget("a")).await;
    let mut dependent = owned("c", &owner, true);
    dependent["metadata"]["finalizers"] = json!(["probe.dev/f"]);
    client.post(CONFIGMAPS, &dependent).await;
    let foreground = json!({"propagationPolicy": "Foreground"});
    let (_, answer) = client.delete_with(&one("a"), &foreground).await;
    assert_eq!(answer["metadata"]["finalizers"], json!(["foregroundDeletion"]));
    let dies = |_, it: &Value| it["metadata"]["deletionTimestamp"].is_string();
    client.until(&format!("{CONFIGMAPS}/c"), dies).await;
    assert_eq!(client.get(&one("a")).await.0, 200);
    let none = json!({"metadata": {"finalizers": null}});
    client.merge(&format!("{CONFIGMAPS}/c"), &none).await;
    client.until(&one("a"), |code, _| code == 404).await;
}

async fn orphans_stay_and_forget_their_owner(client: &Http) {
    let (_, owner) = client.post(WIDGETS, &widget("a")).await;
    client.post(CONFIGMAPS, &owned("c", &owner, true)).await;
    client.delete_with(&one("a"), &json!({"propagationPolicy": "Orphan"})).await;
    client.until(&one("a"), |code, _| code == 404).await;
    let (code, left) = client.get(&format!("{CONFIGMAPS}/c")).await;
    assert_eq!((code, left["metadata"].get("ownerReferences")), (200, None));
}

async fn a_namespace_takes_its_content_along(client: &Http) {
    let body = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "contract-n",
        "labels": {"apiserver-contract": "yes"}}});
    let (code, made) = client.post("/api/v1/namespaces", &body).await;
    assert_eq!((code, &made["status"]["phase"]), (201, &json!("Active")));
    let widgets = "/apis/probe.dev/v1/namespaces/contract-n/widgets";
    let mut held = widget("held");
    held["metadata"]["finalizers"] = json!(["probe.dev/f"]);
    client.post(widgets, &held).await;
    client.post(widgets, &widget("free")).await;
    let (_, dying) = client.delete("/api/v1/namespaces/contract-n").await;
    assert_eq!(dying["status"]["phase"], "Terminating");
    client.until(&format!("{widgets}/free"), |code, _| code == 404).await;
    let (code, refused) = client.post(widgets, &widget("new")).await;
    assert_eq!((code, &refused["reason"]), (403, &json!("Forbidden")));
    let wanted = "Some resources are remaining: widgets.probe.dev has 1 resource instances";
    let tells = |_, it: &Value| it["status"]["conditions"][3]["message"] == wanted;
    client.until("/api/v1/namespaces/contract-n", tells).await;
    let none = json!({"metadata": {"finalizers": null}});
    client.merge(&format!("{widgets}/held"), &none).await;
    client.until("/api/v1/namespaces/contract-n", |code, _| code == 404).await;
    let (code, missing) = client.post(widgets, &widget("new")).await;
    assert_eq!((code, &missing["message"]), (404, &json!("namespaces \"contract-n\" not found")));
}

async fn lists_select_by_labels_and_fields(client: &Http) {
    for (name, color) in [("a", "red"), ("b", "blue")] {
        let mut object = widget(name);
        object["metadata"]["labels"] = json!({"color": color});
        object["spec"]["color"] = json!(color);
        client.post(WIDGETS, &object).await;
    }
    for (query, wanted) in [
        ("", vec!["a", "b"]),
        ("labelSelector=color%3Dred", vec!["a"]),
        ("labelSelector=color%21%3Dred", vec!["b"]),
        ("fieldSelector=metadata.name%3Db", vec!["b"]),
        ("fieldSelector=spec.color%3Dred", vec!["a"]),
        ("fieldSelector=metadata.name%3Dzz", vec![]),
    ] {
        let (code, list) = client.get(&format!("{WIDGETS}?{query}")).await;
        let items = list["items"].as_array().unwrap().iter();
        let names: Vec<_> = items.map(|i| i["metadata"]["name"].as_str().unwrap()).collect();
        assert_eq!((code, names), (200, wanted), "{query}");
        assert!(list["metadata"]["resourceVersion"].is_string());
    }
    assert_eq!(client.get(&format!("{WIDGETS}?fieldSelector=spec.cores%3D2")).await.0, 400);
}

async fn pages_show_the_state_of_the_first_page(client: &Http) {
    for name in ["a", "b", "c", "d"] {
        client.post(WIDGETS, &widget(name)).await;
    }
    let (_, first) = client.get(&format!("{WIDGETS}?limit=2")).await;
    assert_eq!(first["metadata"]["remainingItemCount"], 2);
    let token = first["metadata"]["continue"].as_str().unwrap().to_owned();
    client.delete(&one("c")).await;
    client.post(WIDGETS, &widget("e")).await;
    client.merge(&one("d"), &json!({"spec": {"cores": 9}})).await;
    let (_, second) = client.get(&format!("{WIDGETS}?limit=2&continue={token}")).await;
    let names: Vec<_> =
        second["items"].as_array().unwrap().iter().map(|i| &i["metadata"]["name"]).collect();
    assert_eq!(names, ["c", "d"]);
    assert_eq!(second["items"][1]["spec"]["cores"], 2);
    assert_eq!(second["metadata"].get("continue"), None);
    assert_eq!(second["metadata"]["resourceVersion"], first["metadata"]["resourceVersion"]);
}

async fn rules_compare_with_the_old_value(client: &Http) {
    let mut object = widget("a");
    object["spec"]["imm"] = json!("k");
    client.post(WIDGETS, &object).await;
    let (code, error) = client.merge(&one("a"), &json!({"spec": {"imm": "z"}})).await;
    assert_eq!(code, 422);
    assert_eq!(
        error["message"],
        "Widget.probe.dev \"a\" is invalid: spec.imm: Invalid value: \"z\": imm is immutable"
    );
    let (code, error) = client.merge(&one("a"), &json!({"spec": {"lim": 3, "max": 2}})).await;
    assert_eq!(code, 422);
    assert_eq!(
        error["message"],
        "Widget.probe.dev \"a\" is invalid: spec: Invalid value: lim must be <= max"
    );
}

#[tokio::test(start_paused = true)]
async fn what_is_not_supported_says_so() {
    let client = Http::new(&server(), "tester");
    let path = "/api/v1/namespaces/default/pods/p/log";
    let (code, error) = client.get(path).await;
    assert_eq!(code, 501);
    assert!(error["message"].as_str().unwrap().contains("GET on pods/log"), "{error}");
    assert_eq!(client.get("/apis/none.dev/v1/foos").await, (404, Value::Null));
    let (code, error) = client.get("/api/v1/foos").await;
    let text = "the server could not find the requested resource";
    assert_eq!((code, &error["message"]), (404, &json!(text)));
}
