//! Modes around templates and their names.

use fake_aap::{Action, Config, Switches, Template};
use serde_json::json;

use crate::support::Lab;

#[tokio::test(start_paused = true)]
async fn f11_a_template_is_missing_until_it_is_made() {
    let template = Template { missing: true, ..Template::job("t", "provision") };
    let lab = Lab::new(Config { templates: vec![template], ..Config::default() });
    assert_eq!(lab.get("/job_templates/?name=t").await.json()["count"], 0);
    assert_eq!(lab.post("/job_templates/t/launch/", &json!({})).await.status, 404);
    let role = lab.aap.role_of("/api/controller/v2/job_templates/t/launch/");
    assert_eq!(role.as_deref(), Some("provision"), "a launch that fails is counted too");
    lab.act(Action::RecreateTemplate { name: "t".to_owned() });
    assert_eq!(lab.post("/job_templates/t/launch/", &json!({})).await.status, 201);
}

#[tokio::test(start_paused = true)]
async fn f11_a_template_goes_between_lookup_and_launch() {
    let lab = Lab::new(Config::default());
    let name = || "osac-create-compute-instance".to_owned();
    let id = lab.template("job_templates", &name()).await;
    let launch = format!("/job_templates/{id}/launch/");
    lab.act(Action::DeleteTemplate { name: name() });
    let answer = lab.post(&launch, &json!({})).await;
    let text = "No JobTemplate matches the given query.";
    assert_eq!((answer.status, answer.detail().as_str()), (404, text));
    assert!(lab.aap.act(Action::DeleteTemplate { name: name() }).is_err());
    lab.act(Action::RecreateTemplate { name: name() });
    let anew = lab.template("job_templates", &name()).await;
    assert_ne!(anew, id, "with another id");
    assert_eq!(lab.post(&launch, &json!({})).await.status, 404);
    assert_eq!(lab.post(&format!("/job_templates/{anew}/launch/"), &json!({})).await.status, 201);
    let role = lab.aap.role_of(&format!("/api/controller/v2{launch}"));
    assert_eq!(role.as_deref(), Some("provision"), "of the deleted one too");
}

#[tokio::test(start_paused = true)]
async fn f11_a_renamed_template_keeps_its_id() {
    let lab = Lab::new(Config::default());
    let name = "osac-create-compute-instance";
    let id = lab.template("job_templates", name).await;
    lab.act(Action::RenameTemplate { name: name.to_owned(), to: "other".to_owned() });
    assert_eq!(lab.get(&format!("/job_templates/?name={name}")).await.json()["count"], 0);
    let by_name = lab.post(&format!("/job_templates/{name}/launch/"), &json!({})).await;
    assert_eq!(by_name.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(by_name.status, 404);
    let by_id = lab.post(&format!("/job_templates/{id}/launch/"), &json!({})).await;
    assert_eq!((by_id.status, &by_id.json()["name"]), (201, &json!("other")));
}

#[tokio::test(start_paused = true)]
async fn f12_one_name_stands_for_several_templates() {
    let templates = vec![
        Template::job("t", "first"),
        Template { organization: Some("two".to_owned()), ..Template::job("t", "second") },
        Template { organization: None, ..Template::job("t", "third") },
        Template::workflow("t", "fourth"),
    ];
    let lab = Lab::new(Config { templates, ..Config::default() });
    let count = async |list: &str| lab.get(list).await.json()["count"].clone();
    assert_eq!(count("/job_templates/?name=t").await, 3);
    assert_eq!(count("/workflow_job_templates/?name=t").await, 1);
    assert_eq!(count("/unified_job_templates/?name=t").await, 4);
    assert_eq!(count("/unified_job_templates/?name=t&type=workflow_job_template").await, 1);
    assert_eq!(count("/job_templates/?name=t&organization__name=two").await, 1);
    let mut roles = Vec::new();
    for path in ["job_templates/t++two", "workflow_job_templates/t++osac"] {
        let answer = lab.post(&format!("/{path}/launch/"), &json!({})).await;
        roles.push(lab.view(answer.json()["id"].as_i64().unwrap()).role);
    }
    assert_eq!(roles, ["second", "fourth"]);
}

#[tokio::test(start_paused = true)]
async fn f13_a_workflow_template_has_no_bare_name() {
    let lab = Lab::new(Config {
        templates: vec![Template::workflow("wf", ""), Template::job("t", "")],
        ..Config::default()
    });
    let answer = lab.post("/workflow_job_templates/wf/launch/", &json!({})).await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.header("content-type"), "text/html; charset=utf-8");
    let answer = lab.post("/workflow_job_templates/wf++osac/launch/", &json!({})).await;
    assert_eq!(answer.status, 201);
    assert_eq!(lab.post("/job_templates/t/launch/", &json!({})).await.status, 201);
    let switches = Switches { bare_names: false, ..Switches::default() };
    let lab = Lab::new(Config { switches, ..Config::default() });
    let name = "osac-create-compute-instance";
    let answer = lab.post(&format!("/job_templates/{name}/launch/"), &json!({})).await;
    assert_eq!(answer.status, 404, "a gateway may know no bare names at all");
}

#[tokio::test(start_paused = true)]
async fn f14_a_malformed_name_makes_the_next_good_one_fail_once() {
    let switches = Switches { named_url_flake: true, ..Switches::default() };
    let templates = vec![Template::workflow("wf", "")];
    let lab = Lab::new(Config { switches, templates, ..Config::default() });
    let mut statuses = Vec::new();
    for name in ["wf++osac", "wf", "wf++osac", "wf++osac"] {
        statuses.push(lab.get(&format!("/workflow_job_templates/{name}/")).await.status);
    }
    assert_eq!(statuses, [200, 404, 404, 200]);
}
