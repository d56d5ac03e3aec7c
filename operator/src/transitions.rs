//! The operator's transition table, as data.
//!
//! A row for each branch of `decide` (and one of `act`) that is worth a test. When a branch is
//! taken, its mark leaves as an event of the target `operator::transition`, once what it stands
//! for is done. A test compares the marks in the sources with this table.

/// One branch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name, as in the events and in a scenario's `covers`.
    pub mark: &'static str,
    /// Where the instance is before.
    pub from: &'static str,
    /// What happens.
    pub on: &'static str,
    /// Where the instance is after.
    pub to: &'static str,
    /// What the operator does, in a sentence.
    pub title: &'static str,
}

const fn row(mark: &'static str, [from, on, to]: [&'static str; 3], title: &'static str) -> Row {
    Row { mark, from, on, to, title }
}

/// All of them, in the order of an instance's life.
pub const TABLE: &[Row] = &[
    row("finalizer-added", ["new", "first seen", "waiting"], "puts its finalizer on a new object"),
    row(
        "unmanaged-ignored",
        ["any", "annotation unmanaged", "unchanged"],
        "ignores an unmanaged object",
    ),
    row(
        "older-entry-adopted",
        ["any", "an entry of an older operator", "adopted"],
        "takes over what an older operator wrote",
    ),
    row(
        "tenant-not-ready",
        ["waiting", "tenant absent, not ready or terminating", "waiting"],
        "launches nothing before the tenant is ready",
    ),
    row(
        "provision-launched",
        ["waiting", "tenant ready", "launching"],
        "writes an intent and launches a provision job",
    ),
    row(
        "configuration-outdated",
        ["provisioned", "spec changed", "launching"],
        "launches again for a new configuration",
    ),
    row(
        "launch-accepted",
        ["launching", "2xx with an id", "active"],
        "stores the job of an accepted launch",
    ),
    row(
        "launch-refused",
        ["launching", "4xx, or no template", "waiting"],
        "clears the intent and backs off after a refusal",
    ),
    row(
        "variables-ignored",
        ["launching", "2xx that ignored the variables", "canceling"],
        "cancels a job that does not know what it is for",
    ),
    row(
        "intent-looked-up",
        ["launching", "no clear answer", "launching"],
        "looks for the job before it launches again",
    ),
    row(
        "intent-adopted",
        ["launching", "the job is found", "active"],
        "adopts the job of a lost answer",
    ),
    row(
        "intent-abandoned",
        ["launching", "no job within the window", "waiting"],
        "launches anew when no job can appear any more",
    ),
    row(
        "event-repeated",
        ["launching", "no answer from EDA", "waiting"],
        "sends an event again that may have been lost",
    ),
    row(
        "status-conflict",
        ["any", "409 on a write", "unchanged"],
        "reads again and decides anew after a conflict",
    ),
    row("job-pending", ["active", "poll: pending", "active"], "follows a job to Pending"),
    row("job-waiting", ["active", "poll: waiting", "active"], "follows a job to Waiting"),
    row("job-running", ["active", "poll: running", "active"], "follows a job to Running"),
    row(
        "job-unknown",
        ["active", "poll: an unknown word", "active"],
        "polls on when AAP says an unknown word",
    ),
    row(
        "job-succeeded",
        ["active", "poll: successful", "ended well"],
        "follows a job to its good end",
    ),
    row(
        "job-failed",
        ["active", "poll: failed or error", "ended badly"],
        "follows a job to its failure",
    ),
    row(
        "job-canceled",
        ["active", "poll: canceled", "canceled"],
        "follows a job to its cancellation",
    ),
    row(
        "job-vanished",
        ["active", "absent on two polls", "ended badly"],
        "ends a job that AAP no longer knows",
    ),
    row(
        "foreign-job-left",
        ["active", "another provider is set", "ended"],
        "leaves a job that this provider cannot follow",
    ),
    row(
        "playbook-reported",
        ["active", "annotation equals the version", "ended well"],
        "takes an annotation as the end of a playbook",
    ),
    row(
        "configuration-reconciled",
        ["ended well", "job or annotation", "provisioned"],
        "notes which configuration is in force",
    ),
    row(
        "human-cancel-respected",
        ["canceled", "nothing changed", "canceled"],
        "launches nothing after a person's cancel",
    ),
    row(
        "history-trimmed",
        ["active", "a former job too many", "active"],
        "drops the oldest of the former jobs",
    ),
    row(
        "phase-starting",
        ["none, Running or Failed", "a launch, or no machine", "Starting"],
        "enters phase Starting",
    ),
    row(
        "phase-running",
        ["Starting or Failed", "the machine runs", "Running"],
        "enters phase Running",
    ),
    row(
        "phase-failed",
        ["Starting or Running", "a failed job or machine", "Failed"],
        "enters phase Failed",
    ),
    row("phase-deleting", ["any", "deletion", "Deleting"], "enters phase Deleting"),
    row(
        "restart-begun",
        ["Running", "restartRequestedAt is new", "restarting"],
        "deletes the old virtual machine instance",
    ),
    row(
        "restart-done",
        ["restarting", "a newer instance runs", "Running"],
        "notes that a restart is done",
    ),
    row(
        "restart-served-by-new-machine",
        ["restarting", "the machine is newer", "Running"],
        "takes a new machine for a restart",
    ),
    row(
        "restart-over",
        ["restarting", "done or withdrawn", "Running"],
        "clears the restart's condition",
    ),
    row(
        "cancel-requested",
        ["active, deleting", "job active", "canceling"],
        "cancels an active job",
    ),
    row(
        "cancel-repeated",
        ["canceling", "job still active", "canceling"],
        "cancels again with the next poll",
    ),
    row(
        "cancel-refused",
        ["canceling", "403, 404 or 405", "canceling"],
        "asks for the job at once when a cancel is refused",
    ),
    row(
        "cancel-ignored",
        ["canceling", "three cancels", "canceling"],
        "says that a job does not end",
    ),
    row(
        "other-job-canceled",
        ["deleting", "AAP has another active job", "canceling"],
        "cancels a job that the status does not know",
    ),
    row(
        "missing-job-ended",
        ["deleting", "404 on the ended job", "deleting"],
        "takes a job that AAP forgot as ended",
    ),
    row(
        "unreported-provision-ended",
        ["deleting", "EDA never reported", "deleting"],
        "ends an entry that nobody will report on",
    ),
    row(
        "deprovision-launched",
        ["deleting", "nothing active", "deprovisioning"],
        "launches a deprovision job",
    ),
    row(
        "deprovision-retry-waits",
        ["deprovisioning", "job failed or canceled", "deprovisioning"],
        "keeps the finalizer and waits before the next",
    ),
    row(
        "playbook-finalizer-gone",
        ["deprovisioning", "playbook's finalizer removed", "ended well"],
        "takes the finalizer's removal as the end",
    ),
    row(
        "start-grace",
        ["deleting", "no playbook finalizer yet", "deleting"],
        "waits for a playbook that may still start",
    ),
    row(
        "deprovision-skipped",
        ["deleting", "no playbook started", "released"],
        "skips a deprovisioning that has no object",
    ),
    row(
        "manual-deletion",
        ["deleting", "annotation manual", "released"],
        "lets an object go and leaves its machine",
    ),
    row(
        "nothing-to-deprovision",
        ["deleting", "nothing was launched", "released"],
        "lets an object go that has nothing",
    ),
    row(
        "finalizer-removed",
        ["released", "nothing more to wait for", "gone"],
        "takes its finalizer off",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use super::TABLE;

    /// The quoted words with a hyphen that stand where marks are made.
    fn marks_in(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with("tests") {
                continue;
            }
            if path.is_dir() {
                marks_in(&path, found);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                found.extend(
                    code.split('"')
                        .skip(1)
                        .step_by(2)
                        .filter(|word| is_mark(word))
                        .map(str::to_owned),
                );
            }
        }
    }

    fn is_mark(word: &str) -> bool {
        word.contains('-')
            && word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c == '-')
            && !["eda-webhook-", "look-up"].contains(&word)
    }

    #[test]
    fn every_mark_of_the_sources_has_a_row_and_every_row_a_mark() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let mut found = BTreeSet::new();
        marks_in(&sources.join("decide"), &mut found);
        marks_in(&sources.join("act"), &mut found);
        let table: BTreeSet<String> = TABLE.iter().map(|row| row.mark.to_owned()).collect();
        assert_eq!(found, table);
        assert_eq!(table.len(), TABLE.len(), "a mark stands in two rows");
    }
}
