//! What a process writes: each line into the trace, the last ones kept for its last word.

use std::collections::VecDeque;
use std::os::fd::OwnedFd;
use std::process::Child;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::net::unix::pipe::Receiver;
use tokio::sync::Notify;
use trace::{Happening, LogLine};

use crate::world::recorder::Recorder;

/// Bytes of a line that are kept.
const LINE_BYTES_MAX: u64 = 4 * 1024;
/// Lines of one life: one that writes more floods its log.
const LINES_MAX: usize = 5_000;
/// Lines that a last word has.
const LAST_LINES: usize = 8;
/// What is said of a process that writes more than anybody can read.
pub(super) const FLOOD: &str = "it was killed because it flooded its log: 5000 lines in one life";
/// Target of log events that name a row of the operator's transition table.
const TRANSITION: &str = "operator::transition";

/// The output of one life; cheap to clone.
#[derive(Clone)]
pub(super) struct Output {
    recorder: Recorder,
    inner: Arc<Mutex<Inner>>,
    flood: Arc<Notify>,
}

#[derive(Default)]
struct Inner {
    lines: usize,
    last: VecDeque<String>,
}

impl Output {
    pub(super) fn new(recorder: Recorder) -> Output {
        Output { recorder, inner: Arc::default(), flood: Arc::default() }
    }

    /// Waits until there is too much of it.
    pub(super) async fn flooded(&self) {
        self.flood.notified().await;
    }

    /// The last lines, to be put behind how it ended.
    pub(super) fn last(&self) -> String {
        let inner = self.lock();
        if inner.last.is_empty() {
            return "; it had written nothing".to_owned();
        }
        let lines: Vec<&str> = inner.last.iter().map(String::as_str).collect();
        format!("; its last lines:\n{}", lines.join("\n"))
    }

    fn line(&self, text: &str) {
        {
            let mut inner = self.lock();
            inner.lines += 1;
            if inner.lines > LINES_MAX {
                self.flood.notify_one();
                return;
            }
        }
        let what = read(text);
        if let Happening::Log(line) = &what {
            let mut inner = self.lock();
            inner.last.push_back(line.text.clone());
            if inner.last.len() > LAST_LINES {
                inner.last.pop_front();
            }
        }
        self.recorder.record(what);
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Reads both streams of a child until both are shut.
pub(super) fn follow(
    child: &mut Child,
    output: &Output,
) -> impl Future<Output = ()> + Send + 'static {
    let (out, err) = (
        child.stdout.take().map(OwnedFd::from).map(Receiver::from_owned_fd),
        child.stderr.take().map(OwnedFd::from).map(Receiver::from_owned_fd),
    );
    let (to, also_to) = (output.clone(), output.clone());
    let out = tokio::spawn(async move { lines(out, &to).await });
    let err = tokio::spawn(async move { lines(err, &also_to).await });
    async move {
        let _ = (out.await, err.await);
    }
}

/// Hands over line after line. What is not UTF-8 is made so; of a long line the beginning is kept.
async fn lines(stream: Option<std::io::Result<Receiver>>, output: &Output) {
    let Some(Ok(stream)) = stream else { return };
    let mut reader = BufReader::new(stream);
    let mut line = Vec::new();
    let mut cut = false;
    loop {
        line.clear();
        let read = (&mut reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await;
        if !matches!(read, Ok(1..)) {
            return;
        }
        let whole = line.last() == Some(&b'\n');
        // the rest of a line whose beginning was too long
        if !cut {
            let text = String::from_utf8_lossy(&line);
            output.line(text.trim_end());
        }
        cut = !whole;
    }
}

/// A line as an event: JSON as `tracing` or zap write it, text otherwise.
fn read(line: &str) -> Happening {
    let parsed = line.starts_with('{').then(|| serde_json::from_str::<Value>(line).ok()).flatten();
    let Some(parsed) = parsed else {
        return Happening::Log(LogLine { level: "INFO".to_owned(), text: line.to_owned() });
    };
    let text = |pointer: &str| parsed.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    if text("/target") == TRANSITION {
        let object = format!("{}/{}", text("/fields/namespace"), text("/fields/name"));
        return Happening::Mark { mark: text("/fields/mark").to_owned(), object };
    }
    let level = text("/level").to_ascii_uppercase();
    let (message, others) = match parsed.get("fields").and_then(Value::as_object) {
        Some(fields) => (text("/fields/message"), fields),
        None => (
            text("/msg"),
            match parsed.as_object() {
                Some(fields) => fields,
                None => return Happening::Log(LogLine { level, text: line.to_owned() }),
            },
        ),
    };
    let mut told = message.to_owned();
    let beside = ["message", "msg", "level", "ts", "timestamp", "target", "stacktrace"];
    for (name, value) in others.iter().filter(|(name, _)| !beside.contains(&name.as_str())) {
        told.push_str(&match value {
            Value::String(text) => format!(" {name}={text}"),
            other => format!(" {name}={other}"),
        });
    }
    Happening::Log(LogLine { level, text: told })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(line: &str) -> (String, String) {
        match read(line) {
            Happening::Log(line) => (line.level, line.text),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn lines_of_tracing_of_zap_and_of_nobody_in_particular_are_read() {
        let ours = r#"{"timestamp":"2026","level":"INFO","fields":{"message":"launched","job":7}}"#;
        assert_eq!(log(ours), ("INFO".to_owned(), "launched job=7".to_owned()));
        let zap = r#"{"level":"error","ts":"2026","msg":"no luck","error":"409"}"#;
        assert_eq!(log(zap), ("ERROR".to_owned(), "no luck error=409".to_owned()));
        assert_eq!(log("panic: oh"), ("INFO".to_owned(), "panic: oh".to_owned()));
        assert_eq!(log("{broken").1, "{broken");
    }

    #[test]
    fn marks_of_transitions_stay_marks() {
        let line = r#"{"level":"INFO","target":"operator::transition",
            "fields":{"mark":"job-failed","namespace":"a","name":"vm1"}}"#;
        let mark = Happening::Mark { mark: "job-failed".to_owned(), object: "a/vm1".to_owned() };
        assert_eq!(read(line), mark);
    }
}
