//! The file of past runs: `runs.jsonl`, a line a run, oldest first.
//!
//! A line is `{"sum":"…","run":{…}}`: JSON for other programs, with the digest of what stands
//! after `"run":`, so that a line that was torn or edited is told from a whole one. Lines are only
//! ever appended, in one piece and under a lock on `runs.lock`, so that runs at the same time lose
//! nothing; a line that a dying process tore is closed by the next. When the file outgrows its
//! limit the oldest lines are left out of a new file that takes its place in one rename.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::Duration;

use serde::Deserialize;

use super::digest::digest;
use super::entry::{Entry, FORMAT};

const FILE: &str = "runs.jsonl";
const LOCK: &str = "runs.lock";
/// How long another process may hold the lock; it holds it for one write.
const LOCK_SECONDS_MAX: u64 = 10;
/// A file this many times its limit is none of ours.
const FACTOR_MAX: u64 = 4;
/// What is read at first to find the newest runs.
const TAIL_BYTES: u64 = 256 * 1024;

/// How much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes at which the oldest runs are dropped, until a quarter is free.
    pub bytes_max: u64,
}

impl Default for Limits {
    /// 32 MiB: about four hundred runs of the whole suite.
    fn default() -> Limits {
        Limits { bytes_max: 32 * 1024 * 1024 }
    }
}

/// A folder of past runs.
#[derive(Debug, Clone)]
pub struct History {
    folder: PathBuf,
    limits: Limits,
}

/// What was read, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// The runs.
    pub entries: Vec<Entry>,
    /// Lines that could not be used.
    pub damaged: Vec<Damaged>,
}

/// A line that could not be used. It is left where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damaged {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

/// Why a history cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The folder cannot be made.
    #[error("failed to create the history folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("failed to read the history `{}`", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("failed to write the history `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The lock cannot be had.
    #[error("failed to lock `{}`", path.display())]
    Lock {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The file is far larger than we let it become.
    #[error("the history `{}` has {bytes} bytes, at most {bytes_max} are read", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
        /// What is read.
        bytes_max: u64,
    },
}

/// Why a word names no run of a history.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// There is none.
    #[error("no run of the history is named `{name}`")]
    None {
        /// The word.
        name: String,
    },
    /// There are several.
    #[error("`{name}` names {count} runs of the history, the newest is `{newest}`")]
    Several {
        /// The word.
        name: String,
        /// How many.
        count: usize,
        /// When the newest of them began.
        newest: String,
    },
}

impl Past {
    /// The run that a word names: `last`, `last~2` (two before the last), the beginning of the
    /// moment at which it began, or the beginning of its commit (at least four characters; the
    /// newest run of that commit).
    ///
    /// # Errors
    /// [`FindError`].
    pub fn find(&self, name: &str) -> Result<&Entry, FindError> {
        let none = || FindError::None { name: name.to_owned() };
        if let Some(back) = name.strip_prefix("last") {
            let back = if back.is_empty() { Some(0) } else { number(back) };
            let entry = back.and_then(|back| self.entries.iter().rev().nth(back));
            return entry.ok_or_else(none);
        }
        // `…:00Z` is how a moment is shown, also where it began a fraction later
        let moment = name.strip_suffix('Z').unwrap_or(name);
        let began: Vec<&Entry> =
            self.entries.iter().filter(|entry| entry.started.starts_with(moment)).collect();
        match began.as_slice() {
            [] => {}
            [entry] => return Ok(entry),
            [.., newest] if name.is_empty() || newest.started != name => {
                return Err(FindError::Several {
                    name: name.to_owned(),
                    count: began.len(),
                    newest: newest.moment(),
                });
            }
            [.., newest] => return Ok(newest),
        }
        let of_commit = |entry: &&Entry| {
            name.len() >= 4 && entry.commit.as_ref().is_some_and(|it| it.starts_with(name))
        };
        self.entries.iter().rev().find(of_commit).ok_or_else(none)
    }
}

/// `~2` → 2.
fn number(back: &str) -> Option<usize> {
    back.strip_prefix('~')?.parse().ok()
}

impl HistoryError {
    /// What the user can do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            HistoryError::Folder { .. } | HistoryError::Write { .. } => {
                "name a folder that can be written with --history DIR, or use --no-history"
            }
            HistoryError::Read { .. } => "name another folder with --history DIR",
            HistoryError::Lock { .. } => {
                "another run may hang while it holds the lock, or the file system knows no locks: \
                 use --history DIR on another one"
            }
            HistoryError::TooLarge { .. } => "was it made by something else? move it away",
        }
    }
}

impl History {
    /// The history in a folder, which need not exist yet.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> History {
        History { folder: folder.into(), limits: Limits::default() }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with_limits(self, limits: Limits) -> History {
        History { limits, ..self }
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Appends a run and keeps the file within its limit. The line is handed to the operating
    /// system and not forced to the disk: a process that dies loses nothing, a power failure may
    /// tear the newest line, which is then told as damaged.
    ///
    /// # Errors
    /// [`HistoryError`]; then nothing was appended, or a torn line that readers name.
    pub fn append(&self, entry: &Entry) -> Result<(), HistoryError> {
        fs::create_dir_all(&self.folder)
            .map_err(|source| HistoryError::Folder { path: self.folder.clone(), source })?;
        let lock = self.lock()?;
        let path = self.folder.join(FILE);
        let failed = |source| HistoryError::Write { path: path.clone(), source };
        let mut file =
            OpenOptions::new().create(true).read(true).append(true).open(&path).map_err(failed)?;
        let bytes = file.metadata().map_err(failed)?.len();
        let mut line = String::new();
        if bytes > 0 && !ends_whole(&mut file, bytes).map_err(failed)? {
            line.push('\n');
        }
        line.push_str(&line_of(entry));
        file.write_all(line.as_bytes()).map_err(failed)?;
        if bytes + line.len() as u64 > self.limits.bytes_max {
            self.trim(&path).map_err(failed)?;
        }
        drop(lock);
        Ok(())
    }

    /// All runs. A folder or file that does not exist is an empty history.
    ///
    /// # Errors
    /// [`HistoryError::Read`] and [`HistoryError::TooLarge`].
    pub fn read(&self) -> Result<Past, HistoryError> {
        let Some((file, bytes)) = self.open()? else { return Ok(Past::default()) };
        let mut text = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
        let path = self.folder.join(FILE);
        // what is appended meanwhile belongs to the next reader
        let read = (&file).take(bytes).read_to_end(&mut text);
        read.map_err(|source| HistoryError::Read { path: path.clone(), source })?;
        Ok(parse(&path, &text, 1))
    }

    /// The newest runs that are so, at most so many, oldest first. Reads no more of the file than
    /// it must.
    ///
    /// # Errors
    /// [`HistoryError::Read`] and [`HistoryError::TooLarge`].
    pub fn newest(
        &self,
        count_max: usize,
        is_wanted: impl Fn(&Entry) -> bool,
    ) -> Result<Vec<Entry>, HistoryError> {
        let Some((mut file, bytes)) = self.open()? else { return Ok(Vec::new()) };
        let path = self.folder.join(FILE);
        let mut window = TAIL_BYTES;
        loop {
            let from = bytes.saturating_sub(window);
            let mut text = Vec::new();
            let read = file
                .seek(SeekFrom::Start(from))
                .and_then(|_| (&file).take(bytes - from).read_to_end(&mut text));
            read.map_err(|source| HistoryError::Read { path: path.clone(), source })?;
            // the first line of a window in the middle is a part of one
            let begin = match text.iter().position(|byte| *byte == b'\n') {
                _ if from == 0 => 0,
                Some(at) => at + 1,
                None => text.len(),
            };
            let mut entries = parse(&path, &text[begin..], 1).entries;
            entries.retain(&is_wanted);
            if entries.len() >= count_max || from == 0 {
                let left_out = entries.len().saturating_sub(count_max);
                return Ok(entries.split_off(left_out));
            }
            window = window.saturating_mul(4);
        }
    }

    fn open(&self) -> Result<Option<(File, u64)>, HistoryError> {
        let path = self.folder.join(FILE);
        let failed = |source| HistoryError::Read { path: path.clone(), source };
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened.map_err(failed)?,
        };
        let bytes = file.metadata().map_err(failed)?.len();
        let bytes_max = self.limits.bytes_max.saturating_mul(FACTOR_MAX);
        if bytes > bytes_max {
            return Err(HistoryError::TooLarge { path, bytes, bytes_max });
        }
        Ok(Some((file, bytes)))
    }

    /// Waits for the lock on a thread of its own, for the wait has a limit and `flock` has none.
    fn lock(&self) -> Result<File, HistoryError> {
        let path = self.folder.join(LOCK);
        let failed = |source| HistoryError::Lock { path: path.clone(), source };
        let file = OpenOptions::new().create(true).append(true).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::WouldBlock) => {}
            Err(fs::TryLockError::Error(source)) => return Err(failed(source)),
        }
        let (done, locked) = mpsc::channel();
        let wait = move || {
            let _ = done.send(file.lock().map(|()| file));
        };
        std::thread::Builder::new().name("history".to_owned()).spawn(wait).map_err(failed)?;
        let late = || {
            let text = format!("another process has held it for {LOCK_SECONDS_MAX} s");
            io::Error::new(io::ErrorKind::TimedOut, text)
        };
        let waited = locked.recv_timeout(Duration::from_secs(LOCK_SECONDS_MAX));
        waited.map_err(|_| late()).and_then(|locked| locked).map_err(failed)
    }

    /// Leaves out the oldest lines until a quarter of the limit is free; the newest line stays,
    /// however long it is.
    fn trim(&self, path: &Path) -> io::Result<()> {
        let text = fs::read(path)?;
        let keep = usize::try_from(self.limits.bytes_max / 4 * 3).unwrap_or(usize::MAX);
        let from = text.len().saturating_sub(keep);
        let newest = text[..text.len().saturating_sub(1)].iter().rposition(|byte| *byte == b'\n');
        let next = text[from..].iter().position(|byte| *byte == b'\n').map(|at| from + at + 1);
        let begin = next.filter(|at| *at < text.len()).or(newest.map(|at| at + 1)).unwrap_or(0);
        let part = self.folder.join(format!(".{FILE}.part"));
        let mut file = File::create(&part)?;
        file.write_all(&text[begin..])?;
        // without this a power failure could leave the new name with nothing in it
        file.sync_all()?;
        fs::rename(&part, path)
    }
}

fn ends_whole(file: &mut File, bytes: u64) -> io::Result<bool> {
    let mut last = [0];
    file.seek(SeekFrom::Start(bytes - 1))?;
    file.read_exact(&mut last)?;
    Ok(last == [b'\n'])
}

/// An entry as its line, with the newline.
fn line_of(entry: &Entry) -> String {
    let run = serde_json::to_string(entry).expect("plain structs with string keys are JSON");
    format!("{{\"sum\":\"{}\",\"run\":{run}}}\n", digest(run.as_bytes()))
}

fn parse(path: &Path, text: &[u8], first_line: usize) -> Past {
    let mut past = Past::default();
    let mut lines: Vec<&[u8]> = text.split(|byte| *byte == b'\n').collect();
    let torn = lines.pop().filter(|rest| !rest.is_empty());
    for (at, line) in lines.into_iter().enumerate().filter(|(_, line)| !line.is_empty()) {
        match entry_of(line) {
            Ok(entry) => past.entries.push(entry),
            Err(why) => {
                past.damaged.push(Damaged { path: path.to_owned(), line: first_line + at, why });
            }
        }
    }
    if torn.is_some() {
        let line = first_line + text.iter().filter(|byte| **byte == b'\n').count();
        let why = "it breaks off: the process died while it wrote".to_owned();
        past.damaged.push(Damaged { path: path.to_owned(), line, why });
    }
    past
}

fn entry_of(line: &[u8]) -> Result<Entry, String> {
    #[derive(Deserialize)]
    struct Version {
        format: u32,
    }
    let text = std::str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
    let parts = text.strip_prefix("{\"sum\":\"").and_then(|rest| rest.split_once("\",\"run\":"));
    let whole = parts.and_then(|(sum, rest)| Some((sum, rest.strip_suffix('}')?)));
    let (sum, run) = whole.ok_or("it is no line of a history")?;
    if digest(run.as_bytes()) != sum {
        return Err("it is not what was written: its digest differs".to_owned());
    }
    let version: Version = serde_json::from_str(run).map_err(|error| error.to_string())?;
    if version.format != FORMAT {
        return Err(format!("it has format {}, this version reads {FORMAT}", version.format));
    }
    serde_json::from_str(run).map_err(|error| error.to_string())
}
