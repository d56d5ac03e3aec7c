//! Paths that are not resources: version, health, discovery.

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, VARY};
use http::{Method, Response};
use serde_json::{Value, json};

use crate::discovery;
use crate::negotiate::wants_aggregated;
use crate::rest::{Answer, Incoming, Reply, page_not_found};
use crate::status::ApiError;
use crate::store::State;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// The version that the server says it has.
const MINOR: &str = "33";

pub(crate) fn serve(state: &State, segments: &[String], incoming: &Incoming<'_>) -> Answer {
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
        ["healthz" | "livez" | "readyz", ..] => Ok(health(&path, incoming)),
        ["api" | "apis"] if aggregated => {
            let list = discovery::aggregated(state, path[0] == "api");
            Ok(Reply::Aggregated(list.to_string().into()))
        }
        ["api"] => Ok(Reply::value(200, &discovery::versions())),
        ["apis"] => Ok(Reply::value(200, &discovery::group_list(state))),
        ["apis", group] => found(discovery::group(state, group)),
        ["api", version] => found(discovery::resource_list(state, "", version)),
        ["apis", group, version] => found(discovery::resource_list(state, group, version)),
        ["openapi" | "metrics" | "logs" | ".well-known" | "debug", ..] => {
            Err(ApiError::unsupported(&format!("GET on /{}", path.join("/"))))
        }
        _ => Err(page_not_found()),
    }
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
    paths.extend(["/healthz", "/livez", "/readyz", "/version"].map(str::to_owned));
    json!({"paths": paths})
}

fn health(path: &[&str], incoming: &Incoming<'_>) -> Reply {
    let text = if incoming.query.has("verbose") {
        format!("[+]ping ok\n{} check passed\n", path[0])
    } else {
        "ok".to_owned()
    };
    Reply::Text { code: 200, body: Bytes::from(text) }
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

/// Aggregated discovery, which is told apart by its content type.
pub(crate) fn aggregated_response(body: Bytes) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(AGGREGATED));
    headers.insert(VARY, HeaderValue::from_static("Accept"));
    response
}
