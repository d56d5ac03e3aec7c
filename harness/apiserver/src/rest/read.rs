//! GET: one object, a list, a watch.

use super::page::{self, Page};
use super::{Call, Reply};
use crate::faults::ReadAt;
use crate::objects::Part;
use crate::render;
use crate::selectors::Selector;
use crate::status::{ApiError, FieldError, Result, quoted};
use crate::watch::{WatchPlan, WatchRequest};

impl Call<'_> {
    pub(super) fn get(&mut self) -> Result<Reply> {
        let wanted = revision(self.query.get("resourceVersion"))
            .map_err(|why| ApiError::new(500, "", why))?;
        if let Some(wanted) = wanted.filter(|wanted| *wanted > self.state.revision) {
            return Err(ApiError::too_new(wanted, self.state.revision));
        }
        let found = match (self.read_at, self.state.table(&self.resource)) {
            (Some(ReadAt(then)), Some(table)) if then < self.state.revision => {
                let (namespace, name) = (Some(self.namespace()), Some(self.name()));
                let undone = page::undone(table, then, None)?;
                let mut found = undone.part(&table.objects, Part { namespace, name, after: None });
                found.next().map(|(_, stored)| stored.clone())
            }
            _ => self.state.get(&self.resource, self.namespace(), self.name()).cloned(),
        };
        let stored = found.ok_or_else(|| self.not_found())?;
        let body = render::object(&self.resource, &stored, self.view, self.state, self.query);
        Ok(Reply::json(200, body))
    }

    pub(super) fn list(&mut self) -> Result<Reply> {
        let selector = Selector::parse(self.query, &self.resource)?;
        let limit = number(self.query.get("limit"))?;
        let limit = usize::try_from(limit).ok().filter(|limit| *limit > 0);
        let page = Page::parse(self)?;
        let (items, meta) = page.read(self, &selector, limit)?;
        let body = render::list(&self.resource, &items, &meta, self.view, self.state, self.query);
        Ok(Reply::json(200, body))
    }

    pub(super) fn watch(&mut self) -> Result<Reply> {
        let selector = Selector::parse(self.query, &self.resource)?;
        let query = self.query;
        let initial = query.has("sendInitialEvents").then(|| query.flag("sendInitialEvents"));
        let matching = query.get("resourceVersionMatch");
        if initial.is_some() && matching != "NotOlderThan" {
            let why = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
            return Err(bad_option("resourceVersionMatch", why));
        }
        if initial.is_none() && !matching.is_empty() {
            let why = "resourceVersionMatch is forbidden for watch unless sendInitialEvents is \
                       provided";
            return Err(bad_option("resourceVersionMatch", why));
        }
        let request = WatchRequest {
            resource: self.resource.clone(),
            namespace: self.path.namespace.clone(),
            name: self.path.name.clone(),
            selector,
            view: self.view,
            query: self.query.clone(),
            client: self.client.clone(),
            // A real server calls this its own fault.
            revision: revision(query.get("resourceVersion"))
                .map_err(|why| ApiError::new(500, "", why))?,
            initial,
            bookmarks: query.flag("allowWatchBookmarks"),
            timeout_seconds: number(query.get("timeoutSeconds"))?,
        };
        Ok(Reply::Watch(Box::new(WatchPlan::new(self.state, request))))
    }
}

pub(super) fn number(text: &str) -> Result<i64> {
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| {
        let shown = quoted(text);
        ApiError::bad_request(format!("strconv.ParseInt: parsing {shown}: invalid syntax"))
    })
}

/// A resource version of a request; None where absent.
pub(super) fn revision(text: &str) -> std::result::Result<Option<u64>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        let shown = quoted(text);
        format!(
            "resourceVersion: Invalid value: {shown}: strconv.ParseUint: parsing {shown}: invalid \
             syntax"
        )
    })
}

fn bad_option(field: &str, why: &str) -> ApiError {
    let error = FieldError::forbidden(field, why);
    ApiError::invalid("meta.k8s.io", "ListOptions", "", &[error])
}
