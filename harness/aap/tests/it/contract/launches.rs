//! Launches: what they need, how templates may be named, what becomes of variables.

use super::Tape;
use super::compare::Body;
use super::installation::{ask, ask_with, config, variables};
use crate::support::Lab;
use fake_aap::{Config, Template};

const NAME: &str = "osac-create-compute-instance";

#[tokio::test(start_paused = true)]
async fn launches_answer_as_recorded() {
    let lab = Lab::new(config());
    let mut tape = Tape::open("03-launch");
    tape.check("GET launch", &ask(&lab, "admin", "GET /job_templates/2/launch/", None).await);
    let line = "GET /workflow_job_templates/6/launch/";
    tape.check("GET launch wf", &ask(&lab, "admin", line, None).await);
    addresses(&lab, &mut tape).await;
    bodies(&lab, &mut tape).await;
    let body = variables().to_string();
    for tag in ["POST launch project failed", "POST launch project new"] {
        let line = "POST /job_templates/2/launch/";
        tape.check(tag, &ask(&lab, "admin", line, Some(&body)).await);
    }
    tape.close();
}

async fn addresses(lab: &Lab, tape: &mut Tape) {
    let body = variables().to_string();
    for (tag, who, path) in [
        ("POST launch id", "admin", "job_templates/2".to_owned()),
        ("POST launch svc", "svc", "job_templates/2".to_owned()),
        ("POST launch nobody", "nobody", "job_templates/2".to_owned()),
        ("POST launch nobody by name", "nobody", format!("job_templates/{NAME}")),
        ("POST launch anon", "anon", "job_templates/2".to_owned()),
        ("POST launch anon by name", "anon", format!("job_templates/{NAME}")),
        ("POST launch anon unknown name", "anon", "job_templates/unknown".to_owned()),
        ("POST launch bare name", "admin", format!("job_templates/{NAME}")),
        ("POST launch name++org", "admin", format!("job_templates/{NAME}++osac")),
        ("POST launch name++ (no org)", "admin", format!("job_templates/{NAME}++")),
        ("POST launch name++wrongorg", "admin", format!("job_templates/{NAME}++wrong")),
        ("POST launch unknown bare", "admin", "job_templates/unknown".to_owned()),
        ("POST launch unknown id", "admin", "job_templates/999".to_owned()),
        ("POST launch wf id on jt endpoint", "admin", "job_templates/6".to_owned()),
        ("POST launch wf id", "admin", "workflow_job_templates/6".to_owned()),
        ("POST launch wf bare name", "admin", "workflow_job_templates/osac-wf".to_owned()),
        ("POST launch wf bare name again", "admin", "workflow_job_templates/osac-wf".to_owned()),
        ("POST launch wf name++org", "admin", "workflow_job_templates/osac-wf++osac".to_owned()),
        ("POST launch wf name++", "admin", "workflow_job_templates/osac-wf++".to_owned()),
        ("POST launch noprompt", "admin", "job_templates/3".to_owned()),
        ("POST launch wf noprompt", "admin", "workflow_job_templates/7".to_owned()),
    ] {
        let answer = ask(lab, who, &format!("POST /{path}/launch/"), Some(&body)).await;
        tape.check(tag, &answer);
    }
}

async fn bodies(lab: &Lab, tape: &mut Tape) {
    let text = r#"{"extra_vars": "{\"unbalanced\":"}"#;
    for (tag, template, body) in [
        ("POST launch survey missing", "job_templates/4", "{}"),
        ("POST launch survey wrongtype", "job_templates/4", r#"{"extra_vars": {"must": 5}}"#),
        (
            "POST launch survey ok + extra",
            "job_templates/4",
            r#"{"extra_vars": {"must": "v", "zz": 1}}"#,
        ),
        ("POST launch noinv", "job_templates/5", "{}"),
        ("POST launch vars JSON string", "job_templates/2", r#"{"extra_vars": "{\"a\": 1}"}"#),
        ("POST launch vars YAML string", "job_templates/2", r#"{"extra_vars": "a: 1\n"}"#),
    ] {
        tape.check(tag, &ask(lab, "admin", &format!("POST /{template}/launch/"), Some(body)).await);
    }
    let line = "POST /job_templates/2/launch/";
    parse_error(tape, "POST launch vars bad string", &ask(lab, "admin", line, Some(text)).await);
    for (tag, template, body) in [
        ("POST launch vars list", "job_templates/2", r#"{"extra_vars": [1]}"#),
        ("POST launch vars int", "job_templates/2", r#"{"extra_vars": 5}"#),
        ("POST launch vars null", "job_templates/2", r#"{"extra_vars": null}"#),
        ("POST wf launch vars null", "workflow_job_templates/6", r#"{"extra_vars": null}"#),
    ] {
        tape.check(tag, &ask(lab, "admin", &format!("POST /{template}/launch/"), Some(body)).await);
    }
    let workflow = "POST /workflow_job_templates/6/launch/";
    let answer = ask(lab, "admin", workflow, Some(text)).await;
    parse_error(tape, "POST wf launch vars bad string", &answer);
    for (tag, body) in [
        ("POST launch empty body", ""),
        ("POST launch bad json", r#"{"extra_vars":1,}"#),
        ("POST launch json array", "[1]"),
    ] {
        tape.check(tag, &ask(lab, "admin", line, Some(body)).await);
    }
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = ask_with(lab, "admin", line, &form, Some("a=1")).await;
    tape.check("POST launch form ct", &answer);
    let body = r#"{"inventory": 9999, "bogus": 1}"#;
    tape.check("POST launch unknown key", &ask(lab, "admin", line, Some(body)).await);
}

/// The words of the YAML parser are its own; all before them is compared.
fn parse_error(tape: &mut Tape, tag: &str, answer: &crate::support::Answer) {
    let entry = tape.next(tag);
    assert_eq!(u64::from(answer.status), entry["status"]);
    let head = |text: &serde_json::Value| {
        let text = text["extra_vars"][0].as_str().unwrap().to_owned();
        text.split_once("or YAML (error: ").unwrap().0.to_owned()
    };
    assert_eq!(head(&answer.json()), head(&entry["body"]));
}

#[tokio::test(start_paused = true)]
async fn a_sliced_template_answers_as_recorded() {
    let sliced = Template { slices: 2, id: Some(2), ..Template::job("osac-sliced", "") };
    let lab = Lab::new(Config { templates: vec![sliced], ..config() });
    let mut tape = Tape::open("07-sliced");
    let answer = ask(&lab, "admin", "POST /job_templates/2/launch/", Some("{}")).await;
    assert_eq!(answer.json().get("job"), None);
    tape.check_as("sliced JT launch", &answer, Body::Part, &["job"]);
    tape.check("GET /jobs/<that id>/", &ask(&lab, "admin", "GET /jobs/2/", None).await);
    tape.close();
}
