//! Who is calling: tokens, impersonation, reviews.

use apiserver::{Anonymous, ApiServer, User};
use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::{Layer as _, ServiceExt as _};

use crate::support::{Http, WIDGETS, server};

const SELF: &str = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const TOKENS: &str = "/apis/authentication.k8s.io/v1/tokenreviews";
const ACCOUNT: &str = "/api/v1/namespaces/default/serviceaccounts/default/token";

fn known() -> ApiServer {
    let server = server();
    let mut admin = User::new("admin").group("system:masters");
    admin.uid = "1".into();
    server.add_token("the-token", admin);
    server
}

/// A call with these headers through the layer.
async fn call(
    server: &ApiServer,
    anonymous: Anonymous,
    (method, path): (&str, &str),
    headers: &[(&str, &str)],
    body: &Value,
) -> (u16, Value) {
    let service = server.authentication(anonymous).layer(server.service());
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    let response = service.oneshot(request.body(body).unwrap()).await.unwrap();
    let code = response.status().as_u16();
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    (code, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
}

async fn who(server: &ApiServer, headers: &[(&str, &str)]) -> (u16, Value) {
    let review = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"});
    let (code, answer) = call(server, Anonymous::Refused, ("POST", SELF), headers, &review).await;
    if code == 201 { (code, answer["status"]["userInfo"].clone()) } else { (code, answer) }
}

#[tokio::test(start_paused = true)]
async fn a_token_says_who_is_calling() {
    let server = known();
    let found = who(&server, &[("authorization", "Bearer the-token")]).await;
    let admin = json!({"username": "admin", "uid": "1",
        "groups": ["system:masters", "system:authenticated"]});
    assert_eq!(found, (201, admin));
}

#[tokio::test(start_paused = true)]
async fn who_does_not_say_who_it_is_gets_401() {
    let server = known();
    let refused = json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": "Unauthorized", "reason": "Unauthorized", "code": 401});
    let tries: [&[(&str, &str)]; 6] = [
        &[],
        &[("authorization", "Bearer other")],
        &[("authorization", "Bearer ")],
        &[("authorization", "the-token")],
        &[("authorization", "Basic the-token")],
        &[("impersonate-user", "admin")],
    ];
    for headers in tries {
        let (code, answer) =
            call(&server, Anonymous::Refused, ("GET", WIDGETS), headers, &Value::Null).await;
        assert_eq!((code, answer), (401, refused.clone()), "{headers:?}");
    }
    // A token that nobody has is refused even where nobody needs one.
    let wrong = [("authorization", "Bearer other")];
    let get = ("GET", WIDGETS);
    assert_eq!(call(&server, Anonymous::Allowed, get, &wrong, &Value::Null).await.0, 401);
    assert_eq!(call(&server, Anonymous::Allowed, get, &[], &Value::Null).await.0, 200);
    for path in ["/healthz", "/livez", "/readyz", "/readyz/ping", "/version"] {
        let found = call(&server, Anonymous::Refused, ("GET", path), &[], &Value::Null).await;
        assert_eq!(found.0, 200, "{path}");
    }
}

#[tokio::test(start_paused = true)]
async fn one_acts_as_another() {
    let server = known();
    let token = ("authorization", "Bearer the-token");
    let found = who(&server, &[token, ("impersonate-user", "system:admin")]).await;
    let other = json!({"username": "system:admin", "groups": ["system:authenticated"]});
    assert_eq!(found, (201, other));
    let headers = [
        token,
        ("impersonate-user", "jane"),
        ("impersonate-uid", "7"),
        ("impersonate-group", "a"),
        ("impersonate-group", "b"),
        ("impersonate-extra-scopes", "x"),
    ];
    let jane = json!({"username": "jane", "uid": "7",
        "groups": ["a", "b", "system:authenticated"], "extra": {"scopes": ["x"]}});
    assert_eq!(who(&server, &headers).await, (201, jane));
    let (code, error) = who(&server, &[token, ("impersonate-group", "a")]).await;
    assert_eq!(code, 400);
    assert_eq!(error["message"], "requested [a] without impersonating a user");
    let headers = [("impersonate-user", "jane")];
    let get = ("GET", WIDGETS);
    let (code, error) = call(&server, Anonymous::Allowed, get, &headers, &Value::Null).await;
    assert_eq!(code, 403);
    let message = "users \"jane\" is forbidden: User \"system:anonymous\" cannot impersonate \
                   resource \"users\" in API group \"\" at the cluster scope";
    assert_eq!(error["message"], message);
}

fn request(spec: &Value) -> Value {
    json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": spec})
}

async fn review(http: &Http, spec: &Value) -> Value {
    let body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenReview",
        "spec": spec});
    let (code, answer) = http.post(TOKENS, &body).await;
    assert_eq!(code, 201, "{answer}");
    answer["status"].clone()
}

#[tokio::test(start_paused = true)]
async fn the_token_of_a_service_account_is_signed_and_accepted() {
    let server = known();
    let http = Http::new(&server, "admin");
    let (code, made) = http.post(ACCOUNT, &request(&json!({"expirationSeconds": 600}))).await;
    assert_eq!(code, 201, "{made}");
    assert_eq!(made["spec"]["audiences"], json!(["https://kubernetes.default.svc"]));
    let token = made["status"]["token"].as_str().unwrap();
    let uid = made["metadata"]["uid"].clone();
    let bearer = format!("Bearer {token}");
    let (code, user) = who(&server, &[("authorization", &bearer)]).await;
    assert_eq!(code, 201, "{user}");
    assert_eq!(user["username"], "system:serviceaccount:default:default");
    assert_eq!(user["uid"], uid);
    let groups =
        json!(["system:serviceaccounts", "system:serviceaccounts:default", "system:authenticated"]);
    assert_eq!(user["groups"], groups);

    let status = review(&http, &json!({"token": token})).await;
    assert_eq!(status["authenticated"], true);
    assert_eq!(status["user"], user);
    assert_eq!(status["audiences"], json!(["https://kubernetes.default.svc"]));
    let status = review(&http, &json!({"token": "the-token", "audiences": ["x"]})).await;
    assert_eq!(
        (&status["user"]["username"], &status["audiences"]),
        (&json!("admin"), &json!(["x"]))
    );
    let status = review(&http, &json!({"token": format!("{token}x")})).await;
    assert_eq!(status, json!({"user": {}, "error": "invalid bearer token"}));
    let status = review(&http, &json!({"token": token, "audiences": ["vault"]})).await;
    let why = "token audiences [https://kubernetes.default.svc] is invalid for the target \
               audiences [vault]";
    assert_eq!(status["error"], why);

    tokio::time::advance(std::time::Duration::from_secs(602)).await;
    let status = review(&http, &json!({"token": token})).await;
    let why = "[invalid bearer token, service account token has expired]";
    assert_eq!(status["error"], why);
    assert_eq!(who(&server, &[("authorization", &bearer)]).await.0, 401);
}

#[tokio::test(start_paused = true)]
async fn a_token_ends_with_its_account_and_with_what_it_is_bound_to() {
    let server = known();
    let http = Http::new(&server, "admin");
    let secret = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}});
    let secrets = "/api/v1/namespaces/default/secrets";
    assert_eq!(http.post(secrets, &secret).await.0, 201);
    let accounts = "/api/v1/namespaces/default/serviceaccounts";
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "x"}});
    assert_eq!(http.post(accounts, &account).await.0, 201);
    let path = format!("{accounts}/x/token");
    let bound = json!({"kind": "Secret", "apiVersion": "v1", "name": "s"});
    let bound = http.post(&path, &request(&json!({"boundObjectRef": bound}))).await.1;
    let free = http.post(&path, &request(&json!({"audiences": ["vault"]}))).await.1;
    let valid = async |made: &Value| {
        let spec =
            json!({"token": made["status"]["token"], "audiences": made["spec"]["audiences"]});
        review(&http, &spec).await["authenticated"] == true
    };
    assert!(valid(&bound).await && valid(&free).await);
    assert_eq!(http.delete(&format!("{secrets}/s")).await.0, 200);
    assert!(!valid(&bound).await && valid(&free).await);
    assert_eq!(http.delete(&format!("{accounts}/x")).await.0, 200);
    assert!(!valid(&free).await);
    // Another account of the same name is another account.
    assert_eq!(http.post(accounts, &account).await.0, 201);
    assert!(!valid(&free).await);
}

#[tokio::test(start_paused = true)]
async fn a_request_for_a_token_is_checked() {
    let server = known();
    let http = Http::new(&server, "admin");
    let refusal = async |spec: Value| {
        let (code, answer) = http.post(ACCOUNT, &request(&spec)).await;
        (code, answer["message"].as_str().unwrap_or_default().to_owned())
    };
    let (code, why) = refusal(json!({"expirationSeconds": 60})).await;
    assert_eq!(code, 422);
    assert!(why.ends_with("may not specify a duration less than 10 minutes"), "{why}");
    assert_eq!(refusal(json!({"expirationSeconds": 1_u64 << 33})).await.0, 422);
    let reference = |kind: &str| {
        json!({"boundObjectRef": {"kind": kind, "apiVersion": "v1",
        "name": "no"}})
    };
    assert_eq!(refusal(reference("Pod")).await, (404, "pods \"no\" not found".into()));
    let what = "cannot bind token to object of type /v1, Kind=ConfigMap";
    assert_eq!(refusal(reference("ConfigMap")).await, (400, what.into()));
    let other = json!({"metadata": {"name": "other"}, "spec": {}});
    let (code, answer) = http.post(ACCOUNT, &other).await;
    assert_eq!(code, 422);
    let why = "must match the service account name if specified";
    assert!(answer["message"].as_str().unwrap().ends_with(why), "{answer}");
}

#[tokio::test(start_paused = true)]
async fn a_review_of_access_asks_one_question() {
    let http = Http::new(&server(), "admin");
    let group = "/apis/authorization.k8s.io/v1";
    let resource = json!({"verb": "get", "resource": "pods", "namespace": "default"});
    let ask = async |path: &str, kind: &str, spec: Value| {
        let body = json!({"apiVersion": "authorization.k8s.io/v1", "kind": kind, "spec": spec});
        let (code, answer) = http.post(&format!("{group}/{path}"), &body).await;
        (code, answer)
    };
    let myself = ("selfsubjectaccessreviews", "SelfSubjectAccessReview");
    let others = ("subjectaccessreviews", "SubjectAccessReview");
    let local = ("namespaces/default/localsubjectaccessreviews", "LocalSubjectAccessReview");
    let fine = [
        (myself, json!({"resourceAttributes": resource})),
        (others, json!({"user": "jane", "nonResourceAttributes": {"path": "/x", "verb": "get"}})),
        (local, json!({"groups": ["a"], "resourceAttributes": resource})),
    ];
    for ((path, kind), spec) in fine {
        let (code, answer) = ask(path, kind, spec).await;
        assert_eq!((code, &answer["status"]), (201, &json!({"allowed": true})), "{kind}");
    }
    let wrong = [
        (myself, json!({}), "exactly one of nonResourceAttributes or resourceAttributes"),
        (others, json!({"resourceAttributes": resource}), "at least one of user or group"),
        (
            local,
            json!({"user": "jane", "resourceAttributes": {"namespace": "other"}}),
            "must match metadata.namespace",
        ),
    ];
    for ((path, kind), spec, why) in wrong {
        let (code, answer) = ask(path, kind, spec).await;
        assert_eq!(code, 422, "{answer}");
        assert!(answer["message"].as_str().unwrap().contains(why), "{answer}");
    }
}
