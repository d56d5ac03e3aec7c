//! The page of one trial: all that its timeline shows, compressed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use trace::{Finding, Trace, Verdict};

use super::pack::Packer;
use super::rows::Rows;
use super::{json, keep};

/// Bytes of a page before it is compressed; what is longer loses its end.
const PAGE_BYTES_MAX: usize = 24 * 1024 * 1024;
/// Bytes of pages that a run holds, twice what a document takes: which of them it takes is known
/// at the end only.
const HELD_BYTES_MAX: usize = 2 * super::document::PAGES_BYTES_MAX;
/// Bytes of a page that is not compressed.
const PLAIN_BYTES_MAX: usize = 32 * 1024;
/// Findings of a verdict that a page holds.
const FINDINGS_MAX: usize = 20;
/// Lines of a list in a finding.
const LINES_MAX: usize = 40;

/// The timeline of one trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub(super) data: Data,
    /// Events that it holds.
    pub(super) kept: usize,
    /// Events that it leaves out.
    pub(super) left_out: u64,
}

/// How a page stands in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Data {
    /// JSON without a `<`, all in ASCII. Most pages of a suite are short, and the time that it
    /// takes to compress them is the suite's.
    Plain(String),
    /// Base64 of raw deflate.
    Packed(String),
}

/// Makes pages, on as many threads as want one.
#[derive(Default)]
pub struct PageMaker {
    /// Compressors at rest: making one costs more than using it.
    idle: Mutex<Vec<Packer>>,
    /// Bytes of all pages that were made.
    bytes: AtomicUsize,
}

impl PageMaker {
    /// The page of a trace. None, once there are more pages than a document could hold, and first
    /// of those that passed: a run of any length has room.
    pub fn page(&self, trace: &Trace) -> Option<Page> {
        let bytes = self.bytes.load(Ordering::Relaxed);
        if bytes > HELD_BYTES_MAX && (is_quiet(trace) || bytes > 2 * HELD_BYTES_MAX) {
            return None;
        }
        let mut bytes = Vec::with_capacity(32 * trace.events.len() + 4_096);
        let (kept, left_out) = write(&mut bytes, trace);
        let data = match String::from_utf8(bytes) {
            Ok(text) if text.len() <= PLAIN_BYTES_MAX && text.is_ascii() => Data::Plain(text),
            Ok(text) => Data::Packed(self.pack(text.as_bytes())),
            Err(error) => Data::Packed(self.pack(error.as_bytes())),
        };
        let page = Page { data, kept, left_out };
        self.bytes.fetch_add(page.bytes(), Ordering::Relaxed);
        Some(page)
    }

    fn pack(&self, bytes: &[u8]) -> String {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut packer = idle.unwrap_or_else(Packer::new);
        let packed = packer.pack(bytes);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(packer);
        packed
    }
}

impl Page {
    /// Bytes that it takes in the document.
    #[must_use]
    pub fn bytes(&self) -> usize {
        match &self.data {
            Data::Plain(text) | Data::Packed(text) => text.len(),
        }
    }

    /// The same page, compressed.
    pub(super) fn packed(&self, packer: &mut Packer) -> Page {
        let data = match &self.data {
            Data::Plain(text) => Data::Packed(packer.pack(text.as_bytes())),
            Data::Packed(packed) => Data::Packed(packed.clone()),
        };
        Page { data, ..*self }
    }
}

/// Whether there is nothing to be looked into.
fn is_quiet(trace: &Trace) -> bool {
    let verdict = trace.closed.as_ref().map(|closed| &closed.verdict);
    matches!(verdict, Some(Verdict::Passed { .. } | Verdict::Skipped { .. }))
}

fn write(out: &mut Vec<u8>, trace: &Trace) -> (usize, u64) {
    out.push(b'{');
    head(out, trace);
    let mut rows = Rows::default();
    let (mut kept, mut left_out) = (0, 0);
    for (event, stays) in trace.events.iter().zip(keep::kept(&trace.events, !is_quiet(trace))) {
        if stays && rows.len() < PAGE_BYTES_MAX {
            rows.add(event);
            kept += 1;
        } else {
            rows.leave_out();
            left_out += 1;
        }
    }
    out.push(b',');
    rows.finish(out);
    out.push(b'}');
    (kept, left_out)
}

/// What a page says beside its events.
fn head(out: &mut Vec<u8>, trace: &Trace) {
    let header = &trace.header;
    field(out, "provider", |out| json::text(out, &header.provider));
    out.push(b',');
    let ended_at = trace.closed.as_ref().map(|closed| closed.ended_at);
    let ended_at = ended_at.or_else(|| Some(trace.events.last()?.at)).unwrap_or_default();
    field(out, "endedAt", |out| json::number(out, ended_at));
    let strings = |words: &[String]| -> Value { words.iter().map(String::as_str).collect() };
    for (name, value) in [
        ("lines", header.lines.iter().copied().collect()),
        ("plannedFaults", strings(&header.planned_faults)),
        ("covers", strings(&header.covers)),
        ("findings", findings(trace)),
        ("checked", checked(trace)),
    ] {
        out.push(b',');
        field(out, name, |out| json::value(out, &value));
    }
}

fn field(out: &mut Vec<u8>, name: &str, value: impl FnOnce(&mut Vec<u8>)) {
    json::text(out, name);
    out.push(b':');
    value(out);
}

fn checked(trace: &Trace) -> Value {
    match trace.closed.as_ref().map(|closed| &closed.verdict) {
        Some(Verdict::Passed { checked, .. }) => serde_json::to_value(checked).unwrap_or_default(),
        _ => Value::Array(Vec::new()),
    }
}

fn findings(trace: &Trace) -> Value {
    let of = |finding: &Finding| {
        let mut few = finding.clone();
        few.differences.truncate(LINES_MAX);
        few.excerpt.truncate(LINES_MAX);
        serde_json::to_value(few).unwrap_or_default()
    };
    let findings = trace.closed.as_ref().map(|closed| closed.verdict.findings());
    findings.into_iter().flatten().take(FINDINGS_MAX).map(of).collect()
}
