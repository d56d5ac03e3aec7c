//! Runs a plan to a closed trace: the loop, and nothing but the loop.

use std::collections::BTreeSet;
use std::time::Duration;

use scenario::plan::{Action, Operation, Plan, Step};
use trace::{Happening, Header, OperatorLife, Phase, StepMark, StepOutcome, Trace};

use crate::defects::Defect;
use crate::steps;
use crate::world::pace::Pace;
use crate::world::target::{Clock, Target};
use crate::world::{Hands, World, dice, rest};

/// How long the operator may take to end in good order.
const STOP_PATIENCE: Duration = Duration::from_secs(5);

/// How long an operator may take until it is ready, in real time.
const READY_PATIENCE: Duration = Duration::from_secs(8);

/// What a run can be given besides its plan.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// The seed of all chance.
    pub seed: u64,
    /// The defect that the operator gets.
    pub defect: Option<Defect>,
    /// Where it runs.
    pub target: &'a Target,
}

/// Runs a plan on a thread of its own, in virtual time. What `then` makes of the trace, which is
/// closed by the judge, is made on that thread too: what a world has built is freed where it was.
///
/// # Errors
/// Why no world could be built: a fault of ours or of the machine.
pub fn run<T: Send>(
    plan: &Plan,
    options: Options<'_>,
    then: impl FnOnce(Trace) -> T + Send,
) -> Result<T, String> {
    run_to(plan, options, Extent::Whole, then)
}

/// How far a run goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Until the operator is ready.
    Ready,
    /// All steps, rest, cleanup.
    Whole,
}

fn run_to<T: Send>(
    plan: &Plan,
    options: Options<'_>,
    extent: Extent,
    then: impl FnOnce(Trace) -> T + Send,
) -> Result<T, String> {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .name(format!("{}::{}", plan.scenario, plan.variant))
            .spawn_scoped(scope, || run_here(plan, options, extent).map(then))
            .map_err(|error| format!("no thread for the world: {error}"))?;
        thread.join().map_err(|_| "the harness panicked: a bug of ours".to_owned())?
    })
}

fn run_here(plan: &Plan, options: Options<'_>, extent: Extent) -> Result<Trace, String> {
    // before anything else: already the runtime's builder draws the thread's hash keys
    if options.target.clock == Clock::Virtual {
        dice::seed_thread(options.seed);
    }
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_time().start_paused(true);
    if options.target.clock != Clock::Virtual {
        // sockets, signals, and chance that is the system's: keys are made here
        builder.enable_all();
    }
    let runtime = builder.build().map_err(|error| format!("no runtime for the world: {error}"))?;
    let events = runtime.block_on(async {
        let _pace = match options.target.clock {
            Clock::Virtual => None,
            Clock::Real { scale } => Some(Pace::begin(scale)),
        };
        live(plan, options, extent).await
    })?;
    Ok(Trace { header: header(plan, options), events, closed: None })
}

async fn live(
    plan: &Plan,
    options: Options<'_>,
    extent: Extent,
) -> Result<Vec<trace::Event>, String> {
    let world = World::build(plan, options).await?;
    let hands = world.hands();
    let _logs = world.capture_logs();
    tokio::select! {
        biased;
        // no verdict could be trusted on what is not kept: what floods a trace is looked at there
        () = hands.recorder.full() => {}
        whole = tokio::time::timeout(plan.limits.deadline, follow(hands, plan, extent)) => {
            if whole.is_err() {
                let last = format!("the plan's deadline; {}", hands.recorder.last_movement().what);
                hands.recorder.record(Happening::Restless { last });
            }
        }
    }
    hands.operator.stop(STOP_PATIENCE.max(hands.least_patience)).await;
    Ok(world.close())
}

/// Starts the operator, does all steps, waits for rest, cleans up.
async fn follow(hands: &Hands, plan: &Plan, extent: Extent) {
    hands.operator.start();
    hands.operator.ready(hands.recorder.clock().real(READY_PATIENCE)).await;
    if extent == Extent::Ready {
        return;
    }
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

/// Starts a target's operator once, in the world of a plan, and stops it again as soon as it is
/// ready.
///
/// # Errors
/// Why no world could be built, or the last word of an operator that did not get ready.
pub fn rehearse(plan: &Plan, options: Options<'_>) -> Result<(), String> {
    let trace = run_to(plan, options, Extent::Ready, |trace| trace)?;
    let last_word = trace.events.iter().find_map(|event| match &event.what {
        Happening::Operator(OperatorLife::Ended { why }) => Some(why.clone()),
        _ => None,
    });
    last_word.map_or(Ok(()), Err)
}

/// The trace of a variant that was not run.
pub fn empty(plan: &Plan, options: Options<'_>) -> Trace {
    Trace { header: header(plan, options), events: Vec::new(), closed: None }
}

fn header(plan: &Plan, options: Options<'_>) -> Header {
    Header {
        format: trace::FORMAT,
        scenario: plan.scenario.clone(),
        variant: plan.variant.clone(),
        title: plan.title.clone(),
        shows: plan.shows.clone(),
        labels: plan.labels.clone(),
        seed: options.seed,
        target: options.target.to_string(),
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
    use scenario::Profile;

    use super::*;
    use crate::catalog;
    use crate::suite;

    #[test]
    fn every_operation_of_a_plan_has_its_line() {
        let loaded = suite::load(&catalog::built_in(), &Profile::embedded());
        for trial in &loaded.trials {
            let lines = lines(&trial.plan);
            let text = |line: &u32| trial.plan.source.line(*line).to_owned();
            assert!(lines.iter().all(|line| !text(line).is_empty()), "{}: {lines:?}", trial.name);
        }
    }
}
