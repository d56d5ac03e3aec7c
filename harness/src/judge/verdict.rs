//! The verdict: all that speaks for and against a run, weighed in one pass over its trace.
//!
//! What kept us from knowing comes first: a step that the harness could not do makes the variant
//! broken. Then what the operator did wrong: failed. Then what was planned and not felt, a trace
//! that is not whole, a condition without a value: broken, as nothing is known to be wrong, and not
//! enough is known to be right. Where the variant has failed anyway these are mentioned last.

use scenario::Plan;
use trace::{Checked, Event, Finding, Happening, OperatorLife, Trace, Verdict};

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
        for (index, event) in events.iter().enumerate() {
            let sight = ledger.take(index, event);
            tally.take(event);
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
        let times =
            |(property, times): (&str, u64)| Checked { property: property.to_owned(), times };
        let mut checked: Vec<Checked> =
            invariants.iter().map(|one| times((one.name(), one.times()))).collect();
        checked.extend(properties.checked());
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
