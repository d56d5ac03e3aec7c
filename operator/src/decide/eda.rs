//! What is different under EDA: a playbook tells its end by an annotation and a finalizer on the
//! object, or not at all.

use super::{Turn, after, deprovision, intent, jobs};
use crate::api::{JobState, JobType, Provider};
use crate::policy::Management;

/// The reason of a provision entry that deletion did not wait for.
pub const NOT_AWAITED: &str = "DeletedBeforeEnd";

/// Takes what the playbooks say into the status.
pub fn settle(turn: &mut Turn<'_>) {
    let now = turn.now;
    let version = turn.seen.playbook_version();
    if let Some(job) = turn.status.provision_job.as_mut().filter(|job| !job.is_over())
        && version == Some(job.config_version.as_str())
    {
        jobs::end(job, JobState::Succeeded, now);
        turn.mark("playbook-reported");
    }
    if turn.seen.deletion().is_some()
        && !playbook_holds_something(turn)
        && let Some(job) = turn.status.deprovision_job.as_mut().filter(|job| !job.is_over())
    {
        jobs::end(job, JobState::Succeeded, now);
        turn.mark("playbook-finalizer-gone");
    }
    adopt_open_intent(turn);
}

/// An intent whose answer was lost. EDA cannot be asked; what the playbook left on the object can
/// tell. If it tells nothing, the event is sent again.
fn adopt_open_intent(turn: &mut Turn<'_>) {
    if let Some(intent) = turn.status.launch_intent.clone()
        && turn.seen.memory.launched.as_ref().is_none_or(|launched| launched.intent != intent)
    {
        turn.status.launch_intent = None;
        turn.mark("event-repeated");
    }
}

/// The next step of an instance that is being deleted.
pub fn deprovision(turn: &mut Turn<'_>) {
    if !deprovision::anything_exists(turn) {
        turn.mark("nothing-to-deprovision");
        deprovision::release(
            turn,
            "NothingLaunched",
            "nothing was ever launched for this instance",
        );
        return;
    }
    if let Some(job) = turn.status.provision_job.clone().filter(|job| !job.is_over())
        && turn.policy.deletion_waits_for(&job)
    {
        turn.blocked("ProvisionJobActive", format!("job {} goes on", job.id));
        turn.wake_at(after(turn.now, turn.limits.poll_interval));
        return;
    }
    if turn.management == Management::Manual {
        end_provision(turn);
        turn.mark("manual-deletion");
        deprovision::release(
            turn,
            "ManualManagement",
            "managed by hand: the virtual machine stays",
        );
        return;
    }
    match turn.status.deprovision_job.clone() {
        Some(job) if !job.is_over() => {
            turn.blocked("DeprovisionJobRunning", "the delete playbook has not reported an end");
        }
        Some(job) if job.state == JobState::Succeeded => {
            deprovision::release(turn, "DeprovisionSucceeded", "the virtual machine was removed");
        }
        Some(_) | None if playbook_holds_something(turn) => {
            end_provision(turn);
            intent::open(turn, JobType::Deprovision);
        }
        Some(_) | None => skip_after_grace(turn),
    }
}

/// Whether a playbook made something that only a playbook can remove: it says so by its finalizer,
/// or the machine itself does.
fn playbook_holds_something(turn: &Turn<'_>) -> bool {
    turn.seen.has_playbook_finalizer() || turn.seen.machine.is_some()
}

/// No playbook has begun. One may still do so for a while after its webhook was accepted.
fn skip_after_grace(turn: &mut Turn<'_>) {
    let launched = turn
        .status
        .provision_job
        .as_ref()
        .filter(|job| job.provider == Some(Provider::Eda))
        .and_then(|job| job.launched_at);
    if let Some(launched) = launched {
        let end = launched.after(turn.limits.eda_start_grace);
        if end > turn.now {
            turn.blocked("AwaitingPlaybook", "the create playbook may still start");
            turn.mark("start-grace");
            turn.wake_at(end);
            return;
        }
    }
    end_provision(turn);
    turn.mark("deprovision-skipped");
    deprovision::release(
        turn,
        "PlaybookNeverStarted",
        "no playbook holds anything of this instance",
    );
}

/// A provision entry that nobody will report on any more ends here.
fn end_provision(turn: &mut Turn<'_>) {
    let now = turn.now;
    if let Some(job) = turn.status.provision_job.as_mut().filter(|job| !job.is_over()) {
        jobs::end(job, JobState::Canceled, now);
        NOT_AWAITED.clone_into(&mut job.reason);
        "the instance was deleted before its playbook reported an end".clone_into(&mut job.message);
        turn.mark("unreported-provision-ended");
    }
}
