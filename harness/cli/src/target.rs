//! The target that the user means: flags over the default.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use harness::definitions::Crd;
use harness::run::Options;
use harness::suite::Trial;
use harness::world::target::{Aap, Clock, Cluster, Operator, Program, SCALE_DEFAULT, Target};
use scenario::Profile;

use crate::args::RunArguments;

/// Where scenarios run.
#[derive(Debug, Clone, Default, Args)]
pub struct TargetArguments {
    /// The cluster: `embedded`, `kubeconfig:CONTEXT` or `container` [default: embedded]
    #[arg(long, value_name = "CLUSTER", value_parser = cluster, help_heading = "Target")]
    pub cluster: Option<Cluster>,
    /// The operator: `embedded`, `deployed`, or a program [default: embedded]
    #[arg(long, value_name = "PATH", help_heading = "Target")]
    pub operator: Option<PathBuf>,
    /// AAP: `fake` or `real` [default: fake]
    #[arg(long, value_name = "AAP", value_parser = aap, help_heading = "Target")]
    pub aap: Option<Aap>,
    /// Whose time passes: `virtual` or `real` [default: virtual, for a program real]
    #[arg(long, value_name = "CLOCK", value_parser = ["virtual", "real"], help_heading = "Target")]
    pub clock: Option<String>,
    /// What the operator's version differs in: a built-in profile, or a folder with a profile.yaml
    /// [default: embedded]
    #[arg(long, value_name = "NAME|DIR", help_heading = "Target")]
    pub profile: Option<String>,
    /// Where the CRDs of the operator's version are, for profiles that bring none
    #[arg(long, value_name = "DIR", help_heading = "Target")]
    pub crds: Option<PathBuf>,
    /// Seconds of a scenario that pass in a real one [default: 60]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    #[arg(help_heading = "Target")]
    pub scale: Option<u32>,
}

fn cluster(text: &str) -> Result<Cluster, String> {
    match text.split_once(':') {
        None if text == "embedded" => Ok(Cluster::Embedded),
        None if text == "kubeconfig" => Ok(Cluster::Kubeconfig { context: None }),
        None if text == "container" => Ok(Cluster::Container),
        Some(("kubeconfig", context)) if !context.is_empty() => {
            Ok(Cluster::Kubeconfig { context: Some(context.to_owned()) })
        }
        _ => Err("there are: embedded, kubeconfig:CONTEXT, container".to_owned()),
    }
}

fn aap(text: &str) -> Result<Aap, String> {
    match text {
        "fake" => Ok(Aap::Fake),
        "real" => Ok(Aap::Real),
        _ => Err("there are: fake, real".to_owned()),
    }
}

/// The target of a run.
///
/// # Errors
/// What does not go together or is not there, for the user.
pub fn of(arguments: &RunArguments) -> Result<Target, String> {
    let target = target(&arguments.target)?;
    if arguments.defect.is_some() && target.operator != Operator::Embedded {
        return Err("a defect can be given to the embedded operator only".to_owned());
    }
    Ok(target)
}

fn target(arguments: &TargetArguments) -> Result<Target, String> {
    let operator = match &arguments.operator {
        None => Operator::Embedded,
        Some(word) if word == Path::new("embedded") => Operator::Embedded,
        Some(word) if word == Path::new("deployed") => Operator::Deployed,
        Some(path) => Operator::Process(Program { path: path.clone(), guard: guard() }),
    };
    let real = match arguments.clock.as_deref() {
        Some(word) => word == "real",
        None => matches!(operator, Operator::Process(_)),
    };
    let clock = match (real, arguments.scale) {
        (true, scale) => Clock::Real { scale: scale.unwrap_or(SCALE_DEFAULT) },
        (false, None) => Clock::Virtual,
        (false, Some(_)) => {
            return Err("`--scale` is for a real clock: virtual time leaps anyway".to_owned());
        }
    };
    let target = Target {
        cluster: arguments.cluster.clone().unwrap_or(Cluster::Embedded),
        operator,
        aap: arguments.aap.unwrap_or(Aap::Fake),
        clock,
        profile: Arc::new(profile(arguments.profile.as_deref(), clock)?),
        definitions: None,
    };
    target.check().map_err(str::to_owned)?;
    let definitions = definitions(arguments.crds.as_deref(), &target.profile)?;
    Target { definitions, ..target }.found()
}

fn definitions(folder: Option<&Path>, profile: &Profile) -> Result<Option<Arc<[Crd]>>, String> {
    match (folder, profile.definitions.is_empty()) {
        (Some(folder), false) => harness::definitions::below(folder, profile).map(Some),
        (None, true) => Ok(None),
        (Some(_), true) => {
            Err(format!("the profile `{}` brings its CRDs: leave out `--crds`", profile.name))
        }
        (None, false) => Err(format!(
            "the profile `{}` needs CRDs of the operator's version: `--crds DIR`",
            profile.name
        )),
    }
}

fn profile(name: Option<&str>, clock: Clock) -> Result<Profile, String> {
    let profile = match name {
        None => Profile::embedded(),
        Some(name) => harness::profiles::named(name)
            .map_err(|told| told.trim_start_matches("error: ").trim_end().to_owned())?,
    };
    Ok(match clock {
        Clock::Virtual => profile,
        Clock::Real { scale } => profile.scaled(scale),
    })
}

/// This program, as the guard of others.
fn guard() -> Vec<OsString> {
    let us = std::env::current_exe().map(PathBuf::into_os_string);
    us.map_or_else(|_| Vec::new(), |us| vec![us, crate::guard::VERB.into()])
}

/// Starts an operator that is a program once before all else: what keeps it from working at all is
/// told once, and not by every variant.
///
/// # Errors
/// Why it does not work, for the user.
pub fn rehearse(selected: &[Trial], options: Options<'_>) -> Result<(), String> {
    let Operator::Process(program) = &options.target.operator else { return Ok(()) };
    let runs = |trial: &&Trial| options.target.lacks(&trial.plan).is_empty();
    let Some(first) = selected.iter().find(runs) else { return Ok(()) };
    harness::run::rehearse(&first.plan, options).map_err(|why| {
        let path = program.path.display();
        format!("the operator `{path}` does not work with this target: {why}")
    })
}
