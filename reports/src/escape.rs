//! Foreign text in Markdown that must stay text: no markup, no mention of a person, no link.

use std::fmt::Write as _;

use crate::clean;

/// Text of one line, outside of code.
pub(crate) fn inline(raw: &str) -> String {
    let mut out = String::new();
    for c in clean::line(raw).chars() {
        match c {
            // a comment behind them: mentions and numbers are looked for in what was rendered
            '@' => out.push_str("@<!-- -->"),
            '#' => out.push_str("#<!-- -->"),
            c if r"\`*_{}[]<>()+!|~&$^=".contains(c) => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.replace("://", ":<!-- -->//").replace("www.", "www<!-- -->.")
}

/// Text of one line as code: nothing in it is a mention or a link.
pub(crate) fn code(raw: &str) -> String {
    let mut out = String::from("<code>");
    for c in clean::line(raw).chars() {
        match c {
            c if c.is_alphanumeric() || c == ' ' || "-.,:/".contains(c) => out.push(c),
            c => {
                let _ = write!(out, "&#{};", u32::from(c));
            }
        }
    }
    out.push_str("</code>");
    out
}
