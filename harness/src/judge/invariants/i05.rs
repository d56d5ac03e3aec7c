//! **I5**: the operator's finalizer goes only after a successful deprovision in AAP, or an explicit
//! skip: EDA without its playbook's finalizer, `manual`, or nothing was ever launched or called for
//! this object.
//!
//! * The finalizer goes in the revision that lacks it, or with which the object goes. Any writer is
//!   judged but a user, who may do as he likes with his object.
//! * A successful deprovision is a job of role `deprovision` for this UID that AAP gave the status
//!   `successful`, launched after the last provision job. Whether the operator stored it is I7's.
//! * EDA: the operator runs with EDA now, and the object does not carry the playbook's finalizer
//!   (it never did, or the playbook has taken it off).
//! * Manual: the object carries the management state `manual` in the revision before or after.
//! * Nothing: AAP accepted no launch for this UID, EDA accepted no webhook for it, and its status
//!   never named a job (it may be older than this world).

use super::{Docket, Invariant, Moment};
use crate::judge::ledger::{Instance, Ledger, Sight, is_a_person};
use crate::judge::view::View;

#[derive(Default)]
pub(super) struct FinalizerGoesLast {
    times: u64,
}

impl<'t> Invariant<'t> for FinalizerGoesLast {
    fn name(&self) -> &'static str {
        "I5"
    }

    fn see(&mut self, moment: &Moment<'_, 't>, docket: &mut Docket) {
        let Sight::Revision { revision, instance: Some((at, Some(old))), .. } = moment.sight else {
            return;
        };
        let Some(instance) = moment.ledger.instances.get(*at) else { return };
        let goes = old.is_held() && (instance.gone || !instance.view.is_held());
        if !goes || is_a_person(&revision.by) {
            return;
        }
        self.times += 1;
        if is_deprovisioned(moment.ledger, instance) || is_skip(moment.ledger, old, instance) {
            return;
        }
        let title = format!("{} lost its finalizer before it was deprovisioned", instance.object);
        docket.bring(
            moment
                .charge("I5", title)
                .expected("a successful deprovision job, or a skip, before the finalizer goes")
                .seen(jobs(moment.ledger, instance))
                .hint("what was provisioned for this object is now nobody's")
                .object(instance.object),
        );
    }

    fn times(&self) -> u64 {
        self.times
    }
}

fn is_deprovisioned(ledger: &Ledger<'_>, instance: &Instance<'_>) -> bool {
    let jobs = ledger.jobs_for(instance.uid).rev();
    jobs.take_while(|job| job.role != "provision")
        .any(|job| job.role == "deprovision" && job.succeeded)
}

fn is_skip(ledger: &Ledger<'_>, old: &View<'_>, instance: &Instance<'_>) -> bool {
    let eda = ledger.provider == "eda" && !instance.view.is_held_by_playbook();
    let manual = old.management() == "manual" || instance.view.management() == "manual";
    let nothing = !instance.called && ledger.jobs_for(instance.uid).next().is_none();
    eda || manual || nothing
}

fn jobs(ledger: &Ledger<'_>, instance: &Instance<'_>) -> String {
    let told: Vec<String> = ledger
        .jobs_for(instance.uid)
        .map(|job| format!("{} job {} is {}", job.role, job.id, job.status))
        .collect();
    if told.is_empty() { "no job in AAP, but one was called".to_owned() } else { told.join(", ") }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::judge::testing::{Story, broken};

    const NONE: [&str; 0] = [];
    const LOST: [&str; 1] = ["default/vm1 lost its finalizer before it was deprovisioned"];

    fn running() -> Story {
        Story::new().create().finalizers(&["osac.openshift.io/computeinstance"])
    }

    #[test]
    fn a_finalizer_that_goes_after_a_successful_deprovision_keeps_it() {
        let story = running()
            .launch(1, "provision")
            .job(1, "successful")
            .launch(2, "deprovision")
            .job(2, "successful")
            .gone();
        assert_eq!(broken(&story, "I5"), NONE);
    }

    #[test]
    fn a_finalizer_that_goes_before_breaks_it() {
        let early = running().launch(1, "provision").job(1, "successful");
        assert_eq!(broken(&early.clone().gone(), "I5"), LOST);
        assert_eq!(broken(&early.clone().finalizers(&[]), "I5"), LOST);
        let failed = early.launch(2, "deprovision").job(2, "failed").gone();
        assert_eq!(broken(&failed, "I5"), LOST);
    }

    #[test]
    fn a_deprovision_before_the_last_provision_does_not_count() {
        let story = running()
            .launch(1, "deprovision")
            .job(1, "successful")
            .launch(2, "provision")
            .job(2, "successful")
            .gone();
        assert_eq!(broken(&story, "I5"), LOST);
    }

    #[test]
    fn nothing_ever_launched_is_a_skip_but_not_where_the_status_knows_a_job() {
        assert_eq!(broken(&running().gone(), "I5"), NONE);
        let known = running().status(json!({"provisionJobID": "77"})).gone();
        assert_eq!(broken(&known, "I5"), LOST);
    }

    #[test]
    fn manual_is_a_skip() {
        let manual = json!({"osac.openshift.io/management-state": "manual"});
        let story = running().launch(1, "provision").annotations(manual).gone();
        assert_eq!(broken(&story, "I5"), NONE);
        let unmanaged = json!({"osac.openshift.io/management-state": "unmanaged"});
        let story = running().launch(1, "provision").annotations(unmanaged).gone();
        assert_eq!(broken(&story, "I5"), LOST);
    }

    #[test]
    fn under_eda_the_playbooks_finalizer_decides() {
        let ours = "osac.openshift.io/computeinstance";
        let playbooks = "osac.openshift.io/computeinstance-aap";
        let eda = Story::new().started("eda").create().webhook("provision");
        let skip = eda.clone().finalizers(&[ours]).gone();
        assert_eq!(broken(&skip, "I5"), NONE);
        let early = eda.finalizers(&[ours, playbooks]).finalizers(&[playbooks]);
        assert_eq!(broken(&early, "I5"), LOST);
    }

    #[test]
    fn a_webhook_was_a_call_also_for_an_operator_that_runs_with_aap_now() {
        let story = Story::new()
            .started("eda")
            .create()
            .finalizers(&["osac.openshift.io/computeinstance"])
            .webhook("provision")
            .started("aap")
            .gone();
        assert_eq!(broken(&story, "I5"), LOST);
    }

    #[test]
    fn a_user_may_take_it_off() {
        let story = running().launch(1, "provision").by("user").finalizers(&[]);
        assert_eq!(broken(&story, "I5"), NONE);
    }
}
