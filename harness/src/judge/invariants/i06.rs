//! **I6**: once the object is gone: no active job for it; no VM with its label, except after a skip
//! by `manual`.
//!
//! * From the revision with which a ComputeInstance goes on, at each event: AAP has no active job
//!   of its UID, and the API server has no VirtualMachine whose `…/computeinstance` label names it.
//! * A job or a machine that comes later (a playbook that began too early to be canceled) breaks it
//!   as one does that was there. A machine that names a living instance belongs to that one.
//! * Manual: the object carried the management state `manual` when it went, or when the operator's
//!   finalizer went. That excuses the machine, not the job.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use trace::Change;

use super::{Docket, Invariant, Moment};
use crate::judge::ledger::{Ledger, Sight};
use crate::judge::view::metadata;

#[derive(Default)]
pub(super) struct NothingRemains<'t> {
    /// UIDs of instances whose finalizer went under `manual`.
    manual: BTreeSet<&'t str>,
    /// Names of instances that are gone and whose machines must be gone: `namespace/name` by name.
    gone: BTreeMap<&'t str, &'t str>,
    /// Jobs and machines that were charged.
    charged: BTreeSet<String>,
    times: u64,
}

impl<'t> Invariant<'t> for NothingRemains<'t> {
    fn name(&self) -> &'static str {
        "I6"
    }

    fn see(&mut self, moment: &Moment<'_, 't>, docket: &mut Docket) {
        match moment.sight {
            Sight::Revision { instance: Some((at, old)), .. } => {
                let Some(instance) = moment.ledger.instances.get(*at) else { return };
                let was = old.as_ref();
                let manual = instance.view.management() == "manual"
                    || was.is_some_and(|old| old.management() == "manual");
                let lets_go = was.is_some_and(|old| old.is_held()) && !instance.view.is_held();
                if manual && (lets_go || instance.gone) {
                    self.manual.insert(instance.uid);
                }
                let name = last_part(instance.object);
                if !instance.gone {
                    self.gone.remove(name);
                    return;
                }
                if !self.manual.contains(instance.uid) {
                    self.gone.insert(name, instance.object);
                }
                self.jobs_of(instance.uid, moment, docket);
                for (machine, body) in moment.ledger.objects("VirtualMachine") {
                    self.machine(machine, body, moment, docket);
                }
            }
            Sight::Revision { revision, .. }
                if revision.kind == "VirtualMachine" && revision.change != Change::Deleted =>
            {
                self.machine(&revision.object, &revision.body, moment, docket);
            }
            Sight::Job { at, .. } => {
                let Some(job) = moment.ledger.jobs.get(*at) else { return };
                if moment.ledger.instance(job.uid).is_some_and(|instance| instance.gone) {
                    self.jobs_of(job.uid, moment, docket);
                }
            }
            _ => {}
        }
    }

    fn times(&self) -> u64 {
        self.times
    }
}

impl<'t> NothingRemains<'t> {
    fn jobs_of(&mut self, uid: &str, moment: &Moment<'_, 't>, docket: &mut Docket) {
        self.times += 1;
        for job in moment.ledger.jobs_for(uid).filter(|job| job.is_active()) {
            if !self.charged.insert(format!("job {}", job.id)) {
                continue;
            }
            let title = format!("{} is gone and its {} job is active", job.object, job.role);
            docket.bring(
                moment
                    .charge("I6", title)
                    .expected("no active job for an object that is gone")
                    .seen(format!("job {} is {}", job.id, job.status))
                    .hint("nobody will cancel it or clean up after it")
                    .object(job.object),
            );
        }
    }

    fn machine(&mut self, name: &str, body: &Value, moment: &Moment<'_, 't>, docket: &mut Docket) {
        let Some(owner) = owner(body).filter(|owner| !is_living(moment.ledger, owner)) else {
            return;
        };
        let Some(object) = self.gone.get(owner) else { return };
        self.times += 1;
        if !self.charged.insert(format!("machine {name}")) {
            return;
        }
        docket.bring(
            moment
                .charge("I6", format!("{object} is gone and its virtual machine is there"))
                .expected("no VirtualMachine with the label of an object that is gone")
                .seen(format!("VirtualMachine {name}"))
                .hint("an orphan: it was not deprovisioned, or made after the object went")
                .object(*object),
        );
    }
}

/// The instance that a machine's label names.
fn owner(body: &Value) -> Option<&str> {
    let labels = metadata(body, "labels")?.as_object()?;
    labels.iter().find(|(key, _)| key.ends_with("/computeinstance"))?.1.as_str()
}

fn is_living(ledger: &Ledger<'_>, name: &str) -> bool {
    ledger.instances.iter().any(|instance| !instance.gone && last_part(instance.object) == name)
}

fn last_part(object: &str) -> &str {
    object.rsplit_once('/').map_or(object, |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::judge::testing::{Story, broken};

    const NONE: [&str; 0] = [];
    const ORPHAN: [&str; 1] = ["default/vm1 is gone and its virtual machine is there"];

    #[test]
    fn an_object_that_takes_all_with_it_keeps_it() {
        let story = Story::new()
            .create()
            .launch(1, "provision")
            .machine("tenant/vm1", "vm1")
            .job(1, "successful")
            .machine_gone("tenant/vm1")
            .gone();
        assert_eq!(broken(&story, "I6"), NONE);
    }

    #[test]
    fn an_active_job_breaks_it() {
        let story = Story::new().create().launch(1, "provision").gone().job(1, "running");
        assert_eq!(broken(&story, "I6"), ["default/vm1 is gone and its provision job is active"]);
    }

    #[test]
    fn a_job_that_comes_later_breaks_it() {
        let story = Story::new().create().gone().launch(1, "provision");
        assert_eq!(broken(&story, "I6").len(), 1);
    }

    #[test]
    fn a_machine_that_stays_or_comes_later_breaks_it() {
        let stays = Story::new().create().machine("tenant/vm1", "vm1").gone();
        assert_eq!(broken(&stays, "I6"), ORPHAN);
        let later = Story::new().create().gone().machine("tenant/vm1", "vm1");
        assert_eq!(broken(&later, "I6"), ORPHAN);
        let others = Story::new().create().machine("tenant/vm2", "vm2").gone();
        assert_eq!(broken(&others, "I6"), NONE);
    }

    #[test]
    fn manual_excuses_the_machine_but_not_the_job() {
        let manual = json!({"osac.openshift.io/management-state": "manual"});
        let story = Story::new().create().annotations(manual).machine("tenant/vm1", "vm1");
        assert_eq!(broken(&story.clone().gone(), "I6"), NONE);
        assert_eq!(broken(&story.launch(1, "provision").gone(), "I6").len(), 1);
    }

    #[test]
    fn a_machine_of_a_new_object_of_the_same_name_is_that_ones() {
        let story = Story::new().create().gone().uid("uid-2").create().machine("tenant/vm1", "vm1");
        assert_eq!(broken(&story, "I6"), NONE);
    }

    #[test]
    fn a_former_object_of_the_same_name_does_not_undo_a_skip() {
        let manual = json!({"osac.openshift.io/management-state": "manual"});
        let second = Story::new().create().gone().uid("uid-2").create().annotations(manual);
        assert_eq!(broken(&second.machine("tenant/vm1", "vm1").gone(), "I6"), NONE);
    }

    #[test]
    fn a_machine_that_may_be_anothers_is_not_charged() {
        let other = json!({"metadata": {"uid": "uid-9"}});
        let story = Story::new()
            .create()
            .object("ComputeInstance", "other/vm1", other)
            .machine("tenant/vm1", "vm1")
            .gone();
        assert_eq!(broken(&story, "I6"), NONE);
    }
}
