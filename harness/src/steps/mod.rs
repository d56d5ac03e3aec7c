//! Performs one planned operation on a world and reports its outcome. A closed set of verbs, a
//! file for each family; none decides a verdict, none waits without a limit.

mod aap;
pub use aap::translate;
mod expect;
mod objects;

use std::time::Duration;

use scenario::Scope;
use scenario::plan::{Action, Operation, Plan};
use serde_json::Value;
use trace::StepOutcome;

use crate::world::Hands;

/// Performs an operation.
pub async fn perform(hands: &Hands, plan: &Plan, operation: &Operation) -> StepOutcome {
    let bench = Bench { hands, plan, operation };
    match &operation.action {
        Action::Apply { resource } => bench.apply(resource).await,
        Action::Create { resource } => bench.create(resource).await,
        Action::Patch { resource, subresource } => {
            bench.patch(resource, subresource.as_deref()).await
        }
        Action::Update { resource, subresource } => {
            bench.update(resource, subresource.as_deref()).await
        }
        Action::Delete { target, wait } => bench.delete(target, *wait).await,
        Action::Assert { pattern } => bench.assert(pattern).await,
        Action::Error { pattern } => bench.error(pattern).await,
        Action::Wait { target, until } => bench.wait(target.as_ref(), until).await,
        Action::Sleep { duration } => {
            tokio::time::sleep(*duration).await;
            done()
        }
        Action::Script { .. } => broken("scripts need a target with a real clock".to_owned()),
        Action::Crash { restart_after } => {
            hands.operator.kill("step", *restart_after);
            done()
        }
        Action::Restart { provider } => {
            hands.operator.stop(Duration::from_secs(30).max(hands.least_patience)).await;
            if let Some(provider) = provider {
                hands.operator.set_provider(*provider);
            }
            hands.operator.start();
            done()
        }
        Action::Aap(action) => match aap::act(hands, action) {
            Ok(()) => done(),
            Err(why) => broken(why),
        },
        Action::Release { client } => {
            hands.api.release(client);
            done()
        }
        Action::Property => done(),
    }
}

/// Whether an assertion holds as things are now. False for other operations.
pub fn holds(hands: &Hands, plan: &Plan, operation: &Operation) -> bool {
    match &operation.action {
        Action::Assert { pattern } => Bench { hands, plan, operation }.look(pattern).matches,
        _ => false,
    }
}

/// What an operation works with.
struct Bench<'a> {
    hands: &'a Hands,
    plan: &'a Plan,
    operation: &'a Operation,
}

impl Bench<'_> {
    fn scope<'s>(&'s self, object: Option<&'s Value>) -> Scope<'s> {
        Scope {
            object,
            old: None,
            request: None,
            bindings: &self.plan.bindings,
            profile: &self.plan.profile,
            calls: Some(std::sync::Arc::new(self.hands.recorder.tally().clone())),
            now: self.hands.recorder.clock().timestamp(),
        }
    }
}

fn done() -> StepOutcome {
    StepOutcome::Done { at_once: false }
}

fn broken(why: String) -> StepOutcome {
    StepOutcome::Broken { why }
}

fn unmet(expected: impl Into<String>, seen: impl Into<String>, object: &str) -> StepOutcome {
    StepOutcome::Unmet {
        expected: expected.into(),
        seen: seen.into(),
        differences: Vec::new(),
        object: object.to_owned(),
    }
}
