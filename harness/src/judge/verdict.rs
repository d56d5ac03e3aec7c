//! The verdict: all that speaks for and against a run, weighed in one pass over its trace.
//!
//! What kept us from knowing comes first: a step that the harness could not do makes the variant
//! broken. Then what the operator did wrong: failed. Then what was planned and not felt, a trace
//! that is not whole, a condition without a value: broken, as nothing is known to be wrong, and not
//! enough is known to be right. Where the variant has failed anyway these are mentioned last.

use scenario::Plan;
use trace::{Checked, Event, Finding, Happening, OperatorLife, Trace, Verdict};

use super::budgets::Budgets;
use super::charge::{Charge, Docket};
use super::felt;
use super::invariants::{self, Moment};
use super::ledger::Ledger;
use super::outcomes::Outcomes;
use super::properties::Properties;
use super::retell::Storyteller;
use crate::tally::SharedTally;

/// A verdict has at most so many findings.
const FINDINGS_MAX: usize = 20;

/// How to judge.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// An assertion that was already true when it followed an action is a failure, not a warning.
    pub strict: bool,
}

/// The verdict on a run.
pub fn judge(plan: &Plan, trace: &Trace) -> Verdict {
    judge_with(plan, trace, Options::default())
}

/// The verdict on a run.
pub fn judge_with(plan: &Plan, trace: &Trace, options: Options) -> Verdict {
    let events = trace.events.as_slice();
    let proceedings = Proceedings::of(plan, trace);
    let Proceedings { mut docket, mut checked, doubts, mut warnings } = proceedings;
    let mut outcomes = Outcomes::of(plan, events);
    if !outcomes.broken.is_empty() {
        return Verdict::Broken { findings: findings(events, outcomes.broken) };
    }
    docket.charges.append(&mut outcomes.unmet);
    if options.strict {
        docket.charges.append(&mut outcomes.early);
    }
    let mut failed = docket.charges;
    failed.sort_by_key(|charge| charge.index);
    if !failed.is_empty() {
        failed.truncate(FINDINGS_MAX.saturating_sub(doubts.len()).max(1));
        failed.extend(doubts);
        return Verdict::Failed { findings: findings(events, failed) };
    }
    if !doubts.is_empty() {
        return Verdict::Broken { findings: findings(events, doubts) };
    }
    warnings.extend(outcomes.early);
    warnings.sort_by_key(|charge| charge.index);
    if outcomes.met > 0 {
        checked.push(Checked { property: "steps".to_owned(), times: outcomes.met });
    }
    let warnings = warnings.into_iter().take(FINDINGS_MAX).map(|charge| charge.finding).collect();
    Verdict::Passed { checked, warnings }
}

/// What one pass over the trace brings.
struct Proceedings {
    docket: Docket,
    checked: Vec<Checked>,
    /// What keeps a run without charges from having passed.
    doubts: Vec<Charge>,
    warnings: Vec<Charge>,
}

impl Proceedings {
    fn of(plan: &Plan, trace: &Trace) -> Proceedings {
        let events = trace.events.as_slice();
        let mut docket = Docket::default();
        let mut doubts = Vec::new();
        let mut ledger = Ledger::new(&trace.header.provider);
        let tally = SharedTally::default();
        let mut properties = Properties::new(plan, events, &tally);
        let mut invariants = invariants::all(plan);
        let mut budgets = Budgets::new(plan, &trace.header.provider);
        for (index, event) in events.iter().enumerate() {
            let sight = ledger.take(index, event);
            tally.take(event);
            budgets.see((index, event), &mut docket);
            let moment = Moment { index, event, sight: &sight, ledger: &ledger, plan };
            for invariant in &mut invariants {
                invariant.see(&moment, &mut docket);
            }
            if properties.any() {
                properties.see((index, event), &sight, &ledger, &mut docket);
            }
            match &event.what {
                Happening::Operator(OperatorLife::Ended { why }) => docket.bring(
                    moment
                        .charge("operator", "the operator ended by itself")
                        .expected("an operator that runs until it is stopped")
                        .seen(why.as_str()),
                ),
                Happening::Restless { last } => docket.bring(
                    moment
                        .charge("rest", "the world did not come to rest before its deadline")
                        .expected("no call but unchanged polls, and no write, for a while")
                        .seen(last.as_str())
                        .hint("something is done over and over, or waited for for ever"),
                ),
                Happening::Truncated { events } => doubts.push(
                    moment
                        .charge("trace", "the trace reached its size limit")
                        .expected("a trace that holds all that happened")
                        .seen(format!("{events} events were left out")),
                ),
                _ => {}
            }
        }
        let end = events.len().checked_sub(1).map_or((0, 0), |last| (last, events[last].at));
        let felt = felt::check(plan, events, &tally);
        doubts.extend(felt.never);
        doubts.extend(properties.broken(end));
        doubts.extend(budgets.close(end, &mut docket));
        let times =
            |(property, times): (&str, u64)| Checked { property: property.to_owned(), times };
        let mut checked: Vec<Checked> =
            invariants.iter().map(|one| times((one.name(), one.times()))).collect();
        checked.extend(properties.checked());
        checked.extend(budgets.checked());
        if felt.times > 0 {
            checked.push(times(("faults", felt.times)));
        }
        let mut warnings = felt.seldom;
        warnings.extend(properties.unseen(end));
        Proceedings { docket, checked, doubts, warnings }
    }
}

/// Findings from charges, with what the trace tells of each.
fn findings(events: &[Event], charges: Vec<Charge>) -> Vec<Finding> {
    let storyteller = Storyteller::new(events);
    let excerpt = |Charge { index, finding }: Charge| {
        let excerpt = storyteller.excerpt(index, &finding.object);
        Finding { excerpt, ..finding }
    };
    charges.into_iter().take(FINDINGS_MAX).map(excerpt).collect()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use scenario::plan::{Action, Budget, BudgetOf, Cancel, JobScript, Operation, Step};
    use scenario::{Source, Span};
    use serde_json::json;
    use trace::StepOutcome;

    use super::*;
    use crate::judge::testing::Story;

    const TEXT: &str = "steps:\n- try:\n  - assert: one\n";

    /// A story under a plan with so many operations in one step, all on line 3 of its file.
    fn story(operations: usize) -> Story {
        let mut story = Story::new();
        story.plan.source = std::sync::Arc::new(Source::new("s.yaml", TEXT));
        let operation = |index| Operation {
            index,
            span: Span::new(3, 5, 6),
            action: Action::Sleep { duration: Duration::ZERO },
            timeout: Duration::from_secs(600),
        };
        story.plan.steps.push(Step {
            name: "one".into(),
            tries: (0..operations).map(operation).collect(),
            catches: Vec::new(),
            finally: Vec::new(),
            cleanup: Vec::new(),
        });
        story
    }

    fn unmet() -> StepOutcome {
        StepOutcome::Unmet {
            expected: "phase Running within 10 min".into(),
            seen: "it differs".into(),
            differences: vec!["status.phase: expected Running seen Starting".into()],
            object: "default/vm1".into(),
        }
    }

    fn properties(verdict: &Verdict) -> Vec<&str> {
        verdict.findings().iter().map(|finding| finding.property.as_str()).collect()
    }

    #[test]
    fn a_run_that_nothing_speaks_against_passes_and_says_what_was_checked() {
        let verdict = story(1).create().launch(1, "provision").done(0, "assert").verdict();
        let Verdict::Passed { checked, warnings } = verdict else { panic!("{verdict:?}") };
        assert_eq!(warnings, []);
        let names: Vec<&str> = checked.iter().map(|one| one.property.as_str()).collect();
        let all = ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9", "I10", "I11", "steps"];
        assert_eq!(names, all);
        assert_eq!(checked[1].times, 1);
    }

    #[test]
    fn a_step_that_was_not_met_fails_and_points_at_its_line() {
        let verdict = story(2)
            .create()
            .status(json!({"phase": "Starting"}))
            .after(600_000)
            .step(0, "assert", unmet())
            .verdict();
        let Verdict::Failed { findings } = verdict else { panic!("{verdict:?}") };
        assert_eq!(findings.len(), 1);
        let finding = &findings[0];
        assert_eq!(finding.title, "step `one`, assert: nothing came to match");
        assert_eq!((finding.at, finding.object.as_str()), (600_000, "default/vm1"));
        assert_eq!(finding.differences, ["status.phase: expected Running seen Starting"]);
        let place = finding.place.as_ref().unwrap();
        assert_eq!((place.file.as_str(), place.line, place.column), ("s.yaml", 3, 5));
        assert_eq!((place.text.as_str(), place.width), ("  - assert: one", 6));
        assert_eq!(finding.excerpt.last().unwrap().text, "step one: assert was not met");
    }

    #[test]
    fn what_the_harness_could_not_do_wins_over_what_failed() {
        let broken = StepOutcome::Broken { why: "no such job".into() };
        let verdict = story(1)
            .create()
            .launch(1, "provision")
            .launch(2, "provision")
            .step(0, "aap", broken)
            .verdict();
        assert_eq!((verdict.word(), properties(&verdict)), ("broken", vec!["aap"]));
    }

    #[test]
    fn an_operator_that_ends_by_itself_fails_with_its_word() {
        let ended = Happening::Operator(OperatorLife::Ended { why: "out of luck".into() });
        let verdict = story(0).then(ended).verdict();
        assert_eq!((verdict.word(), properties(&verdict)), ("failed", vec!["operator"]));
        assert_eq!(verdict.findings()[0].seen, "out of luck");
    }

    #[test]
    fn a_world_that_does_not_rest_fails() {
        let restless = Happening::Restless { last: "revision 9 of default/vm1".into() };
        let verdict = story(1).then(restless).verdict();
        assert_eq!((verdict.word(), properties(&verdict)), ("failed", vec!["rest"]));
    }

    #[test]
    fn a_trace_that_is_not_whole_is_broken_but_does_not_hide_a_failure() {
        let cut = Happening::Truncated { events: 9 };
        let verdict = story(3).then(cut.clone()).verdict();
        assert_eq!((verdict.word(), properties(&verdict)), ("broken", vec!["trace"]));
        let twice = story(0).create().launch(1, "provision").launch(2, "deprovision");
        let verdict = twice.then(cut).verdict();
        assert_eq!((verdict.word(), properties(&verdict)), ("failed", vec!["I1", "trace"]));
    }

    #[test]
    fn a_run_that_breaks_off_is_broken() {
        let verdict = story(2).done(0, "create").verdict();
        assert_eq!((verdict.word(), properties(&verdict)), ("broken", vec!["run"]));
    }

    #[test]
    fn an_assertion_that_held_before_an_action_had_effect_is_warned_of_or_fails() {
        let at_once = StepOutcome::Done { at_once: true };
        let early = story(2).done(0, "patch").step(1, "assert", at_once.clone());
        let verdict = early.verdict();
        assert_eq!((verdict.word(), properties(&verdict)), ("passed", vec!["assert"]));
        let strict = judge_with(&early.plan, &early.trace(), Options { strict: true });
        assert_eq!((strict.word(), properties(&strict)), ("failed", vec!["assert"]));
        let second = story(2).done(0, "assert").step(1, "assert", at_once);
        assert_eq!(second.verdict().findings(), []);
    }

    #[test]
    fn findings_are_bounded_and_in_the_order_of_time() {
        let mut story = story(0).create();
        for id in 0..60 {
            story = story.after(1).launch(id, "provision");
        }
        for _ in 0..30 {
            story = story.after(1).status(json!({"phase": "Deleting"})).status(json!({}));
        }
        let verdict = story.rest().verdict();
        let times: Vec<u64> = verdict.findings().iter().map(|finding| finding.at).collect();
        assert!(times.len() <= FINDINGS_MAX && times.is_sorted(), "{times:?}");
        let mut kinds = properties(&verdict);
        kinds.dedup();
        assert!(kinds.len() >= 3, "{kinds:?}");
    }

    #[test]
    fn a_step_that_failed_first_is_told_first() {
        let later = story(1).create().step(0, "assert", unmet());
        let verdict = later.after(9).launch(1, "provision").launch(2, "provision").verdict();
        assert_eq!(properties(&verdict), ["assert", "I1", "I2"]);
    }

    #[test]
    fn an_assertion_that_holds_at_once_in_a_catch_is_no_warning() {
        let mark = |verb: &str| {
            Happening::Step(trace::StepMark {
                operation: 1,
                step: "one".into(),
                verb: verb.into(),
                phase: trace::Phase::Finally,
                outcome: Some(StepOutcome::Done { at_once: true }),
            })
        };
        let caught = story(1).done(0, "patch").then(mark("assert"));
        assert_eq!(caught.verdict().findings(), []);
    }

    /// A story of one instance under these budgets, in seconds, that runs at 180 s and is deleted
    /// from then on, until 300 s.
    fn timed(budgets: &[(BudgetOf, u64)]) -> Story {
        let mut story = story(1);
        let budget = |(nth, (of, seconds)): (usize, &(BudgetOf, u64))| Budget {
            of: *of,
            at_most: Duration::from_secs(*seconds),
            span: Span::new(u32::try_from(nth).unwrap() + 1, 1, 4),
        };
        story.plan.budgets = budgets.iter().enumerate().map(budget).collect();
        let running =
            json!({"phase": "Running", "provisionJob": {"id": "1", "state": "Succeeded"}});
        story
            .create()
            .status(json!({"phase": "Starting"}))
            .after(180_000)
            .status(running)
            .delete()
            .after(120_000)
            .gone()
            .done(0, "create")
    }

    #[test]
    fn a_budget_that_is_kept_is_checked() {
        let verdict = timed(&[
            (BudgetOf::Provision, 180),
            (BudgetOf::Deprovision, 120),
            (BudgetOf::Total, 300),
        ])
        .verdict();
        let Verdict::Passed { checked, .. } = &verdict else { panic!("{verdict:?}") };
        let budgets = checked.iter().find(|one| one.property == "budget").unwrap();
        assert_eq!(budgets.times, 3);
    }

    #[test]
    fn what_takes_longer_than_its_budget_fails_at_the_budgets_line() {
        let verdict = timed(&[(BudgetOf::Provision, 200), (BudgetOf::Deprovision, 119)]).verdict();
        assert_eq!((verdict.word(), properties(&verdict)), ("failed", vec!["budget"]));
        let finding = &verdict.findings()[0];
        assert_eq!(finding.title, "deprovision took longer than its budget");
        assert_eq!(finding.expected, "deprovision of default/vm1 within 1m59s");
        assert_eq!((finding.seen.as_str(), finding.at), ("2m", 300_000));
        assert_eq!(finding.place.as_ref().unwrap().line, 2);
    }

    #[test]
    fn what_does_not_end_is_late_and_a_budget_of_nothing_is_broken() {
        let mut late = story(1);
        let span = Span::new(1, 1, 4);
        let budget = |of| Budget { of, at_most: Duration::from_secs(60), span };
        late.plan.budgets = vec![budget(BudgetOf::Provision)];
        let verdict = late.create().after(61_000).done(0, "create").verdict();
        assert_eq!((verdict.word(), properties(&verdict)), ("failed", vec!["budget"]));
        assert_eq!(verdict.findings()[0].seen, "not done after 1m1s");
        let mut early = story(1);
        early.plan.budgets = vec![budget(BudgetOf::Total)];
        let verdict = early.create().after(61_000).done(0, "create").verdict();
        assert_eq!((verdict.word(), properties(&verdict)), ("broken", vec!["budget"]));
    }

    fn script(ends: &str, cancel: Cancel) -> JobScript {
        JobScript {
            stages: Vec::new(),
            ends: ends.into(),
            explanation: String::new(),
            traceback: String::new(),
            cancel,
            effects: Vec::new(),
            output_lag: Duration::ZERO,
            output_lost: false,
            stdout: String::new(),
            failure: String::new(),
        }
    }

    #[test]
    fn a_job_accident_that_no_job_met_is_broken() {
        let mut story = story(0).create();
        let well = script("successful", Cancel::After(Duration::ZERO));
        let fails = script("failed", Cancel::After(Duration::ZERO));
        story.plan.world.aap.provision.scripts = vec![well, fails];
        let once = story.launch(1, "provision").job(1, "canceled");
        let verdict = once.verdict();
        assert_eq!((verdict.word(), properties(&verdict)), ("broken", vec![felt::NEVER_FELT]));
        let title = "the provision job that fails was never launched";
        assert_eq!(verdict.findings()[0].title, title);
        assert_eq!(once.launch(2, "provision").verdict().word(), "passed");
    }

    #[test]
    fn a_refused_cancel_that_nobody_sent_is_broken() {
        let mut story = story(0).create();
        let stubborn = script("successful", Cancel::Refused405);
        story.plan.world.aap.provision.scripts = vec![stubborn];
        let launched = story.launch(1, "provision");
        assert_eq!(launched.verdict().word(), "broken");
        assert_eq!(launched.cancel(1).verdict().word(), "passed");
    }

    #[test]
    fn a_crash_that_killed_nobody_is_broken() {
        let crash = || {
            let mut story = story(1);
            story.plan.steps[0].tries[0].action = Action::Crash { restart_after: None };
            story.begun(0, "crash")
        };
        assert_eq!(crash().killed().done(0, "crash").verdict().word(), "passed");
        let verdict = crash().done(0, "crash").verdict();
        assert_eq!((verdict.word(), properties(&verdict)), ("broken", vec![felt::NEVER_FELT]));
    }
}
