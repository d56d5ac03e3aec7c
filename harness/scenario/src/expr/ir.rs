//! Compiled expressions: names resolved, literals ready, places kept.

use std::sync::Arc;

use regex::Regex;

use super::compile::Mistake;
use super::functions::{CallsFunction, Function};

/// A compiled expression, the same wherever its text stands.
#[derive(Debug)]
pub(crate) struct Program {
    /// The text, without the outer parentheses.
    pub(crate) text: Arc<str>,
    /// Nothing can be evaluated where there are mistakes.
    pub(super) root: Node,
    /// What it refers to, in order.
    pub(crate) references: Vec<Reference>,
    /// What is wrong with it.
    pub(crate) mistakes: Vec<Mistake>,
}

impl Program {
    /// Whether it refers to a variable.
    pub(crate) fn mentions(&self, variable: Variable) -> bool {
        self.references.iter().any(|reference| match &reference.what {
            Referent::Path { variable: found, .. } => *found == variable,
            Referent::Compared { .. } | Referent::Calls { .. } | Referent::Now => false,
        })
    }
}

/// Something outside that an expression refers to.
#[derive(Debug)]
pub(crate) struct Reference {
    /// What.
    pub(crate) what: Referent,
    /// First character in the text.
    pub(crate) from: u32,
    /// Character after the last.
    pub(crate) to: u32,
}

/// What a reference refers to.
#[derive(Debug)]
pub(crate) enum Referent {
    /// A variable and the fields selected from it, as far as they are fixed.
    Path { variable: Variable, fields: Vec<String> },
    /// A path compared with a fixed text, at the place of the text.
    Compared { variable: Variable, fields: Vec<String>, text: String },
    /// A function of `calls`, with its arguments where they are fixed texts.
    Calls { function: CallsFunction, arguments: Vec<Argument> },
    /// `now()`.
    Now,
}

/// An argument of a function of `calls`.
#[derive(Debug)]
pub(crate) struct Argument {
    /// The text, where it is a fixed one.
    pub(crate) text: Option<String>,
    /// First character in the expression.
    pub(crate) from: u32,
    /// Character after the last.
    pub(crate) to: u32,
}

/// A variable that the surroundings provide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Variable {
    Object,
    Old,
    Itself,
    Request,
    Bindings,
    Profile,
}

impl Variable {
    pub(crate) const ALL: [Self; 6] =
        [Self::Object, Self::Old, Self::Itself, Self::Request, Self::Bindings, Self::Profile];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Object => "object",
            Self::Old => "old",
            Self::Itself => "self",
            Self::Request => "request",
            Self::Bindings => "bindings",
            Self::Profile => "profile",
        }
    }
}

/// A part of an expression and where it stands: characters `from..to` of the text.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) op: Op,
    pub(super) from: u32,
    pub(super) to: u32,
}

#[derive(Debug)]
pub(super) enum Op {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(String),
    Variable(Variable),
    /// A name bound by a macro: its place on the stack.
    Local(usize),
    /// The word `calls` before its dot; never left in a whole expression.
    CallsName,
    Select(Box<Node>, String),
    Has(Box<Node>, String),
    Index(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Negate(Box<Node>),
    And(Box<Node>, Box<Node>),
    Or(Box<Node>, Box<Node>),
    If(Box<Node>, Box<Node>, Box<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    In(Box<Node>, Box<Node>),
    Arithmetic(Arithmetic, Box<Node>, Box<Node>),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
    Each(Box<Each>),
    Call(Function, Vec<Node>),
    Matches(Box<Node>, Regex),
    Calls(CallsFunction, Vec<Node>),
    Now(Option<Box<Node>>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// A macro over the elements of a list or the keys of a map.
#[derive(Debug)]
pub(super) struct Each {
    pub(super) kind: EachKind,
    pub(super) range: Node,
    /// Condition of `map(x, condition, value)`.
    pub(super) condition: Option<Node>,
    pub(super) body: Node,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EachKind {
    All,
    Exists,
    ExistsOne,
    Map,
    Filter,
}
