//! The scale subresource.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::apply::Owners;
use super::{Call, Reply};
use crate::decode;
use crate::kinds::ScalePaths;
use crate::managed::{self, Manager, Shape};
use crate::meta;
use crate::negotiate;
use crate::patch;
use crate::status::{ApiError, FieldError, Result};
use crate::store::Stored;

const VERSION: &str = "autoscaling/v1";

impl Call<'_> {
    pub(super) fn serve_scale(&mut self) -> Result<Reply> {
        let found = self.state.get(&self.resource, self.namespace(), self.name()).cloned();
        let Some(old) = found else { return Err(self.not_found()) };
        let Some(paths) = self.resource.scale.clone() else { return Err(self.unsupported()) };
        let strict = self.resource.custom().is_some();
        match self.method.as_str() {
            "GET" => Ok(Reply::value(200, &scale_of(&old, &paths, strict)?)),
            "PUT" => {
                let format = negotiate::body(self.content_type, strict)?;
                let wanted = decode::decode(self.body, format, ("autoscaling/v1", "Scale"))
                    .map_err(ApiError::bad_request)?;
                self.set_scale(&old, &paths, wanted.value)
            }
            "PATCH" => {
                let kind = negotiate::patch(self.content_type, !strict)?;
                if kind == negotiate::Patch::Apply {
                    return self.apply_scale(&old, &paths);
                }
                let body = decode::json(self.body)
                    .map_err(|why| ApiError::bad_request(format!("error decoding patch: {why}")))?;
                let mut wanted = scale_of(&old, &paths, false)?;
                match kind {
                    negotiate::Patch::Json => patch::json(&mut wanted, body.value)?,
                    negotiate::Patch::Merge
                    | negotiate::Patch::Strategic
                    | negotiate::Patch::Apply => patch::merge(&mut wanted, body.value),
                }
                self.set_scale(&old, &paths, wanted)
            }
            _ => Err(self.unsupported()),
        }
    }

    fn scale_manager(&self) -> Manager<'_> {
        Manager {
            resource: &self.resource,
            registry: &self.state.registry,
            shape: Shape::named("autoscaling.v1.Scale"),
            api_version: VERSION,
            subresource: "scale",
            now: (self.state.options.now)(),
        }
    }

    /// The scale with the owners of its number of replicas.
    fn owned_scale(&self, old: &Stored, paths: &ScalePaths) -> Result<Value> {
        let mut scale = scale_of(old, paths, false)?;
        let owners = managed::Owners::of(&old.object);
        managed::to_scale(&owners, &paths.spec).write(&mut scale);
        Ok(scale)
    }

    fn apply_scale(&mut self, old: &Arc<Stored>, paths: &ScalePaths) -> Result<Reply> {
        let config = self.configuration()?.value;
        let manager = self.field_manager()?;
        let live = self.owned_scale(old, paths)?;
        let force = self.query.flag("force");
        let scale = self.scale_manager().apply(&live, &config, &manager, force)?;
        self.store_scale(old, paths, &scale)
    }

    fn set_scale(
        &mut self,
        old: &Arc<Stored>,
        paths: &ScalePaths,
        mut wanted: Value,
    ) -> Result<Reply> {
        if self.state.options.managed_fields {
            let manager = self.field_manager()?;
            let live = self.owned_scale(old, paths)?;
            self.scale_manager().update(&live, &mut wanted, &manager);
        }
        self.store_scale(old, paths, &wanted)
    }

    fn store_scale(
        &mut self,
        old: &Arc<Stored>,
        paths: &ScalePaths,
        wanted: &Value,
    ) -> Result<Reply> {
        let dry = self.dry_run()?;
        self.check_name(wanted)?;
        let replicas = match wanted.pointer("/spec/replicas") {
            None | Some(Value::Null) => 0,
            Some(value) => value.as_i64().ok_or_else(|| {
                let why = "json: cannot unmarshal into Go struct field ScaleSpec.spec.replicas of \
                           type int32";
                ApiError::bad_request(why)
            })?,
        };
        if !(0..=i64::from(i32::MAX)).contains(&replicas) {
            let why = "must be greater than or equal to 0";
            let error = FieldError::invalid("spec.replicas", replicas.to_string(), why);
            return Err(ApiError::invalid("autoscaling", "Scale", self.name(), &[error]));
        }
        let mut object = (*old.object).clone();
        let version = meta::text(wanted, "resourceVersion");
        if !version.is_empty() {
            meta::set(&mut object, "resourceVersion", version.into());
        }
        put(&mut object, &paths.spec, replicas.into());
        if self.state.options.managed_fields {
            let before = managed::Owners::of(&old.object);
            let scale = managed::Owners::of(wanted);
            let version = self.resource.storage_version();
            managed::from_scale(&before, &scale, &paths.spec, version).write(&mut object);
        }
        let stored = self.update_object(old, object, false, dry, Owners::Settled)?;
        Ok(Reply::value(200, &scale_of(&stored, paths, true)?))
    }
}

fn put(object: &mut Value, path: &[String], value: Value) {
    match path {
        [] => {}
        [last] => {
            if let Some(map) = object.as_object_mut() {
                map.insert(last.clone(), value);
            }
        }
        [first, rest @ ..] => {
            meta::object_at(object, first);
            put(&mut object[first], rest, value);
        }
    }
}

fn at<'a>(object: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(object, |at, step| at.get(step))
}

/// `strict`: an absent field is an error, as it is for custom resources.
fn scale_of(stored: &Stored, paths: &ScalePaths, strict: bool) -> Result<Value> {
    let object = &stored.object;
    let replicas = at(object, &paths.spec).and_then(Value::as_i64);
    if replicas.is_none() && strict {
        let path = format!(".{}", paths.spec.join("."));
        let why = format!("the spec replicas field \"{path}\" does not exist");
        return Err(ApiError::internal(&why));
    }
    let mut metadata = Map::new();
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
        let text = meta::text(object, field);
        if !text.is_empty() {
            metadata.insert(field.to_owned(), text.into());
        }
    }
    let mut spec = Map::new();
    if let Some(replicas) = replicas.filter(|replicas| *replicas != 0) {
        spec.insert("replicas".into(), replicas.into());
    }
    let current = at(object, &paths.status).and_then(Value::as_i64).unwrap_or(0);
    let mut status = Map::new();
    status.insert("replicas".into(), current.into());
    let selector = paths.selector.as_ref().and_then(|path| at(object, path)?.as_str());
    if let Some(selector) = selector {
        status.insert("selector".into(), selector.into());
    }
    Ok(json!({
        "kind": "Scale",
        "apiVersion": VERSION,
        "metadata": metadata,
        "spec": spec,
        "status": status,
    }))
}
