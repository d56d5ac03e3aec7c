//! One trace, folded: how often it reached what.

use std::borrow::Cow;
use std::collections::BTreeMap;

use trace::{Happening, Trace};

use super::Meter;
use super::status::Status;

/// How often one trace reached each row of each meter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sightings {
    times: BTreeMap<Meter, BTreeMap<Cow<'static, str>, u32>>,
}

impl Sightings {
    /// What a trace shows: one pass over its events.
    #[must_use]
    pub fn of(trace: &Trace) -> Sightings {
        let mut sightings = Sightings::default();
        let mut status = Status::default();
        for event in &trace.events {
            match &event.what {
                Happening::Mark { mark, .. } => sightings.see(Meter::Transitions, mark),
                Happening::Revision(revision) => status.see(revision, &mut sightings),
                Happening::Request(_)
                | Happening::Reply(_)
                | Happening::Watch(_)
                | Happening::Job(_)
                | Happening::Webhook(_)
                | Happening::Fault(_)
                | Happening::Step(_)
                | Happening::Operator(_)
                | Happening::Log(_)
                | Happening::Rest
                | Happening::Restless { .. }
                | Happening::Truncated { .. } => {}
            }
        }
        sightings
    }

    /// Counts one more; the name is kept where it is new.
    pub fn see(&mut self, meter: Meter, row: &str) {
        let rows = self.times.entry(meter).or_default();
        match rows.get_mut(row) {
            Some(times) => *times = times.saturating_add(1),
            None => drop(rows.insert(Cow::Owned(row.to_owned()), 1)),
        }
    }

    /// Rows of a meter that were reached, and how often; by name.
    pub fn rows(&self, meter: Meter) -> impl Iterator<Item = (&str, u32)> {
        let rows = self.times.get(&meter).into_iter().flatten();
        rows.map(|(row, times)| (row.as_ref(), *times))
    }
}
