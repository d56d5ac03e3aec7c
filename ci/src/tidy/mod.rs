//! `cargo ci tidy`: rules of the house on the files of the tree. Each check is a pure function of
//! the tree; each has a test that sees it find something.
//!
//! * `law` who may depend on whom · `manifests` versions in one place · `rust` what code may not
//!   say · `shape` size and first lines · `places` no path of a machine · `errors` how errors
//!   speak · `names` scenario files · `marks` what they cover · `papers` links

mod errors;
mod law;
mod manifests;
mod marks;
mod names;
mod papers;
mod places;
mod rust;
mod shape;

use cargo_metadata::Metadata;

use crate::tree::Tree;
use crate::{Error, Found};

/// A breach of a rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Untidy {
    /// The file.
    pub path: String,
    /// The line, from 1; 0 for the whole file.
    pub line: usize,
    /// What is wrong, and what to do.
    pub what: String,
}

impl Untidy {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Untidy {
        Untidy { path: path.to_owned(), line, what: what.into() }
    }
}

type Check = fn(&Tree) -> Vec<Untidy>;

/// The checks that need files only.
const CHECKS: [(&str, Check); 8] = [
    ("manifests", manifests::check),
    ("rust", rust::check),
    ("shape", shape::check),
    ("places", places::check),
    ("errors", errors::check),
    ("names", names::check),
    ("marks", marks::check),
    ("papers", papers::check),
];

/// Runs all checks on the work tree.
pub fn run(metadata: &Metadata) -> Result<Found, Error> {
    let tree = Tree::read(metadata.workspace_root.as_std_path())?;
    let mut all = law::check(&tree, metadata)?;
    report("law", &all);
    for (name, check) in CHECKS {
        let mut found = check(&tree);
        found.sort();
        report(name, &found);
        all.extend(found);
    }
    println!("{} files, {} untidy places", tree.files.len(), all.len());
    Ok(if all.is_empty() { Found::Clean } else { Found::Untidy })
}

fn report(name: &str, found: &[Untidy]) {
    let word = if found.is_empty() { "clean" } else { "untidy" };
    println!("tidy {name}: {word}");
    for Untidy { path, line, what } in found {
        match line {
            0 => println!("  {path}: {what}"),
            line => println!("  {path}:{line}: {what}"),
        }
    }
}

/// A tree for the tests of checks.
#[cfg(test)]
fn tree(files: &[(&str, &str)]) -> Tree {
    let file = |(path, text): &(&str, &str)| crate::tree::File {
        path: (*path).to_owned(),
        text: (*text).to_owned(),
    };
    Tree { root: "/build/osac-e2e".to_owned(), files: files.iter().map(file).collect() }
}

/// Runs a check on one file and compares what it says with lines such as `3: what`.
#[cfg(test)]
fn expect(check: Check, path: &str, text: &str, expected: &[&str]) {
    let mut found = check(&tree(&[(path, text)]));
    found.sort();
    let found: Vec<_> = found.iter().map(|it| format!("{}: {}", it.line, it.what)).collect();
    assert_eq!(found, expected, "{text}");
}
