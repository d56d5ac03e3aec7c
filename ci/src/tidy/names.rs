//! A scenario file bears the name of its scenario.

use std::path::Path;

use super::Untidy;
use crate::tree::{File, Tree};

pub fn check(tree: &Tree) -> Vec<Untidy> {
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|file| is_scenario(file)) {
        let stem = Path::new(&file.path).file_stem().and_then(|stem| stem.to_str());
        match name(file) {
            None => found.push(Untidy::new(&file.path, 0, "the scenario has no metadata.name")),
            Some((line, name)) if stem != Some(name) => {
                let what = format!("metadata.name `{name}` is not the name of the file");
                found.push(Untidy::new(&file.path, line, what));
            }
            Some(_) => {}
        }
    }
    found
}

fn is_scenario(file: &File) -> bool {
    file.path.starts_with("scenarios/")
        && file.has_extension("yaml")
        && file.lines().any(|(_, line)| line.trim_end() == "kind: Scenario")
}

/// `metadata.name` with its line.
fn name(file: &File) -> Option<(usize, &str)> {
    let mut lines = file.lines().skip_while(|(_, line)| !line.starts_with("metadata:"));
    lines.next()?;
    let mut inside = lines.take_while(|(_, line)| line.starts_with([' ', '#']) || line.is_empty());
    inside.find_map(|(number, line)| {
        let value = line.strip_prefix("  name:")?;
        let value = value.split(" #").next().unwrap_or_default();
        Some((number, value.trim().trim_matches(['"', '\''])))
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect;
    use super::*;

    fn check_scenario(metadata: &str, expected: &[&str]) {
        let text = format!("apiVersion: e2e/v1\nkind: Scenario\nmetadata:\n{metadata}spec:\n");
        expect(check, "scenarios/vm/s01-create.yaml", &text, expected);
    }

    #[test]
    fn the_file_bears_the_name_of_the_scenario() {
        check_scenario("  labels: {id: S01}\n  name: s01-create # same\n", &[]);
        check_scenario("  name: \"s01-create\"\n", &[]);
        let other = "4: metadata.name `s01-created` is not the name of the file";
        check_scenario("  name: s01-created\n", &[other]);
        check_scenario("  labels:\n    name: x\n", &["0: the scenario has no metadata.name"]);
        check_scenario("", &["0: the scenario has no metadata.name"]);
    }

    #[test]
    fn other_files_are_left_alone() {
        expect(check, "scenarios/README.md", "metadata:\n  name: x\n", &[]);
        expect(check, "scenarios/profiles/go.yaml", "kind: Profile\nmetadata:\n  name: x\n", &[]);
    }
}
