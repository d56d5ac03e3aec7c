//! One trace, folded: how often it reached what.

use std::borrow::Cow;
use std::collections::BTreeMap;

use trace::{Event, Happening, Request, Trace};

use super::lifecycle::Lifecycle;
use super::modes::Modes;
use super::status::Status;
use super::{Meter, endpoints};

/// How often one trace reached each row of each meter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sightings {
    times: BTreeMap<Meter, BTreeMap<Cow<'static, str>, u32>>,
}

impl Sightings {
    /// What a trace shows: one pass over its events.
    #[must_use]
    pub fn of(trace: &Trace) -> Sightings {
        let mut fold = Fold {
            open: BTreeMap::new(),
            status: Status::default(),
            lifecycle: Lifecycle::new(&trace.header.provider),
            modes: Modes::default(),
            sightings: Sightings::default(),
        };
        trace.events.iter().for_each(|event| fold.take(event));
        fold.lifecycle.end(&mut fold.sightings);
        fold.sightings
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

struct Fold<'t> {
    /// Calls to AAP, EDA and instances that have no answer yet.
    open: BTreeMap<u64, &'t Request>,
    status: Status<'t>,
    lifecycle: Lifecycle<'t>,
    modes: Modes<'t>,
    sightings: Sightings,
}

impl<'t> Fold<'t> {
    fn take(&mut self, event: &'t Event) {
        let sightings = &mut self.sightings;
        match &event.what {
            Happening::Mark { mark, .. } => sightings.see(Meter::Transitions, mark),
            Happening::Revision(revision) => {
                self.status.see(revision, sightings);
                self.lifecycle.revision(revision, sightings);
                self.modes.revision(revision, sightings);
            }
            Happening::Request(request) if is_told(request) => {
                self.modes.request(request);
                self.open.insert(request.call, request);
            }
            Happening::Reply(reply) => {
                let Some(request) = self.open.remove(&reply.call) else { return };
                if &*request.route.to == "aap" {
                    endpoints::answer(request, reply, sightings);
                    self.modes.answer(request, reply, sightings);
                } else if &*request.route.to == "eda" {
                    Modes::answer_of_eda(reply, sightings);
                }
                self.lifecycle.answer(request, reply, sightings);
            }
            Happening::Job(seen) => {
                self.lifecycle.job(seen);
                self.modes.job(event.at, seen, sightings);
            }
            Happening::Webhook(webhook) => Modes::webhook(webhook, sightings),
            Happening::Operator(life) => self.lifecycle.operator(life, sightings),
            Happening::Request(_)
            | Happening::Watch(_)
            | Happening::Fault(_)
            | Happening::Step(_)
            | Happening::Log(_)
            | Happening::Rest
            | Happening::Restless { .. }
            | Happening::Truncated { .. } => {}
        }
    }
}

/// Whether the answer of a call tells something: calls to AAP and EDA, writes of a status.
fn is_told(request: &Request) -> bool {
    matches!(&*request.route.to, "aap" | "eda") || request.about == "computeinstances/status"
}
