//! Restarts: the running virtual machine instance is deleted once, and KubeVirt makes a new one.

use super::{Effect, Turn, after};
use crate::api::{ConditionStatus, ConditionType, Moment, RestartStatus, set_condition};
use crate::decide::MachineInstance;

/// Serves a restart request.
pub fn next(turn: &mut Turn<'_>) {
    // A request that came during a restart waits for that one's end: at most two turns here.
    for _ in 0..2 {
        let Some(requested) = pending(turn) else {
            withdraw(turn);
            return;
        };
        if !serve(turn, requested) {
            return;
        }
    }
}

/// The request to serve now.
fn pending(turn: &Turn<'_>) -> Option<Moment> {
    let wanted = turn.seen.instance.spec.restart_requested_at?;
    let open = turn.status.last_restarted_at.is_none_or(|last| wanted > last);
    if !open || turn.seen.deletion().is_some() {
        return None;
    }
    Some(turn.status.restart.as_ref().map_or(wanted, |restart| restart.requested_at.min(wanted)))
}

/// Nothing is asked for (any more).
fn withdraw(turn: &mut Turn<'_>) {
    let name = ConditionType::RestartInProgress.name();
    let known = turn.status.conditions.len();
    turn.status.conditions.retain(|condition| condition.condition_type != name);
    if turn.status.restart.take().is_some() || turn.status.conditions.len() != known {
        turn.mark("restart-over");
    }
}

/// Goes on with a restart; true if it is done.
fn serve(turn: &mut Turn<'_>, requested: Moment) -> bool {
    let seen = turn.seen;
    let Some(machine) = &seen.machine else {
        say(turn, "WaitingForVM", "there is no virtual machine to restart yet");
        return false;
    };
    if machine.created.is_some_and(|created| created > requested.0) {
        turn.mark("restart-served-by-new-machine");
        return done(turn, requested);
    }
    let Some(instance) = seen.machine_instance.as_ref().filter(|instance| !instance.terminating)
    else {
        say(turn, "WaitingForInstance", "waiting for the new virtual machine instance");
        return false;
    };
    let replaced = turn
        .status
        .restart
        .as_ref()
        .is_some_and(|restart| restart.replaced_instance_uid != instance.uid);
    let newer = instance.created.is_some_and(|created| created > requested.0);
    if !turn.policy.restart_is_served(newer, replaced) {
        replace(turn, requested, instance);
        return false;
    }
    if instance.running {
        turn.mark("restart-done");
        return done(turn, requested);
    }
    say(turn, "WaitingForInstance", "waiting for the new virtual machine instance");
    false
}

/// Deletes the old instance, after it is written down which one.
fn replace(turn: &mut Turn<'_>, requested: Moment, instance: &MachineInstance) {
    turn.status.restart = Some(RestartStatus {
        requested_at: requested,
        replaced_instance_uid: instance.uid.clone(),
    });
    say(turn, "Restarting", "the virtual machine instance is being replaced");
    // The deletion may not show yet.
    let deleted = turn.seen.memory.deleted.as_ref().filter(|(uid, _)| *uid == instance.uid);
    if let Some((_, at)) = deleted {
        let again = after(*at, turn.limits.poll_interval);
        if again > turn.now {
            turn.wake_at(again);
            return;
        }
    }
    turn.mark("restart-begun");
    turn.step(Effect::DeleteMachineInstance {
        namespace: instance.namespace.clone(),
        name: instance.name.clone(),
        uid: instance.uid.clone(),
    });
}

fn done(turn: &mut Turn<'_>, requested: Moment) -> bool {
    turn.status.last_restarted_at = Some(requested);
    turn.status.restart = None;
    true
}

fn say(turn: &mut Turn<'_>, reason: &str, message: &str) {
    set_condition(
        &mut turn.status.conditions,
        ConditionType::RestartInProgress,
        ConditionStatus::True,
        (reason, message),
        turn.now,
    );
}
