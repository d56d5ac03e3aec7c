//! The rows.

use crate::coverage::{KnownRow, Need};

const GUARD: &str = "a guard that keeps a call from being made leaves nothing on the wire";

/// The rows, in the order of an instance's life.
#[must_use]
pub fn rows() -> Vec<KnownRow> {
    TABLE.iter().map(|(id, title, need)| row(id, title, *need)).collect()
}

#[derive(Clone, Copy)]
enum Is {
    /// It belongs to a life.
    Life,
    /// It is a known fault.
    Wart,
    /// It cannot be seen.
    Unseen(&'static str),
}

use Is::{Life, Unseen, Wart};

fn row(id: &str, title: &str, need: Is) -> KnownRow {
    let need = match need {
        Is::Life => Need::Wanted,
        Is::Wart => Need::MustNot,
        Is::Unseen(why) => Need::Excused(why.to_owned()),
    };
    KnownRow { id: id.to_owned(), title: title.to_owned(), need }
}

const TABLE: [(&str, &str, Is); 65] = [
    ("T01", "new: the operator adds its finalizer", Life),
    ("T02", "waits: there is no tenant", Life),
    ("T03", "waits: the tenant is not ready", Life),
    ("T04", "the tenant became ready, a job is launched", Life),
    ("T05", "no job yet: a launch is accepted", Life),
    ("T06", "no job yet: a launch fails", Life),
    ("T07", "the answer to a launch is lost, the job is there", Life),
    ("T08", "a fresh read shows an active job: no second launch", Unseen(GUARD)),
    ("T09p", "a poll says pending", Life),
    ("T09w", "a poll says waiting", Life),
    ("T09r", "a poll says running", Life),
    ("T09u", "a poll says another word", Life),
    ("T10", "a poll says successful", Life),
    ("T11", "a poll says failed or error", Life),
    ("T12", "a poll says canceled", Life),
    ("T13", "a poll is answered with 404", Life),
    ("T14", "a poll fails otherwise", Life),
    ("T15", "the spec changes while a job is active", Life),
    ("T16", "a job for a former spec ends", Life),
    ("T17", "the spec changes after a job has succeeded", Life),
    ("T18", "a launch for the new spec is accepted", Life),
    ("T19", "launched again after a failure, with back-off", Life),
    ("T20", "the phase leaves Failed without a launch", Wart),
    ("T21", "launched at once for a new spec after a failure or a cancel", Life),
    ("T22", "launched again after a person's cancel, for the same spec", Wart),
    ("T23", "a change of an instance of an older operator is ignored", Wart),
    ("T24", "management-state is set to manual or unmanaged", Life),
    ("T25", "management-state is taken away", Life),
    ("T26", "the virtual machine appears in the status", Life),
    ("T27", "the virtual machine vanishes", Life),
    ("T28", "a status write meets a conflict and is repeated", Life),
    ("T29", "a provision job is never stored, another is launched", Wart),
    ("T30", "the operator is killed and starts again", Life),
    ("T31", "deleted without an active job", Life),
    ("T32", "deleted: the job had ended by itself", Life),
    ("T33", "deleted: the job is not found", Life),
    ("T34", "deleted: the job is canceled", Life),
    ("T35", "deleted: the cancel is refused with 405", Life),
    ("T36", "deleted: asking for the job or canceling it fails", Life),
    ("T37", "deleted: the job goes on and is canceled again", Life),
    ("T38", "deleted: the canceled job has ended", Life),
    ("T39", "the launch of a deprovision job is accepted", Life),
    ("T40", "the launch of a deprovision job fails", Life),
    ("T41", "a deprovision job is never stored, another is launched", Wart),
    ("T42", "a poll says that the deprovision job goes on", Life),
    ("T43", "the deprovision job succeeds, the finalizer goes", Life),
    ("T44", "the deprovision job fails or is canceled", Life),
    ("T45", "a poll of the deprovision job fails", Life),
    ("T46", "the deprovision job is launched again, with back-off", Life),
    ("T47", "spec or labels change while deprovisioning", Life),
    ("T48", "manual and deleted: the finalizer goes", Life),
    ("T49", "unmanaged and deleted: as any other", Life),
    ("T50", "other finalizers go after the operator's", Life),
    ("X1", "EDA: the create event is accepted", Life),
    ("X2", "EDA: within the minimum interval, it waits", Life),
    ("X3", "EDA: the create event is refused or lost", Life),
    ("X4", "EDA: the entry goes on without news", Life),
    ("X5", "EDA: the playbook annotates the wanted version", Life),
    ("X6", "EDA: a new spec, a new event", Life),
    ("X7", "EDA: deleted without the playbook's finalizer, skipped", Life),
    ("X8", "EDA: deleted with it, the delete event is accepted", Life),
    ("X9", "EDA: the playbook's finalizer is still there", Life),
    ("X10", "EDA: it is gone, the operator's goes", Life),
    ("X11", "deprovisioned by AAP what EDA had made", Life),
    ("X12", "EDA: the operator is killed and starts again", Life),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn there_are_fifty_rows_and_twelve_each_once() {
        let ids: BTreeSet<String> = rows()
            .into_iter()
            .map(|row| row.id.trim_end_matches(['p', 'w', 'r', 'u']).into())
            .collect();
        let expected: BTreeSet<String> =
            (1..=50).map(|n| format!("T{n:02}")).chain((1..=12).map(|n| format!("X{n}"))).collect();
        assert_eq!(ids, expected);
        assert_eq!(rows().len(), 50 + 3 + 12);
    }
}
