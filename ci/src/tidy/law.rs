//! The dependency law of ARCHITECTURE.md against `cargo metadata`, both whole: an edge that is
//! not in the table and a row that is not true are equally wrong.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata};

use super::Untidy;
use crate::Error;
use crate::tree::Tree;

const PAPER: &str = "ARCHITECTURE.md";
const HEADING: &str = "The dependency law";

/// What a package depends on, of ours.
#[derive(Debug, Default, PartialEq, Eq)]
struct Edges {
    normal: BTreeSet<String>,
    dev: BTreeSet<String>,
}

type Law = BTreeMap<String, Edges>;

pub fn check(tree: &Tree, metadata: &Metadata) -> Result<Vec<Untidy>, Error> {
    let text = tree.file(PAPER).map(|file| file.text.as_str()).unwrap_or_default();
    let (line, law) =
        law(text).map_err(|what| Error::Form { path: PAPER.to_owned(), what: what.to_owned() })?;
    Ok(compare(line, &law, &actual(metadata)))
}

/// The table, and the line that it begins on.
fn law(paper: &str) -> Result<(usize, Law), &'static str> {
    let mut lines = paper.lines().enumerate().skip_while(|(_, line)| !line.contains(HEADING));
    lines.next().ok_or("there is no dependency law")?;
    let mut fenced = lines.skip_while(|(_, line)| !line.starts_with("```"));
    let (fence, _) = fenced.next().ok_or("the dependency law has no fenced table")?;
    let mut law = Law::new();
    for (_, line) in fenced.take_while(|(_, line)| !line.starts_with("```")) {
        row(line, &mut law)?;
    }
    Ok((fence + 2, law))
}

/// A row: `name → this that   dev: other`, or two rows beside each other.
fn row(line: &str, law: &mut Law) -> Result<(), &'static str> {
    let line = line.replace("(nothing of ours)", " ").replace(',', " ");
    let words: Vec<&str> = line.split_whitespace().collect();
    let mut package: Option<&str> = None;
    let mut dev = false;
    for (at, word) in words.iter().copied().enumerate() {
        if word == "→" {
            continue;
        }
        if words.get(at + 1) == Some(&"→") {
            (package, dev) = (Some(word), false);
            if law.insert(word.to_owned(), Edges::default()).is_some() {
                return Err("a package has two rows in the dependency law");
            }
            continue;
        }
        if word == "dev:" {
            dev = true;
            continue;
        }
        let package = package.ok_or("a row of the dependency law does not begin with a package")?;
        let edges = law.entry(package.to_owned()).or_default();
        let side = if dev { &mut edges.dev } else { &mut edges.normal };
        side.insert(word.to_owned());
    }
    Ok(())
}

fn actual(metadata: &Metadata) -> Law {
    let packages = metadata.workspace_packages();
    let ours: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut law = Law::new();
    for package in &packages {
        let edges = law.entry(package.name.to_string()).or_default();
        for dependency in &package.dependencies {
            if !ours.contains(dependency.name.as_str()) {
                continue;
            }
            let side = match dependency.kind {
                DependencyKind::Development => &mut edges.dev,
                _ => &mut edges.normal,
            };
            side.insert(dependency.name.clone());
        }
    }
    law
}

fn compare(line: usize, law: &Law, actual: &Law) -> Vec<Untidy> {
    let mut found = Vec::new();
    let mut say = |what: String| found.push(Untidy::new(PAPER, line, what));
    for package in law.keys().filter(|package| !actual.contains_key(*package)) {
        say(format!("the law names `{package}`, which is no package of the workspace"));
    }
    for (package, edges) in actual {
        let Some(lawful) = law.get(package) else {
            say(format!("the law has no row for `{package}`"));
            continue;
        };
        let sides = [("", &lawful.normal, &edges.normal), ("dev: ", &lawful.dev, &edges.dev)];
        for (kind, lawful, edges) in sides {
            for other in edges.difference(lawful) {
                say(format!("`{package}` → {kind}`{other}` is not in the law"));
            }
            for other in lawful.difference(edges) {
                say(format!("`{package}` → {kind}`{other}` is in the law and not in Cargo.toml"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
# Paper\n\
\n\
The dependency law, whole:\n\
\n\
```\n\
one   → (nothing of ours)        two → (nothing of ours)\n\
three → one two      dev: four, five\n\
four  → (nothing of ours)        dev: one\n\
```\n\
\n\
five → one\n";

    fn edges(normal: &[&str], dev: &[&str]) -> Edges {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Edges { normal: set(normal), dev: set(dev) }
    }

    #[test]
    fn reads_the_table_and_nothing_else() {
        let (line, law) = law(TABLE).unwrap();
        let expected = Law::from([
            ("one".to_owned(), edges(&[], &[])),
            ("two".to_owned(), edges(&[], &[])),
            ("three".to_owned(), edges(&["one", "two"], &["four", "five"])),
            ("four".to_owned(), edges(&[], &["one"])),
        ]);
        assert_eq!((line, law), (6, expected));
    }

    #[test]
    fn a_paper_without_a_table_is_refused() {
        assert_eq!(law("# Paper"), Err("there is no dependency law"));
        assert_eq!(law("The dependency law"), Err("the dependency law has no fenced table"));
        let twice = "The dependency law\n```\na → b\na → c\n```";
        assert_eq!(law(twice), Err("a package has two rows in the dependency law"));
    }

    #[test]
    fn every_difference_is_found_in_both_directions() {
        let law = Law::from([
            ("a".to_owned(), edges(&["b"], &[])),
            ("b".to_owned(), edges(&[], &["c"])),
            ("gone".to_owned(), edges(&[], &[])),
        ]);
        let actual = Law::from([
            ("a".to_owned(), edges(&["c"], &[])),
            ("b".to_owned(), edges(&["c"], &[])),
            ("new".to_owned(), edges(&[], &[])),
        ]);
        let found: Vec<_> = compare(6, &law, &actual).into_iter().map(|it| it.what).collect();
        assert_eq!(
            found,
            [
                "the law names `gone`, which is no package of the workspace",
                "`a` → `c` is not in the law",
                "`a` → `b` is in the law and not in Cargo.toml",
                "`b` → `c` is not in the law",
                "`b` → dev: `c` is in the law and not in Cargo.toml",
                "the law has no row for `new`",
            ]
        );
    }

    #[test]
    fn an_equal_law_is_clean() {
        let (_, law) = law(TABLE).unwrap();
        assert_eq!(compare(1, &law, &law), []);
    }
}
