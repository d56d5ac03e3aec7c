//! Operations that wait: assert, error, wait. Waiting is by event: the first look is immediate,
//! each further one follows something that happened.

use std::sync::Arc;
use std::time::Duration;

use scenario::expr::Seen;
use scenario::matching::{Difference, Pattern};
use scenario::plan::{Target, Until};
use scenario::{EvalError, Expr};
use serde_json::Value;
use trace::StepOutcome;

use super::objects::human;
use super::{Bench, done, unmet};
use crate::world::rest;

impl Bench<'_> {
    pub(super) async fn assert(&self, pattern: &Pattern) -> StepOutcome {
        let mut last = Look::default();
        let patience = self.operation.timeout;
        let matched = self
            .until(patience, pattern.sees_only_objects(), || {
                last = self.look(pattern);
                last.matches
            })
            .await;
        if matched {
            return done();
        }
        let expected = format!("{} within {}", described(pattern), human(patience));
        let (seen, object) = match &last.nearest {
            None => (format!("there is no such {}", pattern.kind), String::new()),
            Some(object) => ("it differs".to_owned(), full_name(object)),
        };
        StepOutcome::Unmet { expected, seen, differences: last.told(), object }
    }

    pub(super) async fn error(&self, pattern: &Pattern) -> StepOutcome {
        let mut last = Look::default();
        let patience = self.operation.timeout;
        let absent = self
            .until(patience, pattern.sees_only_objects(), || {
                last = self.look(pattern);
                !last.matches
            })
            .await;
        if absent {
            return done();
        }
        let object = last.nearest.as_deref().map(full_name).unwrap_or_default();
        let expected =
            format!("nothing there of which {} within {}", described(pattern), human(patience));
        unmet(expected, format!("{object} still matches"), &object)
    }

    pub(super) async fn wait(&self, target: Option<&Target>, until: &Until) -> StepOutcome {
        let patience = self.operation.timeout;
        if let Until::Rest = until {
            return match rest::wait(self.hands, patience).await {
                Ok(()) => done(),
                Err(last) => unmet(format!("rest within {}", human(patience)), last, ""),
            };
        }
        let mut failed = None;
        let of_objects = match until {
            Until::Deleted | Until::Condition { .. } => true,
            Until::Expression(expression) => expression.sees_only_objects(),
            Until::Rest => false,
        };
        let met = self
            .until(patience, of_objects, || {
                let so = self.so(target, until);
                failed = so.as_ref().err().cloned();
                so.unwrap_or(false)
            })
            .await;
        if met {
            return done();
        }
        let object = target.and_then(|target| self.hands.first(target));
        let named = object.as_deref().map(full_name).unwrap_or_default();
        let (expected, seen) = match until {
            Until::Deleted => ("the object is gone".to_owned(), "it is there".to_owned()),
            Until::Condition { name, value } => {
                let seen = object.as_deref().and_then(|object| condition(object, name));
                let seen =
                    seen.map_or("no such condition".to_owned(), |seen| format!("it is {seen}"));
                (format!("condition {name} is {value}"), seen)
            }
            Until::Expression(expression) => {
                let seen = failed.unwrap_or_else(|| self.explained(expression, object.as_deref()));
                (expression.text().to_owned(), seen)
            }
            Until::Rest => ("rest".to_owned(), String::new()),
        };
        unmet(format!("{expected} within {}", human(patience)), seen, &named)
    }

    fn so(&self, target: Option<&Target>, until: &Until) -> Result<bool, String> {
        let object = target.and_then(|target| self.hands.first(target));
        match until {
            Until::Deleted => Ok(object.is_none()),
            Until::Condition { name, value } => {
                Ok(object.is_some_and(|object| condition(&object, name) == Some(value.as_str())))
            }
            Until::Expression(expression) => expression
                .holds(&self.scope(object.as_deref()))
                .map_err(|error| format!("`{}` failed: {error}", expression.text())),
            Until::Rest => Ok(false),
        }
    }

    /// Waits until `so` holds, looking at once and after each event, for at most `patience`. What
    /// depends on objects alone is looked at again only if one of them has changed.
    pub(super) async fn until(
        &self,
        patience: Duration,
        of_objects: bool,
        mut so: impl FnMut() -> bool,
    ) -> bool {
        let mut events = self.hands.recorder.listen();
        let patience = patience.max(self.hands.least_patience);
        let deadline = tokio::time::Instant::now() + patience;
        let mut looked_at = None;
        loop {
            events.mark_unchanged();
            let version = Some(self.hands.mirror.version());
            if !(of_objects && looked_at == version) && so() {
                return true;
            }
            looked_at = version;
            match tokio::time::timeout_at(deadline, events.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return so(),
            }
        }
    }

    /// What the parts of a condition came to.
    fn explained(&self, expression: &Expr, object: Option<&Value>) -> String {
        let parts = expression.explain(&self.scope(object));
        let told = |seen: &Seen| match &seen.value {
            Ok(value) => format!("{} is {value}", seen.part),
            Err(error) => error.to_string(),
        };
        let told: Vec<String> = parts.iter().map(told).collect();
        if told.is_empty() { "it stayed false".to_owned() } else { told.join(", ") }
    }

    /// Looks for an object that matches. A field that an expression needs and that is not there
    /// yet makes a difference like any other: it may come.
    pub(super) fn look(&self, pattern: &Pattern) -> Look {
        let mut look = Look::default();
        for object in self.hands.mirror.list(&pattern.kind) {
            if !pattern.selects(&object) {
                continue;
            }
            let differences = pattern.differences(&object, &self.scope(Some(&object)));
            let count =
                |found: &Result<Vec<Difference>, EvalError>| found.as_ref().map_or(1, Vec::len);
            if look.nearest.is_none() || count(&differences) < count(&look.differences) {
                look.matches = count(&differences) == 0;
                look.differences = differences;
                look.nearest = Some(object);
            }
            if look.matches {
                break;
            }
        }
        look
    }
}

/// What one look at the mirror showed.
pub(super) struct Look {
    pub(super) matches: bool,
    /// The object with the fewest differences.
    nearest: Option<Arc<Value>>,
    /// Those differences, or why they could not be found out. Only the last ones are ever told.
    differences: Result<Vec<Difference>, EvalError>,
}

impl Default for Look {
    fn default() -> Self {
        Look { matches: false, nearest: None, differences: Ok(Vec::new()) }
    }
}

impl Look {
    fn told(&self) -> Vec<String> {
        match &self.differences {
            Ok(differences) => differences.iter().map(told).collect(),
            Err(error) => vec![error.to_string()],
        }
    }
}

fn condition<'a>(object: &'a Value, name: &str) -> Option<&'a str> {
    let conditions = object.pointer("/status/conditions")?.as_array()?;
    conditions.iter().find(|one| one["type"] == name)?.get("status")?.as_str()
}

/// What a pattern asks for, in a few words: its fields stand in the scenario.
fn described(pattern: &Pattern) -> String {
    match &pattern.name {
        Some(name) => format!("{} {name} matches", pattern.kind),
        None => format!("a {} matches", pattern.kind),
    }
}

fn told(difference: &Difference) -> String {
    let seen = difference.seen.as_ref().map_or_else(|| "nothing".to_owned(), Value::to_string);
    let (line, column) = (difference.span.line, difference.span.column);
    format!("{}: expected {}, seen {seen} ({line}:{column})", difference.path, difference.expected)
}

fn full_name(object: &Value) -> String {
    crate::world::classify::instance_of_object(object).1
}
