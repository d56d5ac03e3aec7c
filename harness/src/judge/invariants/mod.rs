//! What must hold in every scenario, judged at every event: I1–I11, a file each. The exact reading
//! of each stands in the first lines of its file.
//!
//! An invariant is a fold: it looks at each event, at what the event changed, and at what is so by
//! AAP's and the API server's word ([`Ledger`]).

mod i01;
mod i02;
mod i03;
mod i04;
mod i05;
mod i06;
mod i07;
mod i08;
mod i09;
mod i10;
mod i11;

use scenario::Plan;
use trace::{Event, Millis};

use super::charge::{Charge, Docket};
use super::ledger::{Ledger, Sight};

/// One event, as an invariant sees it.
pub(super) struct Moment<'m, 't> {
    /// The event's number.
    pub index: usize,
    /// The event.
    pub event: &'t Event,
    /// What it changed.
    pub sight: &'m Sight<'t>,
    /// What is so after it.
    pub ledger: &'m Ledger<'t>,
    /// What was to be.
    pub plan: &'m Plan,
}

impl Moment<'_, '_> {
    /// Where in the trace it stands.
    pub fn mark(&self) -> (usize, Millis) {
        (self.index, self.event.at)
    }

    /// A charge that shows at this moment.
    pub fn charge(&self, property: &str, title: impl Into<String>) -> Charge {
        Charge::new(property, self.mark(), title)
    }
}

/// Something that must hold.
pub(super) trait Invariant<'t> {
    /// Its name: `I1`.
    fn name(&self) -> &'static str;
    /// Looks at the next event.
    fn see(&mut self, moment: &Moment<'_, 't>, docket: &mut Docket);
    /// Revisions, calls or moments that it looked at.
    fn times(&self) -> u64;
}

/// All invariants, in their order.
pub(super) fn all<'t>(plan: &Plan) -> Vec<Box<dyn Invariant<'t> + 't>> {
    vec![
        Box::new(i01::OneActiveJob::default()),
        Box::new(i02::OneLaunchPerVersion::default()),
        Box::new(i03::LaunchesAreShown::default()),
        Box::new(i04::HistoryKeeps::default()),
        Box::new(i05::FinalizerGoesLast::default()),
        Box::new(i06::NothingRemains::default()),
        Box::new(i07::EntriesAgree::default()),
        Box::new(i08::NoHotLoop::default()),
        Box::new(i09::EndsStay::default()),
        Box::new(i10::PhaseEdges::new(plan)),
        Box::new(i11::NoSecrets::new(plan)),
    ]
}
