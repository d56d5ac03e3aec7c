//! The conditions: what holds, and why not.

use super::{Obstacle, Turn};
use crate::api::{ConditionStatus, ConditionType, set_condition};

/// Sets all conditions but RestartInProgress, which restarts set themselves.
pub fn settle(turn: &mut Turn<'_>) {
    ready(turn);
    if turn.seen.deletion().is_some() {
        deprovisioned(turn);
    } else {
        provisioned(turn);
        configuration_applied(turn);
    }
}

fn set(turn: &mut Turn<'_>, about: ConditionType, status: ConditionStatus, why: (&str, &str)) {
    set_condition(&mut turn.status.conditions, about, status, why, turn.now);
}

fn ready(turn: &mut Turn<'_>) {
    let seen = turn.seen;
    let (status, reason, message) = match &seen.machine {
        None => (
            ConditionStatus::False,
            "WaitingForVM".to_owned(),
            "there is no virtual machine".into(),
        ),
        Some(machine) if machine.ready => {
            (ConditionStatus::True, "VMReady".to_owned(), "the virtual machine is ready".to_owned())
        }
        Some(machine) if is_word(&machine.printable_status) => (
            ConditionStatus::False,
            machine.printable_status.clone(),
            format!("the virtual machine says {}", machine.printable_status),
        ),
        Some(_) => {
            let message = "the virtual machine is not ready".to_owned();
            (ConditionStatus::False, "VMNotReady".to_owned(), message)
        }
    };
    set(turn, ConditionType::Ready, status, (&reason, &message));
}

/// Whether a text may stand as a reason.
fn is_word(text: &str) -> bool {
    text.len() <= 128
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric())
}

fn provisioned(turn: &mut Turn<'_>) {
    let obstacle = turn.obstacle.clone();
    let (status, reason, message) = match (&turn.seen.machine, &obstacle) {
        (Some(_), _) => (ConditionStatus::True, "VMExists", "the virtual machine exists"),
        (None, Some(Obstacle { reason, message })) => {
            (ConditionStatus::False, *reason, message.as_str())
        }
        (None, None) => (ConditionStatus::False, "WaitingForVM", "there is no virtual machine"),
    };
    set(turn, ConditionType::Provisioned, status, (reason, message));
}

fn configuration_applied(turn: &mut Turn<'_>) {
    let obstacle = turn.obstacle.clone();
    let in_force = turn.status.reconciled_config_version.is_some()
        && turn.status.reconciled_config_version == turn.status.desired_config_version;
    let (status, reason, message) = match &obstacle {
        Some(Obstacle { reason, message }) => (ConditionStatus::False, *reason, message.as_str()),
        None if in_force => {
            (ConditionStatus::True, "Applied", "the configuration that is wanted is in force")
        }
        None => (
            ConditionStatus::False,
            "NotReported",
            "the configuration that is wanted is not known to be in force",
        ),
    };
    set(turn, ConditionType::ConfigurationApplied, status, (reason, message));
}

fn deprovisioned(turn: &mut Turn<'_>) {
    let released = turn.released.clone();
    let obstacle = turn.obstacle.clone();
    let (status, why) = match (&released, &obstacle) {
        (Some(why), _) => (ConditionStatus::True, Some(why)),
        (None, why) => (ConditionStatus::False, why.as_ref()),
    };
    let (reason, message) =
        why.map_or(("InProgress", "deletion goes on"), |why| (why.reason, why.message.as_str()));
    set(turn, ConditionType::Deprovisioned, status, (reason, message));
}
