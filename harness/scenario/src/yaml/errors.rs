//! What is wrong with a text that is no YAML, in our words.

use serde_saphyr::granit_parser::{ErrorKind, ScanError};

use super::DEPTH_MAX;
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Control characters, which a YAML file may not have and a terminal should not see.
pub(super) fn odd_characters(text: &str) -> Option<Diagnostic> {
    let (mut line, mut column) = (1, 1);
    for c in text.chars() {
        let name = match c {
            '\n' => {
                line += 1;
                column = 1;
                continue;
            }
            '\0' => "a NUL",
            '\t' | '\r' => {
                column += 1;
                continue;
            }
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => "a change of reading direction",
            c if c.is_control() => "a control character",
            _ => {
                column += 1;
                continue;
            }
        };
        let message = format!("there is {name} (U+{:04X}) in the file", u32::from(c));
        return Some(
            Diagnostic::error("bad-yaml", Span::new(line, column, 1), message)
                .with_hint("inside double quotes it can be written as an escape"),
        );
    }
    None
}

/// How an expression is written that has marks of YAML in it.
pub(crate) const EXPRESSION_HINT: &str = "an expression with `: `, or inside `{}` and `[]` with a \
     comma or bracket, stands in quotes or after `>-`";

/// The parser's error.
pub(super) fn explain(error: &ScanError, text: &str) -> Diagnostic {
    let marker = error.marker();
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let place = Span::new(small(marker.line()).max(1), small(marker.col() + 1), 1);
    let bad = |message: &str| Diagnostic::error("bad-yaml", place, message);
    let line = text.lines().nth(marker.line().saturating_sub(1)).unwrap_or("");
    // marks of an expression are taken for marks of YAML
    let marks = |message: &str| {
        let diagnostic = bad(message);
        if line.contains(": (") { diagnostic.with_hint(EXPRESSION_HINT) } else { diagnostic }
    };
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => {
            let message = format!("more than {DEPTH_MAX} maps and lists inside each other");
            Diagnostic::error("too-large", place, message)
        }
        ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::UnexpectedEofFlowMapping => {
            marks("a `,` or a `}` is missing before this")
        }
        ErrorKind::ExpectedFlowSequenceSeparator | ErrorKind::UnexpectedEofFlowSequence => {
            marks("a `,` or a `]` is missing before this")
        }
        ErrorKind::MappingValueNotAllowed
        | ErrorKind::InvalidColonPlacement
        | ErrorKind::InvalidMappingValueWhitespace => marks("a `:` has no meaning here"),
        ErrorKind::InvalidTrailingDoubleQuotedScalar
        | ErrorKind::InvalidTrailingSingleQuotedScalar => {
            marks("something follows the closing quote")
        }
        ErrorKind::UnclosedFlowCollection { .. } => marks("a bracket that opens here never closes"),
        ErrorKind::MismatchedFlowCollectionEnd { .. } | ErrorKind::MisplacedFlowCollectionEnd => {
            marks("this bracket closes nothing")
        }
        ErrorKind::UnclosedQuotedScalar => bad("a quote that opens here never closes"),
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => {
            bad("a tab stands in the indent").with_hint("indent with spaces")
        }
        ErrorKind::UnknownAnchor => bad("there is no anchor of that name before this"),
        ErrorKind::InvalidIndentation
        | ErrorKind::ExpectedBlockMappingKey
        | ErrorKind::ExpectedBlockSequenceEntry
        | ErrorKind::BlockSequenceEntryNotAllowed
        | ErrorKind::MappingKeyNotAllowed => {
            bad("the indent of this line fits to nothing above it")
        }
        ErrorKind::SimpleKeyExpected => bad("a key is followed by `:`"),
        ErrorKind::UnknownQuotedScalarEscape => bad("this escape is not known in double quotes")
            .with_hint("in single quotes a backslash is a backslash"),
        _ => {
            let said = error.to_string();
            let said = said.split(" at ").next().unwrap_or(&said);
            bad(&format!("this is no YAML: {said}"))
        }
    }
}
