//! Requests over the network: one request, one reply. Redirects are not followed, nothing is tried
//! again, and no proxy is used: what goes beyond one request is decided above.

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use reqwest::redirect::Policy;
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use crate::errors::Error;
use crate::{BoxError, HttpTransport};

/// The largest reply that is read, in bytes.
pub const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Chooses the TLS implementation of this process. Every client of the process needs one.
pub fn install_tls() {
    // Fails only if it was chosen before, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
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

#[cfg(test)]
mod tests {
    use http::{Method, header};
    use tower::ServiceExt as _;
    use wiremock::matchers::{body_string, method, path};
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    async fn ask(server: &MockServer, what: &str) -> Result<Response<Bytes>, BoxError> {
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("{}{what}", server.uri()))
            .body(Bytes::from("question"))?;
        network().unwrap().oneshot(request).await
    }

    #[tokio::test]
    async fn a_reply_comes_back_as_it_is() {
        let server = MockServer::start().await;
        let reply =
            ResponseTemplate::new(201).insert_header("x-odd", "1").set_body_string("answer");
        Mock::given(method("POST"))
            .and(path("/a"))
            .and(body_string("question"))
            .respond_with(reply)
            .expect(1)
            .mount(&server)
            .await;
        let reply = ask(&server, "/a").await.unwrap();
        assert_eq!((reply.status().as_u16(), reply.body().as_ref()), (201, b"answer".as_slice()));
        assert_eq!(reply.headers()["x-odd"], "1");
    }

    #[tokio::test]
    async fn redirects_are_not_followed_and_failures_not_repeated() {
        let server = MockServer::start().await;
        for (from, status) in [("/moved", 301), ("/kept", 307), ("/down", 503), ("/slow", 429)] {
            let reply = ResponseTemplate::new(status).insert_header(header::LOCATION, "/other");
            Mock::given(path(from)).respond_with(reply).expect(1).mount(&server).await;
            assert_eq!(ask(&server, from).await.unwrap().status().as_u16(), status);
        }
        Mock::given(path("/other"))
            .respond_with(ResponseTemplate::new(200))
            .expect(0)
            .mount(&server)
            .await;
    }

    #[tokio::test]
    async fn a_reply_without_end_is_cut_off() {
        let server = MockServer::start().await;
        let reply = ResponseTemplate::new(200).set_body_bytes(vec![b'x'; BODY_BYTES_MAX + 1]);
        Mock::given(path("/big")).respond_with(reply).mount(&server).await;
        let error = ask(&server, "/big").await.unwrap_err();
        assert!(error.to_string().starts_with("the reply is longer than"), "{error}");
    }

    #[tokio::test]
    async fn an_address_that_is_none_is_an_error() {
        let request = Request::builder().uri("/without/a/host").body(Bytes::new()).unwrap();
        assert!(network().unwrap().oneshot(request).await.is_err());
    }
}
