//! Starts, kills and restarts the operator, as a cluster would its process.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use operator::{Dependencies, Settings};
use scenario::plan::Provider;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use trace::{Happening, OperatorLife};

use super::recorder::Recorder;

/// Makes what one life of the operator is handed: clients of its own, with nothing remembered.
pub type Outfit = Arc<dyn Fn(Settings) -> Dependencies + Send + Sync>;

/// The operator's process, so to speak; cheap to clone.
#[derive(Clone)]
pub struct OperatorControl {
    outfit: Outfit,
    recorder: Recorder,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    settings: Settings,
    lives: u32,
    running: Option<Life>,
    /// Restarts and all else that is due later; ended with the world.
    due: Vec<JoinHandle<()>>,
}

struct Life {
    nth: u32,
    task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

impl OperatorControl {
    /// An operator that does not run yet.
    pub fn new(outfit: Outfit, settings: Settings, recorder: Recorder) -> OperatorControl {
        let inner = Inner { settings, lives: 0, running: None, due: Vec::new() };
        OperatorControl { outfit, recorder, inner: Arc::new(Mutex::new(inner)) }
    }

    /// Starts it, unless it runs.
    pub fn start(&self) {
        let mut inner = self.lock();
        if inner.running.is_some() {
            return;
        }
        inner.lives += 1;
        let nth = inner.lives;
        let provider = match inner.settings.provider {
            operator::api::Provider::Aap => "aap",
            operator::api::Provider::Eda => "eda",
        };
        let provider = provider.to_owned();
        self.recorder.record(Happening::Operator(OperatorLife::Started { nth, provider }));
        let dependencies = (self.outfit)(inner.settings.clone());
        let (stop, stopped) = oneshot::channel::<()>();
        let control = self.clone();
        let task = tokio::spawn(async move {
            let shutdown = async move { drop(stopped.await) };
            // in a task of its own, so that a panic of the operator is a finding, not our end
            let life = tokio::spawn(operator::run(dependencies, shutdown));
            let _ends_with_us = AbortOnDrop(life.abort_handle());
            let why = match life.await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(chain(&error)),
                Err(error) if error.is_panic() => Some(panic_text(error)),
                Err(_) => None,
            };
            control.ended(nth, why);
        });
        inner.running = Some(Life { nth, task, stop });
    }

    /// Kills it where it stands; it comes back after a while, if one is given.
    pub fn kill(&self, by: &str, restart_after: Option<Duration>) {
        let mut inner = self.lock();
        if let Some(life) = inner.running.take() {
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
        if let Some(Life { mut task, stop, .. }) = life {
            let _ = stop.send(());
            if tokio::time::timeout(patience, &mut task).await.is_err() {
                task.abort();
            }
            self.recorder.record(Happening::Operator(OperatorLife::Stopped));
        }
    }

    /// Changes its settings from the next start on.
    pub fn set_provider(&self, provider: Provider) {
        self.lock().settings.provider = match provider {
            Provider::Aap => operator::api::Provider::Aap,
            Provider::Eda => operator::api::Provider::Eda,
        };
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

struct AbortOnDrop(tokio::task::AbortHandle);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

fn panic_text(error: tokio::task::JoinError) -> String {
    let payload = error.into_panic();
    let text = payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    format!("it panicked: {}", text.unwrap_or_else(|| "without a text".to_owned()))
}
