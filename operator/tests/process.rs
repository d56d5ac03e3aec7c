//! The binary as a person starts it, with surroundings that are wrong.
#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What the operator says on its standard error, and its exit code.
fn start(kubeconfig: &Path) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_operator"))
        .env_clear()
        .env("KUBECONFIG", kubeconfig)
        .env("OSAC_AAP_URL", "http://127.0.0.1:9/api/controller")
        .env("OSAC_AAP_TOKEN", "token-of-a-test")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_broken_kubeconfig_is_named_by_its_place_and_not_shown() {
    let broken = file("broken", "users:\n- {name: me, user: {token: very-secret-word\nclusters: [");
    let (code, said) = start(&broken);
    assert_eq!(code, Some(1));
    assert!(said.starts_with("error: found no cluster to work in (failed to parse"), "{said}");
    assert!(said.contains("line ") && said.contains("set KUBECONFIG to"), "{said}");
    assert!(!said.contains("very-secret-word"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn a_missing_kubeconfig_is_named() {
    let (code, said) = start(Path::new("/nowhere/kubeconfig"));
    assert_eq!(code, Some(1));
    assert!(said.contains("/nowhere/kubeconfig") && said.contains("No such file"), "{said}");
}
