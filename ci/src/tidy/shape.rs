//! How long files and lines are, and what they begin and end with.

use super::Untidy;
use crate::tree::{File, Tree};

/// Lines of a Rust file.
const LINES_MAX: usize = 600;
/// Columns of a line of code.
const COLUMNS_MAX: usize = 100;

pub fn check(tree: &Tree) -> Vec<Untidy> {
    let mut found = Vec::new();
    for file in tree.files.iter().filter(|file| !file.is_fixture()) {
        if file.has_extension("rs") {
            rust(file, &mut found);
        }
        if is_code(file) {
            columns(file, &mut found);
        }
        if is_ours(file) {
            blanks(file, &mut found);
        }
    }
    found
}

/// Code that we format: in data and papers a line may be as long as it must be.
fn is_code(file: &File) -> bool {
    ["rs", "py", "sh"].iter().any(|extension| file.has_extension(extension))
        || file.path == ".ci/run"
}

/// Text that people write here.
fn is_ours(file: &File) -> bool {
    is_code(file)
        || ["md", "toml", "yaml", "yml"].iter().any(|extension| file.has_extension(extension))
}

fn rust(file: &File, found: &mut Vec<Untidy>) {
    let lines = file.text.lines().count();
    if lines > LINES_MAX {
        let what = format!("{lines} lines, at most {LINES_MAX}: would it be two rooms?");
        found.push(Untidy::new(&file.path, 0, what));
    }
    let said = file.text.starts_with("//! ") || file.text.starts_with("#!/");
    if !said {
        let what = "the file does not begin with `//!` and what it is for";
        found.push(Untidy::new(&file.path, 1, what));
    }
}

fn columns(file: &File, found: &mut Vec<Untidy>) {
    for (number, line) in file.lines() {
        let columns = line.chars().count();
        // an address cannot be broken
        if columns > COLUMNS_MAX && !line.contains("://") {
            let what = format!("{columns} columns, at most {COLUMNS_MAX}");
            found.push(Untidy::new(&file.path, number, what));
        }
    }
}

fn blanks(file: &File, found: &mut Vec<Untidy>) {
    for (number, line) in file.text.split('\n').enumerate().map(|(at, line)| (at + 1, line)) {
        if line.ends_with('\r') {
            found.push(Untidy::new(&file.path, number, "the line ends with a carriage return"));
            return;
        }
        if line.ends_with([' ', '\t']) {
            found.push(Untidy::new(&file.path, number, "blanks at the end of the line"));
        }
    }
    if !file.text.is_empty() && !file.text.ends_with('\n') {
        found.push(Untidy::new(&file.path, 0, "no newline at the end of the file"));
    }
    if file.text.ends_with("\n\n") {
        found.push(Untidy::new(&file.path, 0, "blank lines at the end of the file"));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{expect, tree};
    use super::*;

    #[test]
    fn a_long_file_is_found() {
        let text = format!("//! What it is for.\n{}", "// x\n".repeat(LINES_MAX));
        let expected = "0: 601 lines, at most 600: would it be two rooms?";
        expect(check, "x/src/a.rs", &text, &[expected]);
    }

    #[test]
    fn a_long_line_is_found_by_characters() {
        let fits = format!("//! {}\n", "ä".repeat(96));
        expect(check, "x/src/a.rs", &fits, &[]);
        let long = format!("//! {}\n", "ä".repeat(97));
        expect(check, "x/src/a.rs", &long, &["1: 101 columns, at most 100"]);
        expect(
            check,
            ".ci/run",
            &format!("#{}\n", "x".repeat(100)),
            &["1: 101 columns, at most 100"],
        );
        let address = format!("//! https://{}\n", "x".repeat(100));
        expect(check, "x/src/a.rs", &address, &[]);
    }

    #[test]
    fn a_file_says_what_it_is_for() {
        let what = "1: the file does not begin with `//!` and what it is for";
        expect(check, "x/src/lib.rs", "mod a;\n", &[what]);
    }

    #[test]
    fn blanks_and_line_ends_are_found() {
        expect(
            check,
            "x.md",
            "a \nb\t\n",
            &["1: blanks at the end of the line", "2: blanks at the end of the line"],
        );
        expect(check, "x.yaml", "a\r\nb\r\n", &["1: the line ends with a carriage return"]);
        expect(check, "x.toml", "a", &["0: no newline at the end of the file"]);
        expect(check, "x.toml", "a\n\n", &["0: blank lines at the end of the file"]);
    }

    #[test]
    fn fixtures_may_be_ugly() {
        let found = check(&tree(&[("harness/tests/fixtures/invalid/crlf.yaml", "a \r\n")]));
        assert_eq!(found, []);
    }
}
