//! Conditions of a ComputeInstance.

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Moment;

/// What a condition is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConditionType {
    /// The virtual machine has been made.
    Provisioned,
    /// The virtual machine is ready for its user.
    Ready,
    /// The newest configuration is in force.
    ConfigurationApplied,
    /// A restart was asked for and is not done.
    RestartInProgress,
    /// What deletion waits for.
    Deprovisioned,
}

impl ConditionType {
    /// The name as it stands in the status.
    pub fn name(self) -> &'static str {
        match self {
            Self::Provisioned => "Provisioned",
            Self::Ready => "Ready",
            Self::ConfigurationApplied => "ConfigurationApplied",
            Self::RestartInProgress => "RestartInProgress",
            Self::Deprovisioned => "Deprovisioned",
        }
    }
}

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not hold.
    False,
    /// Nobody can tell.
    #[default]
    #[serde(other)]
    Unknown,
}

/// One condition: as `metav1.Condition`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Condition {
    /// What it is about.
    #[serde(rename = "type")]
    pub condition_type: String,
    /// Whether it holds.
    pub status: ConditionStatus,
    /// One stable word for why.
    pub reason: String,
    /// One sentence for a person. Carries nothing that changes from one attempt to the next.
    pub message: String,
    /// When `status` last changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_transition_time: Option<Moment>,
}

/// Puts a condition in its place in `conditions`. The transition time changes with the status only.
pub fn set_condition(
    conditions: &mut Vec<Condition>,
    condition_type: ConditionType,
    status: ConditionStatus,
    (reason, message): (&str, &str),
    now: Timestamp,
) {
    let name = condition_type.name();
    let fresh = Condition {
        condition_type: name.to_owned(),
        status,
        reason: reason.to_owned(),
        message: message.to_owned(),
        last_transition_time: Some(Moment::at(now)),
    };
    match conditions.iter_mut().find(|known| known.condition_type == name) {
        Some(known) => {
            let since = if known.status == status { known.last_transition_time } else { None };
            *known = fresh;
            known.last_transition_time = since.or(Some(Moment::at(now)));
        }
        None => conditions.push(fresh),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(conditions: &mut Vec<Condition>, status: ConditionStatus, reason: &str, second: i64) {
        let now = Timestamp::from_second(second).unwrap();
        set_condition(conditions, ConditionType::Ready, status, (reason, "text"), now);
    }

    #[test]
    fn the_transition_time_moves_with_the_status_only() {
        let mut conditions = vec![];
        set(&mut conditions, ConditionStatus::False, "Waiting", 10);
        set(&mut conditions, ConditionStatus::False, "StillWaiting", 20);
        assert_eq!(conditions.len(), 1);
        assert_eq!(conditions[0].reason, "StillWaiting");
        let moment = |second| Some(Moment(Timestamp::from_second(second).unwrap()));
        assert_eq!(conditions[0].last_transition_time, moment(10));
        set(&mut conditions, ConditionStatus::True, "Done", 30);
        assert_eq!(conditions[0].last_transition_time, moment(30));
    }
}
