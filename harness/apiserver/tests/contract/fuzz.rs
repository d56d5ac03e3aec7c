//! Random requests in a row, on one server: every answer is one that a real server could give, no
//! write is lost, and a watcher sees the same objects as the store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use apiserver::{ApiServer, Change, Commit};
use axum::body::Body;
use base64::Engine as _;
use http::Request;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::hostile::{almost_widget, any_json, exchange, json_patch};
use crate::support::{Http, WIDGETS, Watch, cases, options, server_with, widget};

const JSON: &str = "application/json";
const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

/// Codes that a real server answers with, and 501, with which ours names what it has not.
const CODES: [u16; 16] =
    [200, 201, 400, 401, 403, 404, 405, 406, 409, 410, 413, 415, 422, 500, 501, 504];

/// What a real server calls its own fault, though it is the client's.
const OWN_FAULTS: [&str; 4] = [
    "resourceVersion should not be set on objects to be created",
    "resourceVersion: Invalid value",
    "the spec replicas field",
    "failed to create typed patch object",
];

#[derive(Clone, Debug)]
struct Call {
    method: &'static str,
    path: String,
    kind: &'static str,
    accept: &'static str,
    body: Vec<u8>,
}

fn path() -> impl Strategy<Value = String> {
    let known = [
        WIDGETS,
        "/apis/probe.dev/v1/namespaces/default/widgets/a",
        "/apis/probe.dev/v1/namespaces/default/widgets/b",
        "/apis/probe.dev/v1/namespaces/default/widgets/a/status",
        "/apis/probe.dev/v1/namespaces/default/widgets/a/scale",
        "/apis/probe.dev/v1/widgets",
        "/api/v1/namespaces/default/configmaps",
        "/api/v1/namespaces/default/configmaps/a",
        "/api/v1/namespaces/default/secrets/a",
        "/api/v1/namespaces/default/serviceaccounts/default",
        "/api/v1/namespaces/default/serviceaccounts/default/token",
        "/api/v1/namespaces/default/events",
        "/apis/events.k8s.io/v1/namespaces/default/events/a",
        "/apis/coordination.k8s.io/v1/namespaces/default/leases/a",
        "/api/v1/namespaces",
        "/api/v1/namespaces/a",
        "/api/v1/namespaces/a/finalize",
        "/apis/apps/v1/namespaces/default/deployments/a/scale",
        "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.probe.dev",
        "/openapi/v3",
        "/openapi/v2",
        "/apis",
        "/version",
    ];
    prop_oneof![
        8 => proptest::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => "(/[a-z0-9.%]{0,6}){0,8}".prop_map(|path| format!("/{path}")),
    ]
}

const TOKEN: base64::engine::GeneralPurpose = base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A token as the server makes it, or almost.
fn token() -> impl Strategy<Value = String> {
    let made = (-2..2000_i64, "[a-d/]{0,4}", any::<bool>(), any::<Option<u64>>()).prop_map(
        |(revision, start, whole, left)| {
            let end = if whole { "\u{0}" } else { "" };
            TOKEN.encode(
                json!({"v": "meta.k8s.io/v1", "rv": revision, "start": format!("/{start}{end}"),
                    "left": left})
                .to_string(),
            )
        },
    );
    let noise = proptest::collection::vec(any::<u8>(), 0..20);
    prop_oneof![made, noise.prop_map(|bytes| TOKEN.encode(bytes)), "[ -~]{0,12}"]
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

fn query() -> impl Strategy<Value = String> {
    let selector = "(a|b|x/y|!|=|==|!=| in | notin |\\(|\\)|,| |<|>|1|é){0,9}";
    let fields = "(metadata.name|metadata.namespace|spec.color|type|=|==|!=|,|\\\\|a|red){0,7}";
    let revision =
        prop_oneof![(0..1200_u64).prop_map(|revision| revision.to_string()), "[-+0-9a-z]{0,22}",];
    let pair = prop_oneof![
        selector.prop_map(|text| format!("labelSelector={}", encoded(&text))),
        fields.prop_map(|text| format!("fieldSelector={}", encoded(&text))),
        token().prop_map(|text| format!("continue={}", encoded(&text))),
        revision.prop_map(|text| format!("resourceVersion={}", encoded(&text))),
        "(Exact|NotOlderThan|[a-z]{0,4})".prop_map(|text| format!("resourceVersionMatch={text}")),
        "[-0-9]{0,3}".prop_map(|text| format!("limit={text}")),
        "(All|Some|)".prop_map(|text| format!("dryRun={text}")),
        "(Strict|Warn|Ignore|[a-z]{0,3})".prop_map(|text| format!("fieldValidation={text}")),
        "(fm|[ -~]{0,3})".prop_map(|text| format!("fieldManager={}", encoded(&text))),
        "(true|false|x)".prop_map(|text| format!("force={text}")),
        Just("watch=1&timeoutSeconds=1".to_owned()),
        Just("sendInitialEvents=true&resourceVersionMatch=NotOlderThan".to_owned()),
        Just("propagationPolicy=Foreground".to_owned()),
    ];
    proptest::collection::vec(pair, 0..4).prop_map(|pairs| pairs.join("&"))
}

/// A length-delimited field.
fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
    let mut out = vec![number << 3 | 2];
    let mut length = bytes.len();
    while length > 0x7f {
        out.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    out.push(u8::try_from(length).unwrap());
    out.extend(bytes);
    out
}

/// A configmap in protobuf, as client-go sends it.
fn configmap(name: &str) -> Vec<u8> {
    let kind = [field(1, b"v1"), field(2, b"ConfigMap")].concat();
    let entry = [field(1, b"key"), field(2, b"value")].concat();
    let metadata = [field(1, name.as_bytes()), field(2, b""), field(8, b"")].concat();
    let raw = [field(1, &metadata), field(2, &entry)].concat();
    let unknown = [field(1, &kind), field(2, &raw), field(3, b""), field(4, b"")].concat();
    [b"k8s\0".to_vec(), unknown].concat()
}

/// Protobuf that is right, or has a few bytes changed, or is cut off.
fn protobuf() -> impl Strategy<Value = Vec<u8>> {
    let changes = proptest::collection::vec((any::<usize>(), any::<u8>()), 0..4);
    (changes, any::<bool>(), any::<usize>()).prop_map(|(changes, cut, end)| {
        let mut bytes = configmap("a");
        let length = bytes.len();
        for (place, byte) in changes {
            bytes[place % length] = byte;
        }
        if cut {
            bytes.truncate(end % length);
        }
        bytes
    })
}

fn body() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let text = |kind| move |value: Value| (kind, value.to_string().into_bytes());
    let named = || {
        (almost_widget(), any::<bool>()).prop_map(|(mut object, good)| {
            object["metadata"] = json!({"name": "a"});
            if good {
                object["spec"] = json!({"cores": 3});
            }
            object
        })
    };
    let namespace = Just(json!({"metadata": {"name": "a"}}));
    prop_oneof![
        3 => named().prop_map(text(JSON)),
        2 => almost_widget().prop_map(text(JSON)),
        1 => any_json().prop_map(text(JSON)),
        1 => namespace.prop_map(text(JSON)),
        2 => named().prop_map(text("application/merge-patch+json")),
        1 => any_json().prop_map(text("application/merge-patch+json")),
        2 => json_patch().prop_map(text("application/json-patch+json")),
        2 => any_json().prop_map(text("application/strategic-merge-patch+json")),
        3 => named().prop_map(text("application/apply-patch+yaml")),
        1 => almost_widget().prop_map(text("application/apply-patch+yaml")),
        1 => "[ -~\n]{0,60}".prop_map(|yaml| ("application/yaml", yaml.into_bytes())),
        3 => protobuf().prop_map(|bytes| (PROTOBUF, bytes)),
        1 => proptest::collection::vec(any::<u8>(), 0..60).prop_map(|bytes| (PROTOBUF, bytes)),
    ]
}

fn call() -> impl Strategy<Value = Call> {
    let accept = proptest::sample::select(vec![
        JSON,
        "*/*",
        "",
        "application/vnd.kubernetes.protobuf, */*",
        PROTOBUF,
        "application/json;as=Table;v=v1;g=meta.k8s.io,application/json",
        "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
    ]);
    let method = prop_oneof![
        3 => Just("GET"),
        4 => Just("POST"),
        3 => Just("PUT"),
        5 => Just("PATCH"),
        2 => Just("DELETE"),
        1 => Just("OPTIONS"),
    ];
    (method, path(), query(), accept, body()).prop_map(|(method, path, query, accept, body)| {
        let path = if query.is_empty() { path } else { format!("{path}?{query}") };
        Call { method, path, kind: body.0, accept, body: body.1 }
    })
}

/// group, plural, namespace, name
type Place = (String, String, String, String);

/// The objects, from nothing but the commits that the observer heard of.
type Told = Arc<Mutex<BTreeMap<Place, Value>>>;

fn server() -> (ApiServer, Told) {
    let told = Told::default();
    let log = told.clone();
    let mut options = options();
    options.observer = Some(Arc::new(move |commit: &Commit| {
        let namespace = commit.namespace.clone().unwrap_or_default();
        let (group, plural, name) = (&commit.group, &commit.plural, &commit.name);
        let place = (group.clone(), plural.clone(), namespace, name.clone());
        let mut objects = log.lock().unwrap();
        let before = match commit.change {
            Change::Deleted => objects.remove(&place),
            Change::Added | Change::Modified => objects.insert(place, (*commit.object).clone()),
        };
        if commit.change == Change::Added {
            assert!(before.is_none(), "it was there before");
        }
    }));
    (server_with(options), told)
}

/// One request, and whether its answer can be.
async fn check(client: &Http, server: &ApiServer, call: &Call) {
    let request = Request::builder()
        .method(call.method)
        .uri(&call.path)
        .header("content-type", call.kind)
        .header("accept", call.accept)
        .body(Body::from(call.body.clone()));
    let Ok(request) = request else { return };
    let before = server.revision();
    let (code, bytes) = exchange(client, request).await;
    let text = String::from_utf8_lossy(&bytes);
    assert!(CODES.contains(&code), "{code} {text}");
    let answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    if code >= 400 {
        assert_eq!(server.revision(), before, "a refused request has written: {text}");
        if answer.is_null() {
            assert!(code == 404 || call.method == "OPTIONS", "{code} {text}");
            return;
        }
        assert_eq!((&answer["kind"], &answer["code"]), (&json!("Status"), &json!(code)), "{text}");
        let message = answer["message"].as_str().unwrap();
        let known = OWN_FAULTS.iter().any(|fault| message.contains(fault));
        assert!(code != 500 || known, "{message}");
    }
    let written = matches!(call.method, "POST" | "PUT" | "PATCH") && code < 300;
    if written && call.path.starts_with(WIDGETS) && answer["kind"] == "Widget" {
        let name = answer["metadata"]["name"].as_str().unwrap();
        let stored = server.get("probe.dev", "widgets", Some("default"), name);
        let dry = call.path.contains("dryRun=All");
        let dying = !answer["metadata"]["deletionTimestamp"].is_null();
        assert!(dry || dying || stored.as_deref() == Some(&answer), "lost: {text}\n{stored:?}");
    }
}

/// What a watcher believes in after all that it was told.
async fn view_of(watch: &mut Watch) -> BTreeMap<String, Value> {
    let mut view = BTreeMap::new();
    while let Ok(Some((kind, object))) =
        tokio::time::timeout(Duration::from_millis(1), watch.next()).await
    {
        let name = object["metadata"]["name"].as_str().unwrap().to_owned();
        match kind.as_str() {
            "DELETED" => drop(view.remove(&name)),
            _ => drop(view.insert(name, object)),
        }
    }
    view
}

fn run(calls: &[Call]) {
    let builder = tokio::runtime::Builder::new_current_thread();
    let runtime = { builder }.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let (server, told) = server();
        let client = Http::new(&server, "tester");
        let mut watch = client.watch(&format!("{WIDGETS}?watch=1&timeoutSeconds=999999")).await;
        client.post(WIDGETS, &widget("a")).await;
        for call in calls {
            check(&client, &server, call).await;
        }
        let told = told.lock().unwrap().clone();
        for ((group, plural, namespace, name), object) in &told {
            let stored = server.get(group, plural, Some(namespace), name);
            assert_eq!(stored.as_deref(), Some(object), "{plural}/{name}");
        }
        let stored = server.list("probe.dev", "widgets");
        let count = told.keys().filter(|place| place.1 == "widgets").count();
        assert_eq!(stored.len(), count, "an object that nobody committed");
        // A request may have taken the widgets away with their definition.
        if client.get(WIDGETS).await.0 == 200 {
            let ours = stored.iter().filter(|it| it["metadata"]["namespace"] == "default");
            let ours: BTreeMap<String, Value> = ours
                .map(|it| (it["metadata"]["name"].as_str().unwrap().to_owned(), (**it).clone()))
                .collect();
            assert_eq!(view_of(&mut watch).await, ours);
            let (code, answer) = client.post(WIDGETS, &widget("still-here")).await;
            assert!(code == 201 || code == 405, "{answer}");
        }
    });
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn requests_in_a_row_leave_a_server_that_agrees_with_itself(
        calls in proptest::collection::vec(call(), 1..14),
    ) {
        run(&calls);
    }
}
