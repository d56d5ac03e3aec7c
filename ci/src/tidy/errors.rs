//! How errors speak: lowercase, without a full stop, and without their cause, which is joined
//! once, at the edge.

use super::Untidy;
use crate::tree::Tree;

const OPEN: &str = "#[error(\"";

pub fn check(tree: &Tree) -> Vec<Untidy> {
    let mut found = Vec::new();
    for file in tree.rust().filter(|file| !file.is_fixture()) {
        for (number, line) in file.lines() {
            let Some(text) = line.trim_start().strip_prefix(OPEN) else { continue };
            let text = text.rsplit_once('"').map_or(text, |(text, _)| text);
            let mut say = |what: &str| found.push(Untidy::new(&file.path, number, what));
            if is_capitalised(text) {
                say("an error begins with a small letter");
            }
            if text.ends_with('.') {
                say("an error has no full stop");
            }
            if text.contains("{source") {
                say("an error does not hold its cause: it is joined at the edge");
            }
        }
    }
    found
}

/// `Failed to`, but not `AAP answered`, `JUnit` or `{path}`.
fn is_capitalised(text: &str) -> bool {
    let word: String = text.chars().take_while(|c| c.is_alphabetic()).collect();
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_uppercase)
        && letters.clone().next().is_some()
        && letters.all(char::is_lowercase)
        && !["Kubernetes"].contains(&word.as_str())
}

#[cfg(test)]
mod tests {
    use super::super::expect;
    use super::*;

    /// Put together here, for this file is checked too.
    fn check_error(text: &str, expected: &[&str]) {
        expect(check, "x/src/errors.rs", &format!("    {OPEN}{text}\")]\n"), expected);
    }

    #[test]
    fn bad_manners_are_found() {
        check_error("Failed to read", &["1: an error begins with a small letter"]);
        check_error("failed to read.", &["1: an error has no full stop"]);
        let cause = "1: an error does not hold its cause: it is joined at the edge";
        check_error("failed to read: {source}", &[cause]);
    }

    #[test]
    fn names_are_not_taken_for_sentences() {
        for text in ["failed to read `{path}`", "AAP answered {status}", "JUnit", "{0}", ""] {
            check_error(text, &[]);
        }
    }
}
