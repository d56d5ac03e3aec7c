//! Makes text from logs, objects and files harmless: a report is read by terminals and XML
//! parsers, and what the operator logged must not steer either of them.

use std::borrow::Cow;

/// Characters that are kept of any text, whoever wrote it: a report must not grow with what a
/// process printed.
const TEXT_CHARS_MAX: usize = 16_384;

/// Text of several lines. Newlines stay, tabs become spaces; what a terminal would obey, XML 1.0
/// forbids or an editor would hide is shown as an escape such as `\u{1b}`.
pub(crate) fn text(raw: &str) -> String {
    let raw = cut(raw);
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\n' => out.push('\n'),
            '\r' if rest.peek() == Some(&'\n') => {}
            '\t' => out.push_str("    "),
            c if is_hostile(c) => out.extend(c.escape_default()),
            c => out.push(c),
        }
    }
    out
}

/// Text of one line: as [`text`], with a space for each line break and what it indents.
pub(crate) fn line(raw: &str) -> String {
    let text = text(raw);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join(" ")
}

/// One line of a file whose columns count: every character stays one column wide.
pub(crate) fn columns(raw: &str) -> String {
    raw.chars().map(|c| if c.is_whitespace() || is_hostile(c) { ' ' } else { c }).collect()
}

/// A text as it is, cut where it is far too long. Says how much is missing.
pub(crate) fn cut(raw: &str) -> Cow<'_, str> {
    match raw.char_indices().nth(TEXT_CHARS_MAX) {
        None => Cow::Borrowed(raw),
        Some((at, _)) => Cow::Owned(format!("{}… ({} more bytes)", &raw[..at], raw.len() - at)),
    }
}

/// JSON in which every character that [`text`] would escape is escaped; it says the same.
pub(crate) fn json(text: String) -> String {
    if !text.chars().any(|c| c != '\n' && is_hostile(c)) {
        return text;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c != '\n' && is_hostile(c) {
            // all of them are in the first plane
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
    out
}

/// Cuts after so many characters and says how many are missing.
pub(crate) fn clip(text: &str, chars_max: usize) -> String {
    let mut places = text.char_indices();
    match places.nth(chars_max) {
        None => text.to_owned(),
        Some((at, _)) => {
            let missing = 1 + places.count();
            format!("{}… ({missing} more characters)", &text[..at])
        }
    }
}

/// Controls (C0, DEL, C1), line separators, marks that reorder or hide text, and the
/// non-characters that XML 1.0 forbids.
fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(c, '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_a_terminal_would_obey() {
        assert_eq!(text("a\u{1b}[31mb\u{7}"), "a\\u{1b}[31mb\\u{7}");
        assert_eq!(text("c1 \u{9b}2J, bidi \u{202e}"), "c1 \\u{9b}2J, bidi \\u{202e}");
    }

    #[test]
    fn keeps_lines_but_no_carriage_returns() {
        assert_eq!(text("one\r\n\ttwo\rthree"), "one\n    two\\rthree");
    }

    #[test]
    fn a_line_has_no_line_breaks() {
        assert_eq!(line(" one\n\n  two  words\u{2028}"), "one two  words\\u{2028}");
    }

    #[test]
    fn no_text_is_longer_than_it_may_be() {
        let long = text(&"\u{1b}".repeat(10_000_000));
        assert!(long.starts_with("\\u{1b}") && long.ends_with("… (9983616 more bytes)"));
        assert_eq!(line("short"), "short");
    }

    #[test]
    fn json_says_the_same_without_what_a_terminal_obeys() {
        let value = serde_json::Value::from("a\u{9b}\u{7f}\u{202e}\n");
        let escaped = json(value.to_string());
        assert_eq!(escaped, r#""a\u009b\u007f\u202e\n""#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&escaped).unwrap(), value);
    }

    #[test]
    fn columns_are_never_moved() {
        let raw = "a\tb\u{1b}ü\u{202e}c";
        assert_eq!(columns(raw), "a b ü c");
        assert_eq!(columns(raw).chars().count(), raw.chars().count());
    }

    #[test]
    fn clips_at_characters_and_counts_the_rest() {
        assert_eq!(clip("äöü", 3), "äöü");
        assert_eq!(clip("äöüß", 2), "äö… (2 more characters)");
    }
}
