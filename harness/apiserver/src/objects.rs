//! The objects of one resource, in the order of lists: today, and as they were at an earlier
//! revision.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use crate::store::{Entry, Stored};

/// Namespace (empty for cluster scope) and name.
pub(crate) type Place<'a> = (&'a str, &'a str);

/// An object and where it stands.
pub(crate) type Item<'a> = (Place<'a>, &'a Arc<Stored>);

/// The objects of one resource.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    /// namespace → name → object; no namespace is empty
    namespaces: BTreeMap<String, BTreeMap<String, Arc<Stored>>>,
    count: usize,
}

/// Which part of the objects a list or a watch is about.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Part<'a> {
    /// Only this namespace.
    pub namespace: Option<&'a str>,
    /// Only objects of this name.
    pub name: Option<&'a str>,
    /// Only objects behind this place.
    pub after: Option<Place<'a>>,
}

impl Part<'_> {
    pub(crate) fn has(&self, place: Place<'_>) -> bool {
        self.namespace.is_none_or(|namespace| namespace == place.0)
            && self.name.is_none_or(|name| name == place.1)
            && self.after.is_none_or(|after| after < place)
    }
}

impl Objects {
    pub(crate) fn get(&self, namespace: &str, name: &str) -> Option<&Arc<Stored>> {
        self.namespaces.get(namespace)?.get(name)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// How many there are, of one namespace or of all.
    pub(crate) fn count(&self, namespace: Option<&str>) -> usize {
        match namespace {
            None => self.count,
            Some(namespace) => self.namespaces.get(namespace).map_or(0, BTreeMap::len),
        }
    }

    pub(crate) fn insert(&mut self, namespace: &str, name: &str, stored: Arc<Stored>) {
        let old = match self.namespaces.get_mut(namespace) {
            Some(names) => names.insert(name.to_owned(), stored),
            None => {
                let names = BTreeMap::from([(name.to_owned(), stored)]);
                self.namespaces.insert(namespace.to_owned(), names);
                None
            }
        };
        self.count += usize::from(old.is_none());
    }

    pub(crate) fn remove(&mut self, namespace: &str, name: &str) {
        let Some(names) = self.namespaces.get_mut(namespace) else { return };
        self.count -= usize::from(names.remove(name).is_some());
        if names.is_empty() {
            self.namespaces.remove(namespace);
        }
    }

    /// The objects of a part, in order. Costs nothing for those that are left out, but for one
    /// look into each namespace if the part has a name and no namespace.
    pub(crate) fn part<'a>(&'a self, part: Part<'a>) -> Box<dyn Iterator<Item = Item<'a>> + 'a> {
        let first = part.namespace.or(part.after.map(|place| place.0)).unwrap_or_default();
        let last = part.namespace.map_or(Bound::Unbounded, Bound::Included);
        let namespaces = self.namespaces.range::<str, _>((Bound::Included(first), last));
        match part.name {
            Some(name) => Box::new(
                namespaces
                    .filter_map(move |(namespace, names)| {
                        Some(((namespace.as_str(), name), names.get(name)?))
                    })
                    .filter(move |(place, _)| part.has(*place)),
            ),
            None => Box::new(namespaces.flat_map(move |(namespace, names)| {
                let lower = match part.after {
                    Some((start, name)) if start == namespace => Bound::Excluded(name),
                    _ => Bound::Unbounded,
                };
                let names = names.range::<str, _>((lower, Bound::Unbounded));
                names.map(|(name, stored)| ((namespace.as_str(), name.as_str()), stored))
            })),
        }
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Arc<Stored>> {
        self.namespaces.values_mut().flat_map(BTreeMap::values_mut)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Item<'_>> {
        self.part(Part::default())
    }
}

/// What was written since a revision, undone: the place and what stood there.
pub(crate) struct Undone<'a>(BTreeMap<Place<'a>, Option<&'a Arc<Stored>>>);

impl<'a> Undone<'a> {
    /// Undoes entries of a log, which come oldest first.
    pub(crate) fn of(entries: impl DoubleEndedIterator<Item = &'a Arc<Entry>>) -> Self {
        let mut undone = BTreeMap::new();
        for entry in entries.rev() {
            undone.insert((&*entry.namespace, &*entry.name), entry.previous.as_ref());
        }
        Self(undone)
    }

    /// The objects of a part as they were.
    pub(crate) fn part<'b: 'c, 'c>(
        &'b self,
        objects: &'b Objects,
        part: Part<'c>,
    ) -> impl Iterator<Item = Item<'c>> {
        let then = self.0.iter().map(|(place, stored)| (*place, *stored));
        let then = then.filter(move |(place, _)| part.has(*place));
        merge(objects.part(part), then)
    }

    /// How many there were, of one namespace or of all.
    pub(crate) fn count(&self, objects: &Objects, namespace: Option<&str>) -> usize {
        let part = Part { namespace, ..Part::default() };
        let undone = self.0.iter().filter(|(place, _)| part.has(**place));
        let (mut gone, mut come) = (0, 0);
        for (place, then) in undone {
            gone += usize::from(then.is_some());
            come += usize::from(objects.get(place.0, place.1).is_some());
        }
        objects.count(namespace) + gone - come
    }
}

/// Two sorted sequences as one; the second decides where both know a place.
fn merge<'a>(
    now: impl Iterator<Item = Item<'a>>,
    then: impl Iterator<Item = (Place<'a>, Option<&'a Arc<Stored>>)>,
) -> impl Iterator<Item = Item<'a>> {
    let (mut now, mut then) = (now.peekable(), then.peekable());
    std::iter::from_fn(move || {
        loop {
            let turn = match (now.peek(), then.peek()) {
                (None, None) => return None,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some((one, _)), Some((other, _))) => one.cmp(other),
            };
            if turn == Ordering::Less {
                return now.next();
            }
            if turn == Ordering::Equal {
                now.next();
            }
            if let Some((place, Some(stored))) = then.next() {
                return Some((place, stored));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::options::Change;

    fn stored(revision: u64) -> Arc<Stored> {
        Stored::new(Arc::new(json!({})), revision)
    }

    fn objects(places: &[(&str, &str)]) -> Objects {
        let mut objects = Objects::default();
        for (namespace, name) in places {
            objects.insert(namespace, name, stored(1));
        }
        objects
    }

    fn shown<'a>(items: impl Iterator<Item = Item<'a>>) -> String {
        let places = items.map(|((namespace, name), _)| format!("{namespace}/{name}"));
        places.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_part_begins_behind_a_place_and_ends_with_its_namespace() {
        let objects = objects(&[("a", "x"), ("a", "y"), ("b", "x"), ("c", "x"), ("c", "z")]);
        let part = |namespace, name, after| shown(objects.part(Part { namespace, name, after }));
        assert_eq!(part(None, None, None), "a/x a/y b/x c/x c/z");
        assert_eq!(part(None, None, Some(("a", "x"))), "a/y b/x c/x c/z");
        assert_eq!(part(None, None, Some(("b", "q"))), "b/x c/x c/z");
        assert_eq!(part(Some("a"), None, Some(("a", "x"))), "a/y");
        assert_eq!(part(Some("d"), None, None), "");
        assert_eq!(part(None, Some("x"), Some(("a", "x"))), "b/x c/x");
        assert_eq!(part(Some("c"), Some("z"), Some(("c", "z"))), "");
    }

    #[test]
    fn counts_follow_insertions_and_removals() {
        let mut objects = objects(&[("a", "x"), ("a", "x"), ("b", "x")]);
        assert_eq!((objects.count(None), objects.count(Some("a"))), (2, 1));
        objects.remove("a", "q");
        objects.remove("a", "x");
        objects.remove("a", "x");
        assert_eq!((objects.count(None), objects.count(Some("a"))), (1, 0));
    }

    #[test]
    fn the_past_is_today_with_the_log_undone() {
        let objects = objects(&[("a", "new"), ("a", "old"), ("b", "changed")]);
        let entry = |change, namespace: &str, name: &str, revision, previous: Option<u64>| {
            Arc::new(Entry {
                change,
                namespace: namespace.into(),
                name: name.into(),
                stored: stored(revision),
                previous: previous.map(stored),
                at: tokio::time::Instant::now(),
            })
        };
        let log = [
            entry(Change::Modified, "b", "changed", 3, Some(2)),
            entry(Change::Added, "a", "new", 4, None),
            entry(Change::Deleted, "c", "gone", 5, Some(1)),
            entry(Change::Modified, "b", "changed", 6, Some(3)),
        ];
        let undone = Undone::of(log.iter());
        assert_eq!(undone.count(&objects, None), 3);
        assert_eq!(undone.count(&objects, Some("a")), 1);
        let then: Vec<_> = undone.part(&objects, Part::default()).collect();
        let revisions: Vec<_> = then.iter().map(|(_, stored)| stored.revision).collect();
        assert_eq!(shown(then.into_iter()), "a/old b/changed c/gone");
        assert_eq!(revisions, [1, 2, 1]);
        let part = Part { after: Some(("b", "")), ..Part::default() };
        assert_eq!(shown(undone.part(&objects, part)), "b/changed c/gone");
    }
}
