//! Writes objects and lists in the version and form that a request wants.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::{BufMut as _, Bytes, BytesMut};
use serde_json::{Map, Value};

use crate::builtin;
use crate::kinds::Resource;
use crate::negotiate::View;
use crate::request::Query;
use crate::store::{State, Stored};
use crate::table;

/// A value as bytes, without the detour through a formatter.
pub(crate) fn json(value: &Value) -> Bytes {
    let mut out = Vec::with_capacity(512);
    // Writing a value to memory cannot fail.
    let _ = serde_json::to_writer(&mut out, value);
    Bytes::from(out)
}

/// The object in the version of the resource.
pub(crate) fn present<'a>(resource: &Resource, object: &'a Value) -> Cow<'a, Value> {
    if object.get("apiVersion").and_then(Value::as_str) == Some(&resource.api_version) {
        return Cow::Borrowed(object);
    }
    let mut object = object.clone();
    builtin::to_version(resource, &mut object);
    if let Some(map) = object.as_object_mut() {
        map.insert("apiVersion".into(), resource.api_version.clone().into());
    }
    Cow::Owned(object)
}

/// The bytes of an object in the version of the resource.
pub(crate) fn bytes(resource: &Resource, stored: &Stored) -> Bytes {
    match present(resource, &stored.object) {
        Cow::Borrowed(_) => stored.json().clone(),
        Cow::Owned(object) => json(&object),
    }
}

/// An object as an answer.
pub(crate) fn object(
    resource: &Resource,
    stored: &Stored,
    view: View,
    state: &State,
    query: &Query,
) -> Bytes {
    match view {
        View::Plain => bytes(resource, stored),
        View::Metadata => json(&partial(&stored.object)),
        View::Table => {
            let list = ListMeta { revision: stored.revision, ..ListMeta::default() };
            let now = (state.options.now)();
            let item = std::iter::once(stored);
            json(&table::table(resource, item, &list, query, now, true))
        }
    }
}

/// `PartialObjectMetadata` of an object.
pub(crate) fn partial(object: &Value) -> Value {
    serde_json::json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": object.get("metadata").cloned().unwrap_or_default(),
    })
}

/// The metadata of a list.
#[derive(Clone, Debug, Default)]
pub(crate) struct ListMeta {
    pub revision: u64,
    pub next: Option<String>,
    pub remaining: Option<usize>,
    /// Also write an empty `continue`.
    pub bare_continue: bool,
}

impl ListMeta {
    pub(crate) fn to_value(&self) -> Value {
        let mut map = Map::new();
        map.insert("resourceVersion".into(), self.revision.to_string().into());
        if let Some(next) = &self.next {
            map.insert("continue".into(), next.clone().into());
        } else if self.bare_continue {
            map.insert("continue".into(), "".into());
        }
        if let Some(remaining) = self.remaining {
            map.insert("remainingItemCount".into(), remaining.into());
        }
        Value::Object(map)
    }
}

/// A list as an answer.
pub(crate) fn list(
    resource: &Resource,
    items: &[Arc<Stored>],
    list_meta: &ListMeta,
    view: View,
    state: &State,
    query: &Query,
) -> Bytes {
    let (api_version, kind) = match view {
        View::Plain => (resource.api_version.as_str(), resource.list_kind.as_str()),
        View::Metadata => ("meta.k8s.io/v1", "PartialObjectMetadataList"),
        View::Table => {
            let now = (state.options.now)();
            let items = items.iter().map(AsRef::as_ref);
            let table = table::table(resource, items, list_meta, query, now, true);
            return json(&table);
        }
    };
    let mut out = BytesMut::new();
    out.put_slice(b"{\"apiVersion\":\"");
    out.put_slice(api_version.as_bytes());
    out.put_slice(b"\",\"items\":[");
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.put_u8(b',');
        }
        if view == View::Metadata {
            out.put_slice(&json(&partial(&item.object)));
        } else {
            put_item(&mut out, resource, item);
        }
    }
    out.put_slice(b"],\"kind\":\"");
    out.put_slice(kind.as_bytes());
    out.put_slice(b"\",\"metadata\":");
    out.put_slice(&json(&list_meta.to_value()));
    out.put_slice(b"}");
    out.freeze()
}

/// Items of lists of built-in kinds carry neither `apiVersion` nor `kind`.
fn put_item(out: &mut BytesMut, resource: &Resource, item: &Stored) {
    if resource.custom().is_some() {
        out.put_slice(&bytes(resource, item));
        return;
    }
    let mut object = present(resource, &item.object).into_owned();
    if let Some(map) = object.as_object_mut() {
        map.remove("apiVersion");
        map.remove("kind");
    }
    out.put_slice(&json(&object));
}
