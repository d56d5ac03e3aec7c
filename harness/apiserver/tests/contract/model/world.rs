//! The server under test beside the model: what the clients do, and what must come of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use apiserver::{ApiServer, Delivery, WatchEvent};
use serde_json::{Value, json};

use super::history::{History, View};
use super::step::{NAMES, Step};
use super::watcher::Watcher;
use crate::support::{Http, WIDGETS, options, revision_of, server_with, widget};

/// What the model knows of an object.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    cores: u8,
    note: Option<u8>,
    on: bool,
    red: bool,
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
            red: object["spec"]["color"] == "red",
            finalizer: object["metadata"].get("finalizers").is_some(),
            dying: object["metadata"].get("deletionTimestamp").is_some(),
            generation: number("/metadata/generation").unwrap(),
            revision: revision_of(object),
        }
    }

    fn set_cores(&mut self, cores: u8) {
        self.generation += i64::from(self.cores != cores);
        self.cores = cores;
    }

    fn set_red(&mut self, red: bool) {
        self.generation += i64::from(self.red != red);
        self.red = red;
    }

    fn die(&mut self) {
        self.generation += i64::from(!self.dying);
        self.dying = true;
    }
}

pub struct World {
    server: ApiServer,
    clients: [Http; 2],
    objects: BTreeMap<String, Known>,
    /// What each client last read of each object.
    read: [View; 2],
    watchers: Vec<Watcher>,
    history: History,
    /// The revision before the first step, and that of the last compaction.
    first: u64,
    floor: u64,
}

fn path(name: usize) -> String {
    format!("{WIDGETS}/{}", NAMES[name])
}

impl World {
    pub fn new(hold: bool) -> Self {
        let history = History::default();
        let mut options = options();
        options.observer = Some(history.observer());
        if hold {
            options.gate = Some(Arc::new(|event: &WatchEvent<'_>| {
                if event.revision.is_multiple_of(3) { Delivery::Hold } else { Delivery::Now }
            }));
        }
        let server = server_with(options);
        history.clear();
        let clients = ["one", "two"].map(|name| Http::new(&server, name));
        let first = server.revision();
        let (objects, read, watchers) = (BTreeMap::new(), Default::default(), Vec::new());
        Self { server, clients, objects, read, watchers, history, first, floor: 0 }
    }

    pub async fn take(&mut self, index: usize, step: &Step) {
        let who = index % 2;
        match step {
            Step::Watch { part, start } => {
                let what = (self.watchers.len(), *part, *start);
                let watcher = Watcher::open(&self.server, &self.history, what, self.first).await;
                self.watchers.push(watcher);
            }
            Step::Cut { watcher } => {
                if let Some(watcher) = self.watchers.get(*watcher) {
                    self.server.cut_watches(&watcher.client);
                }
            }
            Step::Compact => {
                self.server.compact();
                self.floor = self.server.revision();
            }
            Step::Pass { seconds } => {
                tokio::time::advance(std::time::Duration::from_secs(u64::from(*seconds))).await;
            }
            Step::Look { back, limit } => self.look(who, *back, *limit).await,
            Step::Try { name, verb } => self.attempt(who, *name, *verb).await,
            write => self.write(who, write).await,
        }
    }

    async fn write(&mut self, who: usize, step: &Step) {
        let client = self.clients[who].clone();
        match step {
            Step::Create { name, finalizer } => self.create(who, *name, *finalizer).await,
            Step::Patch { name, cores } => {
                // Zero cores are below the minimum.
                let patch = json!({"spec": {"cores": cores}});
                let answer = client.merge(&path(*name), &patch).await;
                self.edited(who, *name, answer, *cores == 0, |known| known.set_cores(*cores));
            }
            Step::Test { name, cores } => {
                let patch = json!([{"op": "test", "path": "/spec/cores", "value": cores},
                    {"op": "replace", "path": "/spec/cores", "value": cores + 1}]);
                let kind = "application/json-patch+json";
                let answer = client.patch(&path(*name), kind, &patch).await;
                let other = self.objects.get(NAMES[*name]).is_some_and(|it| it.cores != *cores);
                self.edited(who, *name, answer, other, |known| known.set_cores(cores + 1));
            }
            Step::Status { name, note } => {
                let patch = json!({"status": {"note": note.to_string()}, "spec": {"cores": 9}});
                let answer = client.merge(&format!("{}/status", path(*name)), &patch).await;
                self.edited(who, *name, answer, false, |known| known.note = Some(*note));
            }
            Step::Put { name, cores } => self.put(who, *name, *cores).await,
            Step::Label { name, on } => {
                let value = if *on { json!("yes") } else { Value::Null };
                let patch = json!({"metadata": {"labels": {"on": value}}});
                let answer = client.merge(&path(*name), &patch).await;
                self.edited(who, *name, answer, false, |known| known.on = *on);
            }
            Step::Paint { name, red } => {
                let value = if *red { json!("red") } else { Value::Null };
                let answer = client.merge(&path(*name), &json!({"spec": {"color": value}})).await;
                self.edited(who, *name, answer, false, |known| known.set_red(*red));
            }
            Step::Delete { name } => {
                let answer = client.delete(&path(*name)).await;
                self.deleted(who, *name, answer);
            }
            Step::DeleteRead { name } => self.delete_read(who, *name).await,
            Step::Sweep => self.sweep(who).await,
            Step::Unfinalize { name } => {
                let patch = json!({"metadata": {"finalizers": null}});
                let answer = client.merge(&path(*name), &patch).await;
                self.edited(who, *name, answer, false, |known| known.finalizer = false);
                self.objects.retain(|_, known| !known.dying || known.finalizer);
            }
            other => panic!("{other:?} is no write"),
        }
    }

    async fn create(&mut self, who: usize, name: usize, finalizer: bool) {
        let mut object = widget(NAMES[name]);
        if finalizer {
            object["metadata"]["finalizers"] = json!(["probe.dev/f"]);
        }
        let (code, made) = self.clients[who].post(WIDGETS, &object).await;
        let there = self.objects.contains_key(NAMES[name]);
        assert_eq!(code, if there { 409 } else { 201 }, "{made}");
        if !there {
            let fresh = Known {
                cores: 2,
                note: None,
                on: false,
                red: false,
                finalizer,
                dying: false,
                generation: 1,
                revision: 0,
            };
            self.wrote(who, name, &made, |known| {
                *known = Known { revision: known.revision, ..fresh };
            });
        }
    }

    async fn put(&mut self, who: usize, name: usize, cores: u8) {
        let Some(mut object) = self.read[who].get(NAMES[name]).cloned() else { return };
        object["spec"]["cores"] = json!(cores);
        let (code, answer) = self.clients[who].put(&path(name), &object).await;
        let Some(known) = self.objects.get(NAMES[name]) else {
            assert_eq!(code, 404, "{answer}");
            return;
        };
        if known.revision != revision_of(&object) {
            assert_eq!(code, 409, "{answer}");
            let (_, now) = self.clients[who].get(&path(name)).await;
            self.read[who].insert(NAMES[name].to_owned(), now);
            return;
        }
        self.edited(who, name, (code, answer), cores == 0, |known| known.set_cores(cores));
    }

    async fn delete_read(&mut self, who: usize, name: usize) {
        let Some(object) = self.read[who].get(NAMES[name]) else { return };
        let revision = revision_of(object);
        let options = json!({"preconditions": {"resourceVersion": revision.to_string()}});
        let (code, answer) = self.clients[who].delete_with(&path(name), &options).await;
        match self.objects.get(NAMES[name]) {
            Some(known) if known.revision != revision => assert_eq!(code, 409, "{answer}"),
            _ => self.deleted(who, name, (code, answer)),
        }
    }

    fn deleted(&mut self, who: usize, name: usize, (code, answer): (u16, Value)) {
        let Some(known) = self.objects.get(NAMES[name]).cloned() else {
            assert_eq!(code, 404, "{answer}");
            return;
        };
        assert_eq!(code, 200, "{answer}");
        if known.finalizer {
            self.wrote(who, name, &answer, Known::die);
        } else {
            assert_eq!(answer["kind"], "Status");
            self.objects.remove(NAMES[name]);
        }
    }

    async fn sweep(&mut self, who: usize) {
        let (code, _) = self.clients[who].delete(&format!("{WIDGETS}?labelSelector=on")).await;
        assert_eq!(code, 200);
        self.objects.retain(|_, known| !known.on || known.finalizer);
        for (name, known) in self.objects.iter_mut().filter(|(_, known)| known.on) {
            let before = known.clone();
            known.die();
            let stored = self.server.get("probe.dev", "widgets", Some("default"), name).unwrap();
            if before != *known {
                assert!(revision_of(&stored) > known.revision);
                known.revision = revision_of(&stored);
            }
        }
    }

    /// A write that is only tried leaves no trace.
    async fn attempt(&mut self, who: usize, name: usize, verb: u8) {
        let (client, before) = (&self.clients[who], self.server.revision());
        let there = self.objects.contains_key(NAMES[name]);
        let one = format!("{}?dryRun=All", path(name));
        let (code, wanted) = match verb {
            0 => {
                let object = widget(NAMES[name]);
                let (code, _) = client.post(&format!("{WIDGETS}?dryRun=All"), &object).await;
                (code, if there { 409 } else { 201 })
            }
            1 => (client.delete(&one).await.0, if there { 200 } else { 404 }),
            _ => {
                let patch = json!({"spec": {"cores": 60}});
                (client.merge(&one, &patch).await.0, if there { 200 } else { 404 })
            }
        };
        assert_eq!((code, self.server.revision()), (wanted, before));
    }

    /// Reads a list of the past, page by page.
    async fn look(&mut self, who: usize, back: usize, limit: usize) {
        let revision = self.history.ago(back, self.first);
        let then = self.history.at(revision);
        let mut query = format!("resourceVersion={revision}&resourceVersionMatch=Exact");
        let mut seen = View::new();
        loop {
            let get = format!("{WIDGETS}?{query}&limit={limit}");
            let (code, list) = self.clients[who].get(&get).await;
            if revision < self.floor {
                assert_eq!(code, 410, "{list}");
                return;
            }
            assert_eq!((code, revision_of(&list)), (200, revision), "{list}");
            let items = list["items"].as_array().unwrap();
            assert!(limit == 0 || items.len() <= limit);
            for item in items {
                let name = item["metadata"]["name"].as_str().unwrap().to_owned();
                assert!(seen.insert(name, item.clone()).is_none(), "on two pages");
            }
            let rest = list["metadata"]["remainingItemCount"].as_u64().unwrap_or(0);
            assert_eq!(u64::try_from(then.len() - seen.len()).unwrap(), rest);
            let Some(token) = list["metadata"]["continue"].as_str() else { break };
            query = format!("continue={token}");
        }
        assert_eq!(seen, then);
    }

    /// An edit was answered: it failed as it should, or did what it should.
    fn edited(
        &mut self,
        who: usize,
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
                self.wrote(who, name, &answer, change);
            }
        }
    }

    /// The answer must show what the model expects; a write that changes nothing has no revision.
    fn wrote(&mut self, who: usize, name: usize, answer: &Value, change: impl FnOnce(&mut Known)) {
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
        self.read[who].insert(NAMES[name].to_owned(), answer.clone());
    }

    /// Store, commits and all watchers agree with the model.
    pub async fn agree(&mut self) {
        let stored = self.server.list("probe.dev", "widgets");
        let stored: View = stored
            .iter()
            .map(|object| {
                (object["metadata"]["name"].as_str().unwrap().to_owned(), (**object).clone())
            })
            .collect();
        let shown: BTreeMap<String, Known> =
            stored.iter().map(|(name, object)| (name.clone(), Known::of(object))).collect();
        assert_eq!(shown, self.objects);
        assert_eq!(self.history.at(u64::MAX), stored, "the commits tell another story");
        for watcher in &mut self.watchers {
            self.server.release(&watcher.client);
            watcher.catch_up(self.floor).await;
            if watcher.open {
                let mut wanted = stored.clone();
                wanted.retain(|_, object| watcher.part.has(object));
                assert_eq!(watcher.view, wanted, "{}", watcher.client);
            }
        }
    }
}
