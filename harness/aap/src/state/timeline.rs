//! A job's way through its script.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::job::{Life, is_end, is_queued};
use super::{At, State};
use crate::agenda::{Due, Entry};
use crate::announce::Announcement;
use crate::script::{End, Lasts, MomentAt, Script};

/// What the reaper writes when the controller starts.
const REAPED: &str = "Task was marked as running at system start up. The system must have not \
                      shut down properly, so it has been marked as failed.";

impl State {
    /// Something comes by itself.
    pub(super) fn come_due(&mut self, entry: Entry, at: At) {
        if let Some(back) = self.down_until.filter(|_| entry.due != Due::Return) {
            // nobody is there to do it; it is done first thing after the return
            self.agenda.plan(back, entry.job, entry.due);
            return;
        }
        match entry.due {
            Due::StageOver => self.advance(entry.job, at),
            Due::Moment(index) | Due::LateMoment(index) => self.tell_moment(entry.job, index, at),
            Due::CancelLands => self.land_cancel(entry.job, at),
            Due::Flip => self.flip(entry.job, at),
            Due::Return => self.come_back(at),
        }
    }

    /// Goes on to the next stage or to the end.
    pub(super) fn advance(&mut self, id: i64, at: At) {
        let Some(job) = self.jobs.get(&id) else { return };
        let next = if job.script.stages.is_empty() { 0 } else { job.stage + 1 };
        let Some(stage) = job.script.stages.get(next) else {
            let end = job.script.end.clone();
            self.end_by_itself(id, &end, at);
            return;
        };
        if !job.dispatched && !is_queued(&stage.status) {
            let blocked = self.blocked(id);
            let Some(job) = self.jobs.get_mut(&id) else { return };
            job.blocked = blocked;
            if blocked.is_some() {
                return;
            }
        }
        self.enter_stage(id, next, at);
        self.tell_status(id, at);
    }

    /// Ends the stage that a job is in, or the time that a canceled one still has.
    pub(super) fn hurry(&mut self, id: i64, at: At) {
        let stopping = self.jobs.get(&id).is_some_and(|job| job.life == Life::Stopping);
        self.agenda.forget(id, |due| due == Due::StageOver);
        if stopping { self.land_cancel(id, at) } else { self.advance(id, at) }
    }

    /// Writes a stage's status and plans what it brings.
    pub(super) fn enter_stage(&mut self, id: i64, index: usize, at: At) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        let script = Arc::clone(&job.script);
        let ran_before = job.started.is_some();
        let lasts = match script.stages.get(index) {
            Some(stage) => {
                job.stage = index;
                job.explanation.clone_from(&stage.explanation);
                job.write_status(&stage.status, at.stamp);
                stage.lasts
            }
            None => Lasts::For(Duration::ZERO),
        };
        let runs_first = job.started.is_some() && !ran_before;
        for (moment, due) in script.moments.iter().zip(0..) {
            let after = match moment.at {
                MomentAt::Running(after) if runs_first => after,
                MomentAt::StageStart { stage, after } if stage == index => after,
                MomentAt::Running(_)
                | MomentAt::StageStart { .. }
                | MomentAt::BeforeEnd
                | MomentAt::BeforeSuccess
                | MomentAt::AfterEnd(_) => continue,
            };
            self.agenda.plan(later(at.instant, after), id, Due::Moment(due));
        }
        // the stage's own end comes after its moments of the same instant
        if let Lasts::For(lasts) = lasts {
            self.agenda.plan(later(at.instant, lasts), id, Due::StageOver);
        }
        self.follow_status(id, at);
    }

    /// The playbook ends without anybody's doing.
    pub(super) fn end_by_itself(&mut self, id: i64, end: &End, at: At) {
        self.tell_last_moments(id, &end.status, at);
        self.finish(id, end, at);
    }

    /// Writes an end. What the script still had to come is off, but for what follows the end.
    pub(super) fn finish(&mut self, id: i64, end: &End, at: At) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        job.life = Life::Over;
        job.blocked = None;
        job.explanation.clone_from(&end.explanation);
        job.traceback.clone_from(&end.traceback);
        let script = Arc::clone(&job.script);
        self.agenda.forget(id, |_| true);
        self.end_children(id, &end.status, at);
        if let Some(job) = self.jobs.get_mut(&id) {
            job.write_status(&end.status, at.stamp);
        }
        self.tell_status(id, at);
        self.plan_late_moments(id, &script, at);
        self.end_parent(id, at);
        self.wake_queue(at);
    }

    pub(super) fn plan_late_moments(&mut self, id: i64, script: &Script, at: At) {
        if self.jobs.get(&id).is_none_or(|job| job.parent.is_some()) {
            return;
        }
        for (moment, index) in script.moments.iter().zip(0..) {
            if let MomentAt::AfterEnd(after) = moment.at {
                self.agenda.plan(later(at.instant, after), id, Due::LateMoment(index));
            }
        }
    }

    /// The end of a playbook that outlived its job: the status is overwritten, nothing else.
    fn flip(&mut self, id: i64, at: At) {
        let Some(job) = self.jobs.get(&id) else { return };
        let crate::script::Cancel::ForcedThenFlips { to, .. } = &job.script.cancel else { return };
        let to = to.clone();
        self.tell_last_moments(id, &to, at);
        self.agenda.forget(id, |due| matches!(due, Due::Moment(_)));
        if let Some(job) = self.jobs.get_mut(&id) {
            job.life = Life::Over;
            job.write_status(&to, at.stamp);
        }
        self.tell_status(id, at);
    }

    /// The controller goes down.
    pub(super) fn go_down(&mut self, down_for: Duration, at: At) {
        let back = later(at.instant, down_for);
        self.down_until = Some(self.down_until.map_or(back, |until| until.max(back)));
        self.agenda.plan(back, 0, Due::Return);
        if !self.config.switches.startup_reaper {
            return;
        }
        for job in self.jobs.values_mut().filter(|job| job.parent.is_none()) {
            let runs = job.status == "running" || job.life == Life::Ghost;
            if runs {
                job.life = if job.is_active() { Life::Orphan } else { Life::Over };
                self.agenda.forget(job.id, |due| !matches!(due, Due::LateMoment(_)));
            }
        }
    }

    fn come_back(&mut self, at: At) {
        if self.down_until.is_some_and(|until| until > at.instant) {
            return;
        }
        self.down_until = None;
        let orphans: Vec<i64> = self
            .jobs
            .values()
            .filter(|job| job.life == Life::Orphan && job.is_active())
            .map(|job| job.id)
            .collect();
        let end = End { explanation: REAPED.to_owned(), ..End::new("failed") };
        for id in orphans {
            self.finish(id, &end, at);
        }
    }

    fn tell_last_moments(&mut self, id: i64, status: &str, at: At) {
        let Some(job) = self.jobs.get(&id) else { return };
        let script = Arc::clone(&job.script);
        for (moment, index) in script.moments.iter().zip(0..) {
            let comes = match moment.at {
                MomentAt::BeforeEnd => true,
                MomentAt::BeforeSuccess => status == "successful",
                MomentAt::Running(_) | MomentAt::StageStart { .. } | MomentAt::AfterEnd(_) => false,
            };
            if comes {
                self.tell_moment(id, index, at);
            }
        }
    }

    fn tell_moment(&mut self, id: i64, index: usize, at: At) {
        let Some(job) = self.jobs.get(&id).filter(|job| job.parent.is_none()) else { return };
        let Some(moment) = job.script.moments.get(index) else { return };
        self.outbox.push(Announcement::Moment {
            job: id,
            role: job.spec.role.clone(),
            name: moment.name.clone(),
            extra_vars: Arc::clone(&job.extra_vars),
            at: at.stamp,
        });
    }

    pub(super) fn tell_status(&mut self, id: i64, at: At) {
        let Some(job) = self.jobs.get(&id).filter(|job| job.parent.is_none()) else { return };
        self.outbox.push(Announcement::Status {
            job: id,
            role: job.spec.role.clone(),
            status: job.status.clone(),
            explanation: job.explanation.clone(),
            traceback: job.traceback.clone(),
            at: at.stamp,
        });
    }

    /// Writes any word; an end is a real one.
    pub(super) fn set_status(&mut self, id: i64, status: &str, at: At) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        if is_end(status) && job.is_active() {
            let (explanation, traceback) = (job.explanation.clone(), job.traceback.clone());
            let end = End { status: status.to_owned(), explanation, traceback };
            self.finish(id, &end, at);
        } else {
            job.blocked = None;
            job.write_status(status, at.stamp);
            self.tell_status(id, at);
        }
    }
}

/// An instant so much later; far beyond any world if the sum is too large.
pub(super) fn later(instant: Instant, duration: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365 * 30);
    instant + duration.min(FAR)
}
