//! DELETE: one object or a collection.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::{Call, Reply};
use crate::controllers;
use crate::decode;
use crate::meta;
use crate::negotiate::{self, Body};
use crate::objects::Part;
use crate::options::Change;
use crate::render::{self, ListMeta};
use crate::selectors::Selector;
use crate::status::{ApiError, FieldError, Result, quoted};
use crate::store::{Stored, Write};
use crate::strategy;

/// What happens to dependents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Propagation {
    /// As the object's finalizers say; dependents go in the background.
    Unsaid,
    Background,
    Foreground,
    Orphan,
}

/// The options of a DELETE.
struct DeleteOptions {
    propagation: Propagation,
    uid: Option<String>,
    revision: Option<String>,
    dry: bool,
}

impl Call<'_> {
    pub(super) fn delete(&mut self) -> Result<Reply> {
        let options = self.delete_options()?;
        let found = self.state.get(&self.resource, self.namespace(), self.name()).cloned();
        let Some(old) = found else { return Err(self.not_found()) };
        let (namespace, name) = (self.namespace().to_owned(), self.name().to_owned());
        match self.delete_one(&old, &namespace, &name, &options)? {
            Some(stored) => {
                let body =
                    render::object(&self.resource, &stored, self.view, self.state, self.query);
                Ok(Reply::json(200, body))
            }
            None => Ok(Reply::value(200, &self.success(&old, &name))),
        }
    }

    pub(super) fn delete_collection(&mut self) -> Result<Reply> {
        let options = self.delete_options()?;
        let selector = Selector::parse(self.query, &self.resource)?;
        let scope = self.path.namespace.as_deref();
        let part = Part { namespace: scope, name: selector.name(), after: None };
        let objects = self.state.table(&self.resource).map(|table| table.objects.part(part));
        let items: Vec<Arc<Stored>> = objects
            .into_iter()
            .flatten()
            .filter(|(_, item)| selector.matches(&item.object))
            .map(|(_, item)| item.clone())
            .collect();
        let revision = self.state.revision;
        for item in &items {
            let namespace = meta::text(&item.object, "namespace").to_owned();
            let name = meta::name(&item.object).to_owned();
            self.delete_one(item, &namespace, &name, &options)?;
        }
        let meta = ListMeta { revision, bare_continue: true, ..ListMeta::default() };
        Ok(Reply::json(
            200,
            render::list(&self.resource, &items, &meta, self.view, self.state, self.query),
        ))
    }

    /// What remains of the object; None if it is gone.
    fn delete_one(
        &mut self,
        old: &Arc<Stored>,
        namespace: &str,
        name: &str,
        options: &DeleteOptions,
    ) -> Result<Option<Arc<Stored>>> {
        self.check_delete(old, name, options)?;
        let resource = self.resource.clone();
        let now = (self.state.options.now)();
        let mut object = (*old.object).clone();
        controllers::begin_deletion(&resource, &mut object, options.propagation, now);
        if object == *old.object {
            return Ok(Some(old.clone()));
        }
        let gone = strategy::is_free(&resource, &object);
        if options.dry {
            return Ok((!gone).then(|| Stored::new(Arc::new(object), old.revision)));
        }
        // An object that goes at once was never seen as being deleted.
        let object = if gone { (*old.object).clone() } else { object };
        let stored = self.state.commit(Write {
            resource: &resource,
            change: if gone { Change::Deleted } else { Change::Modified },
            namespace,
            name,
            object,
            previous: Some(old.clone()),
            by: &self.client,
        });
        Ok((!gone).then_some(stored))
    }

    fn check_delete(&self, old: &Stored, name: &str, options: &DeleteOptions) -> Result<()> {
        let (group, plural) = (&self.resource.group, &self.resource.plural);
        if self.resource.is_core("namespaces")
            && matches!(name, "default" | "kube-system" | "kube-public")
        {
            let why = "this namespace may not be deleted";
            return Err(ApiError::forbidden(group, plural, name, why));
        }
        if let Some(uid) = options.uid.as_deref().filter(|uid| *uid != meta::uid(&old.object)) {
            let kind = &self.resource.kind;
            let why = format!(
                "the UID in the precondition ({uid}) does not match the UID in record ({}). The \
                 object might have been deleted and then recreated",
                meta::uid(&old.object)
            );
            return Err(ApiError::conflict(group, kind, name, &why));
        }
        let wanted = options.revision.as_deref();
        if let Some(revision) = wanted.filter(|wanted| *wanted != old.revision.to_string()) {
            let why = format!(
                "the ResourceVersion in the precondition ({revision}) does not match the \
                 ResourceVersion in record ({}). The object might have been modified",
                old.revision
            );
            return Err(ApiError::conflict(group, &self.resource.kind, name, &why));
        }
        Ok(())
    }

    /// Options come from the body, else from the query.
    fn delete_options(&self) -> Result<DeleteOptions> {
        let mut dry = self.dry_run()?;
        let body = if self.body.is_empty() {
            Value::Object(Map::new())
        } else {
            // Options are of the API's own kinds, also where the objects are not.
            let format = negotiate::body(self.content_type, false)?;
            let decoded = decode::decode(self.body, format, ("v1", "DeleteOptions"));
            decoded.map(|decoded| decoded.value).map_err(|why| match format {
                Body::Protobuf => ApiError::bad_request(why),
                Body::Json | Body::Yaml => ApiError::bad_request(format!(
                    "couldn't get version/kind; json parse error: {why}"
                )),
            })?
        };
        let policy = match body.get("propagationPolicy").and_then(Value::as_str) {
            Some(policy) => policy,
            None => self.query.get("propagationPolicy"),
        };
        let orphan = body.get("orphanDependents").and_then(Value::as_bool).or_else(|| {
            self.query.has("orphanDependents").then(|| self.query.flag("orphanDependents"))
        });
        let propagation = match (policy, orphan) {
            ("Background", _) | ("", Some(false)) => Propagation::Background,
            ("Foreground", _) => Propagation::Foreground,
            ("Orphan", _) | ("", Some(true)) => Propagation::Orphan,
            ("", None) => Propagation::Unsaid,
            (other, _) => return Err(bad_policy(other)),
        };
        let list = body.get("dryRun").and_then(Value::as_array);
        let wanted: Vec<&str> =
            list.into_iter().flatten().map(|value| value.as_str().unwrap_or_default()).collect();
        dry |= self.check_dry_run(&wanted)?;
        let precondition = |field: &str| {
            let text = body.get("preconditions")?.get(field)?.as_str()?;
            (!text.is_empty()).then(|| text.to_owned())
        };
        Ok(DeleteOptions {
            propagation,
            uid: precondition("uid"),
            revision: precondition("resourceVersion"),
            dry,
        })
    }

    fn success(&self, old: &Stored, name: &str) -> Value {
        let mut details = Map::new();
        details.insert("name".into(), name.into());
        if !self.resource.group.is_empty() {
            details.insert("group".into(), self.resource.group.clone().into());
        }
        details.insert("kind".into(), self.resource.plural.clone().into());
        details.insert("uid".into(), meta::uid(&old.object).into());
        json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success",
            "details": details})
    }
}

fn bad_policy(policy: &str) -> ApiError {
    let known = ["Foreground", "Background", "Orphan", "nil"];
    let error = FieldError::unsupported("propagationPolicy", quoted(policy), &known);
    ApiError::invalid("meta.k8s.io", "DeleteOptions", "", &[error])
}
