//! A look at a text before the parser sees it: what is nested too deeply is refused here, because
//! the parser descends once for each bracket and each prefix operator.

use super::compile::{DEPTH_MAX, Mistake};

/// Refuses texts whose brackets, or runs of `!`, `-` and `?`, go too deep.
pub(super) fn check(text: &str) -> Result<(), Vec<Mistake>> {
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
        if depth.max(run).max(forks) > DEPTH_MAX / 2 {
            let from = u32::try_from(at).unwrap_or(u32::MAX);
            return Err(vec![Mistake {
                code: "bad-expression",
                message: "the expression is nested too deeply".to_owned(),
                hint: Some("move a part of it into an expression of its own".to_owned()),
                from,
                to: from + 1,
            }]);
        }
    }
    Ok(())
}
