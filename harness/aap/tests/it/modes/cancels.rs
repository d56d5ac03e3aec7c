//! Modes of cancels.

use std::time::Duration;

use fake_aap::{Action, Cancel, Config, JobRef, Moment, MomentAt, Script, Switches, Token};
use serde_json::{Value, json};

use super::{held, with};
use crate::support::{Lab, pass};

fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

/// A job in this status, with this answer to cancels.
async fn job_in(status: &str, cancel: Cancel) -> (Lab, i64) {
    let lab = Lab::new(with(Script { cancel, ..held(&[status]) }));
    let id = lab.launch("t").await;
    (lab, id)
}

#[tokio::test(start_paused = true)]
async fn f27_a_cancel_before_the_start_is_done_at_once() {
    for status in ["pending", "waiting"] {
        let (lab, id) = job_in(status, Cancel::Classic).await;
        let answer = lab.cancel(id).await;
        assert_eq!((answer.status, answer.text.as_str()), (202, ""));
        assert_eq!(answer.header("content-type"), "");
        let job = lab.job(id).await;
        assert_eq!((&job["status"], &job["started"]), (&json!("canceled"), &Value::Null));
        assert_eq!((&job["canceled_on"], &job["job_explanation"]), (&job["finished"], &json!("")));
    }
}

#[tokio::test(start_paused = true)]
async fn f27_a_running_job_is_canceled_after_a_while() {
    let (lab, id) = job_in("running", Cancel::Running(seconds(40))).await;
    assert_eq!(lab.cancel(id).await.status, 202);
    pass(39).await;
    let job = lab.job(id).await;
    assert_eq!((&job["status"], job["canceled_on"].is_string()), (&json!("running"), true));
    assert_eq!(lab.cancel(id).await.status, 202, "again, and nothing changes");
    pass(1).await;
    let job = lab.job(id).await;
    assert_eq!((&job["status"], &job["elapsed"]), (&json!("canceled"), &json!(40.0)));
    let expected = [
        "launched provision 100 by admin",
        "100 cancel by admin",
        "100 cancel by admin",
        "100 canceled",
    ];
    assert_eq!(lab.news(), expected);
}

#[tokio::test(start_paused = true)]
async fn f27_a_pending_job_is_canceled_later_in_2026() {
    let (lab, id) = job_in("pending", Cancel::DelayedPending(seconds(10))).await;
    assert_eq!(lab.cancel(id).await.status, 202);
    assert_eq!(lab.status(id).await, "pending");
    pass(10).await;
    let job = lab.job(id).await;
    assert_eq!((&job["status"], &job["started"]), (&json!("canceled"), &Value::Null));
    assert_eq!(job["job_explanation"], "This job was canceled before it started.");
    let switches = Switches { cancel_2026: true, ..Switches::default() };
    let lab = Lab::new(Config { switches, ..with(held(&["pending"])) });
    let id = lab.launch("t").await;
    lab.cancel(id).await;
    assert_eq!(lab.status(id).await, "pending");
    pass(20).await;
    assert_eq!(lab.status(id).await, "canceled");
}

#[tokio::test(start_paused = true)]
async fn f28_a_cancel_is_ignored_for_long() {
    let (lab, id) = job_in("running", Cancel::Ignored(Some(seconds(600)))).await;
    assert_eq!(lab.cancel(id).await.status, 202);
    pass(599).await;
    assert_eq!(lab.job(id).await["status"], "running");
    assert!(lab.job(id).await["canceled_on"].is_string());
    pass(1).await;
    assert_eq!(lab.status(id).await, "canceled");
}

#[tokio::test(start_paused = true)]
async fn f28_a_job_ends_well_in_spite_of_a_cancel() {
    let script = Script { cancel: Cancel::Ignored(None), ..Script::job(seconds(30)) };
    let lab = Lab::new(with(script));
    let id = lab.launch("t").await;
    pass(10).await;
    assert_eq!(lab.cancel(id).await.status, 202);
    pass(60).await;
    assert_eq!(lab.status(id).await, "successful");
    assert_eq!(lab.cancel(id).await.status, 405);
}

#[tokio::test(start_paused = true)]
async fn f29_a_canceled_job_flips_when_its_playbook_ends() {
    let moment = |name: &str, at| Moment { name: name.to_owned(), at };
    let script = Script {
        cancel: Cancel::ForcedThenFlips { to: "successful".to_owned(), after: seconds(60) },
        moments: vec![
            moment("vm", MomentAt::Running(seconds(20))),
            moment("annotate", MomentAt::BeforeSuccess),
        ],
        ..held(&["running"])
    };
    let lab = Lab::new(with(script));
    let id = lab.launch("t").await;
    pass(10).await;
    assert_eq!(lab.cancel(id).await.status, 202);
    let canceled = lab.job(id).await;
    assert_eq!(canceled["status"], "canceled");
    pass(60).await;
    let flipped = lab.job(id).await;
    assert_eq!((&flipped["status"], &flipped["failed"]), (&json!("successful"), &json!(false)));
    assert_eq!(flipped["finished"], canceled["finished"], "it is never rewritten");
    let expected = [
        "launched provision 100 by admin",
        "100 cancel by admin",
        "100 canceled",
        "100 moment vm",
        "100 moment annotate",
        "100 successful",
    ];
    assert_eq!(lab.news(), expected);
}

#[tokio::test(start_paused = true)]
async fn f30_a_cancel_of_an_ended_job_is_405_or_403() {
    let tokens = vec![Token::superuser("root"), Token::user("svc", "svc")];
    let mut lab = Lab::new(Config { tokens, ..with(held(&["running"])) });
    lab.token = "svc".to_owned();
    let id = lab.launch("t").await;
    lab.act(Action::Fail { job: JobRef::Id(id) });
    let answer = lab.cancel(id).await;
    assert_eq!(answer.status, 403, "also for whoever launched it");
    assert_eq!(answer.detail(), "You do not have permission to perform this action.");
    lab.token = "root".to_owned();
    let answer = lab.cancel(id).await;
    assert_eq!((answer.status, answer.detail()), (405, "Method \"POST\" not allowed.".to_owned()));
    assert_eq!(answer.header("allow"), "GET, POST, HEAD, OPTIONS");
    assert_eq!(lab.get(&format!("/jobs/{id}/cancel/")).await.json(), json!({"can_cancel": false}));
}

#[tokio::test(start_paused = true)]
async fn f31_a_cancel_of_another_users_job_is_forbidden() {
    let tokens = vec![Token::user("one", "one"), Token::user("two", "two")];
    let mut lab = Lab::new(Config { tokens, ..with(held(&["running"])) });
    lab.token = "one".to_owned();
    let id = lab.launch("t").await;
    lab.token = "two".to_owned();
    assert_eq!(lab.cancel(id).await.status, 403);
    assert_eq!(lab.status(id).await, "running");
    lab.token = "one".to_owned();
    assert_eq!(lab.cancel(id).await.status, 202);
}

#[tokio::test(start_paused = true)]
async fn f31_a_cancel_is_refused_while_the_job_runs() {
    for (cancel, status) in [(Cancel::Refused403, 403), (Cancel::Refused405, 405)] {
        let (lab, id) = job_in("running", cancel).await;
        assert_eq!(lab.cancel(id).await.status, status);
        let job = lab.job(id).await;
        assert_eq!((&job["status"], &job["canceled_on"]), (&json!("running"), &Value::Null));
        let can = lab.get(&format!("/jobs/{id}/cancel/")).await.json();
        assert_eq!(can, json!({"can_cancel": true}));
    }
}

#[tokio::test(start_paused = true)]
async fn f32_an_admin_cancels_in_the_user_interface() {
    let tokens = vec![Token::user("svc", "svc")];
    let mut lab = Lab::new(Config { tokens, ..with(held(&["running"])) });
    lab.token = "svc".to_owned();
    let id = lab.launch("t").await;
    lab.act(Action::Cancel { job: JobRef::Latest { role: "provision".to_owned() } });
    assert_eq!(lab.status(id).await, "running");
    pass(5).await;
    let job = lab.job(id).await;
    assert_eq!((&job["status"], &job["job_explanation"]), (&json!("canceled"), &json!("")));
    assert_eq!(lab.news()[1], "100 cancel by admin");
}
