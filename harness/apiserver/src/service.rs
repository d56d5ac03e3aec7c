//! The tower service: from an HTTP request to an answer, or to a stream of events.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http::header::{ACCEPT, CONTENT_TYPE, WARNING};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};

use crate::auth::User;
use crate::controllers;
use crate::decode::BODY_BYTES_MAX;
use crate::faults::ReadAt;
use crate::fixed;
use crate::options::ClientName;
use crate::request::{Query, Target};
use crate::rest::{self, Incoming, Reply};
use crate::server::Inner;
use crate::status::ApiError;
use crate::watch::WatchPlan;

const ANONYMOUS: &str = "anonymous";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";

/// The server as a tower service. Cheap to clone.
#[derive(Clone)]
pub struct KubeService {
    inner: Arc<Inner>,
}

impl KubeService {
    pub(crate) fn new(inner: Arc<Inner>) -> Self {
        Self { inner }
    }
}

impl tower::Service<Request<Body>> for KubeService {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let inner = self.inner.clone();
        Box::pin(async move { Ok(serve(inner, request).await) })
    }
}

async fn serve(inner: Arc<Inner>, request: Request<Body>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, BODY_BYTES_MAX).collect().await {
        Ok(body) => body.to_bytes(),
        Err(error) if error.is::<LengthLimitError>() => {
            let message = format!("Request entity too large: limit is {BODY_BYTES_MAX}");
            return refuse(&ApiError::new(413, "RequestEntityTooLarge", message));
        }
        Err(error) => {
            let message = format!("unable to read the request body: {error}");
            return refuse(&ApiError::bad_request(message));
        }
    };
    // From here to the answer there is no await.
    match answer(&inner, &parts, &body) {
        Ok(Reply::Json { code, body, warnings }) => json(code, body, &warnings),
        Ok(Reply::Text { code, body }) => respond(code, TEXT, Body::from(body)),
        Ok(Reply::Document { content_type, body }) => respond(200, content_type, Body::from(body)),
        Ok(Reply::Discovery { aggregated, body }) => {
            fixed::discovery_response(body, aggregated, &parts.headers)
        }
        Ok(Reply::Watch(plan)) => respond(200, JSON, stream(inner, *plan)),
        Err(error) => refuse(&error),
    }
}

fn answer(inner: &Inner, parts: &http::request::Parts, body: &Bytes) -> rest::Answer {
    let Some(target) = Target::parse(parts.uri.path()) else {
        return Err(ApiError::bad_request("the path is not well-formed"));
    };
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    let client = parts.extensions.get::<ClientName>();
    let incoming = Incoming {
        method: &parts.method,
        query: &query,
        accept: text(&parts.headers, &ACCEPT),
        content_type: text(&parts.headers, &CONTENT_TYPE),
        headers: &parts.headers,
        body,
        client: client.map_or_else(|| ANONYMOUS.into(), |client| client.0.clone()),
        user: parts.extensions.get::<User>(),
        read_at: parts.extensions.get::<ReadAt>().copied(),
    };
    let mut state = inner.lock();
    let reply = match &target {
        Target::Fixed(segments) => fixed::serve(&mut state, segments, &incoming),
        Target::Resource(path) => rest::serve(&mut state, path, &incoming),
    };
    controllers::drain(&mut state);
    reply
}

fn text<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn stream(inner: Arc<Inner>, plan: WatchPlan) -> Body {
    let frames = futures::stream::unfold((inner, plan), |(inner, mut plan)| async move {
        let frame = plan.next(&inner).await?;
        Some((Ok::<Bytes, Infallible>(frame), (inner, plan)))
    });
    Body::from_stream(frames)
}

pub(crate) fn refuse(error: &ApiError) -> Response<Body> {
    if rest::is_page_not_found(error) {
        return respond(404, TEXT, Body::from("404 page not found\n"));
    }
    json(error.code(), error.to_value().to_string().into(), &[])
}

fn json(code: u16, body: Bytes, warnings: &[String]) -> Response<Body> {
    let mut response = respond(code, JSON, Body::from(body));
    for warning in warnings {
        let quoted = serde_json::Value::from(warning.as_str()).to_string();
        if let Ok(value) = HeaderValue::try_from(format!("299 - {quoted}")) {
            response.headers_mut().append(WARNING, value);
        }
    }
    response
}

fn respond(code: u16, content_type: &'static str, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
