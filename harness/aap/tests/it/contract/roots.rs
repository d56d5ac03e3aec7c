//! Roots, credentials, errors of the router; the same behind a prefix.

use fake_aap::Config;

use super::Tape;
use super::compare::Body;
use super::installation::{ask, ask_with, config, variables};
use crate::support::Lab;

#[tokio::test(start_paused = true)]
async fn roots_credentials_and_errors_answer_as_recorded() {
    let lab = Lab::new(config());
    let mut tape = Tape::open("01-root-auth-errors");
    for who in ["anon", "admin", "svc"] {
        for path in ["/api/", "/api/v2/ping/", "/api/v2/me/", "/api/v2/config/"] {
            let answer = ask(&lab, who, &format!("GET {path}"), None).await;
            tape.check(&format!("{who} GET {path}"), &answer);
        }
    }
    for (tag, who, line) in [
        ("anon GET /api/v2/", "anon", "GET /api/v2/"),
        ("anon GET jobs", "anon", "GET /jobs/"),
        ("anon GET jobs/999", "anon", "GET /jobs/999/"),
        ("badtoken GET jobs", "wrong", "GET /jobs/"),
        ("expired GET jobs", "expired", "GET /jobs/"),
        ("emptybearer GET jobs", "", "GET /jobs/"),
    ] {
        tape.check(tag, &ask(&lab, who, line, None).await);
    }
    // user names and passwords: admin:wrong, admin:secret
    let wrong = [("authorization", "Basic YWRtaW46d3Jvbmc=")];
    tape.check("badbasic GET jobs", &ask_with(&lab, "anon", "GET /jobs/", &wrong, None).await);
    let basic = [("authorization", "Basic YWRtaW46c2VjcmV0"), ("content-type", "application/json")];
    tape.check("basic GET me", &ask_with(&lab, "anon", "GET /me/", &basic, None).await);
    tape.check("readonly token GET jobs", &ask(&lab, "readonly", "GET /jobs/", None).await);
    let launch = "POST /job_templates/2/launch/";
    tape.check("readonly token POST launch", &ask(&lab, "readonly", launch, Some("{}")).await);
    let body = r#"{"description": "d", "application": null, "scope": "write"}"#;
    let answer = ask_with(&lab, "anon", "POST /tokens/", &basic, Some(body)).await;
    tape.check("POST tokens", &answer);
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(ask(&lab, &token, "GET /me/", None).await.status, 200, "a new token is good");
    for (tag, line) in [
        ("404 unknown endpoint", "GET /bogus/"),
        ("404 unknown version", "GET /api/v9/"),
        ("jobs/abc", "GET /jobs/abc/"),
        ("no trailing slash GET jobs/1", "GET /jobs/1"),
        ("no trailing slash POST launch", "POST /job_templates/2/launch"),
        ("no trailing slash POST cancel", "POST /jobs/1/cancel"),
        ("double slash GET jobs//", "GET /jobs//"),
        ("double slash POST jobs//cancel/", "POST /jobs//cancel/"),
        ("GET jobs/cancel/", "GET /jobs/cancel/"),
        ("DELETE jobs list", "DELETE /jobs/"),
        ("PUT launch", "PUT /job_templates/2/launch/"),
    ] {
        tape.check(tag, &ask(&lab, "admin", line, None).await);
    }
    tape.close();
}

#[tokio::test(start_paused = true)]
async fn behind_a_prefix_links_carry_it() {
    let mut templates = config().templates;
    // the recorded installation had no workflow template without prompts
    templates.pop();
    let lab = Lab::new(Config { templates, prefix: Some("controller".to_owned()), ..config() });
    let mut tape = Tape::open("06-prefix");
    let body = variables().to_string();
    let root = "/api/controller/v2";
    for (tag, who, line, body) in [
        ("GET /api/controller/", "anon", "GET /api/controller/".to_owned(), None),
        ("GET /api/controller/v2/ping/", "anon", format!("GET {root}/ping/"), None),
        ("list", "admin", format!("GET {root}/job_templates/?page_size=1"), None),
        ("launch", "admin", format!("POST {root}/job_templates/2/launch/"), Some(&body)),
    ] {
        let answer = ask(&lab, who, &line, body.map(String::as_str)).await;
        tape.check_as(tag, &answer, Body::Whole, &["extra_vars"]);
    }
    let path = "job_templates/osac-create-compute-instance/launch/";
    let answer = ask(&lab, "admin", &format!("POST {root}/{path}"), Some(&body)).await;
    tape.check_as("launch bare", &answer, Body::Whole, &["extra_vars"]);
    for (tag, who, line) in [
        (
            "launch wf bare",
            "admin",
            "POST /api/controller/v2/workflow_job_templates/osac-wf/launch/",
        ),
        ("404", "admin", "GET /api/controller/v2/bogus/"),
        ("anon", "anon", "GET /api/controller/v2/jobs/"),
    ] {
        tape.check(tag, &ask(&lab, who, line, None).await);
    }
    tape.close();
}
