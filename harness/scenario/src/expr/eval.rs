//! The evaluator: walks a compiled expression over data that stays where it is.
//!
//! It is CEL's dynamic evaluation with two rules of its own, both for watching objects that grow:
//! a field that is not there is null, and null has no fields and no elements. `has()` still tells
//! whether a field is there. Maps are walked in the order of their keys.

use std::collections::BTreeMap;
use std::rc::Rc;

use jiff::SignedDuration;

use super::Scope;
use super::functions::{apply, apply_calls};
use super::ir::{Arithmetic, Comparison, Each, EachKind, Node, Op, Variable};
use super::value::Val;
use serde_json::Value;

/// Parts of an expression that one evaluation may visit.
pub(crate) const STEPS_MAX: u32 = 200_000;

/// Why an evaluation failed: what, and where in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) from: u32,
    pub(super) to: u32,
}

/// One evaluation.
pub(super) struct Evaluator<'a> {
    scope: &'a Scope<'a>,
    itself: Option<&'a Value>,
    locals: Vec<Val<'a>>,
    steps: u32,
}

type Outcome<'a> = Result<Val<'a>, Fault>;

fn fault<T>(node: &Node, message: impl Into<String>) -> Result<T, Fault> {
    Err(Fault { message: message.into(), from: node.from, to: node.to })
}

impl<'a> Evaluator<'a> {
    /// An evaluation in a scope; `itself` is the value that a pattern stands at.
    pub(super) fn new(scope: &'a Scope<'a>, itself: Option<&'a Value>) -> Self {
        Self { scope, itself, locals: Vec::new(), steps: 0 }
    }

    pub(super) fn eval(&mut self, node: &'a Node) -> Outcome<'a> {
        self.steps += 1;
        if self.steps > STEPS_MAX {
            return fault(node, "the expression takes too many steps");
        }
        match &node.op {
            Op::Null | Op::CallsName => Ok(Val::Null),
            Op::Bool(b) => Ok(Val::Bool(*b)),
            Op::Int(i) => Ok(Val::Int(*i)),
            Op::Double(d) => Ok(Val::Double(*d)),
            Op::Text(s) => Ok(Val::Text(s.as_str().into())),
            Op::Variable(variable) => Ok(self.variable(*variable)),
            Op::Local(slot) => Ok(self.locals.get(*slot).cloned().unwrap_or(Val::Null)),
            Op::Select(operand, field) => {
                let value = self.eval(operand)?;
                let found = value.field(field).or_else(|message| fault(node, message))?;
                Ok(found.unwrap_or(Val::Null))
            }
            Op::Has(operand, field) => {
                let value = self.eval(operand)?;
                let found = value.field(field).or_else(|message| fault(node, message))?;
                Ok(Val::Bool(found.is_some()))
            }
            Op::Index(operand, index) => self.index(node, operand, index),
            Op::Not(operand) => Ok(Val::Bool(!self.truth(operand)?)),
            Op::Negate(operand) => self.negate(node, operand),
            Op::And(a, b) => self.logic(a, b, false),
            Op::Or(a, b) => self.logic(a, b, true),
            Op::If(condition, yes, no) => {
                if self.truth(condition)? {
                    self.eval(yes)
                } else {
                    self.eval(no)
                }
            }
            Op::Compare(comparison, a, b) => self.compare(node, *comparison, a, b),
            Op::In(item, container) => self.contains(node, item, container),
            Op::Arithmetic(operation, a, b) => self.arithmetic(node, *operation, a, b),
            Op::List(items) => {
                let items = items.iter().map(|item| self.eval(item)).collect::<Result<_, _>>()?;
                Ok(Val::List(Rc::new(items)))
            }
            Op::Map(entries) => self.map(entries),
            Op::Each(each) => self.each(each),
            Op::Call(function, arguments) => {
                let arguments = self.all(arguments)?;
                apply(*function, &arguments).or_else(|message| fault(node, message))
            }
            Op::Matches(subject, regex) => match self.eval(subject)? {
                Val::Text(text) => Ok(Val::Bool(regex.is_match(&text))),
                other => fault(node, format!("a text is needed, this is {}", other.kind())),
            },
            Op::Calls(function, arguments) => {
                let arguments = self.all(arguments)?;
                let Some(calls) = self.scope.calls.as_deref() else {
                    return fault(node, "`calls` is not known here");
                };
                apply_calls(*function, &arguments, calls).or_else(|message| fault(node, message))
            }
            Op::Now(offset) => self.now(node, offset.as_deref()),
        }
    }

    fn all(&mut self, nodes: &'a [Node]) -> Result<Vec<Val<'a>>, Fault> {
        nodes.iter().map(|node| self.eval(node)).collect()
    }

    fn variable(&self, variable: Variable) -> Val<'a> {
        let value = match variable {
            Variable::Object => self.scope.object,
            Variable::Old => self.scope.old,
            Variable::Itself => self.itself.or(self.scope.object),
            Variable::Request => self.scope.request,
            Variable::Bindings => Some(self.scope.bindings),
            Variable::Profile => Some(self.scope.profile),
        };
        value.map_or(Val::Null, Val::of)
    }

    /// The value of a condition.
    pub(super) fn truth(&mut self, node: &'a Node) -> Result<bool, Fault> {
        match self.eval(node)? {
            Val::Bool(b) => Ok(b),
            other => fault(node, format!("true or false is needed, this is {}", other.kind())),
        }
    }

    /// `&&` and `||`: one side that decides makes the other's error not matter.
    fn logic(&mut self, a: &'a Node, b: &'a Node, decisive: bool) -> Outcome<'a> {
        match self.truth(a) {
            Ok(x) if x == decisive => Ok(Val::Bool(decisive)),
            Ok(_) => Ok(Val::Bool(self.truth(b)?)),
            Err(error) => match self.truth(b) {
                Ok(x) if x == decisive => Ok(Val::Bool(decisive)),
                _ => Err(error),
            },
        }
    }

    fn index(&mut self, node: &Node, operand: &'a Node, index: &'a Node) -> Outcome<'a> {
        let value = self.eval(operand)?;
        let found = match self.eval(index)? {
            Val::Text(key) => value.field(&key),
            Val::Int(i) => value.element(i),
            other => Err(format!("a {} is no index", other.kind())),
        };
        Ok(found.or_else(|message| fault(node, message))?.unwrap_or(Val::Null))
    }

    fn negate(&mut self, node: &Node, operand: &'a Node) -> Outcome<'a> {
        match self.eval(operand)? {
            Val::Int(i) => match i.checked_neg() {
                Some(i) => Ok(Val::Int(i)),
                None => fault(node, "the number is too large"),
            },
            Val::Double(d) => Ok(Val::Double(-d)),
            Val::Duration(d) => match d.checked_neg() {
                Some(d) => Ok(Val::Duration(d)),
                None => fault(node, "the duration is too long"),
            },
            other => fault(node, format!("a {} cannot be negated", other.kind())),
        }
    }

    fn compare(
        &mut self,
        node: &Node,
        comparison: Comparison,
        a: &'a Node,
        b: &'a Node,
    ) -> Outcome<'a> {
        let (x, y) = (self.eval(a)?, self.eval(b)?);
        let result = match comparison {
            Comparison::Equal => x.equals(&y),
            Comparison::NotEqual => !x.equals(&y),
            Comparison::Less
            | Comparison::LessOrEqual
            | Comparison::Greater
            | Comparison::GreaterOrEqual => {
                let Some(order) = x.order(&y) else {
                    let (x, y) = (x.kind(), y.kind());
                    return fault(node, format!("{x} and {y} have no order"));
                };
                match comparison {
                    Comparison::Less => order.is_lt(),
                    Comparison::LessOrEqual => order.is_le(),
                    Comparison::Greater => order.is_gt(),
                    _ => order.is_ge(),
                }
            }
        };
        Ok(Val::Bool(result))
    }

    fn contains(&mut self, node: &Node, item: &'a Node, container: &'a Node) -> Outcome<'a> {
        let (item, container) = (self.eval(item)?, self.eval(container)?);
        match (&item, container.kind()) {
            (Val::Text(key), "map") => match container.field(key) {
                Ok(found) => Ok(Val::Bool(found.is_some())),
                Err(message) => fault(node, message),
            },
            // keys are texts
            (Val::Bool(_) | Val::Int(_) | Val::Double(_), "map") => Ok(Val::Bool(false)),
            (_, "list" | "null") => match container.items() {
                Ok(items) => Ok(Val::Bool(items.iter().any(|other| other.equals(&item)))),
                Err(message) => fault(node, message),
            },
            (_, kind) => fault(node, format!("a {kind} holds no {}", item.kind())),
        }
    }

    fn arithmetic(
        &mut self,
        node: &Node,
        operation: Arithmetic,
        a: &'a Node,
        b: &'a Node,
    ) -> Outcome<'a> {
        let (x, y) = (self.eval(a)?, self.eval(b)?);
        let result = match (&x, &y) {
            (Val::Int(x), Val::Int(y)) => whole(operation, *x, *y).map(Val::Int),
            (Val::Double(x), Val::Double(y)) => Some(Val::Double(match operation {
                Arithmetic::Add => x + y,
                Arithmetic::Subtract => x - y,
                Arithmetic::Multiply => x * y,
                Arithmetic::Divide => x / y,
                Arithmetic::Remainder => {
                    return fault(node, "double and double do not go together here");
                }
            })),
            (Val::Time(_) | Val::Duration(_), Val::Time(_) | Val::Duration(_)) => {
                match times(operation, &x, &y) {
                    Some(result) => result,
                    None => return mismatch(node, &x, &y),
                }
            }
            (Val::Text(x), Val::Text(y)) if operation == Arithmetic::Add => {
                self.steps += u32::try_from((x.len() + y.len()) / 64).unwrap_or(u32::MAX);
                Some(Val::Text(format!("{x}{y}").into()))
            }
            _ if operation == Arithmetic::Add && x.kind() == "list" && y.kind() == "list" => {
                let (Ok(mut list), Ok(more)) = (x.items(), y.items()) else {
                    return mismatch(node, &x, &y);
                };
                list.extend(more);
                self.steps += u32::try_from(list.len()).unwrap_or(u32::MAX);
                Some(Val::List(Rc::new(list)))
            }
            _ => return mismatch(node, &x, &y),
        };
        result.map_or_else(|| fault(node, "the result is out of bounds"), Ok)
    }

    fn map(&mut self, entries: &'a [(Node, Node)]) -> Outcome<'a> {
        let mut map = BTreeMap::new();
        for (key, value) in entries {
            let Val::Text(name) = self.eval(key)? else {
                return fault(key, "the key of a map is a text");
            };
            let value = self.eval(value)?;
            if map.insert(name.into_owned(), value).is_some() {
                return fault(key, "the key is there twice");
            }
        }
        Ok(Val::Map(Rc::new(map)))
    }

    fn each(&mut self, each: &'a Each) -> Outcome<'a> {
        let range = self.eval(&each.range)?;
        let items = range.items().or_else(|message| fault(&each.range, message))?;
        let mut found: Vec<Val<'a>> = Vec::new();
        let mut count = 0_u32;
        let mut pending: Option<Fault> = None;
        for item in items {
            self.locals.push(item.clone());
            let step = self.each_step(each);
            self.locals.pop();
            match (each.kind, step) {
                (EachKind::All, Ok(Some(Val::Bool(false)))) => return Ok(Val::Bool(false)),
                (EachKind::Exists, Ok(Some(Val::Bool(true)))) => return Ok(Val::Bool(true)),
                // another element may still decide
                (EachKind::All | EachKind::Exists, Err(error)) => pending = Some(error),
                (EachKind::ExistsOne, Ok(Some(Val::Bool(true)))) => count += 1,
                (EachKind::Filter, Ok(Some(Val::Bool(true)))) => found.push(item),
                (EachKind::Map, Ok(Some(value))) => found.push(value),
                (_, Err(error)) => return Err(error),
                (_, Ok(_)) => {}
            }
        }
        if let Some(error) = pending {
            return Err(error);
        }
        Ok(match each.kind {
            EachKind::All => Val::Bool(true),
            EachKind::Exists => Val::Bool(false),
            EachKind::ExistsOne => Val::Bool(count == 1),
            EachKind::Map | EachKind::Filter => Val::List(Rc::new(found)),
        })
    }

    /// One element; nothing where the condition of `map` leaves it out.
    fn each_step(&mut self, each: &'a Each) -> Result<Option<Val<'a>>, Fault> {
        if let Some(condition) = &each.condition
            && !self.truth(condition)?
        {
            return Ok(None);
        }
        match each.kind {
            EachKind::Map => self.eval(&each.body).map(Some),
            EachKind::All | EachKind::Exists | EachKind::ExistsOne | EachKind::Filter => {
                self.truth(&each.body).map(|b| Some(Val::Bool(b)))
            }
        }
    }

    fn now(&mut self, node: &Node, offset: Option<&'a Node>) -> Outcome<'a> {
        let seconds = match offset.map(|offset| self.eval(offset)).transpose()? {
            None => 0,
            Some(Val::Int(seconds)) => seconds,
            Some(other) => {
                return fault(node, format!("seconds are a whole number, not {}", other.kind()));
            }
        };
        // on the wire a time has whole seconds
        let whole = jiff::Timestamp::from_second(self.scope.now.as_second());
        match whole.and_then(|now| now.checked_add(SignedDuration::from_secs(seconds))) {
            Ok(time) => Ok(Val::Text(time.to_string().into())),
            Err(_) => fault(node, "the time is out of bounds"),
        }
    }
}

fn mismatch<T>(node: &Node, x: &Val<'_>, y: &Val<'_>) -> Result<T, Fault> {
    fault(node, format!("{} and {} do not go together here", x.kind(), y.kind()))
}

fn whole(operation: Arithmetic, x: i64, y: i64) -> Option<i64> {
    match operation {
        Arithmetic::Add => x.checked_add(y),
        Arithmetic::Subtract => x.checked_sub(y),
        Arithmetic::Multiply => x.checked_mul(y),
        Arithmetic::Divide => x.checked_div(y),
        Arithmetic::Remainder => x.checked_rem(y),
    }
}

/// Sums and differences of times and durations: the outer `None` where there is no such thing,
/// the inner where the result is out of bounds.
fn times<'a>(operation: Arithmetic, x: &Val<'_>, y: &Val<'_>) -> Option<Option<Val<'a>>> {
    match (operation, x, y) {
        (Arithmetic::Add, Val::Time(t), Val::Duration(d))
        | (Arithmetic::Add, Val::Duration(d), Val::Time(t)) => {
            Some(t.checked_add(*d).ok().map(Val::Time))
        }
        (Arithmetic::Subtract, Val::Time(t), Val::Duration(d)) => {
            Some(t.checked_sub(*d).ok().map(Val::Time))
        }
        (Arithmetic::Subtract, Val::Time(a), Val::Time(b)) => {
            Some(Some(Val::Duration(a.duration_since(*b))))
        }
        (Arithmetic::Add, Val::Duration(a), Val::Duration(b)) => {
            Some(a.checked_add(*b).map(Val::Duration))
        }
        (Arithmetic::Subtract, Val::Duration(a), Val::Duration(b)) => {
            Some(a.checked_sub(*b).map(Val::Duration))
        }
        _ => None,
    }
}
