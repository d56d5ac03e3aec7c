//! Requests that mean no good: every one gets an answer, none hurts the server.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Http, WIDGETS, cases, server, widget};

/// Any JSON, with names that the server knows mixed in.
pub fn any_json() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("metadata"),
        Just("spec"),
        Just("status"),
        Just("name"),
        Just("labels"),
        Just("finalizers"),
        Just("ownerReferences"),
        Just("uid"),
        Just("apiVersion"),
        Just("kind"),
        Just("cores"),
        Just("color"),
        Just("phase"),
        Just("$patch"),
        Just("data"),
        Just("type"),
        Just("properties"),
        Just("items"),
        Just("a"),
    ];
    let text = prop_oneof![
        word.clone().prop_map(str::to_owned),
        Just("Widget".to_owned()),
        Just("probe.dev/v1".to_owned()),
        Just("1001".to_owned()),
        Just("delete".to_owned()),
        Just("replace".to_owned()),
        "[ -~]{0,12}",
        "\\PC{0,4}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|float| json!(float)),
        text.prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(word.clone().prop_map(str::to_owned), inner, 0..6)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// An object that is almost a widget.
pub fn almost_widget() -> impl Strategy<Value = Value> {
    (any_json(), any_json(), any_json()).prop_map(|(metadata, spec, status)| {
        json!({"apiVersion": "probe.dev/v1", "kind": "Widget", "metadata": metadata,
            "spec": spec, "status": status})
    })
}

pub fn json_patch() -> impl Strategy<Value = Value> {
    let op = prop_oneof![
        Just("add"),
        Just("remove"),
        Just("replace"),
        Just("move"),
        Just("copy"),
        Just("test"),
        Just("frob"),
    ];
    let pointer = prop_oneof![
        Just(""),
        Just("/"),
        Just("/spec"),
        Just("/spec/cores"),
        Just("/metadata/labels"),
        Just("/metadata/finalizers/-"),
        Just("/metadata/name"),
        Just("/status/~1"),
        Just("/~2"),
        Just("/spec/x/0"),
        Just("no"),
    ];
    let one = (op, pointer.clone(), pointer, any_json()).prop_map(
        |(op, path, from, value)| json!({"op": op, "path": path, "from": from, "value": value}),
    );
    proptest::collection::vec(one, 0..8).prop_map(Value::from)
}

pub async fn exchange(client: &Http, request: Request<Body>) -> (u16, Vec<u8>) {
    let response = client.send(request).await;
    let code = response.status().as_u16();
    // A watch may be the answer: one line of it is enough.
    let mut body = response.into_body();
    let wait = std::time::Duration::from_secs(7200);
    let frame = tokio::time::timeout(wait, body.frame()).await;
    let bytes = frame.ok().flatten().and_then(Result::ok).and_then(|frame| frame.into_data().ok());
    (code, bytes.unwrap_or_default().to_vec())
}

/// Sends something and checks that the server still does its work.
fn survive(method: &str, path: &str, kind: &str, accept: &str, body: Vec<u8>) -> Option<u16> {
    let builder = tokio::runtime::Builder::new_current_thread();
    let runtime = { builder }.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let server = server();
        let client = Http::new(&server, "tester");
        client.post(WIDGETS, &widget("a")).await;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", kind)
            .header("accept", accept)
            .body(Body::from(body))
            .ok()?;
        let (code, bytes) = exchange(&client, request).await;
        if code >= 400 && code != 404 {
            let status: Value = serde_json::from_slice(&bytes).unwrap();
            assert_eq!(status["kind"], "Status");
            assert_eq!(status["code"], code);
        }
        assert_ne!(code, 0);
        let (code, list) = client.get(WIDGETS).await;
        assert_eq!(code, 200);
        for object in list["items"].as_array().unwrap() {
            assert!(object["metadata"]["name"].is_string(), "{object}");
            assert!(object["spec"]["cores"].is_i64(), "{object}");
        }
        assert_eq!(client.post(WIDGETS, &widget("still-here")).await.0, 201);
        Some(code)
    })
}

const JSON: &str = "application/json";

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn bodies_are_taken_or_refused(body in almost_widget(), put in any::<bool>()) {
        let path = if put { format!("{WIDGETS}/a") } else { WIDGETS.to_owned() };
        let method = if put { "PUT" } else { "POST" };
        survive(method, &path, JSON, JSON, body.to_string().into_bytes());
    }

    #[test]
    fn bytes_are_taken_or_refused(
        body in proptest::collection::vec(any::<u8>(), 0..200),
        yaml in any::<bool>(),
    ) {
        survive("POST", WIDGETS, if yaml { "application/yaml" } else { JSON }, JSON, body);
    }

    #[test]
    fn merge_patches_are_taken_or_refused(patch in any_json(), status in any::<bool>()) {
        let path = format!("{WIDGETS}/a{}", if status { "/status" } else { "" });
        let kind = "application/merge-patch+json";
        survive("PATCH", &path, kind, JSON, patch.to_string().into_bytes());
    }

    #[test]
    fn json_patches_are_taken_or_refused(patch in json_patch()) {
        let kind = "application/json-patch+json";
        let path = format!("{WIDGETS}/a");
        survive("PATCH", &path, kind, JSON, patch.to_string().into_bytes());
    }

    #[test]
    fn strategic_patches_are_taken_or_refused(patch in any_json()) {
        let kind = "application/strategic-merge-patch+json";
        let path = "/api/v1/namespaces/default/serviceaccounts/default";
        survive("PATCH", path, kind, JSON, patch.to_string().into_bytes());
    }

    #[test]
    fn delete_options_are_taken_or_refused(options in any_json()) {
        let path = format!("{WIDGETS}/zz");
        survive("DELETE", &path, JSON, JSON, options.to_string().into_bytes());
    }

    #[test]
    fn built_in_kinds_take_or_refuse(body in any_json(), plural in 0..5_usize) {
        let plural = ["configmaps", "secrets", "events", "pods", "serviceaccounts"][plural];
        let path = format!("/api/v1/namespaces/default/{plural}");
        survive("POST", &path, JSON, JSON, body.to_string().into_bytes());
    }

    #[test]
    fn crds_are_taken_or_refused(schema in any_json(), names in any_json()) {
        let crd = json!({"apiVersion": "apiextensions.k8s.io/v1",
            "kind": "CustomResourceDefinition", "metadata": {"name": "gadgets.probe.dev"},
            "spec": {"group": "probe.dev", "scope": "Cluster", "names": names,
                "versions": [{"name": "v1", "served": true, "storage": true,
                    "schema": {"openAPIV3Schema": schema}}]}});
        let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
        survive("POST", path, JSON, JSON, crd.to_string().into_bytes());
    }

    #[test]
    fn paths_and_queries_have_an_answer(
        method in prop_oneof![
            Just("GET"), Just("POST"), Just("PUT"), Just("PATCH"), Just("DELETE"), Just("HEAD"),
            Just("OPTIONS"), Just("BREW"),
        ],
        segments in proptest::collection::vec(prop_oneof![
            Just("api"), Just("apis"), Just("v1"), Just("probe.dev"), Just("namespaces"),
            Just("default"), Just("widgets"), Just("a"), Just("status"), Just("scale"),
            Just("pods"), Just("%2e%2e"), Just("%00"), Just("%ff"), Just(".."), Just("version"),
            Just("apps"), Just("deployments"), Just("finalize"), Just("token"),
        ], 0..9),
        query in proptest::collection::vec((prop_oneof![
            Just("watch"), Just("limit"), Just("continue"), Just("resourceVersion"),
            Just("resourceVersionMatch"), Just("sendInitialEvents"), Just("labelSelector"),
            Just("fieldSelector"), Just("timeoutSeconds"), Just("dryRun"), Just("force"),
            Just("fieldValidation"), Just("allowWatchBookmarks"), Just("includeObject"),
        ], prop_oneof![
            Just("1".to_owned()), Just("true".to_owned()), Just("-1".to_owned()),
            Just("99999999999999999999".to_owned()), Just("All".to_owned()),
            Just("Exact".to_owned()), Just("NotOlderThan".to_owned()), Just("1000".to_owned()),
            "[a-z%=,!()]{0,10}",
        ]), 0..4),
        accept in prop_oneof![
            Just(JSON), Just("*/*"), Just("text/html"), Just(""),
            Just("application/json;as=Table;v=v1;g=meta.k8s.io"),
            Just("application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"),
            Just("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"),
        ],
    ) {
        // Deleting the collection is the one thing that is meant to hurt.
        prop_assume!(method != "DELETE" || segments.contains(&"a"));
        let query: Vec<String> =
            query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        let path = format!("/{}?{}", segments.join("/"), query.join("&"));
        survive(method, &path, JSON, accept, Vec::new());
    }
}

#[test]
fn a_body_beyond_the_limit_is_too_large() {
    let body = vec![b' '; 3 * 1024 * 1024 + 1];
    let builder = tokio::runtime::Builder::new_current_thread();
    let runtime = { builder }.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let server = server();
        let client = Http::new(&server, "tester");
        let request = Request::post(WIDGETS).body(Body::from(body)).unwrap();
        let (code, bytes) = exchange(&client, request).await;
        let status: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!((code, &status["reason"]), (413, &json!("RequestEntityTooLarge")));
    });
}

#[test]
fn deep_bodies_are_refused() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let body = format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        for (method, path, kind) in [
            ("POST", WIDGETS.to_owned(), JSON),
            ("PATCH", format!("{WIDGETS}/a"), "application/merge-patch+json"),
            ("POST", WIDGETS.to_owned(), "application/yaml"),
        ] {
            survive(method, &path, kind, JSON, body.clone().into_bytes());
        }
    }
}

#[test]
fn rules_with_nested_loops_have_a_budget() {
    let mut crd = crate::support::widgets();
    crd["metadata"]["name"] = json!("lists.probe.dev");
    crd["spec"]["names"] = json!({"plural": "lists", "kind": "Numbers", "listKind": "NumbersList"});
    crd["spec"]["versions"][0] = json!({"name": "v1", "served": true, "storage": true,
        "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {
            "type": "array", "items": {"type": "integer"}, "x-kubernetes-validations": [{
                "rule": "self.all(x, self.all(y, self.all(z, x + y + z >= 0)))"}]}}}}});
    let builder = tokio::runtime::Builder::new_current_thread();
    let runtime = { builder }.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let server = server();
        server.install_crd(&crd).unwrap();
        let client = Http::new(&server, "tester");
        let many: Vec<u32> = (0..100_000).collect();
        let object = json!({"apiVersion": "probe.dev/v1", "kind": "Numbers",
            "metadata": {"name": "a"}, "spec": many});
        let path = "/apis/probe.dev/v1/namespaces/default/lists";
        let (code, error) = client.post(path, &object).await;
        assert_eq!(code, 422);
        assert!(error["message"].as_str().unwrap().contains("cost"), "{error}");
    });
}
