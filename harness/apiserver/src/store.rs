//! Holds the objects: one revision counter, a table per resource, and the log of each table from
//! which watches and old pages are replayed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::auth::Tokens;
use crate::controllers::{Held, Work};
use crate::crd::Crd;
use crate::kinds::{Registry, Resource};
use crate::meta;
use crate::objects::Objects;
use crate::openapi::Documents;
use crate::options::{Change, Commit, Options};
use crate::render;

/// First revision of a new server. Not 0 or 1: these have a meaning of their own in requests.
const FIRST_REVISION: u64 = 1000;

/// One revision of one object.
#[derive(Debug)]
pub(crate) struct Stored {
    pub object: Arc<Value>,
    pub revision: u64,
    json: OnceLock<Bytes>,
}

impl Stored {
    pub(crate) fn new(object: Arc<Value>, revision: u64) -> Arc<Self> {
        Arc::new(Self { object, revision, json: OnceLock::new() })
    }

    /// The object's bytes in its storage version, written once.
    pub(crate) fn json(&self) -> &Bytes {
        self.json.get_or_init(|| render::json(&self.object))
    }
}

/// One commit in a table's log.
#[derive(Debug)]
pub(crate) struct Entry {
    pub change: Change,
    pub namespace: Box<str>,
    pub name: Box<str>,
    pub stored: Arc<Stored>,
    pub previous: Option<Arc<Stored>>,
    /// When it was committed, on the clock that delays are measured with.
    pub at: Instant,
}

impl Entry {
    pub(crate) fn revision(&self) -> u64 {
        self.stored.revision
    }
}

/// The objects of one resource.
#[derive(Debug)]
pub(crate) struct Table {
    pub objects: Objects,
    log: VecDeque<Arc<Entry>>,
    /// Bytes of JSON in the log.
    log_bytes: usize,
    /// Highest revision that the log has lost: who has seen it has missed nothing.
    dropped: u64,
    /// Before this revision nothing is known, whether there was something or not.
    floor: u64,
    /// Wakes the watchers of this table.
    signal: watch::Sender<()>,
}

impl Table {
    fn new(floor: u64) -> Self {
        let (signal, _) = watch::channel(());
        let (objects, log) = (Objects::default(), VecDeque::new());
        Self { objects, log, log_bytes: 0, dropped: 0, floor, signal }
    }

    /// Entries after `revision`, oldest first; none if one of them is lost.
    pub(crate) fn since(
        &self,
        revision: u64,
    ) -> Option<impl DoubleEndedIterator<Item = &Arc<Entry>> + use<'_>> {
        if revision < self.dropped {
            return None;
        }
        let start = self.log.partition_point(|entry| entry.revision() <= revision);
        Some(self.log.range(start..))
    }

    /// Oldest revision from which a watch can start, or that a list can show.
    pub(crate) fn oldest(&self) -> u64 {
        self.dropped.max(self.floor)
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        self.signal.subscribe()
    }

    /// Takes a commit in: the objects, the log, the watchers.
    fn take(&mut self, entry: &Arc<Entry>, limits: &Options) {
        let (namespace, name) = (&*entry.namespace, &*entry.name);
        match entry.change {
            Change::Added | Change::Modified => {
                self.objects.insert(namespace, name, entry.stored.clone());
            }
            Change::Deleted => self.objects.remove(namespace, name),
        }
        self.log_bytes += entry.stored.json().len();
        self.log.push_back(entry.clone());
        while self.log.len() > limits.history.max(1)
            || (self.log.len() > 1 && self.log_bytes > limits.history_bytes)
        {
            let Some(oldest) = self.log.pop_front() else { break };
            self.log_bytes -= oldest.stored.json().len();
            self.dropped = oldest.revision();
        }
        self.signal.send_replace(());
    }

    /// Forgets what was before `revision`. Who has seen it all goes on.
    fn forget(&mut self, revision: u64) {
        self.dropped = self.log.back().map_or(self.dropped, |last| last.revision());
        self.log.clear();
        self.log_bytes = 0;
        self.floor = revision;
    }
}

/// Names an object in the whole server.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key {
    pub group: String,
    pub plural: String,
    pub namespace: String,
    pub name: String,
}

impl Key {
    pub(crate) fn of(resource: &Resource, object: &Value) -> Self {
        let namespace = if resource.namespaced { meta::text(object, "namespace") } else { "" };
        Self {
            group: resource.group.clone(),
            plural: resource.plural.clone(),
            namespace: namespace.to_owned(),
            name: meta::name(object).to_owned(),
        }
    }
}

/// Who names an object as an owner.
#[derive(Debug, Default)]
pub(crate) struct Dependents {
    pub keys: BTreeSet<Key>,
    /// How many of them block the deletion of the owner.
    pub blocking: usize,
}

/// What one client did to its own view.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ClientState {
    /// How often its watches were cut.
    pub cuts: u64,
    /// Held events up to this revision go.
    pub released: u64,
}

/// Everything that a server knows, behind one lock.
#[derive(Debug)]
pub(crate) struct State {
    pub options: Arc<Options>,
    pub registry: Registry,
    pub revision: u64,
    pub watches: u64,
    pub clients: BTreeMap<Arc<str>, ClientState>,
    pub work: VecDeque<Work>,
    /// The tokens that clients may show.
    pub tokens: Tokens,
    /// owner's uid → who names it as an owner
    pub dependents: BTreeMap<String, Dependents>,
    /// The namespaces that are going away, and what holds them.
    pub dying: BTreeMap<String, Held>,
    /// The compiled CRDs by name, each with the generation that it was compiled from.
    pub crds: BTreeMap<String, (Crd, i64)>,
    /// The OpenAPI documents that were asked for.
    pub documents: Documents,
    tables: BTreeMap<Arc<str>, Table>,
    compacted: u64,
}

/// A write that the rules have passed.
pub(crate) struct Write<'a> {
    pub resource: &'a Resource,
    pub change: Change,
    pub namespace: &'a str,
    pub name: &'a str,
    pub object: Value,
    pub previous: Option<Arc<Stored>>,
    pub by: &'a Arc<str>,
}

impl State {
    pub(crate) fn new(options: Options) -> Self {
        Self {
            options: Arc::new(options),
            registry: Registry::default(),
            revision: FIRST_REVISION,
            watches: 0,
            clients: BTreeMap::new(),
            work: VecDeque::new(),
            dependents: BTreeMap::new(),
            tokens: Tokens::default(),
            dying: BTreeMap::new(),
            crds: BTreeMap::new(),
            documents: Documents::default(),
            tables: BTreeMap::new(),
            compacted: FIRST_REVISION,
        }
    }

    pub(crate) fn table(&self, resource: &Resource) -> Option<&Table> {
        self.tables.get(&*resource.table)
    }

    pub(crate) fn table_mut(&mut self, resource: &Resource) -> &mut Table {
        let compacted = self.compacted;
        self.tables.entry(resource.table.clone()).or_insert_with(|| Table::new(compacted))
    }

    pub(crate) fn get(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Option<&Arc<Stored>> {
        self.table(resource)?.objects.get(namespace, name)
    }

    pub(crate) fn client(&self, name: &str) -> ClientState {
        self.clients.get(name).copied().unwrap_or_default()
    }

    /// Tables that hold objects of a namespace, with a resource for each.
    pub(crate) fn resources_in(&self, namespace: &str) -> Vec<Arc<Resource>> {
        let mut seen = BTreeSet::new();
        Registry::builtins()
            .chain(self.registry.customs())
            .filter(|resource| resource.namespaced)
            .filter(|resource| {
                self.table(resource).is_some_and(|table| table.objects.count(Some(namespace)) > 0)
            })
            .filter(|resource| seen.insert(resource.table.clone()))
            .cloned()
            .collect()
    }

    /// Forgets the history: a watch from an earlier revision gets 410, and so does an open one
    /// that has not read it yet.
    pub(crate) fn compact(&mut self) {
        self.compacted = self.revision;
        for table in self.tables.values_mut() {
            table.forget(self.compacted);
        }
        self.wake_all();
    }

    /// Wakes every watcher, so that it looks at its client's state again.
    pub(crate) fn wake_all(&self) {
        for table in self.tables.values() {
            table.signal.send_replace(());
        }
    }

    /// Makes a write visible: new revision, log, observers, watchers, controllers' work.
    pub(crate) fn commit(&mut self, write: Write<'_>) -> Arc<Stored> {
        let Write { resource, change, namespace, name, mut object, previous, by } = write;
        self.revision += 1;
        let revision = self.revision;
        meta::set(&mut object, "resourceVersion", revision.to_string().into());
        let stored = Stored::new(Arc::new(object), revision);
        let entry = Arc::new(Entry {
            change,
            namespace: namespace.into(),
            name: name.into(),
            stored: stored.clone(),
            previous,
            at: Instant::now(),
        });
        let options = self.options.clone();
        self.table_mut(resource).take(&entry, &options);
        self.tell(resource, &entry, by);
        self.index_owners(resource, &entry);
        self.find_work(resource, &entry);
        stored
    }

    fn tell(&self, resource: &Resource, entry: &Entry, by: &Arc<str>) {
        let Some(observer) = &self.options.observer else { return };
        let stored_version = resource.storage_version();
        let version = stored_version.rsplit('/').next().unwrap_or(stored_version);
        observer(&Commit {
            change: entry.change,
            group: resource.group.clone(),
            version: version.to_owned(),
            kind: resource.kind.clone(),
            plural: resource.plural.clone(),
            namespace: resource.namespaced.then(|| entry.namespace.to_string()),
            name: entry.name.to_string(),
            revision: entry.revision(),
            by: by.clone(),
            object: entry.stored.object.clone(),
            json: entry.stored.json().clone(),
            previous: entry.previous.as_ref().map(|stored| stored.object.clone()),
        });
    }

    fn index_owners(&mut self, resource: &Resource, entry: &Entry) {
        let before = entry.previous.as_ref().map(|stored| meta::owners(&stored.object));
        let after = meta::owners(&entry.stored.object);
        let before = before.unwrap_or_default();
        if before.is_empty() && after.is_empty() {
            return;
        }
        let key = Key::of(resource, &entry.stored.object);
        for owner in before {
            if let Some(dependents) = self.dependents.get_mut(owner.uid) {
                dependents.keys.remove(&key);
                dependents.blocking -= usize::from(owner.blocks_deletion);
                if dependents.keys.is_empty() {
                    self.dependents.remove(owner.uid);
                }
            }
        }
        if entry.change != Change::Deleted {
            for owner in after {
                let dependents = self.dependents.entry(owner.uid.to_owned()).or_default();
                dependents.keys.insert(key.clone());
                dependents.blocking += usize::from(owner.blocks_deletion);
            }
        }
    }
}
