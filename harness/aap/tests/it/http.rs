//! What the API answers to odd requests, and what it says it cannot do.

use axum::body::Body;
use fake_aap::{Config, Output, Script, Switches, Template};
use serde_json::json;

use crate::support::{Answer, Lab, pass};

async fn send(lab: &Lab, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = lab.request(method, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    lab.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test(start_paused = true)]
async fn what_the_fake_has_not_names_itself() {
    let lab = Lab::new(Config::default());
    let id = lab.launch("osac-create-compute-instance").await;
    for (method, path) in [
        ("GET", "/users/".to_owned()),
        ("GET", "/projects/1/".to_owned()),
        ("POST", "/job_templates/".to_owned()),
        ("PATCH", "/job_templates/10/".to_owned()),
        ("OPTIONS", format!("/jobs/{id}/")),
        ("POST", format!("/jobs/{id}/relaunch/")),
        ("GET", "/tokens/".to_owned()),
        ("POST", "/api/gateway/v1/tokens/".to_owned()),
        ("POST", "/api/o/token/".to_owned()),
    ] {
        let answer = send(&lab, method, &path, &[]).await;
        assert_eq!(answer.status, 501, "{method} {path}");
        let named = answer.detail();
        assert!(named.contains(method) && named.ends_with(&path), "{named}");
    }
}

#[tokio::test(start_paused = true)]
async fn switches_change_the_words_of_absence() {
    let check = async |switches: Switches, path: &str, media: &str, text: &str| {
        let lab = Lab::new(Config { switches, ..Config::default() });
        let answer = lab.get(path).await;
        assert_eq!((answer.status, answer.header("content-type")), (404, media), "{path}");
        assert!(answer.text.contains(text), "{}", answer.text);
    };
    let (json, html) = ("application/json", "text/html; charset=utf-8");
    let plain = Switches::default;
    check(plain(), "/jobs/1/", json, "No Job matches the given query.").await;
    let old = Switches { short_not_found: true, ..plain() };
    check(old, "/jobs/1/", json, "{\"detail\":\"Not found.\"}").await;
    check(plain(), "/bogus/", html, "<title>Not Found</title>").await;
    let router = "The requested resource could not be found.";
    check(Switches { json_router_404: true, ..plain() }, "/bogus/", json, router).await;
    // the controller knows that it has a prefix, and is asked without
    check(plain(), "/api/v2/bogus/", json, router).await;
}

#[tokio::test(start_paused = true)]
async fn both_prefixes_lead_to_the_same_jobs() {
    let lab = Lab::new(Config::default());
    let id = lab.launch("osac-create-compute-instance").await;
    for root in ["/api/v2", "/api/controller/v2"] {
        let job = lab.get(&format!("{root}/jobs/{id}/")).await.json();
        assert_eq!(job["url"], format!("{root}/jobs/{id}/"));
        assert_eq!(job["related"]["cancel"], format!("{root}/jobs/{id}/cancel/"));
    }
}

#[tokio::test(start_paused = true)]
async fn output_comes_in_all_formats() {
    let output = Output { stdout: "one\ntwo <3".to_owned(), ..Output::default() };
    let script = Script { output, ..Script::job(std::time::Duration::from_secs(1)) };
    let templates = vec![Template::job("t", "").scripts([script])];
    let lab = Lab::new(Config { templates, ..Config::default() });
    let id = lab.launch("t").await;
    pass(60).await;
    let get = async |query: &str| lab.get(&format!("/jobs/{id}/stdout/{query}")).await;
    let json = get("?format=json&start_line=2&end_line=4").await.json();
    assert_eq!(json["range"], json!({"start": 2, "end": 4, "absolute_end": 6}));
    assert_eq!(json["content"], "one\ntwo <3\n");
    let plain = get("?format=txt").await;
    assert!(plain.text.contains("\nok: [localhost]\n"), "{}", plain.text);
    assert!(get("?format=ansi").await.text.contains("\u{1b}[0;32mok: [localhost]\u{1b}[0m"));
    assert!(get("?format=html").await.text.contains("two &lt;3"));
    assert_eq!(get("").await.header("content-type"), "text/html; charset=utf-8");
    for format in ["txt_download", "ansi_download"] {
        let file = get(&format!("?format={format}")).await;
        let name = format!("attachment; filename=\"job_{id}.txt\"");
        assert_eq!(file.header("content-disposition"), name);
    }
    let path = format!("/jobs/{id}/stdout/");
    let by_header = send(&lab, "GET", &path, &[("accept", "text/plain")]).await;
    assert_eq!(by_header.text, plain.text);
    let by_header = send(&lab, "GET", &path, &[("accept", "application/json")]).await;
    assert_eq!(by_header.json()["range"]["start"], 0);
    assert_eq!(get("?format=pdf").await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn output_that_is_too_large_is_only_given_as_a_file() {
    let output = Output { stdout: "x".repeat(1_048_577), ..Output::default() };
    let script = Script { output, ..Script::job(std::time::Duration::from_secs(1)) };
    let templates = vec![Template::job("t", "").scripts([script])];
    let lab = Lab::new(Config { templates, ..Config::default() });
    let id = lab.launch("t").await;
    pass(60).await;
    let sentence = "only download supported for sizes over 1048576 bytes.";
    for format in ["txt", "ansi", "html", "json"] {
        let answer = lab.get(&format!("/jobs/{id}/stdout/?format={format}")).await;
        assert_eq!(answer.status, 200);
        assert!(answer.text.contains(sentence), "{format}");
    }
    let file = lab.get(&format!("/jobs/{id}/stdout/?format=txt_download")).await;
    assert!(file.text.len() > 1_048_576);
}

#[tokio::test(start_paused = true)]
async fn lists_are_paged_from_end_to_end() {
    let lab = Lab::new(Config::default());
    for _ in 0..30 {
        lab.launch("osac-create-compute-instance").await;
    }
    let mut path = "/jobs/?order_by=-id&status=pending".to_owned();
    let mut ids = Vec::new();
    loop {
        let page = lab.get(&path).await.json();
        assert_eq!(page["count"], 30);
        ids.extend(
            page["results"].as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap()),
        );
        match page["next"].as_str() {
            Some(next) => path = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(ids.len(), 30);
    assert!(ids.is_sorted_by(|a, b| a > b));
    let capped = lab.get("/jobs/?page_size=9999").await.json();
    assert_eq!((&capped["count"], &capped["next"]), (&json!(30), &json!(null)));
}

#[tokio::test(start_paused = true)]
async fn filters_look_into_related_objects_and_refuse_what_they_do_not_know() {
    let lab = Lab::new(Config::default());
    let id = lab.launch("osac-create-compute-instance").await;
    let count = async |query: &str| lab.get(query).await.json()["count"].clone();
    assert_eq!(count("/jobs/?job_template__name=osac-create-compute-instance").await, 1);
    assert_eq!(count("/jobs/?job_template__name__startswith=osac-delete").await, 0);
    assert_eq!(count("/jobs/?created_by__username=admin&failed=false").await, 1);
    assert_eq!(count("/jobs/?started__isnull=true&not__status__in=failed,error").await, 1);
    assert_eq!(count(&format!("/unified_jobs/?or__id={id}&or__id=1")).await, 1);
    assert_eq!(count("/unified_jobs/?type=workflow_job").await, 0);
    let refused = async |query: &str, status: u16, text: &str| {
        let answer = lab.get(query).await;
        assert_eq!((answer.status, answer.detail().as_str()), (status, text), "{query}");
    };
    let text = "UnifiedJob has no field named 'job_template'";
    refused("/unified_jobs/?job_template=1", 400, text).await;
    let text = "Organization has no field named 'bogus'";
    refused("/jobs/?organization__bogus=1", 400, text).await;
    let text = "Unable to interpret \"maybe\" as boolean";
    refused("/jobs/?failed=maybe", 400, text).await;
    let text = "invalid literal for int() with base 10: 'x'";
    refused("/jobs/?job_template=x", 400, text).await;
    refused("/jobs/?extra_vars=x", 403, "Filtering on extra_vars is not allowed.").await;
    assert_eq!(lab.get("/jobs/?name__regex=(").await.status, 400);
}

#[tokio::test(start_paused = true)]
async fn an_active_child_of_a_workflow_cannot_be_deleted() {
    let templates = vec![Template { slices: 2, ..Template::job("t", "") }];
    let lab = Lab::new(Config { templates, ..Config::default() });
    lab.post("/job_templates/t/launch/", &json!({})).await;
    pass(10).await;
    let nodes = lab.get("/workflow_jobs/100/workflow_nodes/").await.json();
    let child = nodes["results"][0]["job"].as_i64().unwrap();
    let answer = lab.delete(&format!("/jobs/{child}/")).await;
    assert_eq!(answer.detail(), "Cannot delete running job resource.");
    assert_eq!(lab.cancel(child).await.status, 202);
    pass(10).await;
    let workflow = lab.get("/workflow_jobs/100/").await.json();
    assert_eq!(workflow["status"], "failed", "a canceled child fails its workflow");
    let other = nodes["results"][1]["job"].as_i64().unwrap();
    assert_eq!(lab.status(other).await, "failed");
    assert_eq!(lab.delete(&format!("/jobs/{child}/")).await.status, 204);
}

#[tokio::test(start_paused = true)]
async fn hostile_requests_are_answered() {
    let lab = Lab::new(Config::default());
    let long = "a".repeat(60_000);
    for path in [
        "/jobs/99999999999999999999999999/",
        "/jobs/-1/",
        "/jobs/%00/",
        "/jobs/%ff%fe/",
        "/job_templates/%2f%2e%2e++%2f/launch/",
        "/job_templates/++/",
        "/job_templates/++++/launch/",
        "/api",
        "/api/controller",
        "/jobs/?page=99999999999999999999",
        "/jobs/?%=%&=&&&x",
        "/jobs/?____=1",
        "/jobs/?or__=1",
        "/jobs/?not__not__not__id=1",
        "/jobs/?id__in=,,,",
        "/jobs/?created__gte=9999999-99-99",
        "/jobs/?order_by=,,-,--id",
        "/jobs/?page_size=18446744073709551615&page=last",
        "/jobs/?elapsed__gt=NaN",
        "/jobs/?created_by__id__gt=99999999999999999999",
    ] {
        let answer = lab.get(path).await;
        assert!([200, 301, 400, 404].contains(&answer.status), "{path}: {}", answer.status);
    }
    for path in [format!("/jobs/{long}/"), format!("/jobs/?name__regex={}", &long[..5000])] {
        assert!([200, 400, 404].contains(&lab.get(&path).await.status));
    }
    let launch = "/job_templates/osac-create-compute-instance/launch/";
    let bomb = (1..12).fold("a0: &a0 x\n".to_owned(), |text, n| {
        let before = n - 1;
        text + &format!("a{n}: &a{n} [{}]\n", vec![format!("*a{before}"); 10].join(", "))
    });
    for body in [
        json!({"extra_vars": bomb}).to_string(),
        json!({"extra_vars": "[".repeat(100_000)}).to_string(),
        json!({"extra_vars": "- a: {b: ["}).to_string(),
        json!({"extra_vars": "\u{0}"}).to_string(),
        "[".repeat(100_000),
        "\u{feff}{}".to_owned(),
    ] {
        let request = lab.request("POST", launch).header("content-type", "application/json");
        let answer = lab.send(request.body(Body::from(body)).unwrap()).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
    }
    for header in ["Bearer", "Basic", "Basic !!!", "Basic Og==", "Negotiate x", "Bearer  "] {
        let request = http::Request::builder().uri("/api/v2/jobs/").header("authorization", header);
        assert_eq!(lab.send(request.body(Body::empty()).unwrap()).await.status, 401, "{header}");
    }
    assert_eq!(lab.aap.jobs().len(), 0);
}
