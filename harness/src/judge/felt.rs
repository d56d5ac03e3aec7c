//! Whether what was planned to go wrong did: a fault, crash or job accident that never took effect
//! was not tested, and a variant that claims to test it is broken.

use scenario::Plan;
use scenario::plan::{Action, Cancel, JobTemplate};
use trace::{Event, Happening, OperatorLife};

use super::charge::Charge;
use super::outcomes::operations;
use crate::tally::SharedTally;
use scenario::Calls;

/// The name of the property.
pub(super) const NEVER_FELT: &str = "fault never felt";

/// What was planned and never felt; and, as warnings, what was felt less often than planned.
pub(super) fn check(plan: &Plan, events: &[Event], calls: &SharedTally) -> Felt {
    let last = events.iter().enumerate().next_back();
    let at = last.map_or((0, 0), |(index, event)| (index, event.at));
    let mut felt = Felt::default();
    for fault in &plan.world.faults {
        let (times, seen) = (fault.times, calls.felt(&fault.name));
        let charge = |title| Charge::new(NEVER_FELT, at, title).place(&plan.source, fault.span);
        if seen == 0 {
            let title = format!("the fault `{}` was never felt", fault.name);
            felt.never.push(
                charge(title)
                    .expected(format!("a call for which {} holds", fault.when.text()))
                    .seen("no call matched")
                    .hint("what follows from the fault was not tested"),
            );
        }
        felt.times += u64::try_from(seen).unwrap_or(0);
        if let Some(times) = times.filter(|times| seen > 0 && seen < i64::from(*times)) {
            let title = format!("the fault `{}` was felt {seen} of {times} times", fault.name);
            felt.seldom.push(charge(title).hint("fewer calls matched than the plan asks for"));
        }
    }
    felt.never.extend(accidents(plan, events, calls).into_iter().map(|(title, expected)| {
        Charge::new(NEVER_FELT, at, title)
            .expected(expected)
            .hint("what follows from it was not tested")
    }));
    felt.never.extend(crashes(plan, events));
    felt
}

/// What came of the plan's faults.
#[derive(Debug, Default)]
pub(super) struct Felt {
    /// Never felt.
    pub never: Vec<Charge>,
    /// Felt, but not as often as planned.
    pub seldom: Vec<Charge>,
    /// How often any was felt.
    pub times: u64,
}

/// Job scripts that go wrong and that no job followed: title and what was expected.
fn accidents(plan: &Plan, events: &[Event], calls: &SharedTally) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let templates =
        [("provision", &plan.world.aap.provision), ("deprovision", &plan.world.aap.deprovision)];
    for (role, template) in templates {
        for (at, accident) in accidents_of(template) {
            let launches = calls.launches(role, None);
            if launches <= i64::try_from(at).unwrap_or(i64::MAX) {
                found.push((
                    format!("the {role} job that {accident} was never launched"),
                    format!("{} launches of a {role} job", at + 1),
                ));
            } else if accident == CANCEL && !canceled_from(role, at, events) {
                found.push((
                    format!("nobody asked to cancel the {role} job that {accident}"),
                    "a cancel request for it".to_owned(),
                ));
            }
        }
    }
    found
}

/// The accident of a script that shows only where someone cancels.
const CANCEL: &str = "does not cancel as it should";

fn accidents_of(template: &JobTemplate) -> Vec<(usize, &'static str)> {
    let mut found = Vec::new();
    for (at, script) in template.scripts.iter().enumerate() {
        match script.cancel {
            Cancel::After(_) | Cancel::Delayed(_) => {}
            Cancel::Ignored(_) | Cancel::Refused405 | Cancel::Refused403 | Cancel::Flips { .. } => {
                found.push((at, CANCEL))
            }
        }
        match script.ends.as_str() {
            "failed" => found.push((at, "fails")),
            "error" => found.push((at, "ends in an error")),
            "canceled" => found.push((at, "ends canceled")),
            _ => {}
        }
    }
    found
}

/// Whether a cancel was sent for the nth job of a role or a later one (the last script serves the
/// rest).
fn canceled_from(role: &str, nth: usize, events: &[Event]) -> bool {
    let launched = |event: &Event| match &event.what {
        Happening::Job(job) if job.moment == "launched" && job.role == role => Some(job.job),
        _ => None,
    };
    let jobs: Vec<String> =
        events.iter().filter_map(launched).skip(nth).map(|id| id.to_string()).collect();
    events.iter().any(|event| match &event.what {
        Happening::Request(request) => {
            &*request.route.to == "aap"
                && request.verb == "cancel"
                && jobs.contains(&request.object)
        }
        _ => false,
    })
}

/// Steps that kill the operator and were done although no operator was killed.
fn crashes(plan: &Plan, events: &[Event]) -> Vec<Charge> {
    let operations = operations(plan);
    let mut found = Vec::new();
    let mut killed = false;
    for (index, event) in events.iter().enumerate() {
        match &event.what {
            Happening::Operator(OperatorLife::Killed { .. }) => killed = true,
            Happening::Step(mark) => {
                let Some((_, operation)) = operations.get(&mark.operation) else { continue };
                let crash = matches!(operation.action, Action::Crash { .. });
                if crash && mark.outcome.is_some() && !killed {
                    let title = format!("the crash of step `{}` was never felt", mark.step);
                    found.push(
                        Charge::new(NEVER_FELT, (index, event.at), title)
                            .expected("an operator that runs")
                            .seen("none was killed")
                            .place(&plan.source, operation.span),
                    );
                }
                if mark.outcome.is_none() {
                    killed = false;
                }
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use trace::Verdict;

    use super::NEVER_FELT;
    use crate::judge::testing::Story;

    fn story(times: &str) -> Story {
        Story::under(&format!(
            "  world:\n    faults:\n    - name: conflict\n\
             \x20     when: (request.verb == \"update\")\n\
             \x20     times: {times}\n      reply: {{status: 409}}\n\
             \x20 steps:\n  - name: one\n    try:\n    - sleep: {{duration: 1s}}\n"
        ))
        .create()
        .done(0, "sleep")
    }

    fn properties(verdict: &Verdict) -> Vec<&str> {
        verdict.findings().iter().map(|finding| finding.property.as_str()).collect()
    }

    #[test]
    fn a_fault_that_was_never_felt_is_broken_and_named_with_its_place() {
        let verdict = story("1").verdict();
        assert_eq!((verdict.word(), properties(&verdict)), ("broken", vec![NEVER_FELT]));
        let finding = &verdict.findings()[0];
        assert_eq!(finding.title, "the fault `conflict` was never felt");
        assert_eq!(finding.place.as_ref().unwrap().text, "    - name: conflict");
    }

    #[test]
    fn a_fault_that_was_felt_is_counted() {
        let Verdict::Passed { checked, warnings } = story("1").fault("conflict").verdict() else {
            panic!("not passed")
        };
        assert_eq!(warnings, []);
        assert_eq!(checked.iter().find(|one| one.property == "faults").unwrap().times, 1);
    }

    #[test]
    fn a_fault_that_was_felt_less_often_than_planned_is_warned_of() {
        let verdict = story("3").fault("conflict").fault("conflict").verdict();
        assert_eq!((verdict.word(), verdict.findings().len()), ("passed", 1));
        let title = "the fault `conflict` was felt 2 of 3 times";
        assert_eq!(verdict.findings()[0].title, title);
    }

    #[test]
    fn a_fault_for_each_call_must_be_felt_too() {
        assert_eq!(story("always").verdict().word(), "broken");
        assert_eq!(story("always").fault("conflict").verdict().word(), "passed");
    }

    #[test]
    fn what_was_never_felt_is_told_after_what_failed() {
        let twice = story("1").launch(1, "provision").launch(2, "deprovision");
        let verdict = twice.verdict();
        assert_eq!((verdict.word(), properties(&verdict)), ("failed", vec!["I1", NEVER_FELT]));
    }
}
