//! The code of a Rust file without its comments and the content of its literals, so that a rule
//! is not broken by a sentence about it.

/// The same text, line by line and column by column, with blanks for comments and for what
/// stands between quotes.
pub fn code_only(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = match token(&chars, at) {
            Token::Code => {
                out.push(chars[at]);
                at += 1;
                continue;
            }
            Token::Comment { end } => {
                blank(&mut out, &chars[at..end]);
                end
            }
            Token::Literal { end } => {
                out.push('"');
                let inner = chars.get(at + 1..end - 1).unwrap_or_default();
                blank(&mut out, inner);
                if end - at > 1 {
                    out.push('"');
                }
                end
            }
        };
        at = end;
    }
    out
}

enum Token {
    Code,
    Comment { end: usize },
    Literal { end: usize },
}

fn blank(out: &mut String, chars: &[char]) {
    out.extend(chars.iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
}

fn token(chars: &[char], at: usize) -> Token {
    let next = chars.get(at + 1).copied();
    match (chars[at], next) {
        ('/', Some('/')) => Token::Comment { end: until_line_end(chars, at) },
        ('/', Some('*')) => Token::Comment { end: block_comment(chars, at) },
        ('"', _) => Token::Literal { end: string(chars, at + 1) },
        ('r', Some('"' | '#')) if !is_word_before(chars, at) => match raw_string(chars, at) {
            Some(end) => Token::Literal { end },
            None => Token::Code,
        },
        ('b', Some('r')) if !is_word_before(chars, at) => match raw_string(chars, at + 1) {
            Some(end) => Token::Literal { end },
            None => Token::Code,
        },
        ('\'', _) => match character(chars, at) {
            Some(end) => Token::Literal { end },
            None => Token::Code,
        },
        _ => Token::Code,
    }
}

fn is_word_before(chars: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|before| chars.get(before));
    before.is_some_and(|c| c.is_alphanumeric() || *c == '_' || *c == '\'')
}

fn until_line_end(chars: &[char], from: usize) -> usize {
    (from..chars.len()).find(|at| chars[*at] == '\n').unwrap_or(chars.len())
}

/// Rust's block comments nest.
fn block_comment(chars: &[char], from: usize) -> usize {
    let mut depth = 0;
    let mut at = from;
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at.min(chars.len());
        }
    }
    chars.len()
}

fn string(chars: &[char], from: usize) -> usize {
    let mut at = from;
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// `r"…"`, `r#"…"#`; none for a raw name such as `r#type`.
fn raw_string(chars: &[char], from: usize) -> Option<usize> {
    let hashes = chars[from + 1..].iter().take_while(|c| **c == '#').count();
    let open = from + 1 + hashes;
    if chars.get(open) != Some(&'"') {
        return None;
    }
    let closes = |at: usize| {
        chars[at] == '"'
            && chars.get(at + 1..at + 1 + hashes).is_some_and(|it| it.iter().all(|c| *c == '#'))
    };
    let close = (open + 1..chars.len()).find(|at| closes(*at));
    Some(close.map_or(chars.len(), |at| at + 1 + hashes))
}

/// `'x'`, `'\n'`, `'\u{1b}'`; none for a lifetime.
fn character(chars: &[char], from: usize) -> Option<usize> {
    match chars.get(from + 1)? {
        '\\' => {
            let close = (from + 3..chars.len()).find(|at| chars[*at] == '\'')?;
            Some(close + 1)
        }
        _ if chars.get(from + 2) == Some(&'\'') => Some(from + 3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares without blanks; and no line may change its length.
    fn check(text: &str, kept: &str) {
        let code = code_only(text);
        let columns =
            |text: &str| text.lines().map(|line| line.chars().count()).collect::<Vec<_>>();
        assert_eq!(columns(&code), columns(text), "{code}");
        assert_eq!(code.replace(' ', ""), kept.replace(' ', ""));
    }

    #[test]
    fn comments_are_blank() {
        check("a // b\nc", "a\nc");
        check("a /* b /* c\n */ d */ e", "a\ne");
        check("a /* never closed", "a");
    }

    #[test]
    fn literals_lose_their_content() {
        check(r#"f("a // \" b") // c"#, r#"f("")"#);
        check(r##"f(r#"a " b"#, x)"##, r##"f("", x)"##);
        check(r#"f(br"a\", x)"#, r#"f("", x)"#);
        check("f('\"', '\\'', '\\u{1b}') + 1", r#"f("", "", "") + 1"#);
        check("\"never closed", "\"\"");
    }

    #[test]
    fn lifetimes_and_raw_names_are_code() {
        check("fn f<'a>(r#type: &'a str) -> &'a str {}", "fn f<'a>(r#type: &'a str) -> &'a str {}");
    }

    #[test]
    fn no_text_is_too_odd() {
        for text in ["", "'", "\"", "r", "r#", "b", "br", "/*", "/", "\\", "'\\", "\"\\", "r#\"x\""]
        {
            assert_eq!(code_only(text).chars().filter(|c| *c == '\n').count(), 0, "{text}");
        }
    }
}
