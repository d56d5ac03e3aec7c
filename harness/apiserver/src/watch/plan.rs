//! One stream: where it stands, what it waits for, what it sends next.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep_until};

use super::frame;
use crate::kinds::Resource;
use crate::meta;
use crate::negotiate::View;
use crate::objects::Part;
use crate::options::{Change, Delivery, WatchEvent};
use crate::request::Query;
use crate::selectors::Selector;
use crate::server::Inner;
use crate::status::ApiError;
use crate::store::{Entry, State, Stored};

/// Time between bookmarks.
const BOOKMARK_EVERY: Duration = Duration::from_secs(60);
/// Length of a watch that does not say how long it wants to be; a real server takes a random
/// time between this and twice as much.
const TIMEOUT_DEFAULT_SECONDS: u64 = 1800;
const TIMEOUT_MAX_SECONDS: u64 = 365 * 24 * 3600;

/// What a client wants to watch.
#[derive(Debug)]
pub(crate) struct WatchRequest {
    pub resource: Arc<Resource>,
    pub namespace: Option<String>,
    pub name: Option<String>,
    pub selector: Selector,
    pub view: View,
    pub query: Query,
    pub client: Arc<str>,
    pub revision: Option<u64>,
    /// `sendInitialEvents`
    pub initial: Option<bool>,
    pub bookmarks: bool,
    pub timeout_seconds: i64,
}

impl WatchRequest {
    /// The objects that it is about, before the selectors.
    fn part(&self) -> Part<'_> {
        let name = self.name.as_deref().or(self.selector.name());
        Part { namespace: self.namespace.as_deref(), name, after: None }
    }
}

/// A watch that has been admitted, before its first event.
#[derive(Debug)]
pub(crate) struct WatchPlan {
    request: WatchRequest,
    id: u64,
    receiver: Receiver<()>,
    /// State to start with.
    initial: VecDeque<Arc<Stored>>,
    /// The bookmark that ends the initial state, still to be sent.
    initial_bookmark: bool,
    error: Option<ApiError>,
    /// Log entries up to this revision have been looked at.
    cursor: u64,
    /// The client has seen everything up to this revision.
    seen: u64,
    /// An event was dropped since `seen`.
    lost: bool,
    cuts: u64,
    deadline: Instant,
    next_bookmark: Instant,
    last_bookmark_sent: bool,
    pending: VecDeque<Pending>,
    columns_sent: bool,
}

/// An event that the gate has looked at.
#[derive(Debug)]
struct Pending {
    event: Event,
    hold: bool,
    visible: Instant,
    times: u8,
}

/// A log entry as one watcher sees it.
#[derive(Clone, Debug)]
struct Event {
    change: Change,
    stored: Arc<Stored>,
}

enum Step {
    Frame(Bytes),
    Wait(Instant),
    End,
}

impl WatchPlan {
    pub(crate) fn new(state: &mut State, request: WatchRequest) -> Self {
        state.watches += 1;
        let (id, current) = (state.watches, state.revision);
        let cuts = state.client(&request.client).cuts;
        let table = state.table_mut(&request.resource);
        let receiver = table.subscribe();
        let from = request.revision.unwrap_or(0);
        let wants_state = match request.initial {
            Some(wanted) => wanted,
            None => from == 0,
        };
        let mut initial = VecDeque::new();
        let mut error = None;
        let mut cursor = current;
        if wants_state {
            let objects = table.objects.part(request.part());
            let objects = objects.filter(|(_, stored)| request.selector.matches(&stored.object));
            initial.extend(objects.map(|(_, stored)| stored.clone()));
        } else if from > 0 {
            cursor = from;
            if from < table.oldest() {
                error = Some(ApiError::expired(from, table.oldest()));
            }
        }
        let seconds = match u64::try_from(request.timeout_seconds) {
            Ok(seconds) if seconds > 0 => seconds.min(TIMEOUT_MAX_SECONDS),
            _ => TIMEOUT_DEFAULT_SECONDS,
        };
        let now = Instant::now();
        Self {
            initial_bookmark: request.initial == Some(true) && request.bookmarks,
            request,
            id,
            receiver,
            initial,
            error,
            cursor,
            seen: cursor,
            lost: false,
            cuts,
            deadline: now + Duration::from_secs(seconds),
            next_bookmark: now + BOOKMARK_EVERY,
            last_bookmark_sent: false,
            pending: VecDeque::new(),
            columns_sent: false,
        }
    }

    /// The next line of the stream; None at its end.
    pub(crate) async fn next(&mut self, inner: &Inner) -> Option<Bytes> {
        loop {
            let step = {
                let state = inner.lock();
                // Everything up to here is looked at below.
                self.receiver.borrow_and_update();
                self.step(&state)
            };
            match step {
                Step::Frame(frame) => return Some(frame),
                Step::End => return None,
                Step::Wait(until) => {
                    tokio::select! {
                        biased;
                        changed = self.receiver.changed() => {
                            if changed.is_err() {
                                return None;
                            }
                        }
                        () = sleep_until(until) => {}
                    }
                }
            }
        }
    }

    fn step(&mut self, state: &State) -> Step {
        if state.client(&self.request.client).cuts != self.cuts {
            return Step::End;
        }
        if let Some(stored) = self.initial.pop_front() {
            let event = Event { change: Change::Added, stored };
            return Step::Frame(self.deliver(state, &event, true));
        }
        if std::mem::take(&mut self.initial_bookmark) {
            return Step::Frame(frame::bookmark(&self.request.resource, self.cursor, true));
        }
        if let Some(error) = self.error.take() {
            self.deadline = Instant::now();
            self.last_bookmark_sent = true;
            return Step::Frame(frame::error(&error));
        }
        if self.last_bookmark_sent && Instant::now() >= self.deadline {
            return Step::End;
        }
        if let Err(error) = self.examine(state) {
            self.deadline = Instant::now();
            self.last_bookmark_sent = true;
            return Step::Frame(frame::error(&error));
        }
        let now = Instant::now();
        let released = state.client(&self.request.client).released;
        let mut wait = self.deadline;
        if let Some(first) = self.pending.front_mut() {
            let held = first.hold && first.event.stored.revision > released;
            if !held && first.visible <= now {
                first.times -= 1;
                let event = first.event.clone();
                if first.times == 0 {
                    self.pending.pop_front();
                }
                return Step::Frame(self.deliver(state, &event, false));
            }
            if !held {
                wait = wait.min(first.visible);
            }
        }
        if self.is_orphaned(state) {
            return Step::End;
        }
        self.step_time(state, now, wait)
    }

    /// Has the CRD of the watched resource gone?
    fn is_orphaned(&self, state: &State) -> bool {
        let resource = &self.request.resource;
        resource.custom().is_some()
            && state.registry.find(&resource.group, &resource.version, &resource.plural).is_none()
    }

    /// Bookmarks and the end, when there is no event to deliver.
    fn step_time(&mut self, state: &State, now: Instant, wait: Instant) -> Step {
        let last = now >= self.deadline;
        if last && (!self.request.bookmarks || self.last_bookmark_sent) {
            return Step::End;
        }
        if self.request.bookmarks && (last || now >= self.next_bookmark) {
            self.last_bookmark_sent = last;
            self.next_bookmark = now + BOOKMARK_EVERY;
            let revision = self.safe_revision(state);
            return Step::Frame(frame::bookmark(&self.request.resource, revision, false));
        }
        let bookmark = if self.request.bookmarks { self.next_bookmark } else { wait };
        Step::Wait(wait.min(bookmark))
    }

    /// The revision up to which this client has missed nothing.
    fn safe_revision(&self, state: &State) -> u64 {
        if self.lost || !self.pending.is_empty() {
            self.seen
        } else {
            state.revision.max(self.cursor)
        }
    }

    /// Looks at new log entries, up to the first one that can be delivered.
    fn examine(&mut self, state: &State) -> Result<(), ApiError> {
        let Some(table) = state.table(&self.request.resource) else { return Ok(()) };
        let gate = state.options.gate.as_ref();
        if gate.is_none() && !self.pending.is_empty() {
            return Ok(());
        }
        let Some(entries) = table.since(self.cursor) else {
            return Err(ApiError::expired(self.cursor, table.oldest()));
        };
        for entry in entries {
            self.cursor = entry.revision();
            let Some(event) = self.event_of(entry) else { continue };
            let delivery = match gate {
                None => Delivery::Now,
                Some(gate) => gate(&self.seen_as(&event, false)),
            };
            let mut pending = Pending { event, hold: false, visible: entry.at, times: 1 };
            match delivery {
                Delivery::Now => {}
                Delivery::After(delay) => pending.visible = entry.at + delay,
                Delivery::Hold => pending.hold = true,
                Delivery::Twice => pending.times = 2,
                Delivery::Drop => {
                    self.lost = true;
                    continue;
                }
            }
            self.pending.push_back(pending);
            if gate.is_none() {
                break;
            }
            if self.pending.len() > state.options.history {
                return Err(ApiError::expired(self.seen, self.cursor));
            }
        }
        Ok(())
    }

    /// What an entry means for this watcher's selectors; None if nothing.
    fn event_of(&self, entry: &Entry) -> Option<Event> {
        let request = &self.request;
        if !request.part().has((&entry.namespace, &entry.name)) {
            return None;
        }
        let matches = |stored: &Arc<Stored>| request.selector.matches(&stored.object);
        let before = entry.previous.as_ref().filter(|_| entry.change != Change::Added);
        let was = before.is_some_and(matches);
        let is = entry.change != Change::Deleted && matches(&entry.stored);
        let (change, stored) = match (was, is) {
            (false, false) => return None,
            (false, true) => (Change::Added, entry.stored.clone()),
            (true, true) => (Change::Modified, entry.stored.clone()),
            (true, false) if entry.change == Change::Deleted => {
                (Change::Deleted, entry.stored.clone())
            }
            // It left the selector: the last state that matched, with the new revision.
            (true, false) => {
                let mut last: Value = (*before?.object).clone();
                let revision = entry.revision();
                meta::set(&mut last, "resourceVersion", revision.to_string().into());
                (Change::Deleted, Stored::new(Arc::new(last), revision))
            }
        };
        Some(Event { change, stored })
    }

    fn seen_as<'a>(&'a self, event: &'a Event, initial: bool) -> WatchEvent<'a> {
        let resource = &self.request.resource;
        let object = &event.stored.object;
        WatchEvent {
            client: &self.request.client,
            watch: self.id,
            change: event.change,
            group: &resource.group,
            version: &resource.version,
            kind: &resource.kind,
            plural: &resource.plural,
            namespace: resource.namespaced.then(|| meta::text(object, "namespace")),
            name: meta::name(object),
            revision: event.stored.revision,
            object,
            initial,
        }
    }

    fn deliver(&mut self, state: &State, event: &Event, initial: bool) -> Bytes {
        if !initial {
            self.seen = event.stored.revision;
            self.lost = false;
        }
        if let Some(observer) = &state.options.watch_observer {
            observer(&self.seen_as(event, initial));
        }
        let columns = !std::mem::replace(&mut self.columns_sent, true);
        frame::event(event.change, &self.request, &event.stored, columns, state)
    }
}
