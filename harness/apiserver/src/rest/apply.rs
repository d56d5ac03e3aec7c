//! Who writes which fields, and PATCH that applies a configuration.

use std::sync::Arc;

use serde_json::{Value, json};

use super::body::Strictness;
use super::{Call, Reply};
use crate::decode::{self, Decoded};
use crate::managed::{Manager, Shape};
use crate::meta;
use crate::negotiate;
use crate::render;
use crate::status::{ApiError, Fault, FieldError, Result, quoted};
use crate::store::Stored;

/// Longest name of a field manager, in bytes.
const MANAGER_BYTES_MAX: usize = 128;

/// Are the owners of an object's fields still to be found out?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owners {
    Track,
    /// They stand in the object already.
    Settled,
}

impl Call<'_> {
    /// The name under which this request owns fields: what it says, or its program's name.
    pub(super) fn field_manager(&self) -> Result<String> {
        let said = self.query.get("fieldManager");
        if said.is_empty() {
            let agent = self.headers.get(http::header::USER_AGENT);
            let agent = agent.and_then(|agent| agent.to_str().ok()).unwrap_or_default();
            let name = agent.split('/').next().unwrap_or_default();
            return Ok(name.chars().take(MANAGER_BYTES_MAX).collect());
        }
        let mut errors = Vec::new();
        let field = "fieldManager";
        if said.len() > MANAGER_BYTES_MAX {
            errors.push(FieldError::new(field, Fault::TooLong(MANAGER_BYTES_MAX as u64)));
        }
        for (at, letter) in said.char_indices().filter(|(_, letter)| letter.is_control()) {
            let why = format!("invalid character U+{:04X} (at position {at})", u32::from(letter));
            errors.push(FieldError::invalid(field, quoted(said), why));
        }
        if errors.is_empty() {
            return Ok(said.to_owned());
        }
        Err(ApiError::invalid("meta.k8s.io", self.options_kind(), "", &errors))
    }

    fn manager(&self, subresource: &'static str) -> Manager<'_> {
        Manager {
            resource: &self.resource,
            registry: &self.state.registry,
            shape: Shape::of(&self.resource),
            api_version: &self.resource.api_version,
            subresource,
            now: (self.state.options.now)(),
        }
    }

    /// Writes into a new object who owns its fields.
    pub(super) fn track_new(&self, object: &mut Value) -> Result<()> {
        let manager = self.field_manager()?;
        if self.state.options.managed_fields {
            let none = json!({"apiVersion": self.resource.api_version});
            self.manager("").update(&none, object, &manager);
        } else {
            meta::remove(object, "managedFields");
        }
        Ok(())
    }

    /// Writes into the next state of an object who owns its fields.
    pub(super) fn track(&self, old: &Stored, object: &mut Value, status: bool) -> Result<()> {
        let manager = self.field_manager()?;
        if self.state.options.managed_fields {
            let live = render::present(&self.resource, &old.object);
            let subresource = if status { "status" } else { "" };
            self.manager(subresource).update(&live, object, &manager);
        } else {
            meta::remove(object, "managedFields");
        }
        Ok(())
    }

    /// The owners of what an answer that is not stored was asked with. `shape` is its definition.
    pub(super) fn asked_by(
        &self,
        spec: &Value,
        shape: &str,
        api_version: &str,
        subresource: &'static str,
    ) -> Result<Option<Value>> {
        if !self.state.options.managed_fields {
            return Ok(None);
        }
        let mut asked = json!({"apiVersion": api_version, "spec": spec});
        let shape = Shape::named(shape);
        let manager = Manager { shape, api_version, subresource, ..self.manager("") };
        let none = json!({"apiVersion": api_version});
        manager.update(&none, &mut asked, &self.field_manager()?);
        Ok(meta::remove(&mut asked, "managedFields"))
    }

    /// PATCH with a configuration: server-side apply.
    pub(super) fn apply(
        &mut self,
        old: Option<Arc<Stored>>,
        status: bool,
        dry: bool,
    ) -> Result<Reply> {
        let Decoded { value: config, notes } = self.configuration()?;
        if old.is_none() && status {
            return Err(self.not_found());
        }
        let live = match &old {
            Some(old) => render::present(&self.resource, &old.object).into_owned(),
            None => json!({"apiVersion": self.resource.api_version, "kind": self.resource.kind}),
        };
        self.check_configured_kind(&config)?;
        let manager = self.field_manager()?;
        let force = self.query.flag("force");
        let subresource = if status { "status" } else { "" };
        let object = self.manager(subresource).apply(&live, &config, &manager, force)?;
        if old.is_none() && !meta::uid(&object).is_empty() {
            let (group, plural) = (&self.resource.group, &self.resource.plural);
            let why = format!(
                "uid mismatch: the provided object specified uid {}, and no existing object was \
                 found",
                meta::uid(&object)
            );
            return Err(ApiError::conflict(group, plural, self.name(), &why));
        }
        self.judge_repeats(&notes)?;
        let mut object = self.shaped(object, &mut Vec::new())?;
        self.check_name(&object)?;
        self.settle_namespace(&mut object)?;
        let (code, stored) = match old {
            Some(old) => (200, self.update_object(&old, object, status, dry, Owners::Settled)?),
            None => (201, self.create_object(object, dry, Owners::Settled)?),
        };
        Ok(self.reply(code, &stored))
    }

    /// The body as a configuration: YAML, of which JSON is a part.
    pub(super) fn configuration(&self) -> Result<Decoded> {
        if !self.state.options.managed_fields {
            return Err(ApiError::unsupported("server-side apply while managed fields are off"));
        }
        let resource = &self.resource;
        let kind = (resource.api_version.as_str(), resource.kind.as_str());
        let decoded = decode::decode(self.body, negotiate::Body::Yaml, kind)
            .map_err(|why| ApiError::bad_request(format!("error decoding YAML: {why}")))?;
        if !decoded.value.is_object() {
            let why = "error decoding YAML: error unmarshaling JSON: while decoding JSON: json: \
                       cannot unmarshal into Go value of type map[string]interface {}";
            return Err(ApiError::bad_request(why));
        }
        Ok(decoded)
    }

    fn check_configured_kind(&self, config: &Value) -> Result<()> {
        let text = |field: &str| config.get(field).and_then(Value::as_str).unwrap_or_default();
        let resource = &self.resource;
        if text("apiVersion") == resource.api_version && text("kind") == resource.kind {
            return Ok(());
        }
        let both = text("apiVersion");
        let (group, version) = both.split_once('/').unwrap_or(("", both));
        let kind = text("kind");
        let why = format!("invalid object type: {group}/{version}, Kind={kind}");
        Err(ApiError::bad_request(why))
    }

    /// Fields that stand twice in a configuration.
    fn judge_repeats(&mut self, notes: &[String]) -> Result<()> {
        if notes.is_empty() {
            return Ok(());
        }
        match self.strictness()? {
            Strictness::Ignore => {}
            Strictness::Warn => self.warnings.extend(notes.iter().cloned()),
            Strictness::Strict => {
                let why = format!("error strict decoding YAML: {}", notes.join(", "));
                return Err(ApiError::bad_request(why));
            }
        }
        Ok(())
    }
}
