//! What the operator reads and writes in the Kubernetes API: the two resources of the group
//! `osac.openshift.io/v1alpha1`, and the fixed strings that playbooks and users rely on.
//!
//! Types only: nothing here decides or does anything.

mod condition;
mod instance;
mod job;
mod moment;
pub mod names;
mod tenant;

pub use condition::{Condition, ConditionStatus, ConditionType, set_condition};
pub use instance::{
    ComputeInstance, ComputeInstanceSpec, ComputeInstanceStatus, LaunchIntent, Phase,
    RestartStatus, TenantReference, VirtualMachineReference,
};
pub use job::{JobKind, JobState, JobStatus, JobType, Provider};
pub use moment::Moment;
pub use tenant::{Tenant, TenantSpec, TenantStatus};
