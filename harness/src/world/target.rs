//! What a world is made of: a cluster, an operator, an AAP and a clock, each chosen on its own.
//! What can be together, and what a choice offers to scenarios, stands in two tables.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use apiserver::Crd;
use scenario::Profile;
use scenario::plan::{Capability, Plan};

/// Where scenarios run. A world is built from it; [`Target::embedded`] is the default.
#[derive(Debug, Clone)]
pub struct Target {
    /// The Kubernetes cluster.
    pub cluster: Cluster,
    /// Who is tested.
    pub operator: Operator,
    /// Who runs the playbooks.
    pub aap: Aap,
    /// Whose time passes.
    pub clock: Clock,
    /// What the operator calls things, where it keeps them, what it cannot do.
    pub profile: Arc<Profile>,
    /// The CRDs that stand in an embedded cluster; none for the built-in ones.
    pub definitions: Option<Arc<[Crd]>>,
}

/// The Kubernetes cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cluster {
    /// An API server in this process, one for each world.
    Embedded,
    /// A real one, by a kubeconfig and a context in it.
    Kubeconfig {
        /// The context; it must be named.
        context: Option<String>,
    },
    /// One that is started in a container.
    Container,
}

/// Who is tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operator {
    /// The operator of this workspace, in this process.
    Embedded,
    /// A program, started for each world and talked to over sockets.
    Process(Program),
    /// One that runs in the cluster already.
    Deployed,
}

/// A program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Where it is.
    pub path: PathBuf,
    /// What it is started by, so that it ends with us whatever becomes of us: a program and its
    /// first arguments. None: it is started directly.
    pub guard: Vec<OsString>,
}

impl Program {
    /// Its full path: a program is started in a folder of its own.
    fn found(&self) -> Result<PathBuf, String> {
        let shown = self.path.display();
        let failed = |error| format!("the operator `{shown}` cannot be started: {error}");
        let path = std::fs::canonicalize(&self.path).map_err(failed)?;
        let about = path.metadata().map_err(failed)?;
        if !about.is_file() {
            return Err(format!("the operator `{shown}` is not a file"));
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            if about.permissions().mode() & 0o111 == 0 {
                let hint = format!("chmod +x {shown}");
                return Err(format!("the operator `{shown}` is not executable: {hint}"));
            }
        }
        Ok(path)
    }
}

/// Who runs the playbooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aap {
    /// The fake, in this process.
    Fake,
    /// A real one.
    Real,
}

/// Whose time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The world's own, which leaps to the next timer.
    Virtual,
    /// That on the wall: so many seconds of the scenario pass in each of its seconds.
    Real {
        /// Seconds of the scenario in a real one.
        scale: u32,
    },
}

/// Seconds of a scenario in a real one, unless the user says otherwise. Measured: see
/// ARCHITECTURE.md, *Targets*.
pub const SCALE_DEFAULT: u32 = 60;

/// Worlds on a real clock that a processor serves at a time. Measured as well.
const WORLDS_PER_PROCESSOR: usize = 24;

/// Choices that do not go together, or are not there yet, and the words to refuse them with.
type Refusal = (fn(&Target) -> bool, &'static str);

const REFUSALS: &[Refusal] = &[
    (
        |target| matches!(target.cluster, Cluster::Kubeconfig { context: None }),
        "a real cluster is chosen by the name of its context, never by what is current: \
         `--cluster kubeconfig:CONTEXT`",
    ),
    (
        |target| matches!(target.cluster, Cluster::Kubeconfig { .. }),
        "clusters of a kubeconfig cannot be used yet; there is: `--cluster embedded`",
    ),
    (
        |target| target.cluster == Cluster::Container,
        "clusters in containers cannot be used yet; there is: `--cluster embedded`",
    ),
    (
        |target| target.operator == Operator::Deployed && target.cluster == Cluster::Embedded,
        "nothing is deployed in an embedded cluster: it is new for each world; choose \
         `--operator embedded` or a program",
    ),
    (
        |target| target.operator == Operator::Deployed,
        "deployed operators cannot be used yet; there are: `--operator embedded` or a program",
    ),
    (|target| target.aap == Aap::Real, "a real AAP cannot be used yet; there is: `--aap fake`"),
    (
        |target| target.is_process() && target.clock == Clock::Virtual,
        "a process cannot be told virtual time: it has a clock of its own; choose `--clock real`",
    ),
    (
        |target| target.operator == Operator::Embedded && target.profile.name != "embedded",
        "the embedded operator has a profile of its own; profiles are for programs: \
         `--operator PATH`",
    ),
    (
        |target| target.operator == Operator::Embedded && target.clock != Clock::Virtual,
        "the embedded operator runs in virtual time; to see it in real time, run it as a process: \
         `--operator PATH`",
    ),
];

/// Who has a capability, and what to say of a target without it.
type Offer = (Capability, fn(&Target) -> bool, &'static str);

const OFFERS: &[Offer] = &[
    (Capability::FakeAap, |target| target.aap == Aap::Fake, "its AAP follows no script"),
    (Capability::AapFaults, |target| target.aap == Aap::Fake, "nothing stands before its AAP"),
    (
        Capability::ApiFaults,
        |target| target.cluster == Cluster::Embedded,
        "nothing stands before its API server",
    ),
    (
        Capability::WatchDelay,
        |target| target.cluster == Cluster::Embedded,
        "its API server holds back no watch events",
    ),
    (
        Capability::Crash,
        |target| target.operator != Operator::Deployed,
        "its operator was started by others",
    ),
    (Capability::Vm, |target| target.cluster == Cluster::Embedded, "it has no fake KubeVirt"),
    (Capability::Tenant, |_| true, ""),
    (Capability::Eda, |target| target.aap == Aap::Fake, "it has no fake EDA"),
    (Capability::Clock, |_| true, ""),
    (
        Capability::VirtualTime,
        |target| target.clock == Clock::Virtual,
        "its time is real and scaled: neither exact to the millisecond nor to the second",
    ),
    // not before scripts can be run
    (Capability::RealClock, |_| false, "it runs no scripts"),
];

impl Target {
    /// All in one process, in virtual time.
    pub fn embedded() -> Target {
        Target {
            cluster: Cluster::Embedded,
            operator: Operator::Embedded,
            aap: Aap::Fake,
            clock: Clock::Virtual,
            profile: Arc::new(Profile::embedded()),
            definitions: None,
        }
    }

    /// Whether all choices go together.
    ///
    /// # Errors
    /// The first reason why not, for the user.
    pub fn check(&self) -> Result<(), &'static str> {
        match REFUSALS.iter().find(|(refused, _)| refused(self)) {
            Some((_, words)) => Err(words),
            None => Ok(()),
        }
    }

    /// What a plan requires and this target does not offer, each with the reason.
    pub fn lacks(&self, plan: &Plan) -> Vec<String> {
        let lacking = |capability: &Capability| {
            if let Some(why) = self.profile.lacks.get(capability) {
                return Some(format!("{capability}: {why}"));
            }
            let offer = OFFERS.iter().find(|(offered, ..)| offered == capability);
            match offer {
                Some((_, offers, _)) if offers(self) => None,
                Some((_, _, why)) => Some(format!("{capability}: {why}")),
                None => Some(format!("{capability}: no target has it")),
            }
        };
        plan.requires.iter().filter_map(lacking).collect()
    }

    /// Worlds that are good to run at a time on so many processors. On a real clock they wait most
    /// of their time.
    pub fn worlds_at_a_time(&self, processors: usize) -> usize {
        match self.clock {
            Clock::Virtual => processors,
            Clock::Real { .. } => processors * WORLDS_PER_PROCESSOR,
        }
    }

    /// The same, with its program found.
    ///
    /// # Errors
    /// What is wrong with the program, for the user.
    pub fn found(mut self) -> Result<Target, String> {
        if let Operator::Process(program) = &mut self.operator {
            program.path = program.found()?;
        }
        Ok(self)
    }

    fn is_process(&self) -> bool {
        matches!(self.operator, Operator::Process(_))
    }
}

/// The target in one line, without anything that differs between machines: it stands in traces.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let virtual_time = self.clock == Clock::Virtual;
        if virtual_time && self.operator == Operator::Embedded && self.check().is_ok() {
            return f.write_str("embedded");
        }
        let cluster = match &self.cluster {
            Cluster::Embedded => "embedded".to_owned(),
            Cluster::Kubeconfig { context } => {
                format!("kubeconfig:{}", context.as_deref().unwrap_or_default())
            }
            Cluster::Container => "container".to_owned(),
        };
        let operator = match &self.operator {
            Operator::Embedded => "embedded",
            Operator::Process(_) => "process",
            Operator::Deployed => "deployed",
        };
        let aap = match self.aap {
            Aap::Fake => "fake",
            Aap::Real => "real",
        };
        write!(f, "cluster={cluster} operator={operator} aap={aap} clock={}", self.clock)?;
        write!(f, " profile={}", self.profile.name)
    }
}

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Clock::Virtual => f.write_str("virtual"),
            Clock::Real { scale } => write!(f, "real/{scale}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn process() -> Target {
        Target {
            operator: Operator::Process(Program {
                path: PathBuf::from("bin/manager"),
                guard: Vec::new(),
            }),
            clock: Clock::Real { scale: 60 },
            ..Target::embedded()
        }
    }

    #[test]
    fn the_embedded_target_and_a_process_on_the_wall_clock_are_good() {
        assert_eq!(Target::embedded().check(), Ok(()));
        assert_eq!(process().check(), Ok(()));
    }

    #[test]
    fn what_does_not_go_together_is_refused_in_words() {
        let context = Some("dev".to_owned());
        for (target, word) in [
            (Target { clock: Clock::Virtual, ..process() }, "virtual time"),
            (Target { operator: Operator::Embedded, ..process() }, "run it as a process"),
            (Target { operator: Operator::Deployed, ..process() }, "nothing is deployed"),
            (Target { aap: Aap::Real, ..process() }, "real AAP"),
            (Target { cluster: Cluster::Container, ..process() }, "containers"),
            (Target { cluster: Cluster::Kubeconfig { context }, ..process() }, "cannot be used"),
            (Target { cluster: Cluster::Kubeconfig { context: None }, ..process() }, "context"),
        ] {
            let refused = target.check();
            assert!(refused.is_err_and(|words| words.contains(word)), "{target}: {refused:?}");
        }
    }

    #[test]
    fn every_capability_has_its_row() {
        for capability in Capability::ALL {
            assert!(OFFERS.iter().any(|(offered, ..)| *offered == capability), "{capability}");
        }
    }

    #[test]
    fn a_target_tells_its_choices_and_no_path() {
        assert_eq!(Target::embedded().to_string(), "embedded");
        assert_eq!(
            process().to_string(),
            "cluster=embedded operator=process aap=fake clock=real/60 profile=embedded"
        );
    }
}
