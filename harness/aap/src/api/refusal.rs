//! Why a request is not answered as it wished: the real controller's words.

use http::StatusCode;
use serde_json::{Value, json};

use super::negotiate::Format;
use super::reply::{PLAIN, Reply};
use crate::switches::Switches;

const UNAUTHENTICATED: &str = "Authentication credentials were not provided. To establish a login \
                               session, visit /api/login/.";
const CHALLENGE: &str = "Bearer realm=api authorization_url=/api/o/authorize/";
const NO_PERMISSION: &str = "You do not have permission to perform this action.";
const CONTENT_TYPE: &str = "You did not use correct Content-Type in your HTTP request. If you are \
                            using our REST API, the Content-Type must be application/json";

/// A refusal and what it is about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Refusal {
    /// 401, whatever was wrong with the credentials.
    Unauthenticated,
    /// 403 with a text.
    Forbidden(String),
    /// 404: no object of that model.
    Absent(&'static str),
    /// 404 without a model's name.
    NotFound,
    /// 404 of lists.
    InvalidPage,
    /// 405.
    Method(String),
    /// 406.
    NotAcceptable,
    /// 409 with its body.
    Conflict(Value),
    /// 415.
    ContentType,
    /// 400 with its body.
    Bad(Value),
    /// 400: the body is no JSON object.
    Unreadable(String),
    /// 501: the real one could, the fake cannot.
    Unsupported(String),
}

impl Refusal {
    pub(crate) fn permission() -> Self {
        Refusal::Forbidden(NO_PERMISSION.to_owned())
    }

    /// 400 `{"detail": …}`.
    pub(crate) fn detail(text: impl Into<String>) -> Self {
        Refusal::Bad(json!({"detail": text.into()}))
    }

    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Refusal::Unauthenticated => StatusCode::UNAUTHORIZED,
            Refusal::Forbidden(_) => StatusCode::FORBIDDEN,
            Refusal::Absent(_) | Refusal::NotFound | Refusal::InvalidPage => StatusCode::NOT_FOUND,
            Refusal::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Refusal::NotAcceptable => StatusCode::NOT_ACCEPTABLE,
            Refusal::Conflict(_) => StatusCode::CONFLICT,
            Refusal::ContentType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::Bad(_) | Refusal::Unreadable(_) => StatusCode::BAD_REQUEST,
            Refusal::Unsupported(_) => StatusCode::NOT_IMPLEMENTED,
        }
    }

    /// It comes before the controller has looked who calls.
    pub(crate) fn is_before_the_caller(&self) -> bool {
        matches!(self, Refusal::ContentType | Refusal::Unreadable(_))
    }

    /// Of an object that was named, not numbered, the controller does not tell that it is there.
    pub(crate) fn behind_a_name(self) -> Self {
        match self {
            Refusal::Forbidden(_) => Refusal::NotFound,
            other => other,
        }
    }

    pub(crate) fn reply(&self, switches: &Switches, format: Format) -> Reply {
        let body = self.body(switches);
        if format.is_text() {
            let detail = body.get("detail").and_then(Value::as_str).unwrap_or_default();
            let code = self.code();
            let text = format!("{{'detail': ErrorDetail(string='{detail}', code='{code}')}}");
            return self.challenge(Reply::text(self.status(), PLAIN, text));
        }
        self.challenge(Reply::json(self.status(), &body))
    }

    fn challenge(&self, reply: Reply) -> Reply {
        match self {
            Refusal::Unauthenticated => reply.header("www-authenticate", CHALLENGE.to_owned()),
            _ => reply,
        }
    }

    fn body(&self, switches: &Switches) -> Value {
        let detail = match self {
            Refusal::Bad(body) | Refusal::Conflict(body) => return body.clone(),
            Refusal::Unauthenticated => UNAUTHENTICATED.to_owned(),
            Refusal::Forbidden(text) | Refusal::Unreadable(text) => text.clone(),
            Refusal::Absent(_) if switches.short_not_found => "Not found.".to_owned(),
            Refusal::Absent(model) => format!("No {model} matches the given query."),
            Refusal::NotFound => "Not found.".to_owned(),
            Refusal::InvalidPage => "Invalid page.".to_owned(),
            Refusal::Method(method) => format!("Method \"{method}\" not allowed."),
            Refusal::NotAcceptable => "Could not satisfy the request Accept header.".to_owned(),
            Refusal::ContentType => CONTENT_TYPE.to_owned(),
            Refusal::Unsupported(what) => format!("fake-aap does not do {what}"),
        };
        json!({ "detail": detail })
    }

    fn code(&self) -> &'static str {
        match self {
            Refusal::Unauthenticated => "not_authenticated",
            Refusal::Forbidden(_) => "permission_denied",
            Refusal::Absent(_) | Refusal::NotFound | Refusal::InvalidPage => "not_found",
            Refusal::Method(_) => "method_not_allowed",
            Refusal::NotAcceptable => "not_acceptable",
            Refusal::ContentType => "unsupported_media_type",
            Refusal::Unreadable(_) => "parse_error",
            Refusal::Conflict(_) | Refusal::Bad(_) | Refusal::Unsupported(_) => "error",
        }
    }
}

/// The body and the challenge of a 401, for those who make one elsewhere.
pub(crate) fn unauthorized() -> (Value, &'static str) {
    (json!({ "detail": UNAUTHENTICATED }), CHALLENGE)
}
