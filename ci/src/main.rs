//! `cargo ci <verb>`: what is checked beyond the compiler, the same on a laptop and in CI.
//!
//! Each verb prints the plain command of what it runs, so that it can be run without this
//! program. Exit codes: 0 clean, 1 untidy, 2 wrong usage or a tool that is missing.
//!
//! * [`tidy`] rules of the house on the files of the tree · [`generated`] committed files against
//!   their generators · [`cover`] line coverage of the operator · `all` what `.ci/run` does
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod code;
mod cover;
mod generated;
mod shell;
mod tidy;
mod tree;

use std::process::ExitCode;

use cargo_metadata::MetadataCommand;
use clap::{Parser, Subcommand};

/// The repository's own checks.
#[derive(Debug, Parser)]
#[command(name = "cargo ci", bin_name = "cargo ci")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Check the rules of the house: dependency law, shape of files, banned words, names
    Tidy,
    /// Regenerate generated files; fail if one of them changes
    Generated,
    /// Measure line coverage of the operator
    Cover(cover::CoverArguments),
    /// All that CI runs
    All,
}

/// Does it, in the root of the workspace.
fn verb(verb: &Verb) -> Result<Found, Error> {
    println!("$ cargo metadata --no-deps --format-version 1");
    let metadata = MetadataCommand::new()
        .no_deps()
        .exec()
        .map_err(|source| Error::Metadata { source: Box::new(source) })?;
    let root = metadata.workspace_root.as_std_path();
    std::env::set_current_dir(root)
        .map_err(|source| Error::Read { path: root.display().to_string(), source })?;
    match verb {
        Verb::Tidy => tidy::run(&metadata),
        Verb::Generated => generated::run(root),
        Verb::Cover(options) => cover::run(options, root),
        Verb::All => shell::passes(shell::command(".ci/run", &[])),
    }
}

/// What a verb found.
enum Found {
    Clean,
    Untidy,
}

/// Why a verb could not do its work.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("failed to start `{command}`")]
    Start {
        command: String,
        #[source]
        source: std::io::Error,
    },
    #[error("`{command}` ended with {status}")]
    Ended { command: String, status: std::process::ExitStatus },
    #[error("failed to read `{path}`")]
    Read {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("failed to write `{path}`")]
    Write {
        path: String,
        #[source]
        source: std::io::Error,
    },
    #[error("failed to read the metadata of the workspace")]
    Metadata {
        #[source]
        source: Box<cargo_metadata::Error>,
    },
    #[error("`{path}` is not as expected: {what}")]
    Form { path: String, what: String },
    #[error("{tool} is missing: {cure}")]
    Missing { tool: &'static str, cure: String },
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match verb(&arguments.verb) {
        Ok(Found::Clean) => ExitCode::SUCCESS,
        Ok(Found::Untidy) => ExitCode::from(1),
        Err(error) => {
            eprint!("error: {error}");
            let mut cause = std::error::Error::source(&error);
            while let Some(next) = cause {
                eprint!(": {next}");
                cause = next.source();
            }
            eprintln!();
            ExitCode::from(2)
        }
    }
}
