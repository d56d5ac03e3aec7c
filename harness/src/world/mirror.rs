//! The latest state of every object, as the servers committed it: what steps look at.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use trace::Change;

/// Identity of an object in the mirror: kind, namespace (or empty), name.
type Key = (String, String, String);

/// A mirror; cheap to clone.
#[derive(Clone, Default)]
pub struct Mirror {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Default)]
struct Inner {
    objects: BTreeMap<Key, Arc<Value>>,
    version: u64,
}

impl Mirror {
    /// Takes in a commit.
    pub fn apply(
        &self,
        change: Change,
        kind: &str,
        namespace: Option<&str>,
        name: &str,
        object: &Arc<Value>,
    ) {
        let key = (kind.to_owned(), namespace.unwrap_or_default().to_owned(), name.to_owned());
        let mut inner = self.lock();
        inner.version += 1;
        match change {
            Change::Added | Change::Modified => drop(inner.objects.insert(key, Arc::clone(object))),
            Change::Deleted => drop(inner.objects.remove(&key)),
        }
    }

    /// Moves on with every commit: equal versions, equal objects.
    pub fn version(&self) -> u64 {
        self.lock().version
    }

    /// An object, if it is there.
    pub fn get(&self, kind: &str, namespace: Option<&str>, name: &str) -> Option<Arc<Value>> {
        let key = (kind.to_owned(), namespace.unwrap_or_default().to_owned(), name.to_owned());
        self.lock().objects.get(&key).cloned()
    }

    /// All objects of a kind, by namespace and name.
    pub fn list(&self, kind: &str) -> Vec<Arc<Value>> {
        let inner = self.lock();
        let from = (kind.to_owned(), String::new(), String::new());
        let of_kind = inner.objects.range(from..).take_while(|(key, _)| key.0 == kind);
        of_kind.map(|(_, object)| Arc::clone(object)).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
