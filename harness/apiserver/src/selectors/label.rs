//! Label selectors: `a=b,c!=d,e in (f,g),h notin (i),j,!k`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::meta;
use crate::names;

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Labels(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq)]
struct Requirement {
    key: String,
    test: Test,
}

#[derive(Clone, Debug, PartialEq)]
enum Test {
    Exists,
    Absent,
    In(BTreeSet<String>),
    /// Absent labels pass too.
    NotIn(BTreeSet<String>),
    Greater(i64),
    Less(i64),
}

impl Labels {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: lex(text)?, at: 0 };
        let mut requirements = Vec::new();
        if parser.peek() == &Token::End {
            return Ok(Self(requirements));
        }
        if !matches!(parser.peek(), Token::Word(_) | Token::Not) {
            let found = parser.peek().text();
            return Err(format!("found '{found}', expected: !, identifier, or 'end of string'"));
        }
        loop {
            let requirement = parser
                .requirement()
                .map_err(|error| format!("unable to parse requirement: {error}"))?;
            requirements.push(requirement);
            match parser.next() {
                Token::End => return Ok(Self(requirements)),
                Token::Comma => {
                    if !matches!(parser.peek(), Token::Word(_) | Token::Not) {
                        let found = parser.peek().text();
                        return Err(format!("found '{found}', expected: identifier after ','"));
                    }
                }
                other => {
                    let found = other.text();
                    return Err(format!("found '{found}', expected: ',' or 'end of string'"));
                }
            }
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn matches(&self, object: &Value) -> bool {
        if self.0.is_empty() {
            return true;
        }
        let labels = meta::labels(object);
        self.0.iter().all(|requirement| {
            let value = labels.and_then(|labels| labels.get(&requirement.key)?.as_str());
            requirement.test.passes(value)
        })
    }
}

impl Test {
    fn passes(&self, value: Option<&str>) -> bool {
        let number = || value.and_then(|text| text.parse::<i64>().ok());
        match self {
            Self::Exists => value.is_some(),
            Self::Absent => value.is_none(),
            Self::In(set) => value.is_some_and(|value| set.contains(value)),
            Self::NotIn(set) => value.is_none_or(|value| !set.contains(value)),
            Self::Greater(bound) => number().is_some_and(|number| number > *bound),
            Self::Less(bound) => number().is_some_and(|number| number < *bound),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Not,
    Equal,
    DoubleEqual,
    NotEqual,
    Greater,
    Less,
    Open,
    Close,
    Comma,
    End,
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Word(word) => word,
            Self::Not => "!",
            Self::Equal => "=",
            Self::DoubleEqual => "==",
            Self::NotEqual => "!=",
            Self::Greater => ">",
            Self::Less => "<",
            Self::Open => "(",
            Self::Close => ")",
            Self::Comma => ",",
            Self::End => "",
        }
    }
}

fn lex(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(first) = chars.next() {
        let mut then_equal = || chars.next_if_eq(&'=').is_some();
        let token = match first {
            ' ' | '\t' | '\r' | '\n' => continue,
            '=' if then_equal() => Token::DoubleEqual,
            '=' => Token::Equal,
            '!' if then_equal() => Token::NotEqual,
            '!' => Token::Not,
            '>' => Token::Greater,
            '<' => Token::Less,
            '(' => Token::Open,
            ')' => Token::Close,
            ',' => Token::Comma,
            _ => {
                let mut word = String::from(first);
                let special = |next: &char| " \t\r\n=!><(),".contains(*next);
                while let Some(next) = chars.next_if(|next| !special(next)) {
                    word.push(next);
                }
                Token::Word(word)
            }
        };
        tokens.push(token);
    }
    tokens.push(Token::End);
    Ok(tokens)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        self.tokens.get(self.at).unwrap_or(&Token::End)
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at += 1;
        token
    }

    fn requirement(&mut self) -> Result<Requirement, String> {
        let negated = *self.peek() == Token::Not;
        if negated {
            self.next();
        }
        let key = self.key()?;
        if negated || matches!(self.peek(), Token::End | Token::Comma) {
            let test = if negated { Test::Absent } else { Test::Exists };
            return Ok(Requirement { key, test });
        }
        let test = match self.next() {
            Token::Equal | Token::DoubleEqual => {
                Test::In(checked(&key, BTreeSet::from([self.value()?]))?)
            }
            Token::NotEqual => Test::NotIn(checked(&key, BTreeSet::from([self.value()?]))?),
            Token::Word(word) if word == "in" => Test::In(checked(&key, self.values()?)?),
            Token::Word(word) if word == "notin" => Test::NotIn(checked(&key, self.values()?)?),
            Token::Greater => Test::Greater(self.number()?),
            Token::Less => Test::Less(self.number()?),
            other => {
                let known = "in, notin, =, ==, !=, gt, lt";
                return Err(format!("found '{}', expected: {known}", other.text()));
            }
        };
        Ok(Requirement { key, test })
    }

    fn key(&mut self) -> Result<String, String> {
        match self.next() {
            Token::Word(word) => match names::qualified_name(&word) {
                None => Ok(word),
                Some(why) => Err(format!("<nil>: Invalid value: \"{word}\": {why}")),
            },
            other => Err(format!("found '{}', expected: identifier", other.text())),
        }
    }

    fn value(&mut self) -> Result<String, String> {
        match self.peek() {
            Token::End | Token::Comma => return Ok(String::new()),
            _ => {}
        }
        match self.next() {
            Token::Word(word) => Ok(word),
            other => Err(format!("found '{}', expected: identifier", other.text())),
        }
    }

    fn number(&mut self) -> Result<i64, String> {
        let text = self.value()?;
        text.parse().map_err(|_| {
            format!(
                "values[0]: Invalid value: \"{text}\": for 'Gt', 'Lt' operators, the value must \
                 be an integer"
            )
        })
    }

    fn values(&mut self) -> Result<BTreeSet<String>, String> {
        let open = self.next();
        if open != Token::Open {
            return Err(format!("found '{}' expected: '('", open.text()));
        }
        let mut values = BTreeSet::new();
        let mut after_word = false;
        loop {
            match self.next() {
                Token::Word(word) if !after_word => {
                    values.insert(word);
                    after_word = true;
                }
                Token::Comma => {
                    if !after_word {
                        values.insert(String::new());
                    }
                    after_word = false;
                }
                Token::Close => {
                    if !after_word {
                        values.insert(String::new());
                    }
                    return Ok(values);
                }
                other => return Err(format!("found '{}', expected: ',' or ')'", other.text())),
            }
        }
    }
}

/// Values must be values that labels can have.
fn checked(key: &str, values: BTreeSet<String>) -> Result<BTreeSet<String>, String> {
    for (index, value) in values.iter().enumerate() {
        if let Some(why) = names::label_value(value) {
            return Err(format!("values[{index}][{key}]: Invalid value: \"{value}\": {why}"));
        }
    }
    Ok(values)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(selector: &str, yes: &[&str], no: &[&str]) {
        let labels = Labels::parse(selector).unwrap();
        for (wanted, cases) in [(true, yes), (false, no)] {
            for case in cases {
                let case: Value = serde_json::from_str(case).unwrap();
                let object = json!({"metadata": {"labels": case}});
                assert_eq!(labels.matches(&object), wanted, "{selector} on {case}");
            }
        }
    }

    #[test]
    fn every_operator_selects_what_it_should() {
        let (a1, a2, none) = (r#"{"a": "1"}"#, r#"{"a": "2", "b": ""}"#, "{}");
        check("", &[a1, none], &[]);
        check("a=1", &[a1], &[a2, none]);
        check("a == 1", &[a1], &[a2]);
        check("a!=1", &[a2, none], &[a1]);
        check("a in (1, 2)", &[a1, a2], &[none]);
        check("a notin (1)", &[a2, none], &[a1]);
        check("a", &[a1], &[none]);
        check("!a", &[none], &[a1]);
        check("a>1", &[a2], &[a1, none]);
        check("a,b=", &[a2], &[a1, none]);
    }

    #[test]
    fn nonsense_is_an_error() {
        for text in ["a===", "a in 1", "a in (1", ",", "a,", "=", "a b", "a>x", "a=b=c", "-=1"] {
            assert!(Labels::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            Labels::parse("a===").unwrap_err(),
            "unable to parse requirement: found '=', expected: identifier"
        );
    }
}
