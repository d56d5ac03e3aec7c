//! The client against replies by hand: what was asked is checked as well as what is made of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use serde_json::{Value, json};
use tower::service_fn;
use tower::util::BoxCloneSyncService;

use super::Client;
use crate::api::{JobKind, JobState, JobType, LaunchIntent, Moment};
use crate::provider::{
    CancelReply, JobRef, LaunchReply, LookUpReply, PollReply, SearchReply, TroubleKind,
};
use crate::settings::Settings;
use crate::{BoxError, Clock, Secret};

const NOW: &str = "2026-02-08T10:00:00Z";

struct Stopped;

impl Clock for Stopped {
    fn now(&self) -> jiff::Timestamp {
        NOW.parse().unwrap()
    }
}

/// What comes back for a request.
#[derive(Clone)]
enum Answer {
    Json(u16, Value),
    Text(u16, &'static str),
    Header(u16, &'static str, &'static str),
    Broken,
    Silence,
}

/// An AAP that answers a list of expected requests in order.
struct Script {
    left: Mutex<Vec<(&'static str, Answer)>>,
    bodies: Mutex<Vec<Value>>,
}

fn client(script: &[(&'static str, Answer)]) -> (Client, Arc<Script>) {
    let mut left = script.to_vec();
    left.reverse();
    let script = Arc::new(Script { left: Mutex::new(left), bodies: Mutex::default() });
    let shared = Arc::clone(&script);
    let transport = BoxCloneSyncService::new(service_fn(move |request: Request<Bytes>| {
        let script = Arc::clone(&shared);
        async move { script.answer(&request).await }
    }));
    let settings = Settings {
        aap_url: "http://aap.example/api/controller/".into(),
        aap_token: Secret::new("t0p"),
        ..Settings::default()
    };
    (Client::new(transport, Arc::new(Stopped), &settings).unwrap(), script)
}

impl Script {
    async fn answer(&self, request: &Request<Bytes>) -> Result<Response<Bytes>, BoxError> {
        assert_eq!(request.headers()["authorization"], "Bearer t0p");
        assert_eq!(request.headers()["accept"], "application/json");
        let path = request.uri().path_and_query().unwrap().as_str();
        let asked = format!("{} {}", request.method(), path);
        if !request.body().is_empty() {
            assert_eq!(request.headers()["content-type"], "application/json");
            self.bodies.lock().unwrap().push(serde_json::from_slice(request.body()).unwrap());
        }
        let (expected, answer) = self.left.lock().unwrap().pop().expect("one request too many");
        assert_eq!(asked, expected.replace("V2", "/api/controller/v2"));
        let reply = Response::builder();
        Ok(match answer {
            Answer::Json(status, body) => {
                reply.status(status).body(Bytes::from(body.to_string()))?
            }
            Answer::Text(status, body) => reply.status(status).body(Bytes::from(body))?,
            Answer::Header(status, name, value) => {
                reply.status(status).header(name, value).body(Bytes::new())?
            }
            Answer::Broken => return Err("reset by peer 127.0.0.1:5432".into()),
            Answer::Silence => {
                tokio::time::sleep(Duration::from_secs(3600)).await;
                reply.body(Bytes::new())?
            }
        })
    }

    fn done(&self) {
        assert!(self.left.lock().unwrap().is_empty(), "a request that was expected never came");
    }
}

fn list(rows: Value) -> Answer {
    Answer::Json(200, json!({"count": 1, "next": null, "previous": null, "results": rows}))
}

const BY_NAME: &str = "GET V2/job_templates/?name=create";
const LAUNCH: &str = "POST V2/job_templates/2/launch/";

fn template() -> (&'static str, Answer) {
    (BY_NAME, list(json!([{"id": 2, "name": "create", "type": "job_template"}])))
}

fn job_ref(id: &str, kind: Option<JobKind>) -> JobRef {
    JobRef { id: id.into(), kind }
}

fn trouble_of(reply: &LaunchReply) -> (bool, TroubleKind) {
    match reply {
        LaunchReply::Accepted { .. } => panic!("accepted"),
        LaunchReply::Refused(trouble) => (true, trouble.kind),
        LaunchReply::Unknown(trouble) => (false, trouble.kind),
    }
}

#[tokio::test(start_paused = true)]
async fn launches_by_number_with_the_whole_object_and_asks_for_the_number_once() {
    let created = json!({"job": 7, "id": 7, "type": "job", "status": "pending",
        "ignored_fields": {}});
    let (client, script) = client(&[
        template(),
        (LAUNCH, Answer::Json(201, created.clone())),
        (LAUNCH, Answer::Json(201, created)),
    ]);
    for _ in 0..2 {
        let reply = client.launch("create", json!({"metadata": {"uid": "u"}})).await;
        let LaunchReply::Accepted { job, variables_ignored } = reply else { panic!("{reply:?}") };
        assert_eq!((job.id.as_str(), job.state), ("7", JobState::Pending));
        assert_eq!((job.kind, variables_ignored), (Some(JobKind::Job), false));
    }
    script.done();
    let body = script.bodies.lock().unwrap()[0].clone();
    let expected = json!({"extra_vars": {"ansible_eda": {"event": {
        "payload": {"metadata": {"uid": "u"}}}}}});
    assert_eq!(body, expected);
}

#[tokio::test(start_paused = true)]
async fn a_workflow_template_is_found_second_and_launched_at_its_own_endpoint() {
    let (client, script) = client(&[
        (BY_NAME, list(json!([]))),
        ("GET V2/workflow_job_templates/?name=create", list(json!([{"id": 6, "name": "create"}]))),
        (
            "POST V2/workflow_job_templates/6/launch/",
            Answer::Json(201, json!({"workflow_job": 9, "id": 9, "status": "pending"})),
        ),
    ]);
    let reply = client.launch("create", json!({})).await;
    let LaunchReply::Accepted { job, .. } = reply else { panic!("{reply:?}") };
    assert_eq!(job.kind, Some(JobKind::WorkflowJob));
    script.done();
}

#[tokio::test(start_paused = true)]
async fn a_named_url_is_asked_for_its_number_in_both_families() {
    let (client, script) = client(&[
        ("GET V2/job_templates/a%20b++osac/", Answer::Json(404, json!({"detail": "x"}))),
        ("GET V2/workflow_job_templates/a%20b++osac/", Answer::Json(200, json!({"id": 6}))),
        ("POST V2/workflow_job_templates/6/launch/", Answer::Json(201, json!({"id": 9}))),
        ("POST V2/workflow_job_templates/6/launch/", Answer::Json(404, json!({"detail": "x"}))),
        ("GET V2/job_templates/a%20b++osac/", Answer::Json(200, json!({"detail": "x"}))),
    ]);
    let mut troubles = Vec::new();
    for _ in 0..3 {
        match client.launch("a b++osac", json!({})).await {
            LaunchReply::Accepted { job, .. } => assert_eq!(job.id, "9"),
            LaunchReply::Refused(trouble) | LaunchReply::Unknown(trouble) => {
                troubles.push(trouble.kind);
            }
        }
    }
    assert_eq!(troubles, [TroubleKind::NotFound, TroubleKind::Malformed]);
    script.done();
}

#[tokio::test(start_paused = true)]
async fn a_sliced_job_template_answers_with_a_workflow_job() {
    let body = json!({"job": null, "workflow_job": 9, "id": 9, "type": "workflow_job"});
    let (client, _) = client(&[template(), (LAUNCH, Answer::Json(201, body))]);
    let reply = client.launch("create", json!({})).await;
    let LaunchReply::Accepted { job, .. } = reply else { panic!("{reply:?}") };
    assert_eq!(job.kind, Some(JobKind::WorkflowJob));
}

#[tokio::test(start_paused = true)]
async fn variables_that_were_ignored_are_noticed() {
    for (ignored, expected) in [
        (json!({}), false),
        (json!({"extra_vars": {}}), false),
        (json!({"extra_vars": {"ansible_eda": {}}}), true),
        (json!({"extra_vars": "{\"a\": 1}"}), true),
        (json!({"limit": "x"}), false),
        (json!(null), false),
    ] {
        let body = json!({"id": 7, "type": "job", "ignored_fields": ignored});
        let (client, _) = client(&[template(), (LAUNCH, Answer::Json(201, body))]);
        let reply = client.launch("create", json!({})).await;
        let LaunchReply::Accepted { variables_ignored, .. } = reply else { panic!("{reply:?}") };
        assert_eq!(variables_ignored, expected, "{ignored}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_launch_was_refused_or_nobody_knows() {
    use TroubleKind::{
        Forbidden, Malformed, RateLimited, Redirected, Rejected, Unauthorized, Unreachable,
    };
    let page = "<html>login</html>";
    for (answer, refused, kind) in [
        (Answer::Json(400, json!({"extra_vars": ["x"]})), true, Rejected),
        (Answer::Json(401, json!({"detail": "x"})), true, Unauthorized),
        (Answer::Json(403, json!({"detail": "x"})), true, Forbidden),
        (Answer::Text(413, page), true, Rejected),
        (Answer::Text(429, page), true, RateLimited),
        (Answer::Header(301, "location", "https://aap/x"), true, Redirected),
        (Answer::Header(307, "location", "https://aap/x"), true, Redirected),
        (Answer::Text(408, page), false, Unreachable),
        (Answer::Text(500, page), false, Unreachable),
        (Answer::Text(503, "no healthy upstream"), false, Unreachable),
        (Answer::Text(200, page), false, Malformed),
        (Answer::Text(201, ""), false, Malformed),
        (Answer::Json(201, json!({"status": "pending"})), false, Malformed),
        (Answer::Json(201, json!({"id": "7"})), false, Malformed),
        (Answer::Broken, false, Unreachable),
        (Answer::Silence, false, Unreachable),
    ] {
        let (client, script) = client(&[template(), (LAUNCH, answer)]);
        let reply = client.launch("create", json!({})).await;
        assert_eq!(trouble_of(&reply), (refused, kind));
        assert!(!format!("{reply:?}").contains("127.0.0.1"), "{reply:?}");
        script.done();
    }
}

#[tokio::test(start_paused = true)]
async fn trouble_with_the_template_is_before_the_launch() {
    use TroubleKind::{Malformed, TemplateUnknown, Unauthorized, Unreachable};
    let none = list(json!([]));
    for (answers, kind) in [
        (vec![none.clone(), none.clone()], TemplateUnknown),
        (vec![list(json!([{"id": 3, "name": "Create"}])), none.clone()], TemplateUnknown),
        (vec![Answer::Text(503, "")], Unreachable),
        (vec![Answer::Json(401, json!({}))], Unauthorized),
        (vec![Answer::Json(200, json!({"detail": "odd"}))], Malformed),
        (vec![none, Answer::Broken], Unreachable),
    ] {
        let paths = [BY_NAME, "GET V2/workflow_job_templates/?name=create"];
        let script: Vec<_> = paths.into_iter().zip(answers).collect();
        let (client, script) = client(&script);
        assert_eq!(trouble_of(&client.launch("create", json!({})).await), (true, kind));
        script.done();
    }
}

#[tokio::test(start_paused = true)]
async fn a_template_that_is_gone_is_asked_for_again() {
    let (client, script) = client(&[
        template(),
        (LAUNCH, Answer::Json(404, json!({"detail": "No JobTemplate matches."}))),
        (BY_NAME, list(json!([{"id": 5, "name": "create"}]))),
        (
            "POST V2/job_templates/5/launch/",
            Answer::Json(201, json!({"id": 8, "type": "job", "status": "pending"})),
        ),
    ]);
    let first = client.launch("create", json!({})).await;
    assert_eq!(trouble_of(&first), (true, TroubleKind::NotFound));
    assert!(matches!(client.launch("create", json!({})).await, LaunchReply::Accepted { .. }));
    script.done();
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_is_asked_for_is_told() {
    let (client, _) = client(&[template(), (LAUNCH, Answer::Header(429, "retry-after", "120"))]);
    let LaunchReply::Refused(trouble) = client.launch("create", json!({})).await else {
        panic!("not refused")
    };
    assert_eq!(trouble.retry_after, Some(Duration::from_secs(120)));
}

fn document(id: u64, kind: &str, status: &str) -> Value {
    json!({"id": id, "type": kind, "status": status, "job_explanation": "", "finished": null})
}

#[tokio::test(start_paused = true)]
async fn a_job_is_polled_at_the_endpoint_of_its_kind() {
    for (kind, path) in [
        (None, "GET V2/jobs/7/"),
        (Some(JobKind::Job), "GET V2/jobs/7/"),
        (Some(JobKind::WorkflowJob), "GET V2/workflow_jobs/7/"),
    ] {
        let (client, script) = client(&[(path, Answer::Json(200, document(7, "job", "running")))]);
        let PollReply::Seen(job) = client.poll("u", &job_ref("7", kind), true).await else {
            panic!("not seen")
        };
        assert_eq!(job.state, JobState::Running);
        script.done();
    }
}

#[tokio::test(start_paused = true)]
async fn an_absence_is_confirmed_in_the_list_of_all_jobs() {
    let missing = ("GET V2/jobs/7/", Answer::Json(404, json!({"detail": "No Job matches."})));
    let all = "GET V2/unified_jobs/?id=7";
    let (gone, script) = client(&[missing.clone(), (all, list(json!([])))]);
    assert_eq!(gone.poll("u", &job_ref("7", None), true).await, PollReply::Absent);
    script.done();

    let row = document(7, "workflow_job", "running");
    let (elsewhere, _) = client(&[missing.clone(), (all, list(json!([row])))]);
    let PollReply::Seen(job) = elsewhere.poll("u", &job_ref("7", None), true).await else {
        panic!("not seen")
    };
    assert_eq!(job.kind, Some(JobKind::WorkflowJob));

    let (unwell, _) = client(&[missing.clone(), (all, Answer::Text(502, "bad gateway"))]);
    let reply = unwell.poll("u", &job_ref("7", None), true).await;
    assert!(matches!(reply, PollReply::Trouble(_)), "{reply:?}");

    let (trusting, script) = client(&[missing]);
    assert_eq!(trusting.poll("u", &job_ref("7", None), false).await, PollReply::Absent);
    script.done();
}

#[tokio::test(start_paused = true)]
async fn a_job_of_that_id_that_was_launched_for_another_object_is_not_the_one() {
    for (uid, absent) in [("u", false), ("other", true)] {
        let mut document = row(7, uid, 1, NOW);
        document["status"] = "successful".into();
        let (client, _) = client(&[("GET V2/jobs/7/", Answer::Json(200, document))]);
        let reply = client.poll("u", &job_ref("7", None), true).await;
        assert_eq!(reply == PollReply::Absent, absent, "{reply:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_id_that_is_no_number_never_leaves() {
    let (client, _) = client(&[]);
    for id in ["", "0", "-1", "eda-webhook-1", "7/../8", "7/cancel", "99999999999999999999"] {
        assert_eq!(client.poll("u", &job_ref(id, None), true).await, PollReply::Absent, "{id}");
        assert_eq!(client.cancel(&job_ref(id, None)).await, CancelReply::Refused, "{id}");
    }
}

#[tokio::test(start_paused = true)]
async fn odd_answers_to_a_poll_are_trouble_and_no_job() {
    use TroubleKind::{Forbidden, Malformed, Redirected, Unauthorized, Unreachable};
    for (answer, kind) in [
        (Answer::Text(200, "<html>"), Malformed),
        (Answer::Text(200, ""), Malformed),
        (Answer::Json(200, document(8, "job", "running")), Malformed),
        (Answer::Json(200, json!({"count": 0, "results": []})), Malformed),
        (Answer::Json(401, json!({})), Unauthorized),
        (Answer::Json(403, json!({})), Forbidden),
        (Answer::Text(500, "x"), Unreachable),
        (Answer::Header(302, "location", "/login"), Redirected),
        (Answer::Text(304, ""), Redirected),
        (Answer::Broken, Unreachable),
        (Answer::Silence, Unreachable),
    ] {
        let (client, _) = client(&[("GET V2/jobs/7/", answer)]);
        let reply = client.poll("u", &job_ref("7", None), true).await;
        let PollReply::Trouble(trouble) = reply else { panic!("{reply:?}") };
        assert_eq!(trouble.kind, kind);
    }
}

#[tokio::test(start_paused = true)]
async fn a_silent_failure_is_explained_by_its_events() {
    let events = "GET V2/jobs/7/job_events/?event=runner_on_failed&order_by=-counter&page_size=1";
    let failed = ("GET V2/jobs/7/", Answer::Json(200, document(7, "job", "failed")));
    let row = json!({"task": "make it", "event_data": {"res": {"msg": "no room, token=t0p"}}});
    for (answer, message) in [
        (list(json!([row])), "task `make it` failed: no room, token=***"),
        (list(json!([{"event_data": {"res": {"msg": "alone"}}}])), "alone"),
        (list(json!([{"event_data": {}}])), ""),
        (list(json!([])), ""),
        (Answer::Text(500, ""), ""),
    ] {
        let (client, script) = client(&[failed.clone(), (events, answer)]);
        let PollReply::Seen(job) = client.poll("u", &job_ref("7", None), true).await else {
            panic!("not seen")
        };
        assert_eq!((job.state, job.message.as_str()), (JobState::Failed, message));
        script.done();
    }
}

#[tokio::test(start_paused = true)]
async fn cancels_are_taken_refused_or_lost() {
    for (answer, expected) in [
        (Answer::Text(202, ""), Some(CancelReply::Accepted)),
        (Answer::Json(405, json!({"detail": "x"})), Some(CancelReply::Refused)),
        (Answer::Json(403, json!({"detail": "x"})), Some(CancelReply::Refused)),
        (Answer::Json(404, json!({"detail": "x"})), Some(CancelReply::Refused)),
        (Answer::Json(401, json!({"detail": "x"})), None),
        (Answer::Text(503, ""), None),
        (Answer::Broken, None),
    ] {
        let (client, _) = client(&[("POST V2/workflow_jobs/7/cancel/", answer)]);
        let reply = client.cancel(&job_ref("7", Some(JobKind::WorkflowJob))).await;
        match expected {
            Some(expected) => assert_eq!(reply, expected),
            None => assert!(matches!(reply, CancelReply::Trouble(_)), "{reply:?}"),
        }
    }
}

fn intent() -> LaunchIntent {
    LaunchIntent {
        job_type: JobType::Provision,
        attempt: 2,
        config_version: "v".into(),
        since: Moment(NOW.parse().unwrap()),
    }
}

fn row(id: u64, uid: &str, attempt: i64, created: &str) -> Value {
    let payload = json!({"metadata": {"uid": uid},
        "status": {"launchIntent": {"type": "provision", "attempt": attempt}}});
    let variables = json!({"ansible_eda": {"event": {"payload": payload}}}).to_string();
    json!({"id": id, "type": "job", "status": "running", "created": created,
        "launch_type": "manual", "extra_vars": variables})
}

fn page(rows: Value, more: bool) -> Answer {
    let next = if more { json!("/api/v2/unified_jobs/?page=2") } else { Value::Null };
    Answer::Json(200, json!({"count": 99, "next": next, "previous": null, "results": rows}))
}

const PAGE_1: &str = "GET V2/unified_jobs/?unified_job_template=2&order_by=-id&page=1&page_size=50";
const PAGE_2: &str = "GET V2/unified_jobs/?unified_job_template=2&order_by=-id&page=2&page_size=50";

#[tokio::test(start_paused = true)]
async fn a_lost_job_is_found_by_uid_and_attempt_on_any_page() {
    let others = json!([row(12, "u", 3, NOW), row(11, "other", 2, NOW), {"id": 10}]);
    let (client, script) = client(&[
        template(),
        (PAGE_1, page(others, true)),
        (PAGE_2, page(json!([row(9, "u", 2, NOW), row(8, "u", 2, NOW)]), true)),
    ]);
    let LookUpReply::Found(job) = client.look_up("create", "u", &intent()).await else {
        panic!("not found")
    };
    assert_eq!((job.id.as_str(), job.state), ("9", JobState::Running));
    script.done();
}

#[tokio::test(start_paused = true)]
async fn a_look_up_ends_at_jobs_that_are_older_than_the_launch() {
    let old = row(9, "other", 2, "2026-02-08T09:54:59Z");
    let (client, script) = client(&[template(), (PAGE_1, page(json!([old]), true))]);
    assert_eq!(client.look_up("create", "u", &intent()).await, LookUpReply::Missing);
    script.done();
}

#[tokio::test(start_paused = true)]
async fn a_look_up_that_is_cut_short_finds_nothing_out() {
    for answer in [Answer::Text(503, ""), Answer::Json(200, json!({})), Answer::Silence] {
        let first = page(json!([row(12, "other", 3, NOW)]), true);
        let (client, _) = client(&[template(), (PAGE_1, first), (PAGE_2, answer)]);
        let reply = client.look_up("create", "u", &intent()).await;
        assert!(matches!(reply, LookUpReply::Trouble(_)), "{reply:?}");
    }
}

const ACTIVE: &str = "GET V2/unified_jobs/?unified_job_template=2\
    &status__in=new,pending,waiting,running&order_by=-id&page=1&page_size=50";

#[tokio::test(start_paused = true)]
async fn active_jobs_of_an_object_are_listed_whatever_their_attempt() {
    let rows = json!([row(12, "u", 3, NOW), row(11, "other", 2, NOW), row(9, "u", 1, NOW)]);
    let (client, script) = client(&[template(), (ACTIVE, page(rows, false))]);
    let SearchReply::Active(found) = client.active("create", "u").await else { panic!("trouble") };
    let ids: Vec<_> = found.iter().map(|job| job.id.as_str()).collect();
    assert_eq!(ids, ["12", "9"]);
    script.done();
}

#[tokio::test(start_paused = true)]
async fn a_template_that_is_gone_has_no_active_jobs_and_a_silent_aap_may_have() {
    let none = list(json!([]));
    let workflow = "GET V2/workflow_job_templates/?name=create";
    let (gone, _) = client(&[(BY_NAME, none.clone()), (workflow, none)]);
    assert_eq!(gone.active("create", "u").await, SearchReply::Active(vec![]));
    let (silent, _) = client(&[template(), (ACTIVE, Answer::Silence)]);
    assert!(matches!(silent.active("create", "u").await, SearchReply::Trouble(_)));
}

#[test]
fn an_address_that_is_none_is_refused_and_not_shown() {
    for url in ["", "aap.example", "ftp://aap", "http://", "https://u:pw@", "http://aap/?a=b"] {
        let transport = BoxCloneSyncService::new(service_fn(|_: Request<Bytes>| async {
            Err::<Response<Bytes>, BoxError>("unused".into())
        }));
        let settings = Settings { aap_url: url.into(), ..Settings::default() };
        let error = Client::new(transport, Arc::new(Stopped), &settings).err();
        let text = error.unwrap_or_else(|| panic!("{url} was taken")).to_string();
        assert_eq!(text, "the setting `OSAC_AAP_URL` is not an http or https URL");
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_in_the_address_is_not_doubled() {
    for url in ["http://aap.example/api/controller/v2/", "http://aap.example/api/controller/v2"] {
        let (mut client, script) =
            client(&[("GET V2/jobs/7/", Answer::Json(200, document(7, "job", "pending")))]);
        let settings = Settings { aap_url: url.into(), ..Settings::default() };
        let again = Client::new(client.transport.clone(), Arc::new(Stopped), &settings).unwrap();
        client.base = again.base;
        assert!(matches!(client.poll("u", &job_ref("7", None), true).await, PollReply::Seen(_)));
        script.done();
    }
}

#[tokio::test(start_paused = true)]
async fn a_token_that_cannot_be_sent_is_a_refusal() {
    let (mut client, _) = client(&[]);
    client.token = Secret::new("two\nlines");
    let reply = client.launch("create", json!({})).await;
    assert_eq!(trouble_of(&reply), (true, TroubleKind::Unauthorized));
}
