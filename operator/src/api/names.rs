//! The strings that stand in objects: finalizers, labels and annotations.

/// API group of ComputeInstance and Tenant.
pub const GROUP: &str = "osac.openshift.io";
/// The operator's own finalizer on a ComputeInstance.
pub const FINALIZER: &str = "osac.openshift.io/computeinstance";
/// The finalizer that a create playbook sets and a delete playbook removes.
pub const PLAYBOOK_FINALIZER: &str = "osac.openshift.io/computeinstance-aap";
/// Label on a virtual machine and its instance: the ComputeInstance's name.
pub const INSTANCE_LABEL: &str = "osac.openshift.io/computeinstance";
/// Annotation on a ComputeInstance: the name of its Tenant.
pub const TENANT_ANNOTATION: &str = "osac.openshift.io/tenant";
/// Annotation on a ComputeInstance: `manual` or `unmanaged`.
pub const MANAGEMENT_ANNOTATION: &str = "osac.openshift.io/management-state";
/// Annotation that a playbook writes: the config version that it applied.
pub const RECONCILED_ANNOTATION: &str = "osac.openshift.io/reconciled-config-version";
