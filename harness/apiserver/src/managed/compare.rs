//! Which fields an update added, changed and removed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Map, Value};

use super::element::Element;
use super::set::Set;
use super::shape::{Form, Shape};
use crate::builtin::Type;
use crate::schema::List;

/// How two objects differ. No field is in more than one of the sets.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Difference {
    pub added: Set,
    pub modified: Set,
    pub removed: Set,
}

/// What happened to one value as such.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    added: bool,
    modified: bool,
    removed: bool,
}

/// A value before and after.
#[derive(Clone, Copy)]
struct Pair<'v> {
    old: Option<&'v Value>,
    new: Option<&'v Value>,
}

static NULL: Value = Value::Null;
static EMPTY: LazyLock<Value> = LazyLock::new(|| Value::Object(Map::new()));

impl Difference {
    /// Compares two objects of a shape. `typed`: they come from a Go server's types, which write
    /// some fields although they are empty.
    pub(crate) fn of(old: &Value, new: &Value, shape: Shape<'_>, typed: bool) -> Self {
        let mut found = Self::default();
        let walk = Walk { typed };
        walk.value(Pair { old: Some(old), new: Some(new) }, shape, &mut found);
        found
    }

    /// The same of some fields only.
    #[must_use]
    pub(crate) fn filtered(&self, filter: impl Fn(&Set) -> Set) -> Self {
        Self {
            added: filter(&self.added),
            modified: filter(&self.modified),
            removed: filter(&self.removed),
        }
    }

    fn put(&mut self, element: Element, marks: Marks, below: Self) {
        for (set, member, child) in [
            (&mut self.added, marks.added, below.added),
            (&mut self.modified, marks.modified, below.modified),
            (&mut self.removed, marks.removed, below.removed),
        ] {
            if member {
                set.members.insert(element.clone());
            }
            set.put(element.clone(), child);
        }
    }
}

struct Walk {
    typed: bool,
}

impl Walk {
    /// What happened to a value; what happened below it goes to `below`.
    fn value(&self, pair: Pair<'_>, shape: Shape<'_>, below: &mut Difference) -> Marks {
        let (old_form, new_form) = (shape.form(pair.old), shape.form(pair.new));
        let mut marks = Marks::default();
        let leaf = if pair.new.is_none() {
            self.form(old_form, pair, shape, &mut marks, below)
        } else {
            if pair.old.is_some() && old_form != new_form {
                self.form(old_form, pair, shape, &mut marks, below);
            }
            self.form(new_form, pair, shape, &mut marks, below)
        };
        if !leaf {
            marks.added |= pair.old.is_none();
            marks.removed |= pair.old.is_some() && pair.new.is_none();
        }
        marks
    }

    /// True if the value is owned as a whole.
    fn form(
        &self,
        form: Form,
        pair: Pair<'_>,
        shape: Shape<'_>,
        marks: &mut Marks,
        below: &mut Difference,
    ) -> bool {
        match form {
            Form::Scalar => leaf(pair, marks),
            Form::List => {
                let old = pair.old.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                let new = pair.new.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
                let empty = old.is_empty() && new.is_empty();
                if matches!(shape.list(), List::Atomic) || empty {
                    return leaf(pair, marks);
                }
                self.items(old, new, shape, below);
                false
            }
            Form::Map => {
                let old = pair.old.and_then(Value::as_object);
                let new = pair.new.and_then(Value::as_object);
                let empty = |map: Option<&Map<String, Value>>| {
                    map.is_none_or(|map| map.is_empty() && !self.writes_more(shape))
                };
                if shape.is_atomic_map() || (empty(old) && empty(new)) {
                    return leaf(pair, marks);
                }
                self.members(old, new, shape, below);
                false
            }
        }
    }

    /// Is an empty object of this type more than `{}` on the wire?
    fn writes_more(&self, shape: Shape<'_>) -> bool {
        let kind = shape.definition().filter(|_| self.typed);
        kind.is_some_and(|kind| kind.fields.iter().any(|field| field.always))
    }

    fn members(
        &self,
        old: Option<&Map<String, Value>>,
        new: Option<&Map<String, Value>>,
        shape: Shape<'_>,
        below: &mut Difference,
    ) {
        let kind = shape.definition().filter(|_| self.typed);
        let always = |name: &str| {
            let field = kind?.field(name).filter(|field| field.always)?;
            Some(if matches!(field.kind, Type::Object(..)) { &*EMPTY } else { &NULL })
        };
        let given = old.into_iter().chain(new).flat_map(Map::keys).map(String::as_str);
        let fields = kind.into_iter().flat_map(|kind| &kind.fields);
        let written = fields.filter(|field| field.always).map(|field| field.name);
        let mut names: Vec<&str> = given.chain(written).collect();
        names.sort_unstable();
        names.dedup();
        for name in names {
            let Some(member) = shape.member(name) else { continue };
            let pair = Pair {
                old: old.and_then(|map| map.get(name).or_else(|| always(name))),
                new: new.and_then(|map| map.get(name).or_else(|| always(name))),
            };
            let mut found = Difference::default();
            let marks = self.value(pair, member, &mut found);
            below.put(Element::Field(name.to_owned()), marks, found);
        }
    }

    fn items(&self, old: &[Value], new: &[Value], shape: Shape<'_>, below: &mut Difference) {
        let mut all: BTreeMap<Element, [Vec<&Value>; 2]> = BTreeMap::new();
        for (side, items) in [old, new].into_iter().enumerate() {
            for item in items {
                // An item that cannot be told apart is nobody's.
                if let Ok(element) = shape.element(item) {
                    all.entry(element).or_default()[side].push(item);
                }
            }
        }
        for (element, [old, new]) in all {
            let mut found = Difference::default();
            let marks = match (old.as_slice(), new.as_slice()) {
                ([] | [_], [] | [_]) => {
                    let pair = Pair { old: old.first().copied(), new: new.first().copied() };
                    self.value(pair, shape.item(), &mut found)
                }
                // Duplicates are one thing, and so is a change of them.
                ([_, _, ..], [_, _, ..]) => Marks { modified: old != new, ..Marks::default() },
                ([_, _, ..], _) => {
                    let mut marks = Marks::default();
                    if let Some(new) = new.first() {
                        let pair = Pair { old: None, new: Some(new) };
                        marks = self.value(pair, shape.item(), &mut found);
                    }
                    Marks { removed: true, ..marks }
                }
                (_, _) => {
                    let mut marks = Marks::default();
                    if let Some(old) = old.first() {
                        let pair = Pair { old: Some(old), new: None };
                        marks = self.value(pair, shape.item(), &mut found);
                    }
                    Marks { added: true, ..marks }
                }
            };
            below.put(element, marks, found);
        }
    }
}

fn leaf(pair: Pair<'_>, marks: &mut Marks) -> bool {
    match (pair.old, pair.new) {
        (None, _) => marks.added = true,
        (_, None) => marks.removed = true,
        (Some(old), Some(new)) => marks.modified |= old != new,
    }
    true
}
