//! One connection, from its first byte to its last.

use std::convert::Infallible;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until, timeout};
use tokio_rustls::TlsAcceptor;

use super::body::{Answered, Asked};
use super::eager::Eager;
use super::options::Limits;
use super::stall::Impatient;

/// Time between questions to a silent HTTP/2 peer whether it is still there.
const PING_EVERY: Duration = Duration::from_secs(30);
/// Time that it has to say so.
const PING_MAX: Duration = Duration::from_secs(20);
/// Bytes that an HTTP/2 peer may send ahead, for one request and for all of a connection. Enough
/// for any body at once.
const STREAM_WINDOW_BYTES: u32 = 256 * 1024;
const CONNECTION_WINDOW_BYTES: u32 = 4 * 1024 * 1024;

/// A service that can be listened for.
pub(super) trait Answers:
    tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible>
    + Clone
    + Send
    + 'static
{
}

impl<S> Answers for S where
    S: tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static
{
}

/// What all connections share.
pub(super) struct Server<S> {
    service: std::sync::Mutex<S>,
    tls: Option<TlsAcceptor>,
    pub(super) limits: Limits,
    /// Becomes true when the server stops.
    pub(super) stopped: watch::Receiver<bool>,
    http: Builder<Eager>,
}

impl<S: Clone> Server<S> {
    pub(super) fn new(
        service: S,
        tls: Option<TlsAcceptor>,
        limits: Limits,
        stopped: watch::Receiver<bool>,
    ) -> Self {
        let mut http = Builder::new(Eager);
        let head_bytes = usize::try_from(limits.head_bytes_max).unwrap_or(usize::MAX);
        http.http1()
            .timer(TokioTimer::new())
            .header_read_timeout(limits.handshake_max)
            .max_buf_size(head_bytes.max(8 * 1024));
        http.http2()
            .timer(TokioTimer::new())
            .max_concurrent_streams(limits.streams_max)
            .max_header_list_size(limits.head_bytes_max)
            .initial_stream_window_size(STREAM_WINDOW_BYTES)
            .initial_connection_window_size(CONNECTION_WINDOW_BYTES)
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_MAX);
        Self { service: std::sync::Mutex::new(service), tls, limits, stopped, http }
    }

    fn service(&self) -> S {
        let service = self.service.lock();
        service.unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }
}

pub(super) async fn serve<S>(socket: TcpStream, server: Arc<Server<S>>)
where
    S: Answers,
    S::Future: Send + 'static,
{
    // Small answers go at once. It can only fail for a socket that is gone.
    let _ = socket.set_nodelay(true);
    let socket = Impatient::new(socket, server.limits.stall_max);
    match &server.tls {
        None => talk(socket, &server).await,
        Some(tls) => {
            // A peer that fails the handshake, or takes too long, hears no more.
            if let Ok(Ok(socket)) = timeout(server.limits.handshake_max, tls.accept(socket)).await {
                talk(socket, &server).await;
            }
        }
    }
}

async fn talk<T, S>(socket: T, server: &Server<S>)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    S: Answers,
    S::Future: Send + 'static,
{
    let limits = server.limits;
    let activity = Arc::new(Activity::new());
    let caller = Caller {
        service: server.service(),
        activity: Arc::clone(&activity),
        body_max: limits.body_max,
        stopped: server.stopped.clone(),
    };
    let mut talking = pin!(server.http.serve_connection(TokioIo::new(socket), caller));
    let mut stopped = server.stopped.clone();
    let mut alarm = pin!(sleep_until(activity.start + limits.handshake_max));
    loop {
        tokio::select! {
            biased;
            // How it ended is the peer's affair.
            _ = talking.as_mut() => return,
            _ = stopped.wait_for(|stopped| *stopped) => break,
            () = alarm.as_mut() => match activity.idle_at(&limits) {
                Some(until) => alarm.as_mut().reset(until),
                None => break,
            },
        }
    }
    talking.as_mut().graceful_shutdown();
    let _ = timeout(limits.drain_max, talking).await;
}

/// What goes on in a connection.
pub(super) struct Activity {
    start: Instant,
    open: AtomicUsize,
    /// When the last request ended, in milliseconds after `start`; 0 before the first.
    last_ms: AtomicU64,
}

impl Activity {
    fn new() -> Self {
        Self { start: Instant::now(), open: AtomicUsize::new(0), last_ms: AtomicU64::new(0) }
    }

    /// When to look again; none if the connection has been idle for too long.
    fn idle_at(&self, limits: &Limits) -> Option<Instant> {
        let now = Instant::now();
        if self.open.load(Ordering::Acquire) > 0 {
            return Some(now + limits.idle_max);
        }
        let until = match self.last_ms.load(Ordering::Acquire) {
            0 => self.start + limits.handshake_max,
            last => self.start + Duration::from_millis(last) + limits.idle_max,
        };
        (until > now).then_some(until)
    }
}

/// An open request: it ends when this is dropped.
pub(super) struct Open(Arc<Activity>);

impl Open {
    fn new(activity: &Arc<Activity>) -> Self {
        activity.open.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(activity))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        let elapsed = self.0.start.elapsed().as_millis();
        let elapsed = u64::try_from(elapsed).unwrap_or(u64::MAX);
        self.0.last_ms.store(elapsed.max(1), Ordering::Release);
        self.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The service as hyper calls it.
struct Caller<S> {
    service: S,
    activity: Arc<Activity>,
    body_max: Duration,
    stopped: watch::Receiver<bool>,
}

impl<S> hyper::service::Service<Request<Incoming>> for Caller<S>
where
    S: Answers,
    S::Future: Send + 'static,
{
    type Response = Response<Answered>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let open = Open::new(&self.activity);
        let mut service = self.service.clone();
        let body_max = self.body_max;
        let stopped = self.stopped.clone();
        Box::pin(async move {
            let request = request.map(|body| Asked::wrap(body, body_max));
            std::future::poll_fn(|context| service.poll_ready(context)).await?;
            let response = service.call(request).await?;
            Ok(response.map(|body| Answered::new(body, open, stopped)))
        })
    }
}
