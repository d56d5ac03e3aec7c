//! `report status`: the page of a day, from the history to where a team reads it.
//!
//! * `place` a folder or a branch: what stands there, and how it is replaced · `git` branches,
//!   by plumbing · `process` other programs, never longer than a limit · `notify` the desktop
//! * `log` what each call did · `units` systemd

mod git;
mod log;
mod notify;
mod place;
mod process;
mod units;

use jiff::Timestamp;

use reports::ExitCode;
use reports::history::{History, Past};
use reports::status::{Day, Links, PageError, Sections, file_name, merge};

use crate::args::report::{PageArguments, StatusArguments, StatusCommand};
use crate::run::{causes, now, print, say};
use crate::settings;

use place::{Change, Place};

/// Does what is asked about the page.
pub fn status(arguments: &StatusArguments) -> ExitCode {
    match &arguments.command {
        None => page(&arguments.page, now()),
        Some(StatusCommand::Install(options)) => units::install(options),
        Some(StatusCommand::Uninstall(options)) => units::uninstall(options),
    }
}

/// Makes the page of the day and publishes it; logs and tells what was done.
fn page(arguments: &PageArguments, now: Timestamp) -> ExitCode {
    let today = now.strftime("%Y-%m-%d").to_string();
    let date = arguments.date.as_ref().unwrap_or(&today);
    let made = make(arguments, date, now);
    let (line, code) = match &made {
        Ok(done) => (done.told(date), ExitCode::Passed),
        Err(why) => (
            format!("{date}: error: {}", why.replace("\n  = help: ", "; help: ")),
            ExitCode::Broken,
        ),
    };
    match &made {
        Ok(_) => print(&format!("{line}\n")),
        Err(why) => say(&format!("error: {why}")),
    }
    let mut logged = line;
    if let Ok(Done { change: Change::Made | Change::Replaced, notice, .. }) = &made {
        let told = notification(arguments, date, notice);
        print(&format!("notification: {told}\n"));
        logged += &format!("; notification: {told}");
    }
    if let Err(error) = log::append(&arguments.log, now, &logged) {
        let path = arguments.log.display();
        say(&format!("error: failed to write the log `{path}`: {error}\n  = help: use --log FILE"));
        return ExitCode::Broken;
    }
    code
}

/// What was done.
struct Done {
    change: Change,
    place: String,
    /// What the desktop is told.
    notice: String,
}

impl Done {
    fn told(&self, date: &str) -> String {
        let Done { change, place, .. } = self;
        match change {
            Change::None => format!("{date}: unchanged in {place}"),
            Change::Made => format!("{date}: published to {place}"),
            Change::Replaced => format!("{date}: published anew to {place}"),
        }
    }
}

fn make(arguments: &PageArguments, date: &str, now: Timestamp) -> Result<Done, String> {
    let told =
        |error: &dyn std::error::Error, hint: &str| format!("{}\n  = help: {hint}", causes(error));
    let history = History::at(&arguments.history);
    if !history.folder().is_dir() {
        return Err(format!(
            "there is no history in `{}`\n  = help: `osac-e2e run` makes one; name it with \
             --history DIR",
            arguments.history.display()
        ));
    }
    let past = history.read().map_err(|error| told(&error, error.hint()))?;
    let day = Day::of(date, &past);
    let place = Place::of(arguments)?;
    let file = file_name(date);
    let earlier = place.earlier(date)?;
    let links = Links { links: arguments.link.clone(), earlier };
    let sections = Sections::of(&day, &links);
    let change = place.update(&file, now, |existing| {
        let merged = merge(existing, date, &sections);
        merged.map_err(|error: PageError| format!("`{file}`: {}", told(&error, error.hint())))
    })?;
    Ok(Done { change, place: place.name(), notice: notice(&day, &past) })
}

/// One sentence on the day.
fn notice(day: &Day<'_>, past: &Past) -> String {
    if day.targets.is_empty() {
        return format!(
            "nothing was run ({} remembered)",
            reports::plural(past.entries.len(), "run")
        );
    }
    let bad: usize = day.targets.iter().map(|target| target.bad.len()).sum();
    let new = day.targets.iter().flat_map(|target| &target.bad).filter(|bad| bad.is_new).count();
    let runs = reports::plural(day.runs.len(), "run");
    match (bad, new) {
        (0, _) => format!("{runs}: all is well"),
        (bad, new) => format!("{runs}: {} bad, {new} of them new", reports::plural(bad, "variant")),
    }
}

fn notification(arguments: &PageArguments, date: &str, notice: &str) -> String {
    if arguments.no_notify {
        return "not wanted".to_owned();
    }
    match settings::desktop() {
        Err(why) => format!("skipped, {why}"),
        Ok(()) => notify::send(&format!("OSAC E2E {date}"), notice),
    }
}
