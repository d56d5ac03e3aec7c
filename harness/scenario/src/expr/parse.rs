//! Tokens to a compiled expression, by CEL's grammar. The first word that does not fit ends the
//! reading; what fits but means nothing is told as well, all of it.

use super::compile::{Compiler, Mistake};
use super::ir::{Arithmetic, Comparison, Each, EachKind, Node, Op};
use super::lex::{Token, TokenKind};

/// Parts that may stand inside each other.
pub(crate) const DEPTH_MAX: usize = 32;
/// Operators, fields and calls that an expression may have: each may be a level of its tree.
const PARTS_MAX: usize = 400;

/// Words that CEL keeps to itself.
const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "package",
    "namespace",
    "return",
    "var",
    "void",
    "while",
];

/// A macro over lists.
#[derive(Debug)]
pub(crate) struct Macro {
    pub(crate) name: &'static str,
    pub(super) kind: EachKind,
    pub(crate) usage: &'static str,
    pub(crate) meaning: &'static str,
}

/// The macros over lists, and over the keys of maps.
pub(crate) const MACROS: [Macro; 5] = [
    Macro {
        name: "all",
        kind: EachKind::All,
        usage: "list.all(x, condition)",
        meaning: "the condition is true for each element, or for each key of a map",
    },
    Macro {
        name: "exists",
        kind: EachKind::Exists,
        usage: "list.exists(x, condition)",
        meaning: "it is true for at least one",
    },
    Macro {
        name: "exists_one",
        kind: EachKind::ExistsOne,
        usage: "list.exists_one(x, condition)",
        meaning: "it is true for exactly one",
    },
    Macro {
        name: "map",
        kind: EachKind::Map,
        usage: "list.map(x[, condition], value)",
        meaning: "the list of the values",
    },
    Macro {
        name: "filter",
        kind: EachKind::Filter,
        usage: "list.filter(x, condition)",
        meaning: "the list of those for which it is true",
    },
];

/// Reads all tokens.
pub(super) fn parse(tokens: &[Token], compiler: &mut Compiler) -> Result<Node, Mistake> {
    let mut parser = Parser { tokens, at: 0, depth: 0, parts: 0, compiler };
    let node = parser.expression()?;
    match parser.peek() {
        TokenKind::End => Ok(node),
        _ => parser.unexpected(),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    depth: usize,
    parts: usize,
    compiler: &'a mut Compiler,
}

type Parse = Result<Node, Mistake>;

const END: Token = Token { kind: TokenKind::End, from: 0, to: 0 };

/// What an operator between two parts makes of them.
#[derive(Clone, Copy)]
enum Joint {
    Or,
    And,
    Compare(Comparison),
    In,
    Arithmetic(Arithmetic),
}

/// An operator between two parts, and how tightly it binds.
fn joint(kind: &TokenKind) -> Option<(u8, Joint)> {
    let TokenKind::Mark(mark) = kind else { return None };
    Some(match *mark {
        "||" => (1, Joint::Or),
        "&&" => (2, Joint::And),
        "==" => (3, Joint::Compare(Comparison::Equal)),
        "!=" => (3, Joint::Compare(Comparison::NotEqual)),
        "<" => (3, Joint::Compare(Comparison::Less)),
        "<=" => (3, Joint::Compare(Comparison::LessOrEqual)),
        ">" => (3, Joint::Compare(Comparison::Greater)),
        ">=" => (3, Joint::Compare(Comparison::GreaterOrEqual)),
        "in" => (3, Joint::In),
        "+" => (4, Joint::Arithmetic(Arithmetic::Add)),
        "-" => (4, Joint::Arithmetic(Arithmetic::Subtract)),
        "*" => (5, Joint::Arithmetic(Arithmetic::Multiply)),
        "/" => (5, Joint::Arithmetic(Arithmetic::Divide)),
        "%" => (5, Joint::Arithmetic(Arithmetic::Remainder)),
        _ => return None,
    })
}

impl Parser<'_> {
    fn token(&self) -> &Token {
        self.tokens.get(self.at).or(self.tokens.last()).unwrap_or(&END)
    }

    fn peek(&self) -> &TokenKind {
        &self.token().kind
    }

    fn is(&self, mark: &str) -> bool {
        matches!(self.peek(), TokenKind::Mark(found) if *found == mark)
    }

    /// Takes a mark if it is there.
    fn take(&mut self, mark: &str) -> bool {
        let found = self.is(mark);
        self.at += usize::from(found);
        found
    }

    /// The end of the token before.
    fn end(&self) -> u32 {
        self.at.checked_sub(1).and_then(|n| self.tokens.get(n)).map_or(0, |token| token.to)
    }

    fn mistake<T>(&self, message: String, hint: Option<&str>) -> Result<T, Mistake> {
        let token = self.token();
        Err(Mistake {
            code: "bad-expression",
            message,
            hint: hint.map(str::to_owned),
            from: token.from,
            to: token.to.max(token.from + 1),
        })
    }

    /// The token that does not fit.
    fn unexpected<T>(&self) -> Result<T, Mistake> {
        let before = self.at.checked_sub(1).and_then(|n| self.tokens.get(n)).map(|t| &t.kind);
        let negation = matches!(before, Some(TokenKind::Name(name)) if name == "not");
        let (text, mut hint) = match self.peek() {
            TokenKind::End => {
                return self.mistake("the expression ends too early".to_owned(), None);
            }
            TokenKind::Name(name) => match name.as_str() {
                "and" => (name.clone(), Some("and is written &&")),
                "or" => (name.clone(), Some("or is written ||")),
                "not" => (name.clone(), Some("not is written !")),
                _ => (name.clone(), None),
            },
            TokenKind::Int(text) => (text.clone(), None),
            TokenKind::Double(number) => (number.to_string(), None),
            TokenKind::Text(text) => (format!("\"{text}\""), None),
            TokenKind::Mark("=") => ("=".to_owned(), Some("equality is written ==")),
            TokenKind::Mark(mark) => ((*mark).to_owned(), None),
        };
        if negation {
            hint = Some("not is written !");
        }
        self.mistake(format!("unexpected `{text}`"), hint)
    }

    fn expect(&mut self, mark: &str) -> Result<(), Mistake> {
        if self.take(mark) {
            return Ok(());
        }
        if matches!(self.peek(), TokenKind::End) && matches!(mark, ")" | "]" | "}") {
            return self.mistake(format!("a closing `{mark}` is missing"), None);
        }
        self.unexpected()
    }

    /// Goes one level down.
    fn deeper(&mut self) -> Result<(), Mistake> {
        self.depth += 1;
        self.parts += 1;
        if self.depth > DEPTH_MAX || self.parts > PARTS_MAX {
            let hint = "move a part of it into an expression of its own";
            return self.mistake("the expression is nested too deeply".to_owned(), Some(hint));
        }
        Ok(())
    }

    /// Counts a part at the same level.
    fn wider(&mut self) -> Result<(), Mistake> {
        self.depth -= 1;
        let deeper = self.deeper();
        if deeper.is_err() {
            self.depth += 1;
        }
        deeper
    }

    fn expression(&mut self) -> Parse {
        self.deeper()?;
        let condition = self.binary(1)?;
        let node = if self.take("?") {
            let yes = self.binary(1)?;
            self.expect(":")?;
            let no = self.expression()?;
            let (from, to) = (condition.from, no.to);
            Node { op: Op::If(Box::new(condition), Box::new(yes), Box::new(no)), from, to }
        } else {
            condition
        };
        self.depth -= 1;
        Ok(node)
    }

    /// Parts joined by operators that bind at least so tightly.
    fn binary(&mut self, least: u8) -> Parse {
        let mut left = self.unary()?;
        while let Some((tightness, joint)) = joint(self.peek()) {
            if tightness < least {
                break;
            }
            self.wider()?;
            self.at += 1;
            let right = self.binary(tightness + 1)?;
            left = self.join(joint, left, right);
        }
        Ok(left)
    }

    fn join(&mut self, joint: Joint, left: Node, right: Node) -> Node {
        let (from, to) = (left.from, right.to);
        match joint {
            Joint::Compare(Comparison::Equal | Comparison::NotEqual) => {
                self.compiler.note_compared(&left, &right);
                self.compiler.note_compared(&right, &left);
            }
            Joint::In => self.compiler.note_compared(&left, &right),
            Joint::Or | Joint::And | Joint::Compare(_) | Joint::Arithmetic(_) => {}
        }
        let (a, b) = (Box::new(left), Box::new(right));
        let op = match joint {
            Joint::Or => Op::Or(a, b),
            Joint::And => Op::And(a, b),
            Joint::Compare(comparison) => Op::Compare(comparison, a, b),
            Joint::In => Op::In(a, b),
            Joint::Arithmetic(operation) => Op::Arithmetic(operation, a, b),
        };
        Node { op, from, to }
    }

    fn unary(&mut self) -> Parse {
        let from = self.token().from;
        if self.is("!") {
            self.deeper()?;
            self.at += 1;
            let operand = self.unary()?;
            self.depth -= 1;
            let to = operand.to;
            return Ok(Node { op: Op::Not(Box::new(operand)), from, to });
        }
        if self.is("-") {
            self.deeper()?;
            self.at += 1;
            // the least whole number has no positive twin
            let token = self.token();
            let least =
                matches!(&token.kind, TokenKind::Int(text) if text == "9223372036854775808");
            if least {
                let to = token.to;
                self.at += 1;
                self.depth -= 1;
                return Ok(Node { op: Op::Int(i64::MIN), from, to });
            }
            let operand = self.unary()?;
            self.depth -= 1;
            let to = operand.to;
            return Ok(Node { op: Op::Negate(Box::new(operand)), from, to });
        }
        self.member()
    }

    /// A primary with fields, calls and indices behind it.
    fn member(&mut self) -> Parse {
        let mut node = self.primary()?;
        loop {
            if self.take(".") {
                self.wider()?;
                let TokenKind::Name(name) = self.peek().clone() else { return self.unexpected() };
                let named = (self.token().from, self.token().to);
                self.at += 1;
                node = if self.take("(") {
                    self.method(node, &name, named)?
                } else {
                    let (from, to) = (node.from, named.1);
                    Node { op: Op::Select(Box::new(node), name), from, to }
                };
            } else if self.take("[") {
                let index = self.expression()?;
                self.expect("]")?;
                let (from, to) = (node.from, self.end());
                node = Node { op: Op::Index(Box::new(node), Box::new(index)), from, to };
            } else {
                break;
            }
        }
        self.compiler.note_path(&node);
        Ok(node)
    }

    fn method(&mut self, target: Node, name: &str, named: (u32, u32)) -> Parse {
        if let Some(found) = MACROS.iter().find(|m| m.name == name) {
            self.compiler.note_path(&target);
            return self.each(found, target);
        }
        let arguments = self.arguments()?;
        let to = self.end();
        if matches!(target.op, Op::CallsName) {
            return Ok(self.compiler.calls(name, arguments, target.from, to));
        }
        self.compiler.note_path(&target);
        Ok(self.compiler.function(name, Some(target), arguments, named.0, to))
    }

    /// What stands between the parentheses of a call.
    fn arguments(&mut self) -> Result<Vec<Node>, Mistake> {
        let mut arguments = Vec::new();
        if !self.is(")") {
            loop {
                arguments.push(self.expression()?);
                if !self.take(",") {
                    break;
                }
            }
        }
        self.expect(")")?;
        Ok(arguments)
    }

    fn each(&mut self, found: &Macro, range: Node) -> Parse {
        let name = match (self.peek().clone(), self.tokens.get(self.at + 1).map(|t| &t.kind)) {
            (TokenKind::Name(name), Some(TokenKind::Mark(","))) => name,
            (TokenKind::Name(_) | TokenKind::End | TokenKind::Mark(")"), _) => {
                let hint = format!("it is written {}", found.usage);
                return self.mistake("arguments are missing".to_owned(), Some(&hint));
            }
            _ => {
                let message = format!("the first argument of `{}` is a name", found.name);
                return self.mistake(message, Some(&format!("as in {}", found.usage)));
            }
        };
        self.at += 2;
        self.compiler.names.push(name);
        let first = self.expression()?;
        let second = if self.take(",") { Some(self.expression()?) } else { None };
        self.compiler.names.pop();
        let (condition, body) = match second {
            Some(body) if found.kind == EachKind::Map => (Some(first), body),
            None => (None, first),
            Some(_) => {
                let hint = format!("it is written {}", found.usage);
                self.at = self.at.saturating_sub(1);
                return self.mistake("there are too many arguments".to_owned(), Some(&hint));
            }
        };
        self.expect(")")?;
        let (from, to) = (range.from, self.end());
        let each = Each { kind: found.kind, range, condition, body };
        Ok(Node { op: Op::Each(Box::new(each)), from, to })
    }

    fn primary(&mut self) -> Parse {
        let Token { kind, from, to } = self.token().clone();
        let op = match kind {
            TokenKind::Text(text) => Op::Text(text),
            TokenKind::Double(number) => Op::Double(number),
            TokenKind::Int(text) => self.int(&text)?,
            TokenKind::Name(name) => return self.name(name, from, to),
            TokenKind::Mark("(") => {
                self.at += 1;
                let inner = self.expression()?;
                self.expect(")")?;
                // the parentheses belong to what a message shows
                return Ok(Node { from, to: self.end(), ..inner });
            }
            TokenKind::Mark("[") => {
                self.at += 1;
                let items = self.list()?;
                return Ok(Node { op: Op::List(items), from, to: self.end() });
            }
            TokenKind::Mark("{") => {
                self.at += 1;
                let entries = self.map()?;
                return Ok(Node { op: Op::Map(entries), from, to: self.end() });
            }
            TokenKind::Mark(_) | TokenKind::End => return self.unexpected(),
        };
        self.at += 1;
        Ok(Node { op, from, to })
    }

    fn int(&self, text: &str) -> Result<Op, Mistake> {
        let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
        let number = match hexadecimal {
            Some(digits) => i64::from_str_radix(digits, 16),
            None => text.parse(),
        };
        match number {
            Ok(number) => Ok(Op::Int(number)),
            Err(_) => self.mistake(format!("`{text}` is no whole number of 64 bits"), None),
        }
    }

    fn name(&mut self, name: String, from: u32, to: u32) -> Parse {
        let constant = match name.as_str() {
            "true" => Some(Op::Bool(true)),
            "false" => Some(Op::Bool(false)),
            "null" => Some(Op::Null),
            word if RESERVED.contains(&word) => return self.unexpected(),
            _ => None,
        };
        self.at += 1;
        if let Some(op) = constant {
            return Ok(Node { op, from, to });
        }
        if self.take("(") {
            self.wider()?;
            let arguments = self.arguments()?;
            let to = self.end();
            return Ok(self.compiler.function(&name, None, arguments, from, to));
        }
        let next_is_dot = self.is(".");
        Ok(self.compiler.identifier(name, next_is_dot, from, to))
    }

    fn list(&mut self) -> Result<Vec<Node>, Mistake> {
        let mut items = Vec::new();
        while !self.is("]") {
            items.push(self.expression()?);
            if !self.take(",") {
                break;
            }
        }
        self.expect("]")?;
        Ok(items)
    }

    fn map(&mut self) -> Result<Vec<(Node, Node)>, Mistake> {
        let mut entries = Vec::new();
        while !self.is("}") {
            let key = self.expression()?;
            self.expect(":")?;
            entries.push((key, self.expression()?));
            if !self.take(",") {
                break;
            }
        }
        self.expect("}")?;
        Ok(entries)
    }
}
