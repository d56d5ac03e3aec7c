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

/// Text of several lines as a block of code, in a fence that nothing in it closes.
pub(crate) fn fenced(raw: &str) -> String {
    let text = clean::text(raw);
    let mut longest = 0;
    let mut run = 0;
    for c in text.chars() {
        run = if c == '`' { run + 1 } else { 0 };
        longest = longest.max(run);
    }
    let fence = "`".repeat((longest + 1).max(3));
    format!("{fence}text\n{}\n{fence}\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_shown_and_not_obeyed() {
        assert_eq!(inline("<b>|x*"), "&#60;b&#62;&#124;x&#42;");
        assert_eq!(inline("@team #1\nx"), "@<!-- -->team #<!-- -->1 x");
        assert_eq!(inline("see http://a"), "see http:<!-- -->//a");
        assert_eq!(code("a|b`c</code>"), "<code>a&#124;b&#96;c&#60;/code&#62;</code>");
    }

    #[test]
    fn no_text_closes_its_fence() {
        assert_eq!(fenced("a"), "```text\na\n```\n");
        assert_eq!(fenced("```\nb"), "````text\n```\nb\n````\n");
    }
}
