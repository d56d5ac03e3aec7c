//! All that a decision may look at.

use jiff::Timestamp;

use crate::api::{ComputeInstance, names};
use crate::memory::Memory;

/// One object and its surroundings, at one moment.
#[derive(Clone, Debug)]
pub struct Observed {
    /// The object.
    pub instance: ComputeInstance,
    /// True if it was read, or written by us, in this reconciliation: newer than the cache.
    pub fresh: bool,
    /// Its tenant.
    pub tenant: Option<TenantView>,
    /// Its virtual machine.
    pub machine: Option<Machine>,
    /// The virtual machine's running instance.
    pub machine_instance: Option<MachineInstance>,
    /// What this process remembers of it.
    pub memory: Memory,
    /// The provider asked to be left alone until then.
    pub provider_not_before: Option<Timestamp>,
}

impl Observed {
    /// When deletion was asked for.
    pub fn deletion(&self) -> Option<Timestamp> {
        self.instance.metadata.deletion_timestamp.as_ref().map(|time| time.0)
    }

    /// True if the operator's finalizer is on the object.
    pub fn has_finalizer(&self) -> bool {
        self.finalizer(names::FINALIZER)
    }

    /// True if the playbook's finalizer is on the object.
    pub fn has_playbook_finalizer(&self) -> bool {
        self.finalizer(names::PLAYBOOK_FINALIZER)
    }

    /// The value of the management annotation.
    pub fn management(&self) -> Option<&str> {
        self.annotation(names::MANAGEMENT_ANNOTATION)
    }

    /// The version that a playbook says it applied.
    pub fn playbook_version(&self) -> Option<&str> {
        self.annotation(names::RECONCILED_ANNOTATION).filter(|version| !version.is_empty())
    }

    /// The name of the tenant.
    pub fn tenant_name(&self) -> Option<&str> {
        self.annotation(names::TENANT_ANNOTATION).filter(|name| !name.is_empty())
    }

    fn finalizer(&self, name: &str) -> bool {
        self.instance.metadata.finalizers.iter().flatten().any(|known| known == name)
    }

    fn annotation(&self, name: &str) -> Option<&str> {
        self.instance.metadata.annotations.as_ref()?.get(name).map(String::as_str)
    }
}

/// What matters of a Tenant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TenantView {
    /// Its phase.
    pub phase: String,
    /// The namespace of its virtual machines.
    pub namespace: Option<String>,
    /// It is being deleted.
    pub terminating: bool,
}

/// What matters of a virtual machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// `status.printableStatus`, empty if there is none.
    pub printable_status: String,
    /// Its condition Ready.
    pub ready: bool,
}

/// What matters of a virtual machine instance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineInstance {
    /// Its name.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Its uid.
    pub uid: String,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// It runs.
    pub running: bool,
    /// It is being deleted.
    pub terminating: bool,
}
