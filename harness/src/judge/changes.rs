//! A revision told to a person: by what changed in it.

use serde_json::Value;
use trace::{Change, Revision};

use super::view::{Entry, View, metadata, text};

/// Changes that are told of one revision.
const CHANGES_MAX: usize = 6;
/// Characters of a free text within a line.
const TEXT_MAX: usize = 120;

/// A revision in one line; `old` is the one before.
pub(super) fn revised(revision: &Revision, old: Option<&Value>) -> String {
    let (by, kind, object) = (&revision.by, &revision.kind, &revision.object);
    match revision.change {
        Change::Added => return format!("{by} creates {kind} {object}"),
        Change::Deleted => return format!("{kind} {object} is gone, by {by}"),
        Change::Modified => {}
    }
    let nothing = Value::Null;
    let mut changes = changes(old.unwrap_or(&nothing), &revision.body, kind);
    let more = changes.len().saturating_sub(CHANGES_MAX);
    changes.truncate(CHANGES_MAX);
    if more > 0 {
        changes.push(format!("{more} more"));
    }
    if changes.is_empty() {
        changes.push("changed".to_owned());
    }
    format!("{by} writes {kind} {object}: {}", changes.join(", "))
}

fn changes(old: &Value, new: &Value, kind: &str) -> Vec<String> {
    let mut told = Vec::new();
    if kind == "ComputeInstance" {
        let (old, new) = (View::of(old), View::of(new));
        moved(&mut told, "phase", old.phase, new.phase);
        for (field, role) in [("provisionJob", "provision"), ("deprovisionJob", "deprovision")] {
            latest_job(&mut told, field, job(&old, role), job(&new, role));
        }
        let (before, after) = (old.history().count(), new.history().count());
        if before != after {
            told.push(format!("{after} former jobs"));
        }
    }
    for field in ["desiredConfigVersion", "reconciledConfigVersion", "printableStatus"] {
        let of = |body| text(status(body, field));
        moved(&mut told, field, of(old), of(new));
    }
    if kind != "ComputeInstance" {
        moved(&mut told, "phase", text(status(old, "phase")), text(status(new, "phase")));
    }
    match (status(old, "launchIntent"), status(new, "launchIntent")) {
        (None, Some(intent)) => told.push(format!("launchIntent {}", text(intent.get("type")))),
        (Some(_), None) => told.push("launchIntent cleared".to_owned()),
        _ => {}
    }
    conditions(&mut told, old, new);
    names(&mut told, "finalizer", finalizers(old), finalizers(new));
    if metadata(old, "annotations") != metadata(new, "annotations") {
        told.push("annotations changed".to_owned());
    }
    if metadata(old, "deletionTimestamp").is_none() && metadata(new, "deletionTimestamp").is_some()
    {
        told.push("deletion is asked for".to_owned());
    }
    if old.get("spec") != new.get("spec") {
        told.push("spec changed".to_owned());
    }
    told
}

fn job<'v, 't>(view: &'v View<'t>, role: &str) -> Option<&'v Entry<'t>> {
    view.entries.iter().find(|entry| !entry.former && entry.role == role)
}

fn latest_job(
    told: &mut Vec<String>,
    field: &str,
    old: Option<&Entry<'_>>,
    new: Option<&Entry<'_>>,
) {
    match (old, new) {
        (Some(old), Some(new)) if old.id == new.id && old.state == new.state => {
            if old.body != new.body {
                told.push(format!("{field} {} changed, {}", new.id, new.state));
            }
        }
        (Some(old), Some(new)) if old.id == new.id => {
            told.push(format!("{field} {} {} → {}", new.id, old.state, new.state));
        }
        (_, Some(new)) => told.push(format!("{field} {} {}", new.id, new.state)),
        (Some(old), None) => told.push(format!("{field} {} removed", old.id)),
        (None, None) => {}
    }
}

fn moved(told: &mut Vec<String>, field: &str, old: &str, new: &str) {
    if old == new {
        return;
    }
    let named = |value: &str| if value.is_empty() { "none".to_owned() } else { short(value) };
    told.push(format!("{field} {} → {}", named(old), named(new)));
}

fn status<'v>(body: &'v Value, field: &str) -> Option<&'v Value> {
    body.get("status")?.get(field).filter(|value| !value.is_null())
}

fn conditions(told: &mut Vec<String>, old: &Value, new: &Value) {
    let of = |body| -> Vec<(&str, &str, &str)> {
        let list = status(body, "conditions").and_then(Value::as_array);
        let one = |one| {
            let field = |name: &str| text(Value::get(one, name));
            (field("type"), field("status"), field("reason"))
        };
        list.into_iter().flatten().map(one).collect()
    };
    let (old, new) = (of(old), of(new));
    for (name, status, reason) in &new {
        let before = old.iter().find(|(its, ..)| its == name);
        if before.is_none_or(|(_, was, why)| was != status || why != reason) {
            let why = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
            told.push(format!("{name} {status}{why}"));
        }
    }
    for (name, ..) in old.iter().filter(|(name, ..)| !new.iter().any(|(its, ..)| its == name)) {
        told.push(format!("{name} removed"));
    }
}

fn finalizers(body: &Value) -> Vec<&str> {
    let list = metadata(body, "finalizers").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn names(told: &mut Vec<String>, what: &str, old: Vec<&str>, new: Vec<&str>) {
    let added = new.iter().filter(|name| !old.contains(name));
    told.extend(added.map(|name| format!("{what} {name} added")));
    let removed = old.iter().filter(|name| !new.contains(name));
    told.extend(removed.map(|name| format!("{what} {name} removed")));
}

/// The beginning of a text's first line that is not empty.
pub(super) fn short(text: &str) -> String {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    if line.chars().count() <= TEXT_MAX {
        return line.to_owned();
    }
    let cut: String = line.chars().take(TEXT_MAX).collect();
    format!("{cut}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_at_a_character() {
        assert_eq!(short("\n one \n two"), "one");
        assert_eq!(short(&"ä".repeat(200)).chars().count(), TEXT_MAX + 1);
    }
}
