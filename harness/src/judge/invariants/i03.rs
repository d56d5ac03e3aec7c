//! **I3**: each launched job id shows up in the status before rest.
//!
//! * Judged whenever the world comes to rest while the operator runs: each job that AAP launched
//!   for an instance must have stood in some revision of that instance's status (as its latest job
//!   of either role, or in the history), whatever became of it afterwards. An instance that is
//!   gone must have shown its jobs before.
//! * Excused: a job that AAP forgot before any answer named it to the operator, which nobody could
//!   then know; and a job of nobody.

use std::collections::BTreeSet;

use trace::Happening;

use super::{Docket, Invariant, Moment};

#[derive(Default)]
pub(super) struct LaunchesAreShown {
    /// Launches that were charged, by their event.
    charged: BTreeSet<usize>,
    times: u64,
}

impl<'t> Invariant<'t> for LaunchesAreShown {
    fn name(&self) -> &'static str {
        "I3"
    }

    fn see(&mut self, moment: &Moment<'_, 't>, docket: &mut Docket) {
        if !matches!(moment.event.what, Happening::Rest) || !moment.ledger.operator_lives {
            return;
        }
        for job in &moment.ledger.jobs {
            let Some(instance) = moment.ledger.instance(job.uid) else { continue };
            self.times += 1;
            let id = job.id.to_string();
            if instance.shown.contains(id.as_str()) || (job.purged && !job.named) {
                continue;
            }
            if !self.charged.insert(job.launched) {
                continue;
            }
            let shown: Vec<&str> = instance.shown.iter().copied().collect();
            let title = format!("{} job {id} never showed up in the status", job.role);
            let seen = match shown.as_slice() {
                [] => "no job at all".to_owned(),
                shown => format!("jobs {}", shown.join(", ")),
            };
            docket.bring(
                moment
                    .charge("I3", title)
                    .expected(format!("job {id} in some revision of {}", job.object))
                    .seen(seen)
                    .hint("AAP accepted the launch; its id was not stored until it was stored")
                    .object(job.object),
            );
        }
    }

    fn times(&self) -> u64 {
        self.times
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::judge::testing::{Story, broken};

    const NONE: [&str; 0] = [];

    #[test]
    fn an_id_that_showed_up_once_keeps_it() {
        let story = Story::new()
            .create()
            .launch(1, "provision")
            .status(json!({"provisionJob": {"id": "1", "state": "Pending"}}))
            .status(json!({"provisionJob": {"id": "2", "state": "Pending"}}))
            .rest();
        assert_eq!(broken(&story, "I3"), NONE);
    }

    #[test]
    fn an_id_that_never_showed_up_breaks_it_at_rest() {
        let story = Story::new().create().launch(7, "provision");
        assert_eq!(broken(&story, "I3"), NONE);
        let title = "provision job 7 never showed up in the status";
        assert_eq!(broken(&story.rest().rest(), "I3"), [title]);
    }

    #[test]
    fn an_object_that_is_gone_does_not_excuse_it() {
        let story = Story::new().create().launch(7, "deprovision").gone().rest();
        assert_eq!(broken(&story, "I3").len(), 1);
    }

    #[test]
    fn a_job_that_vanished_before_anybody_named_it_is_excused() {
        let unnamed = Story::new().create().launch_unanswered(7, "provision").purge(7).rest();
        assert_eq!(broken(&unnamed, "I3"), NONE);
        let named = Story::new().create().launch(7, "provision").purge(7).rest();
        assert_eq!(broken(&named, "I3").len(), 1);
    }

    #[test]
    fn an_operator_that_does_not_run_is_not_judged() {
        let story = Story::new().create().launch(7, "provision").killed().rest();
        assert_eq!(broken(&story, "I3"), NONE);
    }

    #[test]
    fn a_look_up_names_a_job_too() {
        let rows = json!({"results": [{"id": 7, "status": "running"}]});
        let found = Story::new().create().launch_unanswered(7, "provision").looked_up(rows);
        assert_eq!(broken(&found.purge(7).rest(), "I3").len(), 1);
    }
}
