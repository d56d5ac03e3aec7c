//! The API: from a request to an answer, in the order in which the real one looks at it.
//!
//! proxy (down, body size, slashes) → named URLs → route → media types → credentials → view.
//! What a view refuses is a [`Refusal`]: there the real one's words stand.

mod auth;
mod json_errors;
mod named;
mod negotiate;
mod query;
mod refusal;
mod reply;
mod route;
mod views;

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, Response, StatusCode};

use crate::announce::Dice;
use crate::bodies;
use crate::fake::Inner;
use crate::state::{At, State, User};

pub(crate) use json_errors::json_error;
pub(crate) use named::named_url;
pub(crate) use negotiate::Format;
pub(crate) use query::{Query, decode};
pub(crate) use refusal::{Refusal, unauthorized};
pub(crate) use reply::Reply;

use auth::Caller;
use reply::{Frame, RequestId};
use route::{Miss, Place, Route};

/// The body of a request, as far as it came.
pub(crate) enum Asked {
    Whole(Bytes),
    TooLarge,
    Broken,
}

/// A request that has found its view.
pub(crate) struct Call<'a> {
    pub(crate) method: &'a Method,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Bytes,
    /// The path as it was asked for, for links to other pages.
    pub(crate) path: &'a str,
    /// What links begin with: `/api` or `/api/<prefix>`.
    pub(crate) root: &'a str,
    pub(crate) query: &'a Query,
    pub(crate) format: Format,
    pub(crate) user: Option<Arc<User>>,
    pub(crate) at: At,
    pub(crate) dice: &'a Dice,
}

/// Answers a request.
pub(crate) fn answer(inner: &Arc<Inner>, parts: &Parts, asked: Asked) -> Response<Body> {
    let number = RequestId::draw(&inner.dice);
    inner.with_state(|state, at| {
        if state.is_down() {
            return bodies::envoy_503().into_response();
        }
        let body = match asked {
            Asked::Whole(body) => body,
            Asked::TooLarge => return bodies::nginx_413().into_response(),
            Asked::Broken => return bodies::nginx_400().into_response(),
        };
        let path = clean_path(parts.uri.path(), state.config.switches.merge_slashes);
        let caller = auth::caller(state, &parts.headers, at.stamp);
        match route::find(state, &path, caller.is_some()) {
            Ok(place) => {
                let query = Query::parse(parts.uri.query().unwrap_or_default());
                let exchange = Exchange { parts, body: &body, path: &path, place, query };
                exchange.answer(state, caller, at, &inner.dice, &number)
            }
            Err(miss) => missed(miss, parts, &number),
        }
    })
}

/// A path outside the URL table.
fn missed(miss: Miss, parts: &Parts, number: &RequestId) -> Response<Body> {
    let canned = match miss {
        Miss::Html => bodies::router_404_html(),
        Miss::Json => bodies::router_404_json(),
        Miss::Slash(path) => {
            let query = parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
            bodies::redirect(301, &format!("{path}{query}"))
        }
        Miss::UserInterface if parts.method == Method::GET => bodies::login_html(),
        Miss::UserInterface => bodies::nginx_405(),
    };
    canned.with("X-API-Request-Id", number.as_str()).into_response()
}

struct Exchange<'a> {
    parts: &'a Parts,
    body: &'a Bytes,
    path: &'a str,
    place: Place,
    query: Query,
}

impl Exchange<'_> {
    /// What the view says, in the form that the caller wants.
    fn answer(
        &self,
        state: &mut State,
        caller: Option<Caller>,
        at: At,
        dice: &Dice,
        number: &RequestId,
    ) -> Response<Body> {
        let Place { route, ref root, by_name } = self.place;
        let mut known = caller.is_some() && route != Route::Ping;
        let format = negotiate::format(route, &self.parts.headers, &self.query);
        let shown = *format.as_ref().unwrap_or(&Format::Json);
        let result = format.and_then(|format| {
            let user = self.admit(route, caller)?;
            let call = Call {
                method: &self.parts.method,
                headers: &self.parts.headers,
                body: self.body,
                path: self.path,
                root,
                query: &self.query,
                format,
                user,
                at,
                dice,
            };
            views::view(state, &call, route)
        });
        let mut bare = false;
        let reply = result.unwrap_or_else(|refusal| {
            let refusal = if by_name { refusal.behind_a_name() } else { refusal };
            known &= !refusal.is_before_the_caller();
            bare = by_name && refusal.status() == StatusCode::NOT_FOUND;
            refusal.reply(&state.config.switches, shown)
        });
        let reply = if shown == Format::Browsable { reply.browsable(route.title()) } else { reply };
        let frame = Frame {
            allow: route.allow(),
            node: &state.config.node,
            version: known.then_some(&state.config.version),
            bare,
            head: self.parts.method == Method::HEAD,
        };
        reply.into_response(&frame, number)
    }

    /// Who calls, if the route wants to know; a token for reading cannot change things.
    fn admit(&self, route: Route, caller: Option<Caller>) -> Result<Option<Arc<User>>, Refusal> {
        if route.is_public() {
            return Ok(caller.map(|caller| caller.user));
        }
        let caller = caller.ok_or(Refusal::Unauthenticated)?;
        let reads = matches!(self.parts.method, Method::GET | Method::HEAD | Method::OPTIONS);
        if !reads && caller.reads_only {
            return Err(Refusal::permission());
        }
        Ok(Some(caller.user))
    }
}

/// The path as the proxy hands it on.
fn clean_path(path: &str, merges: bool) -> Cow<'_, str> {
    if !merges || !path.contains("//") {
        return Cow::Borrowed(path);
    }
    let mut merged = String::with_capacity(path.len());
    for letter in path.chars() {
        if letter != '/' || !merged.ends_with('/') {
            merged.push(letter);
        }
    }
    Cow::Owned(merged)
}
