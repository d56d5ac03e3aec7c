//! Every variant of every scenario as a test of its own: `cargo test -p harness --test scenarios`.
//!
//! Also under cargo-nextest, which lists the tests and then runs each in a process of its own.
//! Tried with 0.9.148: the list, `-E 'test(s12_)'`, one exact name (`test(=…)`), a name that none
//! has, and no test is ignored. Only the built-in scenarios are read, and nothing is written, so
//! processes do not meet.

use std::io::Write as _;
use std::process::ExitCode;

use harness::run::Options;
use harness::settings::Settings;
use harness::world::target::Target;
use harness::{catalog, suite};
use libtest_mimic::{Arguments, Failed, Trial};
use reports::{Run, terminal};
use trace::Verdict;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "error: {error}");
            return ExitCode::from(2);
        }
    };
    let loaded = suite::load(&catalog::built_in(), &Target::embedded().profile);
    let mut trials: Vec<Trial> = loaded
        .faults
        .into_iter()
        .map(|fault| Trial::test(format!("load {}", fault.file), move || Err(fault.text.into())))
        .collect();
    trials.extend(loaded.trials.into_iter().map(|trial| {
        let name = trial.name.clone();
        Trial::test(name, move || run(&trial, settings.seed))
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn run(trial: &suite::Trial, seed: u64) -> Result<(), Failed> {
    let target = Target::embedded();
    let options = Options { seed, defect: None, target: &target };
    let trace = suite::run_one(&trial.plan, options, false);
    match &trace.closed.as_ref().ok_or("the trace has no verdict")?.verdict {
        Verdict::Passed { .. } | Verdict::Skipped { .. } => Ok(()),
        Verdict::Failed { .. } | Verdict::Broken { .. } => {
            let run = Run {
                seed,
                target: trace.header.target.clone(),
                source: reports::BUILT_IN.to_owned(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                trials: vec![reports::Trial::of(&trace)],
                ..Run::default()
            };
            Err(terminal::failure(&run, &run.trials[0], &terminal::Style::PLAIN).into())
        }
    }
}
