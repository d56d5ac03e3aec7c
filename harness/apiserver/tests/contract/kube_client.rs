//! kube-rs as it comes: `Api`, `watcher` and `Controller` on the paused clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use apiserver::ApiServer;
use axum::body::Body;
use futures::StreamExt as _;
use http::Request;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret};
use kube::api::{Api, ApiResource, DeleteParams, DynamicObject, Patch, PatchParams, PostParams};
use kube::api::{GroupVersionKind, ListParams};
use kube::runtime::controller::Action;
use kube::runtime::{Controller, WatchStreamExt as _, watcher};
use serde_json::json;
use tower::ServiceExt as _;

use crate::support::server;

pub fn client(server: &ApiServer) -> kube::Client {
    let service = server.service();
    let service =
        service.map_request(|request: Request<kube::client::Body>| request.map(Body::new));
    kube::Client::new(service, "default")
}

fn resource() -> ApiResource {
    let kind = GroupVersionKind::gvk("probe.dev", "v1", "Widget");
    ApiResource::from_gvk_with_plural(&kind, "widgets")
}

fn widgets(server: &ApiServer) -> Api<DynamicObject> {
    Api::default_namespaced_with(client(server), &resource())
}

fn widget(name: &str) -> DynamicObject {
    DynamicObject::new(name, &resource()).data(json!({"spec": {"cores": 2}}))
}

#[tokio::test(start_paused = true)]
async fn the_api_does_what_it_says() {
    let server = server();
    let api = widgets(&server);
    let made = api.create(&PostParams::default(), &widget("a")).await.unwrap();
    assert_eq!(made.metadata.generation, Some(1));
    let patch = Patch::Merge(json!({"status": {"phase": "Ready"}}));
    let params = PatchParams::default();
    let after = api.patch_status("a", &params, &patch).await.unwrap();
    assert_eq!(after.data["status"]["phase"], "Ready");
    let ops = serde_json::from_value(json!([
        {"op": "replace", "path": "/spec/cores", "value": 5}]));
    let patch = Patch::Json::<()>(ops.unwrap());
    assert_eq!(api.patch("a", &params, &patch).await.unwrap().data["spec"]["cores"], 5);
    let stale = api.replace("a", &PostParams::default(), &made).await.unwrap_err();
    assert!(matches!(stale, kube::Error::Api(status) if status.code == 409));
    assert_eq!(api.list(&ListParams::default()).await.unwrap().items.len(), 1);
    assert!(api.delete("a", &DeleteParams::default()).await.unwrap().is_right());
    assert!(api.get_opt("a").await.unwrap().is_none());
}

#[tokio::test(start_paused = true)]
async fn typed_clients_read_built_in_kinds() {
    let server = server();
    let namespaces: Api<Namespace> = Api::all(client(&server));
    let list = namespaces.list(&ListParams::default()).await.unwrap();
    assert_eq!(list.items.len(), 4);
    let secrets: Api<Secret> = Api::default_namespaced(client(&server));
    let secret: Secret =
        serde_json::from_value(json!({"metadata": {"name": "s"}, "stringData": {"a": "b"}}))
            .unwrap();
    secrets.create(&PostParams::default(), &secret).await.unwrap();
    let read = secrets.get("s").await.unwrap();
    assert_eq!(read.data.unwrap()["a"].0, b"b");
    let configmaps: Api<ConfigMap> = Api::default_namespaced(client(&server));
    let names = configmaps.list_metadata(&ListParams::default()).await.unwrap();
    assert_eq!(names.items.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn watchers_follow_through_cuts_and_compaction() {
    for config in [watcher::Config::default(), watcher::Config::default().streaming_lists()] {
        let server = server();
        let api = widgets(&server);
        api.create(&PostParams::default(), &widget("a")).await.unwrap();
        let mut events = watcher(api.clone(), config).default_backoff().applied_objects().boxed();
        let mut next = async || events.next().await.unwrap().unwrap().metadata.name.unwrap();
        assert_eq!(next().await, "a");
        api.create(&PostParams::default(), &widget("b")).await.unwrap();
        assert_eq!(next().await, "b");
        server.cut_watches("anonymous");
        api.create(&PostParams::default(), &widget("c")).await.unwrap();
        assert_eq!(next().await, "c");
    }
}

#[tokio::test(start_paused = true)]
async fn a_controller_reconciles_and_finishes() {
    let server = server();
    let api = widgets(&server);
    let counts = Arc::new(AtomicU32::new(0));
    let reconcile = |object: Arc<DynamicObject>,
                     context: Arc<(Api<DynamicObject>, Arc<AtomicU32>)>| async move {
        context.1.fetch_add(1, Ordering::Relaxed);
        let patch = Patch::Merge(json!({"status": {"phase": "Ready"}}));
        let name = object.metadata.name.as_deref().unwrap();
        context.0.patch_status(name, &PatchParams::default(), &patch).await?;
        Ok::<_, kube::Error>(Action::requeue(Duration::from_secs(300)))
    };
    let controller = Controller::new_with(api.clone(), watcher::Config::default(), resource())
        .run(
            reconcile,
            |_, _, _| Action::requeue(Duration::from_secs(5)),
            Arc::new((api.clone(), counts.clone())),
        )
        .for_each(|_| std::future::ready(()));
    let running = tokio::spawn(controller);
    api.create(&PostParams::default(), &widget("a")).await.unwrap();
    tokio::time::sleep(Duration::from_secs(3 * 3600)).await;
    let after = api.get("a").await.unwrap();
    assert_eq!(after.data["status"]["phase"], "Ready");
    // One for the creation, one for its own status write, then one each 300 s.
    let count = counts.load(Ordering::Relaxed);
    assert!((37..=39).contains(&count), "{count}");
    running.abort();
}

#[tokio::test(start_paused = true)]
async fn discovery_finds_custom_and_built_in_kinds() {
    let server = server();
    for aggregated in [false, true] {
        let discovery = kube::Discovery::new(client(&server));
        let discovery =
            if aggregated { discovery.run_aggregated().await } else { discovery.run().await };
        let discovery = discovery.unwrap();
        let kind = GroupVersionKind::gvk("probe.dev", "v1", "Widget");
        let (found, capabilities) = discovery.resolve_gvk(&kind).unwrap();
        assert_eq!(found.plural, "widgets");
        assert_eq!(capabilities.scope, kube::discovery::Scope::Namespaced);
        assert!(discovery.has_group("apps"));
    }
}
