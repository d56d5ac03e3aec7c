//! Modes of the wire: what the controller has to do with them, and the ready answers.

use axum::body::Body;
use fake_aap::{Config, bodies};
use http_body_util::BodyExt;
use tower::Service;

use crate::support::Lab;

#[tokio::test(start_paused = true)]
async fn f01_a_fake_without_handles_has_stopped() {
    let lab = Lab::new(Config::default());
    lab.launch("osac-create-compute-instance").await;
    let metrics = tokio::runtime::Handle::current().metrics();
    assert_eq!(metrics.num_alive_tasks(), 1, "one task keeps the time");
    drop(lab);
    tokio::task::yield_now().await;
    assert_eq!(metrics.num_alive_tasks(), 0);
}

#[tokio::test(start_paused = true)]
async fn f02_a_launch_that_a_client_gave_up_can_be_found() {
    let lab = Lab::new(Config::default());
    let id = lab.launch("osac-create-compute-instance").await;
    let template = lab.template("job_templates", "osac-create-compute-instance").await;
    for list in [
        format!("/jobs/?job_template={template}&order_by=-id"),
        format!("/unified_jobs/?unified_job_template={template}&order_by=-id"),
        format!("/unified_jobs/?id__gt={}&created__gte=2026-01-01T00:00:00Z", id - 1),
        "/jobs/?status__in=pending,running".to_owned(),
    ] {
        let found = lab.get(&list).await.json();
        assert_eq!(found["count"], 1, "{list}");
        assert_eq!(found["results"][0]["id"], id, "{list}");
        assert_eq!(found["results"][0]["extra_vars"], "{\"a\": 1}", "{list}");
    }
}

#[tokio::test(start_paused = true)]
async fn f03_a_launch_whose_answer_is_dropped_has_happened() {
    let lab = Lab::new(Config::default());
    let path = "/job_templates/osac-create-compute-instance/launch/";
    let request = lab.request("POST", path).body(Body::empty()).unwrap();
    let answer = lab.aap.service().call(request).await.unwrap();
    drop(answer);
    assert_eq!(lab.aap.jobs().len(), 1);
    let request = lab.request("POST", path).body(Body::empty()).unwrap();
    drop(lab.aap.service().call(request));
    assert_eq!(lab.aap.jobs().len(), 1, "a request that was never read is none");
}

async fn check(canned: bodies::Canned, status: u16, media: &str, text: &str) {
    let response = canned.into_response();
    assert_eq!(response.status().as_u16(), status);
    let kind = response.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with(media), "{kind}");
    let length: usize = response.headers()["content-length"].to_str().unwrap().parse().unwrap();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body.len(), length);
    assert!(String::from_utf8_lossy(&body).contains(text), "{body:?}");
}

#[tokio::test]
async fn f04_proxies_answer_without_json() {
    check(bodies::nginx_502(), 502, "text/html", "502 Bad Gateway").await;
    check(bodies::nginx_503(), 503, "text/html", "503 Service").await;
    check(bodies::nginx_504(), 504, "text/html", "504 Gateway").await;
    check(bodies::envoy_503(), 503, "text/plain", "no healthy upstream").await;
    check(bodies::envoy_503_reset(), 503, "text/plain", "reset before headers").await;
    check(bodies::envoy_504(), 504, "text/plain", "timeout").await;
}

#[tokio::test]
async fn f05_a_server_error_is_json_or_a_page() {
    let json = "{\"detail\":\"A server error has occurred.\"}";
    check(bodies::server_error_json(), 500, "application/json", json).await;
    check(bodies::server_error_html(), 500, "text/html", "Server Error").await;
}

#[tokio::test]
async fn f41_a_gateway_limits_requests() {
    let canned = bodies::gateway_429(7);
    assert!(canned.headers.contains(&("Retry-After", "7".to_owned())));
    check(canned, 429, "text/plain", "Too Many").await;
}
