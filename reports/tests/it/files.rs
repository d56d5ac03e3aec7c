//! Writing into folders, good and bad ones.

use std::error::Error as _;
use std::fs;
use std::path::{Path, PathBuf};

use reports::{Error, Format, Run, WallTimes, junit, run_json, summary};

use crate::mixed;

const FORMATS: [Format; 2] = [Format::Junit, Format::Json];

fn write_all(folder: &Path, run: &Run, wall: &WallTimes) -> Result<(), Error> {
    reports::write_all(folder, run, wall, &FORMATS)
}

fn empty_folder(name: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn names(folder: &PathBuf) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn writes_three_whole_files_into_a_new_folder() {
    let folder = empty_folder("three").join("a/b");
    let run = mixed::run();
    write_all(&folder, &run, &mixed::wall()).unwrap();
    assert_eq!(names(&folder), ["junit.xml", "run.json", "summary.json"]);
    let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(read("junit.xml"), junit::render(&run).unwrap());
    assert_eq!(read("summary.json"), summary::json(&run));
    assert_eq!(read("run.json"), run_json::json(&run, &mixed::wall()));
}

#[test]
fn replaces_the_files_of_an_earlier_run() {
    let folder = empty_folder("replaces");
    fs::write(folder.join("junit.xml"), "old").unwrap();
    write_all(&folder, &mixed::run(), &mixed::wall()).unwrap();
    assert!(fs::read_to_string(folder.join("junit.xml")).unwrap().starts_with("<?xml"));
}

#[cfg(unix)]
#[test]
fn other_users_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = empty_folder("mode");
    write_all(&folder, &mixed::run(), &mixed::wall()).unwrap();
    for name in names(&folder) {
        let mode = fs::metadata(folder.join(&name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644, "{name}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let file = empty_folder("no-folder").join("file");
    fs::write(&file, "").unwrap();
    let folder = file.join("out");
    let error = write_all(&folder, &mixed::run(), &mixed::wall()).unwrap_err();
    let expected = format!("failed to create the report folder `{}`", folder.display());
    assert_eq!(error.to_string(), expected);
    assert!(error.source().is_some());
    assert_eq!(error.hint(), "name a folder that can be written with --out DIR");
}

#[test]
fn a_file_that_cannot_be_written_is_named_and_the_others_are_written() {
    let folder = empty_folder("taken");
    fs::create_dir_all(folder.join("junit.xml/in the way")).unwrap();
    let error = write_all(&folder, &mixed::run(), &mixed::wall()).unwrap_err();
    assert!(matches!(&error, Error::File { path, .. } if path.ends_with("junit.xml")), "{error}");
    assert_eq!(names(&folder), ["junit.xml", "run.json", "summary.json"]);
}
