//! The API as a tower service.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use axum::body::Body;

use crate::fake::FakeAap;

/// The API of a [`FakeAap`]; cheap to clone.
#[derive(Clone)]
pub struct AapService {
    pub(crate) fake: FakeAap,
}

impl tower::Service<http::Request<Body>> for AapService {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: http::Request<Body>) -> Self::Future {
        let _ = &self.fake;
        let mut response = http::Response::new(Body::empty());
        *response.status_mut() = http::StatusCode::NOT_IMPLEMENTED;
        ready(Ok(response))
    }
}
