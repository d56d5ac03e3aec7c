//! `compare`: what differs between two runs.

use std::path::Path;

use reports::history::{Changes, Entry, History, Past};
use reports::{ExitCode, compare, stored};

use crate::args::report::{CompareArguments, CompareFormat};
use crate::run::{causes, print, say};
use crate::settings;

/// Compares, prints, and says by the exit code whether the later run is worse.
pub fn compare(arguments: &CompareArguments) -> ExitCode {
    let (before, after) =
        match (entry(arguments, &arguments.before), entry(arguments, &arguments.after)) {
            (Ok(before), Ok(after)) => (before, after),
            (before, after) => {
                let errors: Vec<String> = before.err().into_iter().chain(after.err()).collect();
                errors.iter().for_each(|text| say(text));
                return ExitCode::Usage;
            }
        };
    let changes = Changes::between(&before, &after);
    print(&match arguments.format {
        CompareFormat::Terminal => compare::text(&changes, &settings::style()),
        CompareFormat::Json => compare::json(&changes),
        CompareFormat::Markdown => compare::markdown(&changes),
    });
    if changes.is_worse() || (arguments.strict && changes.knows_less()) {
        ExitCode::Failed
    } else {
        ExitCode::Passed
    }
}

/// The run of a folder, or of the history.
fn entry(arguments: &CompareArguments, name: &str) -> Result<Entry, String> {
    if Path::new(name).is_dir() {
        let read = stored::read(Path::new(name));
        let stored =
            read.map_err(|error| format!("error: {}\n  = help: {}", causes(&error), error.hint()))?;
        for text in &stored.unreadable {
            say(&format!("warning: {text}"));
        }
        return Ok(Entry::of(&stored.run, &stored.wall));
    }
    let folder = &arguments.history;
    let past: Past = History::at(folder)
        .read()
        .map_err(|error| format!("error: {}\n  = help: {}", causes(&error), error.hint()))?;
    let found = past.find(name).cloned();
    found.map_err(|error| {
        format!(
            "error: {error}, and it is no folder\n  = help: name a folder that `osac-e2e run` \
             wrote, or a run of `{}`: `last`, `last~1`, the beginning of its moment or commit; \
             `osac-e2e report history` lists them",
            folder.display()
        )
    })
}
