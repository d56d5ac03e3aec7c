//! The documents as files.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::{Format, Run, WallTimes, run_json};

/// Why a report could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder cannot be made.
    #[error("failed to create the report folder `{}`", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file cannot be written.
    #[error("failed to write the report `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The JUnit writer refused.
    #[error("failed to write the JUnit document")]
    Junit {
        /// The cause.
        #[source]
        source: quick_junit::SerializeError,
    },
}

impl Error {
    /// What the user can do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Error::Folder { .. } | Error::File { .. } => {
                "name a folder that can be written with --out DIR"
            }
            Error::Junit { .. } => "this is a bug of the harness: please report it",
        }
    }
}

/// Makes the folder and writes `run.json` and a document in each of these formats into it. Each
/// file appears whole or not at all; what stood there before is replaced.
///
/// # Errors
/// The first of [`Error`]; the other files are tried all the same.
pub fn write_all(
    folder: &Path,
    run: &Run,
    wall: &WallTimes,
    formats: &[Format],
) -> Result<(), Error> {
    fs::create_dir_all(folder)
        .map_err(|source| Error::Folder { path: folder.to_owned(), source })?;
    let mut outcome = Ok(());
    for format in formats {
        let written = format.render(run).and_then(|text| file(folder, format.file(), &text));
        outcome = outcome.and(written);
    }
    outcome.and(file(folder, "run.json", &run_json::json(run, wall)))
}

/// Makes the folder and writes the `run.json` of a run that begins: what is selected, nothing of
/// it started.
///
/// # Errors
/// [`Error::Folder`] and [`Error::File`].
pub fn write_begun(folder: &Path, run: &Run, wall: &WallTimes) -> Result<(), Error> {
    fs::create_dir_all(folder)
        .map_err(|source| Error::Folder { path: folder.to_owned(), source })?;
    file(folder, "run.json", &run_json::json(run, wall))
}

fn file(folder: &Path, name: &str, text: &str) -> Result<(), Error> {
    // beside its place, for a rename does not cross file systems; two runs do not share it
    let part = folder.join(format!(".{name}.{}.part", std::process::id()));
    let path = folder.join(name);
    let written = whole(&part, text).and_then(|()| fs::rename(&part, &path));
    written.map_err(|source| {
        // best effort: the error that counts is the one above
        let _ = fs::remove_file(&part);
        Error::File { path, source }
    })
}

fn whole(path: &Path, text: &str) -> io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(text.as_bytes())?;
    readable(&file)
}

/// CI systems often collect reports as another user: mode 0644 whatever the umask says.
#[cfg(unix)]
fn readable(file: &fs::File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &fs::File) -> io::Result<()> {
    Ok(())
}
