//! What became of the steps: what they found, what kept them from knowing, and what their author
//! may want to hear.

use std::collections::BTreeMap;

use scenario::Plan;
use scenario::plan::{Operation, Step};
use trace::{Event, Happening, Phase, StepMark, StepOutcome};

use super::charge::Charge;

/// Operations after which an assertion that holds at once says little.
const ACTIONS: [&str; 8] =
    ["apply", "create", "patch", "update", "delete", "crash", "restart", "aap"];

/// What the steps came to.
#[derive(Debug, Default)]
pub(super) struct Outcomes {
    /// What did not come, or was refused.
    pub unmet: Vec<Charge>,
    /// What kept the harness from knowing.
    pub broken: Vec<Charge>,
    /// Assertions that held before they could mean something.
    pub early: Vec<Charge>,
    /// Operations that wait and were met.
    pub met: u64,
    /// Every operation of the steps themselves was done.
    pub complete: bool,
}

impl Outcomes {
    /// Reads the steps' marks.
    pub fn of(plan: &Plan, events: &[Event]) -> Outcomes {
        let mut outcomes = Outcomes::default();
        let operations = operations(plan);
        // why steps may be missing, beside a step that was not met
        let mut cut_short = false;
        // verbs of the operations before this one, in the order of the run
        let mut before: Option<&str> = None;
        let mut tries_done = 0;
        for (index, event) in events.iter().enumerate() {
            let mark = match &event.what {
                Happening::Step(mark) => mark,
                Happening::Restless { .. } | Happening::Truncated { .. } => {
                    cut_short = true;
                    continue;
                }
                _ => continue,
            };
            let Some(outcome) = &mark.outcome else { continue };
            let here = Here {
                plan,
                mark,
                operation: operations.get(&mark.operation).map(|(_, operation)| *operation),
                at: (index, event.at),
            };
            match outcome {
                StepOutcome::Done { at_once } => {
                    outcomes.met += u64::from(waits(&mark.verb));
                    tries_done += usize::from(mark.phase == Phase::Try);
                    let early = *at_once && mark.phase == Phase::Try && mark.verb == "assert";
                    if early && before.is_some_and(|verb| ACTIONS.contains(&verb)) {
                        outcomes.early.push(here.early(before.unwrap_or_default()));
                    }
                }
                StepOutcome::Unmet { .. } => outcomes.unmet.push(here.unmet(outcome)),
                StepOutcome::Broken { why } => outcomes.broken.push(here.broken(why)),
            }
            before = Some(&mark.verb);
        }
        let tries: usize = plan.steps.iter().map(|step| step.tries.len()).sum();
        outcomes.complete = tries_done == tries;
        let explained = cut_short || !outcomes.unmet.is_empty() || !outcomes.broken.is_empty();
        if !outcomes.complete && !explained {
            outcomes.broken.push(broken_off(events, tries_done, tries));
        }
        outcomes
    }
}

/// An operation's end.
struct Here<'a> {
    plan: &'a Plan,
    mark: &'a StepMark,
    operation: Option<&'a Operation>,
    at: (usize, u64),
}

impl Here<'_> {
    fn charge(&self, title: String) -> Charge {
        let charge = Charge::new(&self.mark.verb, self.at, title);
        match self.operation {
            Some(operation) => charge.place(&self.plan.source, operation.span),
            None => charge,
        }
    }

    fn unmet(&self, outcome: &StepOutcome) -> Charge {
        let StepOutcome::Unmet { expected, seen, differences, object } = outcome else {
            return self.charge(String::new());
        };
        let what = match self.mark.verb.as_str() {
            "assert" => "nothing came to match",
            "error" => "something still matched",
            "wait" => "what it waits for did not come",
            "apply" | "create" | "patch" | "update" => "the server refused it",
            "delete" => "the object did not go",
            _ => "it did not do what it says",
        };
        self.charge(format!("step `{}`, {}: {what}", self.mark.step, self.mark.verb))
            .expected(expected.as_str())
            .seen(seen.as_str())
            .differences(differences.clone())
            .object(object.as_str())
    }

    fn broken(&self, why: &str) -> Charge {
        let title =
            format!("step `{}`, {}: the harness could not do it", self.mark.step, self.mark.verb);
        self.charge(title).seen(why)
    }

    fn early(&self, after: &str) -> Charge {
        let step = &self.mark.step;
        self.charge(format!("step `{step}`: the assertion held before `{after}` had any effect"))
            .expected("something that is not so yet when the step begins to wait")
            .seen("it was so at once")
            .hint("assert what the action changes, or move the assertion before it")
    }
}

fn broken_off(events: &[Event], done: usize, tries: usize) -> Charge {
    let last = events.iter().enumerate().next_back();
    let at = last.map_or((0, 0), |(index, event)| (index, event.at));
    Charge::new("run", at, "the run broke off before its steps were done")
        .expected(format!("{tries} operations"))
        .seen(format!("{done} operations"))
}

fn waits(verb: &str) -> bool {
    matches!(verb, "assert" | "error" | "wait")
}

/// All operations by their number, with their steps.
pub(super) fn operations(plan: &Plan) -> BTreeMap<usize, (&Step, &Operation)> {
    let mut found = BTreeMap::new();
    for step in &plan.steps {
        let parts = [&step.tries, &step.catches, &step.finally, &step.cleanup];
        for operation in parts.into_iter().flatten() {
            found.insert(operation.index, (step, operation));
        }
    }
    found
}
