//! Expressions: CEL in parentheses, compiled once, evaluated often.
//!
//! Reading and evaluation are our own: they look at JSON where it lies instead of converting each
//! object for each look at it, walk maps in order, and know which part of a text is wrong, failed
//! or decided. A test compares them with the `cel` crate.

mod compile;
mod eval;
mod functions;
mod ir;
mod lex;
mod parse;
#[cfg(test)]
mod tests;
mod value;

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use self::eval::{Evaluator, Fault};
use self::ir::{Node, Op};
use crate::source::Span;

pub(crate) use self::compile::{Mistake, TEXT_MAX as EXPRESSION_TEXT_MAX, compile};
pub(crate) use self::eval::STEPS_MAX;
pub(crate) use self::functions::{CALLS, CallsFunction, FUNCTIONS};
pub(crate) use self::ir::{Argument, Program, Referent, Variable};
pub(crate) use self::parse::{DEPTH_MAX as EXPRESSION_DEPTH_MAX, MACROS};

/// A compiled expression at its place in a file. Cheap to clone.
#[derive(Clone)]
pub struct Expr {
    program: Arc<Program>,
    places: Arc<Places>,
}

/// Where the characters of an expression stand in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Places {
    /// The whole expression with its parentheses.
    pub(crate) whole: Span,
    /// Runs of characters that follow each other in the file: first character's number in the
    /// text, its line and its column. Never empty.
    pub(crate) runs: Vec<(u32, u32, u32)>,
}

impl Places {
    /// The span of characters `from..to` of the text, cut at the end of its run.
    pub(crate) fn span(&self, from: u32, to: u32) -> Span {
        let run = self.runs.iter().rposition(|(start, _, _)| *start <= from);
        let Some((start, line, column)) = run.and_then(|n| self.runs.get(n)) else {
            return self.whole;
        };
        let next = run.and_then(|n| self.runs.get(n + 1)).map_or(u32::MAX, |(start, _, _)| *start);
        let width = to.min(next).saturating_sub(from).max(1);
        Span::new(*line, column + (from - start), width)
    }
}

/// What an expression can see.
pub struct Scope<'a> {
    /// The object at hand.
    pub object: Option<&'a Value>,
    /// Its former revision.
    pub old: Option<&'a Value>,
    /// The request at hand.
    pub request: Option<&'a Value>,
    /// The variant's bindings.
    pub bindings: &'a Value,
    /// The operator profile's values.
    pub profile: &'a Value,
    /// Counts and order of calls.
    pub calls: Option<Arc<dyn Calls>>,
    /// The world's time; `now()` shows whole seconds of it.
    pub now: Timestamp,
}

impl<'a> Scope<'a> {
    /// A scope with bindings and profile alone, at the epoch.
    #[must_use]
    pub fn new(bindings: &'a Value, profile: &'a Value) -> Self {
        Self {
            object: None,
            old: None,
            request: None,
            bindings,
            profile,
            calls: None,
            now: Timestamp::UNIX_EPOCH,
        }
    }
}

/// Counts and order of the calls of a world so far. `object` is an instance's name; none = any.
pub trait Calls: Send + Sync {
    /// Launches that AAP accepted.
    fn launches(&self, role: &str, object: Option<&str>) -> i64;
    /// Launch requests that were sent.
    fn attempts(&self, role: &str, object: Option<&str>) -> i64;
    /// Cancel requests.
    fn cancels(&self, object: Option<&str>) -> i64;
    /// Polls of a job by its id, or of all.
    fn gets(&self, job: Option<&str>) -> i64;
    /// Searches in job lists.
    fn lookups(&self) -> i64;
    /// Webhooks that EDA accepted.
    fn webhooks(&self, role: &str, object: Option<&str>) -> i64;
    /// Requests of a verb from a client to a server.
    fn sent(&self, from: &str, to: &str, verb: &str) -> i64;
    /// Milliseconds from the start to the first `launch:provision`, `launch:deprovision`, `cancel`,
    /// `webhook:provision`, `webhook:deprovision`, `job:STATUS`.
    fn first(&self, what: &str) -> Option<i64>;
    /// The same for the last.
    fn last(&self, what: &str) -> Option<i64>;
    /// How often a fault took effect.
    fn felt(&self, fault: &str) -> i64;
    /// The states that AAP's nth job of a role went through, from 1.
    fn job_states(&self, role: &str, nth: i64) -> Vec<String>;
    /// Jobs that are active in AAP now.
    fn active_jobs(&self, object: Option<&str>) -> i64;
}

/// An expression that could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}: `{part}`")]
pub struct EvalError {
    /// What is wrong.
    pub message: String,
    /// The part of the expression that it is about.
    pub part: String,
    /// Where that part stands in the file.
    pub span: Span,
}

/// A part of an expression and what it came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The part's text.
    pub part: String,
    /// Its value, or why it has none.
    pub value: Result<Value, EvalError>,
    /// Where it stands in the file.
    pub span: Span,
}

impl Expr {
    pub(crate) fn new(program: Arc<Program>, places: Places) -> Self {
        Self { program, places: Arc::new(places) }
    }

    /// The expression without its outer parentheses.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.program.text
    }

    /// Where it stands, parentheses included.
    #[must_use]
    pub fn span(&self) -> Span {
        self.places.whole
    }

    /// Its value.
    ///
    /// # Errors
    ///
    /// A part that has no value: no order between null and a number, a field of a text.
    pub fn eval(&self, scope: &Scope<'_>) -> Result<Value, EvalError> {
        self.eval_at(scope, None)
    }

    /// Whether it sees nothing but bindings and profile, so that its value is known already.
    pub(crate) fn is_closed(&self) -> bool {
        self.program.references.iter().all(|reference| match &reference.what {
            Referent::Path { variable, .. } | Referent::Compared { variable, .. } => {
                matches!(variable, Variable::Bindings | Variable::Profile)
            }
            Referent::Calls { .. } | Referent::Now => false,
        })
    }

    /// Whether its value is the same as long as the objects are the same: it asks for neither calls
    /// nor the time.
    #[must_use]
    pub fn sees_only_objects(&self) -> bool {
        self.program.references.iter().all(|reference| match &reference.what {
            Referent::Path { .. } | Referent::Compared { .. } => true,
            Referent::Calls { .. } | Referent::Now => false,
        })
    }

    /// Whether it may look at the body of a request or of an object: if not, a body need not be
    /// read to evaluate it.
    #[must_use]
    pub fn sees_bodies(&self) -> bool {
        self.program.references.iter().any(|reference| match &reference.what {
            Referent::Path { variable, fields } | Referent::Compared { variable, fields, .. } => {
                match variable {
                    Variable::Object | Variable::Old | Variable::Itself => true,
                    Variable::Request => fields.first().is_none_or(|field| field == "body"),
                    Variable::Bindings | Variable::Profile => false,
                }
            }
            Referent::Calls { .. } | Referent::Now => false,
        })
    }

    /// Whether it refers to a variable.
    pub(crate) fn mentions(&self, variable: Variable) -> bool {
        self.program.mentions(variable)
    }

    /// Its value, with `self` being the value that a pattern stands at.
    pub(crate) fn eval_at(
        &self,
        scope: &Scope<'_>,
        itself: Option<&Value>,
    ) -> Result<Value, EvalError> {
        Evaluator::new(scope, itself)
            .eval(&self.program.root)
            .map(|value| value.to_json())
            .map_err(|fault| self.error(fault))
    }

    /// Whether it is true.
    ///
    /// # Errors
    ///
    /// As [`Expr::eval`], and where its value is neither true nor false.
    pub fn holds(&self, scope: &Scope<'_>) -> Result<bool, EvalError> {
        Evaluator::new(scope, None).truth(&self.program.root).map_err(|fault| self.error(fault))
    }

    /// What a condition looked at: the operands of the comparisons and the calls that it is made
    /// of, with their values. At most 16, in the order of the text; constants are left out.
    #[must_use]
    pub fn explain(&self, scope: &Scope<'_>) -> Vec<Seen> {
        let mut parts = Vec::new();
        operands(&self.program.root, &mut parts);
        let mut seen: Vec<Seen> = Vec::new();
        for node in parts {
            let part = self.part(node.from, node.to);
            if seen.len() >= SEEN_MAX || seen.iter().any(|s| s.part == part) {
                continue;
            }
            let value = Evaluator::new(scope, None)
                .eval(node)
                .map(|value| value.to_json())
                .map_err(|fault| self.error(fault));
            seen.push(Seen { part, value, span: self.places.span(node.from, node.to) });
        }
        seen
    }

    fn part(&self, from: u32, to: u32) -> String {
        let length = to.saturating_sub(from) as usize;
        self.program.text.chars().skip(from as usize).take(length).collect()
    }

    fn error(&self, fault: Fault) -> EvalError {
        EvalError {
            message: fault.message,
            part: self.part(fault.from, fault.to),
            span: self.places.span(fault.from, fault.to),
        }
    }
}

/// Parts that an explanation shows.
const SEEN_MAX: usize = 16;

/// The parts of a condition that are worth showing.
fn operands<'a>(node: &'a Node, found: &mut Vec<&'a Node>) {
    match &node.op {
        Op::And(a, b) | Op::Or(a, b) | Op::Compare(_, a, b) | Op::In(a, b) => {
            operands(a, found);
            operands(b, found);
        }
        Op::Not(a) | Op::Matches(a, _) => operands(a, found),
        Op::If(a, b, c) => {
            operands(a, found);
            operands(b, found);
            operands(c, found);
        }
        Op::Null
        | Op::Bool(_)
        | Op::Int(_)
        | Op::Double(_)
        | Op::Text(_)
        | Op::Negate(_)
        | Op::CallsName => {}
        // what a macro binds has no value outside of it, so macros are shown whole
        Op::Variable(_)
        | Op::Local(_)
        | Op::Select(..)
        | Op::Has(..)
        | Op::Index(..)
        | Op::Arithmetic(..)
        | Op::List(_)
        | Op::Map(_)
        | Op::Each(_)
        | Op::Call(..)
        | Op::Calls(..)
        | Op::Now(_) => found.push(node),
    }
}

impl fmt::Debug for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "({})", self.text())
    }
}
