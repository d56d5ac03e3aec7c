//! A variant laid over its scenario, on the trees: maps are merged, everything else is replaced.

use std::sync::Arc;

use crate::source::Span;
use crate::words::{EVENT, JOB_SCRIPT, Kind as WordKind, STAGE_WORDS, Table};
use crate::yaml::{Entry, Kind, Node, Tree};

/// The tree of a variant; `same` gets the places where it says what the scenario says anyway.
pub(crate) fn merge(
    base: Option<&Tree>,
    over: Option<&Tree>,
    table: &'static Table,
    same: &mut Vec<Span>,
) -> Option<Tree> {
    match (base, over) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some(Arc::clone(one)),
        (Some(base), Some(over)) => Some(merge_map(base, over, Some(table), same)),
    }
}

/// Merges maps of anything, such as bindings.
pub(crate) fn merge_values(
    base: Option<&Tree>,
    over: Option<&Tree>,
    same: &mut Vec<Span>,
) -> Option<Tree> {
    match (base, over) {
        (None, None) => None,
        (Some(one), None) | (None, Some(one)) => Some(Arc::clone(one)),
        (Some(base), Some(over)) => Some(merge_map(base, over, None, same)),
    }
}

fn merge_map(
    base: &Tree,
    over: &Tree,
    table: Option<&'static Table>,
    same: &mut Vec<Span>,
) -> Tree {
    let replaces = table.is_some_and(|table| table.choice);
    let (Kind::Map(entries), Kind::Map(changes), false) = (&base.kind, &over.kind, replaces) else {
        if base.says_the_same(over) {
            same.push(over.span);
        }
        return Arc::clone(over);
    };
    let mut merged: Vec<Entry> = Vec::with_capacity(entries.len() + changes.len());
    for entry in entries {
        match changes.iter().find(|change| change.key == entry.key) {
            Some(change) => {
                let value = match table {
                    Some(table) => {
                        let kind = table.word(&entry.key).map(|word| &word.kind);
                        merge_word(&entry.value, change, kind, same)
                    }
                    None => merge_map(&entry.value, &change.value, None, same),
                };
                merged.push(Entry { value, ..change.clone() });
            }
            None if is_pushed_out(&entry.key, changes, table) => {}
            None => merged.push(entry.clone()),
        }
    }
    let known = |key: &str| entries.iter().any(|entry| &*entry.key == key);
    merged.extend(changes.iter().filter(|change| !known(&change.key)).cloned());
    Arc::new(Node { span: over.span, bytes: over.bytes, kind: Kind::Map(merged) })
}

fn merge_word(base: &Tree, change: &Entry, kind: Option<&WordKind>, same: &mut Vec<Span>) -> Tree {
    match kind {
        Some(WordKind::Map(table) | WordKind::MapOr(table, _)) => {
            merge_map(base, &change.value, Some(table), same)
        }
        Some(WordKind::Texts | WordKind::Values | WordKind::Switches) => {
            merge_map(base, &change.value, None, same)
        }
        _ => {
            if base.says_the_same(&change.value) {
                same.push(change.name.span);
            }
            Arc::clone(&change.value)
        }
    }
}

/// Whether a word of the scenario cannot stand beside the words of the variant: one script beside
/// many, stages beside the three usual ones.
fn is_pushed_out(key: &str, changes: &[Entry], table: Option<&'static Table>) -> bool {
    let Some(table) = table else { return false };
    let changed = |name: &str| changes.iter().any(|change| &*change.key == name);
    let (many, script) = match table.name {
        "jobs" => ("launches", &JOB_SCRIPT),
        "events" => ("events", &EVENT),
        _ => return false,
    };
    let is_script = script.word(key).is_some();
    (is_script && changed(many))
        || (key == many && script.names().any(changed))
        || (STAGE_WORDS.contains(&key) && changed("stages"))
        || (key == "stages" && STAGE_WORDS.iter().any(|word| changed(word)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::WORLD;

    fn merged(base: &str, over: &str) -> (serde_json::Value, usize) {
        let base = crate::yaml::read(base).unwrap().0;
        let over = crate::yaml::read(over).unwrap().0;
        let mut same = Vec::new();
        let tree = merge(Some(&base), Some(&over), &WORLD, &mut same).unwrap();
        (tree.json(), same.len())
    }

    #[test]
    fn maps_are_merged_and_lists_and_choices_replaced() {
        for (base, over, expected) in [
            (
                "{provider: aap, operator: {pollInterval: 1s, historyLimit: 3}}",
                "{operator: {historyLimit: 4}}",
                "{provider: aap, operator: {pollInterval: 1s, historyLimit: 4}}",
            ),
            (
                "{objects: [{kind: A}, {kind: B}]}",
                "{objects: [{kind: C}]}",
                "{objects: [{kind: C}]}",
            ),
            (
                "{aap: {provision: {cancel: {after: 5s}, running: 9s}}}",
                "{aap: {provision: {cancel: {ignored: forever}}}}",
                "{aap: {provision: {cancel: {ignored: forever}, running: 9s}}}",
            ),
            (
                "{aap: {provision: {running: 9s, ends: failed, template: {slices: 2}}}}",
                "{aap: {provision: {launches: [{running: 1s}]}}}",
                "{aap: {provision: {template: {slices: 2}, launches: [{running: 1s}]}}}",
            ),
            (
                "{aap: {provision: {launches: [{running: 1s}]}}}",
                "{aap: {provision: {running: 9s}}}",
                "{aap: {provision: {running: 9s}}}",
            ),
            (
                "{aap: {provision: {running: 9s, ends: failed}}}",
                "{aap: {provision: {stages: [{status: new, lasts: 1s}]}}}",
                "{aap: {provision: {ends: failed, stages: [{status: new, lasts: 1s}]}}}",
            ),
            ("{tenant: {name: a}}", "{tenant: none}", "{tenant: none}"),
            (
                "{tenant: {name: a, phase: Failed}}",
                "{tenant: {phase: Ready}}",
                "{tenant: {name: a, phase: Ready}}",
            ),
        ] {
            let expected = crate::yaml::read(expected).unwrap().0.json();
            assert_eq!(merged(base, over).0, expected, "{base} with {over}");
        }
    }

    #[test]
    fn what_is_said_twice_is_noticed() {
        assert_eq!(merged("{aap: {capacity: 3}}", "{aap: {capacity: 3}}").1, 1);
        assert_eq!(merged("{aap: {capacity: 3}}", "{aap: {capacity: 4}}").1, 0);
    }
}
