//! What a suite can reach, as data for meters of coverage: rows of the embedded operator's own
//! transition table, the ways in which AAP goes wrong, the cases of the test plan.

/// A row: its name, what it stands for, and why it need not be reached, if so.
pub type Row = (String, String, Option<&'static str>);

/// A case of the test plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Case {
    /// `S06`, as the label `id` of its scenario.
    pub id: &'static str,
    /// Its title.
    pub title: &'static str,
    /// `P0`, `P1`, `P2`.
    pub priority: &'static str,
    /// `concurrency`.
    pub category: &'static str,
}

/// Failure modes that no trace can show, or that this operator cannot meet.
const UNMET: [(u8, &str); 4] = [
    (13, "the operator launches by id, never by a workflow template's name"),
    (14, "the operator launches by id, never by a named URL"),
    (39, "the operator never asks for a job without an id"),
    (40, "a trace does not keep the times of a job's document"),
];

/// Rows of the embedded operator's transition table.
pub fn transitions() -> Vec<Row> {
    let row = |row: &operator::transitions::Row| (row.mark.to_owned(), row.title.to_owned(), None);
    operator::transitions::TABLE.iter().map(row).collect()
}

/// Ways in which AAP goes wrong, F1 to F41.
pub fn failure_modes() -> Vec<Row> {
    let row = |mode: &fake_aap::modes::Mode| {
        let excuse = UNMET.iter().find(|(number, _)| *number == mode.number);
        (format!("F{}", mode.number), mode.title.to_owned(), excuse.map(|(_, why)| *why))
    };
    fake_aap::modes::MODES.iter().map(row).collect()
}

const fn case(
    id: &'static str,
    [priority, category]: [&'static str; 2],
    title: &'static str,
) -> Case {
    Case { id, title, priority, category }
}

/// The cases of the test plan.
pub const PLAN: [Case; 21] = [
    case("S01", ["P0", "baseline"], "create, run, delete"),
    case("S02", ["P0", "baseline"], "restart"),
    case("S03", ["P0", "baseline"], "delete while the provision job runs"),
    case("S04", ["P0", "job-states"], "the provision job fails"),
    case("S05", ["P0", "error-handling"], "the deprovision job fails"),
    case("S06", ["P0", "concurrency"], "conflicts and stale caches: exactly one launch"),
    case("S07", ["P0", "concurrency"], "the operator crashes"),
    case("S08", ["P1", "job-states"], "delete while pending or waiting"),
    case("S09", ["P1", "job-states"], "a cancel is answered with 405"),
    case("S10", ["P1", "job-states"], "the provision job is purged before the delete"),
    case("S11", ["P1", "job-states"], "a job is purged while it is polled"),
    case("S12", ["P1", "concurrency"], "the spec changes"),
    case("S13", ["P1", "error-handling"], "AAP is unwell while it is polled"),
    case("S14", ["P1", "error-handling"], "launch errors and recovery"),
    case("S15", ["P2", "edge-cases"], "the provider is switched"),
    case("S16", ["P2", "edge-cases"], "the life of an instance under EDA"),
    case("S17", ["P2", "error-handling"], "job template or workflow template"),
    case("S18", ["P2", "job-states"], "unknown states, a cancel by a person"),
    case("S19", ["P2", "edge-cases"], "management-state"),
    case("S20", ["P2", "error-handling"], "rate limits"),
    case("S21", ["P2", "edge-cases"], "the history's bound, old entries, the tenant"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_of_the_plan_has_a_scenario_of_its_priority_and_category() {
        let loaded =
            crate::suite::load(&crate::catalog::built_in(), &scenario::Profile::embedded());
        for case in PLAN {
            let labels = |key: &str| {
                let of = loaded
                    .trials
                    .iter()
                    .find(|trial| trial.plan.labels.get("id").map(String::as_str) == Some(case.id));
                of.and_then(|trial| trial.plan.labels.get(key).cloned()).unwrap_or_default()
            };
            let seen = (labels("priority"), labels("category"));
            assert_eq!(seen, (case.priority.to_owned(), case.category.to_owned()), "{}", case.id);
        }
    }

    #[test]
    fn only_modes_that_exist_are_excused() {
        let rows = failure_modes();
        assert_eq!(rows.len(), 41);
        assert_eq!(rows.iter().filter(|(_, _, excuse)| excuse.is_some()).count(), UNMET.len());
    }
}
