//! Colours and width.

use crate::Standing;

/// How text is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Whether colours may be used: a terminal, and no `NO_COLOR`.
    pub colour: bool,
    /// Columns.
    pub width: usize,
}

/// What a piece of text is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Paint {
    Strong,
    Faint,
    Of(Standing),
}

impl Style {
    /// Without colours, 100 columns: the style of documents.
    pub const PLAIN: Style = Style { colour: false, width: 100 };

    pub(crate) fn paint(&self, paint: Paint, text: &str) -> String {
        if !self.colour || text.is_empty() {
            return text.to_owned();
        }
        let code = match paint {
            Paint::Strong => "1",
            Paint::Faint => "2",
            Paint::Of(Standing::Passed) => "32",
            Paint::Of(Standing::Failed) => "1;31",
            Paint::Of(Standing::Broken) => "1;35",
            Paint::Of(Standing::Skipped | Standing::NotStarted) => "33",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// The standing's word, padded so that what follows stands in one column.
    pub(crate) fn standing(&self, standing: Standing) -> String {
        let word = standing.as_str();
        let longest = Standing::NotStarted.as_str().len();
        let pad = " ".repeat(longest.saturating_sub(word.len()));
        format!("{}{pad}", self.paint(Paint::Of(standing), word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_colour_there_is_no_escape() {
        assert_eq!(Style::PLAIN.standing(Standing::Failed), "failed     ");
    }

    #[test]
    fn with_colour_only_the_word_is_painted() {
        let style = Style { colour: true, width: 80 };
        assert_eq!(style.standing(Standing::Passed), "\u{1b}[32mpassed\u{1b}[0m     ");
    }
}
