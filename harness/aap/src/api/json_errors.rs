//! What Python says of a text that is no JSON. The controller shows it to callers.

/// Why the text is no JSON, and where; call it for texts that do not parse.
pub(crate) fn json_error(text: &str) -> String {
    let mut reader = Reader { text: text.chars().collect(), at: 0, depth: 0 };
    let fault = match reader.document() {
        Ok(()) => Fault { what: "Expecting value", at: reader.at },
        Err(fault) => fault,
    };
    let before = &reader.text[..fault.at.min(reader.text.len())];
    let line = 1 + before.iter().filter(|letter| **letter == '\n').count();
    let column = before.iter().rev().take_while(|letter| **letter != '\n').count() + 1;
    format!("{}: line {line} column {column} (char {})", fault.what, fault.at)
}

struct Fault {
    what: &'static str,
    at: usize,
}

/// Deeper values are not looked into.
const DEPTH_MAX: usize = 100;

struct Reader {
    text: Vec<char>,
    at: usize,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|letter| matches!(letter, ' ' | '\t' | '\n' | '\r')) {
            self.at += 1;
        }
    }

    fn fault<T>(&self, what: &'static str) -> Result<T, Fault> {
        Err(Fault { what, at: self.at })
    }

    fn document(&mut self) -> Result<(), Fault> {
        self.skip_blanks();
        self.value()?;
        self.skip_blanks();
        if self.at < self.text.len() { self.fault("Extra data") } else { Ok(()) }
    }

    fn value(&mut self) -> Result<(), Fault> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return self.fault("Expecting value");
        }
        let result = match self.peek() {
            Some('{') => self.object(),
            Some('[') => self.array(),
            Some('"') => self.string(),
            Some('-' | '0'..='9') => self.number(),
            _ => self.word(),
        };
        self.depth -= 1;
        result
    }

    fn word(&mut self) -> Result<(), Fault> {
        for word in ["true", "false", "null"] {
            let end = self.at + word.len();
            if self.text.get(self.at..end).is_some_and(|part| part.iter().copied().eq(word.chars()))
            {
                self.at = end;
                return Ok(());
            }
        }
        self.fault("Expecting value")
    }

    fn number(&mut self) -> Result<(), Fault> {
        let start = self.at;
        if self.peek() == Some('-') {
            self.at += 1;
        }
        let digits = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+'))
        {
            self.at += 1;
        }
        if self.at == digits {
            return Err(Fault { what: "Expecting value", at: start });
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err(Fault { what: "Unterminated string starting at", at: start }),
                Some('"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some('\\') => self.escape()?,
                Some(control) if u32::from(control) < 0x20 => {
                    return self.fault("Invalid control character at");
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        match self.text.get(self.at + 1) {
            Some('"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') => self.at += 2,
            Some('u') => {
                let hex = self.text.get(self.at + 2..self.at + 6);
                if !hex.is_some_and(|hex| hex.iter().all(char::is_ascii_hexdigit)) {
                    let at = self.at + 1;
                    return Err(Fault { what: "Invalid \\uXXXX escape", at });
                }
                self.at += 6;
            }
            _ => return self.fault("Invalid \\escape"),
        }
        Ok(())
    }

    fn array(&mut self) -> Result<(), Fault> {
        self.at += 1;
        self.skip_blanks();
        if self.peek() == Some(']') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.skip_blanks();
            self.value()?;
            self.skip_blanks();
            match self.peek() {
                Some(']') => break,
                Some(',') => self.at += 1,
                _ => return self.fault("Expecting ',' delimiter"),
            }
        }
        self.at += 1;
        Ok(())
    }

    fn object(&mut self) -> Result<(), Fault> {
        const NAME: &str = "Expecting property name enclosed in double quotes";
        self.at += 1;
        self.skip_blanks();
        if self.peek() == Some('}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.skip_blanks();
            if self.peek() != Some('"') {
                return self.fault(NAME);
            }
            self.string()?;
            self.skip_blanks();
            if self.peek() != Some(':') {
                return self.fault("Expecting ':' delimiter");
            }
            self.at += 1;
            self.skip_blanks();
            self.value()?;
            self.skip_blanks();
            match self.peek() {
                Some('}') => break,
                Some(',') => self.at += 1,
                _ => return self.fault("Expecting ',' delimiter"),
            }
        }
        self.at += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::json_error;

    #[test]
    fn faults_are_named_and_placed_as_python_does() {
        let check = |text: &str, message: &str| assert_eq!(json_error(text), message, "{text}");
        check("{\"unbalanced\":", "Expecting value: line 1 column 15 (char 14)");
        let name = "Expecting property name enclosed in double quotes";
        check("{\"extra_vars\":1,}", &format!("{name}: line 1 column 17 (char 16)"));
        check("", "Expecting value: line 1 column 1 (char 0)");
        check("{}\nx", "Extra data: line 2 column 1 (char 3)");
        check("[1 2]", "Expecting ',' delimiter: line 1 column 4 (char 3)");
        check("{\"a\" 1}", "Expecting ':' delimiter: line 1 column 6 (char 5)");
        check("\"abc", "Unterminated string starting at: line 1 column 1 (char 0)");
        check("\"\\x\"", "Invalid \\escape: line 1 column 2 (char 1)");
        check("a: 1", "Expecting value: line 1 column 1 (char 0)");
    }

    #[test]
    fn deep_nesting_ends() {
        assert!(json_error(&"[".repeat(100_000)).starts_with("Expecting value"));
    }
}
