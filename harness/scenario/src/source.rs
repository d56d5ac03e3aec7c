//! A scenario's text and places in it.

/// A file as the user named it, with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The name that messages show.
    pub name: String,
    /// The text.
    pub text: String,
}

/// A place in a source: where it begins and how wide it is. Ordered by place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Span {
    /// Line, from 1; 0 means the file as a whole.
    pub line: u32,
    /// Column, from 1, in characters.
    pub column: u32,
    /// Width in characters, on that line; at least 1.
    pub width: u32,
}

impl Source {
    /// A source from its name and text.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self { name: name.into(), text: text.into() }
    }

    /// The nth line, from 1, without its end; empty if there is none.
    #[must_use]
    pub fn line(&self, n: u32) -> &str {
        let Some(index) = n.checked_sub(1) else { return "" };
        self.text.lines().nth(index as usize).unwrap_or("")
    }

    /// `file:line:column`, or the name alone for the file as a whole.
    #[must_use]
    pub fn place(&self, span: Span) -> String {
        if span.line == 0 {
            self.name.clone()
        } else {
            format!("{}:{}:{}", self.name, span.line, span.column)
        }
    }
}

impl Span {
    /// The file as a whole.
    pub const FILE: Self = Self { line: 0, column: 0, width: 0 };

    /// A place.
    #[must_use]
    pub const fn new(line: u32, column: u32, width: u32) -> Self {
        Self { line, column, width }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_count_from_one_and_end_without_their_break() {
        let source = Source::new("a.yaml", "one\r\ntwo\n");
        assert_eq!(source.line(1), "one");
        assert_eq!(source.line(2), "two");
        assert_eq!(source.line(0), "");
        assert_eq!(source.line(9), "");
        assert_eq!(source.place(Span::new(2, 3, 1)), "a.yaml:2:3");
        assert_eq!(source.place(Span::FILE), "a.yaml");
    }
}
