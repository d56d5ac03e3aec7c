//! The command line.

pub mod report;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand, ValueEnum};
use reports::Format;
use reports::coverage::Threshold;

use crate::guard;
use crate::target::TargetArguments;

/// Runs the scenarios of an operator: in virtual time, in one process, with nothing installed.
#[derive(Debug, Parser)]
#[command(name = "osac-e2e", version, about, after_help = EXIT_CODES)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 passed · 1 failed · 2 wrong usage or invalid scenario · 3 broken: the harness could \
not know · 4 nothing selected · 5 coverage below a threshold · 70 a bug of ours · 130 interrupted";

const COMPARE_EXIT_CODES: &str = "\
Exit codes: 0 no variant is worse · 1 at least one is worse: it failed or is broken, and was not \
so bad before · 2 a run that is not there or cannot be read";

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run scenarios and write the reports
    Run(Box<RunArguments>),
    /// Make the reports of a run again, look at past runs, write the status page of a day
    Report(Box<report::ReportArguments>),
    /// Compare two runs: verdicts, latencies, coverage
    #[command(after_help = COMPARE_EXIT_CODES)]
    Compare(report::CompareArguments),
    /// List scenarios and their variants
    List(ListArguments),
    /// Check scenario files without running them
    Lint(LintArguments),
    /// Print the JSON Schema of scenario files, for editors
    Schema,
    /// Serve the API server, and the fakes on request, to other programs
    Serve(ServeArguments),
    /// Measure: how long the suite takes, and what it takes
    Bench(BenchArguments),
    /// Become a program that ends when its parent does
    #[command(name = guard::VERB, hide = true)]
    Guard {
        /// The program and its arguments
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        words: Vec<OsString>,
    },
}

/// Which scenarios.
#[derive(Debug, Clone, Args)]
pub struct SelectionArguments {
    /// Only variants whose name contains one of these, or whose scenario has this id (S06)
    #[arg(value_name = "FILTER")]
    pub filters: Vec<String>,
    /// Scenarios from here: a folder or a file [default: ./scenarios, else the built-in ones]
    #[arg(long, value_name = "DIR")]
    pub scenarios: Option<PathBuf>,
    /// Only scenarios of this priority: P0, P1 or P2; may be repeated
    #[arg(long, value_name = "P")]
    pub priority: Vec<String>,
    /// Only scenarios with this label; may be repeated, all must be there
    #[arg(long, value_name = "KEY=VALUE", value_parser = label)]
    pub selector: Vec<(String, String)>,
}

fn label(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("write it as key=value")?;
    Ok((key.to_owned(), value.to_owned()))
}

/// `run`.
#[derive(Debug, Clone, Args)]
pub struct RunArguments {
    /// Which scenarios.
    #[command(flatten)]
    pub selection: SelectionArguments,
    /// Where scenarios run.
    #[command(flatten)]
    pub target: TargetArguments,
    /// Seed of all chance; another seed, another legal interleaving
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Variants that run at a time [default: the number of processors, on a real clock 24 times
    /// that]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub jobs: Option<u16>,
    /// Begin no variant after one has failed or broken
    #[arg(long)]
    pub fail_fast: bool,
    /// Take warnings, such as an assertion that was true too early, for failures
    #[arg(long)]
    pub strict: bool,
    /// Give the operator this defect, to see that the scenarios notice
    #[arg(long, value_name = "NAME", value_parser = defect)]
    pub defect: Option<harness::defects::Defect>,
    /// Where the reports, run.json and traces/ go
    #[arg(long, value_name = "DIR", default_value = OUT)]
    pub out: PathBuf,
    /// Formats of the reports, separated by commas; may be repeated
    #[arg(long, value_name = "FORMAT", value_delimiter = ',', value_parser = format)]
    #[arg(default_values_t = Format::DEFAULT.map(Named))]
    pub format: Vec<Named>,
    /// The least that coverage must reach, or the run ends with 5: METER is transitions, lifecycle,
    /// failure-modes or plan; may be repeated
    #[arg(long, value_name = "METER=PERCENT", value_parser = crate::known::threshold)]
    pub min_coverage: Vec<Threshold>,
    /// Remember the run in this folder of past runs [default: reports/history; with another --out,
    /// the run is put aside and not remembered]
    #[arg(long, value_name = "DIR")]
    pub history: Option<PathBuf>,
    /// Do not remember the run
    #[arg(long, conflicts_with = "history")]
    pub no_history: bool,
}

/// Where a run goes if nobody says otherwise.
pub const OUT: &str = "reports/out";
/// Where runs are remembered if nobody says otherwise.
pub const HISTORY: &str = "reports/history";

impl RunArguments {
    /// Where the run is remembered, if it is.
    pub fn history(&self) -> Option<PathBuf> {
        let usual = || (self.out == Path::new(OUT)).then(|| PathBuf::from(HISTORY));
        if self.no_history { None } else { self.history.clone().or_else(usual) }
    }

    /// The formats that the user means, each once, in the order in which they are written.
    pub fn formats(&self) -> Vec<Format> {
        each_once(&self.format)
    }
}

fn each_once(named: &[Named]) -> Vec<Format> {
    let named: BTreeSet<Format> = named.iter().map(|named| named.0).collect();
    named.into_iter().collect()
}

/// A format with its name, as the help shows it.
#[derive(Debug, Clone, Copy)]
pub struct Named(pub Format);

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.name())
    }
}

fn format(name: &str) -> Result<Named, String> {
    let found = Format::ALL.into_iter().find(|format| format.name() == name);
    found.map(Named).ok_or_else(|| {
        let names: Vec<&str> = Format::ALL.iter().map(|format| format.name()).collect();
        format!("there is no such format; there are: {}", names.join(", "))
    })
}

fn defect(name: &str) -> Result<harness::defects::Defect, String> {
    use harness::defects::Defect;
    Defect::ALL.iter().copied().find(|one| one.name() == name).ok_or_else(|| {
        let names: Vec<&str> = Defect::ALL.iter().map(|one| one.name()).collect();
        format!("there is no such defect; there are: {}", names.join(", "))
    })
}

/// `list`.
#[derive(Debug, Clone, Args)]
pub struct ListArguments {
    /// Which scenarios.
    #[command(flatten)]
    pub selection: SelectionArguments,
}

/// `lint`.
#[derive(Debug, Clone, Args)]
pub struct LintArguments {
    /// Files or folders [default: ./scenarios, else the built-in scenarios]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Take warnings for errors
    #[arg(long)]
    pub strict: bool,
}

/// `serve`.
#[derive(Debug, Clone, Args)]
#[command(after_help = SERVE_HELP)]
pub struct ServeArguments {
    /// Write a kubeconfig here once the server answers; it is taken away at the end
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Port of the API server [default: any free one]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub port: u16,
    /// Install the CustomResourceDefinitions of a file, or of all files below a folder; may be
    /// repeated
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub crds: Vec<PathBuf>,
    /// Which controllers live in the API server: envtest has no garbage collection, and does not
    /// look after namespaces
    #[arg(long, value_name = "PROFILE", value_enum, default_value_t = ProfileArgument::Cluster)]
    pub profile: ProfileArgument,
    /// The fake AAP beside it; its token is that of OSAC_AAP_TOKEN or of --aap-token-file
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "0")]
    pub aap: Option<u16>,
    /// Where AAP's token stands; it is made up and written there if it does not
    #[arg(long, value_name = "FILE", requires = "aap")]
    pub aap_token_file: Option<PathBuf>,
    /// The fake EDA beside it
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "0")]
    pub eda: Option<u16>,
    /// The fake KubeVirt in it
    #[arg(long)]
    pub kubevirt: bool,
    /// Address of the API server
    #[arg(long, value_name = "IP", default_value = "127.0.0.1")]
    pub address: IpAddr,
    /// Allow an address that other machines can reach; the fakes stay on loopback
    #[arg(long)]
    pub beyond_loopback: bool,
}

const SERVE_HELP: &str = "\
Prints one line of JSON when all of it answers: {\"ready\":true,\"server\":URL,…}. Ctrl-C ends it \
with 130, SIGTERM with 0. Nothing is kept when it ends.";

/// Which controllers live in the API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProfileArgument {
    /// As a cluster.
    Cluster,
    /// As envtest.
    Envtest,
}

/// `bench`.
#[derive(Debug, Clone, Args)]
pub struct BenchArguments {
    /// What to measure.
    #[command(subcommand)]
    pub what: BenchWhat,
}

/// What can be measured.
#[derive(Debug, Clone, Subcommand)]
pub enum BenchWhat {
    /// The whole suite, from process start to exit, with reports written
    Suite {
        /// How many processes are measured
        #[arg(long, value_name = "N", default_value_t = 20)]
        #[arg(value_parser = clap::value_parser!(u16).range(1..))]
        runs: u16,
    },
    /// report.html of a run that is made up: time, memory, size
    Report {
        /// Scenarios, each with one variant; one in twenty fails
        #[arg(long, value_name = "N", default_value_t = 1_000)]
        scenarios: usize,
        /// Events of each
        #[arg(long, value_name = "N", default_value_t = 1_000)]
        events: usize,
        /// Where the document goes
        #[arg(long, value_name = "FILE", default_value = "reports/out/bench.html")]
        out: PathBuf,
    },
}
