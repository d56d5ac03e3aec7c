//! Requests over the network: one request, one reply. Redirects are not followed, nothing is tried
//! again, and no proxy is used: what goes beyond one request is decided above.

use std::sync::Once;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use reqwest::redirect::Policy;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use crate::errors::Error;
use crate::{BoxError, HttpTransport};

/// The largest reply that is read, in bytes.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

static TLS: Once = Once::new();

/// Chooses the TLS implementation of this process. Every client of the process needs one.
pub fn install_tls() {
    TLS.call_once(|| {
        // Fails only if another part of the process was faster, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// A transport over the network.
///
/// # Errors
/// Fails if TLS cannot be set up, as without any root certificates.
pub fn network() -> Result<HttpTransport, Error> {
    install_tls();
    let client = reqwest::Client::builder()
        .redirect(Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .user_agent("osac-operator")
        .build()
        .map_err(|source| Error::Http { source })?;
    let service = service_fn(move |request| send(client.clone(), request));
    Ok(BoxCloneSyncService::new(service))
}

async fn send(
    client: reqwest::Client,
    request: Request<Bytes>,
) -> Result<Response<Bytes>, BoxError> {
    let request = reqwest::Request::try_from(request)?;
    let mut reply = client.execute(request).await?;
    let mut response = Response::builder().status(reply.status());
    if let Some(headers) = response.headers_mut() {
        headers.clone_from(reply.headers());
    }
    let mut body = BytesMut::new();
    while let Some(chunk) = reply.chunk().await? {
        if body.len() + chunk.len() > BODY_BYTES_MAX {
            return Err(format!("the reply is longer than {BODY_BYTES_MAX} bytes").into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(response.body(body.freeze())?)
}
