//! The phase: where the instance is in its life.

use super::Turn;
use crate::api::{JobState, Phase};
use crate::policy::MachineVerdict;

/// Sets the phase from the former one and what is known now. Applied twice it changes nothing.
pub fn settle(turn: &mut Turn<'_>) {
    let former = turn.status.phase;
    let phase = next(turn, former);
    if former != Some(phase) {
        turn.mark(match phase {
            Phase::Starting => "phase-starting",
            Phase::Running => "phase-running",
            Phase::Failed => "phase-failed",
            Phase::Deleting => "phase-deleting",
        });
        turn.status.phase = Some(phase);
    }
}

fn next(turn: &Turn<'_>, former: Option<Phase>) -> Phase {
    if turn.seen.deletion().is_some() || former == Some(Phase::Deleting) {
        return Phase::Deleting;
    }
    let verdict = turn
        .seen
        .machine
        .as_ref()
        .map(|machine| turn.policy.machine_verdict(&machine.printable_status));
    match verdict {
        Some(MachineVerdict::Running) => return Phase::Running,
        Some(MachineVerdict::Failed) => return Phase::Failed,
        Some(MachineVerdict::Unchanged) if former == Some(Phase::Running) => return Phase::Running,
        Some(MachineVerdict::Unchanged | MachineVerdict::Starting) | None => {}
    }
    if turn.accepted {
        return Phase::Starting;
    }
    if provisioning_ended_badly(turn) {
        return turn.policy.phase_after_failed_job();
    }
    match former {
        Some(Phase::Failed) => Phase::Failed,
        Some(Phase::Starting | Phase::Running | Phase::Deleting) | None => Phase::Starting,
    }
}

fn provisioning_ended_badly(turn: &Turn<'_>) -> bool {
    turn.status.provision_job.as_ref().is_some_and(|job| match job.state {
        JobState::Failed | JobState::Canceled => true,
        JobState::Pending
        | JobState::Waiting
        | JobState::Running
        | JobState::Succeeded
        | JobState::Unknown => false,
    })
}
