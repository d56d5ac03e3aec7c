//! Modes in the life of a job.

use std::time::Duration;

use fake_aap::{Action, Config, End, JobRef, Moment, MomentAt, Output, Script, Stage, Template};
use serde_json::{Value, json};

use super::{held, with, with_template};
use crate::support::{Lab, pass};

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[tokio::test(start_paused = true)]
async fn f18_a_sliced_template_answers_with_a_workflow_job() {
    let template = Template { slices: 2, ..Template::job("t", "provision") };
    let lab = Lab::new(with_template(template));
    let answer = lab.post("/job_templates/t/launch/", &json!({"extra_vars": {"a": 1}})).await;
    assert_eq!(answer.status, 201);
    assert_eq!(answer.header("location"), "/api/controller/v2/workflow_jobs/100/");
    let launched = answer.json();
    assert_eq!(
        (&launched["type"], &launched["workflow_job"]),
        (&json!("workflow_job"), &json!(100))
    );
    assert_eq!(launched.get("job"), None);
    assert_eq!(launched["is_sliced_job"], true);
    assert_eq!(lab.get("/jobs/100/").await.status, 404);
    assert_eq!(lab.get("/workflow_jobs/100/").await.status, 200);
    pass(10).await;
    // the slices are jobs of the same template, with the same variables
    let slices = lab.get("/jobs/?order_by=id").await.json();
    assert_eq!(slices["count"], 2);
    let row = &slices["results"][1];
    assert_eq!((&row["job_slice_number"], &row["extra_vars"]), (&json!(2), &json!("{\"a\": 1}")));
    assert_eq!(lab.aap.jobs().iter().filter(|job| job.parent.is_none()).count(), 1);
    pass(200).await;
    let all = lab.get("/unified_jobs/?status=successful").await.json();
    assert_eq!(all["count"], 3);
    assert_eq!(lab.news().len(), 4, "slices are not announced");
}

#[tokio::test(start_paused = true)]
async fn f19_a_workflow_job_is_not_among_jobs() {
    let lab = Lab::new(with_template(Template::workflow("wf", "")));
    let answer = lab.post("/workflow_job_templates/wf++osac/launch/", &json!({})).await;
    assert_eq!(answer.json()["workflow_job"], 100);
    let answer = lab.get("/jobs/100/").await;
    let text = "No Job matches the given query.";
    assert_eq!((answer.status, answer.detail().as_str()), (404, text));
    assert_eq!(lab.cancel(100).await.status, 404);
    pass(3).await;
    let job = lab.get("/workflow_jobs/100/").await.json();
    assert_eq!(job["status"], "running", "it never waits");
    assert_eq!(job.get("event_processing_finished"), None);
    assert_eq!(lab.get("/unified_jobs/?id=100").await.json()["results"][0]["type"], "workflow_job");
}

#[tokio::test(start_paused = true)]
async fn f20_a_job_waits_for_another_of_its_template() {
    let script = Script::job(seconds(60));
    let template = Template { allow_simultaneous: false, ..Template::job("t", "") };
    let lab = Lab::new(with_template(template.scripts([script])));
    let (first, second) = (lab.launch("t").await, lab.launch("t").await);
    pass(20).await;
    assert_eq!(
        (lab.status(first).await, lab.status(second).await),
        ("running".into(), "pending".into())
    );
    assert_eq!(lab.job(second).await["job_explanation"], "", "younger than 30 s");
    pass(20).await;
    let text = "waiting for job-100 to finish";
    assert_eq!(lab.job(second).await["job_explanation"], text);
    pass(26).await;
    assert_eq!(
        (lab.status(first).await, lab.status(second).await),
        ("successful".into(), "waiting".into())
    );
    assert_eq!(lab.job(second).await["job_explanation"], "");
}

#[tokio::test(start_paused = true)]
async fn f20_a_job_waits_for_capacity() {
    let script = held(&["pending", "waiting", "running"]);
    let lab = Lab::new(Config { capacity: Some(1), ..with(script) });
    let (first, second) = (lab.launch("t").await, lab.launch("t").await);
    for id in [first, second] {
        lab.act(Action::Advance { job: JobRef::Id(id) });
    }
    assert!(lab.aap.is_idle(), "nothing comes by a timer");
    pass(3600).await;
    assert_eq!(lab.status(second).await, "pending");
    let text = "This job is not ready to start because there is not enough available capacity.";
    assert_eq!(lab.job(second).await["job_explanation"], text);
    assert_eq!(lab.cancel(first).await.status, 202);
    assert_eq!(lab.status(second).await, "waiting");
}

#[tokio::test(start_paused = true)]
async fn f20_a_job_is_held_pending_with_a_reason_after_30_seconds() {
    let reason = "waiting for projectupdate-99 to finish";
    let lab = Lab::new(with(Script {
        stages: vec![Stage::held("pending").because(reason)],
        ..Script::default()
    }));
    let id = lab.launch("t").await;
    pass(30).await;
    assert_eq!(lab.job(id).await["job_explanation"], "");
    pass(1).await;
    assert_eq!(lab.job(id).await["job_explanation"], reason);
}

async fn ended(script: Script) -> (Lab, Value) {
    let lab = Lab::new(with(script));
    let id = lab.launch("t").await;
    pass(600).await;
    let job = lab.job(id).await;
    (lab, job)
}

#[tokio::test(start_paused = true)]
async fn f21_a_job_fails_before_it_starts() {
    let text = concat!(
        "Previous Task Failed: ",
        r#"{"job_type": "project_update", "job_name": "osac", "job_id": "1"}"#
    );
    let stages = vec![Stage::new("pending", seconds(40))];
    let script = Script { stages, ..Script::default() }.ends("failed", text, "");
    let (_, job) = ended(script).await;
    assert_eq!((&job["status"], &job["job_explanation"]), (&json!("failed"), &json!(text)));
    assert_eq!((&job["started"], &job["elapsed"]), (&Value::Null, &json!(0.0)));
    assert_eq!(job["finished"], "2026-01-01T00:00:40.000001Z");
    assert_eq!(job["controller_node"], "");
}

#[tokio::test(start_paused = true)]
async fn f22_a_failed_playbook_tells_its_reason_in_events_only() {
    let output = Output { failure: "boom".to_owned(), ..Output::default() };
    let script = Script { output, end: End::new("failed"), ..Script::default() };
    let (lab, job) = ended(script).await;
    assert_eq!((&job["status"], &job["failed"]), (&json!("failed"), &json!(true)));
    assert_eq!((&job["job_explanation"], &job["result_traceback"]), (&json!(""), &json!("")));
    let events = lab.get("/jobs/100/job_events/?event=runner_on_failed").await.json();
    assert_eq!(events["results"][0]["event_data"]["res"]["msg"], "boom");
    let text = lab.get("/jobs/100/stdout/?format=txt").await;
    assert_eq!(text.header("content-type"), "text/plain; charset=utf-8");
    assert!(
        text.text.contains("\nfatal: [localhost]: FAILED! => {\"msg\":\"boom\"}\n"),
        "{}",
        text.text
    );
}

#[tokio::test(start_paused = true)]
async fn f23_an_error_of_the_controller_has_explanation_and_traceback() {
    let detail =
        "Receptor detail:\nError creating pod: container failed to start, ImagePullBackOff";
    let script = Script::default().ends("error", "Job terminated due to error", detail);
    let (lab, job) = ended(script).await;
    assert_eq!((&job["status"], &job["failed"]), (&json!("error"), &json!(true)));
    assert_eq!(job["job_explanation"], "Job terminated due to error");
    assert_eq!(job["result_traceback"], detail);
    let row = &lab.get("/jobs/").await.json()["results"][0];
    assert_eq!(row.get("result_traceback"), None, "a row of a list does not tell it");
}

#[tokio::test(start_paused = true)]
async fn f24_a_job_runs_into_its_timeout() {
    let script = Script::default().ends("failed", "Job terminated due to timeout", "");
    let (_, job) = ended(script).await;
    assert_eq!(job["job_explanation"], "Job terminated due to timeout");
    assert_eq!(job["failed"], true);
}

#[tokio::test(start_paused = true)]
async fn f25_a_lost_job_is_reaped() {
    let lab = Lab::new(with(held(&["running"])));
    let id = lab.launch("t").await;
    let text = "Task was marked as running but was not present in the job queue, so it has been \
                marked as failed.";
    let finish = || Action::Finish {
        job: JobRef::Id(id),
        status: "failed".to_owned(),
        explanation: text.to_owned(),
        traceback: String::new(),
    };
    lab.act(finish());
    assert_eq!(lab.job(id).await["job_explanation"], text);
    assert!(lab.aap.act(finish()).is_err(), "it has ended already");
}

#[tokio::test(start_paused = true)]
async fn f26_a_running_job_goes_back_to_pending() {
    let stages = ["pending", "waiting", "running", "pending", "waiting", "running"];
    let stages = stages.map(|status| Stage::new(status, seconds(10))).into();
    let lab = Lab::new(with(Script { stages, ..Script::default() }));
    let id = lab.launch("t").await;
    pass(35).await;
    let job = lab.job(id).await;
    assert_eq!(
        (&job["status"], &job["started"]),
        (&json!("pending"), &json!("2026-01-01T00:00:20.000001Z"))
    );
    pass(30).await;
    let job = lab.job(id).await;
    assert_eq!(job["status"], "successful");
    assert_eq!(
        (&job["started"], &job["elapsed"]),
        (&json!("2026-01-01T00:00:20.000001Z"), &json!(40.0))
    );
}

#[tokio::test(start_paused = true)]
async fn f34_moments_come_before_and_after_the_end() {
    let moment = |name: &str, at| Moment { name: name.to_owned(), at };
    let script = Script {
        moments: vec![
            moment("finalizer", MomentAt::Running(seconds(5))),
            moment("waits", MomentAt::StageStart { stage: 1, after: seconds(1) }),
            moment("annotate", MomentAt::BeforeSuccess),
            moment("tidy", MomentAt::BeforeEnd),
            moment("late", MomentAt::AfterEnd(seconds(9))),
        ],
        ..Script::job(seconds(60))
    };
    let lab = Lab::new(with(script.clone()));
    lab.launch("t").await;
    pass(200).await;
    let expected = [
        "launched provision 100 by admin",
        "100 waiting",
        "100 moment waits",
        "100 running",
        "100 moment finalizer",
        "100 moment annotate",
        "100 moment tidy",
        "100 successful",
        "100 moment late",
    ];
    assert_eq!(lab.news(), expected);
    let lab = Lab::new(with(script.ends("failed", "", "")));
    lab.launch("t").await;
    pass(200).await;
    let news = lab.news();
    assert!(!news.contains(&"100 moment annotate".to_owned()), "{news:?}");
    assert_eq!(news.last().unwrap(), "100 moment late");
}
