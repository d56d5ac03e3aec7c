//! Expressions in values: found, compiled, checked for what they may see, and placed.

use serde_json::Value;

use super::{Item, Reader};
use crate::diagnostic::Diagnostic;
use crate::expr::{Expr, Mistake, Places, Scope, Variable};
use crate::source::Span;
use crate::yaml::{EXPRESSION_HINT, Kind, Node, Tree};

/// What an expression can see at its place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sight<'a> {
    pub(crate) variables: &'a [Variable],
    pub(crate) calls: bool,
    pub(crate) now: bool,
    /// The kind of `object` and `old`, where it is known.
    pub(crate) object: Option<&'a str>,
    /// What the place is called in a message.
    pub(crate) place: &'a str,
}

const CLOSED: [Variable; 2] = [Variable::Bindings, Variable::Profile];

impl<'a> Sight<'a> {
    /// A value of the file: only bindings and profile are known when the plan is made.
    pub(crate) const LITERAL: Sight<'static> = Sight {
        variables: &CLOSED,
        calls: false,
        now: false,
        object: None,
        place: "in a value of the plan",
    };

    /// A value of an object that is created.
    pub(crate) const TEMPLATE: Sight<'static> = Sight {
        variables: &CLOSED,
        calls: true,
        now: true,
        object: None,
        place: "in an object to write",
    };

    /// The condition of a fault.
    pub(crate) const FAULT: Sight<'static> = Sight {
        variables: &[Variable::Request, Variable::Bindings, Variable::Profile],
        calls: true,
        now: true,
        object: None,
        place: "in a fault",
    };

    /// A value or key of a pattern.
    pub(crate) const fn pattern(kind: Option<&'a str>) -> Self {
        Sight {
            variables: &[Variable::Object, Variable::Itself, Variable::Bindings, Variable::Profile],
            calls: true,
            now: true,
            object: kind,
            place: "in a pattern",
        }
    }

    /// The condition of a `wait`.
    pub(crate) const fn wait(kind: Option<&'a str>) -> Self {
        Sight {
            variables: &[Variable::Object, Variable::Bindings, Variable::Profile],
            calls: true,
            now: true,
            object: kind,
            place: "in a wait",
        }
    }

    /// A property of the revisions of a kind.
    pub(crate) const fn revisions(kind: Option<&'a str>) -> Self {
        Sight {
            variables: &[Variable::Object, Variable::Old, Variable::Bindings, Variable::Profile],
            calls: true,
            now: true,
            object: kind,
            place: "in a property on objects",
        }
    }

    /// A property of requests.
    pub(crate) const REQUESTS: Sight<'static> =
        Sight { place: "in a property on requests", ..Sight::FAULT };
}

/// A text that is an expression, or is not.
pub(crate) enum Inner<'t> {
    /// The text between the parentheses, and the number of characters before it.
    Expression(&'t str, u32),
    /// A text; a backslash before its parenthesis is taken off.
    Text(&'t str),
}

/// Takes the parentheses off an expression.
pub(crate) fn inner(text: &str) -> Inner<'_> {
    let trimmed = text.trim_end();
    if let Some(rest) = text.strip_prefix('\\')
        && rest.starts_with('(')
    {
        return Inner::Text(rest);
    }
    match trimmed.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(_) if !one_pair(trimmed) => Inner::Expression(trimmed, 0),
        Some(between) => Inner::Expression(between, 1),
        None => Inner::Text(text),
    }
}

/// Whether a text is an expression.
pub(crate) fn is_expression(text: &str) -> bool {
    matches!(inner(text), Inner::Expression(..))
}

/// Whether the first parenthesis of a text is closed by its last one, texts in quotes left aside.
fn one_pair(text: &str) -> bool {
    let (mut depth, mut quote, mut escaped) = (0_usize, None, false);
    for (at, c) in text.char_indices() {
        if let Some(open) = quote {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if c == open => quote = None,
                _ => {}
            }
            continue;
        }
        match c {
            '"' | '\'' => quote = Some(c),
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && at + 1 < text.len() {
                    return false;
                }
            }
            _ => {}
        }
    }
    true
}

impl Reader<'_> {
    /// An expression that has to be one.
    pub(crate) fn condition(&mut self, item: Item<'_>, sight: Sight<'_>) -> Option<Expr> {
        match &item.value.kind {
            Kind::Text(text) => match inner(text) {
                Inner::Expression(..) => self.expression(item.value, sight),
                Inner::Text(text) => {
                    let span = item.value.span;
                    let diagnostic = if text.starts_with('(') {
                        let message = "the expression is cut off";
                        Diagnostic::error("bad-expression", span, message)
                            .with_hint(EXPRESSION_HINT)
                    } else {
                        let message = "an expression in parentheses is needed, this is a text";
                        Diagnostic::error("expression-needed", span, message)
                            .with_hint(format!("write ({})", text.trim()))
                    };
                    self.tell(diagnostic);
                    None
                }
            },
            _ => {
                self.wrong_type(item, "an expression in parentheses");
                None
            }
        }
    }

    /// Compiles and checks an expression; the node is a text that is one.
    pub(crate) fn expression(&mut self, node: &Tree, sight: Sight<'_>) -> Option<Expr> {
        let Inner::Expression(text, skipped) = inner(node.text()?) else { return None };
        let places = self.places(node, text, skipped);
        let program = self.programs.compile(text);
        for mistake in &program.mistakes {
            self.tell_mistake(mistake, &places);
        }
        let fine = self.check_references(&program, &places, sight);
        (fine && program.mistakes.is_empty()).then(|| Expr::new(program, places))
    }

    fn tell_mistake(&mut self, mistake: &Mistake, places: &Places) {
        let span = places.span(mistake.from, mistake.to);
        let mut diagnostic = Diagnostic::error(mistake.code, span, mistake.message.clone());
        diagnostic.hint.clone_from(&mistake.hint);
        self.tell(diagnostic);
    }

    /// The value of an expression of bindings and profile.
    pub(super) fn literal(&mut self, node: &Tree) -> Option<Value> {
        let expression = self.expression(node, Sight::LITERAL)?;
        let scope = Scope::new(&self.bindings, &self.profile.values);
        match expression.eval(&scope) {
            Ok(Value::Null) => {
                let message = format!("`{}` has no value", expression.text());
                self.tell(Diagnostic::error("no-value", expression.span(), message));
                None
            }
            Ok(value) => Some(value),
            Err(error) => {
                self.tell(Diagnostic::error("no-value", error.span, error.to_string()));
                None
            }
        }
    }

    /// Where each character of an expression stands in the file.
    fn places(&self, node: &Node, text: &str, skipped: u32) -> Places {
        let (from, length) = node.bytes;
        let raw = self.source.text.get(from..from.saturating_add(length)).unwrap_or("");
        let runs = align(raw, node.span, text, skipped).unwrap_or_default();
        Places { whole: node.span, runs }
    }
}

/// Lays the characters of a decoded text on those of the file, where quotes, escapes, line breaks
/// and indents may stand between them. `None` if they do not fit (an alias).
fn align(raw: &str, start: Span, text: &str, skipped: u32) -> Option<Vec<(u32, u32, u32)>> {
    let (mut line, mut column) = (start.line, start.column);
    let mut raw = raw.chars();
    let mut next = || {
        let c = raw.next()?;
        let place = (c, line, column);
        if c == '\n' {
            line += 1;
            column = 1;
        } else {
            column += 1;
        }
        Some(place)
    };
    for _ in 0..skipped {
        while next()?.0 != '(' {}
    }
    let mut runs: Vec<(u32, u32, u32)> = Vec::new();
    for (at, c) in text.chars().enumerate() {
        if c.is_whitespace() {
            continue;
        }
        let at = u32::try_from(at).ok()?;
        let (line, column) = loop {
            let (raw, line, column) = next()?;
            if raw == c {
                break (line, column);
            }
        };
        let follows = runs.last().is_some_and(|(first, l, first_column)| {
            *l == line && first_column + (at - first) == column
        });
        if !follows {
            runs.push((at, line, column));
        }
    }
    Some(runs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parentheses_that_are_not_one_pair_belong_to_the_expression() {
        for (text, expected) in [
            ("(a == b)", Some("a == b")),
            ("(a) == (b)", Some("(a) == (b)")),
            ("((a) == (b))", Some("(a) == (b)")),
            ("(a == \")\")", Some("a == \")\"")),
            ("a == b", None),
            ("\\(a)", None),
            ("", None),
            ("(", None),
            ("()", Some("")),
        ] {
            let found = match inner(text) {
                Inner::Expression(text, _) => Some(text),
                Inner::Text(_) => None,
            };
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn characters_are_found_behind_quotes_escapes_and_line_breaks() {
        let raw = "\"(a == \\\"b\\\"\n   && c)\"";
        let runs = align(raw, Span::new(4, 10, 1), "a == \"b\" && c", 1).unwrap();
        assert_eq!(runs, [(0, 4, 12), (5, 4, 18), (7, 4, 21), (9, 5, 4)]);
    }
}
