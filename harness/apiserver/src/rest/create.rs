//! POST.

use serde_json::Value;

use super::apply::Owners;
use super::{Call, Reply};
use crate::meta;
use crate::options::Change;
use crate::render;
use crate::status::{ApiError, Cause, Details, Result};
use crate::store::{State, Stored, Write};
use crate::strategy;

/// How often a generated name is tried again when it is taken.
const GENERATED_TRIES: usize = 8;

impl Call<'_> {
    pub(super) fn create(&mut self) -> Result<Reply> {
        let dry = self.dry_run()?;
        let object = self.object_of_body()?;
        let stored = self.create_object(object, dry, Owners::Track)?;
        let body = render::object(&self.resource, &stored, self.view, self.state, self.query);
        Ok(Reply::json(201, body))
    }

    /// Creates a shaped object.
    pub(super) fn create_object(
        &mut self,
        mut object: Value,
        dry: bool,
        owners: Owners,
    ) -> Result<std::sync::Arc<Stored>> {
        if self.path.name.is_some() {
            self.check_name(&object)?;
        }
        self.settle_namespace(&mut object)?;
        let resource = self.resource.clone();
        self.check_crd()?;
        if resource.namespaced {
            check_namespace(self.state, self.namespace(), &object, &resource)?;
        }
        if owners == Owners::Track {
            self.track_new(&mut object)?;
        }
        self.settle_name(&mut object);
        let versioned = !meta::text(&object, "resourceVersion").is_empty();
        strategy::prepare_create(self.state, &resource, &mut object);
        strategy::to_storage(&resource, &mut object);
        let errors = strategy::validate(self.state, &resource, &object, None, false)?;
        if !errors.is_empty() {
            let name = meta::name(&object);
            return Err(ApiError::invalid(&resource.group, &resource.kind, name, &errors));
        }
        self.warnings.extend(strategy::warnings(&resource, &object, None));
        if versioned {
            // The real server calls this its own fault.
            let message = "resourceVersion should not be set on objects to be created";
            return Err(ApiError::new(500, "", message));
        }
        let name = meta::name(&object).to_owned();
        if let Some(found) = self.state.get(&resource, self.namespace(), &name) {
            let dying = meta::is_deleting(&found.object);
            let (group, plural) = (&resource.group, &resource.plural);
            if !meta::text(&object, "generateName").is_empty() {
                return Err(ApiError::not_generated(group, plural, &name));
            }
            return Err(ApiError::already_exists(group, plural, &name, dying));
        }
        if dry {
            return Ok(Stored::new(std::sync::Arc::new(object), 0));
        }
        let namespace = self.namespace().to_owned();
        Ok(self.state.commit(Write {
            resource: &resource,
            change: Change::Added,
            namespace: &namespace,
            name: &name,
            object,
            previous: None,
            by: &self.client,
        }))
    }

    /// A CRD that is going away takes no new instances.
    fn check_crd(&self) -> Result<()> {
        let resource = &self.resource;
        if resource.custom().is_none() {
            return Ok(());
        }
        let crds = crate::kinds::builtin("apiextensions.k8s.io", "v1", "customresourcedefinitions");
        let name = crate::status::qualified(&resource.plural, &resource.group);
        let dying =
            self.state.get(&crds, "", &name).is_some_and(|crd| meta::is_deleting(&crd.object));
        if dying {
            let message = "create not allowed while custom resource definition is terminating";
            return Err(ApiError::new(405, "MethodNotAllowed", message)
                .details(crate::status::Details::default()));
        }
        Ok(())
    }

    /// Gives the object a name if it only says how the name should begin.
    fn settle_name(&mut self, object: &mut Value) {
        let prefix = meta::text(object, "generateName").to_owned();
        if !meta::name(object).is_empty() || prefix.is_empty() {
            return;
        }
        for _ in 0..GENERATED_TRIES {
            let name = strategy::generated_name(&prefix, (self.state.options.dice)());
            let taken = self.state.get(&self.resource, self.namespace(), &name).is_some();
            meta::set(object, "name", name.into());
            if !taken {
                break;
            }
        }
    }
}

/// New content needs a namespace that exists and is not going away.
fn check_namespace(
    state: &State,
    namespace: &str,
    object: &Value,
    resource: &crate::kinds::Resource,
) -> Result<()> {
    let namespaces = crate::kinds::builtin("", "v1", "namespaces");
    let Some(found) = state.get(&namespaces, "", namespace) else {
        return Err(ApiError::not_found("", "namespaces", namespace));
    };
    if !meta::is_deleting(&found.object) {
        return Ok(());
    }
    let name = meta::name(object);
    let why = format!(
        "unable to create new content in namespace {namespace} because it is being terminated"
    );
    let cause = Cause {
        reason: "NamespaceTerminating",
        message: format!("namespace {namespace} is being terminated"),
        field: "metadata.namespace".to_owned(),
    };
    let (group, plural) = (&resource.group, &resource.plural);
    Err(ApiError::forbidden(group, plural, name, &why).details(Details {
        name: name.to_owned(),
        group: group.clone(),
        kind: plural.clone(),
        causes: vec![cause],
        retry_after_seconds: None,
    }))
}
