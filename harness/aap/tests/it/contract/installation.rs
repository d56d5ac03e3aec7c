//! The installation that was recorded: its templates, users and tokens.

use fake_aap::{
    Config, Needs, Rights, Scope, Script, Stage, SurveyVariable, Switches, Template, Token,
};
use serde_json::{Value, json};

use crate::support::{Answer, Lab};

/// The variables that most launches were recorded with.
pub(super) fn variables() -> Value {
    json!({"extra_vars": {"ansible_eda": {"event": {"payload": {"metadata": {"name": "x"}}}}}})
}

/// Jobs that stay where they are until an action moves them.
pub(super) fn held() -> Script {
    let stages = ["pending", "waiting", "running"].map(Stage::held).into();
    Script { stages, ..Script::default() }
}

pub(super) fn config() -> Config {
    let template = |id, template: Template| Template { id: Some(id), ..template }.scripts([held()]);
    let alone = |name| Template { allow_simultaneous: false, ..Template::job(name, "") };
    let no_prompt = Template { ask_variables: false, ..alone("osac-no-prompt") };
    let survey = Template {
        ask_variables: false,
        survey: vec![SurveyVariable::required("must")],
        ..alone("osac-survey")
    };
    let no_inventory =
        Template { needs: vec![Needs::Inventory], ..Template::job("osac-noinv", "") };
    let workflow = Template { allow_simultaneous: false, ..Template::workflow("osac-wf", "") };
    let closed = Template { ask_variables: false, ..Template::workflow("osac-wf-noprompt", "") };
    let expired = Some("2000-01-01T00:00:00Z".parse().unwrap());
    Config {
        tokens: vec![
            Token::superuser("admin"),
            Token::user("svc", "svc"),
            Token { rights: Rights::None, ..Token::user("nobody", "nobody") },
            Token { scope: Scope::Read, ..Token::superuser("readonly") },
            Token { expires: expired, ..Token::superuser("expired") },
        ],
        passwords: [("admin".to_owned(), "secret".to_owned())].into(),
        templates: vec![
            template(2, Template::job("osac-create-compute-instance", "provision")),
            template(3, no_prompt),
            template(4, survey),
            template(5, no_inventory),
            template(6, workflow),
            template(7, closed),
        ],
        // nothing stood in front of the recorded controller
        switches: Switches { merge_slashes: false, ..Switches::default() },
        prefix: None,
        first_job_id: 2,
        ids_burnt_per_launch: 0,
        version: "24.6.1".to_owned(),
        node: "vm".to_owned(),
        ..Config::default()
    }
}

/// Sends a request as someone: `admin`, `svc`, `nobody` …, or `anon`.
pub(super) async fn ask(lab: &Lab, who: &str, line: &str, body: Option<&str>) -> Answer {
    ask_with(lab, who, line, &[("content-type", "application/json")], body).await
}

pub(super) async fn ask_with(
    lab: &Lab,
    who: &str,
    line: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
) -> Answer {
    let (method, path) = line.split_once(' ').unwrap();
    let path = if path.starts_with("/api") { path.to_owned() } else { format!("/api/v2{path}") };
    let mut request = http::Request::builder().method(method).uri(path);
    if who != "anon" {
        request = request.header("authorization", format!("Bearer {who}"));
    }
    for (name, value) in
        headers.iter().filter(|(name, _)| *name != "content-type" || body.is_some())
    {
        request = request.header(*name, *value);
    }
    let body = axum::body::Body::from(body.unwrap_or_default().to_owned());
    lab.send(request.body(body).unwrap()).await
}
