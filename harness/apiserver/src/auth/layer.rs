//! The layer in front of a service.

use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::task::{Context, Poll};

use axum::body::Body;
use futures::future::Either;
use http::header::AUTHORIZATION;
use http::{HeaderMap, Request, Response};

use super::identify::{ISSUER, identify};
use super::impersonate::{impersonated, remove};
use super::user::{ANONYMOUS, User};
use crate::options::ClientName;
use crate::server::ApiServer;
use crate::service::refuse;
use crate::status::{ApiError, Result};

/// What becomes of requests without a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Anonymous {
    /// They learn that the server lives and its version, and get 401 for all else.
    Refused,
    /// They come from `system:anonymous`.
    Allowed,
}

/// A tower layer that finds out who is calling. See [`ApiServer::authentication`].
#[derive(Clone)]
pub struct Authentication {
    server: ApiServer,
    anonymous: Anonymous,
}

impl Authentication {
    pub(crate) fn new(server: ApiServer, anonymous: Anonymous) -> Self {
        Self { server, anonymous }
    }

    /// Finds the user, and leaves in the request what those behind need to know.
    fn admit(&self, request: &mut Request<Body>) -> Result<()> {
        let mut user = self.user(request)?;
        if let Some(other) = impersonated(request.headers())? {
            if user.name == ANONYMOUS {
                let why = format!(
                    "User \"{ANONYMOUS}\" cannot impersonate resource \"users\" in API group \
                     \"\" at the cluster scope"
                );
                return Err(ApiError::forbidden("", "users", &other.name, &why));
            }
            user = other;
        }
        request.headers_mut().remove(AUTHORIZATION);
        remove(request.headers_mut());
        if request.extensions().get::<ClientName>().is_none() {
            let client = ClientName::new(&user.name);
            request.extensions_mut().insert(client);
        }
        request.extensions_mut().insert(user);
        Ok(())
    }

    fn user(&self, request: &Request<Body>) -> Result<User> {
        match token(request.headers()) {
            Some(token) => {
                let audiences = [ISSUER.to_owned()];
                let found = identify(&self.server.inner().lock(), token, &audiences);
                found.map(|found| found.user).map_err(|_| unauthorized())
            }
            None if self.anonymous == Anonymous::Allowed || is_open(request.uri().path()) => {
                Ok(User::anonymous())
            }
            None => Err(unauthorized()),
        }
    }
}

/// What load balancers and the curious may ask.
fn is_open(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next();
    matches!(first, Some("healthz" | "livez" | "readyz" | "version"))
}

/// The bearer token; an empty one is none.
fn token(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get(AUTHORIZATION)?.to_str().ok()?.trim();
    let (scheme, token) = text.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn unauthorized() -> ApiError {
    ApiError::new(401, "Unauthorized", "Unauthorized")
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authentication").field("anonymous", &self.anonymous).finish_non_exhaustive()
    }
}

impl<S> tower::Layer<S> for Authentication {
    type Service = Authenticated<S>;

    fn layer(&self, service: S) -> Self::Service {
        Authenticated { service, authentication: self.clone() }
    }
}

/// A service that answers only those whom it knows.
#[derive(Clone, Debug)]
pub struct Authenticated<S> {
    service: S,
    authentication: Authentication,
}

impl<S> Authenticated<S> {
    /// Does it refuse requests without a token?
    pub fn refuses_anonymous(&self) -> bool {
        self.authentication.anonymous == Anonymous::Refused
    }
}

impl<S> tower::Service<Request<Body>> for Authenticated<S>
where
    S: tower::Service<Request<Body>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Either<S::Future, Ready<std::result::Result<Response<Body>, Infallible>>>;

    fn poll_ready(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<std::result::Result<(), Infallible>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<Body>) -> Self::Future {
        match self.authentication.admit(&mut request) {
            Ok(()) => Either::Left(self.service.call(request)),
            Err(error) => Either::Right(ready(Ok(refuse(&error)))),
        }
    }
}
