//! Tree to plan, by hand: every function reads one thing, notes what is wrong with it and goes on,
//! so that all mistakes of a file are told at once.

mod aap;
mod actions;
mod expression;
mod object;
mod profile;
mod references;
mod scalar;
mod steps;
mod world;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::Value;

use crate::diagnostic::Diagnostic;
use crate::expr::Program;
use crate::plan::{Capability, Tenant};
use crate::profile::Profile;
use crate::source::{Source, Span};
use crate::suggest::nearest;
use crate::words::{Role, Table, tables};
use crate::yaml::{Entry, Kind, Tree};

pub(crate) use self::expression::is_expression;
pub(crate) use self::profile::profile;
pub(crate) use self::steps::{Steps, Timeouts};

/// Mistakes that are noted of one variant.
const NOTED_MAX: usize = 500;

/// What is read, one variant at a time.
pub(crate) struct Reader<'a> {
    pub(crate) source: &'a Source,
    pub(crate) programs: &'a Programs,
    pub(crate) profile: &'a Profile,
    pub(crate) bindings: Arc<Value>,
    /// The tenant that instances belong to.
    pub(crate) tenant: Tenant,
    /// Names of AAP's templates, those of the two roles first.
    pub(crate) templates: Vec<String>,
    /// Names of faults, also of those that could not be read.
    pub(crate) faults: Vec<String>,
    /// Names that templates get on the way.
    pub(crate) renamed: Vec<String>,
    /// Nodes of workflow templates, to be looked for among the templates.
    pub(crate) nodes: Vec<(String, Span)>,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Faults that expressions count, to be looked up when all are known.
    pub(crate) felt: Vec<(String, Span)>,
    /// Bindings that expressions use; all of them where `bindings` is used as a whole.
    pub(crate) bindings_used: BTreeSet<String>,
    /// Capabilities that something in the file uses, where, and what that is.
    pub(crate) used: Vec<(Capability, Span, String)>,
}

/// Compiled expressions by their text: each is compiled once for a file.
#[derive(Debug, Default)]
pub(crate) struct Programs(RefCell<BTreeMap<String, Arc<Program>>>);

impl Programs {
    pub(crate) fn compile(&self, text: &str) -> Arc<Program> {
        if let Some(known) = self.0.borrow().get(text) {
            return Arc::clone(known);
        }
        let program = Arc::new(crate::expr::compile(text));
        self.0.borrow_mut().insert(text.to_owned(), Arc::clone(&program));
        program
    }
}

/// A value together with the place of the key that it belongs to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item<'t> {
    pub(crate) value: &'t Tree,
    pub(crate) key: Span,
}

impl<'t> Item<'t> {
    /// An item of a list, or a file's root.
    pub(crate) fn alone(value: &'t Tree) -> Self {
        // a map without a key is shown by its first one
        let key = value.entries().first().map_or(value.span, |entry| entry.name.span);
        Self { value, key }
    }
}

impl<'t> From<&'t Entry> for Item<'t> {
    fn from(entry: &'t Entry) -> Self {
        Self { value: &entry.value, key: entry.name.span }
    }
}

/// The words of a map that were there.
pub(crate) struct Fields<'t> {
    entries: &'t [Entry],
    table: &'static Table,
}

impl<'t> Fields<'t> {
    /// The value of a word.
    pub(crate) fn get(&self, name: &'static str) -> Option<Item<'t>> {
        debug_assert!(self.table.word(name).is_some(), "{}.{name} is no word", self.table.name);
        self.entries.iter().find(|entry| &*entry.key == name).map(Item::from)
    }

    /// The one word of a choice that is there.
    pub(crate) fn chosen(&self) -> Option<(&'static str, Item<'t>)> {
        self.table.choices().find_map(|name| self.get(name).map(|item| (name, item)))
    }
}

/// Words of Chainsaw that have no meaning here, with what to do instead.
const ELSEWHERE: [(&str, &str); 12] = [
    ("file", "files are not read: write the resource here"),
    ("check", "compare with `assert`, or with `expression` in a `wait`"),
    ("expect", "compare with `assert`"),
    ("outputs", "values come from `bindings`"),
    ("command", "use `script` (needs `real-clock`)"),
    ("podLogs", "the trace holds every log line"),
    ("events", "the trace holds every event"),
    ("describe", "a failure shows the object"),
    ("get", "a failure shows the object"),
    ("scenarios", "use `variants`"),
    ("skip", "use `requires`"),
    ("concurrent", "variants never touch each other"),
];

/// The one map that a word stands in.
fn home(word: &str) -> Option<&'static str> {
    let mut homes = tables().into_iter().filter(|table| table.word(word).is_some());
    match (homes.next(), homes.next()) {
        (Some(home), None) => Some(home.name),
        _ => None,
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        source: &'a Source,
        programs: &'a Programs,
        profile: &'a Profile,
        bindings: Arc<Value>,
    ) -> Self {
        Self {
            source,
            programs,
            profile,
            bindings,
            tenant: world::default_tenant(profile),
            templates: Vec::new(),
            faults: Vec::new(),
            renamed: Vec::new(),
            nodes: Vec::new(),
            diagnostics: Vec::new(),
            felt: Vec::new(),
            bindings_used: BTreeSet::new(),
            used: Vec::new(),
        }
    }

    /// Notes a mistake. Of very many the first are enough.
    pub(crate) fn tell(&mut self, diagnostic: Diagnostic) {
        if self.diagnostics.len() < NOTED_MAX {
            self.diagnostics.push(diagnostic);
        }
    }

    /// The words of a map. Unknown words, missing ones and wrong choices are told; `None` if it is
    /// no map.
    pub(crate) fn map<'t>(&mut self, item: Item<'t>, table: &'static Table) -> Option<Fields<'t>> {
        let Kind::Map(entries) = &item.value.kind else {
            self.wrong_type(item, "a map");
            return None;
        };
        for entry in entries {
            // what an expression lost to a comma is told where the expression stands
            let lost = entry.key.contains(')') && matches!(entry.value.kind, Kind::Null);
            if table.word(&entry.key).is_none() && !lost {
                self.unknown_key(entry, table);
            }
        }
        for word in table.words {
            if word.role == Role::Required && !entries.iter().any(|e| &*e.key == word.name) {
                let message = format!("`{}` is missing", word.name);
                let hint = format!("`{}`: {}", word.name, word.meaning);
                self.tell(Diagnostic::error("missing-key", item.key, message).with_hint(hint));
            }
        }
        if table.choice {
            self.check_choice(item, entries, table);
        }
        Some(Fields { entries, table })
    }

    fn check_choice(&mut self, item: Item<'_>, entries: &[Entry], table: &'static Table) {
        let mut chosen = entries.iter().filter(|e| table.choices().any(|name| name == &*e.key));
        let list = || table.choices().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
        match (chosen.next(), chosen.next()) {
            (None, _) => {
                // an unknown word has been told, it was probably the choice
                if entries.iter().all(|e| table.word(&e.key).is_some()) {
                    let message = "one of several words is needed here";
                    let hint = format!("one of {}", list());
                    self.tell(Diagnostic::error("missing-key", item.key, message).with_hint(hint));
                }
            }
            (Some(first), Some(second)) => {
                let message = format!("`{}` and `{}` do not stand together", first.key, second.key);
                self.tell(
                    Diagnostic::error("two-choices", second.name.span, message)
                        .with_related(first.name.span, "the other")
                        .with_hint(format!("exactly one of {}", list())),
                );
            }
            (Some(_), None) => {}
        }
    }

    fn unknown_key(&mut self, entry: &Entry, table: &'static Table) {
        let message = format!("unknown key `{}`", entry.key);
        let diagnostic = Diagnostic::error("unknown-key", entry.name.span, message);
        let elsewhere = ELSEWHERE.iter().find(|(word, _)| *word == &*entry.key);
        let hint = match (nearest(&entry.key, table.names()), elsewhere) {
            (Some(meant), _) => format!("did you mean `{meant}`?"),
            (None, Some((_, hint))) => (*hint).to_owned(),
            (None, None) if table.words.is_empty() => "nothing stands here: `{}`".to_owned(),
            (None, None) if let Some(home) = home(&entry.key) => {
                format!("`{}` is a word of `{home}`", entry.key)
            }
            (None, None) => {
                let names: Vec<&str> = table.names().collect();
                format!("known here: {}", names.join(", "))
            }
        };
        self.tell(diagnostic.with_hint(hint));
    }

    pub(crate) fn wrong_type(&mut self, item: Item<'_>, needed: &str) {
        let place = match &item.value.kind {
            // what is not there, or spreads over lines, is shown by its key
            Kind::Null | Kind::List(_) | Kind::Map(_) => item.key,
            Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::Text(_) => item.value.span,
        };
        let message = format!("{needed} is needed, this is {}", item.value.kind_name());
        let mut diagnostic = Diagnostic::error("wrong-type", place, message);
        let scalar = matches!(item.value.kind, Kind::Bool(_) | Kind::Int(_) | Kind::Float(_));
        if needed == "a text" && scalar {
            diagnostic = diagnostic.with_hint("put it in quotes");
        }
        self.tell(diagnostic);
    }

    /// The items of a list; nothing if it is none.
    pub(crate) fn list<'t>(&mut self, item: Item<'t>) -> &'t [Tree] {
        if let Kind::List(items) = &item.value.kind {
            items
        } else {
            self.wrong_type(item, "a list");
            &[]
        }
    }

    /// A word that is none of those known here.
    pub(crate) fn unknown_word(&mut self, span: Span, word: &str, known: &[&str]) {
        let message = format!("`{word}` is not known here");
        let hint = match nearest(word, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => {
                let known: Vec<String> = known.iter().map(|k| format!("`{k}`")).collect();
                format!("one of {}", known.join(", "))
            }
        };
        self.tell(Diagnostic::error("unknown-word", span, message).with_hint(hint));
    }
}
