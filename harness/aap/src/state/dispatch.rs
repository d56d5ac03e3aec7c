//! Who may leave the queue: one job at a time where a template says so, and no more than fit.

use super::job::Blocked;
use super::{At, State};

impl State {
    /// What keeps a job in the queue now.
    pub(super) fn blocked(&self, id: i64) -> Option<Blocked> {
        let job = self.jobs.get(&id)?;
        let runs = |other: &&super::Job| other.id != id && other.dispatched && other.is_active();
        if !job.spec.allow_simultaneous {
            let same = |other: &&super::Job| other.origin == job.origin && other.parent.is_none();
            if let Some(other) = self.jobs.values().filter(runs).find(same) {
                return Some(Blocked::By { job: other.id, workflow: other.workflow });
            }
        }
        let capacity = self.config.capacity? as usize;
        let used = self.jobs.values().filter(runs).filter(|other| !other.workflow).count();
        (!job.workflow && used >= capacity).then_some(Blocked::Capacity)
    }

    /// After a job has ended, those that it kept in the queue go on, in the order of their ids.
    pub(super) fn wake_queue(&mut self, at: At) {
        let waiting: Vec<i64> = self
            .jobs
            .values()
            .filter(|job| job.blocked.is_some() && job.is_active())
            .map(|job| job.id)
            .collect();
        for id in waiting {
            self.advance(id, at);
        }
    }
}
