//! The order of lists.

use super::model::{Field, Model};
use super::value::{Row, Scope};
use crate::api::{Query, Refusal};

/// More keys than this are not looked at.
const KEYS_MAX: usize = 16;

/// Sorts by `?order_by=a,-b`; without it the rows stay as they are.
pub(crate) fn sort(
    model: &Model,
    query: &Query,
    scope: Scope<'_>,
    rows: &mut [Row<'_>],
) -> Result<(), Refusal> {
    let Some(keys) = query.get("order_by").or_else(|| query.get("order")) else { return Ok(()) };
    let mut sorts: Vec<(bool, Vec<String>)> = Vec::new();
    for key in keys.split(',').filter(|key| !key.is_empty()).take(KEYS_MAX) {
        let (backwards, name) = key.strip_prefix('-').map_or((false, key), |name| (true, name));
        let path: Vec<String> = name.split("__").map(str::to_owned).collect();
        if name != "type" {
            check(model, &path)?;
        }
        sorts.push((backwards, path));
    }
    rows.sort_by(|a, b| {
        let orders = sorts.iter().map(|(backwards, path)| {
            let order = if path[0] == "type" {
                a.type_name().cmp(b.type_name())
            } else {
                a.value(scope, path).order(&b.value(scope, path))
            };
            if *backwards { order.reverse() } else { order }
        });
        orders.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
    });
    Ok(())
}

fn check(model: &Model, path: &[String]) -> Result<(), Refusal> {
    let mut current = model;
    for name in path {
        match current.field(name) {
            Some(Field::Related(related)) => current = related,
            Some(_) => return Ok(()),
            None => {
                let text = format!("{} has no field named '{name}'", current.name);
                return Err(Refusal::detail(text));
            }
        }
    }
    Ok(())
}
