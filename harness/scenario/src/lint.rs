//! Checks across the parts of a plan, and across the variants of a file: what can be read but
//! cannot be meant.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Diagnostic;
use crate::matching::Pattern;
use crate::names::INSTANCE;
use crate::plan::{Action, Capability, Operation, Plan, Until};
use crate::plans::{Draft, spec_entry};
use crate::read::Reader;
use crate::source::Span;
use crate::suggest::nearest;
use crate::yaml::{Entry, Tree};

/// Checks a plan against what was noted while it was read.
pub(crate) fn plan(plan: &Plan, place: Span, reader: &mut Reader<'_>) {
    capabilities(plan, reader);
    faults(reader);
    contents(plan, place, reader);
    let mut lives = Lives::new(plan);
    for step in &plan.steps {
        for operation in &step.tries {
            lives.operation(operation, reader);
        }
    }
}

/// What the file uses is required.
fn capabilities(plan: &Plan, reader: &mut Reader<'_>) {
    let mut told = BTreeSet::new();
    for (capability, span, what) in std::mem::take(&mut reader.used) {
        if plan.requires.contains(&capability) || !told.insert(capability) {
            continue;
        }
        let message = format!("{what} needs the capability `{capability}`");
        let hint = format!("add `{capability}` to `requires`");
        reader.tell(Diagnostic::error("missing-capability", span, message).with_hint(hint));
    }
    let wire = [Capability::AapFaults, Capability::ApiFaults, Capability::Eda];
    let on_wire = plan.world.faults.iter().find(|fault| {
        use crate::plan::FaultEffect as Effect;
        match fault.effect {
            Effect::Reply { .. }
            | Effect::Delay { .. }
            | Effect::Hang { .. }
            | Effect::Refuse
            | Effect::Drop { .. } => true,
            Effect::Crash { .. } | Effect::Aap(_) | Effect::Watch(_) => false,
        }
    });
    if let Some(fault) = on_wire
        && !wire.iter().any(|capability| plan.requires.contains(capability))
        && !told.iter().any(|capability| wire.contains(capability))
    {
        let message = "a fault on a wire needs a capability for it";
        let hint = "add `aap-faults`, `api-faults` or `eda` to `requires`";
        let diagnostic = Diagnostic::error("missing-capability", fault.span, message);
        reader.tell(diagnostic.with_hint(hint));
    }
}

/// `calls.felt` counts faults that are there.
fn faults(reader: &mut Reader<'_>) {
    let names = std::mem::take(&mut reader.faults);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for (name, span) in std::mem::take(&mut reader.felt) {
        if names.contains(&name.as_str()) {
            continue;
        }
        let message = format!("there is no fault `{name}`");
        let hint = match nearest(&name, names.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if names.is_empty() => "the world has no faults".to_owned(),
            None => format!("there are: {}", names.join(", ")),
        };
        reader.tell(Diagnostic::error("undefined-name", span, message).with_hint(hint));
    }
}

/// A plan does something and expects something.
fn contents(plan: &Plan, place: Span, reader: &mut Reader<'_>) {
    let operations = || plan.steps.iter().flat_map(|step| &step.tries);
    if operations().next().is_none() {
        // steps that could not be read have been told
        if plan.steps.is_empty() && !reader.diagnostics.iter().any(Diagnostic::is_error) {
            let message = format!("variant `{}` has no steps", plan.variant);
            let hint = "a scenario does something: add `steps`";
            reader.tell(Diagnostic::error("empty", place, message).with_hint(hint));
        }
        return;
    }
    let expects = |operation: &Operation| match &operation.action {
        Action::Assert { .. } | Action::Error { .. } | Action::Wait { .. } | Action::Property => {
            true
        }
        Action::Delete { wait, .. } => *wait,
        Action::Script { .. } => true,
        Action::Apply { .. }
        | Action::Create { .. }
        | Action::Patch { .. }
        | Action::Update { .. }
        | Action::Sleep { .. }
        | Action::Crash { .. }
        | Action::Restart { .. }
        | Action::Aap(_)
        | Action::Release { .. } => false,
    };
    let judged = !plan.properties.is_empty() || !plan.budgets.is_empty();
    if !judged && !operations().any(expects) {
        let message = format!("variant `{}` expects nothing, so it can hardly fail", plan.variant);
        let hint = "add an `assert`, or a condition under `eventually`";
        reader.tell(Diagnostic::warning("expects-nothing", place, message).with_hint(hint));
    }
}

/// Which instances are there, as far as the steps say.
struct Lives {
    /// By name: where it was deleted, if it was.
    known: BTreeMap<String, Option<Span>>,
    /// The last assertion, to see one that says the same.
    last: Option<(Pattern, Span)>,
    /// Something else may make instances.
    open: bool,
}

impl Lives {
    fn new(plan: &Plan) -> Self {
        let objects = plan.world.objects.iter().filter(|object| object.kind == INSTANCE);
        let known = objects.filter_map(|object| Some((object.name.clone()?, None))).collect();
        Self { known, last: None, open: false }
    }

    fn operation(&mut self, operation: &Operation, reader: &mut Reader<'_>) {
        let last = self.last.take();
        match &operation.action {
            Action::Create { resource } | Action::Apply { resource }
                if resource.kind == INSTANCE =>
            {
                match &resource.name {
                    Some(name) => {
                        let before = self.known.insert(name.clone(), None);
                        let created = matches!(operation.action, Action::Create { .. });
                        if created && before == Some(None) {
                            let message = format!("`{name}` is there already");
                            let hint = "use `apply`, or another name";
                            let span = operation.span;
                            reader.tell(
                                Diagnostic::warning("created-twice", span, message).with_hint(hint),
                            );
                        }
                    }
                    None => self.open = true,
                }
            }
            Action::Patch { resource, .. } | Action::Update { resource, .. } => {
                self.look(&resource.kind, resource.name.as_deref(), resource.span, reader);
            }
            Action::Assert { pattern } => {
                self.look(&pattern.kind, pattern.name.as_deref(), pattern.span, reader);
                if let Some((before, span)) = last
                    && before.says_the_same(pattern)
                {
                    let message = "the assertion before says the same";
                    reader.tell(
                        Diagnostic::warning("said-twice", operation.span, message)
                            .with_related(span, "here"),
                    );
                }
                self.last = Some((pattern.clone(), operation.span));
            }
            Action::Wait { target: Some(target), until } => {
                let gone = matches!(until, Until::Deleted);
                if !gone {
                    self.look(&target.kind, target.name.as_deref(), operation.span, reader);
                }
            }
            Action::Delete { target, wait } if target.kind == INSTANCE => {
                self.look(&target.kind, target.name.as_deref(), operation.span, reader);
                if let (Some(name), true) = (&target.name, wait) {
                    self.known.insert(name.clone(), Some(operation.span));
                }
            }
            Action::Script { .. } => self.open = true,
            Action::Apply { .. }
            | Action::Create { .. }
            | Action::Delete { .. }
            | Action::Error { .. }
            | Action::Wait { .. }
            | Action::Sleep { .. }
            | Action::Crash { .. }
            | Action::Restart { .. }
            | Action::Aap(_)
            | Action::Release { .. }
            | Action::Property => {}
        }
    }

    /// Something looks at an instance.
    fn look(&self, kind: &str, name: Option<&str>, span: Span, reader: &mut Reader<'_>) {
        let Some(name) = name else { return };
        if kind != INSTANCE || self.open {
            return;
        }
        match self.known.get(name) {
            Some(None) => {}
            Some(Some(deleted)) => {
                let message = format!("`{name}` has been deleted by then");
                reader.tell(
                    Diagnostic::warning("used-after-delete", span, message)
                        .with_related(*deleted, "here"),
                );
            }
            None => {
                let message = format!("nothing has made `{name}` by then");
                let known = self.known.keys().map(String::as_str);
                let hint = match nearest(name, known) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "a `create` before, or an entry of `world.objects`".to_owned(),
                };
                reader.tell(Diagnostic::warning("never-made", span, message).with_hint(hint));
            }
        }
    }
}

/// What no variant uses. `used` holds the bindings that some expression uses.
pub(crate) fn leftovers(draft: &Draft, used: &BTreeSet<String>) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let trees = || draft.variants.iter().filter_map(|variant| variant.tree.as_ref());
    let of_variants = trees().filter_map(|tree| tree.get("bindings"));
    let mut told = BTreeSet::new();
    for bindings in draft.spec.get("bindings").into_iter().chain(of_variants) {
        for entry in bindings.entries() {
            if !used.contains(&*entry.key) && told.insert(entry.key.clone()) {
                let message = format!("binding `{}` is not used", entry.key);
                let span = entry.name.span;
                let mut diagnostic = Diagnostic::warning("unused-binding", span, message);
                if let Some(meant) = nearest(&entry.key, used.iter().map(String::as_str)) {
                    diagnostic = diagnostic.with_hint(format!("did you mean `{meant}`?"));
                }
                found.push(diagnostic);
            }
        }
    }
    if let Some(steps) = spec_entry(draft, "steps")
        && trees().next().is_some()
        && trees().all(|tree| tree.get("steps").is_some())
    {
        let message = "these steps are never done: each variant has its own";
        found.push(Diagnostic::warning("never-used", steps.name.span, message));
    }
    found
}

/// Variants that say the same.
pub(crate) fn twins(draft: &Draft) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (number, variant) in draft.variants.iter().enumerate() {
        // one without a name has been told
        if variant.name.is_empty() {
            continue;
        }
        let twin =
            draft.variants[..number].iter().find(|other| match (&variant.tree, &other.tree) {
                (Some(a), Some(b)) => same_content(a, b),
                (None | Some(_), _) => false,
            });
        let Some(twin) = twin else { continue };
        let message =
            format!("variants `{}` and `{}` differ in their name only", twin.name, variant.name);
        found.push(
            Diagnostic::error("same-variant", variant.span, message)
                .with_related(twin.span, "the other"),
        );
    }
    found
}

/// Whether two variants say the same but for what they are called.
fn same_content(a: &Tree, b: &Tree) -> bool {
    let content = |tree: &Tree| -> Vec<Entry> {
        let names = ["name", "title"];
        tree.entries().iter().filter(|e| !names.contains(&&*e.key)).cloned().collect()
    };
    let (a, b) = (content(a), content(b));
    a.len() == b.len()
        && a.iter().all(|entry| {
            b.iter().any(|other| other.key == entry.key && entry.value.says_the_same(&other.value))
        })
}
