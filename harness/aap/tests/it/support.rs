//! A fake under a paused clock, and a client for it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::Body;
use fake_aap::{Action, Announcement, Config, DEFAULT_TOKEN, FakeAap, JobView};
use http_body_util::BodyExt;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Where the default configuration serves the API.
pub const ROOT: &str = "/api/controller/v2";

/// A fake with its client and what it announced.
pub struct Lab {
    pub aap: FakeAap,
    pub token: String,
    announced: Arc<Mutex<Vec<Announcement>>>,
}

/// An answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("no JSON: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn detail(&self) -> String {
        self.json()["detail"].as_str().unwrap_or_default().to_owned()
    }
}

impl Lab {
    pub fn new(config: Config) -> Lab {
        let zero = tokio::time::Instant::now();
        let epoch: Timestamp = "2026-01-01T00:00:00.000001Z".parse().unwrap();
        let now = Arc::new(move || epoch + SignedDuration::try_from(zero.elapsed()).unwrap());
        let count = Mutex::new(0_u64);
        let dice = Arc::new(move || {
            let mut count = count.lock().unwrap();
            *count += 1;
            count.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
        let announced = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&announced);
        let announce = Arc::new(move |news: &Announcement| log.lock().unwrap().push(news.clone()));
        let aap = FakeAap::new(config, now, dice, announce);
        Lab { aap, token: DEFAULT_TOKEN.to_owned(), announced }
    }

    pub async fn send(&self, request: http::Request<Body>) -> Answer {
        let response = self.aap.service().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        Answer { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    pub fn request(&self, method: &str, path: &str) -> http::request::Builder {
        let full = if path.starts_with("/api") { path.to_owned() } else { format!("{ROOT}{path}") };
        let bearer = format!("Bearer {}", self.token);
        http::Request::builder().method(method).uri(full).header("authorization", bearer)
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request("GET", path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.request("POST", path).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request("DELETE", path).body(Body::empty()).unwrap()).await
    }

    /// The id of the first template of that name.
    pub async fn template(&self, resource: &str, name: &str) -> i64 {
        let list = self.get(&format!("/{resource}/?name={name}")).await.json();
        list["results"][0]["id"].as_i64().unwrap()
    }

    /// Launches a job template by its bare name; gives the job's id.
    pub async fn launch(&self, name: &str) -> i64 {
        let path = format!("/job_templates/{name}/launch/");
        let answer = self.post(&path, &json!({"extra_vars": {"a": 1}})).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.json()["id"].as_i64().unwrap()
    }

    pub async fn job(&self, id: i64) -> Value {
        let answer = self.get(&format!("/jobs/{id}/")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()
    }

    pub async fn status(&self, id: i64) -> String {
        self.job(id).await["status"].as_str().unwrap().to_owned()
    }

    pub async fn cancel(&self, id: i64) -> Answer {
        let request = self.request("POST", &format!("/jobs/{id}/cancel/"));
        self.send(request.body(Body::empty()).unwrap()).await
    }

    pub fn act(&self, action: Action) {
        self.aap.act(action).unwrap();
    }

    pub fn view(&self, id: i64) -> JobView {
        self.aap.jobs().into_iter().find(|job| job.id == id).unwrap()
    }

    /// What was announced, in short, since the last time.
    pub fn news(&self) -> Vec<String> {
        let short = |news: Announcement| match news {
            Announcement::Launched { job, by, .. } => {
                format!("launched {} {} by {by}", job.role, job.id)
            }
            Announcement::Status { job, status, .. } => format!("{job} {status}"),
            Announcement::Moment { job, name, .. } => format!("{job} moment {name}"),
            Announcement::CancelRequested { job, by, .. } => format!("{job} cancel by {by}"),
            Announcement::Purged { job, .. } => format!("{job} purged"),
        };
        std::mem::take(&mut *self.announced.lock().unwrap()).into_iter().map(short).collect()
    }
}

pub async fn pass(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}
