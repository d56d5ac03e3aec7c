//! The files of the work tree that are, or would be, committed.

use std::fs;
use std::path::Path;

use crate::{Error, shell};

/// A text file.
#[derive(Debug, Clone)]
pub struct File {
    /// Path from the root, with `/`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// The tree.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// Absolute path of the root; no file may name it.
    pub root: String,
    /// Text files, by path.
    pub files: Vec<File>,
}

impl Tree {
    /// What git tracks, and what it would track: ignored files are left out. Files that are not
    /// UTF-8 are no text.
    pub fn read(root: &Path) -> Result<Tree, Error> {
        let mut list = shell::command(
            "git",
            &["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"],
        );
        list.current_dir(root);
        let names = shell::output(list)?;
        let mut files = Vec::new();
        for path in names.split('\0').filter(|path| !path.is_empty()) {
            let whole = root.join(path);
            // deleted but not yet committed, or a link to elsewhere
            if !whole.is_file() {
                continue;
            }
            let bytes =
                fs::read(&whole).map_err(|source| Error::Read { path: path.to_owned(), source })?;
            if let Ok(text) = String::from_utf8(bytes) {
                files.push(File { path: path.to_owned(), text });
            }
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Tree { root: root.display().to_string(), files })
    }

    /// The file of that path.
    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }

    /// The Rust files.
    pub fn rust(&self) -> impl Iterator<Item = &File> {
        self.files.iter().filter(|file| file.has_extension("rs"))
    }
}

impl File {
    /// Whether its name ends so.
    pub fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|it| it == extension)
    }

    /// Whether it is data of a test, which may be as ugly as the test needs.
    pub fn is_fixture(&self) -> bool {
        let folders = ["fixtures", "golden", "invalid", "testdata", "snapshots"];
        self.path.split('/').any(|part| folders.contains(&part))
    }

    /// Its lines with their numbers, from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(at, line)| (at + 1, line))
    }
}
