//! Paths that are not resources: version, health, discovery.

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, ETAG, HeaderValue, IF_NONE_MATCH, VARY};
use http::{HeaderMap, Method, Response, StatusCode};
use ring::digest;
use serde_json::{Value, json};

use crate::discovery;
use crate::negotiate::wants_aggregated;
use crate::openapi;
use crate::render;
use crate::rest::{Answer, Incoming, Reply, page_not_found};
use crate::status::ApiError;
use crate::store::State;

const JSON: &str = "application/json";
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// What is checked when somebody asks whether the server lives, and whether it is ready.
const CHECKS: [&str; 5] = ["ping", "log", "etcd", "informer-sync", "shutdown"];
const TEXT: &str = "text/plain; charset=utf-8";
const PROTOBUF: &str = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

/// The version that the server says it has.
const MINOR: &str = "33";

pub(crate) fn serve(state: &mut State, segments: &[String], incoming: &Incoming<'_>) -> Answer {
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    if incoming.method != Method::GET {
        let path = path.join("/");
        return Err(ApiError::unsupported(&format!("{} on /{path}", incoming.method)));
    }
    let aggregated = wants_aggregated(incoming.accept);
    let found = |value: Option<Value>| {
        value.map(|value| Reply::value(200, &value)).ok_or_else(page_not_found)
    };
    match path.as_slice() {
        [] => Ok(Reply::value(200, &roots(state))),
        ["version"] => Ok(Reply::value(200, &version())),
        [which @ ("healthz" | "livez" | "readyz")] => Ok(health(which, incoming)),
        ["healthz" | "livez" | "readyz", check] if CHECKS.contains(check) => Ok(text("ok".into())),
        ["metrics"] => Ok(text(metrics(state))),
        ["api" | "apis"] if aggregated => {
            let list = discovery::aggregated(state, path[0] == "api");
            Ok(Reply::Discovery { aggregated: true, body: render::json(&list) })
        }
        ["api" | "apis"] => {
            let versions = path[0] == "api";
            let list = if versions { discovery::versions() } else { discovery::group_list(state) };
            Ok(Reply::Discovery { aggregated: false, body: render::json(&list) })
        }
        ["apis", group] => found(discovery::group(state, group)),
        ["api", version] => found(discovery::resource_list(state, "", version)),
        ["apis", group, version] => found(discovery::resource_list(state, group, version)),
        ["openapi", "v3"] => Ok(document(TEXT, render::json(&openapi::index(state)))),
        ["openapi", "v3", place @ ..] => {
            let found = openapi::version_3(state, &place.join("/"));
            found.map(|body| document(JSON, body)).ok_or_else(page_not_found)
        }
        ["openapi", "v2"] if incoming.accept.contains("proto-openapi.spec.v2") => {
            Ok(document(PROTOBUF, openapi::version_2(state, openapi::Form::Protobuf)))
        }
        ["openapi", "v2"] => Ok(document(JSON, openapi::version_2(state, openapi::Form::Json))),
        ["openapi" | "logs" | ".well-known" | "debug", ..] => {
            Err(ApiError::unsupported(&format!("GET on /{}", path.join("/"))))
        }
        _ => Err(page_not_found()),
    }
}

fn document(content_type: &'static str, body: Bytes) -> Reply {
    Reply::Document { content_type, body }
}

fn roots(state: &State) -> Value {
    let mut paths = vec!["/api".to_owned(), "/api/v1".to_owned(), "/apis".to_owned()];
    let groups = discovery::group_list(state);
    for group in groups["groups"].as_array().into_iter().flatten() {
        paths.push(format!("/apis/{}", group["name"].as_str().unwrap_or_default()));
        for version in group["versions"].as_array().into_iter().flatten() {
            let version = version["groupVersion"].as_str().unwrap_or_default();
            paths.push(format!("/apis/{version}"));
        }
    }
    let others =
        ["/healthz", "/livez", "/metrics", "/openapi/v2", "/openapi/v3", "/readyz", "/version"];
    paths.extend(others.map(str::to_owned));
    json!({"paths": paths})
}

fn health(which: &str, incoming: &Incoming<'_>) -> Reply {
    if !incoming.query.has("verbose") {
        return text("ok".to_owned());
    }
    let excluded: Vec<&str> = incoming.query.all("exclude").collect();
    let mut told = String::new();
    for check in CHECKS {
        let how = if excluded.contains(&check) { "excluded: ok" } else { "ok" };
        told += &format!("[+]{check} {how}\n");
    }
    text(format!("{told}{which} check passed\n"))
}

fn text(body: String) -> Reply {
    Reply::Text { code: 200, body: Bytes::from(body) }
}

/// The little that clients look for in a server's metrics.
fn metrics(state: &State) -> String {
    let version = version();
    let told = |field: &str| version[field].as_str().unwrap_or_default().to_owned();
    format!(
        "# HELP kubernetes_build_info [BETA] A metric with a constant '1' value.\n\
         # TYPE kubernetes_build_info gauge\n\
         kubernetes_build_info{{git_version=\"{}\",major=\"{}\",minor=\"{}\"}} 1\n\
         # HELP apiserver_storage_revision Revision of the latest commit.\n\
         # TYPE apiserver_storage_revision counter\n\
         apiserver_storage_revision {}\n",
        told("gitVersion"),
        told("major"),
        told("minor"),
        state.revision,
    )
}

fn version() -> Value {
    json!({
        "major": "1",
        "minor": MINOR,
        "gitVersion": format!("v1.{MINOR}.0"),
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "",
        "compiler": "rustc",
        "platform": "linux/amd64",
    })
}

/// Discovery depends on what is accepted. The aggregated form is told apart by its content type,
/// and is not sent again to a client that has it.
pub(crate) fn discovery_response(
    body: Bytes,
    aggregated: bool,
    asked: &HeaderMap,
) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    if aggregated {
        let tag = tag(&body);
        let known = asked.get(IF_NONE_MATCH).and_then(|tags| tags.to_str().ok());
        let known = known.is_some_and(|tags| tags.split(',').any(|known| known.trim() == tag));
        if let Ok(tag) = HeaderValue::try_from(tag) {
            headers.insert(ETAG, tag);
        }
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
    }
    let content_type = if aggregated { AGGREGATED } else { JSON };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    *response.body_mut() = Body::from(body);
    response
}

/// The digest of a body, in quotes.
fn tag(body: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA512, body);
    let hex: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    format!("\"{}\"", hex.concat())
}
