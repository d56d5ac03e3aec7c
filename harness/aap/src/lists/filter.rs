//! Filters: `?name=…`, `?or__status__in=…`, `?not__created__gte=…`.

use super::model::{Field, Model};
use super::test::{LOOKUPS, Test};
use super::value::{Row, Scope};
use crate::api::{Query, Refusal};

/// Parameters that are no filters.
const RESERVED: [&str; 11] = [
    "page",
    "page_size",
    "format",
    "order",
    "order_by",
    "search",
    "type",
    "host_filter",
    "count_disabled",
    "no_truncate",
    "limit",
];

struct Condition {
    path: Vec<String>,
    negated: bool,
    test: Test,
}

impl Condition {
    fn passes(&self, row: Row<'_>, scope: Scope<'_>) -> bool {
        self.test.passes(&row.value(scope, &self.path)) != self.negated
    }
}

/// What a row must be to stay in a list.
pub(crate) struct Filter {
    all: Vec<Condition>,
    /// If there are any, one of them must pass.
    any: Vec<Condition>,
    types: Option<Vec<String>>,
    search: Option<Vec<String>>,
}

impl Filter {
    /// Reads the filters of a query.
    pub(crate) fn parse(model: &Model, query: &Query) -> Result<Filter, Refusal> {
        let list = |text: &str| text.split(',').map(str::to_owned).collect::<Vec<_>>();
        let mut filter = Filter {
            all: Vec::new(),
            any: Vec::new(),
            types: query.get("type").map(list),
            search: query.get("search").map(|text| list(&text.to_lowercase())),
        };
        for (name, value) in &query.pairs {
            if RESERVED.contains(&name.as_str()) {
                continue;
            }
            let (any, condition) = condition(model, name, value)?;
            if any { filter.any.push(condition) } else { filter.all.push(condition) }
        }
        Ok(filter)
    }

    pub(crate) fn passes(&self, row: Row<'_>, scope: Scope<'_>) -> bool {
        let passes = |condition: &Condition| condition.passes(row, scope);
        let typed = |types: &Vec<String>| types.iter().any(|name| name == row.type_name());
        self.types.as_ref().is_none_or(typed)
            && self.search.as_ref().is_none_or(|words| is_found(words, row, scope))
            && self.all.iter().all(passes)
            && (self.any.is_empty() || self.any.iter().any(passes))
    }
}

/// Parameters are looked at also where there is no list.
pub(crate) fn check(model: &Model, query: &Query) -> Result<(), Refusal> {
    Filter::parse(model, query).map(drop)
}

fn is_found(words: &[String], row: Row<'_>, scope: Scope<'_>) -> bool {
    let name = row.value(scope, &["name".to_owned()]);
    let name = name.text().to_lowercase();
    words.iter().any(|word| name.contains(word.trim()))
}

/// Reads one parameter; also whether it is one of several that may pass.
fn condition(model: &Model, name: &str, value: &str) -> Result<(bool, Condition), Refusal> {
    let mut parts: Vec<&str> = name.split("__").collect();
    let (mut any, mut negated) = (false, false);
    while let [prefix @ ("or" | "not" | "chain"), _, ..] = parts.as_slice() {
        any |= *prefix == "or";
        negated |= *prefix == "not";
        parts.remove(0);
    }
    let (path, field, lookup) = resolve(model, &parts)?;
    let test = Test::parse(field, lookup, value)?;
    Ok((any, Condition { path, negated, test }))
}

/// Follows the parts of a name from field to field; the last part may be a lookup.
fn resolve<'a>(model: &Model, parts: &[&'a str]) -> Result<(Vec<String>, Field, &'a str), Refusal> {
    let unknown = |model: &Model, name: &str| {
        Refusal::detail(format!("{} has no field named '{name}'", model.name))
    };
    let mut path = Vec::new();
    let mut current = model;
    let mut parts = parts.iter();
    while let Some(name) = parts.next() {
        let field = current.field(name).ok_or_else(|| unknown(current, name))?;
        if matches!(field, Field::Secret) {
            return Err(Refusal::Forbidden(format!("Filtering on {name} is not allowed.")));
        }
        path.push((*name).to_owned());
        let rest = parts.as_slice();
        match (rest, field) {
            ([], _) => return Ok((path, field, "exact")),
            ([lookup], _) if LOOKUPS.contains(lookup) => return Ok((path, field, lookup)),
            (_, Field::Related(related)) => current = related,
            ([next, ..], _) => {
                return Err(Refusal::detail(format!("No related model for field {next}.")));
            }
        }
    }
    Err(unknown(model, ""))
}
