//! What these tests read of the environment: nothing else does.

#![expect(clippy::disallowed_methods, reason = "the one reader of the environment")]

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The kubectls to test with: those of `KUBECTLS` (paths, joined as in PATH) if it is set, else
/// every `kubectl` and `kubectl.1.*` of PATH, of the folders that its links lead to, and of
/// `target/ci-tools/kubectl`, where `ci/fetch-kubectls` puts them.
pub fn kubectls() -> Vec<PathBuf> {
    if let Some(given) = std::env::var_os("KUBECTLS") {
        return std::env::split_paths(&given).collect();
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    let links: Vec<PathBuf> = folders
        .iter()
        .filter_map(|folder| folder.join("kubectl").canonicalize().ok())
        .filter_map(|real| real.parent().map(Path::to_owned))
        .collect();
    folders.extend(links);
    folders.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/ci-tools/kubectl"));
    let mut found: Vec<PathBuf> = folders.iter().flat_map(|folder| kubectls_in(folder)).collect();
    found.sort();
    found.dedup();
    found
}

fn kubectls_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_kubectl = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name == "kubectl" || name.starts_with("kubectl.1.")
    };
    let paths = entries.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    paths.filter(is_kubectl).filter_map(|path| path.canonicalize().ok()).collect()
}

/// What a child process gets of our environment: where programs and their caches are.
pub fn inherited() -> Vec<(OsString, OsString)> {
    let wanted = ["PATH", "HOME", "GOPATH", "GOCACHE", "GOMODCACHE", "TMPDIR", "USER"];
    let vars = std::env::vars_os();
    vars.filter(|(name, _)| wanted.iter().any(|wanted| name == wanted)).collect()
}

/// A program of PATH.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|path| path.is_file())
}
