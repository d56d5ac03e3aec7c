//! Columns and rows, and the cells in them.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::builtins;
use crate::jsonpath::JsonPath;
use crate::kinds::{Resource, Source};
use crate::meta;
use crate::render::{self, ListMeta};
use crate::request::Query;
use crate::store::Stored;

/// A column and how its cell is found.
struct Column<'a> {
    name: &'a str,
    kind: &'a str,
    format: &'a str,
    description: String,
    priority: i64,
    cell: Cell<'a>,
}

enum Cell<'a> {
    Name,
    /// Found by a path; times of the kind `date` are shown as ages.
    Path(&'a str),
    /// Computed from the object.
    Of(fn(&Value, Timestamp) -> Value),
}

/// What a row says of its object besides the cells.
#[derive(Clone, Copy, PartialEq)]
enum Include {
    None,
    Metadata,
    Object,
}

impl Include {
    fn of(query: &Query) -> Self {
        match query.get("includeObject") {
            "None" => Self::None,
            "Object" => Self::Object,
            _ => Self::Metadata,
        }
    }
}

/// A table of some objects. `list` is none for a single object.
pub(crate) fn table<'a>(
    resource: &Resource,
    items: impl Iterator<Item = &'a Stored>,
    list: &ListMeta,
    query: &Query,
    now: Timestamp,
    with_columns: bool,
) -> Value {
    let columns = columns(resource);
    let include = Include::of(query);
    let rows: Vec<Value> = items.map(|item| row(resource, &columns, item, include, now)).collect();
    let definitions: Value =
        if with_columns { columns.iter().map(definition).collect() } else { Value::Null };
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": list.to_value(),
        "columnDefinitions": definitions,
        "rows": rows,
    })
}

fn definition(column: &Column<'_>) -> Value {
    json!({
        "name": column.name,
        "type": column.kind,
        "format": column.format,
        "description": column.description,
        "priority": column.priority,
    })
}

fn row(
    resource: &Resource,
    columns: &[Column<'_>],
    item: &Stored,
    include: Include,
    now: Timestamp,
) -> Value {
    let object = &item.object;
    let cells: Vec<Value> = columns.iter().map(|column| cell(column, object, now)).collect();
    let mut row = Map::new();
    row.insert("cells".into(), cells.into());
    match include {
        Include::None => {}
        Include::Metadata => {
            row.insert("object".into(), render::partial(object));
        }
        Include::Object => {
            row.insert("object".into(), render::present(resource, object).into_owned());
        }
    }
    Value::Object(row)
}

fn cell(column: &Column<'_>, object: &Value, now: Timestamp) -> Value {
    match &column.cell {
        Cell::Name => meta::name(object).into(),
        Cell::Of(compute) => compute(object, now),
        Cell::Path(path) => {
            let found = JsonPath::parse(path).and_then(|path| path.first(object).cloned());
            let Some(found) = found else { return Value::Null };
            match (column.kind, &found) {
                ("date", Value::String(text)) => age_of(text, now),
                ("string", Value::String(_)) => found,
                ("string", Value::Bool(_) | Value::Number(_)) => found.to_string().into(),
                ("integer" | "number" | "boolean", _) => found,
                (_, Value::Null) => Value::Null,
                (_, other) => other.to_string().into(),
            }
        }
    }
}

pub(super) fn age_of(time: &str, now: Timestamp) -> Value {
    match time.parse::<Timestamp>() {
        Ok(then) => age(now.as_second() - then.as_second()).into(),
        Err(_) => "<invalid>".into(),
    }
}

/// A span as kubectl shows it: two units at most, the finer one only while it matters.
fn age(seconds: i64) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    const YEAR: i64 = 365 * DAY;
    let two = |big: i64, unit: &str, small: i64, rest: &str| {
        if small == 0 { format!("{big}{unit}") } else { format!("{big}{unit}{small}{rest}") }
    };
    match seconds {
        ..-1 => "<invalid>".to_owned(),
        -1..0 => "0s".to_owned(),
        0..120 => format!("{seconds}s"),
        120..600 => two(seconds / MINUTE, "m", seconds % MINUTE, "s"),
        600..10_800 => format!("{}m", seconds / MINUTE),
        10_800..28_800 => two(seconds / HOUR, "h", seconds % HOUR / MINUTE, "m"),
        28_800..172_800 => format!("{}h", seconds / HOUR),
        172_800..691_200 => two(seconds / DAY, "d", seconds % DAY / HOUR, "h"),
        _ if seconds < 2 * YEAR => format!("{}d", seconds / DAY),
        _ if seconds < 8 * YEAR => two(seconds / YEAR, "y", seconds % YEAR / DAY, "d"),
        _ => format!("{}y", seconds / YEAR),
    }
}

const NAME: &str = "Name of the object, unique among its kind and namespace.";
const AGE: &str = "Time since the object was created.";

fn columns(resource: &Resource) -> Vec<Column<'_>> {
    let mut columns = Vec::new();
    let mut push = |name, kind, format, priority, cell, description: &str| {
        let description = description.to_owned();
        columns.push(Column { name, kind, format, description, priority, cell });
    };
    match &resource.source {
        Source::Custom(version) => {
            push("Name", "string", "name", 0, Cell::Name, NAME);
            if version.columns.is_empty() {
                let created = Cell::Path(".metadata.creationTimestamp");
                push("Age", "date", "", 0, created, AGE);
            }
            for column in &version.columns {
                let text = if column.description.is_empty() {
                    &format!(
                        "Custom resource definition column (in JSONPath format): {}",
                        column.path
                    )
                } else {
                    &column.description
                };
                let cell = Cell::Path(&column.path);
                push(&column.name, &column.kind, &column.format, column.priority, cell, text);
            }
        }
        Source::Builtin(row) => {
            for (name, kind, priority, compute) in builtins::columns(row.group, row.plural) {
                match *name {
                    "Name" => push(name, kind, "name", *priority, Cell::Name, NAME),
                    "Age" => push(name, kind, "", *priority, Cell::Of(*compute), AGE),
                    _ => push(name, kind, "", *priority, Cell::Of(*compute), ""),
                }
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_as_coarse_as_kubectl_shows_them() {
        for (seconds, text) in [
            (-5, "<invalid>"),
            (0, "0s"),
            (119, "119s"),
            (121, "2m1s"),
            (180, "3m"),
            (700, "11m"),
            (3 * 3600 + 120, "3h2m"),
            (9 * 3600, "9h"),
            (50 * 3600, "2d2h"),
            (30 * 86_400, "30d"),
            (3 * 365 * 86_400, "3y"),
        ] {
            assert_eq!(age(seconds), text, "{seconds}");
        }
    }
}
