//! Answers: what a view says, and the frame of headers around it.

use axum::body::Body;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_LENGTH, CONTENT_TYPE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;

use crate::announce::Dice;

pub(crate) const JSON: &str = "application/json";
pub(crate) const HTML: &str = "text/html; charset=utf-8";
pub(crate) const PLAIN: &str = "text/plain; charset=utf-8";

/// What a view says.
pub(crate) struct Reply {
    status: StatusCode,
    content_type: Option<&'static str>,
    body: Vec<u8>,
    headers: Vec<(HeaderName, String)>,
}

impl Reply {
    pub(crate) fn json(status: StatusCode, document: &impl Serialize) -> Self {
        let mut body = Vec::with_capacity(4096);
        // the documents are maps with text keys: writing them to memory has no way to fail
        let _ = serde_json::to_writer(&mut body, document);
        Reply { status, content_type: Some(JSON), body, headers: Vec::new() }
    }

    pub(crate) fn ok(document: &impl Serialize) -> Self {
        Reply::json(StatusCode::OK, document)
    }

    /// 200 with JSON that is encoded already.
    pub(crate) fn encoded(body: Vec<u8>) -> Self {
        Reply { status: StatusCode::OK, content_type: Some(JSON), body, headers: Vec::new() }
    }

    pub(crate) fn text(status: StatusCode, content_type: &'static str, text: String) -> Self {
        let body = text.into_bytes();
        Reply { status, content_type: Some(content_type), body, headers: Vec::new() }
    }

    /// An answer without a body.
    pub(crate) fn empty(status: StatusCode) -> Self {
        Reply { status, content_type: None, body: Vec::new(), headers: Vec::new() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((header_name(name), value));
        self
    }

    /// The page that a browser is shown in place of JSON.
    pub(crate) fn browsable(self, title: &str) -> Self {
        if self.content_type != Some(JSON) {
            return self;
        }
        let reason = self.status.canonical_reason().unwrap_or_default();
        let json = String::from_utf8_lossy(&self.body).replace('&', "&amp;").replace('<', "&lt;");
        let page = format!(
            "<!DOCTYPE html>\n<html>\n<head><title>{title} &middot; AWX REST API</title></head>\n\
             <body>\n<pre>HTTP {} {reason}</pre>\n<pre>{json}</pre>\n</body>\n</html>\n",
            self.status.as_u16(),
        );
        Reply { content_type: Some(HTML), body: page.into_bytes(), ..self }
    }

    pub(crate) fn into_response(self, frame: &Frame<'_>, number: &RequestId) -> Response<Body> {
        let length = self.body.len();
        let body = if frame.head { Body::empty() } else { Body::from(Bytes::from(self.body)) };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.reserve(9 + self.headers.len());
        if let Some(content_type) = self.content_type {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        for (name, value) in self.headers {
            headers.insert(name, header_value(&value));
        }
        if !frame.bare {
            headers.insert(ALLOW, HeaderValue::from_static(frame.allow));
            if let Some(version) = frame.version {
                headers.insert(header_name("x-api-product-version"), header_value(version));
            }
            headers.insert(header_name("x-api-product-name"), HeaderValue::from_static("AWX"));
            headers.insert(header_name("x-api-node"), header_value(frame.node));
            headers.insert(header_name("x-api-time"), HeaderValue::from_static("0.010s"));
        }
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        headers.insert(header_name("x-api-request-id"), header_value(number.as_str()));
        response
    }
}

/// The headers that each answer of a view has.
pub(crate) struct Frame<'a> {
    pub(crate) allow: &'static str,
    pub(crate) node: &'a str,
    /// Told to those only whom the controller knows.
    pub(crate) version: Option<&'a String>,
    /// An answer from before the view: it has none of these headers.
    pub(crate) bare: bool,
    /// The body is not wanted.
    pub(crate) head: bool,
}

/// The number that the controller gives a request.
pub(crate) struct RequestId([u8; 32]);

impl RequestId {
    pub(crate) fn draw(dice: &Dice) -> Self {
        let mut text = [b'0'; 32];
        let mut bits = (u128::from(dice()) << 64) | u128::from(dice());
        for letter in &mut text {
            *letter = b"0123456789abcdef"[(bits & 15) as usize];
            bits >>= 4;
        }
        RequestId(text)
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

fn header_name(name: &'static str) -> HeaderName {
    HeaderName::from_static(name)
}

/// A header cannot carry control characters; what has them is left out.
pub(crate) fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
