//! The tenant gate: virtual machines are made in the namespace of a tenant that is ready.

use super::Turn;
use crate::api::{TenantReference, VirtualMachineReference};

/// Notes the tenant and the virtual machine in the status.
pub fn note(turn: &mut Turn<'_>) {
    if let (Ok(()), Some(name), Some(tenant)) =
        (gate(turn), turn.seen.tenant_name(), &turn.seen.tenant)
    {
        turn.status.tenant_reference = Some(TenantReference {
            name: name.to_owned(),
            namespace: tenant.namespace.clone().unwrap_or_default(),
        });
    }
    turn.status.virtual_machine_reference =
        turn.seen.machine.as_ref().map(|machine| VirtualMachineReference {
            namespace: machine.namespace.clone(),
            kube_virt_virtual_machine_name: machine.name.clone(),
        });
}

/// Whether a virtual machine may be made, and if not, why.
pub fn gate(turn: &Turn<'_>) -> Result<(), String> {
    let Some(name) = turn.seen.tenant_name() else {
        return Err("the object names no tenant".to_owned());
    };
    let Some(tenant) = &turn.seen.tenant else {
        return Err(format!("the tenant `{name}` does not exist"));
    };
    if !turn.policy.tenant_is_ready(&tenant.phase, tenant.terminating) {
        let why = if tenant.terminating { "is being deleted" } else { "is not ready" };
        return Err(format!("the tenant `{name}` {why}"));
    }
    if tenant.namespace.is_none() {
        return Err(format!("the tenant `{name}` has no namespace"));
    }
    Ok(())
}
