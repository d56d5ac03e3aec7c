//! Markup that hostile names and messages cannot leave.

use std::fmt::Write as _;

use crate::clean;

/// Markup as it grows. Elements that have no end are written `<br/>`, so that the document is
/// well-formed for readers of XML too.
#[derive(Default)]
pub(super) struct Markup {
    text: String,
}

impl Markup {
    /// Markup of our own.
    pub fn raw(&mut self, markup: &str) -> &mut Markup {
        self.text.push_str(markup);
        self
    }

    /// Text of one line, whatever it holds.
    pub fn line(&mut self, text: &str) -> &mut Markup {
        self.escaped(&clean::line(text))
    }

    /// Text of several lines, whatever it holds.
    pub fn lines(&mut self, text: &str) -> &mut Markup {
        self.escaped(&clean::text(text))
    }

    /// A number.
    pub fn number(&mut self, number: usize) -> &mut Markup {
        let _ = write!(self.text, "{number}");
        self
    }

    /// An attribute, with the blank before it.
    pub fn attribute(&mut self, name: &str, value: &str) -> &mut Markup {
        self.raw(" ").raw(name).raw("=\"").line(value).raw("\"")
    }

    /// An element with text of one line. Attributes of our own may stand behind its name.
    pub fn element(&mut self, name: &str, text: &str) -> &mut Markup {
        let end = name.split(' ').next().unwrap_or_default();
        self.raw("<").raw(name).raw(">").line(text).raw("</").raw(end).raw(">")
    }

    /// All of it.
    pub fn finish(self) -> String {
        self.text
    }

    fn escaped(&mut self, text: &str) -> &mut Markup {
        for c in text.chars() {
            match c {
                '&' => self.text.push_str("&amp;"),
                '<' => self.text.push_str("&lt;"),
                '>' => self.text.push_str("&gt;"),
                '"' => self.text.push_str("&quot;"),
                '\'' => self.text.push_str("&#39;"),
                c => self.text.push(c),
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leaves_its_place() {
        let mut markup = Markup::default();
        markup.raw("<p").attribute("title", "\" onclick='x' \u{202e}\n").raw(">");
        markup.lines("</p><script>&\u{0}\n").raw("</p>");
        assert_eq!(
            markup.finish(),
            "<p title=\"&quot; onclick=&#39;x&#39; \\u{202e}\">&lt;/p&gt;&lt;script&gt;\
             &amp;\\u{0}\n</p>"
        );
    }
}
