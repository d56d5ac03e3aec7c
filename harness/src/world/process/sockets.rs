//! The world's servers on sockets: free ports of the loopback.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower::{BoxError, Service, ServiceExt};

use crate::world::classify;

/// Sockets that are listened on until this is dropped.
#[derive(Default)]
pub struct Sockets(JoinSet<()>);

impl Sockets {
    /// Serves on a free port.
    ///
    /// # Errors
    /// Those of the system.
    pub async fn serve<S>(&mut self, service: S) -> std::io::Result<SocketAddr>
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>, Error = BoxError>
            + Clone
            + Send
            + 'static,
        S::Future: Send,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        self.0.spawn(accept(listener, service));
        Ok(address)
    }
}

async fn accept<S>(listener: TcpListener, service: S)
where
    S: Service<http::Request<Body>, Response = http::Response<Body>, Error = BoxError>
        + Clone
        + Send
        + 'static,
    S::Future: Send,
{
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        while connections.try_join_next().is_some() {}
        let service = service.clone();
        let answer = hyper::service::service_fn(move |request: http::Request<_>| {
            service.clone().oneshot(request.map(Body::new))
        });
        connections.spawn(async move {
            // an answer that fails is a connection that breaks
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
}

/// Tells from its requests when an operator is ready: when it watches all that it must.
#[derive(Clone)]
pub struct Ready {
    needs: Arc<BTreeSet<String>>,
    watched: Arc<Mutex<BTreeSet<String>>>,
    so: watch::Sender<bool>,
}

impl Ready {
    /// Ready as soon as all these resources (plurals) are watched.
    pub fn when_watched(resources: &[String]) -> Ready {
        Ready {
            needs: Arc::new(resources.iter().cloned().collect()),
            watched: Arc::default(),
            so: watch::Sender::new(false),
        }
    }

    /// Tells of each change.
    pub fn listen(&self) -> watch::Receiver<bool> {
        self.so.subscribe()
    }

    /// A new life begins: nothing is watched.
    pub fn fresh(&self) {
        self.lock().clear();
        self.so.send_replace(false);
    }

    /// A server before which this looks on.
    pub fn before<S>(
        &self,
        server: S,
    ) -> impl Service<
        http::Request<Body>,
        Response = http::Response<Body>,
        Error = BoxError,
        Future: Send,
    > + Clone
    + Send
    + 'static
    where
        S: Service<http::Request<Body>, Response = http::Response<Body>, Error = BoxError>
            + Clone
            + Send
            + 'static,
        S::Future: Send,
    {
        let ready = self.clone();
        tower::service_fn(move |request: http::Request<Body>| {
            ready.see(request.method(), request.uri());
            server.clone().oneshot(request)
        })
    }

    fn see(&self, method: &http::Method, uri: &http::Uri) {
        let meaning = classify::kube(method.as_str(), uri.path(), uri.query().unwrap_or_default());
        if meaning.verb == "watch" {
            let mut watched = self.lock();
            watched.insert(meaning.resource);
            if self.needs.is_subset(&watched) {
                self.so.send_replace(true);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A kubeconfig for one server.
pub fn kubeconfig(url: &str) -> String {
    let json = serde_json::json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "world",
        "clusters": [{"name": "world", "cluster": {"server": url}}],
        "users": [{"name": "operator", "user": {}}],
        "contexts": [{"name": "world", "context": {"cluster": "world", "user": "operator"}}],
    });
    json.to_string()
}
