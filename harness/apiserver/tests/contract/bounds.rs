//! Many watchers, slow watchers, long histories: nothing is lost, nothing grows without end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::support::{Http, WIDGETS, options, revision_of, server, server_with, widget};

const CONFIGMAPS: &str = "/api/v1/namespaces/default/configmaps";

fn patch(count: usize) -> Value {
    json!({"status": {"note": count.to_string()}})
}

#[tokio::test(start_paused = true)]
async fn a_hundred_watchers_get_a_thousand_updates_in_order() {
    const WATCHERS: usize = 100;
    const UPDATES: usize = 1000;
    let server = server();
    let client = Http::new(&server, "tester");
    client.post(WIDGETS, &widget("a")).await;
    let path = format!("{WIDGETS}?watch=1&resourceVersion={}", server.revision());
    let mut readers = Vec::new();
    for _ in 0..WATCHERS {
        let mut watch = client.watch(&path).await;
        readers.push(tokio::spawn(async move {
            let mut revision = 0;
            for count in 0..UPDATES {
                let (kind, object) = watch.next().await.unwrap();
                assert_eq!(
                    (kind.as_str(), &object["status"]["note"]),
                    ("MODIFIED", &json!(count.to_string()))
                );
                assert!(revision_of(&object) > revision, "revisions grow");
                revision = revision_of(&object);
            }
            revision
        }));
    }
    for count in 0..UPDATES {
        let answer = client.merge(&format!("{WIDGETS}/a/status"), &patch(count)).await;
        assert_eq!(answer.0, 200);
        if count % 7 == 0 {
            tokio::task::yield_now().await;
        }
    }
    for reader in readers {
        assert_eq!(reader.await.unwrap(), server.revision());
    }
}

#[tokio::test(start_paused = true)]
async fn a_watcher_that_falls_out_of_the_history_is_cut_off() {
    let mut options = options();
    options.history = 10;
    let server = server_with(options);
    let client = Http::new(&server, "tester");
    client.post(WIDGETS, &widget("a")).await;
    let path = format!("{WIDGETS}?watch=1&resourceVersion={}", server.revision());
    let (mut slow, mut slower) = (client.watch(&path).await, client.watch(&path).await);
    for count in 0..10 {
        client.merge(&format!("{WIDGETS}/a/status"), &patch(count)).await;
    }
    assert_eq!(slow.line().await.unwrap(), "MODIFIED a");
    client.merge(&format!("{WIDGETS}/a/status"), &patch(10)).await;
    assert_eq!(slow.line().await.unwrap(), "MODIFIED a", "it has read what is lost now");
    let (kind, error) = slower.next().await.unwrap();
    assert_eq!((kind.as_str(), &error["code"]), ("ERROR", &json!(410)));
    assert_eq!(slower.next().await, None);
}

#[tokio::test(start_paused = true)]
async fn the_history_is_bounded_in_bytes() {
    let mut options = options();
    options.history_bytes = 100_000;
    let server = server_with(options);
    let client = Http::new(&server, "tester");
    let object = |name: &str, bytes: usize| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name},
            "data": {"text": "x".repeat(bytes)}})
    };
    let watch = async |revision: u64| {
        let path = format!("{CONFIGMAPS}?watch=1&timeoutSeconds=1&resourceVersion={revision}");
        client.watch(&path).await.lines().await
    };
    let before = server.revision();
    client.post(CONFIGMAPS, &object("a", 60_000)).await;
    let between = server.revision();
    assert_eq!(watch(before).await, ["ADDED a"]);
    client.post(CONFIGMAPS, &object("b", 60_000)).await;
    assert_eq!(watch(before).await, ["ERROR -"], "the event of a made room");
    assert_eq!(watch(between).await, ["ADDED b"]);
    client.post(CONFIGMAPS, &object("c", 600_000)).await;
    assert_eq!(watch(server.revision() - 1).await, ["ADDED c"], "the latest is always kept");
    assert_eq!(client.get(&format!("{CONFIGMAPS}/a")).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn a_watcher_that_has_seen_all_outlives_the_history() {
    let server = server();
    let client = Http::new(&server, "tester");
    client.post(WIDGETS, &widget("a")).await;
    let path = format!("{WIDGETS}?watch=1&timeoutSeconds=9");
    let mut watch = client.watch(&path).await;
    assert_eq!(watch.line().await.unwrap(), "ADDED a");
    client.post(WIDGETS, &widget("b")).await;
    assert_eq!(watch.line().await.unwrap(), "ADDED b");
    let cm = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}});
    client.post(CONFIGMAPS, &cm).await;
    server.compact();
    client.post(WIDGETS, &widget("c")).await;
    assert_eq!(watch.lines().await, ["ADDED c"]);
}

#[tokio::test(start_paused = true)]
async fn a_write_wakes_no_watcher_of_another_resource() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let server = server();
    let client = Http::new(&server, "tester");
    let path = format!("{WIDGETS}?watch=1&resourceVersion={}", server.revision());
    let mut watch = client.watch(&path).await;
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let waker = Waker::from(count.clone());
    let mut next = std::pin::pin!(watch.body.frame());
    assert!(next.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
    let cm = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "other"}});
    client.post(CONFIGMAPS, &cm).await;
    assert_eq!(count.0.load(Ordering::Relaxed), 0);
    client.post(WIDGETS, &widget("a")).await;
    assert_eq!(count.0.load(Ordering::Relaxed), 1);
    assert!(matches!(next.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Ready(Some(_))));
}

/// All pages of a list: the names, and what each page says remains.
async fn pages(client: &Http, path: &str, between: impl AsyncFn(usize)) -> (Vec<String>, Vec<i64>) {
    let (mut names, mut remaining, mut token) = (Vec::new(), Vec::new(), String::new());
    loop {
        let (code, list) = client.get(&format!("{path}&continue={token}")).await;
        assert_eq!(code, 200, "{list}");
        let items = list["items"].as_array().unwrap().iter();
        names.extend(items.map(|item| {
            let meta = &item["metadata"];
            format!("{}/{}", meta["namespace"].as_str().unwrap(), meta["name"].as_str().unwrap())
        }));
        remaining.push(list["metadata"]["remainingItemCount"].as_i64().unwrap_or(-1));
        let Some(next) = list["metadata"]["continue"].as_str() else { return (names, remaining) };
        token = next.to_owned();
        between(names.len()).await;
    }
}

#[tokio::test(start_paused = true)]
async fn pages_show_one_revision_whatever_is_written_between_them() {
    let server = server();
    let client = Http::new(&server, "tester");
    let all = "/apis/probe.dev/v1/widgets";
    let in_namespace = |name: &str| format!("/apis/probe.dev/v1/namespaces/{name}/widgets");
    for (namespace, names) in [("default", "bdfh"), ("kube-public", "ac")] {
        for name in names.chars() {
            client.post(&in_namespace(namespace), &widget(&name.to_string())).await;
        }
    }
    let expected =
        ["default/b", "default/d", "default/f", "default/h", "kube-public/a", "kube-public/c"];
    let disturb = async |count: usize| {
        client.delete(&format!("{WIDGETS}/h")).await;
        client.post(WIDGETS, &widget(&format!("c{count}"))).await;
        client.merge(&format!("{WIDGETS}/f"), &json!({"spec": {"cores": count}})).await;
        client.delete(&format!("{}/c", in_namespace("kube-public"))).await;
        client.post(&in_namespace("kube-system"), &widget("late")).await;
    };
    let (names, remaining) = pages(&client, &format!("{all}?limit=2"), disturb).await;
    assert_eq!(names, expected);
    assert_eq!(remaining, [4, 2, -1]);
    let quiet = async |_: usize| {};
    let (names, remaining) = pages(&client, &format!("{WIDGETS}?limit=3"), quiet).await;
    assert_eq!(names, ["default/b", "default/c2", "default/c4", "default/d", "default/f"]);
    assert_eq!(remaining, [2, -1]);
    let selected = format!("{WIDGETS}?limit=2&fieldSelector=metadata.name!=d");
    let (names, remaining) = pages(&client, &selected, quiet).await;
    assert_eq!(names, ["default/b", "default/c2", "default/c4", "default/f"]);
    assert_eq!(remaining, [-1, -1], "nobody counts what a selector leaves");
}

#[tokio::test(start_paused = true)]
async fn an_old_revision_is_listed_exactly_and_counted() {
    let server = server();
    let client = Http::new(&server, "tester");
    for name in ["a", "b", "c"] {
        client.post(WIDGETS, &widget(name)).await;
    }
    let then = server.revision();
    client.delete(&format!("{WIDGETS}/a")).await;
    client.post(WIDGETS, &widget("d")).await;
    client.post(WIDGETS, &widget("e")).await;
    let exact = format!("resourceVersion={then}&resourceVersionMatch=Exact");
    let (code, list) = client.get(&format!("{WIDGETS}?limit=1&{exact}")).await;
    assert_eq!((code, &list["metadata"]["remainingItemCount"]), (200, &json!(2)));
    assert_eq!(list["items"][0]["metadata"]["name"], "a");
    assert_eq!(list["metadata"]["resourceVersion"], then.to_string());
    // A token as a real server writes it does not say how many follow.
    let token = base64_of(&json!({"v": "meta.k8s.io/v1", "rv": then, "start": "/a\u{0}"}));
    let (_, list) = client.get(&format!("{WIDGETS}?limit=1&continue={token}")).await;
    assert_eq!(list["items"][0]["metadata"]["name"], "b");
    assert_eq!(list["metadata"]["remainingItemCount"], 1);
    server.compact();
    let (code, gone) = client.get(&format!("{WIDGETS}?{exact}")).await;
    assert_eq!((code, &gone["reason"]), (410, &json!("Expired")));
}

fn base64_of(value: &Value) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
}
