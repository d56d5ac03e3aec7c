//! The world outside the operator: what KubeVirt, the playbooks and EDA's rulebook do. Each has a
//! client of its own through the wire, so that its calls carry its name in the trace.

pub mod api;
pub mod eda;
pub mod kubevirt;
pub mod playbook;
