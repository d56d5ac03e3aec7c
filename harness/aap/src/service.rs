//! The API as a tower service.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use http_body_util::BodyExt;

use crate::api::{self, Asked};
use crate::fake::FakeAap;

/// The proxy in front of the controller takes no larger body.
const BODY_BYTES_MAX: usize = 5 * 1024 * 1024;

/// The API of a [`FakeAap`]; cheap to clone. The answer is worked out in one go, once the request's
/// body is there: a caller who goes away earlier has asked nothing, one who goes away later cannot
/// undo it.
#[derive(Clone)]
pub struct AapService {
    pub(crate) fake: FakeAap,
}

impl tower::Service<http::Request<Body>> for AapService {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let fake = self.fake.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let asked = match http_body_util::Limited::new(body, BODY_BYTES_MAX).collect().await {
                Ok(body) => Asked::Whole(body.to_bytes()),
                Err(error) if error.is::<http_body_util::LengthLimitError>() => Asked::TooLarge,
                Err(_) => Asked::Broken,
            };
            Ok(api::answer(&fake.inner, &parts, asked))
        })
    }
}
