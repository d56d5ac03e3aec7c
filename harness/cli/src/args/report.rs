//! The command lines of `report` and `compare`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use reports::Format;

use super::{HISTORY, Named, OUT};

/// `report`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct ReportArguments {
    /// Something else than documents of one run.
    #[command(subcommand)]
    pub command: Option<ReportCommand>,
    /// Which run, and what of it.
    #[command(flatten)]
    pub again: AgainArguments,
}

/// `report [RUN_DIR]`.
#[derive(Debug, Clone, Args)]
pub struct AgainArguments {
    /// The folder that a run wrote, with run.json and traces/
    #[arg(value_name = "RUN_DIR", default_value = OUT)]
    pub run: PathBuf,
    /// Where the documents go [default: RUN_DIR, in place of those that are there]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Formats of the documents, separated by commas; may be repeated
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', value_parser = super::format)]
    #[arg(default_values_t = Format::DEFAULT.map(Named))]
    pub format: Vec<Named>,
}

impl AgainArguments {
    /// The formats that the user means, each once, in the order in which they are written.
    pub fn formats(&self) -> Vec<Format> {
        super::each_once(&self.format)
    }
}

/// What else can be reported.
#[derive(Debug, Clone, Subcommand)]
pub enum ReportCommand {
    /// Past runs: verdicts run by run, since when a variant is bad, what is flaky
    History(HistoryArguments),
    /// The status page of a day, made from the day's runs
    Status(Box<StatusArguments>),
}

/// `report history`.
#[derive(Debug, Clone, Args)]
pub struct HistoryArguments {
    /// Only variants whose name contains one of these, or whose scenario has this id (S06)
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// The folder of past runs
    #[arg(long, value_name = "DIR", default_value = HISTORY)]
    pub history: PathBuf,
    /// The newest runs that are looked at
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub runs: usize,
}

/// `compare`.
#[derive(Debug, Clone, Args)]
pub struct CompareArguments {
    /// The run to compare with: a folder that a run wrote, or a run of the history (`last~1`)
    #[arg(value_name = "BEFORE")]
    pub before: String,
    /// The run that is compared: a folder, or a run of the history (`last`)
    #[arg(value_name = "AFTER")]
    pub after: String,
    /// How it is told
    #[arg(long, value_enum, default_value_t = CompareFormat::Terminal)]
    pub format: CompareFormat,
    /// The folder of past runs
    #[arg(long, value_name = "DIR", default_value = HISTORY)]
    pub history: PathBuf,
    /// Take it for worse, too, if AFTER lacks a variant that BEFORE ran, or reaches fewer rows
    #[arg(long)]
    pub strict: bool,
}

/// How a comparison is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CompareFormat {
    /// For people
    Terminal,
    /// For programs
    Json,
    /// For pull requests
    Markdown,
}

/// `report status`.
#[derive(Debug, Clone, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct StatusArguments {
    /// Something else than the page.
    #[command(subcommand)]
    pub command: Option<StatusCommand>,
    /// The page.
    #[command(flatten)]
    pub page: PageArguments,
}

/// `report status`, the page.
#[derive(Debug, Clone, Args)]
pub struct PageArguments {
    /// The folder of past runs
    #[arg(long, value_name = "DIR", default_value = HISTORY)]
    pub history: PathBuf,
    /// The folder that the page is written to
    #[arg(long, value_name = "DIR", default_value = "reports/status")]
    pub folder: PathBuf,
    /// Publish to a branch of this git repository instead of a folder
    #[arg(long, value_name = "REPO", conflicts_with = "folder", requires = "branch")]
    pub repository: Option<PathBuf>,
    /// The branch, such as gh-pages; made if it is not there
    #[arg(long, value_name = "NAME", requires = "repository")]
    pub branch: Option<String>,
    /// The remote whose branch it is, such as origin [default: the repository's own branch]
    #[arg(long, value_name = "NAME", requires = "repository")]
    pub remote: Option<String>,
    /// The folder inside of the branch that holds the pages
    #[arg(long, value_name = "PATH", default_value = "status", requires = "repository")]
    pub path: String,
    /// The day, in UTC [default: today]
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    pub date: Option<String>,
    /// A link at the end of the page; may be repeated
    #[arg(long, value_name = "NAME=ADDRESS", value_parser = super::label)]
    pub link: Vec<(String, String)>,
    /// The log that each call is appended to
    #[arg(long, value_name = "FILE", default_value = "reports/status/status.log")]
    pub log: PathBuf,
    /// Send no notification to the desktop
    #[arg(long)]
    pub no_notify: bool,
}

fn day(text: &str) -> Result<String, String> {
    let read: Result<jiff::civil::Date, _> = text.parse();
    match read {
        Ok(date) if date.to_string() == text => Ok(text.to_owned()),
        _ => Err("write it as 2026-02-08".to_owned()),
    }
}

/// What else can be done about the page.
#[derive(Debug, Clone, Subcommand)]
pub enum StatusCommand {
    /// Make the page every 15 minutes: write a systemd service and timer, and start the timer
    Install(Box<InstallArguments>),
    /// Stop the timer and remove both units
    Uninstall(UnitArguments),
}

/// `report status install`.
#[derive(Debug, Clone, Args)]
pub struct InstallArguments {
    /// Whose units.
    #[command(flatten)]
    pub units: UnitArguments,
    /// What the service makes: all options of `report status`.
    #[command(flatten)]
    pub page: PageArguments,
}

/// Whose units.
#[derive(Debug, Clone, Args)]
pub struct UnitArguments {
    /// Units of this user, not of the system
    #[arg(long)]
    pub user: bool,
    /// Write the units here, and start nothing
    #[arg(long, value_name = "DIR")]
    pub units: Option<PathBuf>,
}
