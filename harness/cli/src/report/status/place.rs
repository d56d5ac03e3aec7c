//! Where pages stand: a folder, or a branch of a git repository.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::args::report::PageArguments;

use super::git::Branch;

/// A page of more bytes is none of ours.
pub const PAGE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Where pages stand.
pub enum Place {
    /// A folder.
    Folder(PathBuf),
    /// A branch.
    Branch(Branch),
}

/// What an update did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The page was as it should be.
    None,
    /// There was no page.
    Made,
    /// The page was another one.
    Replaced,
}

impl Change {
    /// The change from one text to another.
    pub fn between(existing: Option<&str>, page: &str) -> Change {
        match existing {
            None => Change::Made,
            Some(old) if old == page => Change::None,
            Some(_) => Change::Replaced,
        }
    }
}

impl Place {
    /// The place that the user means.
    pub fn of(arguments: &PageArguments) -> Result<Place, String> {
        let PageArguments { repository, branch, remote, path, .. } = arguments;
        match repository.as_ref().zip(branch.as_ref()) {
            None => Ok(Place::Folder(arguments.folder.clone())),
            Some((repository, branch)) => {
                Branch::of(repository, branch, remote.as_deref(), path).map(Place::Branch)
            }
        }
    }

    /// How the user calls it.
    pub fn name(&self) -> String {
        match self {
            Place::Folder(folder) => folder.display().to_string(),
            Place::Branch(branch) => branch.name(),
        }
    }

    /// The date of the last page before a day.
    pub fn earlier(&self, date: &str) -> Result<Option<String>, String> {
        let names = match self {
            Place::Folder(folder) => listed(folder)?,
            Place::Branch(branch) => branch.files()?,
        };
        let dates = names.iter().filter_map(|name| name.strip_suffix(".md"));
        let earlier = dates.filter(|it| is_date(it) && *it < date).max();
        Ok(earlier.map(str::to_owned))
    }

    /// Replaces a page by what `make` makes of it, unless it is that already.
    pub fn update(
        &self,
        file: &str,
        now: Timestamp,
        make: impl Fn(Option<&str>) -> Result<String, String>,
    ) -> Result<Change, String> {
        match self {
            Place::Folder(folder) => in_folder(folder, file, make),
            Place::Branch(branch) => branch.update(file, now, make),
        }
    }
}

fn is_date(text: &str) -> bool {
    text.parse::<jiff::civil::Date>().is_ok_and(|date| date.to_string() == text)
}

fn listed(folder: &Path) -> Result<Vec<String>, String> {
    let failed = |error: io::Error| format!("failed to list `{}`: {error}", folder.display());
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut names = Vec::new();
    for entry in entries {
        // a name that is not UTF-8 is no page
        names.extend(entry.map_err(failed)?.file_name().into_string().ok());
    }
    Ok(names)
}

fn in_folder(
    folder: &Path,
    file: &str,
    make: impl Fn(Option<&str>) -> Result<String, String>,
) -> Result<Change, String> {
    let path = folder.join(file);
    let failed = |error: io::Error| format!("failed to write `{}`: {error}", path.display());
    let existing = match fs::metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Ok(page) if page.len() > PAGE_BYTES_MAX => {
            return Err(format!("`{}` has {} bytes: that is no page", path.display(), page.len()));
        }
        _ => Some(
            fs::read_to_string(&path)
                .map_err(|error| format!("failed to read `{}`: {error}", path.display()))?,
        ),
    };
    let page = make(existing.as_deref())?;
    let change = Change::between(existing.as_deref(), &page);
    if change != Change::None {
        fs::create_dir_all(folder).map_err(failed)?;
        let part = folder.join(format!(".{file}.{}.part", std::process::id()));
        let written = fs::write(&part, &page).and_then(|()| fs::rename(&part, &path));
        written.map_err(|error| {
            // best effort: the error that counts is the one above
            let _ = fs::remove_file(&part);
            failed(error)
        })?;
    }
    Ok(change)
}
