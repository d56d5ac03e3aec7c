//! What a real controller (AWX 24.6.1, run in process) answered, replayed against the fake.
//!
//! Each file of `tests/fixtures` is a tape. A test plays its entries in order: it sends the
//! request, and compares status, headers and body. What cannot be played stands in [`NOT_PLAYED`]
//! with the reason; an entry that is neither played nor listed fails the test.

mod compare;
mod installation;
mod jobs;
mod launches;
mod lists;
mod roots;
mod states;

use serde_json::Value;

use crate::support::Answer;
use compare::{Body, headers, same};

/// Entries that the fake does not reproduce.
const NOT_PLAYED: &[(&str, &str, &str)] = &[
    ("09-taskmanager", "deps", "a look into the database, no request"),
    ("09-taskmanager", "pu", "a look into the database, no request"),
    (
        "11-workflow",
        "child job",
        "a workflow's jobs run as soon as it does, they are never pending",
    ),
    ("11-workflow", "child after TM", "as above"),
    ("11-workflow", "child right after cancel", "as above: it is running, not pending"),
    ("11-workflow", "child after WM 1", "its jobs end together with the workflow, not before it"),
    ("12-more", "relaunch active", "relaunches are not done (501)"),
    ("12-more", "token of inactive user", "users cannot be made inactive"),
];

/// A recorded file, and how far it was played.
struct Tape {
    name: &'static str,
    entries: std::collections::VecDeque<Value>,
}

impl Tape {
    fn open(name: &'static str) -> Tape {
        let path = format!("{}/tests/fixtures/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let entries = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        Tape { name, entries }
    }

    /// The next entry, which must have this tag; those that are not played are passed over.
    fn next(&mut self, tag: &str) -> Value {
        loop {
            let Some(entry) = self.entries.pop_front() else { panic!("{}: no `{tag}`", self.name) };
            if entry["tag"] == tag {
                return entry;
            }
            self.pass_over(&entry);
        }
    }

    fn pass_over(&self, entry: &Value) {
        let listed =
            NOT_PLAYED.iter().any(|(file, tag, _)| *file == self.name && entry["tag"] == *tag);
        assert!(listed, "{}: not played and not listed: {}", self.name, entry["tag"]);
    }

    /// The answer is what was recorded.
    fn check(&mut self, tag: &str, answer: &Answer) {
        self.check_as(tag, answer, Body::Whole, &[]);
    }

    /// The same, with the body seen in some way and some fields left out.
    fn check_as(&mut self, tag: &str, answer: &Answer, body: Body, except: &[&str]) {
        let entry = self.next(tag);
        let place = format!("{} `{tag}`", self.name);
        assert_eq!(u64::from(answer.status), entry["status"], "{place}: {}", answer.text);
        headers(&place, &entry["headers"], answer);
        same(&place, &entry["body"], answer, body, except);
    }

    fn close(mut self) {
        while let Some(entry) = self.entries.pop_front() {
            self.pass_over(&entry);
        }
    }
}

#[test]
fn what_is_not_played_was_recorded() {
    for (file, tag, _) in NOT_PLAYED {
        let tape = Tape::open(file);
        assert!(tape.entries.iter().any(|entry| entry["tag"] == *tag), "{file}: {tag}");
    }
}
