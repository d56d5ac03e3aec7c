//! `report history`: past runs on the terminal.

use reports::history::{History, Trend};
use reports::{ExitCode, terminal};

use crate::args::report::HistoryArguments;
use crate::run::{causes, print, say};
use crate::settings;

/// Prints past runs and what is not always good in them.
pub fn past(arguments: &HistoryArguments) -> ExitCode {
    let past = match History::at(&arguments.history).read() {
        Ok(past) => past,
        Err(error) => {
            say(&format!("error: {}\n  = help: {}", causes(&error), error.hint()));
            return ExitCode::Broken;
        }
    };
    let is_wanted = |trend: &Trend<'_>| {
        let name = format!("{}::{}", trend.scenario, trend.variant);
        let filters = &arguments.filters;
        filters.is_empty()
            || filters.iter().any(|it| name.contains(it) || trend.id.eq_ignore_ascii_case(it))
    };
    if past.entries.is_empty() && past.damaged.is_empty() {
        say(&format!(
            "error: there is no run in `{}`\n  = help: `osac-e2e run` remembers one",
            arguments.history.display()
        ));
        return ExitCode::NothingSelected;
    }
    print(&terminal::history(&past, arguments.runs, is_wanted, &settings::style()));
    ExitCode::Passed
}
