//! The fake's handle.

use std::sync::{Arc, Mutex};

use crate::action::{Action, ActionError};
use crate::announce::{Announce, Dice, JobView, Now};
use crate::config::Config;
use crate::service::AapService;

/// A fake AAP; cheap to clone. With the last handle its timers stop.
#[derive(Clone)]
pub struct FakeAap {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    config: Mutex<Config>,
    now: Now,
    dice: Dice,
    announce: Announce,
}

impl FakeAap {
    /// An installation that nobody has used yet.
    pub fn new(config: Config, now: Now, dice: Dice, announce: Announce) -> Self {
        FakeAap { inner: Arc::new(Inner { config: Mutex::new(config), now, dice, announce }) }
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
        let _ = (action, &self.inner.config, &self.inner.now, &self.inner.dice);
        let _ = &self.inner.announce;
        Ok(())
    }

    /// All jobs ever launched, deleted ones too, in the order of their ids.
    pub fn jobs(&self) -> Vec<JobView> {
        Vec::new()
    }

    /// No transition and no moment is due by a timer.
    pub fn is_idle(&self) -> bool {
        true
    }

    /// The role of the template or job that a path is about.
    pub fn role_of(&self, path: &str) -> Option<String> {
        let _ = path;
        None
    }
}
