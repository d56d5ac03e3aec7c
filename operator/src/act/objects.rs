//! Writes to the Kubernetes API.

use std::time::Duration;

use kube::api::{
    Api, ApiResource, DeleteParams, DynamicObject, GroupVersionKind, Patch, PatchParams,
    PostParams, Preconditions,
};
use kube::{Error as KubeError, ResourceExt as _};
use serde_json::json;

use super::{Actor, CONFLICTS_MAX, Flow, Scene};
use crate::api::{ComputeInstance, ComputeInstanceStatus, names};
use crate::errors::Error;

/// The first pause after a conflict; doubles with each further one.
const CONFLICT_PAUSE_BASE: Duration = Duration::from_millis(10);
/// The longest pause after a conflict.
const CONFLICT_PAUSE_CAP: Duration = Duration::from_secs(1);

/// The kind VirtualMachineInstance of KubeVirt.
pub fn machine_instances() -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk("kubevirt.io", "v1", "VirtualMachineInstance"))
}

/// The kind VirtualMachine of KubeVirt.
pub fn machines() -> ApiResource {
    ApiResource::from_gvk(&GroupVersionKind::gvk("kubevirt.io", "v1", "VirtualMachine"))
}

impl Actor {
    fn instances(&self, scene: &Scene) -> Api<ComputeInstance> {
        let namespace = scene.seen.instance.namespace().unwrap_or_default();
        Api::namespaced(self.client.clone(), &namespace)
    }

    /// Reads the object past the cache.
    pub(super) async fn refresh(&self, scene: &mut Scene) -> Result<Option<Flow>, Error> {
        let name = scene.seen.instance.name_any();
        let found = self
            .instances(scene)
            .get_opt(&name)
            .await
            .map_err(|source| failure("read", scene, source))?;
        match found {
            Some(instance) if instance.uid() == scene.seen.instance.uid() => {
                scene.renew(instance);
                Ok(None)
            }
            Some(_) | None => Ok(Some(Flow::Gone)),
        }
    }

    /// Puts the operator's finalizer on the object.
    pub(super) async fn add_finalizer(&self, scene: &mut Scene) -> Result<Option<Flow>, Error> {
        let mut finalizers = scene.seen.instance.metadata.finalizers.clone().unwrap_or_default();
        finalizers.push(names::FINALIZER.to_owned());
        self.write_finalizers(scene, "add the finalizer to", finalizers).await
    }

    /// Takes the operator's finalizer off the object: nothing more is to be done for it.
    pub(super) async fn remove_finalizer(&self, scene: &mut Scene) -> Result<Option<Flow>, Error> {
        let mut finalizers = scene.seen.instance.metadata.finalizers.clone().unwrap_or_default();
        finalizers.retain(|name| name != names::FINALIZER);
        self.write_finalizers(scene, "remove the finalizer from", finalizers).await
    }

    /// Playbooks change the list too, so it is written under the resourceVersion it was read with.
    async fn write_finalizers(
        &self,
        scene: &mut Scene,
        doing: &'static str,
        finalizers: Vec<String>,
    ) -> Result<Option<Flow>, Error> {
        let instance = &scene.seen.instance;
        let patch = json!({"metadata": {
            "resourceVersion": instance.resource_version(),
            "finalizers": finalizers,
        }});
        let reply = self
            .instances(scene)
            .patch(&instance.name_any(), &PatchParams::default(), &Patch::Merge(patch))
            .await;
        self.written(scene, doing, reply).await
    }

    /// Replaces the status, under the resourceVersion that was decided on.
    pub(super) async fn write_status(
        &self,
        scene: &mut Scene,
        status: ComputeInstanceStatus,
    ) -> Result<Option<Flow>, Error> {
        let mut instance = scene.seen.instance.clone();
        instance.status = Some(status);
        instance.metadata.managed_fields = None;
        let reply = self
            .instances(scene)
            .replace_status(&instance.name_any(), &PostParams::default(), &instance)
            .await;
        self.written(scene, "write the status of", reply).await
    }

    /// What a write came to. After a conflict the object is read again, past the cache, and
    /// everything is decided anew on what it is now.
    async fn written(
        &self,
        scene: &mut Scene,
        doing: &'static str,
        reply: Result<ComputeInstance, KubeError>,
    ) -> Result<Option<Flow>, Error> {
        match reply {
            Ok(instance) => {
                scene.conflicts = 0;
                scene.renew(instance);
                Ok(None)
            }
            Err(KubeError::Api(status)) if status.is_not_found() => Ok(Some(Flow::Gone)),
            Err(KubeError::Api(status)) if status.is_conflict() => {
                self.after_conflict(scene).await?;
                Ok(Some(self.refresh(scene).await?.unwrap_or(Flow::Again)))
            }
            Err(source) => Err(failure(doing, scene, source)),
        }
    }

    async fn after_conflict(&self, scene: &mut Scene) -> Result<(), Error> {
        scene.conflicts += 1;
        let (object, conflicts) = (scene.object(), scene.conflicts);
        tracing::info!(
            target: "operator::transition",
            mark = "status-conflict",
            namespace = scene.seen.instance.namespace().unwrap_or_default(),
            name = scene.seen.instance.name_any(),
        );
        if !self.policy.keeps_unstored_job() {
            scene.seen.memory.launched = None;
        }
        if conflicts >= CONFLICTS_MAX {
            return Err(Error::Conflicts { object, conflicts });
        }
        let pause = crate::policy::doubling(conflicts, CONFLICT_PAUSE_BASE, CONFLICT_PAUSE_CAP);
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// Deletes a virtual machine instance, if it is still the one with this uid.
    pub(super) async fn delete_machine_instance(
        &self,
        scene: &mut Scene,
        namespace: &str,
        name: &str,
        uid: String,
    ) -> Result<(), Error> {
        let api: Api<DynamicObject> =
            Api::namespaced_with(self.client.clone(), namespace, &machine_instances());
        let params = DeleteParams {
            preconditions: Some(Preconditions { uid: Some(uid.clone()), resource_version: None }),
            ..DeleteParams::default()
        };
        match api.delete(name, &params).await {
            Ok(_) => {}
            // Gone, or another one by now: either way it is not there any more.
            Err(KubeError::Api(status)) if status.is_not_found() || status.is_conflict() => {}
            Err(source) => {
                let object = format!("{namespace}/{name}");
                let source = Box::new(source);
                return Err(Error::Kubernetes { doing: "delete", object, source });
            }
        }
        scene.seen.memory.deleted = Some((uid, self.clock.now()));
        Ok(())
    }
}

fn failure(doing: &'static str, scene: &Scene, source: KubeError) -> Error {
    Error::Kubernetes { doing, object: scene.object(), source: Box::new(source) }
}
