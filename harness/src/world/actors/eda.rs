//! The fake EDA: the webhook receiver of a rulebook, and the playbooks that its rules start.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Body;
use scenario::plan::{Eda, EdaScript, EffectAt};
use serde_json::Value;
use trace::{Happening, LogLine, Webhook};

use super::playbook::Playbook;
use crate::world::classify;
use crate::world::recorder::Recorder;

/// The receiver refuses larger bodies.
const BODY_BYTES_MAX: usize = 1024 * 1024;

/// A receiver; cheap to clone.
#[derive(Clone)]
pub struct Receiver {
    plan: Arc<Eda>,
    playbook: Playbook,
    recorder: Recorder,
    /// Accepted events of each role so far: the nth follows the nth script.
    accepted: Arc<Mutex<[usize; 2]>>,
    /// Playbooks that will still do something.
    playing: Arc<AtomicUsize>,
}

impl Receiver {
    /// A receiver that follows a plan.
    pub fn new(plan: Eda, playbook: Playbook, recorder: Recorder) -> Receiver {
        let accepted = Arc::new(Mutex::new([0; 2]));
        Receiver { plan: Arc::new(plan), playbook, recorder, accepted, playing: Arc::default() }
    }

    /// No playbook is due to start or to do something more.
    pub fn is_idle(&self) -> bool {
        self.playing.load(Ordering::Relaxed) == 0
    }

    /// The receiver as a service.
    pub fn service(
        &self,
    ) -> impl tower::Service<
        http::Request<Body>,
        Response = http::Response<Body>,
        Error = Infallible,
        Future: Send + 'static,
    >
    + Clone
    + Send
    + Sync
    + 'static
    + use<> {
        let receiver = self.clone();
        tower::service_fn(move |request| {
            let receiver = receiver.clone();
            async move { Ok(receiver.receive(request).await) }
        })
    }

    async fn receive(&self, request: http::Request<Body>) -> http::Response<Body> {
        let endpoint = request.uri().path().trim_start_matches('/').to_owned();
        if request.method() != http::Method::POST {
            let mut refusal = answer(405, "405: Method Not Allowed");
            refusal
                .headers_mut()
                .insert(http::header::ALLOW, http::HeaderValue::from_static("POST"));
            return refusal;
        }
        let Ok(bytes) = axum::body::to_bytes(request.into_body(), BODY_BYTES_MAX).await else {
            return answer(413, "Maximum request body size 1048576 exceeded");
        };
        let Ok(payload) = serde_json::from_slice::<Value>(&bytes) else {
            return answer(400, "Invalid JSON payload");
        };
        self.take(&endpoint, Arc::new(payload));
        answer(200, &endpoint)
    }

    /// 200 only means that the event is queued: whether a rule fires shows later.
    fn take(&self, endpoint: &str, payload: Arc<Value>) {
        let role = classify::eda_role(endpoint);
        let script = role.and_then(|role| self.next_script(role));
        let (uid, object) = classify::instance_of_object(&payload);
        let note = match &script {
            None => "no rule matches the endpoint",
            Some(script) if script.lost => "the event is lost",
            Some(script) if script.twice => "delivered twice",
            Some(_) => "",
        };
        self.recorder.record(Happening::Webhook(Webhook {
            endpoint: endpoint.to_owned(),
            role: role.unwrap_or_default().to_owned(),
            accepted: true,
            note: note.to_owned(),
            uid,
            object,
        }));
        let Some(script) = script.filter(|script| !script.lost) else { return };
        let runs = if script.twice { 2 } else { 1 };
        for _ in 0..runs {
            let playing = Playing::begin(&self.playing);
            let play = self.clone().play(script.clone(), Arc::clone(&payload));
            tokio::spawn(async move {
                play.await;
                drop(playing);
            });
        }
    }

    fn next_script(&self, role: &str) -> Option<EdaScript> {
        let (scripts, at) = match role {
            "provision" => (&self.plan.provision, 0),
            _ => (&self.plan.deprovision, 1),
        };
        let mut accepted = self.accepted.lock().unwrap_or_else(PoisonError::into_inner);
        let nth = accepted[at];
        accepted[at] += 1;
        scripts.get(nth).or(scripts.last()).cloned()
    }

    /// Runs a playbook: its effects in order of their time. One that fails ends it.
    async fn play(self, script: EdaScript, payload: Arc<Value>) {
        tokio::time::sleep(script.starts_after).await;
        let began = tokio::time::Instant::now();
        let mut timed = Vec::new();
        for effect in &script.effects {
            match effect.at {
                EffectAt::Running(after) => timed.push((began + after, effect.what)),
                EffectAt::BeforeEnd if script.succeeds => {
                    let Some(runs) = script.runs else { continue };
                    timed.push((began + runs, effect.what));
                }
                EffectAt::BeforeEnd => {}
                EffectAt::AfterEnd(after) => {
                    let Some(runs) = script.runs else { continue };
                    timed.push((began + runs + after, effect.what));
                }
            }
        }
        timed.sort_by_key(|(at, _)| *at);
        for (at, effect) in timed {
            tokio::time::sleep_until(at).await;
            if let Err(error) = self.playbook.perform(effect, &payload).await {
                let text = format!("the playbook failed at {effect:?}: {error}");
                self.recorder.record(Happening::Log(LogLine { level: "WARN".to_owned(), text }));
                return;
            }
        }
    }
}

/// While it lives, a playbook has something to do.
struct Playing(Arc<AtomicUsize>);

impl Playing {
    fn begin(count: &Arc<AtomicUsize>) -> Playing {
        count.fetch_add(1, Ordering::Relaxed);
        Playing(Arc::clone(count))
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn answer(status: u16, text: &str) -> http::Response<Body> {
    let mut response = http::Response::new(Body::from(text.to_owned()));
    *response.status_mut() =
        http::StatusCode::from_u16(status).unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
    response
        .headers_mut()
        .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("text/plain"));
    response
}
