//! The command line as a user has it: exit codes, words, files.
#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

fn osac_e2e(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_osac-e2e"));
    command.args(arguments).current_dir(env!("CARGO_TARGET_TMPDIR")).stdin(Stdio::null());
    // these tests may themselves run in GitHub Actions
    command.env_remove("GITHUB_ACTIONS").env_remove("GITHUB_STEP_SUMMARY");
    command
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = osac_e2e(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// All files below a folder with their bytes.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_owned();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

fn traces(name: &str, arguments: &[&str]) -> BTreeMap<PathBuf, Vec<u8>> {
    let out = folder(name);
    let mut all = vec!["run", "--out", out.to_str().unwrap()];
    all.extend(arguments);
    let (code, _, stderr) = run(&all);
    assert!(code <= 1, "{stderr}");
    files(&out.join("traces"))
}

#[test]
fn equal_seeds_give_equal_traces_byte_for_byte_in_two_processes_with_any_number_of_jobs() {
    let (one, two) = (traces("jobs-1", &["--jobs", "1"]), traces("jobs-2", &["--jobs", "2"]));
    assert!(one.len() >= 90, "only {} traces", one.len());
    let differing: Vec<_> =
        one.iter().filter(|(name, bytes)| two.get(*name) != Some(*bytes)).collect();
    let names: Vec<_> = differing.iter().map(|(name, _)| name.display().to_string()).collect();
    assert!(names.is_empty(), "{} traces differ: {}", names.len(), names.join(", "));
    assert_eq!(one.len(), two.len());
}

#[test]
fn another_seed_gives_another_interleaving() {
    let (one, two) = (traces("seed-1", &["S01"]), traces("seed-2", &["S01", "--seed", "2"]));
    // beside the traces stands the scenario, which no seed changes
    let is_trace = |name: &&PathBuf| name.extension().is_some_and(|end| end == "jsonl");
    assert!(one.keys().any(|name| is_trace(&name)));
    for name in one.keys().filter(is_trace) {
        assert_ne!(two.get(name), one.get(name), "{}", name.display());
    }
}

#[test]
fn a_missing_folder_is_wrong_usage() {
    let (code, _, stderr) = run(&["run", "--scenarios", "no-such-folder"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("failed to list the scenarios in `no-such-folder`"), "{stderr}");
    assert!(stderr.contains("help: name a folder"), "{stderr}");
}

#[test]
fn a_folder_without_scenarios_is_wrong_usage() {
    let empty = folder("empty");
    let (code, _, stderr) = run(&["run", "--scenarios", empty.to_str().unwrap()]);
    assert_eq!(code, 2);
    assert!(stderr.contains("no scenario (*.yaml) in"), "{stderr}");
}

#[test]
fn a_file_that_cannot_be_read_is_named_and_the_others_run() {
    let scenarios = folder("unreadable");
    std::fs::write(scenarios.join("latin.yaml"), b"title: \xe4\n").unwrap();
    std::os::unix::fs::symlink("nowhere", scenarios.join("dangling.yaml")).unwrap();
    let out = folder("unreadable-out");
    let (code, _, stderr) =
        run(&["run", "--scenarios", scenarios.to_str().unwrap(), "--out", out.to_str().unwrap()]);
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("dangling.yaml") && stderr.contains("No such file"), "{stderr}");
    assert!(stderr.contains("latin.yaml") && stderr.contains("not UTF-8: byte 7"), "{stderr}");
    let junit = std::fs::read_to_string(out.join("junit.xml")).unwrap();
    assert!(junit.contains("latin.yaml"), "{junit}");
}

#[test]
fn an_output_folder_that_cannot_be_written_breaks_the_run() {
    let blocked = folder("blocked").join("file");
    std::fs::write(&blocked, "in the way").unwrap();
    let out = blocked.join("out");
    let (code, _, stderr) = run(&["run", "S01", "--out", out.to_str().unwrap()]);
    assert_eq!(code, 3);
    assert!(stderr.contains("failed to create the report folder"), "{stderr}");
    assert!(stderr.contains("--out DIR"), "{stderr}");
}

#[test]
fn an_empty_selection_has_a_code_of_its_own() {
    let out = folder("nothing");
    let (code, stdout, _) = run(&["run", "no-such-variant", "--out", out.to_str().unwrap()]);
    assert_eq!(code, 4, "{stdout}");
    assert!(out.join("junit.xml").is_file());
}

#[test]
fn formats_are_those_that_were_asked_for_and_no_others() {
    let out = folder("formats");
    let formats = ["--format", "tap,markdown", "--format", "github,tap"];
    let mut all = vec!["run", "S10", "--out", out.to_str().unwrap()];
    all.extend(formats);
    let (code, _, stderr) = run(&all);
    assert_eq!(code, 0, "{stderr}");
    let names: Vec<PathBuf> =
        files(&out).into_keys().filter(|path| path.iter().count() == 1).collect();
    let expected = ["annotations.txt", "results.tap", "run.json", "summary.md"];
    assert_eq!(names, expected.map(PathBuf::from));
    let (code, _, stderr) = run(&["run", "--format", "junit,yaml"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("there are: junit, json, html, tap"), "{stderr}");
}

#[test]
fn github_gets_its_summary_and_annotations_and_obeys_nothing_else() {
    let out = folder("github");
    let summary = out.join("step.md");
    std::fs::write(&summary, "before\n").unwrap();
    let selection = ["run", "--defect", "no-reconciled-version", "patch-at-rest", "--out"];
    let Output { status, stdout, .. } = osac_e2e(&selection)
        .arg(&out)
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_STEP_SUMMARY", &summary)
        .output()
        .unwrap();
    assert_eq!(status.code(), Some(1));
    let stdout = String::from_utf8(stdout).unwrap();
    let token = stdout.lines().next().unwrap().strip_prefix("::stop-commands::").unwrap();
    let (told, obeyed) = stdout.split_once(&format!("\n::{token}::\n")).unwrap();
    assert!(told.contains("1 failed") && !told.contains("::error"), "{told}");
    let place = "::error file=scenarios/compute-instance/s12-spec-change.yaml,line=29,col=7,";
    assert!(obeyed.starts_with(place), "{obeyed}");
    let page = std::fs::read_to_string(&summary).unwrap();
    assert!(page.starts_with("before\n## osac-e2e: failed\n"), "{page}");
    // a summary that cannot be written is told, and does not hide what was found
    let mut refused = osac_e2e(&selection);
    let Output { status, stderr, .. } =
        refused.arg(&out).env("GITHUB_STEP_SUMMARY", &out).output().unwrap();
    assert_eq!(status.code(), Some(1));
    assert!(String::from_utf8(stderr).unwrap().contains("the step's summary"));
}

#[test]
fn an_unknown_defect_lists_the_known_ones() {
    let (code, _, stderr) = run(&["run", "--defect", "nonsense"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("eda-delete-waits"), "{stderr}");
}

#[test]
fn an_interruption_ends_the_run_with_a_report_of_what_ran_and_what_did_not() {
    let scenarios = folder("long");
    let text = include_str!("long.yaml");
    // the first has one variant, so that its lines come while the others still run
    for (file, variants) in [1].into_iter().chain([150; 20]).enumerate() {
        let name = format!("x01-long-{file:02}");
        let variant = |n| format!("  - {{name: v{n}, bindings: {{cores: {n}}}}}\n");
        let variants: String = (0..variants).map(variant).collect();
        let text = text
            .replace("name: long", &format!("name: {name}"))
            .replace("  # VARIANTS\n", &variants);
        std::fs::write(scenarios.join(format!("{name}.yaml")), text).unwrap();
    }
    let out = folder("long-out");
    let mut child = osac_e2e(&["run", "--jobs", "1", "--scenarios", scenarios.to_str().unwrap()])
        .args(["--out", out.to_str().unwrap()])
        .stdout(Stdio::piped())
        // nobody reads it here, and a full pipe would hold the child
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    let killed =
        Command::new("sh").arg("-c").arg(format!("kill -INT {}", child.id())).status().unwrap();
    assert!(killed.success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), Some(130), "{first}\n{}", rest.join("\n"));
    let junit = std::fs::read_to_string(out.join("junit.xml")).unwrap();
    assert!(junit.contains("x01-long-20"), "what did not run stands in the report too");
    let summary = std::fs::read_to_string(out.join("summary.json")).unwrap();
    assert!(summary.contains("interrupted"), "{summary}");
}

#[test]
fn help_names_the_exit_codes() {
    let (code, stdout, _) = run(&["--help"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("4 nothing selected"), "{stdout}");
}

#[test]
fn the_failure_that_the_readme_shows_is_what_the_command_prints() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let shown = readme.split("```text\n").nth(1).unwrap().split("  seed 1\n").next().unwrap();
    let out = folder("readme");
    let (code, stdout, _) = run(&[
        "run",
        "--defect",
        "no-reconciled-version",
        "patch-at-rest",
        "--out",
        out.to_str().unwrap(),
    ]);
    assert_eq!(code, 1);
    assert!(stdout.contains(shown), "README.md shows\n{shown}\nthe command prints\n{stdout}");
}

#[test]
fn a_run_is_remembered_where_the_user_says_and_usually_beside_the_reports() {
    let here = folder("remembered");
    let run = |arguments: &[&str]| {
        let mut command = osac_e2e(&["run", "S01", "--scenarios"]);
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
        let output = command.arg(root).args(arguments).current_dir(&here).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stderr).unwrap()
    };
    let lines = |name: &str| {
        let text = std::fs::read_to_string(here.join(name).join("runs.jsonl"));
        text.map_or(0, |text| text.lines().count())
    };
    run(&[]);
    run(&[]);
    assert_eq!(lines("reports/history"), 2);
    run(&["--no-history"]);
    run(&["--out", "aside"]);
    assert_eq!(lines("reports/history"), 2);
    run(&["--out", "aside", "--history", "own"]);
    assert_eq!((lines("reports/history"), lines("own")), (2, 1));
    std::fs::write(here.join("file"), "").unwrap();
    let told = run(&["--history", "file/below"]);
    let expected = "warning: the run is not remembered: failed to create the history folder \
        `file/below`";
    assert!(told.starts_with(expected), "{told}");
    assert!(told.contains("= help: name a folder that can be written with --history DIR"));
}
