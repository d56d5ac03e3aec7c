//! Answers that do not come from the controller's views: proxies, gateways, the router, the page
//! for people. A wire layer uses them for faults, the fake for itself.

use axum::body::Body;
use http::{HeaderName, HeaderValue, Response, StatusCode};

/// A ready answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canned {
    /// Status code.
    pub status: u16,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// Body.
    pub body: String,
}

impl Canned {
    fn new(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        let headers = vec![("Content-Type", content_type.to_owned())];
        Canned { status, headers, body: body.into() }
    }

    /// The same with another header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// As an HTTP response.
    pub fn into_response(self) -> Response<Body> {
        let length = self.body.len();
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        for (name, value) in &self.headers {
            if let (Ok(name), Ok(value)) =
                (name.parse::<HeaderName>(), HeaderValue::from_str(value))
            {
                headers.insert(name, value);
            }
        }
        headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(length));
        response
    }
}

const HTML: &str = "text/html; charset=utf-8";

/// A page as nginx makes it.
fn nginx(status: u16, title: &str) -> Canned {
    let body = format!(
        "<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>\r\n<center><h1>{status} \
         {title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    Canned::new(status, "text/html", body).with("Server", "nginx")
}

/// nginx: the request broke off.
pub fn nginx_400() -> Canned {
    nginx(400, "Bad Request")
}

/// nginx: the method is not for a page.
pub fn nginx_405() -> Canned {
    nginx(405, "Not Allowed")
}

/// nginx: the body is larger than 5 MiB.
pub fn nginx_413() -> Canned {
    nginx(413, "Request Entity Too Large")
}

/// nginx: no answer from the controller.
pub fn nginx_502() -> Canned {
    nginx(502, "Bad Gateway")
}

/// nginx: the controller's queue is full.
pub fn nginx_503() -> Canned {
    nginx(503, "Service Temporarily Unavailable")
}

/// nginx: the controller took longer than 125 s.
pub fn nginx_504() -> Canned {
    nginx(504, "Gateway Time-out")
}

/// Envoy, the gateway's proxy: the controller is not there.
pub fn envoy_503() -> Canned {
    Canned::new(503, "text/plain", "no healthy upstream").with("Server", "envoy")
}

/// Envoy: the connection to the controller broke.
pub fn envoy_503_reset() -> Canned {
    let text = "upstream connect error or disconnect/reset before headers. reset reason: \
                connection termination";
    Canned::new(503, "text/plain", text).with("Server", "envoy")
}

/// Envoy: the controller was too slow.
pub fn envoy_504() -> Canned {
    Canned::new(504, "text/plain", "upstream request timeout").with("Server", "envoy")
}

/// A gateway's limit of requests; the controller itself has none.
pub fn gateway_429(retry_after_seconds: u32) -> Canned {
    Canned::new(429, "text/plain", "Too Many Requests")
        .with("Retry-After", &retry_after_seconds.to_string())
}

/// An exception in the controller, as JSON.
pub fn server_error_json() -> Canned {
    Canned::new(500, "application/json", r#"{"detail":"A server error has occurred."}"#)
}

/// An exception in the controller, as a page.
pub fn server_error_html() -> Canned {
    Canned::new(500, HTML, page("Server Error (500)", "<h1>Server Error (500)</h1>"))
}

/// 401 as the controller writes it for credentials of whatever fault.
pub fn unauthorized() -> Canned {
    let (body, challenge) = crate::api::unauthorized();
    Canned::new(401, "application/json", body.to_string()).with("WWW-Authenticate", challenge)
}

/// 403 as the controller writes it.
pub fn forbidden() -> Canned {
    let body = r#"{"detail":"You do not have permission to perform this action."}"#;
    Canned::new(403, "application/json", body)
}

/// 403 of an installation whose licence has run out.
pub fn license_expired() -> Canned {
    Canned::new(403, "application/json", r#"{"detail":"License has expired."}"#)
}

/// A redirect: `status` is 301, 302, 307 or 308.
pub fn redirect(status: u16, location: &str) -> Canned {
    Canned::new(status, HTML, "").with("Location", location)
}

/// 200 with the page of the user interface: the base URL is wrong, or a login page is in between.
pub fn login_html() -> Canned {
    let body = "<div id=\"app\"></div>\n<noscript>You need to enable JavaScript to run this \
                app.</noscript>";
    Canned::new(200, HTML, page("Ansible Automation Platform", body))
}

/// 404 of a path outside the controller's URL table.
pub fn router_404_html() -> Canned {
    let text = "<h1>Not Found</h1><p>The requested resource was not found on this server.</p>";
    Canned::new(404, HTML, page("Not Found", text))
}

/// The same where the controller answers JSON.
pub fn router_404_json() -> Canned {
    let body = r#"{"detail":"The requested resource could not be found."}"#;
    Canned::new(404, "application/json", body)
}

/// An answer that says 200 and JSON but breaks off in the middle.
pub fn cut_off_json() -> Canned {
    Canned::new(200, "application/json", r#"{"id":1,"type":"job","status":"runn"#)
}

fn page(title: &str, body: &str) -> String {
    format!(
        "\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>{title}</title>\n</head>\n\
         <body>\n  {body}\n</body>\n</html>\n"
    )
}
