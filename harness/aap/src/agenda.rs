//! What is due, and when: the only clockwork of the fake.

use std::collections::BTreeMap;

use tokio::time::Instant;

/// Something that comes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// The stage a job is in is over.
    StageOver,
    /// The moment of this index in the job's script.
    Moment(usize),
    /// The moment of this index, counted from the job's end.
    LateMoment(usize),
    /// A canceled job ends.
    CancelLands,
    /// A playbook that outlived its job writes its own end.
    Flip,
    /// The controller is back; of no job.
    Return,
}

/// One entry: what is due for which job.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) job: i64,
    pub(crate) due: Due,
}

/// All that is due, in the order of time; at one instant in the order of planning.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    entries: BTreeMap<(Instant, u64), Entry>,
    planned: u64,
}

impl Agenda {
    pub(crate) fn plan(&mut self, at: Instant, job: i64, due: Due) {
        self.planned += 1;
        self.entries.insert((at, self.planned), Entry { job, due });
    }

    /// Takes out the first entry that is due at `now`, with the instant it was planned for.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<(Instant, Entry)> {
        let first = self.entries.first_entry()?;
        let at = first.key().0;
        (at <= now).then(|| (at, first.remove()))
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.entries.keys().next().map(|(at, _)| *at)
    }

    /// Forgets what is due for a job, as far as `which` says so.
    pub(crate) fn forget(&mut self, job: i64, which: impl Fn(Due) -> bool) {
        self.entries.retain(|_, entry| entry.job != job || !which(entry.due));
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}
