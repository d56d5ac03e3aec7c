//! What a client learns of a server before it asks for anything.

use std::collections::BTreeSet;

use axum::body::Body;
use http::{Request, Response};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::support::{Http, server};

const NEW: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
const OLD: &str = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList";

async fn get(http: &Http, path: &str, headers: &[(&str, &str)]) -> Response<Body> {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    http.send(request.body(Body::empty()).unwrap()).await
}

async fn text(response: Response<Body>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn both_forms_of_discovery_name_the_same_resources() {
    let http = Http::new(&server(), "kubectl");
    let accept = format!("{NEW},{OLD},application/json");
    let response = get(&http, "/apis", &[("accept", &accept)]).await;
    assert_eq!(response.headers()["content-type"], NEW);
    assert_eq!(response.headers()["vary"], "Accept");
    let list: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(list["kind"], "APIGroupDiscoveryList");
    let mut aggregated = BTreeSet::new();
    for group in list["items"].as_array().unwrap() {
        for version in group["versions"].as_array().unwrap() {
            let name = &group["metadata"]["name"];
            for resource in version["resources"].as_array().unwrap() {
                let names = [name, &version["version"], &resource["resource"]];
                aggregated.insert(names.map(|name| name.as_str().unwrap().to_owned()));
            }
        }
    }
    let mut legacy = BTreeSet::new();
    let (_, groups) = http.get("/apis").await;
    for group in groups["groups"].as_array().unwrap() {
        for version in group["versions"].as_array().unwrap() {
            let path = format!("/apis/{}", version["groupVersion"].as_str().unwrap());
            let (code, resources) = http.get(&path).await;
            assert_eq!(code, 200, "{path}");
            for resource in resources["resources"].as_array().unwrap() {
                if resource["name"].as_str().unwrap().contains('/') {
                    continue;
                }
                let names = [&group["name"], &version["version"], &resource["name"]];
                legacy.insert(names.map(|name| name.as_str().unwrap().to_owned()));
            }
        }
    }
    assert_eq!(aggregated, legacy);
    let widgets = ["probe.dev", "v1", "widgets"].map(str::to_owned);
    assert!(aggregated.contains(&widgets));
}

#[tokio::test(start_paused = true)]
async fn a_client_that_knows_only_the_beta_gets_the_legacy_form() {
    let http = Http::new(&server(), "kubectl-1.27");
    let accept = format!("{OLD},application/json");
    let response = get(&http, "/apis", &[("accept", &accept)]).await;
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.headers()["vary"], "Accept");
    let list: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(list["kind"], "APIGroupList");
}

#[tokio::test(start_paused = true)]
async fn discovery_that_is_known_is_not_sent_again() {
    let server = server();
    let http = Http::new(&server, "kubectl");
    let first = get(&http, "/apis", &[("accept", NEW)]).await;
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    assert!(tag.starts_with('"') && tag.len() == 130, "{tag}");
    let again = get(&http, "/apis", &[("accept", NEW), ("if-none-match", &tag)]).await;
    assert_eq!(again.status(), 304);
    assert_eq!(again.headers()["etag"], tag.as_str());
    assert_eq!(text(again).await, "");
    let crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.probe.dev";
    assert_eq!(http.delete(crds).await.0, 200);
    let changed = get(&http, "/apis", &[("accept", NEW), ("if-none-match", &tag)]).await;
    assert_eq!(changed.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn it_says_that_it_lives() {
    let http = Http::new(&server(), "probe");
    for path in ["/healthz", "/livez", "/readyz", "/readyz/ping", "/healthz/etcd"] {
        assert_eq!(text(get(&http, path, &[]).await).await, "ok", "{path}");
    }
    let told = text(get(&http, "/readyz?verbose&exclude=etcd", &[]).await).await;
    assert!(told.starts_with("[+]ping ok\n"), "{told}");
    assert!(told.contains("[+]etcd excluded: ok\n"), "{told}");
    assert!(told.ends_with("readyz check passed\n"), "{told}");
    assert_eq!(get(&http, "/readyz/no-such-check", &[]).await.status(), 404);
    let metrics = text(get(&http, "/metrics", &[]).await).await;
    assert!(metrics.contains("kubernetes_build_info{"), "{metrics}");
    let (code, version) = http.get("/version?timeout=32s").await;
    assert_eq!((code, &version["major"]), (200, &json!("1")));
}
