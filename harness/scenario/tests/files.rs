//! Files that are fine give plans without a complaint; files that are not give exactly the words
//! that stand beside them. To write those anew after a change of words:
//! `cargo test -p scenario --test files -- --ignored`, then look at the difference.

#![expect(clippy::unwrap_used, reason = "what helps a test fails as a test does")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use scenario::diagnostic::CODES;
use scenario::{Parsed, Profile, parse};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

fn files(name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder(name)).unwrap();
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn read(path: &Path) -> Parsed {
    let name = path.file_name().unwrap().to_str().unwrap();
    parse(name, &fs::read_to_string(path).unwrap())
}

fn words(parsed: &Parsed) -> String {
    let texts: Vec<String> = parsed.diagnostics.iter().map(|d| d.render(&parsed.source)).collect();
    texts.join("\n")
}

#[test]
fn valid_files_give_plans_without_a_complaint() {
    for path in files("valid") {
        let parsed = read(&path);
        assert_eq!(words(&parsed), "", "{}", path.display());
        let scenario = parsed.scenario.unwrap();
        let plans = scenario.plans(&Profile::embedded()).unwrap();
        assert_eq!(plans.len(), scenario.variants.len());
    }
}

#[test]
fn invalid_files_give_the_words_beside_them() {
    for path in files("invalid") {
        let expected = fs::read_to_string(path.with_extension("out")).unwrap_or_default();
        let seen = words(&read(&path));
        let name = path.display();
        assert!(seen == expected, "{name}\n--- expected\n{expected}\n+++ seen\n{seen}");
        assert!(!expected.is_empty(), "{name}");
    }
}

#[test]
fn there_are_at_least_forty_invalid_files() {
    assert!(files("invalid").len() >= 40);
}

#[test]
fn every_diagnostic_is_met_by_an_invalid_file() {
    let mut met = BTreeSet::new();
    for path in files("invalid") {
        met.extend(read(&path).diagnostics.iter().map(|d| d.code));
    }
    let known: BTreeSet<&str> = CODES.iter().map(|(code, _)| *code).collect();
    assert_eq!(met, known);
}

#[test]
#[ignore = "writes the expected words"]
fn write_the_words_of_invalid_files() {
    for path in files("invalid") {
        fs::write(path.with_extension("out"), words(&read(&path))).unwrap();
    }
}
