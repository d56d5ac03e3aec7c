//! Finds scenarios: those built into the binary, or those of a folder. The only reader of scenario
//! files.

use std::io::Read;
use std::path::{Path, PathBuf};

/// A scenario file's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The file, as the user named it or as it stands in the repository.
    pub file: String,
    /// The folder it stands in, as a module path: `compute_instance`; empty at the top.
    pub group: String,
    /// Its text, or why it could not be read.
    pub text: Result<String, String>,
}

/// A file of this size or more is not read: the language refuses it anyway.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Folders below folders below folders.
const DEPTH_MAX: u32 = 16;

/// Why a folder gives no scenarios.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// It cannot be listed.
    #[error("failed to list the scenarios in `{path}`")]
    Folder {
        /// The folder.
        path: String,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// There is none.
    #[error("no scenario (*.yaml) in `{path}`")]
    Empty {
        /// The folder.
        path: String,
    },
}

static BUILT_IN: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/built_in.rs"));

/// Where profiles stand beside the scenarios.
const PROFILES: &str = "scenarios/profiles/";

/// The profiles of the repository: name, file, text.
pub fn profiles() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    BUILT_IN.iter().filter_map(|(file, text)| {
        let name = file.strip_prefix(PROFILES)?.strip_suffix("/profile.yaml")?;
        Some((name, *file, *text))
    })
}

/// The scenarios of the repository, in order of their paths.
pub fn built_in() -> Vec<Entry> {
    let entry = |(file, text): &(&str, &str)| {
        let below = file.strip_prefix("scenarios/").unwrap_or(file);
        let group = group_of(Path::new(below));
        Entry { file: (*file).to_owned(), group, text: Ok((*text).to_owned()) }
    };
    BUILT_IN.iter().filter(|(file, _)| !file.starts_with(PROFILES)).map(entry).collect()
}

/// The scenarios of a folder and the folders below it, or one file, in order of their paths.
///
/// # Errors
/// A folder that cannot be listed, or holds no scenario. A file that cannot be read is an entry.
pub fn at(path: &Path) -> Result<Vec<Entry>, CatalogError> {
    let shown = path.display().to_string();
    let failed = |source| CatalogError::Folder { path: shown.clone(), source };
    let mut files = Vec::new();
    if path.metadata().map_err(failed)?.is_file() {
        files.push(path.to_owned());
    } else {
        collect(path, &mut files, DEPTH_MAX).map_err(failed)?;
    }
    files.sort();
    if files.is_empty() {
        return Err(CatalogError::Empty { path: shown });
    }
    let entry = |file: PathBuf| Entry {
        group: group_of(file.strip_prefix(path).unwrap_or(&file)),
        text: read(&file),
        file: file.display().to_string(),
    };
    Ok(files.into_iter().map(entry).collect())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>, depth: u32) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if path.is_dir() {
            // profiles of operators may stand beside the scenarios
            let profiles = path.file_name().is_some_and(|name| name == "profiles");
            if depth > 0 && !profiles {
                collect(&path, files, depth - 1)?;
            }
        } else if yaml {
            files.push(path);
        }
    }
    Ok(())
}

fn read(file: &Path) -> Result<String, String> {
    let failed = |error: std::io::Error| format!("failed to read the file: {error}");
    let mut bytes = Vec::new();
    let opened = std::fs::File::open(file).map_err(failed)?;
    opened.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(failed)?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        format!("the file is not UTF-8: byte {at} is the first that is not")
    })
}

fn group_of(below: &Path) -> String {
    let parents = below.parent().into_iter().flat_map(Path::components);
    let names: Vec<String> =
        parents.map(|part| identifier(&part.as_os_str().to_string_lossy())).collect();
    names.join("::")
}

/// A name as a part of a test's path: `one-conflict` → `one_conflict`.
pub fn identifier(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_folder_is_named() {
        let error = at(Path::new("no/such/folder")).unwrap_err();
        assert_eq!(error.to_string(), "failed to list the scenarios in `no/such/folder`");
    }

    #[test]
    fn folders_become_module_paths() {
        assert_eq!(group_of(Path::new("compute-instance/s01.yaml")), "compute_instance");
        assert_eq!(group_of(Path::new("a/b-c/s01.yaml")), "a::b_c");
        assert_eq!(group_of(Path::new("s01.yaml")), "");
    }
}
