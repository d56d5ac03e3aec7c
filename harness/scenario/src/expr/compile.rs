//! Text to compiled expression: names are resolved, literals read, references noted. All that means
//! nothing is told, each mistake with its place in the text.

use std::sync::Arc;

use regex::RegexBuilder;

use super::functions::{CALLS, FUNCTIONS, Form, Function, apply};
use super::ir::{Argument, Node, Op, Program, Reference, Referent, Variable};
use super::parse::MACROS;
use super::value::Val;
use crate::suggest::nearest;

/// Characters that an expression may have.
pub(crate) const TEXT_MAX: usize = 2000;
/// Bytes that a compiled regular expression may take.
const REGEX_BYTES_MAX: usize = 1 << 18;

/// Something wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
    /// First character in the text.
    pub(crate) from: u32,
    /// Character after the last.
    pub(crate) to: u32,
}

/// Compiles a text, which stands without its outer parentheses.
pub(crate) fn compile(text: &str) -> Program {
    let length = text.chars().count();
    let end = u32::try_from(length).unwrap_or(u32::MAX);
    let mut compiler = Compiler::default();
    let read = if length > TEXT_MAX {
        let message = format!("the expression has {length} characters; {TEXT_MAX} are the most");
        Err(Mistake { code: "bad-expression", message, hint: None, from: 0, to: 1 })
    } else {
        super::lex::tokens(text).and_then(|tokens| super::parse::parse(&tokens, &mut compiler))
    };
    let Compiler { references, mut mistakes, .. } = compiler;
    let root = read.unwrap_or_else(|mistake| {
        // what was noted before the first wrong word may stand on a wrong reading
        mistakes = vec![mistake];
        Node { op: Op::Null, from: 0, to: end }
    });
    Program { text: Arc::from(text), root, references, mistakes }
}

/// What is gathered while a text is read.
#[derive(Default)]
pub(super) struct Compiler {
    /// Names that macros bind here, innermost last.
    pub(super) names: Vec<String>,
    references: Vec<Reference>,
    mistakes: Vec<Mistake>,
}

/// Functions that are no rows of a table.
const SPECIAL: [&str; 3] = ["has", "now", "matches"];

impl Compiler {
    fn mistake(&mut self, from: u32, to: u32, message: String, hint: Option<String>) -> Op {
        self.mistakes.push(Mistake { code: "bad-expression", message, hint, from, to });
        Op::Null
    }

    fn unknown(&mut self, from: u32, to: u32, message: String, hint: String) -> Op {
        let hint = Some(hint);
        self.mistakes.push(Mistake { code: "unknown-function", message, hint, from, to });
        Op::Null
    }

    fn arity(&mut self, usage: &str, given: usize, from: u32, to: u32) -> Op {
        let message = match given {
            0 => "arguments are missing".to_owned(),
            1 => "1 argument does not fit".to_owned(),
            more => format!("{more} arguments do not fit"),
        };
        self.mistake(from, to, message, Some(format!("it is written {usage}")))
    }

    /// A name by itself.
    pub(super) fn identifier(&mut self, name: String, dotted: bool, from: u32, to: u32) -> Node {
        if let Some(slot) = self.names.iter().rposition(|bound| *bound == name) {
            return Node { op: Op::Local(slot), from, to };
        }
        if let Some(variable) = Variable::ALL.into_iter().find(|v| v.name() == name) {
            return Node { op: Op::Variable(variable), from, to };
        }
        if name == "calls" {
            if dotted {
                return Node { op: Op::CallsName, from, to };
            }
            let hint = "its functions are called: calls.launches(\"provision\")".to_owned();
            let op = self.mistake(from, to, "`calls` is no value".to_owned(), Some(hint));
            return Node { op, from, to };
        }
        let known = Variable::ALL
            .iter()
            .map(|v| v.name())
            .chain(["calls", "now"])
            .chain(self.names.iter().map(String::as_str));
        let hint = match nearest(&name, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("a text is written in quotes: \"{name}\""),
        };
        let message = format!("undefined name `{name}`");
        let (code, hint) = ("undefined-name", Some(hint));
        self.mistakes.push(Mistake { code, message, hint, from, to });
        Node { op: Op::Null, from, to }
    }

    /// Notes a chain of fields of a variable, when it is complete.
    pub(super) fn note_path(&mut self, node: &Node) {
        let (mut end, mut node) = (node.to, node);
        // behind an index or in a call the chain begins anew
        while let Op::Index(operand, _) = &node.op {
            node = operand;
            end = node.to;
        }
        if let Some((variable, fields, from)) = path(node) {
            let what = Referent::Path { variable, fields };
            let noted = self.references.iter().any(|r| r.from == from && r.to >= end);
            if !noted {
                self.references.push(Reference { what, from, to: end });
            }
        } else if let Op::Select(operand, _) = &node.op {
            self.note_path(operand);
        } else if matches!(node.op, Op::CallsName) {
            let hint = "its functions are called: calls.launches(\"provision\")".to_owned();
            self.mistake(node.from, node.to, "`calls` has no fields".to_owned(), Some(hint));
        }
    }

    /// Notes that a path is compared with texts, so that their spelling can be checked.
    pub(super) fn note_compared(&mut self, path_side: &Node, text_side: &Node) {
        let Some((variable, fields, _)) = path(path_side) else { return };
        let texts = match &text_side.op {
            Op::List(items) => items.as_slice(),
            _ => std::slice::from_ref(text_side),
        };
        for node in texts {
            if let Op::Text(text) = &node.op {
                let (text, fields) = (text.clone(), fields.clone());
                let what = Referent::Compared { variable, fields, text };
                self.references.push(Reference { what, from: node.from, to: node.to });
            }
        }
    }

    /// A call of a function of `calls`.
    pub(super) fn calls(&mut self, name: &str, nodes: Vec<Node>, from: u32, to: u32) -> Node {
        let Some(row) = CALLS.iter().find(|row| row.name == name) else {
            let hint = match nearest(name, CALLS.iter().map(|row| row.name)) {
                Some(meant) => format!("did you mean `calls.{meant}`?"),
                None => {
                    let names: Vec<&str> = CALLS.iter().map(|row| row.name).collect();
                    format!("there are: {}", names.join(", "))
                }
            };
            let op = self.unknown(from, to, format!("unknown function `calls.{name}`"), hint);
            return Node { op, from, to };
        };
        if nodes.len() < row.least || nodes.len() > row.most {
            let op = self.arity(row.usage, nodes.len(), from, to);
            return Node { op, from, to };
        }
        let arguments = nodes
            .iter()
            .map(|node| {
                let text = match &node.op {
                    Op::Text(text) => Some(text.clone()),
                    _ => None,
                };
                Argument { text, from: node.from, to: node.to }
            })
            .collect();
        let what = Referent::Calls { function: row.function, arguments };
        self.references.push(Reference { what, from, to });
        Node { op: Op::Calls(row.function, nodes), from, to }
    }

    /// A call of a function; `from` is where its name begins.
    pub(super) fn function(
        &mut self,
        name: &str,
        target: Option<Node>,
        arguments: Vec<Node>,
        from: u32,
        to: u32,
    ) -> Node {
        let method = target.is_some();
        let start = target.as_ref().map_or(from, |target| target.from);
        let nodes: Vec<Node> = target.into_iter().chain(arguments).collect();
        let op = match (name, method) {
            ("has", false) => self.has(nodes, from, to),
            ("now", false) => self.now(nodes, from, to),
            ("matches", true) => self.matches(nodes, start, to),
            _ => self.row(name, method, nodes, (start, from, to)),
        };
        Node { op, from: start, to }
    }

    fn row(
        &mut self,
        name: &str,
        method: bool,
        nodes: Vec<Node>,
        (start, from, to): (u32, u32, u32),
    ) -> Op {
        let Some(row) = FUNCTIONS.iter().find(|row| row.name == name) else {
            let known = FUNCTIONS.iter().map(|row| row.name);
            let known = known.chain(MACROS.iter().map(|m| m.name)).chain(SPECIAL);
            let hint = match nearest(name, known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "the scenario reference lists all functions".to_owned(),
            };
            return self.unknown(from, to, format!("unknown function `{name}`"), hint);
        };
        let form_fits = match row.form {
            Form::Both => true,
            Form::Global => !method,
            Form::Method => method,
        };
        if !form_fits || nodes.len() != row.arity {
            return self.arity(row.usage, nodes.len() - usize::from(method), start, to);
        }
        self.check_constant(row.function, &nodes);
        Op::Call(row.function, nodes)
    }

    fn has(&mut self, nodes: Vec<Node>, from: u32, to: u32) -> Op {
        let mut nodes = nodes.into_iter();
        match (nodes.next(), nodes.next()) {
            (Some(Node { op: Op::Select(operand, field), .. }), None) => Op::Has(operand, field),
            _ => {
                let message = "`has` takes one field".to_owned();
                self.mistake(from, to, message, Some("it is written has(x.field)".to_owned()))
            }
        }
    }

    fn now(&mut self, nodes: Vec<Node>, from: u32, to: u32) -> Op {
        if nodes.len() > 1 {
            return self.arity("now() or now(seconds)", nodes.len(), from, to);
        }
        self.references.push(Reference { what: Referent::Now, from, to });
        Op::Now(nodes.into_iter().next().map(Box::new))
    }

    /// Times and durations that stand there as texts are read now, not at the first use.
    fn check_constant(&mut self, function: Function, nodes: &[Node]) {
        if let [Node { op: Op::Text(text), from, to }] = nodes
            && matches!(function, Function::Timestamp | Function::Duration)
            && let Err(message) = apply(function, &[Val::Text(text.as_str().into())])
        {
            self.mistake(*from, *to, message, None);
        }
    }

    fn matches(&mut self, nodes: Vec<Node>, from: u32, to: u32) -> Op {
        let mut nodes = nodes.into_iter();
        match (nodes.next(), nodes.next(), nodes.next()) {
            (Some(subject), Some(Node { op: Op::Text(pattern), from, to }), None) => {
                match RegexBuilder::new(&pattern).size_limit(REGEX_BYTES_MAX).build() {
                    Ok(regex) => Op::Matches(Box::new(subject), regex),
                    Err(_) => {
                        let message = format!("`{pattern}` is no regular expression");
                        self.mistake(from, to, message, None)
                    }
                }
            }
            _ => {
                let hint = "it is written text.matches(\"pattern\")".to_owned();
                self.mistake(from, to, "`matches` takes one fixed text".to_owned(), Some(hint))
            }
        }
    }
}

/// The variable and the fields that a chain of selects spells, and where it begins.
fn path(node: &Node) -> Option<(Variable, Vec<String>, u32)> {
    match &node.op {
        Op::Variable(variable) => Some((*variable, Vec::new(), node.from)),
        Op::Select(operand, field) => {
            let (variable, mut fields, from) = path(operand)?;
            fields.push(field.clone());
            Some((variable, fields, from))
        }
        _ => None,
    }
}
