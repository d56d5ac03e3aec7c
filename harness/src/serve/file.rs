//! Files that hold a secret: only their owner reads them, and they are there whole or not at all.

use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// The first line of files of ours, by which they are known again.
const MARK: &str = "# written by osac-e2e serve, which takes it away when it ends\n";

/// A file of ours; it is taken away when this is dropped.
#[derive(Debug)]
pub struct Secret {
    path: PathBuf,
    text: String,
}

impl Secret {
    /// Takes a file of an earlier run away, so that the file is only there once it is written.
    ///
    /// # Errors
    /// If there is a file of somebody else's.
    pub fn clear(path: &Path) -> Result<(), String> {
        match std::fs::read_to_string(path) {
            Ok(text) if text.starts_with(MARK) => std::fs::remove_file(path)
                .map_err(|error| format!("failed to remove `{}`: {error}", path.display())),
            Ok(_) => Err(format!(
                "`{}` is there and was not written by `osac-e2e serve`: it is left alone; name \
                 another file",
                path.display()
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(format!("failed to read `{}`: {error}", path.display())),
        }
    }

    /// Writes the file, for nobody but its owner.
    ///
    /// # Errors
    /// If that fails; nothing is left behind then.
    pub fn write(path: &Path, text: &str) -> Result<Self, String> {
        let text = format!("{MARK}{text}");
        write(path, &text)?;
        Ok(Self { path: path.to_owned(), text })
    }
}

/// Writes a file that only its owner can read, whole or not at all.
///
/// # Errors
/// If that fails; nothing is left behind then.
pub fn write(path: &Path, text: &str) -> Result<(), String> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.part", std::process::id()));
    let part = path.with_file_name(name);
    let written = create(&part)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .and_then(|()| std::fs::rename(&part, path));
    written.map_err(|error| {
        let _ = std::fs::remove_file(&part);
        format!("failed to write `{}`: {error}", path.display())
    })
}

impl Drop for Secret {
    fn drop(&mut self) {
        // Another run may have written its own meanwhile.
        if std::fs::read_to_string(&self.path).is_ok_and(|text| text == self.text) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn create(path: &Path) -> io::Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
