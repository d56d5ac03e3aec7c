//! From the bytes of a body to an object of the right kind and shape.

use serde_json::{Map, Value};

use super::Call;
use crate::decode::{self, Decoded};
use crate::meta;
use crate::negotiate::{self, Body};
use crate::status::{ApiError, FieldError, Result, quoted};
use crate::strategy;

/// What happens to fields that nobody knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strictness {
    Strict,
    Warn,
    Ignore,
}

/// Warnings sent at most with one answer.
const WARNINGS_MAX: usize = 20;

impl Call<'_> {
    pub(super) fn strictness(&self) -> Result<Strictness> {
        match self.query.get("fieldValidation") {
            "" | "Warn" => Ok(Strictness::Warn),
            "Strict" => Ok(Strictness::Strict),
            "Ignore" => Ok(Strictness::Ignore),
            other => {
                let known = ["", "Ignore", "Strict", "Warn"];
                let error = FieldError::unsupported("fieldValidation", quoted(other), &known);
                Err(ApiError::invalid("meta.k8s.io", self.options_kind(), "", &[error]))
            }
        }
    }

    /// The body of a create or update as a shaped object of the resource's kind.
    pub(super) fn object_of_body(&mut self) -> Result<Value> {
        let resource = self.resource.clone();
        let format = negotiate::body(self.content_type, resource.custom().is_some())?;
        let expected = (resource.api_version.as_str(), resource.kind.as_str());
        let Decoded { value, mut notes } =
            decode::decode(self.body, format, expected).map_err(|why| match format {
                Body::Protobuf => self.unrecognized(&why),
                Body::Json | Body::Yaml => self
                    .unrecognized(&format!("couldn't get version/kind; json parse error: {why}")),
            })?;
        self.warn_of_other_version(&value);
        let object = self.of_kind(value)?;
        let object = self.shaped(object, &mut notes)?;
        self.judge_notes(&notes, None)?;
        Ok(object)
    }

    /// The real server knows no field of a version that it does not serve.
    fn warn_of_other_version(&mut self, value: &Value) {
        let version = value.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
        let other = !version.is_empty() && version != self.resource.api_version;
        if !other || self.resource.custom().is_none() || self.strictness() != Ok(Strictness::Warn) {
            return;
        }
        for name in value.as_object().into_iter().flat_map(Map::keys) {
            if !matches!(name.as_str(), "apiVersion" | "kind" | "metadata") {
                self.warnings.push(format!("unknown field \"{name}\""));
            }
        }
        self.warnings.truncate(WARNINGS_MAX);
    }

    fn unrecognized(&self, why: &str) -> ApiError {
        let kind = &self.resource.kind;
        let shown = decode::summary(self.body);
        ApiError::bad_request(format!(
            "the object provided is unrecognized (must be of type {kind}): {why} ({shown})"
        ))
    }

    fn of_kind(&self, value: Value) -> Result<Value> {
        let resource = &self.resource;
        let text = |field: &str| value.get(field).and_then(Value::as_str).unwrap_or_default();
        if !value.is_object() {
            let why = "couldn't get version/kind; json parse error: json: cannot unmarshal into \
                       Go value of type struct { APIVersion string \"json:\\\"apiVersion,\
                       omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }";
            return Err(self.unrecognized(why));
        }
        if text("kind").is_empty() && resource.custom().is_some() {
            let shown = decode::summary(self.body);
            return Err(self.unrecognized(&format!("Object 'Kind' is missing in '{shown}'")));
        }
        if !text("apiVersion").is_empty() && text("apiVersion") != resource.api_version {
            return Err(ApiError::bad_request(format!(
                "the API version in the data ({}) does not match the expected API version ({})",
                text("apiVersion"),
                resource.api_version
            )));
        }
        let kind = text("kind");
        if !kind.is_empty() && kind != resource.kind {
            let name = meta::name(&value);
            if resource.custom().is_some() {
                let why = format!("must be {}", resource.kind);
                let error = FieldError::invalid("kind", quoted(kind), why);
                return Err(ApiError::invalid(&resource.group, kind, name, &[error]));
            }
            return Err(ApiError::bad_request(format!(
                "{kind} in version \"{}\" cannot be handled as a {}: no kind \"{kind}\" is \
                 registered for the resource",
                resource.version, resource.kind
            )));
        }
        Ok(value)
    }

    /// Prunes and defaults; what strict decoding would refuse is added to `notes`.
    pub(super) fn shaped(&self, mut object: Value, notes: &mut Vec<String>) -> Result<Value> {
        let resource = &self.resource;
        if let Value::Object(map) = &mut object {
            for (field, text) in [("apiVersion", &resource.api_version), ("kind", &resource.kind)] {
                if map.get(field).and_then(Value::as_str) != Some(text) {
                    map.insert(field.to_owned(), text.clone().into());
                }
            }
        }
        let mut unknown = Vec::new();
        strategy::shape(resource, &mut object, &mut unknown).map_err(|why| {
            ApiError::bad_request(format!(
                "{kind} in version \"{version}\" cannot be handled as a {kind}: {why}",
                kind = resource.kind,
                version = resource.version,
            ))
        })?;
        notes.extend(unknown.into_iter().map(|path| format!("unknown field \"{path}\"")));
        Ok(object)
    }

    /// Refuses or warns, as the request wants it. `patched` is what a patch made, as text.
    pub(super) fn judge_notes(&mut self, notes: &[String], patched: Option<&str>) -> Result<()> {
        let strictness = self.strictness()?;
        if notes.is_empty() {
            return Ok(());
        }
        match strictness {
            Strictness::Ignore => Ok(()),
            Strictness::Warn => {
                self.warnings.extend(notes.iter().take(WARNINGS_MAX).cloned());
                Ok(())
            }
            Strictness::Strict => {
                let why = format!("strict decoding error: {}", notes.join(", "));
                if let Some(patched) = patched {
                    let error = FieldError::invalid("patch", quoted(patched), why);
                    return Err(ApiError::invalid("", "", "", &[error]));
                }
                Err(ApiError::bad_request(format!(
                    "{kind} in version \"{version}\" cannot be handled as a {kind}: {why}",
                    kind = self.resource.kind,
                    version = self.resource.version,
                )))
            }
        }
    }

    /// The name in the body of a write must be that of the path, and so must the namespace be,
    /// if it is given.
    pub(super) fn check_name(&self, object: &Value) -> Result<()> {
        let (body, path) = (meta::name(object), self.name());
        if body.is_empty() {
            return Err(ApiError::bad_request(format!(
                "the name of the object ({path} based on URL) was undeterminable: name must be \
                 provided"
            )));
        }
        if body != path {
            return Err(ApiError::bad_request(format!(
                "the name of the object ({body}) does not match the name on the URL ({path})"
            )));
        }
        let (given, namespace) = (meta::text(object, "namespace"), self.namespace());
        if !given.is_empty() && !namespace.is_empty() && given != namespace {
            return Err(ApiError::bad_request(format!(
                "the namespace of the object ({given}) does not match the namespace on the \
                 request ({namespace})"
            )));
        }
        Ok(())
    }

    /// The namespace in the body must be that of the path, or absent.
    pub(super) fn settle_namespace(&self, object: &mut Value) -> Result<()> {
        let given = meta::text(object, "namespace");
        if !self.resource.namespaced {
            meta::remove(object, "namespace");
            return Ok(());
        }
        if !given.is_empty() && given != self.namespace() {
            return Err(ApiError::bad_request(
                "the namespace of the provided object does not match the namespace sent on the \
                 request",
            ));
        }
        meta::set(object, "namespace", self.namespace().into());
        Ok(())
    }
}
