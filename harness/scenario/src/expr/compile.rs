//! Text to compiled expression: CEL's own grammar, then names and literals resolved. All mistakes
//! of a text are told, each with its place in it.

use std::sync::Arc;

use cel::common::ast::{CallExpr, EntryExpr, Expr as Ast, LiteralValue, SourceInfo, operators};
use cel::{Env, IdedExpr};
use regex::RegexBuilder;

use super::functions::{CALLS, CallsRow, FUNCTIONS, Form, Function};
use super::ir::{
    Argument, Arithmetic, Comparison, Each, EachKind, Node, Op, Program, Reference, Referent,
    Variable,
};
use crate::suggest::nearest;

/// Characters that an expression may have.
pub(crate) const TEXT_MAX: usize = 2000;
/// Brackets and branches that may stand inside each other: the parser takes a lot of stack for each.
pub(crate) const DEPTH_MAX: u16 = 12;
/// Rules of the grammar inside each other, chains of operators counted.
const RECURSION_MAX: u16 = 512;
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
    let failed = |mistakes| Program {
        text: Arc::from(text),
        root: Node { op: Op::Null, from: 0, to: end },
        references: Vec::new(),
        mistakes,
    };
    if let Err(mistake) = super::nesting::check(text, length) {
        return failed(vec![mistake]);
    }
    let parser = Env::default()
        .with_optional_support(false)
        .parser()
        .max_recursion_depth(RECURSION_MAX)
        .error_recovery_limit(8);
    match parser.parse_with_source_info(text) {
        Ok((ast, places)) => {
            let mut compiler = Compiler {
                places: &places,
                end,
                names: Vec::new(),
                references: Vec::new(),
                mistakes: Vec::new(),
            };
            let root = compiler.node(&ast);
            let Compiler { references, mistakes, .. } = compiler;
            Program { text: Arc::from(text), root, references, mistakes }
        }
        Err(errors) => failed(super::syntax::explain(text, &errors.errors)),
    }
}

struct Compiler<'a> {
    places: &'a SourceInfo,
    end: u32,
    /// Names that macros bind here, innermost last.
    names: Vec<String>,
    references: Vec<Reference>,
    mistakes: Vec<Mistake>,
}

/// A macro of the language.
struct Macro {
    name: &'static str,
    kind: EachKind,
    usage: &'static str,
}

const MACROS: [Macro; 5] = [
    Macro { name: "all", kind: EachKind::All, usage: "list.all(x, condition)" },
    Macro { name: "exists", kind: EachKind::Exists, usage: "list.exists(x, condition)" },
    Macro { name: "exists_one", kind: EachKind::ExistsOne, usage: "list.exists_one(x, condition)" },
    Macro { name: "map", kind: EachKind::Map, usage: "list.map(x, value)" },
    Macro { name: "filter", kind: EachKind::Filter, usage: "list.filter(x, condition)" },
];

/// Functions that are no rows of a table.
const SPECIAL: [&str; 3] = ["has", "now", "matches"];

impl Compiler<'_> {
    /// Where the token of a node stands, as characters `from..to`.
    fn token(&self, id: u64) -> (u32, u32) {
        self.places.offset_for(id).map_or((0, self.end), |(from, to)| {
            (from.min(self.end), to.saturating_add(1).min(self.end))
        })
    }

    fn mistake(&mut self, from: u32, to: u32, message: String, hint: Option<String>) -> Op {
        self.mistakes.push(Mistake { code: "bad-expression", message, hint, from, to });
        Op::Null
    }

    fn boxed(&mut self, ast: &IdedExpr) -> Box<Node> {
        Box::new(self.node(ast))
    }

    fn node(&mut self, ast: &IdedExpr) -> Node {
        let (from, to) = self.token(ast.id);
        match &ast.expr {
            Ast::Literal(literal) => Node { op: self.literal(literal, from, to), from, to },
            Ast::Ident(name) => Node { op: self.identifier(name, from, to), from, to },
            Ast::Select(select) => self.select(ast, &select.operand, &select.field, (from, to)),
            Ast::Call(call) => self.call(ast, call, (from, to)),
            Ast::List(list) => {
                let items: Vec<Node> = list.elements.iter().map(|item| self.node(item)).collect();
                let to = items.last().map_or(to, |last| last.to.max(to));
                Node { op: Op::List(items), from, to }
            }
            Ast::Map(map) => {
                let mut entries = Vec::new();
                for entry in &map.entries {
                    match &entry.expr {
                        EntryExpr::MapEntry(entry) => {
                            entries.push((self.node(&entry.key), self.node(&entry.value)));
                        }
                        EntryExpr::StructField(_) => {}
                    }
                }
                Node { op: Op::Map(entries), from, to }
            }
            Ast::Struct(object) => {
                let message = format!("there is no type `{}`", object.type_name);
                let hint = "a map is written {\"key\": value}".to_owned();
                Node { op: self.mistake(from, to, message, Some(hint)), from, to }
            }
            Ast::Comprehension(_) | Ast::Unspecified => {
                let message = "this form of expression is not known".to_owned();
                Node { op: self.mistake(from, to, message, None), from, to }
            }
        }
    }

    fn literal(&mut self, literal: &LiteralValue, from: u32, to: u32) -> Op {
        match literal {
            LiteralValue::Null => Op::Null,
            LiteralValue::Boolean(b) => Op::Bool(*b.inner()),
            LiteralValue::Int(i) => Op::Int(*i.inner()),
            LiteralValue::Double(d) => Op::Double(*d.inner()),
            LiteralValue::String(s) => Op::Text(s.inner().to_owned()),
            LiteralValue::UInt(u) => {
                let hint = format!("write {}", u.inner());
                self.mistake(from, to, "unsigned numbers are not known".to_owned(), Some(hint))
            }
            LiteralValue::Bytes(_) => {
                self.mistake(from, to, "bytes are not known".to_owned(), None)
            }
        }
    }

    fn identifier(&mut self, name: &str, from: u32, to: u32) -> Op {
        if let Some(slot) = self.names.iter().rposition(|bound| bound == name) {
            return Op::Local(slot);
        }
        if let Some(variable) = Variable::ALL.into_iter().find(|v| v.name() == name) {
            let what = Referent::Path { variable, fields: Vec::new() };
            self.references.push(Reference { what, from, to });
            return Op::Variable(variable);
        }
        if name == "calls" {
            let hint = "its functions are called: calls.launches(\"provision\")".to_owned();
            return self.mistake(from, to, "`calls` is no value".to_owned(), Some(hint));
        }
        let known = Variable::ALL
            .iter()
            .map(|v| v.name())
            .chain(["calls", "now"])
            .chain(self.names.iter().map(String::as_str));
        let hint = match nearest(name, known) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("a text is written in quotes: \"{name}\""),
        };
        let message = format!("undefined name `{name}`");
        self.mistakes.push(Mistake { code: "undefined-name", message, hint: Some(hint), from, to });
        Op::Null
    }

    fn select(
        &mut self,
        ast: &IdedExpr,
        operand: &IdedExpr,
        field: &str,
        (from, to): (u32, u32),
    ) -> Node {
        // the token is the dot; the field follows it
        let width = u32::try_from(field.chars().count()).unwrap_or(0);
        let to = to.saturating_add(width).min(self.end);
        if let Some((variable, fields)) = path(ast)
            && !self.names.iter().any(|bound| bound == variable.name())
        {
            let from = root(ast).map_or(from, |id| self.token(id).0);
            let what = Referent::Path { variable, fields };
            self.references.push(Reference { what, from, to });
            return self.fixed_path(ast, from, to);
        }
        let operand = self.boxed(operand);
        let from = operand.from.min(from);
        Node { op: Op::Select(operand, field.to_owned()), from, to }
    }

    /// A chain of selects on a variable, already noted as one reference.
    fn fixed_path(&self, ast: &IdedExpr, from: u32, to: u32) -> Node {
        match &ast.expr {
            Ast::Select(select) => {
                let (_, dot) = self.token(select.operand.id);
                let operand = self.fixed_path(&select.operand, from, self.end_of(&select.operand));
                let to = to.max(dot);
                Node { op: Op::Select(Box::new(operand), select.field.clone()), from, to }
            }
            Ast::Ident(name) => {
                let variable = Variable::ALL.into_iter().find(|v| v.name() == name);
                let op = variable.map_or(Op::Null, Op::Variable);
                Node { op, from, to }
            }
            _ => Node { op: Op::Null, from, to },
        }
    }

    /// The end of a select or a name.
    fn end_of(&self, ast: &IdedExpr) -> u32 {
        let (_, to) = self.token(ast.id);
        match &ast.expr {
            Ast::Select(select) => {
                to.saturating_add(u32::try_from(select.field.chars().count()).unwrap_or(0))
            }
            _ => to,
        }
    }

    fn call(&mut self, ast: &IdedExpr, call: &CallExpr, token: (u32, u32)) -> Node {
        if let Some(node) = self.operator(call, token) {
            return node;
        }
        if let Some(target) = &call.target {
            if matches!(&target.expr, Ast::Ident(name) if name == "calls") {
                return self.calls(target, call, token);
            }
            if let Some(found) = MACROS.iter().find(|m| m.name == call.func_name) {
                return self.each(found, target, call, token);
            }
        } else if call.func_name == "has" {
            return self.has(call, token);
        } else if call.func_name == "now" {
            return self.now(call, token);
        }
        let _ = ast;
        self.function(call, token)
    }

    fn operator(&mut self, call: &CallExpr, token: (u32, u32)) -> Option<Node> {
        let name = call.func_name.as_str();
        let op = match call.args.as_slice() {
            [a] => match name {
                operators::LOGICAL_NOT => Op::Not(self.boxed(a)),
                operators::NEGATE => Op::Negate(self.boxed(a)),
                _ => return None,
            },
            [a, b] => self.binary(name, a, b)?,
            [a, b, c] if name == operators::CONDITIONAL => {
                Op::If(self.boxed(a), self.boxed(b), self.boxed(c))
            }
            _ => return None,
        };
        let (from, to) = match &op {
            Op::Not(a) | Op::Negate(a) => (token.0, a.to),
            Op::And(a, b)
            | Op::Or(a, b)
            | Op::In(a, b)
            | Op::Compare(_, a, b)
            | Op::Arithmetic(_, a, b) => (a.from, b.to),
            // the closing bracket
            Op::Index(a, b) => (a.from, (b.to + 1).min(self.end)),
            Op::If(a, _, c) => (a.from, c.to),
            _ => token,
        };
        Some(Node { op, from, to })
    }

    fn binary(&mut self, name: &str, a: &IdedExpr, b: &IdedExpr) -> Option<Op> {
        let comparison = |c| Some((Some(c), None));
        let arithmetic = |c| Some((None, Some(c)));
        let (comparison, arithmetic) = match name {
            operators::LOGICAL_AND => return Some(Op::And(self.boxed(a), self.boxed(b))),
            operators::LOGICAL_OR => return Some(Op::Or(self.boxed(a), self.boxed(b))),
            operators::IN => {
                self.note_compared(a, b);
                return Some(Op::In(self.boxed(a), self.boxed(b)));
            }
            operators::INDEX => return Some(Op::Index(self.boxed(a), self.boxed(b))),
            operators::EQUALS => comparison(Comparison::Equal),
            operators::NOT_EQUALS => comparison(Comparison::NotEqual),
            operators::LESS => comparison(Comparison::Less),
            operators::LESS_EQUALS => comparison(Comparison::LessOrEqual),
            operators::GREATER => comparison(Comparison::Greater),
            operators::GREATER_EQUALS => comparison(Comparison::GreaterOrEqual),
            operators::ADD => arithmetic(Arithmetic::Add),
            operators::SUBSTRACT => arithmetic(Arithmetic::Subtract),
            operators::MULTIPLY => arithmetic(Arithmetic::Multiply),
            operators::DIVIDE => arithmetic(Arithmetic::Divide),
            operators::MODULO => arithmetic(Arithmetic::Remainder),
            _ => None,
        }?;
        if matches!(comparison, Some(Comparison::Equal | Comparison::NotEqual)) {
            self.note_compared(a, b);
            self.note_compared(b, a);
        }
        let (a, b) = (self.boxed(a), self.boxed(b));
        match (comparison, arithmetic) {
            (Some(c), _) => Some(Op::Compare(c, a, b)),
            (None, Some(c)) => Some(Op::Arithmetic(c, a, b)),
            (None, None) => None,
        }
    }

    /// Notes that a path is compared with texts, so that their spelling can be checked.
    fn note_compared(&mut self, path_side: &IdedExpr, text_side: &IdedExpr) {
        let Some((variable, fields)) = path(path_side) else { return };
        if self.names.iter().any(|bound| bound == variable.name()) {
            return;
        }
        let texts = match &text_side.expr {
            Ast::List(list) => list.elements.as_slice(),
            _ => std::slice::from_ref(text_side),
        };
        for ast in texts {
            if let Ast::Literal(LiteralValue::String(text)) = &ast.expr {
                let (from, to) = self.token(ast.id);
                let (text, fields) = (text.inner().to_owned(), fields.clone());
                let what = Referent::Compared { variable, fields, text };
                self.references.push(Reference { what, from, to });
            }
        }
    }

    fn calls(&mut self, target: &IdedExpr, call: &CallExpr, token: (u32, u32)) -> Node {
        let from = self.token(target.id).0;
        let nodes: Vec<Node> = call.args.iter().map(|a| self.node(a)).collect();
        let to = self.closing(token, &nodes);
        let Some(row) = CALLS.iter().find(|row| row.name == call.func_name) else {
            let hint = match nearest(&call.func_name, CALLS.iter().map(|row| row.name)) {
                Some(meant) => format!("did you mean `calls.{meant}`?"),
                None => {
                    let names: Vec<&str> = CALLS.iter().map(|row| row.name).collect();
                    format!("there are: {}", names.join(", "))
                }
            };
            let message = format!("unknown function `calls.{}`", call.func_name);
            let op = self.unknown(from, to, message, hint);
            return Node { op, from, to };
        };
        if nodes.len() < row.least || nodes.len() > row.most {
            let op = self.arity(row.usage, nodes.len(), from, to);
            return Node { op, from, to };
        }
        self.note_calls(row, &nodes, from, to);
        Node { op: Op::Calls(row.function, nodes), from, to }
    }

    fn note_calls(&mut self, row: &CallsRow, nodes: &[Node], from: u32, to: u32) {
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
    }

    /// Where a call ends: the bracket after its last argument.
    fn closing(&self, token: (u32, u32), nodes: &[Node]) -> u32 {
        let last = nodes.last().map_or(token.1, |node| node.to.max(token.1));
        (last + 1).min(self.end)
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

    fn has(&mut self, call: &CallExpr, token: (u32, u32)) -> Node {
        let nodes: Vec<Node> = call.args.iter().map(|a| self.node(a)).collect();
        let (from, to) = (token.0.saturating_sub(3), self.closing(token, &nodes));
        let mut nodes = nodes.into_iter();
        let op = match (nodes.next(), nodes.next()) {
            (Some(Node { op: Op::Select(operand, field), .. }), None) => Op::Has(operand, field),
            _ => {
                let message = "`has` takes one field".to_owned();
                self.mistake(from, to, message, Some("it is written has(x.field)".to_owned()))
            }
        };
        Node { op, from, to }
    }

    fn now(&mut self, call: &CallExpr, token: (u32, u32)) -> Node {
        let nodes: Vec<Node> = call.args.iter().map(|a| self.node(a)).collect();
        let (from, to) = (token.0.saturating_sub(3), self.closing(token, &nodes));
        if nodes.len() > 1 {
            let op = self.arity("now() or now(seconds)", nodes.len(), from, to);
            return Node { op, from, to };
        }
        self.references.push(Reference { what: Referent::Now, from, to });
        Node { op: Op::Now(nodes.into_iter().next().map(Box::new)), from, to }
    }

    fn each(
        &mut self,
        found: &Macro,
        target: &IdedExpr,
        call: &CallExpr,
        token: (u32, u32),
    ) -> Node {
        let range = self.node(target);
        let from = range.from;
        let to = token.1;
        let (name, condition, body) = match call.args.as_slice() {
            [name, body] => (name, None, body),
            [name, condition, body] if found.kind == EachKind::Map => (name, Some(condition), body),
            args => {
                let op = self.arity(found.usage, args.len(), from, to);
                return Node { op, from, to };
            }
        };
        let Ast::Ident(name) = &name.expr else {
            let (from, to) = self.token(name.id);
            let message = format!("the first argument of `{}` is a name", found.name);
            let op = self.mistake(from, to, message, Some(format!("as in {}", found.usage)));
            return Node { op, from, to };
        };
        self.names.push(name.clone());
        let condition = condition.map(|c| self.node(c));
        let body = self.node(body);
        self.names.pop();
        let to = (body.to + 1).min(self.end);
        let each = Each { kind: found.kind, range, condition, body };
        Node { op: Op::Each(Box::new(each)), from, to }
    }

    fn function(&mut self, call: &CallExpr, token: (u32, u32)) -> Node {
        let name = call.func_name.as_str();
        let mut nodes: Vec<Node> = Vec::new();
        if let Some(target) = &call.target {
            nodes.push(self.node(target));
        }
        nodes.extend(call.args.iter().map(|a| self.node(a)));
        let width = u32::try_from(name.chars().count()).unwrap_or(0);
        let start = token.0.saturating_sub(width);
        let from = if call.target.is_some() { nodes[0].from } else { start };
        let to = self.closing(token, &nodes);
        if name == "matches" && call.target.is_some() {
            return self.matches(nodes, from, to);
        }
        let Some(row) = FUNCTIONS.iter().find(|row| row.name == name) else {
            let known = FUNCTIONS.iter().map(|row| row.name);
            let known = known.chain(MACROS.iter().map(|m| m.name)).chain(SPECIAL);
            let hint = match nearest(name, known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => "the scenario reference lists all functions".to_owned(),
            };
            let op = self.unknown(start, to, format!("unknown function `{name}`"), hint);
            return Node { op, from, to };
        };
        let form_fits = match row.form {
            Form::Both => true,
            Form::Global => call.target.is_none(),
            Form::Method => call.target.is_some(),
        };
        if !form_fits || nodes.len() != row.arity {
            let op = self.arity(row.usage, call.args.len(), from, to);
            return Node { op, from, to };
        }
        self.check_constant(row.function, &nodes);
        Node { op: Op::Call(row.function, nodes), from, to }
    }

    /// Times and durations that stand there as texts are read now, not at the first use.
    fn check_constant(&mut self, function: Function, nodes: &[Node]) {
        if let [Node { op: Op::Text(text), from, to }] = nodes
            && matches!(function, Function::Timestamp | Function::Duration)
        {
            let value = super::value::Val::Text(text.as_str().into());
            if let Err(message) = super::functions::apply(function, &[value]) {
                self.mistake(*from, *to, message, None);
            }
        }
    }

    fn matches(&mut self, nodes: Vec<Node>, from: u32, to: u32) -> Node {
        let mut nodes = nodes.into_iter();
        let (subject, pattern) = (nodes.next(), nodes.next());
        let op = match (subject, pattern, nodes.next()) {
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
        };
        Node { op, from, to }
    }
}

/// The variable and the fields that a chain of selects spells.
fn path(ast: &IdedExpr) -> Option<(Variable, Vec<String>)> {
    match &ast.expr {
        Ast::Ident(name) => {
            Variable::ALL.into_iter().find(|v| v.name() == name).map(|v| (v, Vec::new()))
        }
        Ast::Select(select) => {
            let (variable, mut fields) = path(&select.operand)?;
            fields.push(select.field.clone());
            Some((variable, fields))
        }
        _ => None,
    }
}

/// The name that a chain of selects begins with.
fn root(ast: &IdedExpr) -> Option<u64> {
    match &ast.expr {
        Ast::Ident(_) => Some(ast.id),
        Ast::Select(select) => root(&select.operand),
        _ => None,
    }
}
