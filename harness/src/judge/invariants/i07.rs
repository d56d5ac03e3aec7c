//! **I7**: at rest each job entry equals AAP's state, mapped, as first seen terminal (EDA entries
//! and purged jobs excepted).
//!
//! * Judged whenever the world comes to rest while the operator runs, for every instance that is
//!   there and every entry with an id: the latest jobs and the former ones.
//! * Mapped: `pending`, `waiting`, `running` → Pending, Waiting, Running; `successful` → Succeeded;
//!   `failed` and `error` → Failed; `canceled` → Canceled; `new` → Pending or Unknown; any other
//!   word → Unknown.
//! * As first seen terminal: where AAP's answers told the operator an end, the entry shows the
//!   first end that they told, also if AAP wrote another one later. Otherwise AAP's status now.
//! * Excepted: entries made by EDA, and, while the operator runs with EDA, those made by AAP (an id
//!   is used only with the provider that made it); jobs that AAP forgot, or answered 404 more than
//!   once, or that this AAP never had; jobs of which AAP let the operator see nothing since their
//!   last change, though it asked; and objects under `unmanaged`, which are ignored.

use trace::Happening;

use super::{Docket, Invariant, Moment};
use crate::judge::ledger::{Instance, Job};
use crate::judge::view::Entry;

#[derive(Default)]
pub(super) struct EntriesAgree {
    times: u64,
}

impl<'t> Invariant<'t> for EntriesAgree {
    fn name(&self) -> &'static str {
        "I7"
    }

    fn see(&mut self, moment: &Moment<'_, 't>, docket: &mut Docket) {
        let ledger = moment.ledger;
        let judged = matches!(moment.event.what, Happening::Rest)
            && ledger.operator_lives
            && ledger.provider != "eda";
        if !judged {
            return;
        }
        let living =
            |instance: &&Instance<'t>| !instance.gone && instance.view.management() != "unmanaged";
        for instance in ledger.instances.iter().filter(living) {
            for entry in instance.view.entries.iter().filter(|entry| !entry.is_eda()) {
                let Some(job) = ledger.job_of(entry.id) else { continue };
                if job.has_vanished() || (job.untold > 0 && job.told_end.is_none()) {
                    continue;
                }
                self.times += 1;
                compare(instance, entry, job, moment, docket);
            }
        }
    }

    fn times(&self) -> u64 {
        self.times
    }
}

fn compare<'t>(
    instance: &Instance<'t>,
    entry: &Entry<'t>,
    job: &Job<'t>,
    moment: &Moment<'_, 't>,
    docket: &mut Docket,
) {
    let status = job.told_end.unwrap_or(job.status);
    let states = mapped(status);
    if states.contains(&entry.state) {
        return;
    }
    let title = format!(
        "{} shows job {} as {}, in AAP it is {status}",
        instance.object,
        job.id,
        if entry.state.is_empty() { "nothing" } else { entry.state },
    );
    docket.bring(
        moment
            .charge("I7", title)
            .expected(format!("{} of job {} {}", place(entry), job.id, states.join(" or ")))
            .seen(entry.state)
            .hint("at rest the status is the operator's last word on the job")
            .object(instance.object),
    );
}

fn place(entry: &Entry<'_>) -> &'static str {
    match (entry.former, entry.role) {
        (true, _) => "jobHistory",
        (false, "provision") => "provisionJob",
        (false, _) => "deprovisionJob",
    }
}

/// The states that an entry may show for a status of AAP.
fn mapped(status: &str) -> &'static [&'static str] {
    match status {
        "new" => &["Pending", "Unknown"],
        "pending" => &["Pending"],
        "waiting" => &["Waiting"],
        "running" => &["Running"],
        "successful" => &["Succeeded"],
        "failed" | "error" => &["Failed"],
        "canceled" => &["Canceled"],
        _ => &["Unknown"],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::judge::testing::{Story, broken};

    const NONE: [&str; 0] = [];

    fn entry(state: &str) -> Value {
        json!({"provisionJob": {"id": "1", "provider": "aap", "state": state}})
    }

    fn at_rest(status: &str, state: &str) -> Story {
        Story::new().create().launch(1, "provision").job(1, status).status(entry(state)).rest()
    }

    #[test]
    fn an_entry_that_agrees_keeps_it() {
        let pairs = [
            ("pending", "Pending"),
            ("waiting", "Waiting"),
            ("running", "Running"),
            ("successful", "Succeeded"),
            ("failed", "Failed"),
            ("error", "Failed"),
            ("canceled", "Canceled"),
            ("new", "Unknown"),
            ("frobnicating", "Unknown"),
        ];
        for (status, state) in pairs {
            assert_eq!(broken(&at_rest(status, state), "I7"), NONE, "{status} {state}");
        }
    }

    #[test]
    fn an_entry_that_does_not_breaks_it() {
        assert_eq!(
            broken(&at_rest("successful", "Running"), "I7"),
            ["default/vm1 shows job 1 as Running, in AAP it is successful"]
        );
        assert_eq!(broken(&at_rest("canceled", "Failed"), "I7").len(), 1);
    }

    #[test]
    fn a_former_job_is_judged_too() {
        let story = Story::new()
            .create()
            .launch(1, "provision")
            .job(1, "failed")
            .status(json!({"jobHistory": [{"id": "1", "state": "Succeeded"}]}))
            .rest();
        assert_eq!(broken(&story, "I7").len(), 1);
    }

    #[test]
    fn the_first_end_that_was_told_counts() {
        let flipped = Story::new()
            .create()
            .launch(1, "provision")
            .job(1, "canceled")
            .poll(1, 200, "canceled")
            .job(1, "successful");
        assert_eq!(broken(&flipped.clone().status(entry("Canceled")).rest(), "I7"), NONE);
        assert_eq!(broken(&flipped.status(entry("Succeeded")).rest(), "I7").len(), 1);
    }

    #[test]
    fn purged_jobs_and_eda_entries_are_excepted() {
        let purged =
            Story::new().create().launch(1, "provision").status(entry("Failed")).purge(1).rest();
        assert_eq!(broken(&purged, "I7"), NONE);
        let eda = json!({"provisionJob": {"id": "1", "provider": "eda", "state": "Running"}});
        let story = Story::new().create().launch(1, "provision").status(eda).rest();
        assert_eq!(broken(&story, "I7"), NONE);
    }

    #[test]
    fn a_job_that_aap_lets_nobody_see_is_excused_but_not_one_that_nobody_asked_for() {
        let unwell = Story::new()
            .create()
            .launch(1, "provision")
            .status(entry("Running"))
            .job(1, "successful");
        assert_eq!(broken(&unwell.clone().poll(1, 401, "").rest(), "I7"), NONE);
        assert_eq!(broken(&unwell.rest(), "I7").len(), 1);
    }

    #[test]
    fn an_answer_about_another_job_tells_nothing() {
        let story = Story::new()
            .create()
            .launch(1, "provision")
            .launch(2, "provision")
            .answered(1, json!({"id": 2, "status": "failed"}))
            .job(1, "successful")
            .status(entry("Succeeded"))
            .poll(1, 200, "successful")
            .rest();
        assert_eq!(broken(&story, "I7"), NONE);
    }

    #[test]
    fn an_object_that_is_ignored_is_not_judged() {
        let unmanaged = json!({"osac.openshift.io/management-state": "unmanaged"});
        let story = Story::new()
            .create()
            .launch(1, "provision")
            .status(entry("Running"))
            .annotations(unmanaged)
            .job(1, "successful")
            .rest();
        assert_eq!(broken(&story, "I7"), NONE);
    }

    #[test]
    fn an_operator_that_cannot_know_is_not_judged() {
        let stale = || {
            Story::new()
                .create()
                .launch(1, "provision")
                .status(entry("Running"))
                .job(1, "successful")
        };
        assert_eq!(broken(&stale().rest(), "I7").len(), 1);
        assert_eq!(broken(&stale().killed().rest(), "I7"), NONE);
        assert_eq!(broken(&stale().started("eda").rest(), "I7"), NONE);
    }

    #[test]
    fn an_answer_that_is_as_before_tells_it_again() {
        let unwell = Story::new()
            .create()
            .launch(1, "provision")
            .status(entry("Running"))
            .poll(1, 200, "pending")
            .poll(1, 503, "");
        assert_eq!(broken(&unwell.clone().rest(), "I7"), NONE);
        assert_eq!(broken(&unwell.polled_as_before(1).rest(), "I7").len(), 1);
    }

    #[test]
    fn a_moment_without_a_status_is_no_change() {
        let asked = Story::new()
            .create()
            .launch(1, "provision")
            .job(1, "running")
            .job_moment(1, "cancel-requested")
            .status(entry("Running"))
            .rest();
        assert_eq!(broken(&asked, "I7"), NONE);
    }
}
