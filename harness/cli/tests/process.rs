//! Operators that are programs, good ones and bad ones.
#![expect(clippy::unwrap_used, reason = "a test says so by failing")]
#![expect(clippy::disallowed_methods, reason = "real processes take real time")]
#![cfg(target_os = "linux")]

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What `osac-e2e run` said, and its exit code.
fn run(operator: &Path, name: &str, more: &[&str]) -> (Option<i32>, String) {
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let output = command(operator, &out).args(more).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(said).unwrap())
}

fn command(operator: &Path, out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_osac-e2e"));
    command.args(["run", "s01-create-run-delete::plain", "--operator"]).arg(operator);
    command.arg("--out").arg(out).current_dir("../..").stdin(Stdio::null());
    command
}

/// A program that is a shell script.
fn script(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// The operator of this workspace, built.
fn operator() -> PathBuf {
    let here = Path::new(env!("CARGO_BIN_EXE_osac-e2e")).parent().unwrap();
    let release: &[&str] = if cfg!(debug_assertions) { &[] } else { &["--release"] };
    let built = Command::new(env!("CARGO"))
        .args(["build", "--quiet", "--package", "operator", "--bin", "operator"])
        .args(release)
        .status()
        .unwrap();
    assert!(built.success());
    here.join("operator")
}

#[test]
fn a_program_that_is_not_there_is_named() {
    let (code, said) = run(Path::new("no/such/manager"), "absent", &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("`no/such/manager` cannot be started: No such file"), "{said}");
}

#[test]
fn a_program_that_is_not_executable_is_named() {
    let path = script("not-executable", "true");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let (code, said) = run(&path, "not-executable-out", &[]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("is not executable: chmod +x"), "{said}");
}

#[test]
fn a_program_that_ends_at_once_is_told_with_its_last_lines() {
    let path = script("ends", "echo one; echo 'no luck today' >&2; exit 7");
    let (code, said) = run(&path, "ends-out", &[]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("ended by itself: exit status: 7"), "{said}");
    assert!(said.contains("no luck today"), "{said}");
}

#[test]
fn a_program_that_never_gets_ready_is_told_within_ten_seconds() {
    let path = script("idle", "echo 'waiting for better days'; exec sleep 1000");
    let began = std::time::Instant::now();
    let (code, said) = run(&path, "idle-out", &[]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("did not begin to watch its objects in time"), "{said}");
    assert!(said.contains("waiting for better days"), "{said}");
    assert!(began.elapsed().as_secs() < 20, "{:?}", began.elapsed());
}

#[test]
fn a_program_that_floods_its_log_is_stopped() {
    let path = script("floods", "yes 'more and more'");
    let (code, said) = run(&path, "floods-out", &[]);
    assert_eq!(code, Some(3), "{said}");
    assert!(said.contains("flooded its log"), "{said}");
}

#[test]
fn nothing_is_inherited_and_a_secret_of_the_log_is_not_written() {
    let path = script("tells", "env | sort; echo \"token $OSAC_AAP_TOKEN\"; exit 1");
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("tells-out");
    let output = command(&path, &out).env("FOREIGN_SECRET", "foreign").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("[redacted secret]"), "{said}");
    assert!(!said.contains("foreign") && !said.contains("tok-embedded"), "{said}");
}

#[test]
fn the_embedded_operator_as_a_process_passes_over_sockets() {
    let (code, said) = run(&operator(), "good", &["S07", "--strict"]);
    assert_eq!(code, Some(0), "{said}");
    let junit = Path::new(env!("CARGO_TARGET_TMPDIR")).join("good/junit.xml");
    let junit = std::fs::read_to_string(junit).unwrap();
    assert!(junit.contains("operator=process"), "{junit}");
}

#[test]
fn choices_that_do_not_go_together_are_refused_in_words() {
    let manager = script("manager", "true");
    for (more, words) in [
        (["--clock", "virtual"].as_slice(), "cannot be told virtual time"),
        (&["--cluster", "kubeconfig"], "by the name of its context"),
        (&["--cluster", "kubeconfig:dev"], "cannot be used yet"),
        (&["--cluster", "container"], "cannot be used yet"),
        (&["--aap", "real"], "cannot be used yet"),
        (&["--defect", "no-reconciled-version"], "embedded operator only"),
    ] {
        let (code, said) = run(&manager, "refused", more);
        assert_eq!(code, Some(2), "{more:?}: {said}");
        assert!(said.contains(words), "{more:?}: {said}");
    }
}

/// Processes whose command line has a word.
fn processes(word: &str) -> Vec<u32> {
    let of = |entry: std::fs::DirEntry| {
        let id: u32 = entry.file_name().to_str()?.parse().ok()?;
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        String::from_utf8_lossy(&line).contains(word).then_some(id)
    };
    std::fs::read_dir("/proc").unwrap().flatten().filter_map(of).collect()
}

#[test]
fn no_operator_survives_a_runner_that_is_killed() {
    let path = script("survivor-7c1e", "exec sleep 1000");
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("survivor-out");
    let (nowhere, nor_there) = (Stdio::null(), Stdio::null());
    let mut runner = command(&path, &out).stderr(nowhere).stdout(nor_there).spawn().unwrap();
    // `exec` gives the process another name: it is known by its working folder
    let home = |id: u32| std::fs::read_link(format!("/proc/{id}/cwd")).unwrap_or_default();
    let of = runner.id().to_string();
    let ours = || -> Vec<u32> {
        let of_runner = |id: &u32| {
            let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            let parent = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1));
            parent == Some(of.as_str())
        };
        let sleepers = processes("sleep").into_iter().filter(of_runner);
        sleepers.filter(|id| home(*id).to_string_lossy().contains("osac-e2e-")).collect()
    };
    let limit = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let id = loop {
        if let [id, ..] = ours().as_slice() {
            break *id;
        }
        assert!(std::time::Instant::now() < limit, "the operator was never started");
        std::thread::yield_now();
    };
    let folder = home(id);
    runner.kill().unwrap();
    runner.wait().unwrap();
    while home(id) == folder {
        assert!(std::time::Instant::now() < limit, "the operator lives on");
        std::thread::yield_now();
    }
}
