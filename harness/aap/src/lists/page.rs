//! Pages of lists.

use serde::Serialize;
use serde::ser::SerializeMap;

use crate::api::{Call, Query, Refusal, Reply};

const PAGE_SIZE: usize = 25;
const PAGE_SIZE_MAX: usize = 200;

struct Page<'a, T> {
    counts: Option<(usize, Option<String>, Option<String>)>,
    results: &'a [T],
}

impl<T: Serialize> Serialize for Page<'_, T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some((count, next, previous)) = &self.counts {
            map.serialize_entry("count", count)?;
            map.serialize_entry("next", next)?;
            map.serialize_entry("previous", previous)?;
        }
        map.serialize_entry("results", self.results)?;
        map.end()
    }
}

/// The page that was asked for. Only its rows are made into documents.
pub(crate) fn page<R: Copy, T: Serialize>(
    call: &Call<'_>,
    rows: &[R],
    document: impl Fn(R) -> T,
) -> Result<Reply, Refusal> {
    let query = call.query;
    let wished = query.get("page_size").and_then(|size| size.parse().ok());
    let (size, capped) = match wished.filter(|size| *size > 0) {
        Some(size) if size > PAGE_SIZE_MAX => (PAGE_SIZE_MAX, true),
        Some(size) => (size, false),
        None => (PAGE_SIZE, false),
    };
    let last = rows.len().div_ceil(size).max(1);
    let number = match query.get("page") {
        None => 1,
        Some("last") => last,
        Some(text) => text
            .parse()
            .ok()
            .filter(|number| (1..=last).contains(number))
            .ok_or(Refusal::InvalidPage)?,
    };
    let from = (number - 1) * size;
    let results: Vec<T> = rows.iter().skip(from).take(size).map(|row| document(*row)).collect();
    let counts = query.get("count_disabled").is_none().then(|| {
        let next = (number < last).then(|| link(call.path, query, number + 1, capped));
        let previous = (number > 1).then(|| link(call.path, query, number - 1, capped));
        (rows.len(), next, previous)
    });
    Ok(Reply::ok(&Page { counts, results: &results }))
}

/// The first rows, without counts (`?limit=`).
pub(crate) fn head<R: Copy, T: Serialize>(
    rows: &[R],
    limit: usize,
    document: impl Fn(R) -> T,
) -> Reply {
    let results: Vec<T> =
        rows.iter().take(limit.min(PAGE_SIZE_MAX)).map(|row| document(*row)).collect();
    Reply::ok(&Page { counts: None, results: &results })
}

fn link(path: &str, query: &Query, number: usize, capped: bool) -> String {
    let mut changes = vec![("page", number.to_string())];
    if capped {
        changes.push(("page_size", PAGE_SIZE_MAX.to_string()));
    }
    format!("{path}?{}", query.with(&changes))
}
