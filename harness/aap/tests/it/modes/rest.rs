//! Modes of what is left: purges, output, ids, restarts, paths, times.

use std::time::Duration;

use fake_aap::{Action, Config, JobRef, Output, Script, Switches, Token};
use serde_json::{Value, json};

use super::{held, with};
use crate::support::{Lab, pass};

#[tokio::test(start_paused = true)]
async fn f33_a_purged_job_is_gone_for_ever() {
    let lab = Lab::new(with(Script::job(Duration::from_secs(60))));
    let (first, second) = (lab.launch("t").await, lab.launch("t").await);
    pass(10).await;
    lab.act(Action::Purge { job: JobRef::Nth { role: "provision".to_owned(), nth: 1 } });
    for path in ["", "cancel/", "stdout/", "job_events/"] {
        let answer = lab.get(&format!("/jobs/{first}/{path}")).await;
        assert_eq!(answer.status, 404, "{path}");
    }
    assert_eq!(lab.cancel(first).await.detail(), "No Job matches the given query.");
    lab.act(Action::PurgeAll);
    assert_eq!(lab.status(second).await, "running", "an active one stays");
    pass(100).await;
    lab.act(Action::PurgeAll);
    assert_eq!(lab.get("/jobs/").await.json()["count"], 0);
    assert!(lab.aap.jobs().iter().all(|job| job.purged));
    assert_eq!(lab.launch("t").await, second + 1, "ids are never used again");
    let role = lab.aap.role_of(&format!("/api/controller/v2/jobs/{first}/"));
    assert_eq!(role.as_deref(), Some("provision"));
}

#[tokio::test(start_paused = true)]
async fn f33_a_job_without_its_template_is_hidden_from_users() {
    let tokens = vec![Token::superuser("root"), Token::user("svc", "svc")];
    let mut lab = Lab::new(Config { tokens, ..with(held(&["running"])) });
    lab.token = "svc".to_owned();
    let id = lab.launch("t").await;
    lab.act(Action::DeleteTemplate { name: "t".to_owned() });
    assert_eq!(lab.get(&format!("/jobs/{id}/")).await.status, 403);
    lab.token = "root".to_owned();
    let job = lab.job(id).await;
    assert_eq!((&job["status"], &job["job_template"]), (&json!("running"), &Value::Null));
}

#[tokio::test(start_paused = true)]
async fn f35_output_is_late() {
    let output = Output {
        stdout: "a line\nand another".to_owned(),
        lag: Duration::from_secs(20),
        ..Output::default()
    };
    let lab = Lab::new(with(Script { output, ..Script::job(Duration::from_secs(60)) }));
    let id = lab.launch("t").await;
    pass(70).await;
    let job = lab.job(id).await;
    assert_eq!(
        (&job["status"], &job["event_processing_finished"]),
        (&json!("successful"), &json!(false))
    );
    let early = lab.get(&format!("/jobs/{id}/stdout/?format=txt")).await.text;
    assert!(!early.contains("PLAY RECAP"), "{early}");
    pass(20).await;
    assert_eq!(lab.job(id).await["event_processing_finished"], true);
    let late = lab.get(&format!("/jobs/{id}/stdout/?format=txt")).await.text;
    assert!(late.contains("a line\nand another\n") && late.contains("PLAY RECAP"), "{late}");
}

#[tokio::test(start_paused = true)]
async fn f35_output_is_lost() {
    let output = Output { lost: true, ..Output::default() };
    let lab = Lab::new(with(Script { output, ..Script::job(Duration::from_secs(1)) }));
    let id = lab.launch("t").await;
    pass(100_000).await;
    assert_eq!(lab.job(id).await["event_processing_finished"], false);
}

#[tokio::test(start_paused = true)]
async fn f37_ids_have_gaps_and_mean_other_jobs_after_a_reinstallation() {
    let config = Config { first_job_id: 7, ids_burnt_per_launch: 2, ..with(Script::default()) };
    let lab = Lab::new(config);
    assert_eq!((lab.launch("t").await, lab.launch("t").await), (7, 10));
    lab.act(Action::Reinstall);
    assert_eq!(lab.get("/jobs/7/").await.status, 404);
    assert!(lab.aap.is_idle());
    pass(50).await;
    assert_eq!(lab.launch("t").await, 7);
    assert_eq!(lab.job(7).await["created"], "2026-01-01T00:00:50.000001Z");
    lab.act(Action::Fail { job: JobRef::Latest { role: "provision".to_owned() } });
    assert_eq!(lab.status(7).await, "failed");
}

#[tokio::test(start_paused = true)]
async fn f38_after_a_restart_what_ran_has_failed() {
    let lab = Lab::new(with(Script::job(Duration::from_secs(60))));
    let first = lab.launch("t").await;
    pass(10).await;
    let second = lab.launch("t").await;
    lab.act(Action::Restart { down_for: Duration::from_secs(90) });
    let answer = lab.get(&format!("/jobs/{first}/")).await;
    assert_eq!((answer.status, answer.text.as_str()), (503, "no healthy upstream"));
    assert!(!lab.aap.is_idle());
    pass(91).await;
    let job = lab.job(first).await;
    assert_eq!(job["status"], "failed");
    let text = "Task was marked as running at system start up. The system must have not shut down \
                properly, so it has been marked as failed.";
    assert_eq!(job["job_explanation"], text);
    assert_eq!(job["finished"], "2026-01-01T00:01:40.000001Z");
    assert_eq!(lab.status(second).await, "waiting", "what was queued goes on");
    pass(70).await;
    assert_eq!(lab.status(second).await, "successful");
}

#[tokio::test(start_paused = true)]
async fn f38_without_a_reaper_jobs_survive_a_restart() {
    let switches = Switches { startup_reaper: false, ..Switches::default() };
    let lab = Lab::new(Config { switches, ..with(Script::job(Duration::from_secs(60))) });
    let id = lab.launch("t").await;
    pass(10).await;
    lab.act(Action::Restart { down_for: Duration::from_secs(90) });
    pass(91).await;
    let job = lab.job(id).await;
    assert_eq!((&job["status"], &job["elapsed"]), (&json!("successful"), &json!(95.0)));
}

#[tokio::test(start_paused = true)]
async fn f39_an_empty_id_meets_the_list_or_nothing() {
    let lab = Lab::new(Config::default());
    let answer = lab.get("/jobs//").await;
    assert_eq!((answer.status, &answer.json()["count"]), (200, &json!(0)));
    let answer = lab.post("/jobs//cancel/", &json!({})).await;
    assert_eq!((answer.status, answer.header("content-type")), (404, "text/html; charset=utf-8"));
    let switches = Switches { merge_slashes: false, ..Switches::default() };
    let lab = Lab::new(Config { switches, ..Config::default() });
    assert_eq!(lab.get("/jobs//").await.status, 404);
}

#[tokio::test(start_paused = true)]
async fn f40_times_are_null_or_have_microseconds() {
    let lab = Lab::new(with(held(&["pending", "running"])));
    let id = lab.launch("t").await;
    let job = lab.job(id).await;
    for field in ["started", "finished", "canceled_on"] {
        assert_eq!(job[field], Value::Null, "{field}");
    }
    assert_eq!(job["created"], "2026-01-01T00:00:00.000001Z");
    // the laboratory's clock begins a microsecond after the second
    tokio::time::advance(Duration::from_micros(999_999)).await;
    lab.act(Action::Advance { job: JobRef::Id(id) });
    assert_eq!(lab.job(id).await["started"], "2026-01-01T00:00:01Z");
}
