//! Paths that are not resources: version, health, discovery.

use axum::body::Body;
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, VARY};
use http::{Method, Response};
use serde_json::json;

use crate::rest::{Answer, Incoming, Reply, page_not_found};
use crate::status::ApiError;
use crate::store::State;

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// The version that the server says it has.
pub(crate) const MINOR: &str = "33";

pub(crate) fn serve(_state: &State, segments: &[String], incoming: &Incoming<'_>) -> Answer {
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    if incoming.method != Method::GET {
        let path = path.join("/");
        return Err(ApiError::unsupported(&format!("{} on /{path}", incoming.method)));
    }
    match path.as_slice() {
        ["version"] => Ok(Reply::value(200, &version())),
        ["healthz" | "livez" | "readyz", ..] => {
            Ok(Reply::Text { code: 200, body: Bytes::from_static(b"ok") })
        }
        _ => Err(page_not_found()),
    }
}

fn version() -> serde_json::Value {
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
