//! Faults in front of the server, each felt by a client.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use apiserver::faults::{Broken, Fault, Faults, Outcome};
use apiserver::{ApiServer, KubeService};
use axum::body::Body;
use http::Request;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::support::{Http, WIDGETS, server, widget};

/// A client whose next request meets a fault.
struct Victim {
    service: Faults<KubeService>,
    next: Arc<Mutex<Fault>>,
}

impl Victim {
    fn new(server: &ApiServer) -> Self {
        let next = Arc::new(Mutex::new(Fault::default()));
        let fault = next.clone();
        let service =
            Faults::new(server.service(), move |_| std::mem::take(&mut *fault.lock().unwrap()));
        Self { service, next }
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<&Value>,
        outcome: Outcome,
    ) -> Result<(u16, Value), Broken> {
        *self.next.lock().unwrap() = Fault { latency: Duration::from_secs(1), outcome };
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = Request::builder().method(method).uri(path);
        let request = request.header("content-type", "application/json").body(body).unwrap();
        let answer = self.service.clone().oneshot(request).await?;
        let code = answer.status().as_u16();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        Ok((code, serde_json::from_slice(&bytes).unwrap_or_default()))
    }
}

#[tokio::test(start_paused = true)]
async fn requests_are_late_refused_lost_or_executed_without_an_answer() {
    let server = server();
    let (victim, other) = (Victim::new(&server), Http::new(&server, "other"));
    let start = tokio::time::Instant::now();
    let made = victim.send("POST", WIDGETS, Some(&widget("a")), Outcome::Served).await.unwrap();
    assert_eq!((made.0, start.elapsed()), (201, Duration::from_secs(1)));
    let refusal = Outcome::refused(503, "ServiceUnavailable", "later");
    let (code, found) = victim.send("GET", WIDGETS, None, refusal).await.unwrap();
    assert_eq!((code, &found["reason"]), (503, &json!("ServiceUnavailable")));
    for (outcome, code) in [(Outcome::conflict(), 409), (Outcome::expired(), 410)] {
        assert_eq!(victim.send("GET", WIDGETS, None, outcome).await.unwrap().0, code);
    }
    let lost = victim.send("POST", WIDGETS, Some(&widget("b")), Outcome::Lost).await;
    assert_eq!(lost, Err(Broken));
    assert_eq!(other.get(&format!("{WIDGETS}/b")).await.0, 404);
    let lost = victim.send("POST", WIDGETS, Some(&widget("b")), Outcome::AnswerLost).await;
    assert_eq!(lost, Err(Broken));
    assert_eq!(other.get(&format!("{WIDGETS}/b")).await.0, 200);
}

#[tokio::test(start_paused = true)]
async fn reads_come_from_an_old_revision() {
    let server = server();
    let (victim, other) = (Victim::new(&server), Http::new(&server, "other"));
    let before = server.revision();
    other.post(WIDGETS, &widget("a")).await;
    let then = server.revision();
    let path = format!("{WIDGETS}/a");
    other.merge(&path, &json!({"spec": {"color": "red"}})).await;
    let read = |path: String, at: u64| {
        let victim = &victim;
        async move { victim.send("GET", &path, None, Outcome::ServedAt(at)).await.unwrap() }
    };
    let (_, found) = read(path.clone(), then).await;
    assert_eq!(found["spec"]["color"], Value::Null);
    assert_eq!(read(path.clone(), before).await.0, 404);
    let (_, list) = read(WIDGETS.to_owned(), then).await;
    assert_eq!(list["items"][0]["spec"]["color"], Value::Null);
    assert_eq!(list["metadata"]["resourceVersion"], then.to_string());
    let (_, list) = read(WIDGETS.to_owned(), before).await;
    assert_eq!(list["items"], json!([]));
    assert_eq!(other.get(&path).await.1["spec"]["color"], "red");
    server.compact();
    assert_eq!(read(path, then).await.0, 410);
}
