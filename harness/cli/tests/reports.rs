//! Runs told again, compared and published, as a user has it.
#![expect(clippy::unwrap_used, reason = "a test says so by failing")]

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports").join(name);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// The program in a folder, on a machine without a desktop.
fn osac_e2e(here: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_osac-e2e"));
    command.args(arguments).current_dir(here).stdin(Stdio::null());
    for name in ["DISPLAY", "WAYLAND_DISPLAY", "GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        command.env_remove(name);
    }
    command
}

fn run(here: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = osac_e2e(here, arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Two remembered runs: one that passed, and one whose operator has a defect.
fn two_runs(here: &Path) {
    let one = ["patch-at-rest", "--out", "good", "--history", "reports/history"];
    assert_eq!(run(here, &[&["run"], one.as_slice()].concat()).0, 0);
    let bad = ["patch-at-rest", "--defect", "no-reconciled-version", "--out", "bad"];
    let code = run(here, &[&["run"], bad.as_slice(), &["--history", "reports/history"]].concat()).0;
    assert_eq!(code, 1);
}

#[test]
fn a_report_made_again_is_the_same_byte_for_byte() {
    let here = folder("again");
    two_runs(&here);
    for name in ["good", "bad"] {
        let again = format!("{name}-again");
        let (code, stdout, stderr) = run(&here, &["report", name, "--out", &again]);
        assert_eq!((code, stderr.as_str()), (0, ""));
        assert!(stdout.ends_with(&format!("reports: {again}\n")), "{stdout}");
        let mut documents = 0;
        for entry in fs::read_dir(here.join(&again)).unwrap() {
            let file = entry.unwrap().file_name();
            let read = |folder: &str| fs::read(here.join(folder).join(&file)).unwrap();
            assert_eq!(read(name), read(&again), "{}", file.display());
            documents += 1;
        }
        assert!(documents >= 3, "{documents} documents");
    }
}

#[test]
fn a_run_whose_process_was_killed_is_told_as_far_as_it_came() {
    let here = folder("killed");
    let mut child = osac_e2e(&here, &["run", "--jobs", "1", "--out", "out", "S01", "S21"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let first = BufReader::new(child.stdout.take().unwrap()).lines().next();
    assert!(first.unwrap().unwrap().starts_with("passed"));
    child.kill().unwrap();
    assert_eq!(child.wait().unwrap().code(), None, "it was to be killed while it ran");
    assert!(!here.join("out/junit.xml").exists());
    let (code, stdout, stderr) = run(&here, &["report", "out"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.contains("1 of 2 scenarios passed"), "{stdout}");
    assert!(stdout.contains("not started although nothing failed"), "{stdout}");
    let junit = fs::read_to_string(here.join("out/junit.xml")).unwrap();
    assert!(junit.contains("not started: the run ended before its turn"), "{junit}");
}

#[test]
fn what_is_no_run_is_wrong_usage_and_a_lost_trace_is_broken() {
    let here = folder("lost");
    let (code, _, stderr) = run(&here, &["report", "nowhere"]);
    assert_eq!(code, 2);
    assert!(stderr.starts_with("error: there is no run in `nowhere`: No such file"), "{stderr}");
    two_runs(&here);
    let traces = here.join("good/traces/s12-spec-change");
    fs::remove_file(traces.join("patch-at-rest.jsonl")).unwrap();
    let (code, stdout, stderr) = run(&here, &["report", "good"]);
    assert_eq!(code, 3, "{stdout}");
    let expected = "warning: the trace `good/traces/s12-spec-change/patch-at-rest.jsonl` is \
        missing: its variant is told as broken\n";
    assert_eq!(stderr, expected);
    fs::write(here.join("good/run.json"), "{\"format\":").unwrap();
    let (code, _, stderr) = run(&here, &["report", "good"]);
    assert_eq!(code, 2);
    assert!(stderr.starts_with("error: `good/run.json` is not understood: EOF"), "{stderr}");
}

#[test]
fn a_comparison_says_by_its_exit_code_whether_it_is_worse() {
    let here = folder("compare");
    two_runs(&here);
    let name = "S12 s12-spec-change::patch-at-rest";
    let (code, stdout, _) = run(&here, &["compare", "good", "bad"]);
    assert_eq!(code, 1);
    assert!(stdout.contains(&format!("worse    {name}: passed → failed\n")), "{stdout}");
    assert!(stdout.contains("mind    defect: none before, no-reconciled-version after\n"));
    assert!(
        stdout.ends_with("\nworse: 1 variant worse, 0 better, 0 otherwise different, 0 alike\n")
    );
    let (code, history, _) = run(&here, &["compare", "last~1", "last"]);
    assert_eq!((code, history), (1, stdout), "the history tells the same");
    let (code, stdout, _) = run(&here, &["compare", "bad", "good", "--format", "markdown"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("failed → passed"), "{stdout}");
    let (code, stdout, _) = run(&here, &["compare", "good", "bad", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, &json["worse"]), (1, &serde_json::Value::Bool(true)));
    let (code, stdout, stderr) = run(&here, &["compare", "nothing", "2027"]);
    assert_eq!((code, stdout.as_str()), (2, ""));
    assert_eq!(stderr.matches("error: no run of the history is named").count(), 2, "{stderr}");
}

#[test]
fn past_runs_are_listed() {
    let here = folder("past");
    let (code, _, stderr) = run(&here, &["report", "history"]);
    assert_eq!(code, 4);
    assert!(stderr.starts_with("error: there is no run in `reports/history`"), "{stderr}");
    two_runs(&here);
    let file = here.join("reports/history/runs.jsonl");
    let torn = fs::read_to_string(&file).unwrap() + "{\"sum\":\"";
    fs::write(&file, torn).unwrap();
    let (code, stdout, _) = run(&here, &["report", "history"]);
    assert_eq!(code, 0);
    assert!(stdout.contains("\n2 of 2 runs\n"), "{stdout}");
    assert!(stdout.contains("runs.jsonl:3: it breaks off: the process died"), "{stdout}");
}

#[test]
fn a_page_keeps_what_people_wrote_and_is_left_alone_while_nothing_is_new() {
    let here = folder("page");
    let (code, _, stderr) = run(&here, &["report", "status"]);
    assert_eq!(code, 3);
    assert!(stderr.starts_with("error: there is no history in `reports/history`"), "{stderr}");
    two_runs(&here);
    let status = |arguments: &[&str]| {
        let usual = ["report", "status", "--date", "2026-02-08"];
        run(&here, &[usual.as_slice(), arguments].concat())
    };
    let skipped = "notification: skipped, there is no desktop (neither DISPLAY nor \
        WAYLAND_DISPLAY)\n";
    let (code, stdout, _) = status(&[]);
    assert_eq!((code, stdout), (0, format!("2026-02-08: published to reports/status\n{skipped}")));
    let (code, stdout, _) = status(&[]);
    assert_eq!((code, stdout.as_str()), (0, "2026-02-08: unchanged in reports/status\n"));
    let page = here.join("reports/status/2026-02-08.md");
    let own =
        fs::read_to_string(&page).unwrap().replace("## Key Effort", "Words.\n\n## Key Effort");
    fs::write(&page, &own).unwrap();
    let (_, stdout, _) = status(&["--link", "run=https://ci.example/1", "--no-notify"]);
    let told = "2026-02-08: published anew to reports/status\nnotification: not wanted\n";
    assert_eq!(stdout, told);
    let again = fs::read_to_string(&page).unwrap();
    assert!(again.contains("Words.\n") && again.contains("(<https://ci.example/1>)"), "{again}");
    let broken = again.replace("<!-- osac-e2e: risks -->", "");
    fs::write(&page, &broken).unwrap();
    let (code, _, stderr) = status(&[]);
    assert_eq!(code, 3);
    assert!(stderr.contains("the page has no `<!-- osac-e2e: risks -->`"), "{stderr}");
    assert_eq!(fs::read_to_string(&page).unwrap(), broken, "it is left as it is");
    let log = fs::read_to_string(here.join("reports/status/status.log")).unwrap();
    assert_eq!(log.lines().count(), 5, "{log}");
    assert!(log.lines().all(|line| line.contains("Z 20")), "{log}");
}

#[test]
fn units_are_what_systemd_reads_and_are_removed_again() {
    let here = folder("units");
    let install = ["report", "status", "install", "--units", "units", "--link", "50%=https://x/$y"];
    let (code, stdout, stderr) = run(&here, &install);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    let files = ["units/osac-e2e-status.service", "units/osac-e2e-status.timer"];
    let read = |file: &str| fs::read_to_string(here.join(file)).unwrap();
    let service = read(files[0]);
    assert!(service.contains("\"--link\" \"50%%=https://x/$$y\""), "{service}");
    assert!(service.contains(&format!("WorkingDirectory={}\n", here.display())), "{service}");
    assert!(read(files[1]).contains("OnCalendar=*:0/15\n"));
    match Command::new("systemd-analyze").arg("verify").args(files).current_dir(&here).output() {
        Err(error) => println!("skipped: systemd-analyze cannot be started: {error}"),
        Ok(output) => assert!(output.status.success(), "{output:?}"),
    }
    fs::write(here.join(files[1]), "[Timer]\n").unwrap();
    let uninstall = ["report", "status", "uninstall", "--units", "units"];
    for arguments in [install.as_slice(), uninstall.as_slice()] {
        let (code, _, stderr) = run(&here, arguments);
        assert_eq!(code, 3);
        assert!(stderr.contains("was not written by osac-e2e and is left alone"), "{stderr}");
    }
    fs::remove_file(here.join(files[1])).unwrap();
    let (code, stdout, _) = run(&here, &uninstall);
    assert_eq!((code, stdout.as_str()), (0, "removed units/osac-e2e-status.service\n"));
    let (_, stdout, _) = run(&here, &uninstall);
    assert_eq!(stdout, "there is nothing to remove in units\n");
}
