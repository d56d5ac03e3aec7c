//! Starts, kills and restarts the operator, as a cluster would its process. What an operator is
//! made of, tasks or a real process, is the affair of whoever begins its lives.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use scenario::plan::Provider;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use trace::{Happening, OperatorLife};

use super::recorder::Recorder;

/// One life of an operator. Nothing is remembered from one to the next.
pub struct Life {
    /// Ends with it, with its last word if it has one. Dropped, the operator ends where it stands.
    pub whole: Pin<Box<dyn Future<Output = Option<String>> + Send>>,
    /// Asks it to end in good order.
    pub stop: Box<dyn FnOnce() + Send>,
    /// Ends it at once, before anything else happens in the world.
    pub kill: Box<dyn FnOnce() + Send>,
    /// What it wrote last, for a word on its end.
    pub wrote: Box<dyn Fn() -> String + Send>,
}

/// Begins a life of an operator that works with a provider.
pub type Begin = Arc<dyn Fn(Provider) -> Life + Send + Sync>;

/// The operator's process, so to speak; cheap to clone.
#[derive(Clone)]
pub struct OperatorControl {
    begin: Begin,
    /// Tells whether the present life is ready; none for an operator that is ready when it starts.
    ready: Option<watch::Receiver<bool>>,
    recorder: Recorder,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    provider: Provider,
    lives: u32,
    running: Option<Running>,
    /// Restarts and all else that is due later; ended with the world.
    due: Vec<JoinHandle<()>>,
}

struct Running {
    nth: u32,
    task: JoinHandle<()>,
    stop: Box<dyn FnOnce() + Send>,
    kill: Box<dyn FnOnce() + Send>,
    wrote: Box<dyn Fn() -> String + Send>,
}

impl OperatorControl {
    /// An operator that does not run yet.
    pub fn new(
        begin: Begin,
        ready: Option<watch::Receiver<bool>>,
        provider: Provider,
        recorder: Recorder,
    ) -> OperatorControl {
        let inner = Inner { provider, lives: 0, running: None, due: Vec::new() };
        OperatorControl { begin, ready, recorder, inner: Arc::new(Mutex::new(inner)) }
    }

    /// Starts it, unless it runs.
    pub fn start(&self) {
        let mut inner = self.lock();
        if inner.running.is_some() {
            return;
        }
        inner.lives += 1;
        let nth = inner.lives;
        let provider = inner.provider.to_string();
        self.recorder.record(Happening::Operator(OperatorLife::Started { nth, provider }));
        let Life { whole, stop, kill, wrote } = (self.begin)(inner.provider);
        let control = self.clone();
        let task = tokio::spawn(async move {
            let why = whole.await;
            control.ended(nth, why);
        });
        inner.running = Some(Running { nth, task, stop, kill, wrote });
    }

    /// Waits until it is ready to work, for at most `patience`. One that is not by then is killed,
    /// and that it was not is its last word. One that has ended meanwhile is not waited for.
    pub async fn ready(&self, patience: Duration) {
        let Some(mut ready) = self.ready.clone() else { return };
        let mut events = self.recorder.listen();
        let so = async {
            while !*ready.borrow_and_update() && self.lock().running.is_some() {
                tokio::select! {
                    biased;
                    _ = ready.changed() => {}
                    _ = events.changed() => {}
                }
            }
        };
        if tokio::time::timeout(patience, so).await.is_err() {
            self.end("it did not begin to watch its objects in time");
        }
    }

    /// Kills it where it stands; it comes back after a while, if one is given.
    pub fn kill(&self, by: &str, restart_after: Option<Duration>) {
        let mut inner = self.lock();
        if let Some(life) = inner.running.take() {
            (life.kill)();
            life.task.abort();
            let by = by.to_owned();
            self.recorder.record(Happening::Operator(OperatorLife::Killed { by }));
        }
        if let Some(after) = restart_after {
            let control = self.clone();
            inner.due.push(tokio::spawn(async move {
                tokio::time::sleep(after).await;
                control.start();
            }));
        }
    }

    /// Stops it in good order: it may end what it is doing, for at most `patience`.
    pub async fn stop(&self, patience: Duration) {
        let life = self.lock().running.take();
        if let Some(Running { mut task, stop, kill, .. }) = life {
            stop();
            if tokio::time::timeout(patience, &mut task).await.is_err() {
                kill();
                task.abort();
            }
            self.recorder.record(Happening::Operator(OperatorLife::Stopped));
        }
    }

    /// Changes its settings from the next start on.
    pub fn set_provider(&self, provider: Provider) {
        self.lock().provider = provider;
    }

    /// Ends it for a reason of its own.
    fn end(&self, why: &str) {
        if let Some(life) = self.lock().running.take() {
            let why = format!("{why}{}", (life.wrote)());
            (life.kill)();
            life.task.abort();
            self.recorder.record(Happening::Operator(OperatorLife::Ended { why }));
        }
    }

    fn ended(&self, nth: u32, why: Option<String>) {
        let mut inner = self.lock();
        if inner.running.as_ref().is_some_and(|life| life.nth == nth) {
            inner.running = None;
            let why = why.unwrap_or_else(|| "it returned without being asked to stop".to_owned());
            self.recorder.record(Happening::Operator(OperatorLife::Ended { why }));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
