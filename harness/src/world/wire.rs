//! The one layer between a client and a server: it records every call, adds the seeded latency of
//! the hop, and applies the plan's faults. The servers know nothing of it, and the clients cannot
//! tell it from a network.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use axum::body::Body;
use bytes::Bytes;
use http_body_util::BodyExt;
use operator::HttpTransport;
use scenario::plan::{CrashAt, FaultEffect, Latency};
use serde_json::{Value, json};
use tower::{BoxError, Service, ServiceExt};
use trace::{Happening, Reply, Request, Route};

use super::classify::{self, Meaning, Speaks};
use super::dice::Dice;
use super::faults::{Faults, Strike};
use super::recorder::Recorder;

/// The largest body that is taken in for recording: more than any server here accepts.
const BODY_BYTES_MAX: usize = 8 * 1024 * 1024;

type HttpRequest = http::Request<Body>;
type HttpResponse = http::Response<Body>;
type Answer = Pin<Box<dyn Future<Output = Result<HttpResponse, BoxError>> + Send>>;

/// What a client sees when the network fails it.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Nobody listens.
    #[error("connection refused")]
    Refused,
    /// The connection broke.
    #[error("connection reset by peer")]
    Reset,
    /// The body broke off or is too large.
    #[error("the body could not be read")]
    Body,
}

/// A server behind a wire, as one client sees it.
pub struct Wire<S> {
    server: S,
    hop: Arc<Hop>,
}

impl<S: Clone> Clone for Wire<S> {
    fn clone(&self) -> Self {
        Wire { server: self.server.clone(), hop: Arc::clone(&self.hop) }
    }
}

/// What a path of AAP is for, where that is known.
pub type RoleOf = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What a hop knows besides the server.
pub struct Hop {
    /// Client and server.
    pub route: Route,
    /// What the server speaks.
    pub speaks: Speaks,
    /// Where calls are written.
    pub recorder: Recorder,
    /// What goes wrong.
    pub faults: Arc<Faults>,
    /// Latency of each direction.
    pub latency: Latency,
    /// The hop's own stream of chance.
    pub dice: Dice,
    /// What a path of AAP is for.
    pub role_of: RoleOf,
    /// The last poll's answer by job, and what was shown of it, to tell unchanged ones.
    pub polls: Mutex<BTreeMap<String, (Bytes, Option<Value>)>>,
}

impl<S> Wire<S>
where
    S: Service<HttpRequest, Response = HttpResponse, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    /// Puts a hop before a server.
    pub fn new(server: S, hop: Hop) -> Self {
        Wire { server, hop: Arc::new(hop) }
    }

    /// The wire as a transport of whole bodies.
    pub fn transport(self) -> HttpTransport
    where
        S: Sync,
    {
        HttpTransport::new(tower::service_fn(move |request: http::Request<Bytes>| {
            let wire = self.clone();
            async move {
                let response = wire.oneshot(request.map(Body::from)).await?;
                let (parts, body) = response.into_parts();
                let body = axum::body::to_bytes(body, BODY_BYTES_MAX).await?;
                Ok(http::Response::from_parts(parts, body))
            }
        }))
    }
}

impl<S> Service<HttpRequest> for Wire<S>
where
    S: Service<HttpRequest, Response = HttpResponse, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    type Response = HttpResponse;
    type Error = BoxError;
    type Future = Answer;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest) -> Answer {
        let (server, hop) = (self.server.clone(), Arc::clone(&self.hop));
        Box::pin(async move { hop.carry(server, request).await })
    }
}

/// A call under way. Dropped unanswered, it records that the client gave up.
struct Call {
    hop: Arc<Hop>,
    number: u64,
    meaning: Meaning,
    answered: bool,
}

impl Call {
    fn reply(&mut self, reply: Reply) {
        self.answered = true;
        self.hop.recorder.record(Happening::Reply(reply));
    }

    fn fail(&mut self, error: WireError, word: &str) -> BoxError {
        let (call, error_text) = (self.number, Some(word.to_owned()));
        self.reply(Reply { call, status: None, error: error_text, unchanged: false, body: None });
        error.into()
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if !self.answered {
            let (call, error) = (self.number, Some("client gave up".to_owned()));
            let reply = Reply { call, status: None, error, unchanged: false, body: None };
            self.hop.recorder.record(Happening::Reply(reply));
        }
    }
}

impl Hop {
    async fn carry<S>(
        self: Arc<Self>,
        server: S,
        request: HttpRequest,
    ) -> Result<HttpResponse, BoxError>
    where
        S: Service<HttpRequest, Response = HttpResponse, Error = Infallible> + Send + 'static,
        S::Future: Send,
    {
        let (parts, body) = request.into_parts();
        let bytes =
            axum::body::to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| WireError::Body)?;
        let meaning = self.meaning(parts.method.as_str(), parts.uri.path(), parts.uri.query());
        let writes = matches!(meaning.verb.as_str(), "launch" | "webhook" | "patch");
        let outlook = self.faults.outlook();
        let wanted = writes || outlook.bodies || meaning.verb == "create";
        let parsed: Option<Arc<Value>> = if wanted && !bytes.is_empty() {
            serde_json::from_slice(&bytes).ok().map(Arc::new)
        } else {
            None
        };
        let number = self.recorder.next_call();
        let asked = self.record_request(number, &parts, &meaning, parsed.as_ref(), writes);
        let mut call =
            Call { hop: Arc::clone(&self), number, meaning: meaning.clone(), answered: false };
        let strike =
            if outlook.calls { self.strike(&asked, &meaning, parsed.as_deref()) } else { None };
        tokio::time::sleep(self.dice.between(self.latency.min, self.latency.max)).await;
        let mut request = http::Request::from_parts(parts, Body::from(bytes));
        request.extensions_mut().insert(apiserver::ClientName(Arc::clone(&self.route.from)));
        let response = match strike {
            None => ask(server, request).await,
            Some(strike) => self.struck(server, request, strike, &mut call).await?,
        };
        tokio::time::sleep(self.dice.between(self.latency.min, self.latency.max)).await;
        self.record_reply(response, &mut call).await
    }

    fn meaning(&self, method: &str, path: &str, query: Option<&str>) -> Meaning {
        match self.speaks {
            Speaks::Kube => classify::kube(method, path, query.unwrap_or_default()),
            Speaks::Aap => classify::aap(method, path, (self.role_of)(path)),
            Speaks::Eda => classify::eda(path),
        }
    }

    fn record_request(
        &self,
        call: u64,
        parts: &http::request::Parts,
        meaning: &Meaning,
        body: Option<&Arc<Value>>,
        keep_body: bool,
    ) -> Request {
        let path = parts.uri.path_and_query().map_or("/", |p| p.as_str()).to_owned();
        let object = match (self.speaks, body) {
            (Speaks::Aap, Some(body)) if meaning.verb == "launch" => classify::instance_of(body).1,
            (Speaks::Eda, Some(body)) => classify::instance_of(body).1,
            (Speaks::Kube, _) if meaning.verb == "create" && meaning.name.is_empty() => {
                body.map(|body| classify::instance_of_object(body).1).unwrap_or_default()
            }
            _ => meaning.object(),
        };
        let request = Request {
            call,
            route: self.route.clone(),
            method: parts.method.as_str().to_owned(),
            path,
            verb: meaning.verb.clone(),
            about: meaning.about.clone(),
            object,
            body: if keep_body { body.cloned() } else { None },
        };
        self.recorder.record(Happening::Request(request.clone()));
        request
    }

    fn strike(&self, asked: &Request, meaning: &Meaning, body: Option<&Value>) -> Option<Strike> {
        let view = json!({
            "from": &*self.route.from, "to": &*self.route.to, "method": asked.method,
            "path": asked.path, "verb": meaning.verb, "about": meaning.about,
            "resource": meaning.resource, "subresource": meaning.subresource,
            "namespace": meaning.namespace, "name": meaning.name, "object": asked.object,
            "body": body.unwrap_or(&Value::Null),
        });
        self.faults.strike(&view)
    }

    /// Carries a call that a fault strikes; gives the response that goes on its way back.
    async fn struck<S>(
        &self,
        server: S,
        request: HttpRequest,
        strike: Strike,
        call: &mut Call,
    ) -> Result<HttpResponse, BoxError>
    where
        S: Service<HttpRequest, Response = HttpResponse, Error = Infallible> + Send + 'static,
        S::Future: Send,
    {
        let number = Some(call.number);
        let felt = |effect: &str| self.faults.felt(&strike.name, effect, number);
        match strike.effect {
            FaultEffect::Reply { status, headers, body, executed } => {
                if executed {
                    ask(server, request).await;
                }
                felt(&format!("reply {status}"));
                Ok(made_up(status, &headers, &body, &call.meaning))
            }
            FaultEffect::Delay { before, after } => {
                felt("delay");
                // a task of its own: what a client sent arrives, also when it gives up meanwhile
                let executed = tokio::spawn(async move {
                    tokio::time::sleep(before).await;
                    ask(server, request).await
                });
                let response = executed.await.map_err(|_| call.fail(WireError::Reset, "lost"))?;
                tokio::time::sleep(after).await;
                Ok(response)
            }
            FaultEffect::Hang { executed } => {
                if executed {
                    ask(server, request).await;
                }
                felt("hang");
                std::future::pending().await
            }
            FaultEffect::Refuse => {
                felt("connection refused");
                Err(call.fail(WireError::Refused, "connection refused"))
            }
            FaultEffect::Drop { executed, mid_body } => {
                let response = if executed { Some(ask(server, request).await) } else { None };
                match response {
                    Some(response) if mid_body => {
                        felt("reset in the middle of the body");
                        Ok(cut_short(response).await)
                    }
                    executed => {
                        let word = if executed.is_some() { "reply lost" } else { "request lost" };
                        felt(word);
                        Err(call.fail(WireError::Reset, word))
                    }
                }
            }
            FaultEffect::Crash { at, restart_after } => {
                let response = match at {
                    CrashAt::BeforeRequest => None,
                    CrashAt::AfterRequest | CrashAt::AfterReply => Some(ask(server, request).await),
                };
                felt("crash");
                self.faults.crash(&strike.name, Some(restart_after));
                match (at, response) {
                    // the answer arrives, and nothing after it
                    (CrashAt::AfterReply, Some(response)) => Ok(response),
                    _ => std::future::pending().await,
                }
            }
            FaultEffect::Aap(action) => {
                if self.faults.act(&strike.name, &action) {
                    felt("acted in AAP");
                }
                Ok(ask(server, request).await)
            }
            FaultEffect::Watch(_) => Ok(ask(server, request).await),
        }
    }

    async fn record_reply(
        &self,
        response: HttpResponse,
        call: &mut Call,
    ) -> Result<HttpResponse, BoxError> {
        let status = response.status().as_u16();
        let number = call.number;
        let plain =
            Reply { call: number, status: Some(status), error: None, unchanged: false, body: None };
        if self.speaks == Speaks::Kube && status < 400 {
            call.reply(plain);
            return Ok(response);
        }
        let (parts, body) = response.into_parts();
        let bytes = match axum::body::to_bytes(body, BODY_BYTES_MAX).await {
            Ok(bytes) => bytes,
            Err(_) => return Err(call.fail(WireError::Reset, "reset in the middle of the body")),
        };
        let read = match self.speaks {
            Speaks::Aap if self.came_before(call, &bytes) => {
                call.reply(Reply { unchanged: true, ..plain });
                return Ok(http::Response::from_parts(parts, Body::from(bytes)));
            }
            Speaks::Aap => classify::gist_of_aap(&bytes),
            Speaks::Kube | Speaks::Eda => serde_json::from_slice::<Value>(&bytes).ok(),
        };
        let shown = match read {
            None if bytes.is_empty() => None,
            None => Some(Value::String(beginning_of(&bytes))),
            read => read,
        };
        let unchanged = call.meaning.verb == "poll" && self.same_as_before(call, &bytes, &shown);
        let body = if unchanged { None } else { shown.map(Arc::new) };
        call.reply(Reply { unchanged, body, ..plain });
        Ok(http::Response::from_parts(parts, Body::from(bytes)))
    }

    /// Whether this very answer to a poll came before.
    fn came_before(&self, call: &Call, bytes: &Bytes) -> bool {
        let polls = self.polls.lock().unwrap_or_else(PoisonError::into_inner);
        call.meaning.verb == "poll"
            && polls.get(&call.meaning.name).is_some_and(|(before, _)| before == bytes)
    }

    /// Whether what the trace shows of an answer came before.
    fn same_as_before(&self, call: &Call, bytes: &Bytes, shown: &Option<Value>) -> bool {
        let mut polls = self.polls.lock().unwrap_or_else(PoisonError::into_inner);
        match polls.get_mut(&call.meaning.name) {
            Some((before, last)) => {
                before.clone_from(bytes);
                let same = last == shown;
                last.clone_from(shown);
                same
            }
            None => {
                polls.insert(call.meaning.name.clone(), (bytes.clone(), shown.clone()));
                false
            }
        }
    }
}

async fn ask<S>(server: S, request: HttpRequest) -> HttpResponse
where
    S: Service<HttpRequest, Response = HttpResponse, Error = Infallible> + Send + 'static,
{
    match server.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// The first part of a body that is not JSON.
fn beginning_of(bytes: &Bytes) -> String {
    String::from_utf8_lossy(bytes).chars().take(200).collect()
}

/// An answer in the server's place. To a Kubernetes client a body that the scenario leaves out is
/// the Status that a real server sends.
fn made_up(
    status: u16,
    headers: &BTreeMap<String, String>,
    body: &Value,
    meaning: &Meaning,
) -> HttpResponse {
    let (text, kind) = match body {
        Value::Null if !meaning.resource.is_empty() => {
            (status_body(status, meaning), "application/json")
        }
        Value::Null => (String::new(), ""),
        Value::String(text) if text.trim_start().starts_with('<') => (text.clone(), "text/html"),
        Value::String(text) => (text.clone(), "text/plain"),
        other => (other.to_string(), "application/json"),
    };
    let mut response = http::Response::new(Body::from(text));
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    if !kind.is_empty() {
        response
            .headers_mut()
            .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static(kind));
    }
    for (name, value) in headers {
        let parsed = (
            http::HeaderName::try_from(name.as_str()),
            http::HeaderValue::try_from(value.as_str()),
        );
        if let (Ok(name), Ok(value)) = parsed {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn status_body(status: u16, meaning: &Meaning) -> String {
    let (reason, message) = match status {
        409 => (
            "Conflict",
            format!(
                "Operation cannot be fulfilled on {} \"{}\": the object has been modified; please \
                 apply your changes to the latest version and try again",
                meaning.resource, meaning.name
            ),
        ),
        403 => ("Forbidden", format!("{} \"{}\" is forbidden", meaning.resource, meaning.name)),
        404 => ("NotFound", format!("{} \"{}\" not found", meaning.resource, meaning.name)),
        429 => ("TooManyRequests", "the server has received too many requests".to_owned()),
        503 => (
            "ServiceUnavailable",
            "the server is currently unable to handle the request".to_owned(),
        ),
        504 => ("Timeout", "the server was unable to return a response in time".to_owned()),
        _ => ("InternalError", "an error on the server has prevented the request".to_owned()),
    };
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
           "message": message, "reason": reason, "code": status})
    .to_string()
}

/// The response with its body broken off half-way.
async fn cut_short(response: HttpResponse) -> HttpResponse {
    let (parts, body) = response.into_parts();
    let whole = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let half = whole.slice(..whole.len() / 2);
    let broken: [Result<Bytes, WireError>; 2] = [Ok(half), Err(WireError::Reset)];
    http::Response::from_parts(parts, Body::from_stream(futures::stream::iter(broken)))
}
