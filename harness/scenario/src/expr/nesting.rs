//! A look at a text before the parser sees it: what is nested too deeply is refused here, because
//! the parser descends once for each bracket and each prefix operator.

use super::compile::{DEPTH_MAX, Mistake, TEXT_MAX};

/// Operators and dots that an expression may have: each may be a level of the tree.
const MARKS_MAX: u16 = 200;
/// Signs and negations in a row.
const RUN_MAX: u16 = 8;

/// Refuses texts that are too long, and those whose brackets, or runs of `!`, `-` and `?`, go too
/// deep.
pub(super) fn check(text: &str, length: usize) -> Result<(), Mistake> {
    if length > TEXT_MAX {
        let message = format!("the expression has {length} characters; {TEXT_MAX} are the most");
        let code = "bad-expression";
        return Err(Mistake { code, message, hint: None, from: 0, to: 1 });
    }
    let mut marks = 0_u16;
    let (mut depth, mut run, mut forks) = (0_u16, 0_u16, 0_u16);
    let mut quote: Option<char> = None;
    let mut escaped = false;
    for (at, c) in text.chars().enumerate() {
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
            '(' | '[' | '{' => depth = depth.saturating_add(1),
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '?' => forks = forks.saturating_add(1),
            '!' | '-' => run = run.saturating_add(1),
            _ => {}
        }
        if !matches!(c, '!' | '-' | ' ') {
            run = 0;
        }
        if matches!(c, '.' | '+' | '-' | '*' | '/' | '%' | '&' | '|' | '[' | '?') {
            marks += 1;
        }
        if depth + forks > DEPTH_MAX || run > RUN_MAX || marks > MARKS_MAX {
            let from = u32::try_from(at).unwrap_or(u32::MAX);
            return Err(Mistake {
                code: "bad-expression",
                message: "the expression is nested too deeply".to_owned(),
                hint: Some("move a part of it into an expression of its own".to_owned()),
                from,
                to: from + 1,
            });
        }
    }
    Ok(())
}
