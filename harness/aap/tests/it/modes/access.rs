//! Modes around the request: redirects, pages, credentials, rights, bodies.

use fake_aap::{Action, Config, Needs, Rights, Scope, SurveyVariable, Template, Token};
use serde_json::{Value, json};

use super::with_template;
use crate::support::{Lab, pass};

#[tokio::test(start_paused = true)]
async fn f06_a_path_without_its_slash_is_redirected() {
    let lab = Lab::new(Config::default());
    let answer = lab.get("/jobs?status=running").await;
    assert_eq!(answer.status, 301);
    assert_eq!(answer.header("location"), "/api/controller/v2/jobs/?status=running");
    assert_eq!(lab.cancel(1).await.status, 404);
    let answer = lab.post("/jobs/1/cancel", &json!({})).await;
    assert_eq!((answer.status, answer.text.as_str()), (301, ""));
}

#[tokio::test(start_paused = true)]
async fn f07_a_wrong_base_url_meets_the_user_interface() {
    let lab = Lab::new(Config::default());
    let request = http::Request::builder().uri("/v2/job_templates/?name=x");
    let answer = lab.send(request.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(answer.text.contains("<!doctype html>"));
}

#[tokio::test(start_paused = true)]
async fn f08_a_rotated_token_is_refused_until_it_is_restored() {
    let lab = Lab::new(Config::default());
    let id = lab.launch("osac-create-compute-instance").await;
    lab.act(Action::RotateToken);
    let answer = lab.get(&format!("/jobs/{id}/")).await;
    assert_eq!(answer.status, 401);
    assert!(answer.detail().starts_with("Authentication credentials were not provided."));
    let challenge = "Bearer realm=api authorization_url=/api/o/authorize/";
    assert_eq!(answer.header("www-authenticate"), challenge);
    assert_eq!(lab.get("/ping/").await.status, 200, "ping asks nobody");
    assert_eq!(lab.get("/jobs/999/").await.status, 401, "before the object is looked for");
    lab.act(Action::RestoreToken);
    assert_eq!(lab.get(&format!("/jobs/{id}/")).await.status, 200);
}

#[tokio::test(start_paused = true)]
async fn f08_a_token_expires_at_its_time() {
    let expires = Some("2026-01-01T00:00:10Z".parse().unwrap());
    let token = Token { expires, ..Token::superuser("short") };
    let mut lab = Lab::new(Config { tokens: vec![token], ..Config::default() });
    lab.token = "short".to_owned();
    assert_eq!(lab.get("/me/").await.json()["results"][0]["username"], "admin");
    pass(10).await;
    assert_eq!(lab.get("/me/").await.status, 401);
}

#[tokio::test(start_paused = true)]
async fn f09_a_launch_is_forbidden() {
    let check = async |token: Token, executable: bool, expected: u16| {
        let value = token.value.clone();
        let template = Template { executable, ..Template::job("t", "") };
        let mut lab = Lab::new(Config { tokens: vec![token], ..with_template(template) });
        lab.token = value;
        let id = lab.template("job_templates", "t").await;
        let answer = lab.post(&format!("/job_templates/{id}/launch/"), &json!({})).await;
        assert_eq!(answer.status, expected, "{}", answer.text);
        if expected == 403 {
            assert_eq!(answer.detail(), "You do not have permission to perform this action.");
            assert_eq!(lab.aap.jobs().len(), 0);
        }
    };
    check(Token::user("t", "svc"), true, 201).await;
    check(Token::user("t", "svc"), false, 403).await;
    check(Token::superuser("t"), false, 403).await;
    check(Token { scope: Scope::Read, ..Token::superuser("t") }, true, 403).await;
    check(Token { rights: Rights::Read, ..Token::user("t", "svc") }, true, 403).await;
}

#[tokio::test(start_paused = true)]
async fn f10_a_hidden_template_looks_absent_in_lists_and_by_name() {
    let lab = Lab::new(Config::default());
    let name = "osac-create-compute-instance";
    let id = lab.template("job_templates", name).await;
    lab.act(Action::HideTemplate { name: name.to_owned() });
    let list = lab.get(&format!("/job_templates/?name={name}")).await;
    assert_eq!((list.status, &list.json()["count"]), (200, &json!(0)));
    let launch = |who: String| format!("/job_templates/{who}/launch/");
    assert_eq!(lab.post(&launch(id.to_string()), &json!({})).await.status, 403);
    let by_name = lab.post(&launch(format!("{name}++osac")), &json!({})).await;
    assert_eq!((by_name.status, by_name.detail()), (404, "Not found.".to_owned()));
    lab.act(Action::ShowTemplate { name: name.to_owned() });
    assert_eq!(lab.post(&launch(id.to_string()), &json!({})).await.status, 201);
}

#[tokio::test(start_paused = true)]
async fn f15_variables_are_dropped_or_refused_without_a_prompt() {
    let body = json!({"extra_vars": {"own": 1, "other": 2}});
    let own = "own: 1".to_owned();
    let job = Template { ask_variables: false, extra_vars: own.clone(), ..Template::job("t", "") };
    let lab = Lab::new(with_template(job));
    let answer = lab.post("/job_templates/t/launch/", &body).await;
    assert_eq!(answer.status, 201);
    // what equals the template's own value is passed over in silence
    assert_eq!(answer.json()["ignored_fields"], json!({"extra_vars": {"other": 2}}));
    assert_eq!(answer.json()["extra_vars"], "{\"own\": 1}");
    assert_eq!(*lab.view(100).extra_vars, json!({"own": 1}));
    let workflow =
        Template { ask_variables: false, extra_vars: own, ..Template::workflow("t", "") };
    let lab = Lab::new(with_template(workflow));
    let answer = lab.post("/workflow_job_templates/t++osac/launch/", &body).await;
    assert_eq!(answer.status, 400);
    let text = "Variables other are not allowed on launch. Check the Prompt on Launch setting on \
                the Workflow Job Template to include Extra Variables.";
    assert_eq!(answer.json(), json!({"extra_vars": [text]}));
}

#[tokio::test(start_paused = true)]
async fn f16_what_a_template_needs_is_named() {
    let check = async |template: Template, body: Value, expected: Value| {
        let lab = Lab::new(with_template(template));
        let answer = lab.post("/job_templates/t/launch/", &body).await;
        assert_eq!((answer.status, answer.json()), (400, expected));
        assert_eq!(lab.aap.jobs().len(), 0);
    };
    let needs = |what| Template { needs: vec![what], ..Template::job("t", "") };
    let survey = vec![SurveyVariable::required("must")];
    check(
        Template { survey, ..Template::job("t", "") },
        json!({}),
        json!({"variables_needed_to_start": ["'must' value missing"]}),
    )
    .await;
    let text = "Job Template inventory is missing or undefined.";
    let expected = json!({"resources_needed_to_start": [text]});
    check(needs(Needs::Inventory), json!({}), expected).await;
    let expected = json!({"project": "A project is required to run a job."});
    check(needs(Needs::Project), json!({}), expected).await;
    let expected = json!({"passwords_needed_to_start": ["ssh_password"]});
    check(needs(Needs::Password), json!({}), expected).await;
}

#[tokio::test(start_paused = true)]
async fn f16_a_missing_password_uses_up_an_id() {
    let template = Template { needs: vec![Needs::Password], ..Template::job("t", "") };
    let lab = Lab::new(with_template(template));
    assert_eq!(lab.post("/job_templates/t/launch/", &json!({})).await.status, 400);
    let body = json!({"credential_passwords": {"ssh_password": "x"}});
    let answer = lab.post("/job_templates/t/launch/", &body).await;
    assert_eq!((answer.status, &answer.json()["id"]), (201, &json!(101)));
}

#[tokio::test(start_paused = true)]
async fn f17_a_body_that_is_too_large_or_wrong_is_refused() {
    let lab = Lab::new(Config::default());
    let path = "/job_templates/osac-create-compute-instance/launch/";
    let send = async |media: &str, body: String| {
        let request = lab.request("POST", path).header("content-type", media);
        lab.send(request.body(axum::body::Body::from(body)).unwrap()).await
    };
    let large = json!({"extra_vars": {"a": "x".repeat(5 * 1024 * 1024)}}).to_string();
    let answer = send("application/json", large).await;
    assert_eq!((answer.status, answer.header("content-type")), (413, "text/html"));
    let fits = json!({"extra_vars": {"a": "x".repeat(5 * 1024 * 1024 - 100)}}).to_string();
    assert_eq!(send("application/json; charset=utf-8", fits).await.status, 201);
    assert_eq!(send("text/plain", "{}".to_owned()).await.status, 415);
    let answer = send("application/json", "{\"a\":1,}".to_owned()).await;
    assert_eq!(answer.status, 400);
    let text = "JSON parse error - Expecting property name enclosed in double quotes: line 1 \
                column 8 (char 7)\nPossible cause: trailing comma.";
    assert_eq!(answer.detail(), text);
}
