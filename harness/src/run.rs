//! Runs a plan to a closed trace: the loop, and nothing but the loop.

use std::collections::BTreeSet;
use std::time::Duration;

use scenario::plan::{Action, Operation, Plan, Step};
use trace::{Happening, Header, Phase, StepMark, StepOutcome, Trace};

use crate::defects::Defect;
use crate::steps;
use crate::world::{Hands, World, dice, rest};

/// How long the operator may take to end in good order.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// What a run can be given besides its plan.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The seed of all chance.
    pub seed: u64,
    /// The defect that the operator gets.
    pub defect: Option<Defect>,
}

/// Runs a plan on a thread of its own, in virtual time. What `then` makes of the trace, which is
/// closed by the judge, is made on that thread too: what a world has built is freed where it was.
///
/// # Errors
/// Why no world could be built: a fault of ours or of the machine.
pub fn run<T: Send>(
    plan: &Plan,
    options: Options,
    then: impl FnOnce(Trace) -> T + Send,
) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name(format!("{}::{}", plan.scenario, plan.variant))
            .spawn_scoped(scope, || run_here(plan, options).map(then))
            .map_err(|error| format!("no thread for the world: {error}"))?;
        thread.join().map_err(|_| "the harness panicked: a bug of ours".to_owned())?
    })
}

fn run_here(plan: &Plan, options: Options) -> Result<Trace, String> {
    dice::seed_thread(options.seed);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .map_err(|error| format!("no runtime for the world: {error}"))?;
    let events = runtime.block_on(live(plan, options))?;
    Ok(Trace { header: header(plan, options), events, closed: None })
}

async fn live(plan: &Plan, options: Options) -> Result<Vec<trace::Event>, String> {
    let world = World::build(plan, options.seed, options.defect).await?;
    let hands = world.hands();
    let _logs = world.capture_logs();
    tokio::select! {
        biased;
        // no verdict could be trusted on what is not kept: what floods a trace is looked at there
        () = hands.recorder.full() => {}
        whole = tokio::time::timeout(plan.limits.deadline, follow(hands, plan)) => {
            if whole.is_err() {
                let last = format!("the plan's deadline; {}", hands.recorder.last_movement().what);
                hands.recorder.record(Happening::Restless { last });
            }
        }
    }
    hands.operator.stop(STOP_PATIENCE).await;
    Ok(world.close())
}

/// Does all steps, waits for rest, cleans up.
async fn follow(hands: &Hands, plan: &Plan) {
    hands.operator.start();
    let mut begun: Vec<&Step> = Vec::new();
    let mut well = true;
    for step in &plan.steps {
        begun.push(step);
        well = part(hands, plan, step, &step.tries, Phase::Try).await;
        if !well {
            part(hands, plan, step, &step.catches, Phase::Catch).await;
        }
        well &= part(hands, plan, step, &step.finally, Phase::Finally).await;
        if !well {
            break;
        }
    }
    if well {
        // a failed step leaves the world as it is: rest would only blur what is to be seen
        match rest::wait(hands, plan.limits.deadline).await {
            Ok(()) => hands.recorder.record(Happening::Rest),
            Err(last) => hands.recorder.record(Happening::Restless { last }),
        }
    }
    for step in begun.into_iter().rev() {
        part(hands, plan, step, &step.cleanup, Phase::Cleanup).await;
    }
}

/// Does operations in order, up to the first that does not end well; whether all did.
async fn part(
    hands: &Hands,
    plan: &Plan,
    step: &Step,
    operations: &[Operation],
    phase: Phase,
) -> bool {
    // indices of assertions that held before the action that they follow
    let mut held: BTreeSet<usize> = BTreeSet::new();
    for (at, operation) in operations.iter().enumerate() {
        let mark = |outcome| {
            Happening::Step(StepMark {
                operation: operation.index,
                step: step.name.clone(),
                verb: operation.action.verb().to_owned(),
                phase,
                outcome,
            })
        };
        if !is_assert(operation) {
            let following = operations[at + 1..].iter().take_while(|next| is_assert(next));
            held = following
                .filter(|next| steps::holds(hands, plan, next))
                .map(|next| next.index)
                .collect();
        }
        hands.recorder.record(mark(None));
        let mut outcome = steps::perform(hands, plan, operation).await;
        if let StepOutcome::Done { at_once } = &mut outcome {
            *at_once = held.contains(&operation.index);
        }
        let well = matches!(outcome, StepOutcome::Done { .. });
        hands.recorder.record(mark(Some(outcome)));
        if !well {
            return false;
        }
    }
    true
}

fn is_assert(operation: &Operation) -> bool {
    matches!(operation.action, Action::Assert { .. })
}

/// The trace of a variant that was not run.
pub fn empty(plan: &Plan, options: Options) -> Trace {
    Trace { header: header(plan, options), events: Vec::new(), closed: None }
}

fn header(plan: &Plan, options: Options) -> Header {
    Header {
        format: trace::FORMAT,
        scenario: plan.scenario.clone(),
        variant: plan.variant.clone(),
        title: plan.title.clone(),
        shows: plan.shows.clone(),
        labels: plan.labels.clone(),
        seed: options.seed,
        target: "embedded".to_owned(),
        provider: match plan.world.provider {
            scenario::plan::Provider::Aap => "aap".to_owned(),
            scenario::plan::Provider::Eda => "eda".to_owned(),
        },
        planned_faults: plan.world.faults.iter().map(|fault| fault.name.clone()).collect(),
        covers: plan.covers.clone(),
        defect: options.defect.map(|defect| defect.name().to_owned()),
        lines: lines(plan),
    }
}

/// The line of each operation, by its position.
fn lines(plan: &Plan) -> Vec<u32> {
    let mut lines = Vec::new();
    for step in &plan.steps {
        for part in [&step.tries, &step.catches, &step.finally, &step.cleanup] {
            for operation in part {
                if lines.len() <= operation.index {
                    lines.resize(operation.index + 1, 0);
                }
                lines[operation.index] = operation.span.line;
            }
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;
    use crate::suite;

    #[test]
    fn every_operation_of_a_plan_has_its_line() {
        let loaded = suite::load(&catalog::built_in());
        for trial in &loaded.trials {
            let lines = lines(&trial.plan);
            let text = |line: &u32| trial.plan.source.line(*line).to_owned();
            assert!(lines.iter().all(|line| !text(line).is_empty()), "{}: {lines:?}", trial.name);
        }
    }
}
