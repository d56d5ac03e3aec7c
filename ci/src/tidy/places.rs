//! No file names a place of one machine: neither home folders nor the folder of this work tree.

use super::Untidy;
use crate::tree::Tree;

/// Where operating systems keep the homes of people.
const HOMES: [&str; 4] = ["/home/", "/Users/", "/root/", "C:\\Users\\"];

pub fn check(tree: &Tree) -> Vec<Untidy> {
    let mut found = Vec::new();
    for file in &tree.files {
        for (number, line) in file.lines() {
            // a root of one short word, such as `/src`, is also a word of other texts
            let root = tree.root.matches('/').count() > 1 && line.contains(&tree.root);
            if root || HOMES.iter().any(|home| names_home(line, home)) {
                let what = "a path of one machine: name it from the root of the repository";
                found.push(Untidy::new(&file.path, number, what));
            }
        }
    }
    found
}

/// `/home/` begins a path, and a name follows it.
fn names_home(line: &str, home: &str) -> bool {
    line.match_indices(home).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + home.len()..].chars().next();
        let begins = !before.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '_');
        begins && after.is_some_and(|c| c.is_alphanumeric() || c == '.' || c == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::super::expect;
    use super::*;

    #[test]
    fn places_of_one_machine_are_found() {
        let what = "a path of one machine: name it from the root of the repository";
        // put together here, for this file is checked too
        for path in [["/home", "/ann/x"], ["/Users", "/ann"], ["/root", "/.cargo"]] {
            let text = format!("one\nsee {}\n", path.concat());
            expect(check, "x.md", &text, &[&format!("2: {what}")]);
        }
        expect(check, "x.md", "cd /build/osac-e2e/ci\n", &[&format!("1: {what}")]);
    }

    #[test]
    fn paths_inside_a_tree_are_fine() {
        expect(check, "x.md", "site/home/page, /home/ alone, /var/run\n", &[]);
    }
}
