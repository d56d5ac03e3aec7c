//! `report [RUN_DIR]`: the documents of a run made again from its traces.

use reports::{ExitCode, stored, terminal};

use crate::args::report::AgainArguments;
use crate::run::{causes, print, say};
use crate::settings;

/// Reads the run back, writes its documents, and prints its last lines. The exit code tells
/// whether that worked, not how the run ended.
pub fn again(arguments: &AgainArguments) -> ExitCode {
    let stored = match stored::read(&arguments.run) {
        Ok(stored) => stored,
        Err(error) => {
            say(&format!("error: {}\n  = help: {}", causes(&error), error.hint()));
            return ExitCode::Usage;
        }
    };
    for text in &stored.unreadable {
        say(&format!("warning: {text}: its variant is told as broken"));
    }
    let out = arguments.out.as_ref().unwrap_or(&arguments.run);
    if let Err(error) = reports::write_all(out, &stored.run, &stored.wall, &arguments.formats()) {
        say(&format!("error: {}\n  = help: {}", causes(&error), error.hint()));
        return ExitCode::Broken;
    }
    print(&terminal::closing(&stored.run, &settings::style()));
    print(&format!("reports: {}\n", out.display()));
    if stored.unreadable.is_empty() { ExitCode::Passed } else { ExitCode::Broken }
}
