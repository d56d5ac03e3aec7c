//! The line of a scenario file with carets under what it is about.

use std::fmt::Write as _;

use trace::Place;

use super::style::{Paint, Style};
use crate::clean;

/// ```text
///  --> scenarios/s06.yaml:31:11
///    |
/// 31 |   - {that: (calls.launches("provision") == 1)}
///    |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
/// ```
/// A line that is too long is shown around the carets.
pub(super) fn place(place: &Place, style: &Style) -> String {
    let number = place.line.to_string();
    let gutter = " ".repeat(number.len());
    let bar = style.paint(Paint::Faint, "|");
    let arrow = style.paint(Paint::Faint, "-->");
    let window = window(place, style.width.saturating_sub(number.len() + 5).max(40));
    let carets = format!("{}{}", " ".repeat(window.offset), "^".repeat(window.width));
    let carets = style.paint(Paint::Strong, &carets);
    let mut out = String::new();
    let file = clean::line(&place.file);
    let _ = writeln!(out, "{gutter} {arrow} {file}:{}:{}", place.line, place.column);
    let _ = writeln!(out, "{gutter} {bar}");
    let _ = writeln!(out, "{number} {bar} {}", window.text);
    let _ = writeln!(out, "{gutter} {bar} {carets}");
    out
}

struct Window {
    text: String,
    /// Columns before the carets.
    offset: usize,
    /// Carets.
    width: usize,
}

fn window(place: &Place, columns: usize) -> Window {
    let line: Vec<char> = clean::columns(&place.text).chars().collect();
    let at = usize::try_from(place.column).unwrap_or(usize::MAX).saturating_sub(1).min(line.len());
    let width = usize::try_from(place.width).unwrap_or(usize::MAX).min(line.len() - at).max(1);
    if line.len() <= columns {
        let text: String = line.iter().collect();
        return Window { text: text.trim_end().to_owned(), offset: at, width };
    }
    // a third of the room before the carets; one column each for the marks of what is cut off
    let room = columns - 2;
    let start = at.saturating_sub(room / 3).min(line.len() - room);
    let end = start + room;
    let before = if start == 0 { "" } else { "…" };
    let after = if end == line.len() { "" } else { "…" };
    let shown: String = line[start..end].iter().collect();
    Window {
        text: format!("{before}{shown}{after}"),
        offset: at - start + before.chars().count(),
        width: width.min(end.saturating_sub(at)).max(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, column: u32, width: u32) -> String {
        let it = Place { file: "s.yaml".into(), line: 7, column, width, text: text.into() };
        place(&it, &Style { colour: false, width: 46 })
    }

    #[test]
    fn carets_stand_under_what_is_meant() {
        let text = shown("  - that: (ä == 1)\t", 11, 8);
        assert_eq!(
            text,
            "  --> s.yaml:7:11\n  |\n7 |   - that: (ä == 1)\n  |           ^^^^^^^^\n"
        );
    }

    #[test]
    fn a_long_line_is_shown_around_the_carets() {
        let long = format!("{}HERE{}", "a".repeat(300), "b".repeat(300));
        let text = shown(&long, 301, 4);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[2], format!("7 | …{}HERE{}…", "a".repeat(12), "b".repeat(22)));
        assert_eq!(lines[3], format!("  | {}^^^^", " ".repeat(13)));
    }

    #[test]
    fn no_place_is_too_odd() {
        for (text, column, width) in
            [("", 0, 0), ("", 9, 9), ("abc", u32::MAX, u32::MAX), ("abc", 2, u32::MAX)]
        {
            assert_eq!(shown(text, column, width).lines().count(), 4);
        }
        let wide = shown(&"x".repeat(500), 500, u32::MAX);
        assert!(wide.lines().all(|line| line.chars().count() <= 46), "{wide}");
    }
}
