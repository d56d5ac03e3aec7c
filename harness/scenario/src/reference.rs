//! The tables of the language reference, as `scenarios/README.md` shows them between its marks.

use std::fmt::Write as _;

use crate::expr::{CALLS, FUNCTIONS, MACROS};
use crate::names::{KINDS, REQUEST_FIELDS};
use crate::words::{Kind, Role, Table, tables};

/// The sections of the reference that are generated, by the name of their mark.
#[must_use]
pub fn reference() -> Vec<(&'static str, String)> {
    vec![
        ("words", words()),
        ("functions", functions()),
        ("request", request()),
        ("kinds", kinds()),
        ("limits", limits()),
        ("diagnostics", diagnostics()),
    ]
}

/// What may stand in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn row(text: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|c| cell(c)).collect();
    // writing to a String cannot fail
    let _ = writeln!(text, "| {} |", cells.join(" | "));
}

fn words() -> String {
    let mut text = String::new();
    for table in tables() {
        let _ = writeln!(text, "### {}\n", table.name);
        let _ = writeln!(text, "{}", table.meaning);
        if table.choice {
            let _ = writeln!(text, "Exactly one of the words marked *one of* stands there.");
        }
        text.push('\n');
        if table.words.is_empty() {
            continue;
        }
        row(&mut text, &["word", "value", "default", "meaning"]);
        row(&mut text, &["---", "---", "---", "---"]);
        for word in table.words {
            let default = match word.role {
                Role::Required => "*required*",
                Role::Choice => "*one of*",
                Role::Optional => word.default,
            };
            let name = format!("`{}`", word.name);
            row(&mut text, &[&name, &kind(&word.kind), default, word.meaning]);
        }
        text.push('\n');
    }
    text.trim_end().to_owned()
}

fn listed(words: &[&str]) -> String {
    let words: Vec<String> = words
        .iter()
        .map(|word| if word.is_empty() { "`\"\"`".to_owned() } else { format!("`{word}`") })
        .collect();
    words.join(", ")
}

fn link(table: &Table) -> String {
    format!("[{}](#{})", table.name, table.name.to_lowercase())
}

fn kind(of_word: &Kind) -> String {
    match of_word {
        Kind::Text => "text".to_owned(),
        Kind::Name => "name".to_owned(),
        Kind::Bool => "`true`, `false`".to_owned(),
        Kind::Int { least, most } => format!("{least} … {most}"),
        Kind::Duration => "duration".to_owned(),
        Kind::DurationOr(words) => format!("duration, {}", listed(words)),
        Kind::IntOr { least, most, words } => format!("{least} … {most}, {}", listed(words)),
        Kind::OneOf(words) => listed(words),
        Kind::Usually(words) => format!("text, usually {}", listed(words)),
        Kind::Condition => "expression".to_owned(),
        Kind::Any => "anything".to_owned(),
        Kind::Texts => "map of texts".to_owned(),
        Kind::Values => "map".to_owned(),
        Kind::Switches => "map of `true`, `false`".to_owned(),
        Kind::Object => "object".to_owned(),
        Kind::List(inner) => format!("list of {}", kind(inner)),
        Kind::Map(table) => link(table),
        Kind::MapOr(table, words) => format!("{}, {}", link(table), listed(words)),
    }
}

fn functions() -> String {
    let mut text = String::new();
    row(&mut text, &["written", "gives"]);
    row(&mut text, &["---", "---"]);
    let code = |usage: &str| format!("`{usage}`");
    for macro_row in &MACROS {
        row(&mut text, &[&code(macro_row.usage), macro_row.meaning]);
    }
    row(&mut text, &["`has(x.field)`", "the field is there"]);
    for function in &FUNCTIONS {
        row(&mut text, &[&code(function.usage), function.meaning]);
    }
    row(&mut text, &["`text.matches(\"pattern\")`", "a regular expression finds something in it"]);
    row(&mut text, &["`now()`", "the world's time, an RFC 3339 text of whole seconds"]);
    row(&mut text, &["`now(seconds)`", "so much later, or earlier"]);
    for calls in &CALLS {
        row(&mut text, &[&code(calls.usage), calls.meaning]);
    }
    text.trim_end().to_owned()
}

fn request() -> String {
    let mut text = String::new();
    row(&mut text, &["field", "holds"]);
    row(&mut text, &["---", "---"]);
    for (field, meaning) in REQUEST_FIELDS {
        row(&mut text, &[&format!("`request.{field}`"), meaning]);
    }
    text.trim_end().to_owned()
}

fn kinds() -> String {
    use crate::names::{Group, Home};
    let mut text = String::new();
    row(&mut text, &["kind", "apiVersion", "namespace"]);
    row(&mut text, &["---", "---", "---"]);
    for (name, group, home) in KINDS {
        let group = match group {
            Group::Osac => "the profile's".to_owned(),
            Group::Fixed(group) => format!("`{group}`"),
        };
        let home = match home {
            Home::Instances => "the profile's",
            Home::Tenant => "the tenant's",
            Home::Cluster => "none",
        };
        row(&mut text, &[&format!("`{name}`"), &group, home]);
    }
    text.trim_end().to_owned()
}

fn limits() -> String {
    use crate::expr::{EXPRESSION_DEPTH_MAX, EXPRESSION_TEXT_MAX, STEPS_MAX};
    use crate::yaml::{BYTES_MAX, DEPTH_MAX, NODES_MAX};
    let mut text = String::new();
    row(&mut text, &["of", "at most"]);
    row(&mut text, &["---", "---"]);
    for (of, most) in [
        ("bytes of a file", BYTES_MAX),
        ("values of a file, those behind aliases counted each time", NODES_MAX),
        ("maps and lists inside each other", DEPTH_MAX),
        ("variants of a scenario", crate::head::VARIANTS_MAX),
        ("characters of an expression", EXPRESSION_TEXT_MAX),
        ("parts of an expression inside each other", EXPRESSION_DEPTH_MAX),
        ("steps of one evaluation", STEPS_MAX as usize),
    ] {
        row(&mut text, &[of, &most.to_string()]);
    }
    row(&mut text, &["a duration", &crate::duration::format(crate::duration::LONGEST)]);
    text.trim_end().to_owned()
}

fn diagnostics() -> String {
    let mut text = String::new();
    row(&mut text, &["code", "means"]);
    row(&mut text, &["---", "---"]);
    for (code, meaning) in crate::diagnostic::CODES {
        row(&mut text, &[&format!("`{code}`"), meaning]);
    }
    text.trim_end().to_owned()
}
