//! The tables are sound, and the defaults that they tell are those that the reader takes.

use std::fmt::Write as _;

use super::*;
use crate::{Plan, Profile, duration, parse};

#[test]
fn no_table_has_a_word_twice_and_each_word_says_what_it_means() {
    for table in tables() {
        for (n, word) in table.words.iter().enumerate() {
            let first = table.words.iter().position(|other| other.name == word.name);
            assert_eq!(first, Some(n), "{}.{}", table.name, word.name);
            assert!(!word.meaning.is_empty(), "{}.{}", table.name, word.name);
        }
        let choices = table.choices().count();
        assert_eq!(choices > 0, table.choice, "{}", table.name);
    }
}

/// A map with every default written out that can be written; the number of them.
fn spelled(table: &'static Table, count: &mut usize) -> String {
    let mut text = String::new();
    for word in table.words {
        let value = match &word.kind {
            Kind::Map(inner) | Kind::MapOr(inner, _) if word.default == "see there" => {
                spelled(inner, count)
            }
            Kind::Duration | Kind::DurationOr(_) if duration::parse(word.default).is_ok() => {
                word.default.to_owned()
            }
            Kind::Int { .. } | Kind::IntOr { .. } if word.default.parse::<i64>().is_ok() => {
                word.default.to_owned()
            }
            Kind::Bool if matches!(word.default, "true" | "false") => word.default.to_owned(),
            Kind::OneOf(words) if words.contains(&word.default) => word.default.to_owned(),
            Kind::Text if word.default.starts_with('"') => word.default.to_owned(),
            Kind::MapOr(_, _) if word.default.starts_with('{') => word.default.to_owned(),
            _ => continue,
        };
        *count += 1;
        // writing to a String cannot fail
        let _ = write!(text, "{}: {value}, ", word.name);
    }
    format!("{{{}}}", text.trim_end_matches(", "))
}

fn plan(more: &str) -> Plan {
    let text = format!(
        "apiVersion: {API_VERSION}\nkind: {KIND}\nmetadata: {{name: a}}\nspec:\n  title: t\n  \
         requires: [{}]\n{more}  steps:\n  - name: s\n    try:\n    \
         - wait: {{for: {{rest: {{}}}}}}\n    \
         - assert: {{resource: {{kind: ComputeInstance}}}}\n",
        CAPABILITIES.join(", ")
    );
    let parsed = parse("a.yaml", &text);
    let told: Vec<String> = parsed.diagnostics.iter().map(|d| d.render(&parsed.source)).collect();
    assert_eq!(told, Vec::<String>::new(), "{text}");
    parsed.scenario.unwrap().plans(&Profile::embedded()).unwrap().remove(0)
}

#[test]
fn the_defaults_in_the_tables_are_those_of_the_reader() {
    let mut count = 0;
    let written = plan(&format!(
        "  world: {}\n  limits: {}\n  timeouts: {}\n",
        spelled(&WORLD, &mut count),
        spelled(&LIMITS, &mut count),
        spelled(&TIMEOUTS, &mut count),
    ));
    let left_out = plan("");
    assert_eq!(format!("{:?}", written.world), format!("{:?}", left_out.world));
    assert_eq!(written.limits, left_out.limits);
    let limits = |plan: &Plan| -> Vec<_> {
        plan.steps[0].tries.iter().map(|operation| operation.timeout).collect()
    };
    assert_eq!(limits(&written), limits(&left_out));
    assert!(count > 60, "{count} defaults were compared");
}

/// Every place where a word can stand: the text before its map's words, and after them.
fn places(
    table: &'static Table,
    before: &str,
    after: &str,
    found: &mut Vec<(&'static Table, String, String)>,
) {
    let deep = before.matches(['{', '[']).count() > 14;
    if deep || found.iter().filter(|(seen, _, _)| seen.name == table.name).count() > 3 {
        return;
    }
    found.push((table, before.to_owned(), after.to_owned()));
    for word in table.words {
        let (mut open, mut close) = (format!("{before}{}: ", word.name), after.to_owned());
        let mut kind = &word.kind;
        while let Kind::List(inner) = kind {
            open.push('[');
            close.insert(0, ']');
            kind = inner;
        }
        if let Some(inner) = kind.table() {
            places(inner, &format!("{open}{{"), &format!("}}{close}"), found);
        }
    }
}

/// A misspelt or ignored word must never pass in silence: whatever the tables know is read.
#[test]
fn every_word_of_every_table_is_read() {
    let mut found = Vec::new();
    places(&SPEC, "", "", &mut found);
    let mut checked = 0;
    for (table, before, after) in found {
        for word in table.words {
            let wrong = match word.kind {
                Kind::Any => "(nothing.at.all)",
                Kind::List(_) | Kind::Values | Kind::Texts | Kind::Switches => "5",
                _ => "[[1]]",
            };
            let text = format!(
                "apiVersion: {API_VERSION}\nkind: {KIND}\nmetadata: {{name: a}}\nspec: {{{before}\n\
                 {}: {wrong}\n{after}}}\n",
                word.name
            );
            let parsed = parse("a.yaml", &text);
            let told = parsed.diagnostics.iter().any(|d| d.span.line == 5 && d.is_error());
            assert!(told, "{}.{} is not read:\n{text}", table.name, word.name);
            checked += 1;
        }
    }
    assert!(checked > 500, "{checked} words were checked");
}
