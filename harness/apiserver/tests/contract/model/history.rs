//! What was committed, as the observer heard it: the past in which lists and watches are checked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use apiserver::{Change, Commit, Observer};
use serde_json::Value;

use crate::support::revision_of;

/// Objects by name.
pub type View = BTreeMap<String, Value>;

#[derive(Clone, Default)]
pub struct History(Arc<Mutex<Vec<Commit>>>);

impl History {
    pub fn observer(&self) -> Observer {
        let log = self.0.clone();
        Arc::new(move |commit: &Commit| log.lock().unwrap().push(commit.clone()))
    }

    /// Forgets what the server did for itself.
    pub fn clear(&self) {
        self.0.lock().unwrap().clear();
    }

    /// The revision of so many commits ago; `first` if there are not so many.
    pub fn ago(&self, count: usize, first: u64) -> u64 {
        let log = self.0.lock().unwrap();
        log.iter().rev().nth(count).map_or(first, |commit| commit.revision)
    }

    /// The objects at a revision, from nothing but the commits.
    pub fn at(&self, revision: u64) -> View {
        let mut objects = View::new();
        let mut last = 0;
        for commit in self.0.lock().unwrap().iter() {
            if commit.revision > revision {
                break;
            }
            assert!(commit.revision > last, "revisions grow");
            last = commit.revision;
            assert_eq!(revision_of(&commit.object), commit.revision);
            let previous = commit.previous.as_deref();
            assert_eq!(objects.get(&commit.name), previous, "{}", commit.name);
            match commit.change {
                Change::Added | Change::Modified => {
                    objects.insert(commit.name.clone(), (*commit.object).clone());
                }
                Change::Deleted => {
                    objects.remove(&commit.name);
                }
            }
        }
        objects
    }
}
