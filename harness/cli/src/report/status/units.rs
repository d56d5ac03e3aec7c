//! `report status install` and `uninstall`: a systemd service that makes the page, and a timer that
//! starts it every 15 minutes.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use reports::ExitCode;

use crate::args::report::{InstallArguments, PageArguments, UnitArguments};
use crate::run::{print, say};
use crate::settings;

use super::process;

const SERVICE: &str = "osac-e2e-status.service";
const TIMER: &str = "osac-e2e-status.timer";
/// The first line of what we write: other files of these names are left alone.
const MARK: &str = "# Written by `osac-e2e report status install`.";
/// How long systemd may take.
const LIMIT: Duration = Duration::from_secs(30);

/// Writes the units and starts the timer.
pub fn install(arguments: &InstallArguments) -> ExitCode {
    ended((|| {
        let folder = folder(&arguments.units)?;
        let here = std::env::current_dir().map_err(|error| format!("where am I: {error}"))?;
        let program = std::env::current_exe().map_err(|error| format!("who am I: {error}"))?;
        let service = service(&program, &here, &arguments.page)?;
        fs::create_dir_all(&folder)
            .map_err(|error| format!("failed to create `{}`: {error}", folder.display()))?;
        for (name, text) in [(SERVICE, service.as_str()), (TIMER, &timer())] {
            write(&folder.join(name), text)?;
        }
        if arguments.units.units.is_some() {
            print("nothing was started: --units only writes them\n");
            return Ok(());
        }
        systemctl(&arguments.units, &["daemon-reload"])?;
        systemctl(&arguments.units, &["enable", "--now", TIMER])
    })())
}

/// Stops the timer and removes the units.
pub fn uninstall(arguments: &UnitArguments) -> ExitCode {
    ended((|| {
        let folder = folder(arguments)?;
        let ours: Vec<PathBuf> = [TIMER, SERVICE]
            .into_iter()
            .map(|name| folder.join(name))
            .filter(|path| path.exists())
            .collect();
        if ours.is_empty() {
            print(&format!("there is nothing to remove in {}\n", folder.display()));
            return Ok(());
        }
        for path in &ours {
            is_ours(path)?;
        }
        let told = arguments.units.is_none();
        // where systemd cannot be asked, nothing runs that would have to be stopped
        if told && let Err(why) = systemctl(arguments, &["disable", "--now", TIMER]) {
            say(&format!("warning: {why}"));
        }
        for path in &ours {
            fs::remove_file(path)
                .map_err(|error| format!("failed to remove `{}`: {error}", path.display()))?;
            print(&format!("removed {}\n", path.display()));
        }
        if told && let Err(why) = systemctl(arguments, &["daemon-reload"]) {
            say(&format!("warning: {why}"));
        }
        Ok(())
    })())
}

fn ended(done: Result<(), String>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::Passed,
        Err(why) => {
            say(&format!("error: {why}"));
            ExitCode::Broken
        }
    }
}

fn folder(arguments: &UnitArguments) -> Result<PathBuf, String> {
    match &arguments.units {
        Some(folder) => Ok(folder.clone()),
        None if arguments.user => settings::user_units(),
        None => Ok(PathBuf::from("/etc/systemd/system")),
    }
}

/// The service: the program with the options that `install` was given, in the folder that it was
/// called in, so that relative paths mean the same.
fn service(program: &Path, here: &Path, page: &PageArguments) -> Result<String, String> {
    let mut words = vec![program.display().to_string(), "report".to_owned(), "status".to_owned()];
    words.extend(options(page));
    let words: Result<Vec<String>, String> = words.iter().map(|word| quoted(word)).collect();
    let here = here.display().to_string();
    quoted(&here)?;
    Ok(format!(
        "{MARK}\n[Unit]\nDescription=Daily status page of osac-e2e\n\n[Service]\nType=oneshot\n\
         WorkingDirectory={}\nExecStart={}\n",
        here.replace('%', "%%"),
        words?.join(" ")
    ))
}

fn timer() -> String {
    format!(
        "{MARK}\n[Unit]\nDescription=Daily status page of osac-e2e, every 15 minutes\n\n[Timer]\n\
         OnCalendar=*:0/15\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )
}

/// The options as words; the day is always today.
fn options(page: &PageArguments) -> Vec<String> {
    let text = |path: &Path| path.display().to_string();
    let mut words = vec!["--history".to_owned(), text(&page.history)];
    let mut add = |name: &str, value: String| words.extend([name.to_owned(), value]);
    match page.repository.as_ref().zip(page.branch.as_ref()) {
        Some((repository, branch)) => {
            add("--repository", text(repository));
            add("--branch", branch.clone());
            if let Some(remote) = &page.remote {
                add("--remote", remote.clone());
            }
            add("--path", page.path.clone());
        }
        None => add("--folder", text(&page.folder)),
    }
    for (name, address) in &page.link {
        add("--link", format!("{name}={address}"));
    }
    add("--log", text(&page.log));
    if page.no_notify {
        words.push("--no-notify".to_owned());
    }
    words
}

/// A word as systemd reads it back.
fn quoted(word: &str) -> Result<String, String> {
    if word.chars().any(char::is_control) {
        return Err(format!(
            "`{}` cannot stand in a unit: it has a line break",
            word.escape_debug()
        ));
    }
    let word = word.replace('\\', r"\\").replace('"', "\\\"");
    Ok(format!("\"{}\"", word.replace('%', "%%").replace('$', "$$")))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    if path.exists() {
        is_ours(path)?;
    }
    let failed = |error: io::Error| {
        format!(
            "failed to write `{}`: {error}\n  = help: --user needs no rights; --units DIR writes \
             elsewhere",
            path.display()
        )
    };
    fs::write(path, text).map_err(failed)?;
    print(&format!("wrote {}\n", path.display()));
    Ok(())
}

fn is_ours(path: &Path) -> Result<(), String> {
    let text = fs::read_to_string(path)
        .map_err(|error| format!("failed to read `{}`: {error}", path.display()))?;
    if text.starts_with(MARK) {
        return Ok(());
    }
    Err(format!("`{}` was not written by osac-e2e and is left alone", path.display()))
}

fn systemctl(arguments: &UnitArguments, words: &[&str]) -> Result<(), String> {
    let mut command = Command::new("systemctl");
    if arguments.user {
        command.arg("--user");
    }
    command.args(words);
    let user = if arguments.user { "--user " } else { "" };
    let plain = format!("systemctl {user}{}", words.join(" "));
    let why = match process::run(command, b"", LIMIT) {
        Ok(answer) if answer.is_success => {
            print(&format!("{plain}\n"));
            return Ok(());
        }
        Ok(answer) => answer.stderr,
        Err(why) => why,
    };
    Err(format!("`{plain}` failed: {why}\n  = help: the files are as told; is systemd running?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systemd_reads_a_word_back_as_it_was() {
        assert_eq!(quoted("/a b/x").unwrap(), "\"/a b/x\"");
        assert_eq!(quoted(r#"50%"$HOME"\"#).unwrap(), r#""50%%\"$$HOME\"\\""#);
        assert!(quoted("a\nExecStart=/bin/x").is_err());
    }
}
