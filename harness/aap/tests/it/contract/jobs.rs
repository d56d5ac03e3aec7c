//! Jobs: their documents, cancels, deletions; media types; what is left when a template goes.

use super::Tape;
use super::compare::Body;
use super::installation::{ask, ask_with, config, variables};
use crate::support::{Lab, pass};
use fake_aap::{Action, JobRef};

fn set(lab: &Lab, id: i64, status: &str) {
    lab.act(Action::SetStatus { job: JobRef::Id(id), status: status.to_owned() });
}

/// The recorded controller's statuses were written by hand: nobody had dispatched the job.
const UNDISPATCHED: [&str; 2] = ["controller_node", "instance_group"];

#[tokio::test(start_paused = true)]
async fn jobs_answer_as_recorded() {
    let lab = Lab::new(config());
    let mut tape = Tape::open("05-jobs");
    let body = variables().to_string();
    ask(&lab, "svc", "POST /job_templates/2/launch/", Some(&body)).await;
    ask(&lab, "svc", "POST /workflow_job_templates/6/launch/", Some(&body)).await;
    for (tag, who, line) in [
        ("GET job", "admin", "GET /jobs/2/"),
        ("GET job as svc", "svc", "GET /jobs/2/"),
        ("GET job as nobody", "nobody", "GET /jobs/2/"),
        ("GET job missing", "admin", "GET /jobs/999/"),
        ("GET job 0", "admin", "GET /jobs/0/"),
        ("GET wf id on jobs", "admin", "GET /jobs/3/"),
        ("GET wf id on jobs as svc", "svc", "GET /jobs/3/"),
        ("GET job id on workflow_jobs", "admin", "GET /workflow_jobs/2/"),
        ("GET workflow job", "admin", "GET /workflow_jobs/3/"),
        ("GET unified_jobs?id__in", "admin", "GET /unified_jobs/?id__in=2,3"),
        ("GET unified_jobs/id", "admin", "GET /unified_jobs/2/"),
        ("GET jobs list", "admin", "GET /jobs/"),
        ("GET cancel wf id on jobs", "admin", "GET /jobs/3/cancel/"),
        ("POST cancel wf id on jobs", "admin", "POST /jobs/3/cancel/"),
        ("GET cancel", "admin", "GET /jobs/2/cancel/"),
        ("GET wf cancel", "admin", "GET /workflow_jobs/3/cancel/"),
        ("POST cancel nobody", "nobody", "POST /jobs/2/cancel/"),
        ("DELETE active job", "admin", "DELETE /jobs/2/"),
        ("DELETE active job svc", "svc", "DELETE /jobs/2/"),
        ("POST cancel pending (no body)", "svc", "POST /jobs/2/cancel/"),
        ("GET job after cancel", "admin", "GET /jobs/2/"),
        ("GET cancel after", "admin", "GET /jobs/2/cancel/"),
        ("POST cancel again superuser", "admin", "POST /jobs/2/cancel/"),
        ("POST cancel again svc (creator, not superuser)", "svc", "POST /jobs/2/cancel/"),
        ("POST cancel missing", "admin", "POST /jobs/999/cancel/"),
        ("stdout txt", "admin", "GET /jobs/999/stdout/?format=txt"),
        ("events", "admin", "GET /jobs/2/job_events/"),
        ("POST wf cancel", "admin", "POST /workflow_jobs/3/cancel/"),
        ("GET workflow job after cancel", "admin", "GET /workflow_jobs/3/"),
        ("POST wf cancel again", "admin", "POST /workflow_jobs/3/cancel/"),
    ] {
        tape.check(tag, &ask(&lab, who, line, None).await);
    }
    ask(&lab, "admin", "POST /job_templates/2/launch/", Some(&body)).await;
    let tag = "POST cancel other users job (svc has execute only)";
    tape.check(tag, &ask(&lab, "svc", "POST /jobs/4/cancel/", None).await);
    set(&lab, 4, "running");
    let answer = ask(&lab, "admin", "GET /jobs/4/", None).await;
    tape.check_as("GET running", &answer, Body::Whole, &UNDISPATCHED);
    set(&lab, 4, "failed");
    let answer = ask(&lab, "admin", "GET /jobs/4/", None).await;
    tape.check_as("GET failed", &answer, Body::Whole, &UNDISPATCHED);
    for (tag, line) in [
        ("DELETE finished", "DELETE /jobs/4/"),
        ("GET deleted", "GET /jobs/4/"),
        ("POST cancel deleted", "POST /jobs/4/cancel/"),
        ("PUT job", "PUT /jobs/2/"),
    ] {
        tape.check(tag, &ask(&lab, "admin", line, None).await);
    }
    tape.close();
}

#[tokio::test(start_paused = true)]
async fn parameters_media_types_and_deleted_templates_are_as_recorded() {
    let lab = Lab::new(config());
    let mut tape = Tape::open("12-more");
    let launch = "POST /job_templates/2/launch/";
    ask(&lab, "admin", launch, Some("{}")).await;
    tape.check("job detail ?bogus=1", &ask(&lab, "admin", "GET /jobs/2/?bogus=1", None).await);
    let line = format!("{launch}?bogus=1");
    tape.check("launch POST ?bogus=1", &ask(&lab, "admin", &line, Some("{}")).await);
    tape.check("HEAD job", &ask(&lab, "admin", "HEAD /jobs/2/", None).await);
    let html = [("accept", "text/html")];
    let answer = ask_with(&lab, "admin", "GET /jobs/999/", &html, None).await;
    tape.check_as("accept html job", &answer, Body::Page, &[]);
    let xml = [("accept", "application/xml")];
    tape.check("accept xml job", &ask_with(&lab, "admin", "GET /jobs/2/", &xml, None).await);
    for (tag, path) in [
        ("jobs?status=running", "jobs/?status=running"),
        ("jobs?status=bogus", "jobs/?status=bogus"),
        (
            "jobs?job_template=ID&order_by=-id&page_size=1",
            "jobs/?job_template=2&order_by=-id&page_size=1",
        ),
        ("jobs?extra_vars__contains", "jobs/?extra_vars__contains=x"),
    ] {
        tape.check(tag, &ask(&lab, "admin", &format!("GET /{path}"), None).await);
    }
    let delete = "DELETE /job_templates/2/";
    tape.check("delete JT with active job", &ask(&lab, "admin", delete, None).await);
    let name = "osac-create-compute-instance";
    lab.act(Action::RenameTemplate { name: name.to_owned(), to: "renamed".to_owned() });
    let line = format!("POST /job_templates/{name}/launch/");
    tape.check("launch by old name after rename", &ask(&lab, "admin", &line, Some("{}")).await);
    lab.act(Action::RenameTemplate { name: "renamed".to_owned(), to: name.to_owned() });
    set(&lab, 2, "successful");
    tape.check("delete JT", &ask(&lab, "admin", delete, None).await);
    let answer = ask(&lab, "admin", "GET /jobs/2/", None).await;
    let by_hand = [&UNDISPATCHED[..], &["finished"]].concat();
    tape.check_as("job of deleted JT", &answer, Body::Whole, &by_hand);
    tape.check("job of deleted JT as svc", &ask(&lab, "svc", "GET /jobs/2/", None).await);
    tape.check("launch deleted JT id", &ask(&lab, "admin", launch, Some("{}")).await);
    tape.close();
}

#[tokio::test(start_paused = true)]
async fn events_answer_as_recorded() {
    let mut config = config();
    for template in &mut config.templates {
        for script in &mut template.scripts {
            script.output.failure = "boom".to_owned();
            script.output.lost = true;
        }
    }
    let lab = Lab::new(config);
    let mut tape = Tape::open("08-events");
    ask(&lab, "admin", "POST /job_templates/2/launch/", Some("{}")).await;
    set(&lab, 2, "running");
    set(&lab, 2, "failed");
    for (tag, query) in [
        ("events failed", "?failed=true"),
        ("events order/pagesize", "?order_by=-counter&page_size=1"),
        ("events limit", "?limit=2"),
    ] {
        let answer = ask(&lab, "admin", &format!("GET /jobs/2/job_events/{query}"), None).await;
        tape.check_as(tag, &answer, Body::Shape, &[]);
    }
    let answer = ask(&lab, "admin", "GET /jobs/2/", None).await;
    let by_hand = [&UNDISPATCHED[..], &["started"]].concat();
    tape.check_as("job with missing events", &answer, Body::Shape, &by_hand);
    assert_eq!(answer.json()["event_processing_finished"], false);
    let delete = "DELETE /jobs/2/";
    tape.check("delete with missing events", &ask(&lab, "admin", delete, None).await);
    pass(61).await;
    tape.check("delete with missing events after 1 min", &ask(&lab, "admin", delete, None).await);
    tape.close();
}
