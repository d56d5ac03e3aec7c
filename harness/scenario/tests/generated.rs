//! What is generated from the tables of the language is what stands in `scenarios/`. To write it
//! anew: `cargo test -p scenario --test generated -- --ignored`.

#![expect(clippy::unwrap_used, clippy::panic, reason = "what helps a test fails as a test does")]

use std::fs;
use std::path::{Path, PathBuf};

use scenario::{parse, reference, schema};

fn scenarios(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios").join(file)
}

/// The README with its generated sections made anew.
fn readme() -> (String, String) {
    let before = fs::read_to_string(scenarios("README.md")).unwrap();
    let mut text = before.clone();
    for (name, section) in reference() {
        let (open, close) = (format!("<!-- generated: {name} -->"), "<!-- end -->");
        let from = text.find(&open).unwrap_or_else(|| panic!("no mark {open}")) + open.len();
        let to = from + text[from..].find(close).unwrap_or_else(|| panic!("no end of {open}"));
        text.replace_range(from..to, &format!("\n{section}\n"));
    }
    (before, text)
}

#[test]
fn the_readme_has_the_generated_tables() {
    let (before, after) = readme();
    assert!(before == after, "scenarios/README.md is not up to date");
}

#[test]
fn the_schema_is_the_generated_one() {
    let committed = fs::read_to_string(scenarios("scenario.schema.json")).unwrap();
    assert!(committed == schema(), "scenarios/scenario.schema.json is not up to date");
}

#[test]
fn the_example_of_the_readme_is_a_scenario_without_a_complaint() {
    let text = fs::read_to_string(scenarios("README.md")).unwrap();
    let example = text.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next());
    let parsed = parse("README.md", example.unwrap());
    let told: Vec<String> = parsed.diagnostics.iter().map(|d| d.render(&parsed.source)).collect();
    assert_eq!(told, Vec::<String>::new());
    assert_eq!(parsed.scenario.unwrap().variants, ["one-conflict", "ten-conflicts"]);
}

#[test]
#[ignore = "writes scenarios/README.md and scenarios/scenario.schema.json"]
fn write_what_is_generated() {
    fs::write(scenarios("README.md"), readme().1).unwrap();
    fs::write(scenarios("scenario.schema.json"), schema()).unwrap();
}
