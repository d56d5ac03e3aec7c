//! ComputeInstance: a virtual machine that someone wants.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Condition, JobStatus, JobType, Moment};

/// What is wanted.
#[derive(
    CustomResource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema,
)]
#[kube(
    group = "osac.openshift.io",
    version = "v1alpha1",
    kind = "ComputeInstance",
    plural = "computeinstances",
    shortname = "ci",
    namespaced,
    status = "ComputeInstanceStatus",
    derive = "PartialEq",
    doc = "A virtual machine that is made, changed and removed by Ansible jobs.",
    printcolumn = r#"{"name":"Template","type":"string","jsonPath":".spec.templateID"}"#,
    printcolumn = r#"{"name":"Phase","type":"string","jsonPath":".status.phase"}"#,
    printcolumn = r#"{"name":"Job","type":"string","jsonPath":".status.provisionJob.state"}"#,
    printcolumn = r#"{"name":"Age","type":"date","jsonPath":".metadata.creationTimestamp"}"#
)]
#[serde(rename_all = "camelCase")]
pub struct ComputeInstanceSpec {
    /// The template that the playbook applies.
    #[serde(rename = "templateID")]
    #[schemars(length(min = 1))]
    pub template_id: String,
    /// Parameters of the template: a JSON object in a string.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template_parameters: Option<String>,
    /// Asks for a restart of a virtual machine that has run since before this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart_requested_at: Option<Moment>,
}

/// Where the instance is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum Phase {
    /// Being made, or its virtual machine is gone or not up.
    Starting,
    /// The virtual machine runs.
    Running,
    /// Nothing goes on before something changes or a back-off ends.
    Failed,
    /// On its way out.
    Deleting,
}

/// What has been seen and done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct ComputeInstanceStatus {
    /// Where the instance is in its life.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<Phase>,
    /// The version of the configuration that the spec asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub desired_config_version: Option<String>,
    /// The version of the configuration that is in force.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconciled_config_version: Option<String>,
    /// The latest provision job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provision_job: Option<JobStatus>,
    /// The latest deprovision job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprovision_job: Option<JobStatus>,
    /// A launch that was decided and whose job is not known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launch_intent: Option<LaunchIntent>,
    /// Former jobs of both kinds, oldest first, bounded.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub job_history: Vec<JobStatus>,
    /// The virtual machine.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub virtual_machine_reference: Option<VirtualMachineReference>,
    /// The tenant that the virtual machine belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant_reference: Option<TenantReference>,
    /// The latest restart request that was served.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_restarted_at: Option<Moment>,
    /// The restart that goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restart: Option<RestartStatus>,
    /// Conditions, one of each type.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,

    /// Deprecated: see `provisionJob`. Read once, to adopt what an older operator wrote.
    #[serde(rename = "provisionJobID", skip_serializing_if = "Option::is_none")]
    pub provision_job_id: Option<String>,
    /// Deprecated: see `provisionJob`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provision_job_state: Option<String>,
    /// Deprecated: see `provisionJob`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provision_job_message: Option<String>,
    /// Deprecated: see `deprovisionJob`.
    #[serde(rename = "deprovisionJobID", skip_serializing_if = "Option::is_none")]
    pub deprovision_job_id: Option<String>,
    /// Deprecated: see `deprovisionJob`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprovision_job_state: Option<String>,
    /// Deprecated: see `deprovisionJob`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprovision_job_message: Option<String>,
}

impl ComputeInstanceStatus {
    /// The latest job of a type.
    pub fn job(&self, job_type: JobType) -> Option<&JobStatus> {
        match job_type {
            JobType::Provision => self.provision_job.as_ref(),
            JobType::Deprovision => self.deprovision_job.as_ref(),
        }
    }

    /// The place of the latest job of a type.
    pub fn job_mut(&mut self, job_type: JobType) -> &mut Option<JobStatus> {
        match job_type {
            JobType::Provision => &mut self.provision_job,
            JobType::Deprovision => &mut self.deprovision_job,
        }
    }
}

/// A launch that was decided. Written before the launch leaves, under the resourceVersion that the
/// decision was made on; gone when the job's id is stored or the launch is known not to have been.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LaunchIntent {
    /// What is launched.
    #[serde(rename = "type")]
    pub job_type: JobType,
    /// The attempt's number; the job's own variables carry it too.
    pub attempt: i64,
    /// The config version that is launched.
    #[serde(default)]
    pub config_version: String,
    /// When it was decided.
    pub since: Moment,
}

/// A restart that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RestartStatus {
    /// The request that is being served.
    pub requested_at: Moment,
    /// The uid of the virtual machine instance that had to go.
    #[serde(rename = "replacedInstanceUID")]
    pub replaced_instance_uid: String,
}

/// Where the virtual machine is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VirtualMachineReference {
    /// Its namespace: the tenant's.
    pub namespace: String,
    /// Its name.
    pub kube_virt_virtual_machine_name: String,
}

/// Whose virtual machine it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct TenantReference {
    /// The Tenant's name.
    pub name: String,
    /// The namespace that the Tenant's virtual machines live in.
    pub namespace: String,
}
