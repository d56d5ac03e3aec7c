//! The meters.

use serde::{Deserialize, Serialize};

/// One kind of thing that a run can reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Meter {
    /// Rows of the embedded operator's own table, by the marks that it leaves.
    Transitions,
    /// Rows T01–T50 and X1–X12 of the real operator's life, read off the wire.
    Lifecycle,
    /// Ways in which AAP goes wrong, F1–F41.
    FailureModes,
    /// AAP's endpoints, each with each status that it answered.
    Endpoints,
    /// Changes of an instance's phase.
    Phases,
    /// Conditions of an instance, with status and reason.
    Conditions,
}

impl Meter {
    /// All of them, in the order of every document.
    pub const ALL: [Meter; 6] = [
        Meter::Transitions,
        Meter::Lifecycle,
        Meter::FailureModes,
        Meter::Endpoints,
        Meter::Phases,
        Meter::Conditions,
    ];

    /// Its name, as thresholds and documents write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Meter::Transitions => "transitions",
            Meter::Lifecycle => "lifecycle",
            Meter::FailureModes => "failure-modes",
            Meter::Endpoints => "endpoints",
            Meter::Phases => "phases",
            Meter::Conditions => "conditions",
        }
    }

    /// What it counts, for a heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Meter::Transitions => "transitions of the operator",
            Meter::Lifecycle => "life of an instance, from the wire",
            Meter::FailureModes => "failure modes of AAP",
            Meter::Endpoints => "endpoints of AAP by status",
            Meter::Phases => "changes of phase",
            Meter::Conditions => "conditions",
        }
    }
}
