//! What Rust code may not say, beyond what the compiler's lints see.

use super::Untidy;
use crate::code::code_only;
use crate::tree::Tree;

/// Words that may not stand in code, and why.
const BANNED: [(&str, &str); 7] = [
    ("[from]", "an error's source is given by hand, with what failed: no `#[from]`"),
    ("[allow(", "use `#[expect(lint, reason = \"…\")]`, which tells when it is no longer needed"),
    (" allow(", "use `expect(lint, reason = \"…\")`, which tells when it is no longer needed"),
    ("todo!", "nothing unfinished is committed"),
    ("unimplemented!", "nothing unfinished is committed"),
    ("[ignore]", "say why a test is ignored: `#[ignore = \"…\"]`"),
    ("static mut ", "no mutable static: what changes belongs to a world"),
];

pub fn check(tree: &Tree) -> Vec<Untidy> {
    let mut found = Vec::new();
    for file in tree.rust().filter(|file| !file.is_fixture()) {
        let code = code_only(&file.text);
        let mut say = |at: usize, what: &str| {
            let line = code[..at].matches('\n').count() + 1;
            found.push(Untidy::new(&file.path, line, what));
        };
        for (word, why) in BANNED {
            for (at, _) in code.match_indices(word) {
                let attribute = word != " allow(" || is_attribute(&code, at);
                if attribute {
                    say(at, why);
                }
            }
        }
        for at in unbiased_selects(&code) {
            say(at, "`select!` begins with `biased;`: its order is part of the trace");
        }
        for at in expects_without_reason(&code) {
            say(at, "`expect` of a lint has a `reason`");
        }
    }
    found
}

/// Whether the place is inside a `#[…]`.
fn is_attribute(code: &str, at: usize) -> bool {
    let before = &code[..at];
    match before.rfind("#[").max(before.rfind("#![")) {
        Some(open) => balance(&before[open..]) > 0,
        None => false,
    }
}

/// Square brackets that are still open.
fn balance(code: &str) -> i64 {
    code.chars().fold(0, |open, c| match c {
        '[' => open + 1,
        ']' => open - 1,
        _ => open,
    })
}

fn unbiased_selects(code: &str) -> Vec<usize> {
    let calls = code.match_indices("select!").filter(|(at, _)| {
        let before = code[..*at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
    });
    let unbiased = calls.filter(|(at, word)| {
        let body = code[at + word.len()..].trim_start();
        let body = body.trim_start_matches(['{', '(', '[']).trim_start();
        !body.starts_with("biased;")
    });
    unbiased.map(|(at, _)| at).collect()
}

fn expects_without_reason(code: &str) -> Vec<usize> {
    let attributes = code.match_indices("[expect(").filter(|(at, word)| {
        let rest = &code[at + word.len()..];
        let end = rest.find(")]").unwrap_or(rest.len());
        !rest[..end].contains("reason")
    });
    attributes.map(|(at, _)| at).collect()
}

#[cfg(test)]
mod tests {
    use super::super::expect;
    use super::*;

    fn check_code(code: &str, expected: &[&str]) {
        expect(check, "x/src/lib.rs", code, expected);
    }

    #[test]
    fn banned_words_are_found_in_code() {
        check_code(
            "enum E {\n    A(#[from] X),\n}\n",
            &["2: an error's source is given by hand, with what failed: no `#[from]`"],
        );
        let expect =
            "use `#[expect(lint, reason = \"…\")]`, which tells when it is no longer needed";
        check_code("#[allow(dead_code)]\nfn f() {}", &[&format!("1: {expect}")]);
        check_code("#![allow(dead_code)]", &[&format!("1: {expect}")]);
        check_code(
            "#[cfg_attr(test, allow(dead_code))]",
            &["1: use `expect(lint, reason = \"…\")`, which tells when it is no longer needed"],
        );
        check_code("fn f() { todo!() }", &["1: nothing unfinished is committed"]);
        check_code("\nfn f() { unimplemented!() }", &["2: nothing unfinished is committed"]);
        check_code("#[ignore]", &["1: say why a test is ignored: `#[ignore = \"…\"]`"]);
        check_code(
            "static mut X: u8 = 0;",
            &["1: no mutable static: what changes belongs to a world"],
        );
    }

    #[test]
    fn sentences_about_them_are_fine() {
        check_code("// todo!() and #[from]\nlet x = \"#[allow(y)] select! {\";", &[]);
        check_code("fn f() { gate.hold(x); if allow(y) {} }\n#[derive(Debug)]", &[]);
    }

    #[test]
    fn select_is_biased() {
        let what = "2: `select!` begins with `biased;`: its order is part of the trace";
        check_code("fn f() {\n    tokio::select! {\n        a = b => {}\n    }\n}", &[what]);
        check_code("\nselect!(a = b => {})", &[what]);
        check_code("tokio::select! {\n    // first the stop\n    biased;\n    a = b => {}\n}", &[]);
        check_code("my_select! { a }", &[]);
    }

    #[test]
    fn an_expectation_has_a_reason() {
        check_code("#[expect(dead_code)]", &["1: `expect` of a lint has a `reason`"]);
        check_code("#[expect(\n    dead_code,\n    reason = \"x\"\n)]", &[]);
    }
}
