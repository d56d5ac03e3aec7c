//! Jobs as they stand in the status.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Moment;

/// Who runs the playbooks.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Provider {
    /// The Ansible Automation Platform, over its REST API.
    Aap,
    /// Event-Driven Ansible: a webhook that answers nothing.
    Eda,
}

impl Provider {
    /// The name as it stands in the status.
    pub fn name(self) -> &'static str {
        match self {
            Self::Aap => "aap",
            Self::Eda => "eda",
        }
    }
}

/// What a job is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum JobType {
    /// Makes the virtual machine, or brings it to a new configuration.
    Provision,
    /// Removes the virtual machine.
    Deprovision,
}

impl JobType {
    /// The name as it stands in the status and in a launch payload.
    pub fn name(self) -> &'static str {
        match self {
            Self::Provision => "provision",
            Self::Deprovision => "deprovision",
        }
    }
}

/// Which family of AAP endpoints a job belongs to.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum JobKind {
    /// Lives under `jobs/`.
    Job,
    /// Lives under `workflow_jobs/`: a workflow, or a sliced job template's run.
    WorkflowJob,
}

/// How far a job is.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
pub enum JobState {
    /// Accepted, not scheduled.
    Pending,
    /// Scheduled, not started.
    Waiting,
    /// Its playbook runs.
    Running,
    /// Ended well.
    Succeeded,
    /// Ended badly, or could not start.
    Failed,
    /// Ended because someone canceled it.
    Canceled,
    /// The provider said something that this operator does not know. Not an end.
    #[default]
    #[serde(other)]
    Unknown,
}

impl JobState {
    /// True if a job in this state never changes again.
    pub fn is_terminal(self) -> bool {
        match self {
            Self::Succeeded | Self::Failed | Self::Canceled => true,
            Self::Pending | Self::Waiting | Self::Running | Self::Unknown => false,
        }
    }
}

/// One job of a ComputeInstance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct JobStatus {
    /// What the job is for. Written in the history, where both kinds stand together.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub job_type: Option<JobType>,
    /// The provider's name for the job: a decimal number, or `eda-webhook-N`.
    pub id: String,
    /// The provider that gave the id. Absent in entries of older operators.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<Provider>,
    /// The family of endpoints. Absent while unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<JobKind>,
    /// How far the job is, as last seen.
    pub state: JobState,
    /// One stable word for an end that the state alone does not explain, as `JobVanished`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// The provider's words, at most 4 KiB.
    #[serde(skip_serializing_if = "String::is_empty")]
    #[schemars(length(max = 4096))]
    pub message: String,
    /// The config version that the job applies.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub config_version: String,
    /// Counts the launches of this object, both kinds together. Gives the order of jobs.
    pub attempt: i64,
    /// When the provider took the launch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launched_at: Option<Moment>,
    /// When the job ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Moment>,
    /// True if the object must stay when this job fails.
    pub block_deletion_on_failure: bool,
}

impl JobStatus {
    /// True if nothing more will be heard of this job: it ended, or it is no longer followed.
    pub fn is_over(&self) -> bool {
        self.state.is_terminal() || self.finished_at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_is_not_known_reads_as_unknown() {
        let state: JobState = serde_json::from_value("Levitating".into()).unwrap();
        assert_eq!(state, JobState::Unknown);
    }

    #[test]
    fn an_entry_of_an_older_operator_can_be_read() {
        let job: JobStatus =
            serde_json::from_value(serde_json::json!({"id": "7", "state": "Running"})).unwrap();
        assert_eq!((job.attempt, job.provider, job.kind), (0, None, None));
        assert!(!job.is_over());
    }
}
