//! Faults in front of a server: what goes wrong with a request is decided request by request.
//!
//! ```
//! # use std::sync::Arc; use std::time::Duration;
//! # use apiserver::{ApiServer, ClientName, Options};
//! # let options = Options::new(Arc::new(|| jiff::Timestamp::UNIX_EPOCH), Arc::new(|| 4));
//! use apiserver::faults::{Fault, Faults, Outcome};
//!
//! let server = ApiServer::new(options);
//! // Each second write of the operator is a conflict, and everything takes 5 ms.
//! let writes = std::sync::atomic::AtomicU64::new(0);
//! let service = Faults::new(server.service(), move |request| {
//!     let latency = Duration::from_millis(5);
//!     let client = request.extensions().get::<ClientName>();
//!     let operator = client.is_some_and(|client| &*client.0 == "operator");
//!     let count = || writes.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
//!     if operator && request.method() == http::Method::PUT && count() % 2 == 1 {
//!         return Fault { latency, outcome: Outcome::conflict() };
//!     }
//!     Fault { latency, ..Fault::default() }
//! });
//! ```
//!
//! Events of watches are delayed, held, dropped and doubled by [`crate::Gate`], which sees each of
//! them; [`crate::ApiServer::compact`] and [`crate::ApiServer::cut_watches`] end watches.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};

use crate::status::ApiError;

/// Request extension: a GET or a list is answered as of this revision, as from a cache that lags.
/// A revision that the history no longer holds gives 410.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadAt(pub u64);

/// What happens to one request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fault {
    /// How much later it arrives.
    pub latency: Duration,
    /// What becomes of it then.
    pub outcome: Outcome,
}

/// What becomes of a request.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Outcome {
    /// It is served.
    #[default]
    Served,
    /// It is refused before the server sees it.
    Refused(ApiError),
    /// It never arrives; the client sees a broken connection.
    Lost,
    /// It is executed, and the client sees a broken connection instead of the answer.
    AnswerLost,
    /// A read is served from an old revision; everything else as ever.
    ServedAt(u64),
}

impl Outcome {
    /// An error with this code, reason and message.
    pub fn refused(code: u16, reason: &'static str, message: &str) -> Self {
        Self::Refused(ApiError::new(code, reason, message))
    }

    /// Somebody else was faster.
    pub fn conflict() -> Self {
        let why = "the object has been modified; please apply your changes to the latest version \
                   and try again";
        Self::refused(409, "Conflict", &format!("Operation cannot be fulfilled: {why}"))
    }

    /// The revision that a list or a watch starts from is too old.
    pub fn expired() -> Self {
        Self::refused(410, "Expired", "The resourceVersion for the provided watch is too old.")
    }
}

/// The connection broke.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("connection reset before the answer")]
pub struct Broken;

type Decide = Arc<dyn Fn(&Request<Body>) -> Fault + Send + Sync>;

/// A server behind faults. Cheap to clone if the server is.
#[derive(Clone)]
pub struct Faults<S> {
    server: S,
    decide: Decide,
}

impl<S> Faults<S> {
    /// Puts `decide` in front of a server: it is asked once for each request, in their order.
    pub fn new(
        server: S,
        decide: impl Fn(&Request<Body>) -> Fault + Send + Sync + 'static,
    ) -> Self {
        Self { server, decide: Arc::new(decide) }
    }
}

impl<S> fmt::Debug for Faults<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Faults").finish_non_exhaustive()
    }
}

impl<S> tower::Service<Request<Body>> for Faults<S>
where
    S: tower::Service<Request<Body>, Response = Response<Body>, Error = std::convert::Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    type Response = Response<Body>;
    type Error = Broken;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Broken>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Broken>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        let Fault { latency, outcome } = (self.decide)(&request);
        let server = self.server.clone();
        Box::pin(async move {
            if !latency.is_zero() {
                tokio::time::sleep(latency).await;
            }
            match &outcome {
                Outcome::Refused(error) => return Ok(crate::service::refuse(error)),
                Outcome::Lost => return Err(Broken),
                Outcome::ServedAt(revision) => {
                    request.extensions_mut().insert(ReadAt(*revision));
                }
                Outcome::Served | Outcome::AnswerLost => {}
            }
            let answer = match tower::ServiceExt::oneshot(server, request).await {
                Ok(answer) => answer,
                Err(never) => match never {},
            };
            if outcome == Outcome::AnswerLost { Err(Broken) } else { Ok(answer) }
        })
    }
}
