//! Whether instances took no longer than the scenario allows. What is measured, and from when to
//! when, is [`trace::latency`]'s word.
//!
//! What has not ended when the trace does is over its budget as soon as it has taken longer. A
//! budget of which nothing was measured has shown nothing: the variant is broken.

use scenario::plan::{Budget, BudgetOf};
use scenario::{Plan, duration};
use trace::latency::{Latency, Stage, Stopwatch};
use trace::{Checked, Event, Millis};

use super::charge::{Charge, Docket};

const PROPERTY: &str = "budget";

/// The budgets of a plan, while a trace is read.
pub(super) struct Budgets<'p, 't> {
    plan: &'p Plan,
    stopwatch: Stopwatch<'t>,
    /// Measurements that were looked at, of each budget.
    times: Vec<u64>,
    /// Measurements of the stopwatch that were looked at.
    seen: usize,
}

impl<'p, 't> Budgets<'p, 't> {
    /// Nothing is measured yet; the operator will run with `provider`.
    pub fn new(plan: &'p Plan, provider: &'t str) -> Budgets<'p, 't> {
        let times = vec![0; plan.budgets.len()];
        Budgets { plan, stopwatch: Stopwatch::new(provider), times, seen: 0 }
    }

    /// Looks at the next event.
    pub fn see(&mut self, (index, event): (usize, &'t Event), docket: &mut Docket) {
        if self.plan.budgets.is_empty() {
            return;
        }
        self.stopwatch.take(event);
        let fresh: Vec<Latency> = self.stopwatch.samples()[self.seen..].to_vec();
        self.seen += fresh.len();
        for latency in &fresh {
            for (nth, budget) in self.of(latency.stage) {
                self.times[nth] += 1;
                if latency.took > millis(budget) {
                    let charge = self.charge(budget, (index, event.at), latency);
                    let seen = duration::format(std::time::Duration::from_millis(latency.took));
                    docket.bring(charge.seen(seen));
                }
            }
        }
    }

    /// The trace has ended: what is late already, and budgets that nothing was measured of.
    pub fn close(&mut self, end: (usize, Millis), docket: &mut Docket) -> Vec<Charge> {
        if self.plan.budgets.is_empty() {
            return Vec::new();
        }
        for latency in self.stopwatch.unfinished(end.1) {
            for (nth, budget) in self.of(latency.stage) {
                if latency.took > millis(budget) {
                    self.times[nth] += 1;
                    let so_far = duration::format(std::time::Duration::from_millis(latency.took));
                    let charge = self.charge(budget, end, &latency);
                    docket.bring(charge.seen(format!("not done after {so_far}")));
                }
            }
        }
        let unmeasured =
            self.plan.budgets.iter().zip(&self.times).filter(|(_, times)| **times == 0);
        let charge = |(budget, _): (&Budget, &u64)| {
            let stage = stage(budget.of).as_str();
            Charge::new(PROPERTY, end, format!("the budget for {stage} had nothing to measure"))
                .expected(format!("an instance whose {stage} comes to its end"))
                .hint("take the budget away, or let the scenario go that far")
                .place(&self.plan.source, budget.span)
        };
        unmeasured.map(charge).collect()
    }

    /// How often a budget was compared with.
    pub fn checked(&self) -> Option<Checked> {
        let times = self.times.iter().sum();
        (times > 0).then(|| Checked { property: PROPERTY.to_owned(), times })
    }

    fn of(&self, of: Stage) -> Vec<(usize, &'p Budget)> {
        let budgets = self.plan.budgets.iter().enumerate();
        budgets.filter(|(_, budget)| stage(budget.of) == of).collect()
    }

    fn charge(&self, budget: &Budget, at: (usize, Millis), latency: &Latency) -> Charge {
        let (stage, object) = (latency.stage.as_str(), &latency.object);
        Charge::new(PROPERTY, at, format!("{stage} took longer than its budget"))
            .expected(format!("{stage} of {object} within {}", duration::format(budget.at_most)))
            .object(object.as_str())
            .place(&self.plan.source, budget.span)
    }
}

fn stage(of: BudgetOf) -> Stage {
    match of {
        BudgetOf::Provision => Stage::Provision,
        BudgetOf::Deprovision => Stage::Deprovision,
        BudgetOf::Total => Stage::Total,
    }
}

fn millis(budget: &Budget) -> Millis {
    Millis::try_from(budget.at_most.as_millis()).unwrap_or(Millis::MAX)
}
