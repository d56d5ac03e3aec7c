//! What each call did, a line each.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use jiff::Timestamp;

/// A longer log is put aside, in place of the one that was put aside before.
const LOG_BYTES_MAX: u64 = 1024 * 1024;

/// Appends a line in one piece.
///
/// # Errors
/// Those of the file system.
pub fn append(path: &Path, now: Timestamp, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    if fs::metadata(path).is_ok_and(|file| file.len() > LOG_BYTES_MAX) {
        let mut old = path.as_os_str().to_owned();
        old.push(".old");
        fs::rename(path, old)?;
    }
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    file.write_all(format!("{} {text}\n", now.strftime("%Y-%m-%dT%H:%M:%SZ")).as_bytes())
}
