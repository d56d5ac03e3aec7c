//! `osac-e2e`: joins the catalog, the suite and the reports. No logic of its own.

mod args;
mod bench;
mod compare;
mod github;
mod guard;
mod interrupt;
mod known;
mod lint;
mod list;
mod origin;
mod progress;
mod report;
mod run;
mod serve;
mod settings;
mod target;

use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    // clap ends the process itself with 2 on wrong usage
    let arguments = Arguments::parse();
    let code = match arguments.command {
        Command::Run(options) => run::run(&options),
        Command::Report(options) => report::report(&options),
        Command::Compare(options) => compare::compare(&options),
        Command::List(options) => list::list(&options),
        Command::Lint(options) => lint::lint(&options),
        Command::Schema => list::schema(),
        Command::Serve(options) => serve::serve(&options),
        Command::Bench(options) => bench::bench(&options),
        Command::Guard { words } => return guard::guard(&words),
    };
    ExitCode::from(code.code())
}
