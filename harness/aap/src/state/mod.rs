//! The controller's state: templates, jobs, users, tokens and the agenda. All of it lies behind one
//! lock, and every change is made whole before the lock is given back.

mod actions;
mod cancel;
mod dispatch;
mod family;
mod job;
mod roles;
mod start;
mod templates;
mod timeline;
mod users;

use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::agenda::Agenda;
use crate::announce::{Announcement, JobView};
use crate::config::Config;

pub(crate) use cancel::CancelAnswer;
pub(crate) use job::Job;
pub(crate) use start::Launch;
pub(crate) use templates::TemplateRecord;
pub(crate) use users::{User, Users};

/// The time of a commit: the calendar's and the clock's. The latter is when it was planned for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At {
    pub(crate) stamp: Timestamp,
    pub(crate) instant: Instant,
}

pub(crate) struct State {
    pub(crate) config: Config,
    /// When it was installed.
    pub(crate) installed: Timestamp,
    pub(crate) users: Users,
    pub(crate) templates: BTreeMap<i64, TemplateRecord>,
    /// Deleted templates, and those that are missing from the start.
    retired: Vec<TemplateRecord>,
    pub(crate) jobs: BTreeMap<i64, Job>,
    /// Id and role of each launch, in order.
    launched: Vec<(i64, String)>,
    /// Deleted jobs, as they were last.
    purged: Vec<JobView>,
    next_template_id: i64,
    next_job_id: i64,
    agenda: Agenda,
    /// What was committed and not yet told.
    outbox: Vec<Announcement>,
    /// Until when the controller is down.
    down_until: Option<Instant>,
    /// The next good named URL fails (the flake of 2024).
    pub(crate) flake_armed: bool,
}

impl State {
    pub(crate) fn new(config: Config, at: At) -> Self {
        let mut state = State {
            installed: at.stamp,
            users: Users::new(&config),
            templates: BTreeMap::new(),
            retired: Vec::new(),
            jobs: BTreeMap::new(),
            launched: Vec::new(),
            purged: Vec::new(),
            next_template_id: 0,
            next_job_id: config.first_job_id,
            agenda: Agenda::default(),
            outbox: Vec::new(),
            down_until: None,
            flake_armed: false,
            config,
        };
        state.install_templates(at);
        state
    }

    /// Does what is due by now.
    pub(crate) fn catch_up(&mut self, now: At) {
        while let Some((planned, entry)) = self.agenda.pop(now.instant) {
            self.come_due(entry, At { stamp: now.stamp, instant: planned });
        }
    }

    pub(crate) fn next_due(&self) -> Option<Instant> {
        self.agenda.next()
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.agenda.is_empty()
    }

    pub(crate) fn is_down(&self) -> bool {
        self.down_until.is_some()
    }

    pub(crate) fn take_news(&mut self) -> Vec<Announcement> {
        std::mem::take(&mut self.outbox)
    }

    /// All jobs, deleted ones too.
    pub(crate) fn views(&self, now: Timestamp) -> Vec<JobView> {
        let mut views = self.purged.clone();
        views.extend(self.jobs.values().map(|job| job.view(now)));
        views.sort_by_key(|view| view.id);
        views
    }
}
