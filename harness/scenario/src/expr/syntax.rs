//! The parser's complaints, in words for people.

use cel::ParseError;

use super::compile::Mistake;

/// Complaints about one text that are told; the rest follows from them.
const TOLD_MAX: usize = 1;

/// Turns the parser's errors into mistakes with places in `text`.
pub(super) fn explain(text: &str, errors: &[ParseError]) -> Vec<Mistake> {
    let end = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
    let mut mistakes: Vec<Mistake> = Vec::new();
    for error in errors {
        let from = offset(text, error.pos).min(end);
        let (message, mut hint) = words(&error.msg);
        let before: String = text.chars().take(from as usize).collect();
        if let Some("not") = before.split_whitespace().next_back() {
            hint = Some("not is written !".to_owned());
        }
        // one token often brings several complaints
        if mistakes.iter().any(|m| m.from == from || m.message == message) {
            continue;
        }
        mistakes.push(Mistake {
            code: "bad-expression",
            message,
            hint,
            from,
            to: (from + 1).min(end.max(1)),
        });
    }
    mistakes.truncate(TOLD_MAX);
    if mistakes.is_empty() {
        mistakes.push(Mistake {
            code: "bad-expression",
            message: "this is no expression".to_owned(),
            hint: None,
            from: 0,
            to: end.max(1),
        });
    }
    mistakes
}

/// The parser counts lines and columns from 1; mistakes count characters from 0.
fn offset(text: &str, (line, column): (isize, isize)) -> u32 {
    let line = usize::try_from(line).unwrap_or(1).max(1);
    let before: usize =
        text.split_inclusive('\n').take(line - 1).map(|line| line.chars().count()).sum();
    let column = usize::try_from(column).unwrap_or(1).max(1);
    u32::try_from(before + column - 1).unwrap_or(u32::MAX)
}

fn words(message: &str) -> (String, Option<String>) {
    let message = message.strip_prefix("Syntax error: ").unwrap_or(message);
    let quoted = |after: &str| {
        let rest = message.split_once(after)?.1;
        let rest = rest.strip_prefix('\'').unwrap_or(rest);
        let end = rest.find("' ").or_else(|| rest.strip_suffix('\'').map(str::len));
        Some(rest[..end.unwrap_or(rest.len())].trim().to_owned())
    };
    if message.starts_with("missing ')'") {
        return ("a closing `)` is missing".to_owned(), None);
    }
    if message.contains("'<EOF>' expecting") || message.contains("'<EOF>'") {
        return ("the expression ends too early".to_owned(), None);
    }
    if let Some(token) = quoted("token recognition error at: ") {
        let hint = match token.as_str() {
            "=" => Some("equality is written ==".to_owned()),
            "&" => Some("and is written &&".to_owned()),
            "|" => Some("or is written ||".to_owned()),
            token if token.starts_with(['"', '\'']) => {
                return ("the text is not closed".to_owned(), None);
            }
            _ => None,
        };
        return (format!("`{token}` has no meaning here"), hint);
    }
    for start in ["mismatched input ", "extraneous input ", "no viable alternative at input "] {
        if let Some(token) = quoted(start) {
            let hint = match token.as_str() {
                "and" => Some("and is written &&".to_owned()),
                "or" => Some("or is written ||".to_owned()),
                "not" => Some("not is written !".to_owned()),
                _ => None,
            };
            return (format!("unexpected `{token}`"), hint);
        }
    }
    if message.contains("recursion") {
        return ("the expression is nested too deeply".to_owned(), None);
    }
    (message.split(" expecting ").next().unwrap_or(message).to_lowercase(), None)
}
