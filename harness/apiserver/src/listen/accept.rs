//! Takes connections in, and lets all of them end.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use http::{Request, Response};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use crate::auth::Authenticated;

use super::connection::{self, Server};
use super::options::Options;

/// Wait after the system refused a connection, as it does when files run out.
const REFUSED_WAIT: Duration = Duration::from_millis(50);

/// A server that answers. Dropping it ends it at once, [`Listening::stop`] ends it gracefully.
#[derive(Debug)]
pub struct Listening {
    address: SocketAddr,
    tls: bool,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Listening {
    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it listens, as clients write it.
    pub fn url(&self) -> String {
        let scheme = if self.tls { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Takes no more connections, ends open watches, lets other requests end for as long as the
    /// limits allow, and drops what is left.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        // It can only fail by a panic of our own, which has been reported where it happened.
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Serves `service` until the answer is dropped or stopped.
///
/// # Errors
/// If the address is not a loopback address, or the system does not give it.
pub async fn serve<S>(service: S, options: Options) -> io::Result<Listening>
where
    S: tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send + 'static,
{
    if !options.address.ip().is_loopback() {
        let what = format!("{} is not a loopback address: it is not served", options.address.ip());
        return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    }
    start(service, options).await
}

/// Serves `service` to other machines too. They must show who they are, and cannot listen in.
///
/// # Errors
/// If requests without a token would be let through, if there is no TLS, or the system does not
/// give the address.
pub async fn serve_beyond_loopback<S>(
    service: Authenticated<S>,
    options: Options,
) -> io::Result<Listening>
where
    S: tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible>
        + Clone
        + Send
        + 'static,
    S::Future: Send + 'static,
{
    let refused = |what| Err(io::Error::new(io::ErrorKind::InvalidInput, what));
    if !service.refuses_anonymous() {
        return refused("beyond loopback nobody is served without authentication");
    }
    if options.tls.is_none() {
        return refused("beyond loopback nothing is served without TLS");
    }
    start(service, options).await
}

async fn start<S>(service: S, options: Options) -> io::Result<Listening>
where
    S: connection::Answers,
    S::Future: Send + 'static,
{
    let listener = TcpListener::bind(options.address).await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = watch::channel(false);
    let tls = options.tls.as_ref().map(|identity| TlsAcceptor::from(identity.config()));
    let server = Arc::new(Server::new(service, tls, options.limits, stopped));
    let accepting = tokio::spawn(accept(listener, server));
    Ok(Listening { address, tls: options.tls.is_some(), stop, accepting })
}

async fn accept<S>(listener: TcpListener, server: Arc<Server<S>>)
where
    S: connection::Answers,
    S::Future: Send + 'static,
{
    let mut connections = JoinSet::new();
    let mut stopped = server.stopped.clone();
    loop {
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stopped| *stopped) => break,
            // Ended connections are forgotten; one that panicked takes no other with it.
            Some(_) = connections.join_next() => {}
            socket = next(&listener), if connections.len() < server.limits.connections_max => {
                connections.spawn(connection::serve(socket, Arc::clone(&server)));
            }
        }
    }
    drop(listener);
    let ended = async { while connections.join_next().await.is_some() {} };
    // What has not ended by now is dropped with the set.
    let _ = timeout(server.limits.drain_max, ended).await;
}

async fn next(listener: &TcpListener) -> TcpStream {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => return socket,
            Err(_) => sleep(REFUSED_WAIT).await,
        }
    }
}
