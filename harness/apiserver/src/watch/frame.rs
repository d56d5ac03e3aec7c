//! The lines of a watch stream.

use bytes::{BufMut as _, Bytes, BytesMut};
use serde_json::{Map, Value, json};

use crate::kinds::Resource;
use crate::negotiate::View;
use crate::options::Change;
use crate::render;
use crate::status::ApiError;
use crate::store::{State, Stored};

/// An event with its object in the wanted form.
pub(super) fn event(
    change: Change,
    resource: &Resource,
    stored: &Stored,
    view: View,
    _columns: bool,
    _state: &State,
) -> Bytes {
    let object = match view {
        View::Plain | View::Table => render::bytes(resource, stored),
        View::Metadata => Bytes::from(render::partial(&stored.object).to_string()),
    };
    line(change.as_str(), &object)
}

/// Tells the client how far it has seen.
pub(super) fn bookmark(resource: &Resource, revision: u64, ends_initial: bool) -> Bytes {
    let mut metadata = Map::new();
    metadata.insert("resourceVersion".into(), revision.to_string().into());
    if ends_initial {
        metadata.insert("annotations".into(), json!({"k8s.io/initial-events-end": "true"}));
    }
    let object = json!({
        "apiVersion": resource.api_version,
        "kind": resource.kind,
        "metadata": Value::Object(metadata),
    });
    line("BOOKMARK", object.to_string().as_bytes())
}

pub(super) fn error(error: &ApiError) -> Bytes {
    line("ERROR", error.to_value().to_string().as_bytes())
}

fn line(kind: &str, object: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(object.len() + 32);
    out.put_slice(b"{\"type\":\"");
    out.put_slice(kind.as_bytes());
    out.put_slice(b"\",\"object\":");
    out.put_slice(object);
    out.put_slice(b"}\n");
    out.freeze()
}
