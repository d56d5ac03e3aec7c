//! What a server is given at its birth, and what it tells while it lives: clock, dice, observers
//! and the gate in front of watchers.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

/// Calendar time, asked for at every write.
pub type Now = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Chance, asked for uids and generated names.
pub type Dice = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Hears of every commit, in the order of revisions. It runs inside the server's lock: it must
/// not call back into the server.
pub type Observer = Arc<dyn Fn(&Commit) + Send + Sync>;

/// Hears of every event that is really handed to a watcher. It runs inside the server's lock.
pub type WatchObserver = Arc<dyn Fn(&WatchEvent<'_>) + Send + Sync>;

/// Decides, per watch stream and live event, when the event is delivered. It runs inside the
/// server's lock and is asked once for each pair of stream and event, in the order of revisions.
pub type Gate = Arc<dyn Fn(&WatchEvent<'_>) -> Delivery + Send + Sync>;

/// Request extension: who is calling. A request without it comes from `anonymous`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientName(pub Arc<str>);

impl ClientName {
    /// A client of that name.
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }
}

/// What a commit did to an object, or a watch event says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// It was not there before (or not for this watcher's selector).
    Added,
    /// It was there and is different now.
    Modified,
    /// It is gone (or no longer matches this watcher's selector).
    Deleted,
}

impl Change {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Modified => "MODIFIED",
            Self::Deleted => "DELETED",
        }
    }
}

/// One committed write.
#[derive(Clone, Debug)]
pub struct Commit {
    /// What happened to the object.
    pub change: Change,
    /// API group; empty for the core group.
    pub group: String,
    /// Version in which the object is stored.
    pub version: String,
    /// Kind of the object.
    pub kind: String,
    /// Resource name, plural.
    pub plural: String,
    /// Namespace, if the resource is namespaced.
    pub namespace: Option<String>,
    /// Name of the object.
    pub name: String,
    /// The server's revision after this commit.
    pub revision: u64,
    /// The client's name, or the name of the controller inside the server.
    pub by: Arc<str>,
    /// The object after the commit; of a deletion, its last state with the deletion's revision.
    pub object: Arc<Value>,
    /// That object as JSON, as answers and watches carry it.
    pub json: Bytes,
    /// The object before the commit.
    pub previous: Option<Arc<Value>>,
}

/// When a watch event reaches its watcher.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// At once.
    Now,
    /// So long after the commit; later events of the stream wait behind it.
    After(Duration),
    /// Not before [`crate::ApiServer::release`] is called for the client; later events of the
    /// stream wait behind it.
    Hold,
    /// Never. Bookmarks do not pass beyond it until a later event was delivered.
    Drop,
    /// Two times in a row.
    Twice,
}

/// An event of one watch stream, as the gate and the watch observer see it.
#[derive(Clone, Copy, Debug)]
pub struct WatchEvent<'a> {
    /// Who watches.
    pub client: &'a str,
    /// Number of the watch stream, counted from 1 in the order of requests.
    pub watch: u64,
    /// What the event says, after the stream's selectors.
    pub change: Change,
    /// API group; empty for the core group.
    pub group: &'a str,
    /// Version that the watcher asked for.
    pub version: &'a str,
    /// Kind of the object.
    pub kind: &'a str,
    /// Resource name, plural.
    pub plural: &'a str,
    /// Namespace, if the resource is namespaced.
    pub namespace: Option<&'a str>,
    /// Name of the object.
    pub name: &'a str,
    /// Revision of the commit.
    pub revision: u64,
    /// The object as it was committed.
    pub object: &'a Value,
    /// Part of the initial state that a watch starts with: the gate is not asked for these.
    pub initial: bool,
}

/// Which controllers live in the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// As a cluster: garbage collection, namespace deletion, a service account and the root
    /// certificate in every namespace.
    Cluster,
    /// As `envtest`: only the API server itself.
    Envtest,
}

/// How a server is built. Start with [`Options::new`].
#[derive(Clone)]
pub struct Options {
    /// Calendar time.
    pub now: Now,
    /// Chance.
    pub dice: Dice,
    /// Hears of every commit.
    pub observer: Option<Observer>,
    /// Hears of every event delivered to a watcher.
    pub watch_observer: Option<WatchObserver>,
    /// Decides when watch events are delivered.
    pub gate: Option<Gate>,
    /// Which controllers live in the server.
    pub profile: Profile,
    /// Keeps `metadata.managedFields`, as a real server does, and with them server-side apply. A
    /// world that needs neither saves their cost at every write.
    pub managed_fields: bool,
    /// Events kept per resource for watch replay and for pages of a list; older ones give 410.
    pub history: usize,
    /// Bytes of JSON that these events may have per resource; the oldest make room. The latest
    /// event is always kept.
    pub history_bytes: usize,
}

impl Options {
    /// Events kept per resource unless told otherwise.
    pub const HISTORY_EVENTS: usize = 10_000;

    /// Bytes of these events kept per resource unless told otherwise.
    pub const HISTORY_BYTES: usize = 64 * 1024 * 1024;

    /// A cluster without observers and gate.
    pub fn new(now: Now, dice: Dice) -> Self {
        Self {
            now,
            dice,
            observer: None,
            watch_observer: None,
            gate: None,
            profile: Profile::Cluster,
            managed_fields: true,
            history: Self::HISTORY_EVENTS,
            history_bytes: Self::HISTORY_BYTES,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("profile", &self.profile)
            .field("managed_fields", &self.managed_fields)
            .field("history", &self.history)
            .field("history_bytes", &self.history_bytes)
            .finish_non_exhaustive()
    }
}
