//! Tenant: who virtual machines belong to, and the namespace they live in.

use kube::CustomResource;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is wanted.
#[derive(
    CustomResource, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema,
)]
#[kube(
    group = "osac.openshift.io",
    version = "v1alpha1",
    kind = "Tenant",
    plural = "tenants",
    namespaced,
    status = "TenantStatus",
    derive = "PartialEq",
    doc = "An owner of virtual machines.",
    printcolumn = r#"{"name":"Namespace","type":"string","jsonPath":".status.namespace"}"#,
    printcolumn = r#"{"name":"Phase","type":"string","jsonPath":".status.phase"}"#
)]
#[serde(rename_all = "camelCase", default)]
pub struct TenantSpec {
    /// The tenant's name where it differs from the object's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// What has been seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct TenantStatus {
    /// `Ready` once virtual machines may be made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// The namespace of the tenant's virtual machines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
}
