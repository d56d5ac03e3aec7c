//! The CRDs of an operator's version, from a path that the user gives.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use apiserver::Crd;
use scenario::Profile;
use serde_json::Value;

use crate::world::crds;

/// Folders below folders below folders.
const DEPTH_MAX: u32 = 8;
/// A file of this size or more is no CRD.
const FILE_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// Reads the CRDs that a profile needs from the files below a path.
///
/// # Errors
/// What is missing, is of another version, or is not valid, for the user.
pub fn below(path: &Path, profile: &Profile) -> Result<Arc<[Crd]>, String> {
    let shown = path.display();
    let mut files = Vec::new();
    collect(path, &mut files, DEPTH_MAX)
        .map_err(|error| format!("failed to list the CRDs in `{shown}`: {error}"))?;
    files.sort();
    let mut found: BTreeMap<String, (PathBuf, Value)> = BTreeMap::new();
    for file in files {
        if let Some(crd) = read(&file)?
            && let Some(name) = crd.pointer("/metadata/name").and_then(Value::as_str)
        {
            found.entry(name.to_owned()).or_insert((file, crd));
        }
    }
    let mut crds = crds::of_kubevirt(&profile.definitions)?;
    for name in &profile.definitions {
        let Some((file, crd)) = found.get(name) else {
            let there: Vec<&str> = found.keys().map(String::as_str).collect();
            return Err(format!(
                "the profile `{}` needs the CRD `{name}`, which is not below `{shown}`; there are: \
                 {}",
                profile.name,
                there.join(", ")
            ));
        };
        let file = file.display();
        check_version(crd, name, profile).map_err(|why| format!("`{file}`: {why}"))?;
        let crd = Crd::compile(crd);
        crds.push(
            crd.map_err(|error| format!("`{file}`: the CRD `{name}` is not valid: {error}"))?,
        );
    }
    Ok(crds.into())
}

/// The version that scenarios write must be served.
fn check_version(crd: &Value, name: &str, profile: &Profile) -> Result<(), String> {
    let (group, version) = profile.api_version.split_once('/').unwrap_or_default();
    if !name.ends_with(&format!(".{group}")) {
        return Ok(());
    }
    let versions = crd.pointer("/spec/versions").and_then(Value::as_array);
    let served: Vec<&str> = versions
        .into_iter()
        .flatten()
        .filter(|one| one["served"] == true)
        .filter_map(|one| one["name"].as_str())
        .collect();
    if served.contains(&version) {
        return Ok(());
    }
    let served = served.join(", ");
    Err(format!("the CRD `{name}` serves {served}, the profile `{}` needs {version}", profile.name))
}

fn read(file: &Path) -> Result<Option<Value>, String> {
    let failed = |error| format!("failed to read `{}`: {error}", file.display());
    if file.metadata().map_err(failed)?.len() >= FILE_BYTES_MAX {
        return Ok(None);
    }
    let text = std::fs::read_to_string(file).map_err(failed)?;
    if !text.contains("CustomResourceDefinition") {
        return Ok(None);
    }
    let value = scenario::value(&text)
        .map_err(|why| format!("`{}` is not one YAML document: {why}", file.display()))?;
    Ok(Some(value).filter(|value| value["kind"] == "CustomResourceDefinition"))
}

fn collect(path: &Path, files: &mut Vec<PathBuf>, depth: u32) -> std::io::Result<()> {
    for entry in std::fs::read_dir(path)? {
        let path = entry?.path();
        let yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
        if path.is_dir() && depth > 0 {
            collect(&path, files, depth - 1)?;
        } else if yaml && path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}
