//! What is wrong with a scenario, said so that the author finds the place and the cure.

use std::fmt::Write as _;

use crate::source::{Source, Span};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The scenario cannot be run.
    Error,
    /// It can be run, but probably does not say what was meant.
    Warning,
}

/// All codes of diagnostics, with what they mean. Those from `overrides-nothing` on are warnings;
/// `name-mismatch` is a warning where an id does not fit to a name.
pub const CODES: [(&str, &str); 39] = [
    ("bad-yaml", "the text is no YAML, or uses what has no meaning here"),
    ("too-large", "the file, its nesting or its aliases are beyond the limits"),
    ("too-many", "there are more mistakes than are told"),
    ("duplicate-key", "a key stands twice in a map"),
    ("wrong-type", "a value is of another type than the word needs"),
    ("unknown-key", "a key that the map does not know"),
    ("missing-key", "a required word is missing, or one of a choice"),
    ("two-choices", "two words that do not stand together"),
    ("unknown-word", "a value that is none of the known ones"),
    ("out-of-bounds", "a number or duration beyond its bounds"),
    ("empty", "a text, list or file with nothing in it"),
    ("bad-name", "a name of other characters than small letters, digits and `-`"),
    ("name-mismatch", "the name is not that of the file, or not that of the id"),
    ("duplicate-name", "two variants, steps or faults of one name"),
    ("bad-duration", "a duration that cannot be read"),
    ("zero-wait", "a wait or a pause of no time"),
    ("zero-budget", "a budget of no time"),
    ("idle-budget", "a budget that no run can break, or that its own parts break"),
    ("unbounded-wait", "a wait without a limit, or beyond the deadline"),
    ("bad-expression", "an expression that is no CEL"),
    ("undefined-name", "a name that is not defined, or not known at this place"),
    ("unknown-function", "a function that there is not"),
    ("expression-needed", "a text where an expression is needed"),
    ("literal-needed", "an expression where a value must be known beforehand"),
    ("no-value", "an expression of bindings and profile that has no value"),
    ("unknown-kind", "a kind that needs its apiVersion"),
    ("missing-capability", "something is used that `requires` does not name"),
    ("same-variant", "two variants that differ in their name only"),
    ("overrides-nothing", "a variant says what the scenario says anyway"),
    ("unused-binding", "a binding that no expression uses"),
    ("never-used", "steps that every variant replaces"),
    ("expects-nothing", "steps that wait for nothing, without a property"),
    ("created-twice", "an instance is created that is there already"),
    ("never-made", "an instance is looked at that nothing has made"),
    ("used-after-delete", "an instance is looked at after its deletion"),
    ("said-twice", "an assertion like the one before it"),
    ("unknown-label", "a label that looks like one with a meaning"),
    ("unknown-path", "a field that an instance never has"),
    ("unknown-value", "a value that a field never has"),
];

/// One mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad.
    pub severity: Severity,
    /// Its kind, a stable word such as `unknown-key`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// Where.
    pub span: Span,
    /// A second place that belongs to it, and what stands there.
    pub related: Option<(Span, String)>,
    /// What helps.
    pub hint: Option<String>,
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

impl Diagnostic {
    /// An error.
    pub fn error(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            span,
            related: None,
            hint: None,
        }
    }

    /// A warning.
    pub fn warning(code: &'static str, span: Span, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, span, message) }
    }

    /// The same as a warning.
    pub(crate) fn into_warning(self) -> Self {
        Self { severity: Severity::Warning, ..self }
    }

    /// Adds what helps.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds a second place.
    #[must_use]
    pub fn with_related(mut self, span: Span, note: impl Into<String>) -> Self {
        self.related = Some((span, note.into()));
        self
    }

    /// Whether the scenario cannot be run because of it.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// The text that the user reads: the message, the place, the line with carets, the hint. It
    /// ends with a line break.
    #[must_use]
    pub fn render(&self, source: &Source) -> String {
        let mut text = String::new();
        let related_line = self.related.as_ref().map_or(0, |(span, _)| span.line);
        let gutter = digits(self.span.line.max(related_line));
        let blank = " ".repeat(gutter);
        // writing to a String cannot fail
        let _ = writeln!(text, "{}[{}]: {}", self.severity.as_str(), self.code, self.message);
        let _ = writeln!(text, "{blank}--> {}", source.place(self.span));
        draw(&mut text, gutter, source, self.span, "");
        if let Some((span, note)) = &self.related {
            if *span == Span::FILE {
                let _ = writeln!(text, "{blank} = note: {note}");
            } else {
                let _ = writeln!(text, "{blank}::: {}", source.place(*span));
                draw(&mut text, gutter, source, *span, note);
            }
        }
        if let Some(hint) = &self.hint {
            let _ = writeln!(text, "{blank} = help: {hint}");
        }
        text
    }
}

/// Characters of a source line that are shown.
const LINE_MAX: usize = 160;

/// The line at `span` with carets under it.
fn draw(text: &mut String, gutter: usize, source: &Source, span: Span, note: &str) {
    if span.line == 0 {
        return;
    }
    let blank = " ".repeat(gutter);
    let column = span.column.max(1) as usize - 1;
    let line: Vec<char> = source.line(span.line).chars().collect();
    // a long line is cut around the place
    let from = if column < LINE_MAX / 2 { 0 } else { column - LINE_MAX / 4 };
    let shown: String = line.iter().skip(from).take(LINE_MAX).map(|c| visible(*c)).collect();
    let lead = if from > 0 { "…" } else { "" };
    let tail = if line.len() > from + LINE_MAX { "…" } else { "" };
    let pad = " ".repeat(column - from + lead.chars().count());
    let room = (LINE_MAX + from).saturating_sub(column).max(1);
    let carets = "^".repeat((span.width.max(1) as usize).min(room));
    let note = if note.is_empty() { String::new() } else { format!(" {note}") };
    let _ = writeln!(text, "{blank} |");
    let _ = writeln!(text, "{:>gutter$} | {lead}{shown}{tail}", span.line);
    let _ = writeln!(text, "{blank} | {pad}{carets}{note}");
}

/// A character as it may be shown on a terminal, one cell wide where that can be.
fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        '\u{feff}' => '␣',
        c if c.is_control() => '�',
        // characters that turn the reading direction hide what a text says
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => '�',
        c => c,
    }
}

fn digits(line: u32) -> usize {
    (line.checked_ilog10().unwrap_or(0) + 1) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_message_place_line_carets_and_hint() {
        let source = Source::new("a.yaml", "spec:\n  stepps: []\n");
        let diagnostic =
            Diagnostic::error("unknown-key", Span::new(2, 3, 6), "unknown key `stepps`")
                .with_hint("did you mean `steps`?");
        assert_eq!(
            diagnostic.render(&source),
            "error[unknown-key]: unknown key `stepps`\n --> a.yaml:2:3\n  |\n2 |   stepps: []\n  \
             |   ^^^^^^\n  = help: did you mean `steps`?\n"
        );
    }

    #[test]
    fn cuts_a_long_line_around_the_place() {
        let source = Source::new("a.yaml", format!("{}X{}", "a".repeat(500), "b".repeat(500)));
        let text = Diagnostic::error("x", Span::new(1, 501, 1), "m").render(&source);
        let lines: Vec<&str> = text.lines().collect();
        let at = lines[4].find('^').unwrap();
        assert_eq!(lines[3].chars().nth(at), Some('X'));
        assert!(lines[3].chars().count() < 180, "{}", lines[3]);
    }
}
