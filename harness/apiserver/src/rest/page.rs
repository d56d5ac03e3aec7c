//! Pages of a list: where one starts, what stands on it, how the next one is found.

use std::sync::Arc;

use base64::Engine as _;
use serde_json::{Value, json};

use super::Call;
use super::read::{number, revision};
use crate::faults::ReadAt;
use crate::objects::{Item, Part, Place, Undone};
use crate::render::ListMeta;
use crate::request::Query;
use crate::selectors::Selector;
use crate::status::{ApiError, FieldError, Result, quoted};
use crate::store::{Stored, Table};

const TOKEN: base64::engine::GeneralPurpose = base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What a list says whose history is gone.
const STALE_TOKEN: &str = "The provided continue parameter is too old to display a consistent \
    list result. You can start a new list without the continue parameter, or use the continue \
    token in this response to retrieve the remainder of the results. Continuing with the provided \
    token results in an inconsistent list - objects that were created, modified, or deleted \
    between the time the first chunk was returned and now may show up in the list.";

/// Where a list starts and at which revision it stands.
pub(super) struct Page {
    start: Option<String>,
    /// None: the latest.
    revision: Option<u64>,
    /// How many objects follow `start`, without selectors, where the token tells.
    left: Option<usize>,
}

impl Page {
    pub(super) fn parse(call: &Call<'_>) -> Result<Self> {
        let query = call.query;
        let errors = option_errors(query);
        if !errors.is_empty() {
            return Err(ApiError::invalid("meta.k8s.io", "ListOptions", "", &errors));
        }
        let shown = call.read_at.map(|ReadAt(then)| then);
        let latest = Self { start: None, revision: shown, left: None };
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
        Ok(if exact { Self { revision: Some(wanted), ..latest } } else { latest })
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
                let left = value.get("left").and_then(Value::as_u64);
                let left = left.and_then(|left| usize::try_from(left).ok());
                Ok(Self { start: Some(start.to_owned()), revision, left })
            }
            _ => Err(bad("incorrect encoded start resourceVersion or start key")),
        }
    }

    /// The objects of the page, and what the list says of itself.
    pub(super) fn read(
        &self,
        call: &Call<'_>,
        selector: &Selector,
        limit: Option<usize>,
    ) -> Result<(Vec<Arc<Stored>>, ListMeta)> {
        let current = call.state.revision;
        let revision = self.revision.unwrap_or(current);
        let mut meta = ListMeta { revision, ..ListMeta::default() };
        let Some(table) = call.state.table(&call.resource) else { return Ok((Vec::new(), meta)) };
        let start = self.start.as_deref();
        let undone = if revision < current { Some(undone(table, revision, start)?) } else { None };
        let namespace = call.path.namespace.as_deref();
        let after = start.map(|start| match namespace {
            Some(namespace) => (namespace, start),
            None => start.split_once('/').unwrap_or(("", start)),
        });
        let part = Part { namespace, name: selector.name(), after };
        let left = limit.filter(|_| selector.is_empty()).map(|_| {
            self.left.unwrap_or_else(|| match (&undone, after) {
                (None, None) => table.objects.count(namespace),
                (Some(undone), None) => undone.count(&table.objects, namespace),
                (None, Some(_)) => table.objects.part(part).count(),
                (Some(undone), Some(_)) => undone.part(&table.objects, part).count(),
            })
        });
        let objects: Box<dyn Iterator<Item = Item<'_>>> = match &undone {
            None => table.objects.part(part),
            Some(undone) => Box::new(undone.part(&table.objects, part)),
        };
        let mut objects = objects.filter(|(_, stored)| selector.matches(&stored.object));
        let most = limit.unwrap_or(usize::MAX);
        let found: Vec<Item<'_>> = objects.by_ref().take(most).collect();
        if let Some((place, _)) = found.last().filter(|_| objects.next().is_some()) {
            let all = call.resource.namespaced && namespace.is_none();
            meta.remaining = left.map(|left| left.saturating_sub(found.len()));
            meta.next = Some(token(revision, *place, all, meta.remaining));
        }
        Ok((found.into_iter().map(|(_, stored)| stored.clone()).collect(), meta))
    }
}

/// What has to be undone to see a table as it was; `start` is where the list is to go on.
pub(super) fn undone<'a>(
    table: &'a Table,
    revision: u64,
    start: Option<&str>,
) -> Result<Undone<'a>> {
    if let Some(entries) = table.since(revision).filter(|_| revision >= table.oldest()) {
        return Ok(Undone::of(entries));
    }
    Err(match start {
        None => ApiError::expired(revision, table.oldest()),
        Some(start) => ApiError::new(410, "Expired", STALE_TOKEN).next(encode(-1, start, None)),
    })
}

/// A token with which a list goes on behind a place. `left` is a member that a real server's
/// token has not: it spares counting what follows.
fn token(revision: u64, place: Place<'_>, all_namespaces: bool, left: Option<usize>) -> String {
    let (namespace, name) = place;
    let revision = i64::try_from(revision).unwrap_or(-1);
    if all_namespaces {
        return encode(revision, &format!("{namespace}/{name}"), left);
    }
    encode(revision, name, left)
}

fn encode(revision: i64, start: &str, left: Option<usize>) -> String {
    let start = format!("/{start}\u{0}");
    let mut token = json!({"v": "meta.k8s.io/v1", "rv": revision, "start": start});
    if let Some(left) = left {
        token["left"] = left.into();
    }
    TOKEN.encode(token.to_string())
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
