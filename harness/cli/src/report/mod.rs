//! `report`: what a run found, told again; what past runs say; the page of a day.
//!
//! * `again` documents from a stored run · `past` the history · `status` the daily page

mod again;
mod past;
mod status;

use reports::ExitCode;

use crate::args::report::{ReportArguments, ReportCommand};

/// Reports.
pub fn report(arguments: &ReportArguments) -> ExitCode {
    match &arguments.command {
        None => again::again(&arguments.again),
        Some(ReportCommand::History(options)) => past::past(options),
        Some(ReportCommand::Status(options)) => status::status(options),
    }
}
