//! Steps, their operations, and the properties that hold beside them.

use std::time::Duration;

use super::expression::Sight;
use super::object::Purpose;
use super::{Item, Reader};
use crate::diagnostic::Diagnostic;
use crate::expr::Variable;
use crate::names::INSTANCE;
use crate::plan::{Action, Capability, On, Operation, Property, PropertyKind, Step, Target, Until};
use crate::words::{
    CHANGE, CONDITION, CRASH, DELETE, EXPECT, FOR, NOTHING, ON, OPERATION, PROPERTY, REF, RELEASE,
    RESTART, SCRIPT, SLEEP, STEP, TIMEOUTS, WAIT, WRITE,
};
use crate::yaml::Tree;

/// Limits of operations by their kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeouts {
    pub(crate) apply: Duration,
    pub(crate) assert: Duration,
    pub(crate) error: Duration,
    pub(crate) delete: Duration,
    pub(crate) wait: Duration,
    pub(crate) exec: Duration,
    pub(crate) cleanup: Duration,
    /// The most that any of them may be.
    pub(crate) deadline: Duration,
}

/// The steps of a plan while they are read.
pub(crate) struct Steps {
    pub(crate) timeouts: Timeouts,
    pub(crate) steps: Vec<Step>,
    pub(crate) properties: Vec<Property>,
    /// Operations so far.
    count: usize,
}

/// The part of a step that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Work,
    Cleanup,
}

impl Timeouts {
    /// What is taken where the file says nothing.
    pub(crate) const fn new(deadline: Duration) -> Self {
        const fn minutes(n: u64) -> Duration {
            Duration::from_secs(n * 60)
        }
        Self {
            apply: minutes(1),
            assert: minutes(10),
            error: minutes(10),
            delete: minutes(10),
            wait: minutes(60),
            exec: minutes(1),
            cleanup: minutes(10),
            deadline,
        }
    }
}

impl Steps {
    pub(crate) const fn new(timeouts: Timeouts) -> Self {
        Self { timeouts, steps: Vec::new(), properties: Vec::new(), count: 0 }
    }
}

impl Reader<'_> {
    /// The limits of operations.
    pub(crate) fn timeouts(&mut self, item: Item<'_>, deadline: Duration) -> Timeouts {
        let mut timeouts = Timeouts::new(deadline);
        let Some(fields) = self.map(item, &TIMEOUTS) else { return timeouts };
        for (name, slot) in [
            ("apply", &mut timeouts.apply),
            ("assert", &mut timeouts.assert),
            ("error", &mut timeouts.error),
            ("delete", &mut timeouts.delete),
            ("wait", &mut timeouts.wait),
            ("exec", &mut timeouts.exec),
            ("cleanup", &mut timeouts.cleanup),
        ] {
            if let Some(item) = fields.get(name)
                && let Some(time) = self.patience(item, deadline)
            {
                *slot = time;
            }
        }
        timeouts
    }

    /// All steps.
    pub(crate) fn steps(&mut self, nodes: &[Tree], steps: &mut Steps) {
        let mut names: Vec<(String, crate::source::Span)> = Vec::new();
        for node in nodes {
            let item = Item::alone(node);
            let Some(fields) = self.map(item, &STEP) else { continue };
            let name = fields.get("name").and_then(|item| {
                let name = self.name(item)?;
                let span = item.value.span;
                if let Some((_, first)) = names.iter().find(|(other, _)| *other == name) {
                    let message = format!("there are two steps `{name}`");
                    let first = *first;
                    self.tell(
                        Diagnostic::error("duplicate-name", span, message)
                            .with_related(first, "first here"),
                    );
                }
                names.push((name.clone(), span));
                Some(name)
            });
            if let Some(item) = fields.get("description") {
                self.text(item);
            }
            let mut part = |reader: &mut Self, name, part| match fields.get(name) {
                Some(item) => reader.operations(item, part, steps),
                None => Vec::new(),
            };
            let step = Step {
                name: name.unwrap_or_default(),
                tries: part(self, "try", Part::Work),
                catches: part(self, "catch", Part::Work),
                finally: part(self, "finally", Part::Work),
                cleanup: part(self, "cleanup", Part::Cleanup),
            };
            steps.steps.push(step);
        }
    }

    fn operations(&mut self, item: Item<'_>, part: Part, steps: &mut Steps) -> Vec<Operation> {
        let nodes = self.list(item);
        nodes
            .iter()
            .filter_map(|node| {
                let index = steps.count;
                steps.count += 1;
                self.operation(Item::alone(node), index, part, steps)
            })
            .collect()
    }

    fn operation(
        &mut self,
        item: Item<'_>,
        index: usize,
        part: Part,
        steps: &mut Steps,
    ) -> Option<Operation> {
        let fields = self.map(item, &OPERATION)?;
        let (word, item) = fields.chosen()?;
        let mut timeout = default_timeout(word, part, &steps.timeouts);
        let action = match word {
            "apply" | "create" => self.write(word, item, &mut timeout, steps.timeouts.deadline)?,
            "patch" | "update" => self.change(word, item, &mut timeout, steps.timeouts.deadline)?,
            "delete" => self.delete(item, &mut timeout, steps.timeouts.deadline)?,
            "assert" | "error" => self.expect(word, item, &mut timeout, steps.timeouts.deadline)?,
            "wait" => self.wait(item, &mut timeout, steps.timeouts.deadline)?,
            "sleep" => {
                let fields = self.map(item, &SLEEP)?;
                let item = fields.get("duration")?;
                let duration = self.patience(item, steps.timeouts.deadline)?;
                if duration > LONG_SLEEP {
                    self.uses(Capability::Clock, item, "a sleep of more than a minute");
                }
                timeout = duration;
                Action::Sleep { duration }
            }
            "script" => {
                self.uses(Capability::RealClock, item, "`script`");
                let fields = self.map(item, &SCRIPT)?;
                self.timeout(fields.get("timeout"), &mut timeout, steps.timeouts.deadline);
                let content = fields.get("content").and_then(|item| self.full_text(item))?;
                Action::Script { content }
            }
            "crash" => {
                self.uses(Capability::Crash, item, "`crash`");
                let fields = self.map(item, &CRASH)?;
                let after = fields.get("restartAfter").and_then(|item| self.duration(item));
                Action::Crash { restart_after: after }
            }
            "restart" => {
                self.uses(Capability::Crash, item, "`restart`");
                let fields = self.map(item, &RESTART)?;
                let provider = fields.get("provider").and_then(|item| self.provider(item));
                Action::Restart { provider }
            }
            "aap" => {
                self.uses(Capability::FakeAap, item, "`aap`");
                Action::Aap(self.aap_action(item)?)
            }
            "release" => {
                self.uses(Capability::WatchDelay, item, "`release`");
                let fields = self.map(item, &RELEASE)?;
                let client = self.or(&fields, "client", "operator".to_owned(), Self::full_text);
                Action::Release { client }
            }
            _ => {
                let kind = property_kind(word);
                let property = self.property(item, kind, Some(index))?;
                steps.properties.push(property);
                Action::Property
            }
        };
        Some(Operation { index, span: item.key, action, timeout })
    }

    fn timeout(&mut self, item: Option<Item<'_>>, timeout: &mut Duration, deadline: Duration) {
        if let Some(item) = item
            && let Some(time) = self.patience(item, deadline)
        {
            *timeout = time;
        }
    }

    fn write(
        &mut self,
        word: &str,
        item: Item<'_>,
        timeout: &mut Duration,
        deadline: Duration,
    ) -> Option<Action> {
        let fields = self.map(item, &WRITE)?;
        self.timeout(fields.get("timeout"), timeout, deadline);
        let resource = self.template(fields.get("resource")?, Purpose::Whole)?;
        Some(match word {
            "apply" => Action::Apply { resource },
            _ => Action::Create { resource },
        })
    }

    fn change(
        &mut self,
        word: &str,
        item: Item<'_>,
        timeout: &mut Duration,
        deadline: Duration,
    ) -> Option<Action> {
        let fields = self.map(item, &CHANGE)?;
        self.timeout(fields.get("timeout"), timeout, deadline);
        let subresource = fields
            .get("subresource")
            .and_then(|item| self.one_of(item, &["status"]))
            .map(str::to_owned);
        let purpose = match (word, &subresource) {
            ("update", None) => Purpose::Whole,
            _ => Purpose::Part,
        };
        let resource = self.template(fields.get("resource")?, purpose)?;
        Some(match word {
            "patch" => Action::Patch { resource, subresource },
            _ => Action::Update { resource, subresource },
        })
    }

    fn delete(
        &mut self,
        item: Item<'_>,
        timeout: &mut Duration,
        deadline: Duration,
    ) -> Option<Action> {
        let fields = self.map(item, &DELETE)?;
        self.timeout(fields.get("timeout"), timeout, deadline);
        let wait = self.or(&fields, "wait", true, Self::bool);
        let which = self.map(fields.get("ref")?, &REF)?;
        let target = self.target(&which)?;
        Some(Action::Delete { target, wait })
    }

    fn expect(
        &mut self,
        word: &str,
        item: Item<'_>,
        timeout: &mut Duration,
        deadline: Duration,
    ) -> Option<Action> {
        let fields = self.map(item, &EXPECT)?;
        self.timeout(fields.get("timeout"), timeout, deadline);
        let pattern = self.pattern(fields.get("resource")?)?;
        Some(match word {
            "assert" => Action::Assert { pattern },
            _ => Action::Error { pattern },
        })
    }

    fn wait(
        &mut self,
        item: Item<'_>,
        timeout: &mut Duration,
        deadline: Duration,
    ) -> Option<Action> {
        let fields = self.map(item, &WAIT)?;
        self.timeout(fields.get("timeout"), timeout, deadline);
        let target = match fields.get("kind") {
            Some(_) => Some(self.target(&fields)?),
            None => {
                for name in ["apiVersion", "namespace", "name", "labels"] {
                    if let Some(item) = fields.get(name) {
                        let message = format!("`{name}` without `kind`");
                        self.tell(Diagnostic::error("missing-key", item.key, message));
                    }
                }
                None
            }
        };
        let until = self.until(fields.get("for")?, target.as_ref())?;
        Some(Action::Wait { target, until })
    }

    fn until(&mut self, item: Item<'_>, target: Option<&Target>) -> Option<Until> {
        let fields = self.map(item, &FOR)?;
        let (word, item) = fields.chosen()?;
        if matches!(word, "deletion" | "condition") && target.is_none() {
            let message = format!("`{word}` of which object?");
            let hint = "add `kind` and `name` beside `for`";
            self.tell(Diagnostic::error("missing-key", item.key, message).with_hint(hint));
        }
        match word {
            "deletion" => self.map(item, &NOTHING).map(|_| Until::Deleted),
            "rest" => self.map(item, &NOTHING).map(|_| Until::Rest),
            "condition" => {
                let fields = self.map(item, &CONDITION)?;
                let name = fields.get("name").and_then(|item| self.full_text(item));
                let value = self.or(&fields, "value", "True".to_owned(), Self::full_text);
                Some(Until::Condition { name: name?, value })
            }
            _ => {
                let sight = Sight::wait(target.map(|target| target.kind.as_str()));
                let expression = self.condition(item, sight)?;
                if target.is_none() && expression.mentions(Variable::Object) {
                    let message = "`object` of which kind?";
                    let hint = "add `kind` and `name` beside `for`";
                    let span = expression.span();
                    self.tell(Diagnostic::error("missing-key", span, message).with_hint(hint));
                }
                Some(Until::Expression(expression))
            }
        }
    }

    /// The properties of a list.
    pub(crate) fn properties(&mut self, nodes: &[Tree], kind: PropertyKind, steps: &mut Steps) {
        for node in nodes {
            if let Some(property) = self.property(Item::alone(node), kind, None) {
                steps.properties.push(property);
            }
        }
    }

    fn property(
        &mut self,
        item: Item<'_>,
        kind: PropertyKind,
        from: Option<usize>,
    ) -> Option<Property> {
        let fields = self.map(item, &PROPERTY)?;
        let on = match fields.get("on") {
            Some(item) => Some(self.on(item)?),
            None => None,
        };
        let that = fields.get("that")?;
        let instances = || On::Object { kind: INSTANCE.to_owned(), name: None };
        let on = on.unwrap_or_else(|| match (kind, self.mentioned(that)) {
            // what holds at rest is asked of the world then
            (PropertyKind::Eventually, _) | (_, None) => On::World,
            (_, Some(Variable::Request)) => On::Request,
            (_, Some(_)) => instances(),
        });
        let sight = match &on {
            On::Object { kind, .. } => Sight::revisions(Some(kind)),
            On::Request => Sight::REQUESTS,
            On::World => {
                Sight { place: "in a property on the world", ..Sight::wait(Some(INSTANCE)) }
            }
        };
        let that = self.condition(that, sight)?;
        Some(Property { kind, on, that, from, span: item.key })
    }

    /// The variable by which a condition shows what it is about.
    fn mentioned(&mut self, item: Item<'_>) -> Option<Variable> {
        let super::expression::Inner::Expression(text, _) =
            super::expression::inner(item.value.text()?)
        else {
            return None;
        };
        let program = self.programs.compile(text);
        [Variable::Request, Variable::Object, Variable::Old]
            .into_iter()
            .find(|variable| program.mentions(*variable))
    }

    fn on(&mut self, item: Item<'_>) -> Option<On> {
        if item.value.text().is_some() {
            return Some(match self.one_of(item, &["object", "request", "world"])? {
                "object" => On::Object { kind: INSTANCE.to_owned(), name: None },
                "request" => On::Request,
                _ => On::World,
            });
        }
        let fields = self.map(item, &ON)?;
        let name = fields.get("name").and_then(|item| self.full_text(item));
        let kind = fields.get("kind").and_then(|item| self.full_text(item));
        Some(On::Object { kind: kind?, name })
    }
}

/// A sleep that is longer needs virtual time, or patience.
const LONG_SLEEP: Duration = Duration::from_secs(60);

fn default_timeout(word: &str, part: Part, timeouts: &Timeouts) -> Duration {
    if part == Part::Cleanup {
        return timeouts.cleanup;
    }
    match word {
        "assert" => timeouts.assert,
        "error" => timeouts.error,
        "delete" => timeouts.delete,
        "wait" => timeouts.wait,
        "script" | "crash" | "restart" => timeouts.exec,
        _ => timeouts.apply,
    }
}

fn property_kind(word: &str) -> PropertyKind {
    match word {
        "never" => PropertyKind::Never,
        "always" => PropertyKind::Always,
        _ => PropertyKind::Eventually,
    }
}
