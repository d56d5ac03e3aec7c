//! Variants to plans: each is the scenario's tree with the variant's laid over it, read whole.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::lint;
use crate::merge::{merge, merge_values};
use crate::plan::{Budget, BudgetOf, Capability, Limits, Plan, PropertyKind};
use crate::profile::Profile;
use crate::read::{Item, Programs, Reader, Steps, Timeouts};
use crate::source::{Source, Span};
use crate::words::{BUDGETS, CAPABILITIES, LIMITS, SPEC, TIMEOUTS, Table, WORLD};
use crate::yaml::{Entry, Tree};

/// What is known of a file before its plans are made.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) source: Arc<Source>,
    pub(crate) name: String,
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) spec: Tree,
    pub(crate) variants: Vec<Variant>,
}

/// A variant as it stands in the file.
#[derive(Debug, Clone)]
pub(crate) struct Variant {
    pub(crate) name: String,
    /// Where its name stands.
    pub(crate) span: Span,
    /// Nothing for the one variant of a file without variants.
    pub(crate) tree: Option<Tree>,
}

/// What came of the variants.
pub(crate) struct Outcome {
    pub(crate) plans: Vec<Plan>,
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// A word's entry in the scenario and in the variant.
struct Both<'t> {
    base: Option<&'t Entry>,
    over: Option<&'t Entry>,
}

impl<'t> Both<'t> {
    fn of(draft: &'t Draft, variant: &'t Variant, word: &'static str) -> Self {
        let find = |tree: &'t Tree| tree.entries().iter().find(|entry| &*entry.key == word);
        Self { base: find(&draft.spec), over: variant.tree.as_ref().and_then(find) }
    }

    fn key(&self) -> Span {
        self.over.or(self.base).map_or(Span::FILE, |entry| entry.name.span)
    }

    fn merged(&self, table: &'static Table, same: &mut Vec<Span>) -> Option<Tree> {
        merge(self.base.map(|e| &e.value), self.over.map(|e| &e.value), table, same)
    }

    /// The variant's where it has one.
    fn either(&self) -> Option<&'t Entry> {
        self.over.or(self.base)
    }

    /// Both, the scenario's first.
    fn added(&self) -> impl Iterator<Item = &'t Entry> {
        self.base.into_iter().chain(self.over)
    }
}

/// Makes the plans of all variants.
pub(crate) fn plans(draft: &Draft, profile: &Profile) -> Outcome {
    let programs = Programs::default();
    let mut found: Vec<(usize, Diagnostic)> = Vec::new();
    let mut plans = Vec::with_capacity(draft.variants.len());
    let mut used = BTreeSet::new();
    for (number, variant) in draft.variants.iter().enumerate() {
        let mut same = Vec::new();
        let (plan, mut reader) = plan(draft, variant, profile, &programs, &mut same);
        lint::plan(&plan, variant.span, &mut reader);
        let said = same.into_iter().map(|span| {
            let message = "this is what the scenario says anyway";
            Diagnostic::warning("overrides-nothing", span, message)
                .with_hint("leave it out of the variant")
        });
        found.extend(reader.diagnostics.into_iter().chain(said).map(|d| (number, d)));
        used.extend(reader.bindings_used);
        plans.push(plan);
    }
    let mut diagnostics = gather(draft, found);
    // where something could not be read, what is left over means little
    if !diagnostics.iter().any(Diagnostic::is_error) {
        diagnostics.extend(lint::leftovers(draft, &used));
    }
    diagnostics.extend(lint::twins(draft));
    Outcome { plans, diagnostics }
}

fn plan<'r>(
    draft: &'r Draft,
    variant: &Variant,
    profile: &'r Profile,
    programs: &'r Programs,
    same: &mut Vec<Span>,
) -> (Plan, Reader<'r>) {
    let both = |word| Both::of(draft, variant, word);
    let bindings = both("bindings");
    let bindings =
        merge_values(bindings.base.map(|e| &e.value), bindings.over.map(|e| &e.value), same);
    let bindings = bindings.map_or_else(|| Value::Object(serde_json::Map::new()), |t| t.json());
    let bindings = Arc::new(bindings);
    let mut reader = Reader::new(&draft.source, programs, profile, Arc::clone(&bindings));

    let limits = both("limits");
    let limits_tree = limits.merged(&LIMITS, same);
    let limits = reader.limits(limits_tree.as_ref().map(|value| Item { value, key: limits.key() }));
    let timeouts = both("timeouts");
    let timeouts_tree = timeouts.merged(&TIMEOUTS, same);
    let timeouts = match &timeouts_tree {
        Some(value) => reader.timeouts(Item { value, key: timeouts.key() }, limits.deadline),
        None => Timeouts::new(limits.deadline),
    };
    let budgets = both("budgets");
    let budgets_tree = budgets.merged(&BUDGETS, same);
    let budgets = budgets_tree.as_ref().map(|value| Item { value, key: budgets.key() });
    let budgets = reader.budgets(budgets, limits.deadline);
    let world = both("world");
    let world_tree = world.merged(&WORLD, same);
    let world = reader.world(world_tree.as_ref().map(|value| Item { value, key: world.key() }));

    let mut steps = Steps::new(timeouts);
    if let Some(entry) = both("steps").either() {
        let nodes = reader.list(entry.into());
        reader.steps(nodes, &mut steps);
    }
    for (word, kind) in [
        ("never", PropertyKind::Never),
        ("always", PropertyKind::Always),
        ("eventually", PropertyKind::Eventually),
    ] {
        for entry in both(word).added() {
            let nodes = reader.list(entry.into());
            reader.properties(nodes, kind, &mut steps);
        }
    }
    let titles = both("title");
    let title = titles.base.and_then(|entry| reader.title(entry.into()));
    let shows = titles.over.and_then(|entry| reader.title(entry.into()));
    let shows = shows.filter(|shows| title.as_ref() != Some(shows));
    let mut requires = BTreeSet::new();
    for entry in both("requires").added() {
        reader.requires(entry.into(), &mut requires);
    }
    let mut texts = |word| {
        let entries = both(word).added().collect::<Vec<_>>();
        entries.into_iter().flat_map(|entry| reader.text_list(entry.into())).collect::<Vec<_>>()
    };
    let (covers, secrets) = (texts("covers"), texts("secrets"));
    let plan = Plan {
        source: Arc::clone(&draft.source),
        scenario: draft.name.clone(),
        variant: variant.name.clone(),
        title: title.unwrap_or_default(),
        shows: shows.unwrap_or_default(),
        labels: draft.labels.clone(),
        requires,
        covers,
        secrets,
        bindings,
        profile: Arc::clone(&profile.values),
        world,
        steps: steps.steps,
        properties: steps.properties,
        budgets,
        limits,
    };
    (plan, reader)
}

/// What a variant says twice is told once, and what only some variants say is told with their
/// names, unless it stands in the variant itself.
fn gather(draft: &Draft, found: Vec<(usize, Diagnostic)>) -> Vec<Diagnostic> {
    let mut unique: Vec<(Vec<usize>, Diagnostic)> = Vec::new();
    let mut known: BTreeMap<(Span, &'static str, String), usize> = BTreeMap::new();
    for (variant, diagnostic) in found {
        let key = (diagnostic.span, diagnostic.code, diagnostic.message.clone());
        match known.get(&key).and_then(|n| unique.get_mut(*n)) {
            Some((variants, _)) if variants.last() == Some(&variant) => {}
            Some((variants, _)) => variants.push(variant),
            None => {
                known.insert(key, unique.len());
                unique.push((vec![variant], diagnostic));
            }
        }
    }
    let all = draft.variants.len();
    let name = |n: &usize| draft.variants.get(*n).map_or("", |v| v.name.as_str());
    unique
        .into_iter()
        .map(|(variants, mut diagnostic)| {
            let inside = variants.iter().any(|n| {
                let tree = draft.variants.get(*n).and_then(|v| v.tree.as_ref());
                tree.is_some_and(|tree| contains(tree, diagnostic.span))
            });
            if variants.len() < all && !inside {
                let more = if variants.len() > 1 {
                    format!(" and {} more", variants.len() - 1)
                } else {
                    String::new()
                };
                let first = variants.first().map_or("", name);
                diagnostic.message.push_str(&format!(" (in variant `{first}`{more})"));
            }
            diagnostic
        })
        .collect()
}

/// Whether a place lies in a tree.
fn contains(tree: &Tree, span: Span) -> bool {
    fn last(tree: &Tree) -> u32 {
        let inner =
            tree.entries().iter().map(|e| last(&e.value)).chain(tree.items().iter().map(last));
        inner.max().unwrap_or(0).max(tree.span.line)
    }
    tree.span.line <= span.line && span.line <= last(tree)
}

impl Reader<'_> {
    fn title(&mut self, item: Item<'_>) -> Option<String> {
        let Some(text) = item.value.text() else {
            self.wrong_type(item, "a text");
            return None;
        };
        if text.trim().is_empty() {
            self.tell(Diagnostic::error("empty", item.value.span, "the title is empty"));
        }
        Some(text.to_string())
    }

    fn requires(&mut self, item: Item<'_>, requires: &mut BTreeSet<Capability>) {
        for node in self.list(item) {
            if let Some(name) = self.one_of(Item::alone(node), &CAPABILITIES)
                && let Some(capability) =
                    Capability::ALL.into_iter().find(|capability| capability.as_str() == name)
            {
                requires.insert(capability);
            }
        }
    }

    /// Budgets: each more than nothing and less than the deadline, and the sum not below a part.
    fn budgets(&mut self, item: Option<Item<'_>>, deadline: Duration) -> Vec<Budget> {
        let Some(fields) = item.and_then(|item| self.map(item, &BUDGETS)) else {
            return Vec::new();
        };
        let mut budgets: Vec<Budget> = Vec::new();
        for (word, of) in [
            ("provision", BudgetOf::Provision),
            ("deprovision", BudgetOf::Deprovision),
            ("total", BudgetOf::Total),
        ] {
            let Some(item) = fields.get(word) else { continue };
            let Some(at_most) = self.duration(item) else { continue };
            let parts = budgets.iter().map(|part| part.at_most).max().unwrap_or_default();
            let wrong = if at_most.is_zero() {
                Some(("zero-budget", "nothing takes no time", "leave it out for no budget"))
            } else if at_most >= deadline {
                let hint = "the run is broken off before: shorten it, or raise `limits.deadline`";
                Some(("idle-budget", "no run lasts that long", hint))
            } else if of == BudgetOf::Total && at_most < parts {
                let hint = "`total` is the sum of `provision` and `deprovision`";
                Some(("idle-budget", "the whole has less time than a part of it", hint))
            } else {
                None
            };
            let span = item.value.span;
            match wrong {
                Some((code, message, hint)) => {
                    self.tell(Diagnostic::error(code, span, message).with_hint(hint));
                }
                None => budgets.push(Budget { of, at_most, span }),
            }
        }
        budgets
    }

    fn limits(&mut self, item: Option<Item<'_>>) -> Limits {
        let mut limits = Limits {
            deadline: Duration::from_secs(6 * 3600),
            rest_polls: 5,
            events: 20_000,
            requests_per_second: 100,
        };
        let Some(fields) = item.and_then(|item| self.map(item, &LIMITS)) else { return limits };
        limits.deadline = self.or(&fields, "deadline", limits.deadline, |r, item| {
            r.patience(item, crate::duration::LONGEST)
        });
        limits.rest_polls =
            self.or(&fields, "restPolls", limits.rest_polls, |r, item| r.count(item, 1, 100));
        limits.events = self.or(&fields, "events", limits.events, |r, item| {
            r.count(item, 100, 1_000_000).and_then(|n| usize::try_from(n).ok())
        });
        limits.requests_per_second =
            self.or(&fields, "requestsPerSecond", limits.requests_per_second, |r, item| {
                r.count(item, 1, 10_000)
            });
        limits
    }
}

/// The words of `spec` that a file has, for checks beside the plans.
pub(crate) fn spec_entry<'t>(draft: &'t Draft, word: &'static str) -> Option<&'t Entry> {
    debug_assert!(SPEC.word(word).is_some(), "{word} is no word of spec");
    draft.spec.entries().iter().find(|entry| &*entry.key == word)
}
