//! Random clients against a model: whatever they do, the store, what each watcher has seen and
//! the model agree.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use apiserver::{ApiServer, Change, Commit, Delivery, WatchEvent};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Http, WIDGETS, Watch, cases, options, server_with, widget};

const NAMES: [&str; 4] = ["a", "b", "c", "d"];
const STEPS_MAX: usize = 60;

/// One thing that a client does.
#[derive(Clone, Debug)]
enum Step {
    Create {
        name: usize,
        finalizer: bool,
    },
    /// A merge patch of the spec.
    Patch {
        name: usize,
        cores: u8,
    },
    /// A patch of the status.
    Status {
        name: usize,
        note: u8,
    },
    /// A PUT of what the client read at some time before.
    Put {
        name: usize,
        cores: u8,
    },
    Label {
        name: usize,
        on: bool,
    },
    Delete {
        name: usize,
    },
    Unfinalize {
        name: usize,
    },
    /// Opens another watch from the latest list.
    Watch {
        labelled: bool,
    },
    Cut {
        watcher: usize,
    },
    Compact,
    Pass {
        seconds: u8,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let name = 0..NAMES.len();
    prop_oneof![
        4 => (name.clone(), any::<bool>())
            .prop_map(|(name, finalizer)| Step::Create { name, finalizer }),
        4 => (name.clone(), 0..4_u8).prop_map(|(name, cores)| Step::Patch { name, cores }),
        3 => (name.clone(), 0..3_u8).prop_map(|(name, note)| Step::Status { name, note }),
        3 => (name.clone(), 0..4_u8).prop_map(|(name, cores)| Step::Put { name, cores }),
        3 => (name.clone(), any::<bool>()).prop_map(|(name, on)| Step::Label { name, on }),
        3 => name.clone().prop_map(|name| Step::Delete { name }),
        2 => name.prop_map(|name| Step::Unfinalize { name }),
        2 => any::<bool>().prop_map(|labelled| Step::Watch { labelled }),
        1 => (0..4_usize).prop_map(|watcher| Step::Cut { watcher }),
        1 => Just(Step::Compact),
        2 => (0..90_u8).prop_map(|seconds| Step::Pass { seconds }),
    ]
}

/// What the model knows of an object.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    cores: u8,
    note: Option<u8>,
    on: bool,
    finalizer: bool,
    dying: bool,
    generation: i64,
    revision: u64,
}

impl Known {
    fn of(object: &Value) -> Self {
        let number = |path: &str| object.pointer(path).and_then(Value::as_i64);
        Self {
            cores: u8::try_from(number("/spec/cores").unwrap()).unwrap(),
            note: object["status"]["note"].as_str().map(|note| note.parse().unwrap()),
            on: object["metadata"]["labels"]["on"] == "yes",
            finalizer: object["metadata"].get("finalizers").is_some(),
            dying: object["metadata"].get("deletionTimestamp").is_some(),
            generation: number("/metadata/generation").unwrap(),
            revision: revision_of(object),
        }
    }
}

fn revision_of(object: &Value) -> u64 {
    object["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap()
}

/// A watcher and the objects that it believes in.
struct Watcher {
    stream: Watch,
    client: String,
    labelled: bool,
    view: BTreeMap<String, Value>,
    seen: u64,
    open: bool,
}

impl Watcher {
    /// Lists, then watches from the list.
    async fn open(server: &ApiServer, number: usize, labelled: bool) -> Self {
        let name = format!("watcher-{number}");
        let client = Http::new(server, &name);
        let selector = if labelled { "labelSelector=on%3Dyes" } else { "" };
        let (code, list) = client.get(&format!("{WIDGETS}?{selector}")).await;
        assert_eq!(code, 200);
        let seen = revision_of(&list);
        let objects = list["items"].as_array().unwrap().iter();
        let view = objects
            .map(|object| (object["metadata"]["name"].as_str().unwrap().to_owned(), object.clone()))
            .collect();
        let query = "watch=1&allowWatchBookmarks=true&timeoutSeconds=3600";
        let path = format!("{WIDGETS}?{query}&resourceVersion={seen}&{selector}");
        let stream = client.watch(&path).await;
        Self { stream, client: name, labelled, view, seen, open: true }
    }

    /// Takes in all events that are there.
    async fn catch_up(&mut self) {
        while self.open {
            let wait = std::time::Duration::from_millis(1);
            let Ok(event) = tokio::time::timeout(wait, self.stream.next()).await else { return };
            let Some((kind, object)) = event else {
                self.open = false;
                return;
            };
            if kind == "ERROR" {
                // Its history was forgotten before it had read it.
                assert_eq!(object["code"], 410);
                self.open = false;
                return;
            }
            let revision = revision_of(&object);
            if kind == "BOOKMARK" {
                assert!(revision >= self.seen, "bookmarks never go back");
                self.seen = revision;
                continue;
            }
            assert!(revision > self.seen, "{kind} {revision} after {}", self.seen);
            self.seen = revision;
            let name = object["metadata"]["name"].as_str().unwrap().to_owned();
            match kind.as_str() {
                "ADDED" => assert!(self.view.insert(name, object).is_none(), "added twice"),
                "MODIFIED" => assert!(self.view.insert(name, object).is_some(), "not there"),
                "DELETED" => assert!(self.view.remove(&name).is_some(), "deleted twice"),
                other => panic!("{other} {object}"),
            }
        }
    }
}

struct Model {
    server: ApiServer,
    clients: [Http; 2],
    objects: BTreeMap<String, Known>,
    /// What the clients last read of each object.
    read: BTreeMap<String, Value>,
    watchers: Vec<Watcher>,
    commits: Arc<Mutex<Vec<Commit>>>,
}

impl Model {
    fn new(hold: bool) -> Self {
        let commits = Arc::new(Mutex::new(Vec::new()));
        let mut options = options();
        let log = commits.clone();
        options.observer = Some(Arc::new(move |commit: &Commit| {
            log.lock().unwrap().push(commit.clone());
        }));
        if hold {
            options.gate = Some(Arc::new(|event: &WatchEvent<'_>| {
                if event.revision.is_multiple_of(3) { Delivery::Hold } else { Delivery::Now }
            }));
        }
        let server = server_with(options);
        commits.lock().unwrap().clear();
        let clients = ["one", "two"].map(|name| Http::new(&server, name));
        let (objects, read) = (BTreeMap::new(), BTreeMap::new());
        Self { server, clients, objects, read, watchers: Vec::new(), commits }
    }

    async fn take(&mut self, index: usize, step: &Step) {
        let client = self.clients[index % 2].clone();
        let path = |name: usize| format!("{WIDGETS}/{}", NAMES[name]);
        match step {
            Step::Create { name, finalizer } => {
                let mut object = widget(NAMES[*name]);
                if *finalizer {
                    object["metadata"]["finalizers"] = json!(["probe.dev/f"]);
                }
                let (code, made) = client.post(WIDGETS, &object).await;
                let there = self.objects.contains_key(NAMES[*name]);
                assert_eq!(code, if there { 409 } else { 201 }, "{made}");
                if !there {
                    self.wrote(*name, &made, |known| {
                        *known = Known {
                            cores: 2,
                            note: None,
                            on: false,
                            finalizer: *finalizer,
                            dying: false,
                            generation: 1,
                            revision: known.revision,
                        }
                    });
                }
            }
            Step::Patch { name, cores } => {
                // Zero cores are below the minimum.
                let patch = json!({"spec": {"cores": cores}});
                let answer = client.merge(&path(*name), &patch).await;
                self.edited(*name, answer, *cores == 0, |known| {
                    known.generation += i64::from(known.cores != *cores);
                    known.cores = *cores;
                });
            }
            Step::Status { name, note } => {
                let patch = json!({"status": {"note": note.to_string()}, "spec": {"cores": 9}});
                let answer = client.merge(&format!("{}/status", path(*name)), &patch).await;
                self.edited(*name, answer, false, |known| known.note = Some(*note));
            }
            Step::Put { name, cores } => self.put(&client, *name, *cores).await,
            Step::Label { name, on } => {
                let value = if *on { json!("yes") } else { Value::Null };
                let patch = json!({"metadata": {"labels": {"on": value}}});
                let answer = client.merge(&path(*name), &patch).await;
                self.edited(*name, answer, false, |known| known.on = *on);
            }
            Step::Delete { name } => self.delete(&client, *name).await,
            Step::Unfinalize { name } => {
                let patch = json!({"metadata": {"finalizers": null}});
                let answer = client.merge(&path(*name), &patch).await;
                self.edited(*name, answer, false, |known| known.finalizer = false);
                let gone = |known: &Known| known.dying && !known.finalizer;
                self.objects.retain(|_, known| !gone(known));
            }
            Step::Watch { labelled } => {
                let number = self.watchers.len();
                self.watchers.push(Watcher::open(&self.server, number, *labelled).await);
            }
            Step::Cut { watcher } => {
                if let Some(watcher) = self.watchers.get(*watcher) {
                    self.server.cut_watches(&watcher.client);
                }
            }
            Step::Compact => self.server.compact(),
            Step::Pass { seconds } => {
                tokio::time::advance(std::time::Duration::from_secs(u64::from(*seconds))).await;
            }
        }
    }

    async fn put(&mut self, client: &Http, name: usize, cores: u8) {
        let Some(mut object) = self.read.get(NAMES[name]).cloned() else { return };
        object["spec"]["cores"] = json!(cores);
        let (code, answer) = client.put(&format!("{WIDGETS}/{}", NAMES[name]), &object).await;
        let Some(known) = self.objects.get(NAMES[name]) else {
            assert_eq!(code, 404, "{answer}");
            return;
        };
        let stale = known.revision != revision_of(&object);
        let uid = self.server.get("probe.dev", "widgets", Some("default"), NAMES[name]).unwrap();
        let reborn = uid["metadata"]["uid"] != object["metadata"]["uid"];
        if stale || reborn {
            assert_eq!(code, 409, "{answer}");
            return;
        }
        self.edited(name, (code, answer), cores == 0, |known| {
            known.generation += i64::from(known.cores != cores);
            known.cores = cores;
        });
    }

    async fn delete(&mut self, client: &Http, name: usize) {
        let (code, answer) = client.delete(&format!("{WIDGETS}/{}", NAMES[name])).await;
        let Some(known) = self.objects.get(NAMES[name]).cloned() else {
            assert_eq!(code, 404, "{answer}");
            return;
        };
        assert_eq!(code, 200, "{answer}");
        if known.finalizer {
            self.edited(name, (code, answer), false, |known| {
                known.generation += i64::from(!known.dying);
                known.dying = true;
            });
        } else {
            assert_eq!(answer["kind"], "Status");
            self.objects.remove(NAMES[name]);
        }
    }

    /// An edit was answered: it failed as it should, or did what it should.
    fn edited(
        &mut self,
        name: usize,
        (code, answer): (u16, Value),
        invalid: bool,
        change: impl FnOnce(&mut Known),
    ) {
        match (self.objects.contains_key(NAMES[name]), invalid) {
            (false, _) => assert_eq!(code, 404, "{answer}"),
            (true, true) => assert_eq!(code, 422, "{answer}"),
            (true, false) => {
                assert_eq!(code, 200, "{answer}");
                self.wrote(name, &answer, change);
            }
        }
    }

    /// The answer must show what the model expects; a write that changes nothing has no revision.
    fn wrote(&mut self, name: usize, answer: &Value, change: impl FnOnce(&mut Known)) {
        let before = self.objects.get(NAMES[name]).cloned();
        let shown = Known::of(answer);
        let mut known = before.clone().unwrap_or_else(|| shown.clone());
        change(&mut known);
        let gone = known.dying && !known.finalizer;
        if before.as_ref() != Some(&known) && !gone {
            known.revision = self.server.revision();
        }
        assert_eq!(shown, known);
        self.objects.insert(NAMES[name].to_owned(), known);
        self.read.insert(NAMES[name].to_owned(), answer.clone());
    }

    /// Store, commits and all watchers agree with the model.
    async fn agree(&mut self) {
        let stored = self.server.list("probe.dev", "widgets");
        let stored: BTreeMap<String, Value> = stored
            .iter()
            .map(|object| {
                (object["metadata"]["name"].as_str().unwrap().to_owned(), (**object).clone())
            })
            .collect();
        let shown: BTreeMap<String, Known> =
            stored.iter().map(|(name, object)| (name.clone(), Known::of(object))).collect();
        assert_eq!(shown, self.objects);
        assert_eq!(self.replay(), stored, "the commits tell another story");
        for watcher in &mut self.watchers {
            self.server.release(&watcher.client);
            watcher.catch_up().await;
            if watcher.open {
                let mut wanted = stored.clone();
                let on = |object: &Value| object["metadata"]["labels"]["on"] == "yes";
                wanted.retain(|_, object| !watcher.labelled || on(object));
                assert_eq!(watcher.view, wanted, "{}", watcher.client);
            }
        }
    }

    /// The objects, from nothing but the commits that the observer heard of.
    fn replay(&self) -> BTreeMap<String, Value> {
        let mut objects = BTreeMap::new();
        let mut last = 0;
        for commit in self.commits.lock().unwrap().iter() {
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

fn run(steps: &[Step], hold: bool) {
    let builder = tokio::runtime::Builder::new_current_thread();
    let runtime = { builder }.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut model = Model::new(hold);
        for (index, step) in steps.iter().enumerate() {
            model.take(index, step).await;
            // Watchers that lag see several changes at once.
            if index % 3 == 0 {
                model.agree().await;
            }
        }
        model.agree().await;
    });
}

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn store_and_watchers_agree_with_the_model(
        steps in proptest::collection::vec(step(), 1..STEPS_MAX),
    ) {
        run(&steps, false);
    }

    #[test]
    fn they_agree_again_when_held_events_are_released(
        steps in proptest::collection::vec(step(), 1..STEPS_MAX),
    ) {
        run(&steps, true);
    }
}
