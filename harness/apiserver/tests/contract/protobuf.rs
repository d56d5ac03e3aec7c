//! Bodies in protobuf, as Go clients send them.

use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};

use crate::support::{Http, WIDGETS, server, widget};

const MAPS: &str = "/api/v1/namespaces/default/configmaps";
/// What typed Go clients accept.
const ACCEPT: &str = "application/vnd.kubernetes.protobuf, */*";

/// A field that is a text or a message.
fn put(number: u8, bytes: &[u8]) -> Vec<u8> {
    assert!(bytes.len() < 128, "a length of one byte");
    [&[number << 3 | 2, bytes.len() as u8], bytes].concat()
}

fn number(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

fn body(api_version: &str, kind: &str, message: &[u8]) -> Vec<u8> {
    let meta = [put(1, api_version.as_bytes()), put(2, kind.as_bytes())].concat();
    [b"k8s\0".to_vec(), put(1, &meta), put(2, message), put(3, b""), put(4, b"")].concat()
}

/// `metadata` with all that gogo writes of it, needed or not.
fn metadata(name: &str) -> Vec<u8> {
    let texts = [put(1, name.as_bytes()), put(2, b""), put(3, b""), put(4, b""), put(5, b"")];
    let rest = [put(6, b""), number(7, 0), put(8, b"")];
    put(1, &[texts.concat(), rest.concat()].concat())
}

async fn call(http: &Http, method: &str, path: &str, accept: &str, body: Vec<u8>) -> (u16, Value) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("content-type", "application/vnd.kubernetes.protobuf")
        .header("accept", accept)
        .body(Body::from(body))
        .unwrap();
    let response = http.send(request).await;
    assert!(response.headers()["content-type"].to_str().unwrap().starts_with("application/json"));
    let code = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (code, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

#[tokio::test(start_paused = true)]
async fn typed_objects_are_created_and_updated() {
    let http = Http::new(&server(), "go");
    let entry = put(2, &[put(1, b"key"), put(2, b"value")].concat());
    let map = [metadata("m"), entry.clone()].concat();
    let made = call(&http, "POST", MAPS, ACCEPT, body("v1", "ConfigMap", &map)).await;
    assert_eq!((made.0, &made.1["data"]), (201, &json!({"key": "value"})), "{}", made.1);
    let map = [metadata("m"), entry, number(4, 1)].concat();
    let put_path = format!("{MAPS}/m");
    let after = call(&http, "PUT", &put_path, ACCEPT, body("v1", "ConfigMap", &map)).await;
    assert_eq!((after.0, &after.1["immutable"]), (200, &json!(true)), "{}", after.1);

    let spec =
        [put(1, b"me"), number(2, 15), put(4, &[number(1, 1), vec![0x10, 0xe8, 7]].concat())];
    let lease = [metadata("l"), put(2, &spec.concat())].concat();
    let leases = "/apis/coordination.k8s.io/v1/namespaces/default/leases?timeout=5s";
    let lease = body("coordination.k8s.io/v1", "Lease", &lease);
    let (code, made) = call(&http, "POST", leases, ACCEPT, lease).await;
    let spec = json!({"holderIdentity": "me", "leaseDurationSeconds": 15,
        "renewTime": "1970-01-01T00:00:01.000001Z"});
    assert_eq!((code, &made["spec"]), (201, &spec), "{made}");
}

#[tokio::test(start_paused = true)]
async fn an_event_of_the_new_group_is_one_of_the_old() {
    let http = Http::new(&server(), "go");
    let moment = put(2, &[number(1, 60), number(2, 0)].concat());
    let regarding = put(8, &[put(1, b"ConfigMap"), put(2, b"default"), put(3, b"m")].concat());
    let texts = [put(4, b"ctrl"), put(5, b"ctrl-1"), put(6, b"Make"), put(7, b"Made")];
    let last = [put(10, b"it is made"), put(11, b"Normal")];
    let event = [metadata("e"), moment, texts.concat(), regarding, last.concat()].concat();
    let path = "/apis/events.k8s.io/v1/namespaces/default/events";
    let sent = body("events.k8s.io/v1", "Event", &event);
    let (code, made) = call(&http, "POST", path, ACCEPT, sent).await;
    assert_eq!((code, &made["note"]), (201, &json!("it is made")), "{made}");
    assert_eq!(made["eventTime"], "1970-01-01T00:01:00.000000Z");
    let old = http.get("/api/v1/namespaces/default/events/e").await.1;
    assert_eq!(
        (&old["message"], &old["involvedObject"]["name"]),
        (&json!("it is made"), &json!("m"))
    );
}

#[tokio::test(start_paused = true)]
async fn reviews_and_tokens_are_asked_for() {
    let http = Http::new(&server(), "go");
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let resource = put(1, &[put(2, b"get"), put(5, b"pods")].concat());
    let review = [metadata(""), put(2, &resource)].concat();
    let review = body("authorization.k8s.io/v1", "SelfSubjectAccessReview", &review);
    let (code, answer) = call(&http, "POST", path, ACCEPT, review).await;
    assert_eq!((code, &answer["status"]["allowed"]), (201, &json!(true)), "{answer}");
    let path = "/api/v1/namespaces/default/serviceaccounts/default/token";
    let request =
        [metadata(""), put(2, &[vec![0x20, 0xd8, 4], put(1, b"vault")].concat())].concat();
    let request = body("authentication.k8s.io/v1", "TokenRequest", &request);
    let (code, answer) = call(&http, "POST", path, ACCEPT, request).await;
    let spec = (&answer["spec"]["expirationSeconds"], &answer["spec"]["audiences"]);
    assert_eq!((code, spec), (201, (&json!(600), &json!(["vault"]))), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn the_options_of_a_deletion_hold_for_every_kind() {
    let http = Http::new(&server(), "go");
    assert_eq!(http.post(WIDGETS, &widget("a")).await.0, 201);
    let path = format!("{WIDGETS}/a");
    let other = put(2, &put(1, b"other"));
    let (code, why) =
        call(&http, "DELETE", &path, ACCEPT, body("v1", "DeleteOptions", &other)).await;
    assert_eq!(code, 409, "{why}");
    let background = body("probe.dev/v1", "DeleteOptions", &put(4, b"Background"));
    let (code, after) = call(&http, "DELETE", &path, ACCEPT, background).await;
    assert_eq!((code, &after["status"]), (200, &json!("Success")), "{after}");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_understood_is_refused() {
    let http = Http::new(&server(), "go");
    let refused = async |path: &str, accept: &str, bytes: Vec<u8>| {
        let (code, status) = call(&http, "POST", path, accept, bytes).await;
        (code, status["message"].as_str().unwrap_or_default().to_owned())
    };
    let fine = body("v1", "ConfigMap", &metadata("m"));
    let (code, why) = refused(WIDGETS, ACCEPT, fine.clone()).await;
    assert_eq!(code, 415);
    assert!(
        why.ends_with("accepted media types include: application/json, application/yaml"),
        "{why}"
    );
    let only = "application/vnd.kubernetes.protobuf";
    for path in [MAPS, WIDGETS] {
        let (code, why) = refused(path, only, fine.clone()).await;
        assert_eq!(code, 406, "{path}");
        assert!(why.starts_with("only the following media types are accepted:"), "{why}");
    }
    let (code, why) = refused(MAPS, ACCEPT, b"{}".to_vec()).await;
    assert_eq!(code, 400);
    assert!(why.contains("does not appear to be a protobuf message"), "{why}");
    for cut in 4..fine.len() - 5 {
        let (code, why) = refused(MAPS, ACCEPT, fine[..cut].to_vec()).await;
        // A body that ends between two fields is whole, and has no name.
        assert!(code == 400 || code == 422, "{cut}: {code} {why}");
    }
    let (code, why) = refused(MAPS, ACCEPT, body("v1", "Secret", &metadata("m"))).await;
    assert_eq!(code, 400, "{why}");
}
