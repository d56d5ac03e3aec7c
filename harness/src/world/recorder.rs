//! Writes the trace while a world runs, and tells waiters that something happened.
//!
//! Secrets are taken out here, when a thing is recorded, not when it is shown. Where one stood, a
//! mark stands (see [`trace::REDACTED`]), from which the judge knows that it leaked.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::sync::{Notify, watch};
use trace::{Event, Happening, Millis};

use super::clock::WorldClock;
use super::redact::Redactor;
use crate::tally::SharedTally;

/// The one writer of a world's trace; cheap to clone.
#[derive(Clone)]
pub struct Recorder {
    clock: WorldClock,
    inner: Arc<Mutex<Inner>>,
    tally: SharedTally,
    moved: watch::Sender<u64>,
    full: Arc<Notify>,
}

struct Inner {
    events: Vec<Event>,
    limit: usize,
    left_out: u64,
    calls: u64,
    redactor: Redactor,
    last_movement: Movement,
}

/// What moved last: what rest is measured from.
#[derive(Debug, Clone)]
pub struct Movement {
    /// When.
    pub at: Millis,
    /// What, for people.
    pub what: String,
}

impl Recorder {
    /// A recorder that keeps at most `limit` events.
    pub fn new(clock: WorldClock, limit: usize, secrets: &[String]) -> Recorder {
        let inner = Inner {
            events: Vec::with_capacity(limit.min(1024)),
            limit,
            left_out: 0,
            calls: 0,
            redactor: Redactor::new(secrets),
            last_movement: Movement { at: 0, what: "the world began".to_owned() },
        };
        Recorder {
            clock,
            inner: Arc::new(Mutex::new(inner)),
            tally: SharedTally::default(),
            moved: watch::Sender::new(0),
            full: Arc::default(),
        }
    }

    /// The world's clock.
    pub fn clock(&self) -> &WorldClock {
        &self.clock
    }

    /// Counts and order of calls so far.
    pub fn tally(&self) -> &SharedTally {
        &self.tally
    }

    /// Wakes at each event from now on.
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.moved.subscribe()
    }

    /// The number of the next call.
    pub fn next_call(&self) -> u64 {
        let mut inner = self.lock();
        inner.calls += 1;
        inner.calls
    }

    /// Records that something happened now.
    pub fn record(&self, what: Happening) {
        let at = self.clock.millis();
        {
            let mut inner = self.lock();
            let what = inner.redactor.clean(what);
            let event = Event { at, what };
            self.tally.take(&event);
            if let Some(what) = movement(&event.what) {
                inner.last_movement = Movement { at, what };
            }
            if inner.events.len() < inner.limit {
                inner.events.push(event);
            } else {
                inner.left_out += 1;
                self.full.notify_one();
            }
        }
        self.moved.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Waits until there is more to record than the limit lets us keep.
    pub async fn full(&self) {
        self.full.notified().await;
    }

    /// From now on this word is a secret.
    pub fn keep_secret(&self, word: &str) {
        self.lock().redactor.add(word);
    }

    /// A body without its secrets, for text that is not recorded but shown.
    pub fn clean_body(&self, body: &Arc<Value>) -> Arc<Value> {
        self.lock().redactor.clean_body(body)
    }

    /// The last movement.
    pub fn last_movement(&self) -> Movement {
        self.lock().last_movement.clone()
    }

    /// The events so far; ends the recording.
    pub fn close(&self) -> Vec<Event> {
        let mut inner = self.lock();
        if inner.left_out > 0 {
            let events = inner.left_out;
            let at = self.clock.millis();
            inner.events.push(Event { at, what: Happening::Truncated { events } });
        }
        inner.limit = 0;
        std::mem::take(&mut inner.events)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an event is a movement in the sense of *at rest*: an API write, or an AAP or EDA call
/// that is not an unchanged poll. Polls are judged at their reply.
fn movement(what: &Happening) -> Option<String> {
    match what {
        Happening::Request(request) => match (&*request.route.to, request.verb.as_str()) {
            ("aap", "poll") => None,
            ("aap" | "eda", verb) => Some(format!("{verb} {}", request.about)),
            _ => None,
        },
        Happening::Reply(_) => None,
        Happening::Revision(revision) => {
            Some(format!("revision {} of {}", revision.revision, revision.object))
        }
        Happening::Job(job) => Some(format!("job {} {} {}", job.job, job.moment, job.status)),
        Happening::Webhook(webhook) => Some(format!("webhook {}", webhook.endpoint)),
        Happening::Operator(_) => Some("the operator started or ended".to_owned()),
        Happening::Watch(_)
        | Happening::Fault(_)
        | Happening::Step(_)
        | Happening::Mark { .. }
        | Happening::Log(_)
        | Happening::Rest
        | Happening::Restless { .. }
        | Happening::Truncated { .. } => None,
    }
}
