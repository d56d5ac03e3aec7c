//! The words of the language for what stands in a plan.

use std::fmt;

use crate::plan::{Action, Capability, Provider};

impl Capability {
    /// All capabilities.
    pub const ALL: [Capability; 11] = [
        Capability::FakeAap,
        Capability::AapFaults,
        Capability::ApiFaults,
        Capability::WatchDelay,
        Capability::Crash,
        Capability::Vm,
        Capability::Tenant,
        Capability::Eda,
        Capability::Clock,
        Capability::VirtualTime,
        Capability::RealClock,
    ];

    /// The word for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Capability::FakeAap => "fake-aap",
            Capability::AapFaults => "aap-faults",
            Capability::ApiFaults => "api-faults",
            Capability::WatchDelay => "watch-delay",
            Capability::Crash => "crash",
            Capability::Vm => "vm",
            Capability::Tenant => "tenant",
            Capability::Eda => "eda",
            Capability::Clock => "clock",
            Capability::VirtualTime => "virtual-time",
            Capability::RealClock => "real-clock",
        }
    }
}

impl fmt::Display for Capability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Provider::Aap => "aap",
            Provider::Eda => "eda",
        })
    }
}

impl Action {
    /// The key of the operation in a scenario.
    #[must_use]
    pub const fn verb(&self) -> &'static str {
        match self {
            Action::Apply { .. } => "apply",
            Action::Create { .. } => "create",
            Action::Patch { .. } => "patch",
            Action::Update { .. } => "update",
            Action::Delete { .. } => "delete",
            Action::Assert { .. } => "assert",
            Action::Error { .. } => "error",
            Action::Wait { .. } => "wait",
            Action::Sleep { .. } => "sleep",
            Action::Script { .. } => "script",
            Action::Crash { .. } => "crash",
            Action::Restart { .. } => "restart",
            Action::Aap(_) => "aap",
            Action::Release { .. } => "release",
            Action::Property => "property",
        }
    }
}
