//! Events as rows of a page: `[milliseconds since the row before, kind, …]`. Words that come again
//! and again are numbers into tables. `script/data.js` reads it; both name the kinds in one order.

use indexmap::IndexSet;
use serde::Serialize;
use serde_json::Value;
use trace::{Change, Event, Happening, JobSeen, Millis, Reply, Request, Revision, StepMark};

use super::{delta, json};

/// A kind of row, by its number.
#[derive(Clone, Copy)]
#[repr(u8)]
enum Kind {
    Request,
    Reply,
    Watch,
    Revision,
    Job,
    Webhook,
    Fault,
    Step,
    Operator,
    Mark,
    Log,
    Rest,
    Restless,
    Truncated,
    LeftOut,
}

/// What calls have in common: client, server, method, path, verb, about, object; places of texts.
type Call = [usize; 7];
/// Cluster, kind, name.
type Object<'t> = [&'t str; 3];

/// Rows and the tables that they refer to.
#[derive(Default)]
pub(super) struct Rows<'t> {
    rows: Vec<u8>,
    count: usize,
    last_at: Millis,
    left_out: u64,
    texts: IndexSet<&'t str>,
    calls: IndexSet<Call>,
    objects: IndexSet<Object<'t>>,
    /// The revision of each object that was written last.
    former: Vec<Option<&'t Value>>,
}

impl<'t> Rows<'t> {
    /// Bytes of the rows so far.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Leaves an event out.
    pub fn leave_out(&mut self) {
        self.left_out += 1;
    }

    /// Adds an event.
    pub fn add(&mut self, event: &'t Event) {
        self.gap();
        match &event.what {
            Happening::Request(request) => self.request(event.at, request),
            Happening::Reply(reply) => self.reply(event.at, reply),
            Happening::Watch(watch) => {
                self.begin(event.at, Kind::Watch);
                self.text(&watch.to);
                self.number(change(watch.change));
                self.text(&watch.resource);
                self.text(&watch.object);
                self.number(watch.revision);
            }
            Happening::Revision(revision) => self.revision(event.at, revision),
            Happening::Job(job) => self.job(event.at, job),
            Happening::Webhook(webhook) => self.whole(event.at, Kind::Webhook, webhook),
            Happening::Fault(fault) => self.whole(event.at, Kind::Fault, fault),
            Happening::Step(mark) => self.step(event.at, mark),
            Happening::Operator(life) => self.whole(event.at, Kind::Operator, life),
            Happening::Mark { mark, object } => {
                self.begin(event.at, Kind::Mark);
                self.text(mark);
                self.text(object);
            }
            Happening::Log(line) => {
                self.begin(event.at, Kind::Log);
                self.text(&line.level);
                self.words(&line.text);
            }
            Happening::Rest => self.begin(event.at, Kind::Rest),
            Happening::Restless { last } => {
                self.begin(event.at, Kind::Restless);
                self.words(last);
            }
            Happening::Truncated { events } => {
                self.begin(event.at, Kind::Truncated);
                self.number(*events);
            }
        }
        self.rows.push(b']');
    }

    /// Writes rows and tables as fields of an object.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        self.gap();
        out.extend_from_slice(b"\"rows\":[");
        out.append(&mut self.rows);
        out.extend_from_slice(b"],\"texts\":");
        table(out, self.texts.iter(), |out, text| json::text(out, text));
        out.extend_from_slice(b",\"calls\":");
        table(out, self.calls.iter(), |out, call| {
            table(out, call.iter(), |out, place| json::number(out, *place as u64));
        });
        out.extend_from_slice(b",\"objects\":");
        table(out, self.objects.iter(), |out, object| {
            table(out, object.iter(), |out, word| json::text(out, word));
        });
    }

    /// A row that says how many events were left out at this place.
    fn gap(&mut self) {
        let events = std::mem::take(&mut self.left_out);
        if events > 0 {
            self.begin(self.last_at, Kind::LeftOut);
            self.number(events);
            self.rows.push(b']');
        }
    }

    fn request(&mut self, at: Millis, request: &'t Request) {
        self.begin(at, Kind::Request);
        self.number(request.call);
        let Request { route, method, path, verb, about, object, .. } = request;
        let words = [&*route.from, &*route.to, method, path, verb, about, object];
        let call = words.map(|word| self.texts.insert_full(word).0);
        let place = self.calls.insert_full(call).0;
        self.number(place as u64);
        if let Some(body) = &request.body {
            self.body(body);
        }
    }

    /// `status, unchanged, error, body`: what is not there at the end is not written.
    fn reply(&mut self, at: Millis, reply: &'t Reply) {
        self.begin(at, Kind::Reply);
        self.number(reply.call);
        self.number(reply.status.unwrap_or_default().into());
        if reply.unchanged || reply.error.is_some() || reply.body.is_some() {
            self.number(reply.unchanged.into());
        }
        if reply.error.is_some() || reply.body.is_some() {
            self.words(reply.error.as_deref().unwrap_or_default());
        }
        if let Some(body) = &reply.body {
            self.body(body);
        }
    }

    fn revision(&mut self, at: Millis, revision: &'t Revision) {
        self.begin(at, Kind::Revision);
        let Revision { cluster, by, change: how, kind, object, revision: number, body, .. } =
            revision;
        let place = self.objects.insert_full([&**cluster, kind, object]).0;
        self.number(place as u64);
        self.text(by);
        self.number(change(*how));
        self.number(*number);
        if self.former.len() <= place {
            self.former.resize(place + 1, None);
        }
        let former = self.former[place].take();
        self.rows.push(b',');
        let whole = json::bounded(&mut self.rows, |out| match former {
            Some(former) => delta::write(out, former, body),
            None => delta::set(out, body),
        });
        // what is not there cannot be changed: the next revision is written whole
        self.former[place] = (whole && *how != Change::Deleted).then_some(&**body);
    }

    /// Its last field has what stands there at launch or at the end only.
    fn job(&mut self, at: Millis, job: &'t JobSeen) {
        self.begin(at, Kind::Job);
        self.rows.push(b',');
        self.rows.extend_from_slice(job.job.to_string().as_bytes());
        self.text(&job.role);
        self.text(&job.moment);
        self.text(&job.status);
        let words = [
            ("explanation", &job.explanation),
            ("traceback", &job.traceback),
            ("uid", &job.uid),
            ("object", &job.object),
            ("kind", &job.kind),
        ];
        let told = words.iter().filter(|(_, words)| !words.is_empty());
        self.rows.extend_from_slice(b",{");
        let mut nth = 0;
        for (name, words) in told {
            json::comma(&mut self.rows, nth);
            nth += 1;
            json::text(&mut self.rows, name);
            self.rows.push(b':');
            json::text(&mut self.rows, words);
        }
        if let Some(variables) = &job.variables {
            json::comma(&mut self.rows, nth);
            self.rows.extend_from_slice(b"\"variables\":");
            json::body(&mut self.rows, variables);
        }
        self.rows.push(b'}');
    }

    fn step(&mut self, at: Millis, mark: &'t StepMark) {
        self.begin(at, Kind::Step);
        self.number(mark.operation as u64);
        self.text(&mark.step);
        self.text(&mark.verb);
        self.text(match mark.phase {
            trace::Phase::Try => "try",
            trace::Phase::Catch => "catch",
            trace::Phase::Finally => "finally",
            trace::Phase::Cleanup => "cleanup",
        });
        if let Some(outcome) = &mark.outcome {
            self.field(outcome);
        }
    }

    /// A rare event, in its own form.
    fn whole(&mut self, at: Millis, kind: Kind, what: &impl Serialize) {
        self.begin(at, kind);
        self.field(what);
    }

    fn begin(&mut self, at: Millis, kind: Kind) {
        json::comma(&mut self.rows, self.count);
        self.count += 1;
        self.rows.push(b'[');
        // events are in the order of time; one that is not does no harm here
        json::number(&mut self.rows, at.saturating_sub(self.last_at));
        self.last_at = at.max(self.last_at);
        self.number(kind as u64);
    }

    fn number(&mut self, number: u64) {
        self.rows.push(b',');
        json::number(&mut self.rows, number);
    }

    /// A text that comes again and again.
    fn text(&mut self, text: &'t str) {
        let place = self.texts.insert_full(text).0;
        self.number(place as u64);
    }

    /// A text that does not.
    fn words(&mut self, words: &str) {
        self.rows.push(b',');
        json::text(&mut self.rows, words);
    }

    fn body(&mut self, body: &Value) {
        self.rows.push(b',');
        json::body(&mut self.rows, body);
    }

    fn field(&mut self, what: &impl Serialize) {
        let value = serde_json::to_value(what).unwrap_or_default();
        self.body(&value);
    }
}

fn change(change: Change) -> u64 {
    match change {
        Change::Added => 0,
        Change::Modified => 1,
        Change::Deleted => 2,
    }
}

fn table<T>(out: &mut Vec<u8>, of: impl Iterator<Item = T>, one: impl Fn(&mut Vec<u8>, T)) {
    out.push(b'[');
    for (nth, item) in of.enumerate() {
        json::comma(out, nth);
        one(out, item);
    }
    out.push(b']');
}
