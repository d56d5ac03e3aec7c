//! The lines of a watch stream.

use bytes::{BufMut as _, Bytes, BytesMut};

use crate::kinds::Resource;
use crate::negotiate::View;
use crate::options::Change;
use crate::render::{self, ListMeta};
use crate::status::ApiError;
use crate::store::{State, Stored};
use crate::table;

use super::WatchRequest;

/// An event with its object in the wanted form. Only the first table has its columns.
pub(super) fn event(
    change: Change,
    request: &WatchRequest,
    stored: &Stored,
    columns: bool,
    state: &State,
) -> Bytes {
    let resource = &request.resource;
    let object = match request.view {
        View::Plain => render::bytes(resource, stored),
        View::Metadata => render::json(&render::partial(&stored.object)),
        View::Table => {
            let list = ListMeta { revision: stored.revision, ..ListMeta::default() };
            let now = (state.options.now)();
            let item = std::iter::once(stored);
            let table = table::table(resource, item, &list, &request.query, now, columns);
            render::json(&table)
        }
    };
    line(change.as_str(), &object)
}

/// Tells the client how far it has seen.
pub(super) fn bookmark(resource: &Resource, revision: u64, ends_initial: bool) -> Bytes {
    // written by hand: an idle watch is made of these, and neither name nor number needs escaping
    let annotations =
        if ends_initial { r#""annotations":{"k8s.io/initial-events-end":"true"},"# } else { "" };
    let Resource { api_version, kind, .. } = resource;
    let object = format!(
        concat!(
            r#"{{"apiVersion":"{api_version}","kind":"{kind}","#,
            r#""metadata":{{{annotations}"resourceVersion":"{revision}"}}}}"#
        ),
        api_version = api_version,
        kind = kind,
        annotations = annotations,
        revision = revision
    );
    line("BOOKMARK", object.as_bytes())
}

pub(super) fn error(error: &ApiError) -> Bytes {
    line("ERROR", &render::json(&error.to_value()))
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
