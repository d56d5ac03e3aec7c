//! Versions stand in the root `Cargo.toml` only, sorted; packages inherit.

use super::Untidy;
use crate::tree::{File, Tree};

pub fn check(tree: &Tree) -> Vec<Untidy> {
    let manifests = tree.files.iter().filter(|file| {
        !file.is_fixture() && (file.path == "Cargo.toml" || file.path.ends_with("/Cargo.toml"))
    });
    manifests.flat_map(manifest).collect()
}

fn manifest(file: &File) -> Vec<Untidy> {
    let mut found = Vec::new();
    let is_root = file.path == "Cargo.toml";
    let mut section = "";
    let mut last = "";
    for (number, line) in file.lines() {
        if line.trim().is_empty() || line.starts_with('[') {
            // a blank line begins a new group, sorted in itself
            last = "";
        }
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']);
            continue;
        }
        let dependencies = section.ends_with("dependencies");
        let Some((name, value)) = line.split_once('=') else { continue };
        if !dependencies || line.starts_with('#') {
            continue;
        }
        let name = name.trim().trim_end_matches(".workspace");
        if name < last {
            let what = format!("`{name}` stands after `{last}`: sort dependencies by name");
            found.push(Untidy::new(&file.path, number, what));
        }
        last = name;
        if !is_root && !value.contains("workspace = true") && !line.contains(".workspace") {
            let what = format!("`{name}` has a version here: put it into the root Cargo.toml");
            found.push(Untidy::new(&file.path, number, what));
        }
    }
    if !is_root && !file.text.contains("[lints]\nworkspace = true") {
        let what = "the package does not take the lints of the workspace: [lints] workspace = true";
        found.push(Untidy::new(&file.path, 0, what));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::expect;
    use super::*;

    #[test]
    fn packages_inherit_versions_and_lints() {
        let text = "[dependencies]\nb = { workspace = true }\na = \"1\"\n";
        expect(
            check,
            "x/Cargo.toml",
            text,
            &[
                "0: the package does not take the lints of the workspace: [lints] workspace = true",
                "3: `a` has a version here: put it into the root Cargo.toml",
                "3: `a` stands after `b`: sort dependencies by name",
            ],
        );
    }

    #[test]
    fn groups_of_the_root_are_sorted_each() {
        let text =
            "[workspace.dependencies]\nours = { path = \"x\" }\n\n# why\na = \"1\"\nb = \"1\"\n";
        expect(check, "Cargo.toml", text, &[]);
    }
}
