//! Clients that come over a socket.

use std::convert::Infallible;
use std::sync::Arc;

use apiserver::listen::{self, Identity, Listening, Options};
use apiserver::{ApiServer, ClientName};
use axum::body::Body;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper::client::conn::http2;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tower::ServiceExt as _;

/// A server behind TLS, and the authority to trust.
pub async fn behind_tls(server: &ApiServer) -> (Listening, Identity) {
    let identity = Identity::generate(&[]).unwrap();
    let options = Options::loopback().tls(identity.clone());
    (listen::serve(named(server), options).await.unwrap(), identity)
}

/// The service, with all its requests from one client.
pub fn named(
    server: &ApiServer,
) -> impl tower::Service<
    Request<Body>,
    Response = Response<Body>,
    Error = Infallible,
    Future: Send + 'static,
> + Clone
+ Send
+ 'static {
    server.service().map_request(|mut request: Request<Body>| {
        request.extensions_mut().insert(ClientName::new("network"));
        request
    })
}

/// Shakes hands, offering these protocols.
pub async fn shake(
    listening: &Listening,
    identity: &Identity,
    protocols: &[&str],
) -> TlsStream<TcpStream> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(identity.authority_pem().as_bytes()).unwrap())
        .unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
    let socket = TcpStream::connect(listening.address()).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, socket).await.unwrap()
}

/// One HTTP/2 connection, for any number of requests at a time.
#[derive(Clone)]
pub struct Http2(http2::SendRequest<Full<Bytes>>);

impl Http2 {
    pub async fn connect(listening: &Listening, identity: &Identity) -> Self {
        let socket = shake(listening, identity, &["h2"]).await;
        assert_eq!(socket.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let handshake = http2::handshake(TokioExecutor::new(), TokioIo::new(socket)).await;
        let (sender, connection) = handshake.unwrap();
        tokio::spawn(async move {
            // How it ended is seen by those who use it.
            let _ = connection.await;
        });
        Self(sender)
    }

    pub async fn send(&mut self, method: &str, path: &str, body: &str) -> Response<Incoming> {
        let request = Request::builder()
            .method(method)
            .uri(format!("https://127.0.0.1{path}"))
            .header("content-type", "application/json")
            .body(Full::new(Bytes::from(body.to_owned())))
            .unwrap();
        self.0.ready().await.unwrap();
        self.0.send_request(request).await.unwrap()
    }

    pub async fn call(&mut self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let response = self.send(method, path, body).await;
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        (code, serde_json::from_slice(&bytes).unwrap_or(Value::Null))
    }
}
