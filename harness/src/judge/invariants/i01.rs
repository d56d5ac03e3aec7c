//! **I1**: at most one active AAP job per ComputeInstance (by UID) at any time.
//!
//! * A job is active from its launch until AAP gives it `successful`, `failed`, `error` or
//!   `canceled`, or forgets it. A status that nobody knows is not an end.
//! * A job belongs to the UID in its variables; where those got lost on the way, to the object of
//!   the launch request whose answer named it. A job of nobody is not judged.
//! * Both roles count together. EDA's playbooks are no AAP jobs.
//! * Looked at after each change of a job and each answer to a launch; charged once for each job
//!   that was active beside another.

use std::collections::BTreeSet;

use super::{Docket, Invariant, Moment};
use crate::judge::ledger::{Job, Sight};

#[derive(Default)]
pub(super) struct OneActiveJob {
    /// Launches that were charged, by their event.
    charged: BTreeSet<usize>,
    times: u64,
}

impl<'t> Invariant<'t> for OneActiveJob {
    fn name(&self) -> &'static str {
        "I1"
    }

    fn see(&mut self, moment: &Moment<'_, 't>, docket: &mut Docket) {
        let changed = match moment.sight {
            Sight::Job { at, .. } => moment.ledger.jobs.get(*at),
            // the answer tells whose a job is that lost its variables
            Sight::Answered { request, reply } if request.verb == "launch" => {
                let id = reply.body.as_deref().and_then(|body| body.get("id"));
                id.and_then(|id| moment.ledger.job_of(&id.to_string()))
            }
            _ => None,
        };
        let Some(changed) = changed else { return };
        self.times += 1;
        let of_object = moment.ledger.jobs_for(changed.uid);
        let active: Vec<&Job<'_>> = of_object.filter(|job| job.is_active()).collect();
        let Some((last, _)) = active.split_last().filter(|(_, others)| !others.is_empty()) else {
            return;
        };
        if !self.charged.insert(last.launched) {
            return;
        }
        let told: Vec<String> = active
            .iter()
            .map(|job| format!("job {} ({}, {})", job.id, job.role, job.status))
            .collect();
        let title = format!("{} has {} active jobs in AAP", last.object, active.len());
        docket.bring(
            moment
                .charge("I1", title)
                .expected("at most one active job of an instance at any time")
                .seen(told.join(", "))
                .hint("a launch left although a former job had not ended, or was not known")
                .object(last.object),
        );
    }

    fn times(&self) -> u64 {
        self.times
    }
}

#[cfg(test)]
mod tests {
    use crate::judge::testing::{Story, broken};

    #[test]
    fn a_job_after_the_end_of_another_keeps_it() {
        let story = Story::new()
            .create()
            .launch(1, "provision")
            .job(1, "running")
            .job(1, "successful")
            .launch(2, "deprovision");
        assert_eq!(broken(&story, "I1"), [] as [&str; 0]);
    }

    #[test]
    fn a_second_active_job_breaks_it() {
        let story = Story::new().create().launch(1, "provision").launch(2, "deprovision");
        assert_eq!(broken(&story, "I1"), ["default/vm1 has 2 active jobs in AAP"]);
    }

    #[test]
    fn a_status_that_nobody_knows_is_no_end() {
        let story = Story::new()
            .create()
            .launch(1, "provision")
            .job(1, "frobnicating")
            .launch(2, "provision");
        assert_eq!(broken(&story, "I1").len(), 1);
    }

    #[test]
    fn a_purged_job_is_not_active() {
        let story = Story::new().create().launch(1, "provision").purge(1).launch(2, "provision");
        assert_eq!(broken(&story, "I1"), [] as [&str; 0]);
    }

    #[test]
    fn an_object_of_the_same_name_is_another_one() {
        let story = Story::new()
            .create()
            .launch(1, "provision")
            .uid("uid-2")
            .create()
            .launch(2, "provision");
        assert_eq!(broken(&story, "I1"), [] as [&str; 0]);
    }

    #[test]
    fn a_job_that_lost_its_variables_belongs_to_the_object_of_its_launch() {
        let story =
            Story::new().create().launch(1, "provision").launch_without_variables(2, "provision");
        assert_eq!(broken(&story, "I1"), ["default/vm1 has 2 active jobs in AAP"]);
    }
}
