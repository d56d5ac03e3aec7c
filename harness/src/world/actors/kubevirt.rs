//! The fake KubeVirt: a virtual machine gets its instance, its printable status, its Ready
//! condition and an address; a deleted instance gets a successor.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use kube::Client;
use scenario::plan::KubeVirt;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use trace::Change;

use super::api::{self, KUBEVIRT, Resource};
use crate::world::mirror::Mirror;

/// A change of a machine or of an instance that the actor is told of.
#[derive(Debug, Clone)]
pub struct Told {
    /// What happened.
    pub change: Change,
    /// `VirtualMachine` or `VirtualMachineInstance`.
    pub kind: String,
    /// Namespace.
    pub namespace: String,
    /// Name; an instance has its machine's.
    pub name: String,
}

/// What one machine's care needs.
#[derive(Clone)]
struct Carer {
    client: Client,
    mirror: Mirror,
    plan: Arc<KubeVirt>,
    machines: Resource,
    instances: Resource,
}

/// Serves until the world ends.
pub async fn serve(
    client: Client,
    plan: KubeVirt,
    mirror: Mirror,
    mut told: mpsc::UnboundedReceiver<Told>,
) {
    let carer = Carer {
        client,
        mirror,
        plan: Arc::new(plan),
        machines: api::resource(KUBEVIRT, "VirtualMachine"),
        instances: api::resource(KUBEVIRT, "VirtualMachineInstance"),
    };
    let mut cares: BTreeMap<(String, String), JoinSet<()>> = BTreeMap::new();
    let mut addresses = 0_u32;
    while let Some(event) = told.recv().await {
        let key = (event.namespace.clone(), event.name.clone());
        let begin_after = match (event.change, event.kind.as_str()) {
            (Change::Added, "VirtualMachine") => Some(Duration::ZERO),
            (Change::Deleted, "VirtualMachine") => {
                cares.remove(&key);
                None
            }
            (Change::Deleted, "VirtualMachineInstance") => Some(carer.plan.restart),
            _ => None,
        };
        let Some(after) = begin_after else { continue };
        addresses += 1;
        let (carer, address) = (carer.clone(), format!("10.132.0.{}", addresses % 250 + 1));
        // the care of a machine begins anew; what was under way for it ends
        let mut care = JoinSet::new();
        care.spawn(async move {
            tokio::time::sleep(after).await;
            carer.boot(&event.namespace, &event.name, &address).await;
        });
        cares.insert(key, care);
    }
}

impl Carer {
    /// Starts an instance of a machine and brings it through the plan's stages. A machine that
    /// goes away meanwhile ends it: every refusal means that.
    async fn boot(&self, namespace: &str, name: &str, address: &str) {
        let Some(machine) = self.mirror.get("VirtualMachine", Some(namespace), name) else {
            return;
        };
        if machine.pointer("/metadata/deletionTimestamp").is_some() {
            return;
        }
        if self.create_instance(namespace, name, &machine).await.is_err() {
            return;
        }
        for stage in &self.plan.boot {
            if self.machine_status(namespace, name, &stage.status, false).await.is_err() {
                return;
            }
            tokio::time::sleep(stage.lasts).await;
        }
        if let Some(end) = &self.plan.ends {
            let _ = self.machine_status(namespace, name, end, false).await;
            return;
        }
        if self.instance_runs(namespace, name, address).await.is_ok() {
            let _ = self.machine_status(namespace, name, "Running", true).await;
        }
    }

    async fn create_instance(
        &self,
        namespace: &str,
        name: &str,
        machine: &Value,
    ) -> Result<(), kube::Error> {
        let owner = json!({
            "apiVersion": KUBEVIRT, "kind": "VirtualMachine", "name": name,
            "uid": machine["metadata"]["uid"], "controller": true, "blockOwnerDeletion": true,
        });
        let instance = json!({
            "apiVersion": KUBEVIRT, "kind": "VirtualMachineInstance",
            "metadata": {"name": name, "namespace": namespace, "ownerReferences": [owner],
                         "labels": machine["metadata"]["labels"]},
            "spec": {"domain": {}},
            "status": {"phase": "Scheduling"},
        });
        let path = self.instances.path(Some(namespace), None);
        match api::create(&self.client, &path, &instance).await {
            Ok(_) => Ok(()),
            // it stands there already, made by the scenario
            Err(kube::Error::Api(status)) if status.code == 409 => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn instance_runs(
        &self,
        namespace: &str,
        name: &str,
        address: &str,
    ) -> Result<(), kube::Error> {
        let interfaces = json!([{"name": "default", "ipAddress": address}]);
        let status = json!({"status": {"phase": "Running", "interfaces": interfaces,
                                       "conditions": [ready(true)]}});
        let path = self.instances.path(Some(namespace), Some(name));
        api::merge(&self.client, &path, &status).await
    }

    async fn machine_status(
        &self,
        namespace: &str,
        name: &str,
        printable: &str,
        is_ready: bool,
    ) -> Result<(), kube::Error> {
        let status = json!({"status": {"created": true, "ready": is_ready,
                            "printableStatus": printable, "conditions": [ready(is_ready)]}});
        let path = format!("{}/status", self.machines.path(Some(namespace), Some(name)));
        api::merge(&self.client, &path, &status).await
    }
}

fn ready(is: bool) -> Value {
    json!({"type": "Ready", "status": if is { "True" } else { "False" }})
}
