//! CustomResourceDefinitions from files and folders.

use std::path::{Path, PathBuf};

use apiserver::{ApiServer, Manifest, manifests};
use serde_json::Value;

const KIND: &str = "CustomResourceDefinition";

/// Installs all definitions of files, and of the YAML and JSON files below folders; how many.
/// A folder may hold other objects too, a file that is named may not.
///
/// # Errors
/// What is wrong, with file and document.
pub fn install(server: &ApiServer, paths: &[PathBuf]) -> Result<usize, String> {
    let mut installed = 0;
    for path in paths {
        let before = installed;
        for file in files(path)? {
            let text = std::fs::read_to_string(&file)
                .map_err(|error| format!("failed to read `{}`: {error}", file.display()))?;
            let found = manifests(&text)
                .map_err(|error| format!("`{}` cannot be read: {error}", file.display()))?;
            for manifest in found {
                installed += usize::from(take(server, &file, &manifest, *path == file)?);
            }
        }
        if installed == before {
            return Err(format!("there is no {KIND} in `{}`", path.display()));
        }
    }
    Ok(installed)
}

fn take(server: &ApiServer, file: &Path, manifest: &Manifest, named: bool) -> Result<bool, String> {
    let text = |pointer: &str| manifest.object.pointer(pointer).and_then(Value::as_str);
    let place = format!("`{}`, document {}", file.display(), manifest.document);
    let kind = text("/kind").unwrap_or("nothing with a kind");
    if kind != KIND {
        return if named { Err(format!("{place} is no {KIND} but {kind}")) } else { Ok(false) };
    }
    let name = text("/metadata/name").unwrap_or_default();
    let installed = server.install_crd(&manifest.object);
    installed.map_err(|error| format!("{place}: the CRD `{name}` is refused: {error}"))?;
    Ok(true)
}

/// The file itself, or all files below the folder, in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    let fault = |error: std::io::Error| format!("failed to read `{}`: {error}", path.display());
    if !std::fs::metadata(path).map_err(fault)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
        .map_err(fault)?;
    entries.sort();
    for entry in entries {
        let ending = entry.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        // A link to a folder could lead around in a circle.
        if entry.is_dir() && !entry.is_symlink() {
            found.extend(files(&entry)?);
        } else if matches!(ending, "yaml" | "yml" | "json") {
            found.push(entry);
        }
    }
    Ok(found)
}
