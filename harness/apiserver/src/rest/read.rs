//! GET: one object, a list, a watch.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use base64::Engine as _;
use serde_json::{Value, json};

use super::{Call, Reply};
use crate::faults::ReadAt;
use crate::options::Change;
use crate::render::{self, ListMeta};
use crate::request::Query;
use crate::selectors::Selector;
use crate::status::{ApiError, FieldError, Result, quoted};
use crate::store::{Objects, Stored, Table};
use crate::watch::{WatchPlan, WatchRequest};

const TOKEN: base64::engine::GeneralPurpose = base64::engine::general_purpose::URL_SAFE_NO_PAD;

impl Call<'_> {
    pub(super) fn get(&mut self) -> Result<Reply> {
        let wanted = revision(self.query.get("resourceVersion"))
            .map_err(|why| ApiError::new(500, "", why))?;
        if let Some(wanted) = wanted.filter(|wanted| *wanted > self.state.revision) {
            return Err(ApiError::too_new(wanted, self.state.revision));
        }
        let found = match (self.read_at, self.state.table(&self.resource)) {
            (Some(ReadAt(then)), Some(table)) if then < self.state.revision => {
                let old = rewind(table, then, None)?;
                old.get(self.namespace()).and_then(|names| names.get(self.name()).cloned())
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
        let page = Page::parse(self)?;
        let current = self.state.revision;
        let mut meta =
            ListMeta { revision: page.revision.unwrap_or(current), ..ListMeta::default() };
        let mut items = Vec::new();
        if let Some(table) = self.state.table(&self.resource) {
            let scope = self.path.namespace.as_deref();
            let limit = if limit > 0 { usize::try_from(limit).ok() } else { None };
            let old;
            let objects = match page.revision.filter(|revision| *revision < current) {
                None => &table.objects,
                Some(revision) => {
                    old = rewind(table, revision, page.start.as_deref())?;
                    &old
                }
            };
            let (found, more) = select(objects, scope, page.start.as_deref(), &selector, limit);
            items = found;
            if more > 0 {
                let all = self.resource.namespaced && scope.is_none();
                let last = items.last().map(|item| render::start_key(&item.object, all));
                let revision = i64::try_from(meta.revision).unwrap_or(-1);
                meta.next = Some(token(revision, &last.unwrap_or_default()));
                meta.remaining = selector.is_empty().then_some(more);
            }
        }
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

/// What a list says whose history is gone.
const STALE_TOKEN: &str = "The provided continue parameter is too old to display a consistent \
    list result. You can start a new list without the continue parameter, or use the continue \
    token in this response to retrieve the remainder of the results. Continuing with the provided \
    token results in an inconsistent list - objects that were created, modified, or deleted \
    between the time the first chunk was returned and now may show up in the list.";

/// A token with which a list goes on after the object `start`.
fn token(revision: i64, start: &str) -> String {
    let start = format!("/{start}\u{0}");
    let token = json!({"v": "meta.k8s.io/v1", "rv": revision, "start": start});
    TOKEN.encode(token.to_string())
}

/// Where a list starts and at which revision it stands.
struct Page {
    start: Option<String>,
    /// None: the latest.
    revision: Option<u64>,
}

impl Page {
    fn parse(call: &Call<'_>) -> Result<Self> {
        let query = call.query;
        let errors = option_errors(query);
        if !errors.is_empty() {
            return Err(ApiError::invalid("meta.k8s.io", "ListOptions", "", &errors));
        }
        let latest = Self { start: None, revision: call.read_at.map(|ReadAt(then)| then) };
        let text = query.get("resourceVersion");
        let token = query.get("continue");
        if !token.is_empty() {
            let page = Self::of_token(token)?;
            if !matches!(text, "" | "0") {
                let why = "specifying resource version is not allowed when using continue";
                return Err(ApiError::bad_request(why));
            }
            return Ok(page);
        }
        let wanted = revision(text)
            .map_err(|why| ApiError::bad_request(format!("invalid resource version: {why}")))?;
        let wanted = wanted.unwrap_or(0);
        let current = call.state.revision;
        if wanted > current {
            return Err(ApiError::too_new(wanted, current));
        }
        let exact = match query.get("resourceVersionMatch") {
            "Exact" => true,
            "" => wanted > 0 && number(query.get("limit"))? > 0,
            _ => false,
        };
        Ok(if exact { Self { start: None, revision: Some(wanted) } } else { latest })
    }

    fn of_token(token: &str) -> Result<Self> {
        let bad = |why: &str| {
            let text = format!("invalid continue token: continue key is not valid: {why}");
            ApiError::bad_request(text)
        };
        let bytes = TOKEN.decode(token).map_err(|_| bad("illegal base64 data"))?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|_| {
            let first = bytes.first().map_or('?', |byte| char::from(*byte));
            bad(&format!("invalid character '{first}' looking for beginning of value"))
        })?;
        let start = value.get("start").and_then(Value::as_str);
        let start = start.and_then(|start| start.strip_prefix('/')?.strip_suffix('\u{0}'));
        let version = value.get("v").and_then(Value::as_str);
        match (version, value.get("rv").and_then(Value::as_i64), start) {
            (Some("meta.k8s.io/v1"), Some(revision), Some(start)) if revision != 0 => {
                // A negative revision stands for the latest: an inconsistent list goes on.
                let revision = u64::try_from(revision).ok();
                Ok(Self { start: Some(start.to_owned()), revision })
            }
            _ => Err(bad("incorrect encoded start resourceVersion or start key")),
        }
    }
}

/// What is wrong with the options of a list.
fn option_errors(query: &Query) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let matching = query.get("resourceVersionMatch");
    let version = query.get("resourceVersion");
    let field = "resourceVersionMatch";
    if !matching.is_empty() {
        if version.is_empty() {
            let why = "resourceVersionMatch is forbidden unless resourceVersion is provided";
            errors.push(FieldError::forbidden(field, why));
        }
        if !query.get("continue").is_empty() {
            let why = "resourceVersionMatch is forbidden when continue is provided";
            errors.push(FieldError::forbidden(field, why));
        }
        if !matches!(matching, "Exact" | "NotOlderThan") {
            let known = ["Exact", "NotOlderThan", ""];
            errors.push(FieldError::unsupported(field, quoted(matching), &known));
        }
        if matching == "Exact" && version == "0" {
            let why = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
            errors.push(FieldError::forbidden(field, why));
        }
    }
    if query.has("sendInitialEvents") {
        let why = "sendInitialEvents is forbidden for list";
        errors.push(FieldError::forbidden("sendInitialEvents", why));
    }
    errors
}

/// The objects as they were at a revision, by undoing the log.
fn rewind(table: &Table, revision: u64, start: Option<&str>) -> Result<Objects> {
    let Some(since) = table.since(revision) else {
        return Err(match start {
            None => ApiError::expired(revision, table.oldest()),
            Some(start) => ApiError::new(410, "Expired", STALE_TOKEN).next(token(-1, start)),
        });
    };
    let mut objects = table.objects.clone();
    for entry in since.rev() {
        let names = objects.entry(entry.namespace.to_string()).or_default();
        match (&entry.change, &entry.previous) {
            (Change::Added, _) | (_, None) => {
                names.remove(&*entry.name);
            }
            (Change::Modified | Change::Deleted, Some(previous)) => {
                names.insert(entry.name.to_string(), previous.clone());
            }
        }
    }
    Ok(objects)
}

/// Matching objects after `start`, at most `limit` of them, and how many follow.
fn select(
    objects: &Objects,
    scope: Option<&str>,
    start: Option<&str>,
    selector: &Selector,
    limit: Option<usize>,
) -> (Vec<Arc<Stored>>, usize) {
    let (start_namespace, start_name) = match (scope, start) {
        (_, None) => ("", ""),
        (Some(namespace), Some(name)) => (namespace, name),
        (None, Some(key)) => key.split_once('/').unwrap_or(("", key)),
    };
    let mut found = Vec::new();
    let mut more = 0;
    let from = match scope {
        Some(namespace) => namespace,
        None => start_namespace,
    };
    for (namespace, names) in objects.range::<str, _>((Bound::Included(from), Bound::Unbounded)) {
        if scope.is_some_and(|scope| scope != namespace) {
            break;
        }
        let resumed = start.is_some() && namespace == start_namespace;
        let lower = if resumed { Bound::Excluded(start_name) } else { Bound::Unbounded };
        for stored in in_range(names, lower, selector.name()) {
            if !selector.matches(&stored.object) {
                continue;
            }
            if limit.is_some_and(|limit| found.len() >= limit) {
                more += 1;
            } else {
                found.push(stored.clone());
            }
        }
    }
    (found, more)
}

/// The objects of a namespace from a bound on; only one if its name is known.
fn in_range<'a>(
    names: &'a BTreeMap<String, Arc<Stored>>,
    lower: Bound<&str>,
    name: Option<&str>,
) -> Box<dyn Iterator<Item = &'a Arc<Stored>> + 'a> {
    match name {
        Some(name) => {
            let before = matches!(lower, Bound::Excluded(start) if name <= start);
            Box::new(names.get(name).filter(|_| !before).into_iter())
        }
        None => {
            Box::new(names.range::<str, _>((lower, Bound::Unbounded)).map(|(_, stored)| stored))
        }
    }
}

fn number(text: &str) -> Result<i64> {
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| {
        let shown = quoted(text);
        ApiError::bad_request(format!("strconv.ParseInt: parsing {shown}: invalid syntax"))
    })
}

/// A resource version of a request; None where absent.
fn revision(text: &str) -> std::result::Result<Option<u64>, String> {
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
