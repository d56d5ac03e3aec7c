//! One mark, one branch, one scenario: what scenarios say they cover stands in the operator's
//! transition table, and each row of the table is covered by a scenario.

use std::collections::BTreeMap;

use super::Untidy;
use crate::tree::{File, Tree};

const TABLE: &str = "operator/src/transitions.rs";

pub fn check(tree: &Tree) -> Vec<Untidy> {
    let Some(table) = tree.file(TABLE) else { return Vec::new() };
    let mut rows: BTreeMap<&str, (usize, bool)> =
        rows(table).map(|(line, mark)| (mark, (line, false))).collect();
    let mut found = Vec::new();
    let scenarios = tree.files.iter().filter(|file| {
        file.path.starts_with("scenarios/") && file.has_extension("yaml") && !file.is_fixture()
    });
    let mut none = true;
    for file in scenarios {
        for (line, mark) in covers(file) {
            none = false;
            match rows.get_mut(mark) {
                Some((_, covered)) => *covered = true,
                None => {
                    let what = format!("`covers` names `{mark}`, which is no row of {TABLE}");
                    found.push(Untidy::new(&file.path, line, what));
                }
            }
        }
    }
    // without a scenario there is nothing to compare with
    for (mark, (line, covered)) in rows {
        if !covered && !none {
            let what = format!("no scenario says that it covers `{mark}`");
            found.push(Untidy::new(TABLE, line, what));
        }
    }
    found
}

/// The marks of the table: the first word of each `row(…)`.
fn rows(table: &File) -> impl Iterator<Item = (usize, &str)> {
    table.text.match_indices("row(").filter_map(|(at, call)| {
        let rest = table.text[at + call.len()..].trim_start().strip_prefix('"')?;
        let (mark, _) = rest.split_once('"')?;
        Some((table.text[..at].matches('\n').count() + 1, mark))
    })
}

/// The words under `covers:`, in one line, in brackets over several, or as a list.
fn covers(file: &File) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut indent = None;
    for (number, line) in file.lines() {
        let own = line.len() - line.trim_start().len();
        let line = line.split(" #").next().unwrap_or_default();
        let words = match (line.trim_start().strip_prefix("covers:"), indent) {
            (Some(rest), _) => {
                indent = Some(own);
                rest
            }
            (None, Some(open)) if own > open || line.trim_start().starts_with("- ") => line,
            (None, _) => {
                indent = None;
                continue;
            }
        };
        let words = words.split([' ', ',', '[', ']']).filter(|word| !matches!(*word, "" | "-"));
        found.extend(words.map(|word| (number, word)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    const ROWS: &str = "//! x\nconst fn row(mark: &str) {}\nconst T: &[Row] = &[\n    \
        row(\"one\", 1),\n    row(\n        \"two\",\n    ),\n    row(\"three\", 1),\n];\n";

    fn found(scenario: &str) -> Vec<String> {
        let tree = tree(&[(TABLE, ROWS), ("scenarios/s01.yaml", scenario)]);
        check(&tree).iter().map(|it| format!("{}:{}: {}", it.path, it.line, it.what)).collect()
    }

    #[test]
    fn unpaired_marks_are_found_on_both_sides() {
        assert_eq!(
            found("spec:\n  covers: [one, four] # five\n  steps: [six]\n"),
            [
                "scenarios/s01.yaml:2: `covers` names `four`, which is no row of \
                 operator/src/transitions.rs",
                "operator/src/transitions.rs:8: no scenario says that it covers `three`",
                "operator/src/transitions.rs:5: no scenario says that it covers `two`",
            ]
        );
    }

    #[test]
    fn covers_is_read_in_every_form() {
        let clean = [""; 0];
        assert_eq!(found("covers:\n  [one,\n   two, three]\nsteps:\n- x\n"), clean);
        assert_eq!(found("covers:\n- one\n- two\n- three\nsteps:\n- x\n"), clean);
    }

    #[test]
    fn without_scenarios_nothing_is_asked() {
        assert_eq!(found("spec: {}\n"), [""; 0]);
    }
}
