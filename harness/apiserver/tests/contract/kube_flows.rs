//! What kube-rs shows in its own examples, on the server: a derived kind that is applied, waited
//! for and used, events, metadata alone, a finalizer, a lease.

use std::sync::Arc;
use std::time::Duration;

use apiserver::ApiServer;
use futures::StreamExt as _;
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace};
use k8s_openapi::api::events::v1::Event as StoredEvent;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, DeleteParams, ListParams, ObjectMeta, Patch, PatchParams, PostParams};
use kube::api::{PropagationPolicy, WatchEvent, WatchParams};
use kube::core::PartialObjectMeta;
use kube::runtime::controller::Action;
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::runtime::finalizer::{Event as Finalizer, finalizer};
use kube::runtime::wait::{Condition, await_condition, conditions};
use kube::runtime::{WatchStreamExt as _, reflector, watcher};
use kube::{CustomResource, CustomResourceExt as _, Resource as _, ResourceExt as _};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::kube_client::client;
use crate::support::options;

/// The kind of the `crd_apply` example.
#[derive(CustomResource, Deserialize, Serialize, Clone, Debug, PartialEq, JsonSchema)]
#[kube(group = "clux.dev", version = "v1", kind = "Foo", namespaced)]
#[kube(status = "FooStatus", shortname = "f")]
#[kube(scale(spec_replicas_path = ".spec.replicas", status_replicas_path = ".status.replicas"))]
#[kube(printcolumn(name = "Team", type_ = "string", json_path = ".spec.name"))]
pub struct FooSpec {
    #[schemars(length(min = 3))]
    name: String,
    info: Option<String>,
    replicas: i32,
}

#[derive(Deserialize, Serialize, Clone, Debug, Default, PartialEq, JsonSchema)]
pub struct FooStatus {
    is_bad: bool,
    replicas: i32,
}

fn server() -> ApiServer {
    ApiServer::new(options())
}

fn apply() -> PatchParams {
    PatchParams::apply("crd_apply_example").force()
}

/// Applies the definition and waits until it is served.
async fn foos(server: &ApiServer) -> Api<Foo> {
    let crds: Api<CustomResourceDefinition> = Api::all(client(server));
    crds.patch("foos.clux.dev", &apply(), &Patch::Apply(Foo::crd())).await.unwrap();
    let established = await_condition(crds, "foos.clux.dev", conditions::is_crd_established());
    let waited = tokio::time::timeout(Duration::from_secs(10), established).await;
    assert!(waited.unwrap().unwrap().is_some());
    Api::default_namespaced(client(server))
}

fn foo(name: &str) -> Foo {
    Foo::new(name, FooSpec { name: "three".to_owned(), info: None, replicas: 1 })
}

#[tokio::test(start_paused = true)]
async fn a_derived_kind_is_applied_and_used() {
    let server = server();
    let foos = foos(&server).await;
    let made = foos.patch("baz", &apply(), &Patch::Apply(foo("baz"))).await.unwrap();
    assert_eq!(made.metadata.managed_fields.unwrap()[0].operation.as_deref(), Some("Apply"));
    let again = foos.patch("baz", &apply(), &Patch::Apply(foo("baz"))).await.unwrap();
    assert_eq!(again.metadata.resource_version, made.metadata.resource_version);
    let status = json!({"apiVersion": "clux.dev/v1", "kind": "Foo",
        "status": {"is_bad": true, "replicas": 0}});
    let after = foos.patch_status("baz", &apply(), &Patch::Apply(status)).await.unwrap();
    assert_eq!(after.status, Some(FooStatus { is_bad: true, replicas: 0 }));
    let mut changed = foos.get_status("baz").await.unwrap();
    changed.status.as_mut().unwrap().is_bad = false;
    let after = foos.replace_status("baz", &PostParams::default(), &changed).await.unwrap();
    assert!(!after.status.unwrap().is_bad);
    let scale = Patch::Merge(json!({"spec": {"replicas": 3}}));
    foos.patch_scale("baz", &PatchParams::default(), &scale).await.unwrap();
    assert_eq!(foos.get_scale("baz").await.unwrap().spec.unwrap().replicas, Some(3));
    let mut short = foo("qux");
    short.spec.name = "x".to_owned();
    let refused = foos.create(&PostParams::default(), &short).await.unwrap_err();
    assert!(refused.to_string().contains("at least 3 chars long"), "{refused}");
    let options = DeleteParams::default();
    assert!(foos.delete_collection(&options, &ListParams::default()).await.unwrap().is_left());
    assert!(foos.list(&ListParams::default()).await.unwrap().items.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_controller_holds_its_object_with_a_finalizer() {
    let server = server();
    let foos = foos(&server).await;
    let made = Arc::new(foos.create(&PostParams::default(), &foo("held")).await.unwrap());
    let step = async |object: Arc<Foo>| {
        let mut said = "";
        finalizer(&foos, "clux.dev/cleanup", object, |event| {
            said = match event {
                Finalizer::Apply(_) => "apply",
                Finalizer::Cleanup(_) => "clean up",
            };
            std::future::ready(Ok::<_, kube::Error>(Action::await_change()))
        })
        .await
        .unwrap();
        said
    };
    // The first step only adds the finalizer.
    assert_eq!(step(made.clone()).await, "");
    let held = Arc::new(foos.get("held").await.unwrap());
    assert_eq!(step(held).await, "apply");
    let dying = foos.delete("held", &DeleteParams::default()).await.unwrap();
    let dying = Arc::new(dying.left().unwrap());
    let uid = dying.uid().unwrap();
    assert_eq!(step(dying).await, "clean up");
    let gone = await_condition(foos.clone(), "held", conditions::is_deleted(&uid));
    tokio::time::timeout(Duration::from_secs(10), gone).await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_recorder_counts_an_event_that_comes_again() {
    let server = server();
    let namespaces: Api<Namespace> = Api::all(client(&server));
    let reference = namespaces.get("default").await.unwrap().object_ref(&());
    let reporter = Reporter { controller: "probe".into(), instance: Some("one".into()) };
    let recorder = Recorder::new(client(&server), reporter);
    let event = Event {
        type_: EventType::Normal,
        reason: "Scheduling".into(),
        note: Some("a note".into()),
        action: "Probing".into(),
        secondary: None,
    };
    for _ in 0..3 {
        recorder.publish(&event, &reference).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    let events: Api<StoredEvent> = Api::default_namespaced(client(&server));
    let list = events.list(&ListParams::default()).await.unwrap();
    let [stored] = &list.items[..] else { panic!("{} events", list.items.len()) };
    assert_eq!(stored.series.as_ref().map(|series| series.count), Some(3));
    assert_eq!(stored.regarding.as_ref().unwrap().name.as_deref(), Some("default"));
    let core: Api<k8s_openapi::api::core::v1::Event> = Api::default_namespaced(client(&server));
    let seen = core.get(stored.metadata.name.as_deref().unwrap()).await.unwrap();
    assert_eq!(
        (seen.reason.as_deref(), seen.message.as_deref()),
        (Some("Scheduling"), Some("a note"))
    );
}

#[tokio::test(start_paused = true)]
async fn metadata_is_watched_alone_in_both_ways() {
    for config in [watcher::Config::default(), watcher::Config::default().streaming_lists()] {
        let server = server();
        let api: Api<ConfigMap> = Api::default_namespaced(client(&server));
        let metadata: Api<PartialObjectMeta<ConfigMap>> = Api::default_namespaced(client(&server));
        let (reader, writer) = reflector::store();
        let stream = watcher(metadata, config);
        let events = reflector::reflector(writer, stream).touched_objects().boxed();
        let mut names = events.map(|object| object.unwrap().name_any());
        assert_eq!(names.next().await.unwrap(), "kube-root-ca.crt");
        let mut object =
            ConfigMap { data: Some([("k".into(), "v".into())].into()), ..<_>::default() };
        object.metadata.name = Some("a".into());
        api.create(&PostParams::default(), &object).await.unwrap();
        assert_eq!(names.next().await.unwrap(), "a");
        api.delete("a", &DeleteParams::default()).await.unwrap();
        assert_eq!(names.next().await.unwrap(), "a");
        let left: Vec<_> = reader.state().iter().map(|object| object.name_any()).collect();
        assert_eq!(left, ["kube-root-ca.crt"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_plain_watch_tells_of_a_foreground_deletion() {
    let server = server();
    let api: Api<ConfigMap> = Api::default_namespaced(client(&server));
    let metadata = ObjectMeta { name: Some("a".into()), ..ObjectMeta::default() };
    let object = ConfigMap { metadata, ..ConfigMap::default() };
    let made = api.create(&PostParams::default(), &object).await.unwrap();
    let revision = made.metadata.resource_version.clone().unwrap();
    let params = WatchParams::default().fields("metadata.name=a").timeout(5);
    let events = api.watch(&params, &revision).await.unwrap().boxed();
    let options =
        DeleteParams { propagation_policy: Some(PropagationPolicy::Foreground), ..<_>::default() };
    api.delete("a", &options).await.unwrap();
    let words: Vec<_> = events
        .map(|event| match event.unwrap() {
            WatchEvent::Added(_) => "added",
            WatchEvent::Modified(_) => "modified",
            WatchEvent::Deleted(_) => "deleted",
            WatchEvent::Bookmark(_) => "bookmark",
            WatchEvent::Error(_) => "error",
        })
        .collect()
        .await;
    assert_eq!(words, ["modified", "deleted", "bookmark"]);
}

/// kube has no leader election of its own; those of other crates do this.
#[tokio::test(start_paused = true)]
async fn a_lease_has_one_holder() {
    let server = server();
    let leases: Api<Lease> = Api::default_namespaced(client(&server));
    let claim = |holder: &str, second: u32, revision: Option<String>| -> Lease {
        serde_json::from_value(json!({
            "metadata": {"name": "leader", "resourceVersion": revision},
            "spec": {"holderIdentity": holder, "leaseDurationSeconds": 15,
                "renewTime": format!("2026-01-01T00:00:{second:02}.123456Z")}}))
        .unwrap()
    };
    let first = leases.create(&PostParams::default(), &claim("one", 0, None)).await.unwrap();
    let taken = leases.create(&PostParams::default(), &claim("two", 1, None)).await.unwrap_err();
    assert!(matches!(taken, kube::Error::Api(status) if status.reason == "AlreadyExists"));
    let revision = first.metadata.resource_version;
    let params = PostParams::default();
    leases.replace("leader", &params, &claim("one", 2, revision.clone())).await.unwrap();
    let late = leases.replace("leader", &params, &claim("two", 3, revision)).await.unwrap_err();
    assert!(matches!(late, kube::Error::Api(status) if status.reason == "Conflict"));
    let held = |lease: Option<&Lease>| {
        let spec = lease.and_then(|lease| lease.spec.as_ref());
        spec.is_some_and(|spec| spec.holder_identity.as_deref() == Some("one"))
    };
    assert!(held.matches_object(Some(&leases.get("leader").await.unwrap())));
}
