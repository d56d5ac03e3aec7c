//! What a playbook does to the cluster, at the moments that its script names. The fake AAP and the
//! fake EDA only tell when; they never see Kubernetes.

use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use scenario::plan::EffectKind;
use serde_json::{Value, json};

use super::api::{self, KUBEVIRT};
use crate::world::mirror::Mirror;

/// How often a lost race for the finalizer list is run again, as the playbook's own retries do.
const TRIES: u32 = 5;

/// Does what playbooks do; cheap to clone.
#[derive(Clone)]
pub struct Playbook {
    client: Client,
    mirror: Mirror,
    names: Arc<Names>,
}

/// What the operator's version calls things.
struct Names {
    /// `group/version` of its kinds.
    api_version: String,
    /// The finalizer that playbooks put on an instance and take off again.
    finalizer: String,
    /// The label that a virtual machine carries, with the instance's name.
    label: String,
    /// The annotation that tells which version a playbook has brought about.
    reconciled: String,
    /// The annotation that names an instance's tenant.
    tenant: String,
}

impl Playbook {
    /// A playbook runner with a client of its own, for an operator with this profile.
    pub fn new(client: Client, mirror: Mirror, profile: &Value) -> Playbook {
        let names = Names {
            api_version: text(profile, "/apiVersion"),
            finalizer: text(profile, "/playbookFinalizer"),
            label: text(profile, "/labels/instance"),
            reconciled: text(profile, "/annotations/reconciledConfigVersion"),
            tenant: text(profile, "/annotations/tenant"),
        };
        Playbook { client, mirror, names: Arc::new(names) }
    }

    /// Brings about one effect for the instance in a payload.
    ///
    /// # Errors
    /// What the cluster refused; the playbook would fail with it.
    pub async fn perform(
        &self,
        effect: EffectKind,
        payload: &Arc<Value>,
    ) -> Result<(), kube::Error> {
        match effect {
            EffectKind::AddFinalizer => self.finalizer(payload, true).await,
            EffectKind::RemoveFinalizer => self.finalizer(payload, false).await,
            EffectKind::Annotate => self.annotate(payload).await,
            EffectKind::CreateVm => self.create_machine(payload).await,
            EffectKind::DeleteVm => self.delete_machine(payload).await,
        }
    }

    /// Reads the list and writes the whole list back, as the playbook does.
    async fn finalizer(&self, payload: &Value, wanted: bool) -> Result<(), kube::Error> {
        let path = self.instance_path(payload);
        for attempt in 1.. {
            let instance = match api::get(&self.client, &path).await {
                Ok(instance) => instance,
                // the create playbook ends where its object is gone; the delete playbook goes on
                Err(error) if !wanted && api::is_absent(&error) => return Ok(()),
                Err(error) => return Err(error),
            };
            let mut list: Vec<Value> = instance
                .pointer("/metadata/finalizers")
                .and_then(Value::as_array)
                .cloned()
                .unwrap_or_default();
            if list.iter().any(|one| *one == *self.names.finalizer) == wanted {
                return Ok(());
            }
            list.retain(|one| *one != *self.names.finalizer);
            if wanted {
                list.push(json!(self.names.finalizer));
            }
            let version = &instance["metadata"]["resourceVersion"];
            let patch = json!({"metadata": {"finalizers": list, "resourceVersion": version}});
            match api::merge(&self.client, &path, &patch).await {
                Ok(_) => return Ok(()),
                Err(error) if !wanted && api::is_absent(&error) => return Ok(()),
                Err(kube::Error::Api(status)) if status.code == 409 && attempt < TRIES => {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn annotate(&self, payload: &Value) -> Result<(), kube::Error> {
        let version = payload.pointer("/status/desiredConfigVersion").unwrap_or(&Value::Null);
        let patch = json!({"metadata": {"annotations": {&self.names.reconciled: version}}});
        match api::merge(&self.client, &self.instance_path(payload), &patch).await {
            Err(error) if !api::is_absent(&error) => Err(error),
            _ => Ok(()),
        }
    }

    async fn create_machine(&self, payload: &Value) -> Result<(), kube::Error> {
        let name = text(payload, "/metadata/name");
        let namespace = self.tenant_namespace(payload);
        let labels = json!({&self.names.label: name});
        let machine = json!({
            "apiVersion": KUBEVIRT, "kind": "VirtualMachine",
            "metadata": {"name": name, "namespace": namespace, "labels": labels},
            "spec": {"running": true, "template": {"metadata": {"labels": labels},
                                                   "spec": {"domain": {"devices": {}}}}},
        });
        let path = api::resource(KUBEVIRT, "VirtualMachine").path(Some(&namespace), None);
        match api::create(&self.client, &path, &machine).await {
            // a playbook is idempotent: a machine that stands there is taken as it is
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
            other => other.map(drop),
        }
    }

    async fn delete_machine(&self, payload: &Value) -> Result<(), kube::Error> {
        let (name, namespace) = (text(payload, "/metadata/name"), self.tenant_namespace(payload));
        let machines = api::resource(KUBEVIRT, "VirtualMachine");
        match api::delete(&self.client, &machines.path(Some(&namespace), Some(&name))).await {
            Err(error) if !api::is_absent(&error) => Err(error),
            _ => Ok(()),
        }
    }

    fn instance_path(&self, payload: &Value) -> String {
        let (namespace, name) =
            (text(payload, "/metadata/namespace"), text(payload, "/metadata/name"));
        let instances = api::resource(&self.names.api_version, "ComputeInstance");
        instances.path(Some(&namespace), Some(&name))
    }

    /// Where the instance's machine lives: the tenant's namespace, as payload or tenant tell it.
    fn tenant_namespace(&self, payload: &Value) -> String {
        let tenant = payload
            .pointer("/metadata/annotations")
            .and_then(|annotations| annotations.get(&self.names.tenant))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        let namespace = text(payload, "/metadata/namespace");
        // versions differ in what the reference's namespace is; the Tenant's word is the same
        let of = |tenant: &str| {
            let tenant = self.mirror.get("Tenant", Some(&namespace), tenant)?;
            Some(text(&tenant, "/status/namespace")).filter(|namespace| !namespace.is_empty())
        };
        let referred = || Some(text(payload, "/status/tenantReference/namespace"));
        of(&text(payload, "/status/tenantReference/name"))
            .or_else(|| of(&tenant))
            .or_else(|| referred().filter(|namespace| !namespace.is_empty()))
            .unwrap_or(tenant)
    }
}

fn text(value: &Value, pointer: &str) -> String {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}
