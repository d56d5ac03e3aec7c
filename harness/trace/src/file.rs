//! The file form: JSON Lines.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use serde::{Deserialize, Serialize};

use crate::{Change, Event, FORMAT, Happening, Millis, Revision, Verdict, Written};

/// The first line: what was run. It holds nothing that differs between two equal runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// [`FORMAT`].
    pub format: u32,
    /// The scenario's name.
    pub scenario: String,
    /// The variant's name.
    pub variant: String,
    /// The scenario's title.
    pub title: String,
    /// What this variant shows, where it says so itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub shows: String,
    /// The scenario's labels: `id`, `priority`, `category` and others.
    pub labels: BTreeMap<String, String>,
    /// The seed of all chance in this world.
    pub seed: u64,
    /// What the scenario ran against, such as `embedded/embedded/fake/virtual`.
    pub target: String,
    /// The provider: `aap` or `eda`.
    pub provider: String,
    /// Names of faults and accidents that the plan asks for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub planned_faults: Vec<String>,
    /// Transition rows the scenario says it covers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// The defect that the operator was given, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub defect: Option<String>,
    /// The line of the scenario's file on which each operation stands, by the operation's
    /// position in the plan; 0 = nobody knows.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<u32>,
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Closed {
    /// The world's clock at the end.
    pub ended_at: Millis,
    /// The verdict.
    pub verdict: Verdict,
}

/// One run of one variant.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// What was run.
    pub header: Header,
    /// What happened.
    pub events: Vec<Event>,
    /// How it ended; none while it runs, or where the process died.
    pub closed: Option<Closed>,
}

/// Why a trace could not be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The source failed.
    #[error("failed to read line {line} of the trace")]
    Io {
        /// Line, from 1.
        line: usize,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A line is no event.
    #[error("line {line} of the trace is not understood")]
    Line {
        /// Line, from 1.
        line: usize,
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// Another version wrote it.
    #[error("the trace has format {found}, this version reads format {FORMAT}")]
    Format {
        /// The file's version.
        found: u32,
    },
    /// There is no header.
    #[error("the trace is empty")]
    Empty,
}

/// Writes a trace as JSON Lines.
///
/// # Errors
/// Those of the writer.
pub fn write(trace: &Trace, mut out: impl Write) -> std::io::Result<()> {
    line(&mut out, &trace.header)?;
    for event in &trace.events {
        match &event.what {
            Happening::Revision(Revision { written: Written(Some(body)), .. }) => {
                revision(&mut out, event, body)?;
            }
            _ => line(&mut out, event)?,
        }
    }
    if let Some(closed) = &trace.closed {
        line(&mut out, closed)?;
    }
    out.flush()
}

/// A revision whose body is written already: most of a trace is made of these.
fn revision(out: &mut impl Write, event: &Event, body: &[u8]) -> std::io::Result<()> {
    /// A revision without its body, which comes last.
    #[derive(Serialize)]
    struct Head<'a> {
        at: Millis,
        event: &'static str,
        cluster: &'a str,
        by: &'a str,
        change: Change,
        kind: &'a str,
        object: &'a str,
        revision: u64,
    }
    let Happening::Revision(revision) = &event.what else { return line(out, event) };
    let mut head = serde_json::to_vec(&Head {
        at: event.at,
        event: "revision",
        cluster: &revision.cluster,
        by: &revision.by,
        change: revision.change,
        kind: &revision.kind,
        object: &revision.object,
        revision: revision.revision,
    })?;
    head.pop();
    head.extend_from_slice(b",\"body\":");
    out.write_all(&head)?;
    out.write_all(body)?;
    out.write_all(b"}\n")
}

fn line(out: &mut impl Write, value: &impl Serialize) -> std::io::Result<()> {
    serde_json::to_writer(&mut *out, value)?;
    out.write_all(b"\n")
}

/// Reads a trace. A file that breaks off, after a line or within its last one, gives a trace
/// without its close: that is how the file of a process that died looks.
///
/// # Errors
/// [`ReadError`], with the line.
pub fn read(mut source: impl BufRead) -> Result<Trace, ReadError> {
    let mut text = Vec::new();
    if !next(&mut source, 1, &mut text)? {
        return Err(ReadError::Empty);
    }
    let mut trace = Trace { header: header(&text)?, events: Vec::new(), closed: None };
    for line in 2.. {
        if !next(&mut source, line, &mut text)? {
            break;
        }
        let read = if text.starts_with(b"{\"ended_at\":") {
            serde_json::from_slice(&text).map(|closed| trace.closed = Some(closed))
        } else {
            serde_json::from_slice(&text).map(|event| trace.events.push(event))
        };
        match read {
            Err(_) if !text.ends_with(b"\n") => break,
            read => read.map_err(|source| ReadError::Line { line, source })?,
        }
    }
    Ok(trace)
}

/// The next line with its newline, if there is one.
fn next(source: &mut impl BufRead, line: usize, text: &mut Vec<u8>) -> Result<bool, ReadError> {
    text.clear();
    let read = source.read_until(b'\n', text);
    read.map(|bytes| bytes > 0).map_err(|source| ReadError::Io { line, source })
}

fn header(text: &[u8]) -> Result<Header, ReadError> {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let refused = |source| ReadError::Line { line: 1, source };
    let version: Version = serde_json::from_slice(text).map_err(refused)?;
    if version.format != FORMAT {
        return Err(ReadError::Format { found: version.format });
    }
    serde_json::from_slice(text).map_err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LogLine;

    #[test]
    fn a_body_that_is_written_already_makes_the_same_line() {
        let body = serde_json::json!({"kind": "K", "a": ["\n", 1.5, null]});
        let lines = |written: Option<String>| {
            let revision = Revision {
                cluster: "kube".into(),
                by: "user\"".into(),
                change: Change::Modified,
                kind: "K".into(),
                object: "a/b".into(),
                revision: 7,
                body: std::sync::Arc::new(body.clone()),
                written: Written(written.map(Into::into)),
            };
            let what = Happening::Revision(revision);
            let trace = Trace { events: vec![Event { at: 3, what }], ..sample() };
            let mut bytes = Vec::new();
            write(&trace, &mut bytes).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(lines(Some(body.to_string())), lines(None));
        assert_ne!(lines(Some("{}".to_owned())), lines(None));
    }

    fn sample() -> Trace {
        Trace {
            header: Header {
                format: FORMAT,
                scenario: "s01".into(),
                variant: "plain".into(),
                title: "Create".into(),
                shows: String::new(),
                labels: BTreeMap::from([("id".into(), "S01".into())]),
                seed: 1,
                target: "embedded".into(),
                provider: "aap".into(),
                planned_faults: Vec::new(),
                covers: Vec::new(),
                defect: None,
                lines: Vec::new(),
            },
            events: vec![
                Event {
                    at: 3,
                    what: Happening::Log(LogLine { level: "INFO".into(), text: "x\n".into() }),
                },
                Event { at: 5, what: Happening::Rest },
            ],
            closed: Some(Closed { ended_at: 9, verdict: Verdict::Skipped { reason: "no".into() } }),
        }
    }

    fn text(trace: &Trace) -> String {
        let mut bytes = Vec::new();
        write(trace, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn what_is_written_reads_back_equal() {
        let trace = sample();
        assert_eq!(read(text(&trace).as_bytes()).unwrap(), trace);
    }

    #[test]
    fn a_trace_that_breaks_off_has_no_close() {
        let whole = text(&sample());
        let cut: String = whole.lines().take(2).map(|l| format!("{l}\n")).collect();
        let trace = read(cut.as_bytes()).unwrap();
        assert_eq!((trace.events.len(), trace.closed), (1, None));
    }

    #[test]
    fn a_trace_may_break_off_anywhere_behind_its_header() {
        let mut trace = sample();
        trace.events[0].what =
            Happening::Log(LogLine { level: "INFO".into(), text: "größer".into() });
        let whole = text(&trace).into_bytes();
        let header = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        for cut in header..whole.len() - 1 {
            let read = read(&whole[..cut]).unwrap();
            assert_eq!(read.closed, None, "cut at {cut}");
            assert!(read.events.len() <= 2);
        }
        // the last line lacks its newline only
        assert_eq!(read(&whole[..whole.len() - 1]).unwrap(), trace);
    }

    #[test]
    fn another_format_is_refused_by_its_number() {
        let error = read(&b"{\"format\":7}\n"[..]).unwrap_err();
        assert_eq!(error.to_string(), "the trace has format 7, this version reads format 1");
    }

    #[test]
    fn a_bad_line_is_named() {
        let whole = text(&sample()).replace("\"INFO\"", "INFO");
        assert!(matches!(read(whole.as_bytes()), Err(ReadError::Line { line: 2, .. })));
    }
}
