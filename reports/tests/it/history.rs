//! The file of past runs: what may happen to it, and what is lost by it.

use std::error::Error as _;
use std::fs;
use std::path::PathBuf;

use reports::history::{Entry, FindError, History, HistoryError, Limits, Past};
use reports::{Origin, WallTimes};

use crate::mixed;

fn empty_folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("history").join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn entry(nth: usize) -> Entry {
    let origin = Origin {
        program: "build-1".into(),
        commit: Some("c0ffee".into()),
        plans: vec!["p1".into(), "p2".into()],
    };
    let entry = Entry::of(&mixed::run(), &WallTimes { origin, ..mixed::wall() });
    Entry { started: format!("2026-02-08T09:30:{nth:02}Z"), ..entry }
}

fn starts(entries: &[Entry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.started.as_str()).collect()
}

#[test]
fn what_is_appended_reads_back_equal_in_order() {
    let history = History::at(empty_folder("equal").join("a/b"));
    assert_eq!(history.read().unwrap().entries, []);
    let entries: Vec<Entry> = (0..3).map(entry).collect();
    for entry in &entries {
        history.append(entry).unwrap();
    }
    let past = history.read().unwrap();
    assert_eq!((past.entries, past.damaged.len()), (entries, 0));
}

#[test]
fn a_line_is_json_for_other_programs() {
    let folder = empty_folder("json");
    History::at(&folder).append(&entry(1)).unwrap();
    let text = fs::read_to_string(folder.join("runs.jsonl")).unwrap();
    let line: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["run"]["format"], 1);
    assert_eq!(line["run"]["outcomes"][2]["verdict"], "failed");
    assert_eq!(line["run"]["outcomes"][0]["plan"], "p1");
}

#[test]
fn a_torn_last_line_is_told_and_closed_by_the_next_run() {
    let folder = empty_folder("torn");
    let history = History::at(&folder);
    history.append(&entry(1)).unwrap();
    history.append(&entry(2)).unwrap();
    let file = folder.join("runs.jsonl");
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 9]).unwrap();

    let past = history.read().unwrap();
    assert_eq!(starts(&past.entries), ["2026-02-08T09:30:01Z"]);
    assert_eq!(past.damaged.len(), 1);
    assert_eq!(past.damaged[0].line, 2);
    assert_eq!(past.damaged[0].why, "it breaks off: the process died while it wrote");

    history.append(&entry(3)).unwrap();
    let past = history.read().unwrap();
    assert_eq!(starts(&past.entries), ["2026-02-08T09:30:01Z", "2026-02-08T09:30:03Z"]);
    assert_eq!(past.damaged[0].why, "it is no line of a history");
}

#[test]
fn every_cut_loses_the_cut_line_only() {
    let folder = empty_folder("cut");
    let history = History::at(&folder);
    history.append(&entry(1)).unwrap();
    let file = folder.join("runs.jsonl");
    let first = fs::read(&file).unwrap().len();
    history.append(&entry(2)).unwrap();
    let bytes = fs::read(&file).unwrap();
    for cut in (first..bytes.len()).step_by(37).chain([bytes.len() - 1]) {
        fs::write(&file, &bytes[..cut]).unwrap();
        let past = history.read().unwrap();
        assert_eq!(starts(&past.entries), ["2026-02-08T09:30:01Z"], "cut at {cut}");
        assert_eq!(past.damaged.len(), usize::from(cut > first), "cut at {cut}");
    }
}

#[test]
fn a_damaged_line_is_named_and_costs_no_other() {
    let folder = empty_folder("damaged");
    let history = History::at(&folder);
    for nth in 1..=4 {
        history.append(&entry(nth)).unwrap();
    }
    let file = folder.join("runs.jsonl");
    let text = fs::read_to_string(&file).unwrap();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines[0] = lines[0].replace("\"verdict\":\"failed\"", "\"verdict\":\"passed\"");
    lines[2] = "\u{0}\u{0}\u{0}".to_owned();
    fs::write(&file, lines.join("\n") + "\n").unwrap();
    let past = history.read().unwrap();
    assert_eq!(starts(&past.entries), ["2026-02-08T09:30:02Z", "2026-02-08T09:30:04Z"]);
    let told: Vec<_> = past.damaged.iter().map(|it| (it.line, it.why.as_str())).collect();
    let expected =
        [(1, "it is not what was written: its digest differs"), (3, "it is no line of a history")];
    assert_eq!(told, expected);
}

#[test]
fn another_format_is_refused_by_its_number() {
    let folder = empty_folder("format");
    let history = History::at(&folder);
    history.append(&Entry { format: 7, ..entry(1) }).unwrap();
    let past = history.read().unwrap();
    assert_eq!(past.damaged[0].why, "it has format 7, this version reads 1");
}

#[test]
fn runs_at_the_same_time_lose_nothing() {
    let history = History::at(empty_folder("concurrent"));
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let history = history.clone();
            scope.spawn(move || {
                for nth in 0..10 {
                    history.append(&entry(thread * 10 + nth)).unwrap();
                }
            });
        }
    });
    let past = history.read().unwrap();
    assert_eq!((past.entries.len(), past.damaged.len()), (80, 0));
    let mut starts = starts(&past.entries);
    starts.sort_unstable();
    starts.dedup();
    assert_eq!(starts.len(), 80);
}

#[test]
fn the_oldest_runs_make_room_and_the_file_stays_within_its_limit() {
    let folder = empty_folder("bounded");
    let size = || fs::metadata(folder.join("runs.jsonl")).map_or(0, |file| file.len());
    History::at(&folder).append(&entry(0)).unwrap();
    let line = size();
    let limits = Limits { bytes_max: line * 8 + 10 };
    let history = History::at(&folder).with_limits(limits);
    for nth in 1..=30 {
        history.append(&entry(nth)).unwrap();
        assert!(size() <= limits.bytes_max, "{} of {}", size(), limits.bytes_max);
    }
    let past = history.read().unwrap();
    assert_eq!(past.damaged, []);
    assert!(past.entries.len() >= 5, "only {}", past.entries.len());
    let first = 31 - past.entries.len();
    let expected: Vec<String> =
        (first..=30).map(|nth| format!("2026-02-08T09:30:{nth:02}Z")).collect();
    assert_eq!(starts(&past.entries), expected);
}

#[test]
fn the_newest_run_stays_however_small_the_limit_is() {
    let folder = empty_folder("tiny");
    let history = History::at(&folder).with_limits(Limits { bytes_max: 10_000 });
    for nth in 0..3 {
        history.append(&entry(nth)).unwrap();
    }
    let tiny = History::at(&folder).with_limits(Limits { bytes_max: 1 });
    tiny.append(&entry(3)).unwrap();
    assert_eq!(starts(&history.read().unwrap().entries), ["2026-02-08T09:30:03Z"]);
}

#[test]
fn the_newest_runs_are_found_from_the_end() {
    let history = History::at(empty_folder("newest"));
    for nth in 0..30 {
        let mut entry = entry(nth);
        // so long that one window does not hold all
        entry.outcomes[0].why = "x".repeat(30_000);
        history.append(&entry).unwrap();
    }
    let newest = history.newest(2, |_| true).unwrap();
    assert_eq!(starts(&newest), ["2026-02-08T09:30:28Z", "2026-02-08T09:30:29Z"]);
    let early = history.newest(2, |entry| entry.started.as_str() < "2026-02-08T09:30:02Z").unwrap();
    assert_eq!(starts(&early), ["2026-02-08T09:30:00Z", "2026-02-08T09:30:01Z"]);
    assert_eq!(history.newest(9, |_| false).unwrap(), []);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let file = empty_folder("no-folder").join("file");
    fs::write(&file, "").unwrap();
    let history = History::at(file.join("history"));
    let error = history.append(&entry(1)).unwrap_err();
    let expected = format!("failed to create the history folder `{}`", history.folder().display());
    assert_eq!(error.to_string(), expected);
    assert!(error.source().is_some());
    assert!(error.hint().contains("--history DIR"));
}

#[test]
fn a_file_that_is_none_of_ours_is_not_read_whole() {
    let folder = empty_folder("huge");
    fs::write(folder.join("runs.jsonl"), "x".repeat(50)).unwrap();
    let history = History::at(&folder).with_limits(Limits { bytes_max: 10 });
    let error = history.read().unwrap_err();
    assert!(matches!(error, HistoryError::TooLarge { bytes: 50, bytes_max: 40, .. }), "{error}");
}

#[test]
fn a_lock_that_another_holds_is_waited_for() {
    let folder = empty_folder("lock");
    let lock = fs::File::create(folder.join("runs.lock")).unwrap();
    lock.lock().unwrap();
    let history = History::at(&folder);
    let appended = std::thread::spawn(move || history.append(&entry(1)).map(|()| history));
    assert!(!folder.join("runs.jsonl").exists());
    drop(lock);
    let history = appended.join().unwrap().unwrap();
    assert_eq!(history.read().unwrap().entries.len(), 1);
}

#[test]
fn a_run_is_found_by_its_place_its_moment_or_its_commit() {
    let commit = |nth, commit: &str| Entry { commit: Some(commit.into()), ..entry(nth) };
    let entries = vec![commit(1, "aaaa11"), commit(2, "bbbb22"), commit(11, "bbbb22")];
    let past = Past { entries, damaged: Vec::new() };
    let found = |name: &str| past.find(name).map(|entry| entry.started.as_str());
    let (one, two, three) =
        ("2026-02-08T09:30:01Z", "2026-02-08T09:30:02Z", "2026-02-08T09:30:11Z");
    let cases = [
        ("last", three),
        ("last~0", three),
        ("last~2", one),
        (two, two),
        ("2026-02-08T09:30:01", one),
        ("aaaa", one),
        ("bbbb22", three),
    ];
    for (name, expected) in cases {
        assert_eq!(found(name), Ok(expected), "{name}");
    }
    for name in ["last~3", "lastly", "last~-1", "aaa", "cccc", "2027"] {
        assert!(matches!(found(name), Err(FindError::None { .. })), "{name}");
    }
    for name in ["2026-02-08", ""] {
        assert!(matches!(found(name), Err(FindError::Several { count: 3, .. })), "{name}");
    }
}
