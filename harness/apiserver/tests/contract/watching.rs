//! Watch streams: order, selectors, bookmarks, 410, and the faults that can be laid on them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use apiserver::{Delivery, WatchEvent};
use serde_json::json;

use crate::support::{Http, WIDGETS, options, server, server_with, widget};

fn one(name: &str) -> String {
    format!("{WIDGETS}/{name}")
}

#[tokio::test(start_paused = true)]
async fn a_watch_starts_with_the_state_and_ends_in_time() {
    let server = server();
    let client = Http::new(&server, "tester");
    client.post(WIDGETS, &widget("a")).await;
    let mut watch = client.watch(&format!("{WIDGETS}?watch=1&timeoutSeconds=5")).await;
    assert_eq!(watch.line().await.unwrap(), "ADDED a");
    client.post(WIDGETS, &widget("b")).await;
    client.merge(&one("b"), &json!({"spec": {"cores": 3}})).await;
    client.delete(&one("b")).await;
    let start = tokio::time::Instant::now();
    assert_eq!(watch.lines().await, ["ADDED b", "MODIFIED b", "DELETED b"]);
    assert_eq!(start.elapsed(), Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_watch_replays_from_a_revision() {
    let server = server();
    let client = Http::new(&server, "tester");
    let (_, made) = client.post(WIDGETS, &widget("a")).await;
    client.merge(&one("a"), &json!({"spec": {"cores": 3}})).await;
    client.delete(&one("a")).await;
    let from = made["metadata"]["resourceVersion"].as_str().unwrap();
    let path = format!("{WIDGETS}?watch=1&timeoutSeconds=1&resourceVersion={from}");
    let mut watch = client.watch(&path).await;
    let (kind, _) = watch.next().await.unwrap();
    assert_eq!(kind, "MODIFIED");
    let (kind, last) = watch.next().await.unwrap();
    assert_eq!(kind, "DELETED");
    assert_eq!(last["metadata"]["resourceVersion"], server.revision().to_string());
    assert_eq!(watch.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn initial_events_end_with_a_bookmark() {
    let server = server();
    let client = Http::new(&server, "tester");
    client.post(WIDGETS, &widget("a")).await;
    let query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan\
                 &allowWatchBookmarks=true&timeoutSeconds=1";
    let mut watch = client.watch(&format!("{WIDGETS}?{query}")).await;
    assert_eq!(watch.line().await.unwrap(), "ADDED a");
    let (kind, bookmark) = watch.next().await.unwrap();
    let revision = server.revision().to_string();
    assert_eq!(kind, "BOOKMARK");
    assert_eq!(
        bookmark,
        json!({"apiVersion": "probe.dev/v1", "kind": "Widget", "metadata": {
            "resourceVersion": revision,
            "annotations": {"k8s.io/initial-events-end": "true"}}})
    );
}

#[tokio::test(start_paused = true)]
async fn selectors_turn_changes_into_arrivals_and_departures() {
    let server = server();
    let client = Http::new(&server, "tester");
    let path = format!("{WIDGETS}?watch=1&labelSelector=on%3Dyes&timeoutSeconds=1");
    let mut watch = client.watch(&path).await;
    client.post(WIDGETS, &widget("a")).await;
    let label = |value: &str| json!({"metadata": {"labels": {"on": value}}});
    client.merge(&one("a"), &label("yes")).await;
    client.merge(&one("a"), &json!({"spec": {"cores": 5}})).await;
    client.merge(&one("a"), &label("no")).await;
    client.delete(&one("a")).await;
    assert_eq!(watch.lines().await, ["ADDED a", "MODIFIED a", "DELETED a"]);
}

#[tokio::test(start_paused = true)]
async fn forgotten_history_is_an_expired_watch() {
    let server = server();
    let client = Http::new(&server, "tester");
    let (_, made) = client.post(WIDGETS, &widget("a")).await;
    let from = made["metadata"]["resourceVersion"].as_str().unwrap().to_owned();
    client.merge(&one("a"), &json!({"spec": {"cores": 3}})).await;
    server.compact();
    let path = format!("{WIDGETS}?watch=1&resourceVersion={from}");
    let mut watch = client.watch(&path).await;
    let (kind, error) = watch.next().await.unwrap();
    assert_eq!((kind.as_str(), &error["code"]), ("ERROR", &json!(410)));
    assert_eq!(error["reason"], "Expired");
    assert_eq!(watch.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn cutting_ends_the_streams_of_one_client() {
    let server = server();
    let (ours, theirs) = (Http::new(&server, "ours"), Http::new(&server, "theirs"));
    let path = format!("{WIDGETS}?watch=1&timeoutSeconds=9");
    let (mut cut, mut whole) = (ours.watch(&path).await, theirs.watch(&path).await);
    server.cut_watches("ours");
    assert_eq!(cut.next().await, None);
    ours.post(WIDGETS, &widget("a")).await;
    assert_eq!(whole.line().await.unwrap(), "ADDED a");
}

fn gated(
    gate: impl Fn(&WatchEvent<'_>) -> Delivery + Send + Sync + 'static,
) -> apiserver::ApiServer {
    let mut options = options();
    options.gate = Some(Arc::new(gate));
    server_with(options)
}

#[tokio::test(start_paused = true)]
async fn held_events_wait_for_their_release_and_bookmarks_with_them() {
    let server = gated(|event| match event.client {
        "slow" => Delivery::Hold,
        _ => Delivery::Now,
    });
    let (slow, fast) = (Http::new(&server, "slow"), Http::new(&server, "fast"));
    let before = server.revision();
    let query = "watch=1&allowWatchBookmarks=true&timeoutSeconds=61&resourceVersion";
    let path = format!("{WIDGETS}?{query}={before}");
    let (mut held, mut live) = (slow.watch(&path).await, fast.watch(&path).await);
    fast.post(WIDGETS, &widget("a")).await;
    assert_eq!(live.line().await.unwrap(), "ADDED a");
    let (kind, bookmark) = held.next().await.unwrap();
    assert_eq!(kind, "BOOKMARK");
    assert_eq!(bookmark["metadata"]["resourceVersion"], before.to_string());
    server.release("slow");
    assert_eq!(held.line().await.unwrap(), "ADDED a");
    let (_, bookmark) = live.next().await.unwrap();
    assert_eq!(bookmark["metadata"]["resourceVersion"], server.revision().to_string());
}

#[tokio::test(start_paused = true)]
async fn a_delayed_event_delays_those_behind_it() {
    let server = gated(|event| match event.name {
        "late" => Delivery::After(Duration::from_secs(40)),
        _ => Delivery::Now,
    });
    let client = Http::new(&server, "tester");
    let mut watch = client.watch(&format!("{WIDGETS}?watch=1&timeoutSeconds=90")).await;
    let start = tokio::time::Instant::now();
    client.post(WIDGETS, &widget("late")).await;
    client.post(WIDGETS, &widget("next")).await;
    assert_eq!(watch.line().await.unwrap(), "ADDED late");
    assert_eq!(start.elapsed(), Duration::from_secs(40));
    assert_eq!(watch.line().await.unwrap(), "ADDED next");
    assert_eq!(start.elapsed(), Duration::from_secs(40));
}

#[tokio::test(start_paused = true)]
async fn events_can_be_dropped_and_doubled() {
    let delivered = Arc::new(Mutex::new(Vec::new()));
    let mut options = options();
    options.gate = Some(Arc::new(|event: &WatchEvent<'_>| match event.name {
        "lost" => Delivery::Drop,
        "twin" => Delivery::Twice,
        _ => Delivery::Now,
    }));
    let log = delivered.clone();
    options.watch_observer = Some(Arc::new(move |event: &WatchEvent<'_>| {
        log.lock().unwrap().push(format!("{} {}", event.client, event.name));
    }));
    let server = server_with(options);
    let client = Http::new(&server, "tester");
    let mut watch = client.watch(&format!("{WIDGETS}?watch=1&timeoutSeconds=1")).await;
    for name in ["a", "lost", "twin"] {
        client.post(WIDGETS, &widget(name)).await;
    }
    assert_eq!(watch.lines().await, ["ADDED a", "ADDED twin", "ADDED twin"]);
    assert_eq!(*delivered.lock().unwrap(), ["tester a", "tester twin", "tester twin"]);
}
