//! The fake's handle: the lock around the state, and the task that keeps its time.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::action::{Action, ActionError};
use crate::announce::{Announce, Dice, JobView, Now};
use crate::config::Config;
use crate::service::AapService;
use crate::state::{At, State};

/// A fake AAP; cheap to clone. With the last handle (services count) its timers stop.
///
/// It must be used inside a tokio runtime with a clock, or its scripts do not go on.
#[derive(Clone)]
pub struct FakeAap {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    state: Mutex<State>,
    now: Now,
    pub(crate) dice: Dice,
    announce: Announce,
    /// Wakes the timekeeper: the agenda has changed.
    changed: Arc<Notify>,
    timekeeper: Mutex<Option<AbortHandle>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        if let Some(task) = lock(&self.timekeeper).take() {
            task.abort();
        }
    }
}

impl FakeAap {
    /// An installation that nobody has used yet.
    pub fn new(config: Config, now: Now, dice: Dice, announce: Announce) -> Self {
        let at = At { stamp: now(), instant: Instant::now() };
        let state = Mutex::new(State::new(config, at));
        let (changed, timekeeper) = (Arc::new(Notify::new()), Mutex::new(None));
        FakeAap { inner: Arc::new(Inner { state, now, dice, announce, changed, timekeeper }) }
    }

    /// The API.
    pub fn service(&self) -> AapService {
        AapService { fake: self.clone() }
    }

    /// Does what an admin or the world does.
    ///
    /// # Errors
    /// It names a job or a template that is not there, or a job that has ended.
    pub fn act(&self, action: Action) -> Result<(), ActionError> {
        self.inner.with_state(|state, at| state.act(action, at))
    }

    /// All jobs ever launched, deleted ones and those that workflows started too, in the order of
    /// their ids.
    pub fn jobs(&self) -> Vec<JobView> {
        self.inner.with_state(|state, at| state.views(at.stamp))
    }

    /// No transition and no moment is due by a timer.
    pub fn is_idle(&self) -> bool {
        self.inner.with_state(|state, _| state.is_idle())
    }

    /// The role of the template (by id or name) or the job that a path is about, deleted ones too.
    pub fn role_of(&self, path: &str) -> Option<String> {
        lock(&self.inner.state).role_of(path)
    }
}

impl Inner {
    /// Brings the state up to now, lets `change` work on it, and tells what was committed.
    pub(crate) fn with_state<T>(self: &Arc<Self>, change: impl FnOnce(&mut State, At) -> T) -> T {
        let mut state = lock(&self.state);
        let at = At { stamp: (self.now)(), instant: Instant::now() };
        let due = state.next_due();
        state.catch_up(at);
        let result = change(&mut state, at);
        for news in state.take_news() {
            (self.announce)(&news);
        }
        if state.next_due() != due {
            self.keep_time();
        }
        result
    }

    fn keep_time(self: &Arc<Self>) {
        let mut timekeeper = lock(&self.timekeeper);
        if timekeeper.as_ref().is_none_or(AbortHandle::is_finished)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let (inner, changed) = (Arc::downgrade(self), Arc::clone(&self.changed));
            *timekeeper = Some(runtime.spawn(keep_time(inner, changed)).abort_handle());
        }
        self.changed.notify_one();
    }
}

/// Waits for what is due next, has it done, and so on; holds no handle while it waits.
async fn keep_time(inner: Weak<Inner>, changed: Arc<Notify>) {
    loop {
        let due = match inner.upgrade() {
            Some(inner) => inner.with_state(|state, _| state.next_due()),
            None => return,
        };
        let sleep = async {
            match due {
                Some(due) => tokio::time::sleep_until(due).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = changed.notified() => {}
            () = sleep => {}
        }
    }
}

/// A panic elsewhere leaves the data whole: each change is made in one go.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
