//! One request to AAP, and the classification of what came back.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::Value;
use tower::ServiceExt as _;

use super::{Client, excerpt, model};
use crate::provider::{Trouble, TroubleKind};
use crate::transport::BODY_BYTES_MAX;

/// The longest wait that a server may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60 * 60);
/// How many names of fields a trouble carries at most.
const FIELDS_MAX: usize = 8;

/// What came back, if it is of this API.
#[derive(Debug)]
pub(super) enum Reply {
    /// 2xx with JSON, as far as [`model::KEPT`] goes, or without a body (null).
    Success(Value),
    /// Another status, classified.
    Failure(Trouble),
}

/// No usable answer: perhaps the request took effect.
#[derive(Debug)]
pub(super) struct NoAnswer(pub Trouble);

impl Client {
    /// Sends one request. `path` is relative to the API's version and ends with a slash, or a
    /// query: AAP redirects anything else.
    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Reply, NoAnswer> {
        let request = self.build(method, path, body)?;
        let call = self.transport.clone().oneshot(request);
        match tokio::time::timeout(self.timeout, call).await {
            Ok(Ok(reply)) => self.read(&reply),
            Ok(Err(_)) | Err(_) => Err(NoAnswer(Trouble::new(TroubleKind::Unreachable))),
        }
    }

    /// Gets a document.
    pub(super) async fn get(&self, path: &str) -> Result<Value, Trouble> {
        match self.send(Method::GET, path, None).await {
            Ok(Reply::Success(value)) => Ok(value),
            Ok(Reply::Failure(trouble)) | Err(NoAnswer(trouble)) => Err(trouble),
        }
    }

    fn build(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Request<Bytes>, NoAnswer> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}/{path}", self.base))
            .header(header::ACCEPT, "application/json")
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token.expose()));
        let body = match body {
            Some(value) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Bytes::from(value.to_string())
            }
            None => Bytes::new(),
        };
        // A token with a line break cannot be sent.
        request.body(body).map_err(|_| NoAnswer(Trouble::new(TroubleKind::Unauthorized)))
    }

    fn read(&self, reply: &Response<Bytes>) -> Result<Reply, NoAnswer> {
        let status = reply.status();
        if !status.is_success() {
            return self.classify(reply);
        }
        let malformed = || {
            NoAnswer(Trouble {
                status: Some(status.as_u16()),
                ..Trouble::new(TroubleKind::Malformed)
            })
        };
        if reply.body().len() > BODY_BYTES_MAX {
            return Err(malformed());
        }
        if reply.body().is_empty() {
            return Ok(Reply::Success(Value::Null));
        }
        excerpt::read(reply.body(), model::KEPT).map(Reply::Success).map_err(|_| malformed())
    }

    /// A 5xx (and 408) leaves open whether the request took effect; other failures do not.
    fn classify(&self, reply: &Response<Bytes>) -> Result<Reply, NoAnswer> {
        let status = reply.status();
        let kind = match status {
            StatusCode::UNAUTHORIZED => TroubleKind::Unauthorized,
            StatusCode::FORBIDDEN => TroubleKind::Forbidden,
            StatusCode::NOT_FOUND => TroubleKind::NotFound,
            StatusCode::TOO_MANY_REQUESTS => TroubleKind::RateLimited,
            StatusCode::REQUEST_TIMEOUT => TroubleKind::Unreachable,
            status if status.is_redirection() => TroubleKind::Redirected,
            status if status.is_client_error() => TroubleKind::Rejected,
            status if status.is_server_error() => TroubleKind::Unreachable,
            _ => TroubleKind::Malformed,
        };
        let trouble = Trouble {
            kind,
            status: Some(status.as_u16()),
            retry_after: retry_after(reply.headers(), self.clock.now()),
            fields: if kind == TroubleKind::Rejected { fields(reply.body()) } else { Vec::new() },
        };
        match kind {
            TroubleKind::Unreachable | TroubleKind::Malformed => Err(NoAnswer(trouble)),
            TroubleKind::Redirected
            | TroubleKind::Unauthorized
            | TroubleKind::Forbidden
            | TroubleKind::NotFound
            | TroubleKind::RateLimited
            | TroubleKind::TemplateUnknown
            | TroubleKind::Rejected => Ok(Reply::Failure(trouble)),
        }
    }
}

/// The names of the fields that a 400 complains about.
fn fields(body: &[u8]) -> Vec<String> {
    let Ok(Value::Object(map)) = serde_json::from_slice::<Value>(body) else { return Vec::new() };
    let word = |name: &String| {
        name.len() <= 64 && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let mut names: Vec<String> = map
        .into_iter()
        .map(|(name, _)| name)
        .filter(word)
        .filter(|name| name != "detail")
        .collect();
    names.sort();
    names.truncate(FIELDS_MAX);
    names
}

/// How long a server asks to be left alone: `Retry-After` in seconds, or as a date.
pub fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let wait = match text.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
            Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO)
        }
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(text: &str) -> Option<u64> {
        let now: Timestamp = "2026-02-08T10:00:00Z".parse().unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_str(text).unwrap());
        retry_after(&headers, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn a_wait_is_seconds_or_a_date() {
        assert_eq!(asked("120"), Some(120));
        assert_eq!(asked("Sun, 08 Feb 2026 10:00:30 GMT"), Some(30));
        assert_eq!(asked("Sun, 08 Feb 2026 09:00:30 GMT"), Some(0));
        assert_eq!(asked("99999999"), Some(3600));
        assert_eq!(asked("soon"), None);
        assert_eq!(asked("-1"), None);
    }

    #[test]
    fn a_complaint_gives_the_names_of_its_fields_and_no_values() {
        let body = br#"{"variables_needed_to_start": ["'must' value missing"], "detail": "x",
            "a b": 1, "credentials": []}"#;
        assert_eq!(fields(body), ["credentials", "variables_needed_to_start"]);
        assert!(fields(b"<html>").is_empty());
        assert!(fields(b"[1]").is_empty());
    }
}
