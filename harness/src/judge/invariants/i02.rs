//! **I2**: between two changes of the desired config version, launches of a provision job ≤
//! 1 + those that failed, were canceled or vanished.
//!
//! * A stretch begins with the object and with each change of `status.desiredConfigVersion`. As an
//!   operator writes that field itself, a change opens a new stretch only where the API server
//!   committed a change of the spec for it: as many stretches as there were specs. A version that
//!   flaps without one stays in its stretch.
//! * An operator may launch before it writes the version: a launch whose payload carries another
//!   version than the stretch opens the next one, under the same rule.
//! * Launches are those that AAP accepted. Of the launches before in the stretch, those excuse
//!   another one that ended other than `successful` (by AAP's word or by what it told the
//!   operator), or that AAP forgot, or answered 404 twice, before it told the operator an end.
//! * Counted at each launch of a provision job. Webhooks are no launches.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Docket, Invariant, Moment};
use crate::judge::ledger::{Job, Sight};
use crate::judge::view::text;

#[derive(Default)]
pub(super) struct OneLaunchPerVersion<'t> {
    /// By UID.
    stretches: BTreeMap<&'t str, Stretch<'t>>,
    times: u64,
}

#[derive(Default)]
struct Stretch<'t> {
    version: &'t str,
    /// Places of its launches in the ledger.
    launches: Vec<usize>,
    /// Changes of the spec since the object's creation.
    specs: u32,
    /// Stretches before this one.
    before: u32,
}

impl<'t> Stretch<'t> {
    fn version_is(&mut self, version: &'t str) {
        if version.is_empty() || version == self.version {
            return;
        }
        if !self.version.is_empty() && self.before < self.specs {
            self.before += 1;
            self.launches.clear();
        }
        self.version = version;
    }

    /// A launch with this payload version: a stale one does not rename the stretch.
    fn launch_says(&mut self, version: &'t str) {
        if self.version.is_empty() || self.before < self.specs {
            self.version_is(version);
        }
    }
}

impl<'t> Invariant<'t> for OneLaunchPerVersion<'t> {
    fn name(&self) -> &'static str {
        "I2"
    }

    fn see(&mut self, moment: &Moment<'_, 't>, docket: &mut Docket) {
        match moment.sight {
            Sight::Revision { revision, old, instance: Some((at, _)) } => {
                let Some(instance) = moment.ledger.instances.get(*at) else { return };
                let stretch = self.stretches.entry(instance.uid).or_default();
                if old.is_some_and(|old| old.get("spec") != revision.body.get("spec")) {
                    stretch.specs += 1;
                }
                stretch.version_is(instance.view.desired);
            }
            Sight::Job { at, seen, .. } if seen.moment == "launched" => {
                let Some(job) = moment.ledger.jobs.get(*at) else { return };
                if job.role == "provision" && !job.uid.is_empty() {
                    self.launch(*at, job, moment, docket);
                }
            }
            _ => {}
        }
    }

    fn times(&self) -> u64 {
        self.times
    }
}

impl<'t> OneLaunchPerVersion<'t> {
    fn launch(&mut self, at: usize, job: &Job<'t>, moment: &Moment<'_, 't>, docket: &mut Docket) {
        self.times += 1;
        let stretch = self.stretches.entry(job.uid).or_default();
        stretch.launch_says(payload_version(job.variables));
        let jobs = &moment.ledger.jobs;
        let wrong = stretch.launches.iter().filter_map(|at| jobs.get(*at));
        let wrong = wrong.filter(|job| job.went_wrong()).count();
        stretch.launches.push(at);
        let (launches, allowed) = (stretch.launches.len(), 1 + wrong);
        if launches <= allowed {
            return;
        }
        let told: Vec<String> = stretch
            .launches
            .iter()
            .filter_map(|at| jobs.get(*at))
            .map(|job| format!("job {} ({})", job.id, job.status))
            .collect();
        let title = format!("{} was provisioned again without a reason", job.object);
        docket.bring(
            moment
                .charge("I2", title)
                .expected(format!(
                    "at most {allowed} launches of a provision job for version `{}`",
                    stretch.version
                ))
                .seen(format!("{launches} launches: {}", told.join(", ")))
                .hint("the former job's id was lost, or its success was not seen")
                .object(job.object),
        );
    }
}

fn payload_version(variables: Option<&Value>) -> &str {
    let payload = "/ansible_eda/event/payload/status/desiredConfigVersion";
    text(variables.and_then(|variables| variables.pointer(payload)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::judge::testing::{Story, broken};

    const NONE: [&str; 0] = [];

    fn provisioned() -> Story {
        Story::new()
            .create()
            .status(json!({"desiredConfigVersion": "a"}))
            .launch(1, "provision")
            .job(1, "successful")
    }

    #[test]
    fn one_launch_for_each_version_keeps_it() {
        let story = provisioned()
            .spec(json!({"templateParameters": "b"}))
            .status(json!({"desiredConfigVersion": "b"}))
            .launch(2, "provision");
        assert_eq!(broken(&story, "I2"), NONE);
    }

    #[test]
    fn a_second_launch_for_a_version_breaks_it() {
        let story = provisioned().launch(2, "provision");
        assert_eq!(broken(&story, "I2"), ["default/vm1 was provisioned again without a reason"]);
    }

    #[test]
    fn each_failed_job_excuses_one_more() {
        for end in ["failed", "error", "canceled"] {
            let story = Story::new()
                .create()
                .status(json!({"desiredConfigVersion": "a"}))
                .launch(1, "provision")
                .job(1, end)
                .launch(2, "provision")
                .job(2, "successful");
            assert_eq!(broken(&story, "I2"), NONE, "{end}");
            assert_eq!(broken(&story.launch(3, "provision"), "I2").len(), 1, "{end}");
        }
    }

    #[test]
    fn a_version_that_flaps_without_a_change_of_the_spec_opens_no_stretch() {
        let story =
            provisioned().status(json!({"desiredConfigVersion": "b"})).launch(2, "provision");
        assert_eq!(broken(&story, "I2").len(), 1);
    }

    #[test]
    fn there_and_back_again_are_two_changes() {
        let story = provisioned()
            .spec(json!({"templateParameters": "b"}))
            .status(json!({"desiredConfigVersion": "b"}))
            .launch(2, "provision")
            .job(2, "successful")
            .spec(json!({"templateParameters": "a"}))
            .status(json!({"desiredConfigVersion": "a"}))
            .launch(3, "provision");
        assert_eq!(broken(&story, "I2"), NONE);
    }

    #[test]
    fn two_changes_before_the_first_is_served_are_two() {
        let story = provisioned()
            .spec(json!({"templateParameters": "b"}))
            .spec(json!({"templateParameters": "c"}))
            .status(json!({"desiredConfigVersion": "b"}))
            .launch(2, "provision")
            .job(2, "successful")
            .status(json!({"desiredConfigVersion": "c"}))
            .launch(3, "provision");
        assert_eq!(broken(&story, "I2"), NONE);
    }

    #[test]
    fn a_launch_ahead_of_the_status_counts_for_its_own_version() {
        let story = provisioned()
            .spec(json!({"templateParameters": "b"}))
            .launch_version(2, "b")
            .job(2, "successful")
            .status(json!({"desiredConfigVersion": "b"}));
        assert_eq!(broken(&story, "I2"), NONE);
        assert_eq!(broken(&story.launch_version(3, "b"), "I2").len(), 1);
    }

    #[test]
    fn a_job_that_vanished_unseen_excuses_one_more_but_not_after_its_success_was_seen() {
        let unseen = Story::new()
            .create()
            .status(json!({"desiredConfigVersion": "a"}))
            .launch(1, "provision")
            .job(1, "successful")
            .purge(1)
            .launch(2, "provision");
        assert_eq!(broken(&unseen, "I2"), NONE);
        let seen = provisioned().poll(1, 200, "successful").purge(1).launch(2, "provision");
        assert_eq!(broken(&seen, "I2").len(), 1);
    }

    #[test]
    fn a_job_that_aap_denies_twice_has_vanished() {
        let denied = |times| {
            let story = Story::new()
                .create()
                .status(json!({"desiredConfigVersion": "a"}))
                .launch(1, "provision");
            let polled = (0..times).fold(story, |story, _| story.poll(1, 404, ""));
            broken(&polled.launch(2, "provision"), "I2").len()
        };
        assert_eq!((denied(1), denied(2)), (1, 0));
    }
}
