//! The states that jobs were seen to go through.

use super::Tape;
use super::compare::Body;
use super::installation::{ask, config, held};
use crate::support::{Answer, Lab, pass};
use fake_aap::{Action, Config, JobRef, Script, Stage, Template};

/// Ids were used up by project updates, which the fake does not have.
const NOT_IDS: [&str; 1] = ["id"];

async fn job(lab: &Lab, id: i64) -> Answer {
    ask(lab, "admin", &format!("GET /jobs/{id}/"), None).await
}

fn advance(lab: &Lab, id: i64) {
    lab.act(Action::Advance { job: JobRef::Id(id) });
}

#[tokio::test(start_paused = true)]
async fn the_way_of_jobs_and_cancels_is_as_recorded() {
    let sync = "waiting for projectupdate-1 to finish";
    let failure = concat!(
        "Previous Task Failed: ",
        r#"{"job_type": "project_update", "job_name": "osac", "job_id": "1"}"#
    );
    let blocked = Script { stages: vec![Stage::held("pending").because(sync)], ..held() };
    let scripts = [blocked.ends("failed", failure, ""), held()];
    let template = Template { id: Some(2), ..Template::job("osac", "") }.scripts(scripts);
    let lab = Lab::new(Config { templates: vec![template], ..config() });
    let mut tape = Tape::open("09-taskmanager");
    let launch = "POST /job_templates/2/launch/";
    ask(&lab, "admin", launch, Some("{}")).await;
    for tag in [
        "1 launched",
        "2 after TM (deps not processed)",
        "3 after DM",
        "4 after TM, project update starts",
    ] {
        tape.check_as(tag, &job(&lab, 2).await, Body::Part, &[]);
    }
    pass(31).await;
    let answer = job(&lab, 2).await;
    tape.check_as("5 after TM when job older than 30s", &answer, Body::Part, &[]);
    advance(&lab, 2);
    tape.check_as("6 after project update failed", &job(&lab, 2).await, Body::Part, &[]);
    ask(&lab, "admin", launch, Some("{}")).await;
    advance(&lab, 3);
    let answer = job(&lab, 3).await;
    tape.check_as("7 second job, project update ok -> waiting", &answer, Body::Part, &[]);
    let answer = ask(&lab, "admin", "POST /jobs/3/cancel/", None).await;
    tape.check("POST cancel while waiting, dispatcher does not know it", &answer);
    tape.check_as("8 after cancel of waiting", &job(&lab, 3).await, Body::Part, &[]);
    ask(&lab, "admin", launch, Some("{}")).await;
    advance(&lab, 4);
    advance(&lab, 4);
    pass(1).await;
    for tag in [
        "POST cancel while running, dispatcher acks (#1)",
        "POST cancel while running, dispatcher acks (#2)",
    ] {
        tape.check(tag, &ask(&lab, "admin", "POST /jobs/4/cancel/", None).await);
    }
    let by_hand = [&NOT_IDS[..], &["instance_group"]].concat();
    let tag = "9 after cancel of running (acked): still running";
    tape.check_as(tag, &job(&lab, 4).await, Body::Part, &by_hand);
    pass(6).await;
    tape.check_as("10 worker wrote canceled", &job(&lab, 4).await, Body::Part, &by_hand);
    let status = "successful".to_owned();
    lab.act(Action::SetStatus { job: JobRef::Id(4), status });
    let tag = "11 late worker final write flips a terminal status";
    tape.check_as(tag, &job(&lab, 4).await, Body::Part, &by_hand);
    tape.close();
}

#[tokio::test(start_paused = true)]
async fn queues_are_as_recorded() {
    let alone = Template { id: Some(2), allow_simultaneous: false, ..Template::job("alone", "") };
    let other = Template { id: Some(3), ..Template::job("other", "") };
    let templates = vec![alone.scripts([held()]), other.scripts([held()])];
    let lab = Lab::new(Config { templates, capacity: Some(1), ..config() });
    let mut tape = Tape::open("10-concurrency");
    for template in [2, 2, 3] {
        ask(&lab, "admin", &format!("POST /job_templates/{template}/launch/"), Some("{}")).await;
    }
    for id in [2, 3, 4] {
        advance(&lab, id);
    }
    tape.check_as("allow_simultaneous=false job 2", &job(&lab, 2).await, Body::Part, &[]);
    tape.check_as("allow_simultaneous=false job 3", &job(&lab, 3).await, Body::Part, &[]);
    pass(31).await;
    tape.check_as("second after 30s", &job(&lab, 3).await, Body::Part, &[]);
    let tag = "container group full (max_concurrent_jobs=1)";
    tape.check_as(tag, &job(&lab, 4).await, Body::Part, &[]);
    tape.close();
}

#[tokio::test(start_paused = true)]
async fn workflows_are_as_recorded() {
    let stages = ["pending", "running"].map(Stage::held);
    let script = Script { stages: stages.into(), ..Script::default() };
    let node = Template { id: Some(2), ..Template::job("node", "") };
    let nodes = vec!["node".to_owned()];
    let workflow = Template { id: Some(3), nodes, ..Template::workflow("wf", "") };
    let templates = vec![node, workflow.scripts([script])];
    let lab = Lab::new(Config { templates, ..config() });
    let mut tape = Tape::open("11-workflow");
    let launch = "POST /workflow_job_templates/3/launch/";
    let get = "GET /workflow_jobs/2/";
    ask(&lab, "admin", launch, Some("{}")).await;
    tape.check_as("wf launched", &ask(&lab, "admin", get, None).await, Body::Part, &[]);
    advance(&lab, 2);
    tape.check_as("wf after TM", &ask(&lab, "admin", get, None).await, Body::Part, &[]);
    let mut nodes = ask(&lab, "admin", "GET /workflow_jobs/2/workflow_nodes/", None).await;
    nodes.text = nodes.json()["results"][0].to_string();
    tape.check_as("node", &nodes, Body::Part, &NOT_IDS);
    let cancel = "POST /workflow_jobs/2/cancel/";
    tape.check("POST wf cancel", &ask(&lab, "admin", cancel, None).await);
    for tag in ["wf right after cancel", "wf after WM 1"] {
        tape.check_as(tag, &ask(&lab, "admin", get, None).await, Body::Part, &[]);
    }
    pass(6).await;
    let answer = ask(&lab, "admin", get, None).await;
    tape.check_as("wf after WM 2 (child terminal)", &answer, Body::Part, &[]);
    ask(&lab, "admin", launch, Some("{}")).await;
    advance(&lab, 4);
    lab.act(Action::Fail { job: JobRef::Id(5) });
    let answer = ask(&lab, "admin", "GET /workflow_jobs/4/", None).await;
    tape.check_as("wf with failed node, no handler", &answer, Body::Part, &[]);
    tape.close();
}
