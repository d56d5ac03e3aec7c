//! A request on a resource, and which verb it is.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;

use crate::auth::User;
use crate::faults::ReadAt;
use crate::kinds::Resource;
use crate::negotiate::{self, View};
use crate::request::{Path, Query};
use crate::status::{ApiError, FieldError, Result};
use crate::store::State;
use crate::watch::WatchPlan;

/// A request on a resource.
pub(crate) struct Call<'a> {
    pub state: &'a mut State,
    pub resource: Arc<Resource>,
    pub method: &'a http::Method,
    pub path: &'a Path,
    pub query: &'a Query,
    pub content_type: &'a str,
    pub view: View,
    pub headers: &'a http::HeaderMap,
    pub body: &'a [u8],
    /// Who calls.
    pub client: Arc<str>,
    /// The same as authentication found it, if there is any.
    pub user: Option<&'a User>,
    /// Reads are answered as of an old revision.
    pub read_at: Option<ReadAt>,
    /// For the `Warning` headers of the answer.
    pub warnings: Vec<String>,
}

/// What the client gets.
pub(crate) enum Reply {
    Json {
        code: u16,
        body: Bytes,
        warnings: Vec<String>,
    },
    Text {
        code: u16,
        body: Bytes,
    },
    /// A document in a form of its own.
    Document {
        content_type: &'static str,
        body: Bytes,
    },
    Discovery {
        /// In one document, as newer clients ask for it.
        aggregated: bool,
        body: Bytes,
    },
    Watch(Box<WatchPlan>),
}

pub(crate) type Answer = Result<Reply>;

impl Reply {
    pub(crate) fn json(code: u16, body: impl Into<Bytes>) -> Self {
        Self::Json { code, body: body.into(), warnings: Vec::new() }
    }

    pub(crate) fn value(code: u16, value: &Value) -> Self {
        Self::json(code, crate::render::json(value))
    }
}

/// What a request brings besides its method and path.
pub(crate) struct Incoming<'a> {
    pub method: &'a http::Method,
    pub query: &'a Query,
    pub accept: &'a str,
    pub content_type: &'a str,
    pub headers: &'a http::HeaderMap,
    pub body: &'a [u8],
    pub client: Arc<str>,
    pub user: Option<&'a User>,
    pub read_at: Option<ReadAt>,
}

/// Serves a request on a resource.
pub(crate) fn serve(state: &mut State, path: &Path, incoming: &Incoming<'_>) -> Result<Reply> {
    let found = state.registry.find(&path.group, &path.version, &path.plural);
    let Some(resource) = found else {
        if state.registry.has_version(&path.group, &path.version) {
            return Err(ApiError::no_such_resource());
        }
        return Err(page_not_found());
    };
    if resource.namespaced != path.namespace.is_some()
        && (path.namespace.is_some() || path.name.is_some())
    {
        return Err(ApiError::no_such_resource());
    }
    let view = negotiate::view(incoming.accept, resource.custom().is_some())?;
    let mut call = Call {
        state,
        resource,
        method: incoming.method,
        path,
        query: incoming.query,
        content_type: incoming.content_type,
        view,
        headers: incoming.headers,
        body: incoming.body,
        client: incoming.client.clone(),
        user: incoming.user,
        read_at: incoming.read_at,
        warnings: Vec::new(),
    };
    let reply = call.serve();
    Ok(match reply {
        Ok(Reply::Json { code, body, .. }) => Reply::Json { code, body, warnings: call.warnings },
        Ok(other) => other,
        Err(error) => {
            let body = crate::render::json(&error.to_value());
            let page = is_page_not_found(&error);
            if page {
                return Err(error);
            }
            Reply::Json { code: error.code(), body, warnings: call.warnings }
        }
    })
}

/// Marks the answer that a real server gives in plain text: nothing stands under the path.
pub(crate) fn page_not_found() -> ApiError {
    ApiError::new(404, "", "404 page not found")
}

pub(crate) fn is_page_not_found(error: &ApiError) -> bool {
    error.code() == 404 && error.reason().is_empty()
}

impl Call<'_> {
    fn serve(&mut self) -> Result<Reply> {
        if self.path.rest {
            return Err(self.unsupported());
        }
        match self.path.subresource.as_deref() {
            None => self.serve_object(),
            Some("status") if self.resource.status => self.serve_status(),
            Some("scale") if self.resource.scale.is_some() => self.serve_scale(),
            Some(sub) => self.serve_other(sub),
        }
    }

    fn serve_object(&mut self) -> Result<Reply> {
        let named = self.path.name.is_some();
        let verb = match self.method.as_str() {
            "GET" if named && !self.query.flag("watch") => "get",
            "GET" if self.query.flag("watch") => "watch",
            "GET" => "list",
            "POST" => "create",
            "PUT" => "update",
            "PATCH" => "patch",
            "DELETE" if named => "delete",
            "DELETE" => "deletecollection",
            _ => return Err(self.unsupported()),
        };
        if !self.resource.serves(verb) {
            let message = "the server does not allow this method on the requested resource";
            return Err(ApiError::new(405, "MethodNotAllowed", message)
                .details(crate::status::Details::default()));
        }
        match verb {
            "get" => self.get(),
            "list" => self.list(),
            "watch" => self.watch(),
            "create" if self.is_review() => self.review(),
            "create" => self.create(),
            "update" | "patch" if !named => Err(ApiError::bad_request("name must be provided")),
            "update" => self.put(false),
            "patch" => self.patch(false),
            "delete" => self.delete(),
            _ => self.delete_collection(),
        }
    }

    fn serve_status(&mut self) -> Result<Reply> {
        match self.method.as_str() {
            "GET" => self.get(),
            "PUT" => self.put(true),
            "PATCH" => self.patch(true),
            _ => Err(self.unsupported()),
        }
    }

    fn serve_other(&mut self, sub: &str) -> Result<Reply> {
        match (self.resource.plural.as_str(), sub, self.method.as_str()) {
            ("serviceaccounts", "token", "POST") => return self.token(),
            ("namespaces", "finalize", "PUT") => return self.finalize(),
            _ => {}
        }
        if self.resource.custom().is_some() {
            // The real server looks no further than this for custom resources.
            let (group, plural) = (&self.resource.group, &self.resource.plural);
            return Err(ApiError::not_found(group, plural, self.name()));
        }
        Err(self.unsupported())
    }

    pub(super) fn unsupported(&self) -> ApiError {
        let resource = &self.resource;
        let what = crate::status::qualified(&resource.plural, &resource.group);
        let sub = self.path.subresource.as_deref().map(|sub| format!("/{sub}"));
        ApiError::unsupported(&format!("{} on {what}{}", self.method, sub.unwrap_or_default()))
    }

    /// The namespace of the path; empty for cluster scope and for all namespaces.
    pub(super) fn namespace(&self) -> &str {
        self.path.namespace.as_deref().unwrap_or_default()
    }

    pub(super) fn name(&self) -> &str {
        self.path.name.as_deref().unwrap_or_default()
    }

    pub(super) fn not_found(&self) -> ApiError {
        ApiError::not_found(&self.resource.group, &self.resource.plural, self.name())
    }

    /// Is the write only tried?
    pub(super) fn dry_run(&self) -> Result<bool> {
        let wanted: Vec<&str> =
            self.query.all("dryRun").filter(|value| !value.is_empty()).collect();
        self.check_dry_run(&wanted)
    }

    pub(super) fn check_dry_run(&self, wanted: &[&str]) -> Result<bool> {
        if wanted.iter().all(|value| *value == "All") {
            return Ok(!wanted.is_empty());
        }
        let shown = Value::from(wanted).to_string();
        let error = FieldError::unsupported("dryRun", shown, &["All"]);
        Err(ApiError::invalid("meta.k8s.io", self.options_kind(), "", &[error]))
    }

    /// The kind of the options that the query of this request makes up.
    pub(super) fn options_kind(&self) -> &'static str {
        match self.method.as_str() {
            "POST" => "CreateOptions",
            "PUT" => "UpdateOptions",
            "PATCH" => "PatchOptions",
            _ => "DeleteOptions",
        }
    }
}
