//! What a request to cancel does.

use std::time::Duration;

use super::job::{Life, is_queued};
use super::timeline::later;
use super::{At, State, User};
use crate::agenda::Due;
use crate::announce::Announcement;
use crate::script::{Cancel, End};

/// From the request to the end of a running job, if the script does not say.
const STOPPING: Duration = Duration::from_secs(5);
/// The task manager of 2026 comes round this often.
const MANAGER_ROUND: Duration = Duration::from_secs(20);
/// What the task manager of 2026 writes.
const BEFORE_START: &str = "This job was canceled before it started.";

/// What the caller is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CancelAnswer {
    /// 202.
    Accepted,
    /// 403.
    Forbidden,
    /// 405.
    NotAllowed,
}

/// What becomes of the job.
enum Course {
    /// It is canceled now.
    Now,
    /// Its script stands still, and it is canceled so much later.
    Stop(Duration),
    /// Its script goes on, and it is canceled so much later if it still is active.
    Race(Option<Duration>),
    /// It is canceled now, and its playbook writes its own end so much later.
    Outlived(Duration),
}

impl State {
    /// A request to cancel an active job. An `admin` is never refused.
    pub(crate) fn cancel(&mut self, id: i64, by: &User, admin: bool, at: At) -> CancelAnswer {
        let Some(job) = self.jobs.get_mut(&id) else { return CancelAnswer::NotAllowed };
        let queued = is_queued(&job.status);
        let runs = !queued && job.status != "waiting";
        let delayed = self.config.switches.cancel_2026 && queued;
        let course = match job.script.cancel {
            Cancel::Refused403 if !admin => return CancelAnswer::Forbidden,
            Cancel::Refused405 if !admin => return CancelAnswer::NotAllowed,
            Cancel::Refused403 | Cancel::Refused405 => Course::Now,
            Cancel::DelayedPending(delay) => Course::Stop(delay),
            Cancel::Ignored(delay) => Course::Race(delay),
            Cancel::Classic | Cancel::Running(_) | Cancel::ForcedThenFlips { .. } if delayed => {
                Course::Stop(MANAGER_ROUND)
            }
            Cancel::Classic if runs => Course::Stop(STOPPING),
            Cancel::Running(delay) if runs => Course::Stop(delay),
            Cancel::ForcedThenFlips { after, .. } if runs => Course::Outlived(after),
            Cancel::Classic | Cancel::Running(_) | Cancel::ForcedThenFlips { .. } => Course::Now,
        };
        let again = job.canceled_on.is_some();
        job.canceled_on.get_or_insert(at.stamp);
        if job.parent.is_none() {
            let (role, by) = (job.spec.role.clone(), by.name.clone());
            self.outbox.push(Announcement::CancelRequested { job: id, role, by, at: at.stamp });
        }
        if !again {
            self.take_course(id, &course, at);
        }
        CancelAnswer::Accepted
    }

    fn take_course(&mut self, id: i64, course: &Course, at: At) {
        let Some(job) = self.jobs.get_mut(&id) else { return };
        match course {
            Course::Now => self.land_cancel(id, at),
            Course::Stop(delay) => {
                job.life = Life::Stopping;
                job.blocked = None;
                self.agenda.forget(id, |_| true);
                self.agenda.plan(later(at.instant, *delay), id, Due::CancelLands);
            }
            Course::Race(None) => {}
            Course::Race(Some(delay)) => {
                self.agenda.plan(later(at.instant, *delay), id, Due::CancelLands);
            }
            Course::Outlived(after) => {
                job.life = Life::Ghost;
                job.write_status("canceled", at.stamp);
                let script = std::sync::Arc::clone(&job.script);
                self.agenda.forget(id, |due| due == Due::StageOver);
                self.agenda.plan(later(at.instant, *after), id, Due::Flip);
                self.tell_status(id, at);
                self.plan_late_moments(id, &script, at);
                self.wake_queue(at);
            }
        }
    }

    /// A canceled job ends.
    pub(super) fn land_cancel(&mut self, id: i64, at: At) {
        let Some(job) = self.jobs.get(&id).filter(|job| job.is_active()) else { return };
        let flagged = job.life == Life::Stopping && is_queued(&job.status);
        let explanation = if flagged { BEFORE_START.to_owned() } else { String::new() };
        self.finish(id, &End { explanation, ..End::new("canceled") }, at);
    }
}
