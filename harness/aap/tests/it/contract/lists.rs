//! Lists with their filters, orders and pages; details; names in the place of ids.

use super::Tape;
use super::compare::Body;
use super::installation::{ask, config};
use crate::support::Lab;
use fake_aap::{Config, Switches};

#[tokio::test(start_paused = true)]
async fn lists_answer_as_recorded() {
    let lab = Lab::new(config());
    let mut tape = Tape::open("02-lists");
    let name = "osac-create-compute-instance";
    for (tag, who, path) in [
        ("list by name", "admin", format!("job_templates/?name={name}")),
        ("list by name svc", "svc", format!("job_templates/?name={name}")),
        ("list by name nobody", "nobody", format!("job_templates/?name={name}")),
        ("list by name none", "admin", "job_templates/?name=none".to_owned()),
        ("wf list by name", "admin", "workflow_job_templates/?name=osac-wf".to_owned()),
    ] {
        // `copy` of an ordinary user hangs on rights that the fake does not model
        tape.check(tag, &ask(&lab, who, &format!("GET /{path}"), None).await);
    }
    for query in [
        "?page_size=2",
        "?page_size=2&page=2",
        "?page_size=2&page=99",
        "?page=0",
        "?page=abc",
        "?page=last&page_size=2",
        "?page_size=9999",
        "?page_size=0",
        "?page_size=abc",
        "?order_by=-name",
        "?order_by=bogus",
        "?name__contains=compute",
        "?name__icontains=COMPUTE",
        "?bogus=1",
        "?name__bogus=1",
        "?id=abc",
        "?id__in=",
        "?name=osac-survey&name=osac-noinv",
        "?or__name=osac-survey&or__name=osac-noinv",
        "?not__name=osac-survey",
        "?search=survey",
        "?count_disabled=1",
        "?name=",
        "?name__in=osac-survey,osac-noinv",
    ] {
        let answer = ask(&lab, "admin", &format!("GET /job_templates/{query}"), None).await;
        tape.check_as(query, &answer, Body::Names, &[]);
    }
    for (tag, who, path) in [
        ("jt detail", "admin", "job_templates/2/".to_owned()),
        ("jt detail nobody", "nobody", "job_templates/2/".to_owned()),
        ("jt detail by bare name nobody", "nobody", format!("job_templates/{name}/")),
        ("wfjt detail", "admin", "workflow_job_templates/6/".to_owned()),
    ] {
        tape.check(tag, &ask(&lab, who, &format!("GET /{path}"), None).await);
    }
    tape.close();
}

#[tokio::test(start_paused = true)]
async fn the_flake_of_named_urls_is_as_recorded() {
    let switches = Switches { named_url_flake: true, ..config().switches };
    let lab = Lab::new(Config { switches, ..config() });
    let mut tape = Tape::open("04-named-url-state");
    for (who, path) in [
        ("admin", "/api/v2/workflow_job_templates/osac-wf++osac/"),
        ("admin", "/api/v2/workflow_job_templates/osac-wf/"),
        ("admin", "/api/v2/workflow_job_templates/osac-wf++osac/"),
        ("admin", "/api/v2/workflow_job_templates/osac-wf++osac/"),
        ("admin", "/api/v2/job_templates/osac-create-compute-instance++osac/"),
        ("anon", "/api/v2/job_templates/osac-create-compute-instance/"),
        ("anon", "/api/v2/job_templates/osac-create-compute-instance++osac/"),
        ("anon", "/api/v2/job_templates/osac-create-compute-instance++osac/"),
    ] {
        let answer = ask(&lab, who, &format!("GET {path}"), None).await;
        tape.check_as(&format!("{who} {path}"), &answer, Body::Gist, &[]);
    }
    tape.close();
}
