//! PUT and PATCH, on objects and on their status.

use std::sync::Arc;

use serde_json::Value;

use super::apply::Owners;
use super::body::Strictness;
use super::{Call, Reply};
use crate::decode;
use crate::managed;
use crate::meta;
use crate::negotiate;
use crate::options::Change;
use crate::patch;
use crate::render;
use crate::status::{ApiError, FieldError, Result, quoted};
use crate::store::{Stored, Write};
use crate::strategy;

impl Call<'_> {
    pub(super) fn put(&mut self, status: bool) -> Result<Reply> {
        let dry = self.dry_run()?;
        let mut object = self.object_of_body()?;
        self.check_name(&object)?;
        self.settle_namespace(&mut object)?;
        let found = self.state.get(&self.resource, self.namespace(), self.name()).cloned();
        let Some(old) = found else {
            if self.resource.upserts() && !status {
                let stored = self.create_object(object, dry, Owners::Track)?;
                return Ok(self.reply(201, &stored));
            }
            return Err(self.not_found());
        };
        let stored = self.update_object(&old, object, status, dry, Owners::Track)?;
        Ok(self.reply(200, &stored))
    }

    pub(super) fn patch(&mut self, status: bool) -> Result<Reply> {
        let strategic = self.resource.custom().is_none();
        let kind = negotiate::patch(self.content_type, strategic)?;
        self.check_patch_options(kind)?;
        let dry = self.dry_run()?;
        let found = self.state.get(&self.resource, self.namespace(), self.name()).cloned();
        if kind == negotiate::Patch::Apply {
            return self.apply(found, status, dry);
        }
        let Some(old) = found else { return Err(self.not_found()) };
        let before = render::present(&self.resource, &old.object).into_owned();
        let (after, mut notes) = self.patched(kind, before)?;
        let object = self.of_patch(after)?;
        let shown = (self.strictness()? == Strictness::Strict).then(|| object.to_string());
        let mut object = self.shaped(object, &mut notes)?;
        self.judge_notes(&notes, shown.as_deref())?;
        self.settle_namespace(&mut object)?;
        let stored = self.update_object(&old, object, status, dry, Owners::Track)?;
        Ok(self.reply(200, &stored))
    }

    fn check_patch_options(&self, kind: negotiate::Patch) -> Result<()> {
        let apply = kind == negotiate::Patch::Apply;
        let error = if apply && self.query.get("fieldManager").is_empty() {
            FieldError::required("fieldManager", "is required for apply patch")
        } else if !apply && self.query.has("force") {
            FieldError::forbidden("force", "may not be specified for non-apply patch")
        } else {
            return Ok(());
        };
        Err(ApiError::invalid("meta.k8s.io", "PatchOptions", "", &[error]))
    }

    /// PUT of `namespaces/<name>/finalize`: only the finalizers in the spec change.
    pub(super) fn finalize(&mut self) -> Result<Reply> {
        let dry = self.dry_run()?;
        let wanted = self.object_of_body()?;
        self.check_name(&wanted)?;
        let found = self.state.get(&self.resource, "", self.name()).cloned();
        let Some(old) = found else { return Err(self.not_found()) };
        self.check_preconditions(&old, &wanted)?;
        let mut object = (*old.object).clone();
        let finalizers = wanted["spec"].get("finalizers").cloned().unwrap_or_default();
        match finalizers.as_array() {
            Some(list) if !list.is_empty() => {
                meta::object_at(&mut object, "spec").insert("finalizers".into(), finalizers);
            }
            _ => {
                meta::object_at(&mut object, "spec").remove("finalizers");
            }
        }
        let stored = self.store(&old, object, dry);
        Ok(self.reply(200, &stored))
    }

    pub(super) fn reply(&mut self, code: u16, stored: &Stored) -> Reply {
        let body = render::object(&self.resource, stored, self.view, self.state, self.query);
        Reply::json(code, body)
    }

    fn patched(&self, kind: negotiate::Patch, mut object: Value) -> Result<(Value, Vec<String>)> {
        let decoded = decode::json(self.body)
            .map_err(|why| ApiError::bad_request(format!("error decoding patch: {why}")))?;
        match kind {
            negotiate::Patch::Json => patch::json(&mut object, decoded.value)?,
            negotiate::Patch::Strategic => {
                patch::strategic(&mut object, decoded.value, &self.resource)?;
            }
            negotiate::Patch::Merge | negotiate::Patch::Apply => {
                if !decoded.value.is_object() {
                    let why = "error decoding patch: json: cannot unmarshal array into Go value \
                               of type map[string]interface {}";
                    return Err(ApiError::bad_request(why));
                }
                patch::merge(&mut object, decoded.value);
            }
        }
        Ok((object, decoded.notes))
    }

    /// A patch must leave an object of the same kind, version and name.
    fn of_patch(&self, object: Value) -> Result<Value> {
        let text = |field: &str| object.get(field).and_then(Value::as_str).unwrap_or_default();
        let resource = &self.resource;
        if !object.is_object() || text("kind") != resource.kind {
            let shown = text("kind");
            return Err(ApiError::bad_request(format!(
                "the kind in the data ({shown}) does not match the expected kind ({})",
                resource.kind
            )));
        }
        if text("apiVersion") != resource.api_version {
            return Err(ApiError::bad_request(format!(
                "the API version in the data ({}) does not match the expected API version ({})",
                text("apiVersion"),
                resource.api_version
            )));
        }
        self.check_name(&object)?;
        Ok(object)
    }

    /// Replaces an object by a shaped one, with all that guards an update.
    pub(super) fn update_object(
        &mut self,
        old: &Arc<Stored>,
        mut object: Value,
        status: bool,
        dry: bool,
        owners: Owners,
    ) -> Result<Arc<Stored>> {
        let resource = self.resource.clone();
        self.check_preconditions(old, &object)?;
        if owners == Owners::Track {
            self.track(old, &mut object, status)?;
        }
        let owners = meta::remove(&mut object, "managedFields");
        strategy::to_storage(&resource, &mut object);
        let mut object = strategy::prepare_update(&resource, object, old, status);
        settle_owners(&mut object, owners, &old.object);
        let errors = strategy::validate(self.state, &resource, &object, Some(&old.object), status)?;
        if !errors.is_empty() {
            let name = meta::name(&object);
            return Err(ApiError::invalid(&resource.group, &resource.kind, name, &errors));
        }
        if !status {
            self.warnings.extend(strategy::warnings(&resource, &object, Some(&old.object)));
        }
        Ok(self.store(old, object, dry))
    }

    /// Stores what an update made of an object; an object that nothing holds any more goes.
    fn store(&mut self, old: &Arc<Stored>, object: Value, dry: bool) -> Arc<Stored> {
        if object == *old.object {
            return old.clone();
        }
        let resource = self.resource.clone();
        let gone = meta::is_deleting(&object) && strategy::is_free(&resource, &object);
        let answer = (dry || gone).then(|| Stored::new(Arc::new(object.clone()), old.revision));
        if dry {
            return answer.unwrap_or_else(|| old.clone());
        }
        let (namespace, name) = (self.namespace().to_owned(), self.name().to_owned());
        let stored = self.state.commit(Write {
            resource: &resource,
            change: if gone { Change::Deleted } else { Change::Modified },
            namespace: &namespace,
            name: &name,
            object,
            previous: Some(old.clone()),
            by: &self.client,
        });
        answer.unwrap_or(stored)
    }

    fn check_preconditions(&self, old: &Stored, object: &Value) -> Result<()> {
        let resource = &self.resource;
        let (group, plural) = (&resource.group, &resource.plural);
        let (name, uid) = (self.name(), meta::uid(object));
        if !uid.is_empty() && uid != meta::uid(&old.object) {
            let scope =
                if resource.namespaced { format!("{}/", self.namespace()) } else { String::new() };
            let prefix = if group.is_empty() { String::new() } else { format!("{group}/") };
            let why = format!(
                "StorageError: invalid object, Code: 4, Key: /registry/{prefix}{plural}/{scope}\
                 {name}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in \
                 precondition: {uid}, UID in object meta: {}",
                meta::uid(&old.object)
            );
            return Err(ApiError::conflict(group, plural, name, &why));
        }
        let version = meta::text(object, "resourceVersion");
        if version.is_empty() {
            if resource.conditional {
                let why = "must be specified for an update";
                let field = "metadata.resourceVersion";
                let error = FieldError::invalid(field, "0", why);
                return Err(ApiError::invalid(group, plural, name, &[error]));
            }
            return Ok(());
        }
        match version.parse::<u64>() {
            Ok(version) if version == old.revision => Ok(()),
            Ok(_) => Err(ApiError::modified(group, plural, name)),
            Err(_) => Err(ApiError::bad_request(format!(
                "invalid resource version: strconv.ParseUint: parsing {}: invalid syntax",
                quoted(version)
            ))),
        }
    }
}

/// Puts the owners of an object's fields in their place. If nothing but their times differs from
/// the old object, these stay, so that a write that changes nothing is no write.
fn settle_owners(object: &mut Value, owners: Option<Value>, old: &Value) {
    let Some(owners) = owners else {
        meta::remove(object, "managedFields");
        return;
    };
    meta::set(object, "managedFields", owners);
    let found = managed::Owners::of(object);
    if !found.same(&managed::Owners::of(old)) {
        return;
    }
    let fresh = meta::of(old).and_then(|old| old.get("managedFields").cloned());
    let fresh = fresh.and_then(|fresh| meta::of_mut(object).insert("managedFields".into(), fresh));
    if object != old
        && let Some(fresh) = fresh
    {
        meta::set(object, "managedFields", fresh);
    }
}
