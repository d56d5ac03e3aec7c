//! A client that watches, and the objects that it believes in.

use std::time::Duration;

use apiserver::ApiServer;
use serde_json::Value;

use super::history::{History, View};
use super::step::{NAMES, Part, Start};
use crate::support::{Http, WIDGETS, Watch, revision_of};

impl Part {
    fn query(self) -> String {
        match self {
            Self::All => String::new(),
            Self::Labelled => "labelSelector=on%3Dyes".to_owned(),
            Self::Red => "fieldSelector=spec.color=red".to_owned(),
            Self::Named(name) => format!("fieldSelector=metadata.name={}", NAMES[name]),
        }
    }

    pub fn has(self, object: &Value) -> bool {
        match self {
            Self::All => true,
            Self::Labelled => object["metadata"]["labels"]["on"] == "yes",
            Self::Red => object["spec"]["color"] == "red",
            Self::Named(name) => object["metadata"]["name"] == NAMES[name],
        }
    }
}

pub struct Watcher {
    stream: Watch,
    pub client: String,
    pub part: Part,
    pub view: View,
    /// It knows everything up to here.
    seen: u64,
    /// The state with which the stream began is complete.
    whole: bool,
    pub open: bool,
}

impl Watcher {
    pub async fn open(
        server: &ApiServer,
        history: &History,
        (number, part, start): (usize, Part, Start),
        first: u64,
    ) -> Self {
        let name = format!("watcher-{number}");
        let client = Http::new(server, &name);
        let select = part.query();
        let (view, seen) = match start {
            Start::List => {
                let (code, list) = client.get(&format!("{WIDGETS}?{select}")).await;
                assert_eq!(code, 200);
                let objects = list["items"].as_array().unwrap().iter();
                (
                    objects.map(|object| (name_of(object), object.clone())).collect(),
                    revision_of(&list),
                )
            }
            Start::Stream => (View::new(), 0),
            Start::Old(back) => {
                let revision = history.ago(back, first);
                let mut view = history.at(revision);
                view.retain(|_, object| part.has(object));
                (view, revision)
            }
        };
        let whole = !matches!(start, Start::Stream);
        let from = if whole {
            format!("resourceVersion={seen}")
        } else {
            "sendInitialEvents=true&resourceVersionMatch=NotOlderThan".to_owned()
        };
        let query = "watch=1&allowWatchBookmarks=true&timeoutSeconds=3600";
        let stream = client.watch(&format!("{WIDGETS}?{query}&{from}&{select}")).await;
        Self { stream, client: name, part, view, seen, whole, open: true }
    }

    /// Takes in all events that are there. `floor`: before this revision history was forgotten.
    pub async fn catch_up(&mut self, floor: u64) {
        while self.open {
            let wait = Duration::from_millis(1);
            let Ok(event) = tokio::time::timeout(wait, self.stream.next()).await else { return };
            let Some((kind, object)) = event else {
                self.open = false;
                return;
            };
            if kind == "ERROR" {
                assert_eq!(object["code"], 410);
                assert!(self.seen < floor, "nothing was lost after {}", self.seen);
                self.open = false;
                return;
            }
            self.take(&kind, object);
        }
    }

    fn take(&mut self, kind: &str, object: Value) {
        let revision = revision_of(&object);
        if kind == "BOOKMARK" {
            assert!(revision >= self.seen, "bookmarks never go back");
            let ends = &object["metadata"]["annotations"]["k8s.io/initial-events-end"];
            assert_eq!(!self.whole, ends == "true", "one bookmark ends the state: the first");
            (self.seen, self.whole) = (revision, true);
            return;
        }
        assert!(!self.whole || revision > self.seen, "{kind} {revision} after {}", self.seen);
        assert!(self.whole || kind == "ADDED", "{kind} in the initial state");
        if self.whole {
            self.seen = revision;
        }
        let name = name_of(&object);
        match kind {
            "ADDED" => assert!(self.view.insert(name, object).is_none(), "added twice"),
            "MODIFIED" => assert!(self.view.insert(name, object).is_some(), "not there"),
            "DELETED" => assert!(self.view.remove(&name).is_some(), "deleted twice"),
            other => panic!("{other} {object}"),
        }
    }
}

fn name_of(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap().to_owned()
}
