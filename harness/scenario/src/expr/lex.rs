//! Text to tokens, by CEL's lexis.

use super::compile::Mistake;

/// A token and the characters `from..to` that it takes.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) from: u32,
    pub(super) to: u32,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum TokenKind {
    Name(String),
    /// A whole number as it is written; its sign is an operator.
    Int(String),
    Double(f64),
    Text(String),
    Mark(&'static str),
    End,
}

/// Marks, longer ones first.
const MARKS: [&str; 25] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", "(", ")",
    "[", "]", "{", "}", ",", ".", "in",
];

/// Splits a text. Stops at the first piece that is no token.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, Mistake> {
    let chars: Vec<char> = text.chars().collect();
    let mut lexer = Lexer { chars: &chars, at: 0, tokens: Vec::new() };
    while lexer.token()? {}
    let end = place(chars.len());
    lexer.tokens.push(Token { kind: TokenKind::End, from: end, to: end });
    Ok(lexer.tokens)
}

struct Lexer<'a> {
    chars: &'a [char],
    at: usize,
    tokens: Vec<Token>,
}

fn place(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn is_name_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn push(&mut self, kind: TokenKind, from: usize) {
        self.tokens.push(Token { kind, from: place(from), to: place(self.at) });
    }

    fn mistake<T>(&self, from: usize, message: String, hint: &str) -> Result<T, Mistake> {
        Err(Mistake {
            code: "bad-expression",
            message,
            hint: (!hint.is_empty()).then(|| hint.to_owned()),
            from: place(from),
            to: place(self.at.max(from + 1)),
        })
    }

    /// Takes one token; false at the end.
    fn token(&mut self) -> Result<bool, Mistake> {
        while self.peek(0).is_some_and(char::is_whitespace) {
            self.at += 1;
        }
        let from = self.at;
        let Some(c) = self.peek(0) else { return Ok(false) };
        if c == '/' && self.peek(1) == Some('/') {
            while self.peek(0).is_some_and(|c| c != '\n') {
                self.at += 1;
            }
        } else if c.is_ascii_digit() || (c == '.' && self.peek(1).is_some_and(is_digit)) {
            self.number()?;
        } else if let Some(prefix) = self.text_prefix() {
            self.text(prefix)?;
        } else if is_name_start(c) {
            while self.peek(0).is_some_and(is_name_part) {
                self.at += 1;
            }
            let name: String = self.chars[from..self.at].iter().collect();
            let kind = if name == "in" { TokenKind::Mark("in") } else { TokenKind::Name(name) };
            self.push(kind, from);
        } else {
            self.mark(c)?;
        }
        Ok(true)
    }

    fn mark(&mut self, c: char) -> Result<(), Mistake> {
        let from = self.at;
        let fits = |mark: &&&str| mark.chars().enumerate().all(|(n, c)| self.peek(n) == Some(c));
        if let Some(mark) = MARKS.iter().find(fits) {
            self.at += mark.len();
            self.push(TokenKind::Mark(mark), from);
            return Ok(());
        }
        let hint = match c {
            '=' => "equality is written ==",
            '&' => "and is written &&",
            '|' => "or is written ||",
            _ => "",
        };
        self.mistake(from, format!("`{c}` has no meaning here"), hint)
    }

    fn number(&mut self) -> Result<(), Mistake> {
        let from = self.at;
        if self.peek(0) == Some('0') && matches!(self.peek(1), Some('x' | 'X')) {
            self.at += 2;
            while self.peek(0).is_some_and(|c| c.is_ascii_hexdigit()) {
                self.at += 1;
            }
        } else {
            self.digits();
            let mut double = false;
            if self.peek(0) == Some('.') && self.peek(1).is_some_and(is_digit) {
                self.at += 1;
                self.digits();
                double = true;
            }
            let sign = usize::from(matches!(self.peek(1), Some('+' | '-')));
            if matches!(self.peek(0), Some('e' | 'E')) && self.peek(1 + sign).is_some_and(is_digit)
            {
                self.at += 1 + sign;
                self.digits();
                double = true;
            }
            if double {
                let text: String = self.chars[from..self.at].iter().collect();
                let number = text.parse().unwrap_or(f64::NAN);
                self.push(TokenKind::Double(number), from);
                return Ok(());
            }
        }
        let text: String = self.chars[from..self.at].iter().collect();
        if matches!(self.peek(0), Some('u' | 'U')) {
            self.at += 1;
            let hint = format!("write {text}");
            return self.mistake(from, "unsigned numbers are not known".to_owned(), &hint);
        }
        if self.peek(0).is_some_and(is_name_part) {
            self.at += 1;
            return self.mistake(from, "a number ends in letters".to_owned(), "");
        }
        self.push(TokenKind::Int(text), from);
        Ok(())
    }

    fn digits(&mut self) {
        while self.peek(0).is_some_and(is_digit) {
            self.at += 1;
        }
    }

    /// The letters before a quote, if a text begins here.
    fn text_prefix(&self) -> Option<usize> {
        (0..=2)
            .find(|n| matches!(self.peek(*n), Some('"' | '\'')))
            .filter(|n| (0..*n).all(|n| matches!(self.peek(n), Some('r' | 'R' | 'b' | 'B'))))
    }

    fn text(&mut self, prefix: usize) -> Result<(), Mistake> {
        let from = self.at;
        let letters: Vec<char> = self.chars[from..from + prefix].to_vec();
        let raw = letters.iter().any(|c| matches!(c, 'r' | 'R'));
        let bytes = letters.iter().any(|c| matches!(c, 'b' | 'B'));
        self.at += prefix;
        let quote = self.peek(0).unwrap_or('"');
        let three = (0..3).all(|n| self.peek(n) == Some(quote));
        let width = if three { 3 } else { 1 };
        self.at += width;
        let mut text = String::new();
        loop {
            let closed = (0..width).all(|n| self.peek(n) == Some(quote));
            match self.peek(0) {
                _ if closed => break,
                None => {
                    self.at = from;
                    return self.mistake(from, "the text is not closed".to_owned(), "");
                }
                Some('\n') if !three => {
                    self.at = from;
                    return self.mistake(from, "the text is not closed".to_owned(), "");
                }
                Some('\\') if !raw => text.push(self.escape()?),
                Some(c) => {
                    text.push(c);
                    self.at += 1;
                }
            }
        }
        self.at += width;
        if bytes {
            return self.mistake(from, "bytes are not known".to_owned(), "");
        }
        self.push(TokenKind::Text(text), from);
        Ok(())
    }

    fn escape(&mut self) -> Result<char, Mistake> {
        let from = self.at;
        self.at += 1;
        let letter = self.peek(0).unwrap_or(' ');
        self.at += 1;
        let simple = match letter {
            'a' => '\u{7}',
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{b}',
            '\\' | '?' | '"' | '\'' | '`' => letter,
            'x' | 'X' => return self.code(from, 2, 16),
            'u' => return self.code(from, 4, 16),
            'U' => return self.code(from, 8, 16),
            '0'..='3' => {
                self.at -= 1;
                return self.code(from, 3, 8);
            }
            _ => {
                let message = format!("`\\{letter}` is no escape");
                return self.mistake(from, message, "a backslash is written \\\\");
            }
        };
        Ok(simple)
    }

    fn code(&mut self, from: usize, digits: usize, radix: u32) -> Result<char, Mistake> {
        let mut code = 0_u32;
        for _ in 0..digits {
            let Some(digit) = self.peek(0).and_then(|c| c.to_digit(radix)) else {
                return self.mistake(from, "the escape is not complete".to_owned(), "");
            };
            code = code.wrapping_mul(radix).wrapping_add(digit);
            self.at += 1;
        }
        match char::from_u32(code) {
            Some(c) => Ok(c),
            None => self.mistake(from, "the escape is no character".to_owned(), ""),
        }
    }
}

fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}
