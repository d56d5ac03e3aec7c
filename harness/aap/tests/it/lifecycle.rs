//! A job's way from launch to end.

use fake_aap::Config;
use serde_json::json;

use crate::support::{Lab, pass};

#[tokio::test(start_paused = true)]
async fn a_job_follows_its_script_and_tells_of_each_step() {
    let lab = Lab::new(Config::default());
    let id = lab.template("job_templates", "osac-create-compute-instance").await;
    let body = json!({"extra_vars": {"ansible_eda": {"event": {"payload": {"a": "ü"}}}}});
    let launch = lab.post(&format!("/job_templates/{id}/launch/"), &body).await;
    assert_eq!((launch.status, launch.header("location")), (201, "/api/controller/v2/jobs/100/"));
    let job = launch.json();
    assert_eq!((&job["job"], &job["status"]), (&json!(100), &json!("pending")));
    let text = r#"{"ansible_eda": {"event": {"payload": {"a": "\u00fc"}}}}"#;
    assert_eq!(job["extra_vars"], text);
    assert!(!lab.aap.is_idle());
    pass(3).await;
    assert_eq!(lab.status(100).await, "waiting");
    pass(3).await;
    let job = lab.job(100).await;
    assert_eq!(job["status"], "running");
    assert_eq!(job["started"], "2026-01-01T00:00:05.000001Z");
    assert_eq!(job["elapsed"], 1.0);
    pass(171).await;
    let job = lab.job(100).await;
    assert_eq!((&job["status"], &job["failed"]), (&json!("successful"), &json!(false)));
    assert_eq!(job["finished"], "2026-01-01T00:02:56.000001Z");
    assert_eq!(job["elapsed"], 171.0);
    assert!(lab.aap.is_idle());
    let expected =
        ["launched provision 100 by admin", "100 waiting", "100 running", "100 successful"];
    assert_eq!(lab.news(), expected);
    assert_eq!(lab.aap.role_of("/api/controller/v2/jobs/100/").as_deref(), Some("provision"));
}
