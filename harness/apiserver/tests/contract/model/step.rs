//! What clients do, at random.

use proptest::prelude::*;

pub const NAMES: [&str; 4] = ["a", "b", "c", "d"];

/// One thing that a client does, or that happens to the server.
#[derive(Clone, Debug)]
pub enum Step {
    Create {
        name: usize,
        finalizer: bool,
    },
    /// A merge patch of the spec.
    Patch {
        name: usize,
        cores: u8,
    },
    /// A JSON patch that adds to the spec if it still is what it is expected to be.
    Test {
        name: usize,
        cores: u8,
    },
    /// A patch of the status.
    Status {
        name: usize,
        note: u8,
    },
    /// A PUT of what this client read at some time before.
    Put {
        name: usize,
        cores: u8,
    },
    Label {
        name: usize,
        on: bool,
    },
    Paint {
        name: usize,
        red: bool,
    },
    Delete {
        name: usize,
    },
    /// A deletion of the revision that this client read last.
    DeleteRead {
        name: usize,
    },
    /// All objects with the label.
    Sweep,
    Unfinalize {
        name: usize,
    },
    /// A write that is only tried.
    Try {
        name: usize,
        verb: u8,
    },
    /// A list at an old revision, in pages.
    Look {
        back: usize,
        limit: usize,
    },
    /// Opens another watch.
    Watch {
        part: Part,
        start: Start,
    },
    Cut {
        watcher: usize,
    },
    Compact,
    Pass {
        seconds: u8,
    },
}

/// What a watcher wants to see.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Part {
    All,
    Labelled,
    /// Those that are red, by a field that the CRD made selectable.
    Red,
    Named(usize),
}

/// How a watcher comes to its first view.
#[derive(Clone, Copy, Debug)]
pub enum Start {
    /// It lists, then watches from the list.
    List,
    /// The watch itself begins with the state.
    Stream,
    /// It knows the state at an old revision: that of so many commits ago.
    Old(usize),
}

fn part() -> impl Strategy<Value = Part> {
    prop_oneof![
        2 => Just(Part::All),
        2 => Just(Part::Labelled),
        1 => Just(Part::Red),
        1 => (0..NAMES.len()).prop_map(Part::Named),
    ]
}

fn start() -> impl Strategy<Value = Start> {
    prop_oneof![Just(Start::List), Just(Start::Stream), (0..12_usize).prop_map(Start::Old)]
}

pub fn step() -> impl Strategy<Value = Step> {
    let name = || 0..NAMES.len();
    let cores = || 0..5_u8;
    prop_oneof![
        4 => (name(), any::<bool>()).prop_map(|(name, finalizer)| Step::Create { name, finalizer }),
        4 => (name(), cores()).prop_map(|(name, cores)| Step::Patch { name, cores }),
        2 => (name(), cores()).prop_map(|(name, cores)| Step::Test { name, cores }),
        3 => (name(), 0..3_u8).prop_map(|(name, note)| Step::Status { name, note }),
        4 => (name(), cores()).prop_map(|(name, cores)| Step::Put { name, cores }),
        3 => (name(), any::<bool>()).prop_map(|(name, on)| Step::Label { name, on }),
        2 => (name(), any::<bool>()).prop_map(|(name, red)| Step::Paint { name, red }),
        3 => name().prop_map(|name| Step::Delete { name }),
        2 => name().prop_map(|name| Step::DeleteRead { name }),
        1 => Just(Step::Sweep),
        2 => name().prop_map(|name| Step::Unfinalize { name }),
        2 => (name(), 0..3_u8).prop_map(|(name, verb)| Step::Try { name, verb }),
        2 => (0..12_usize, 0..4_usize).prop_map(|(back, limit)| Step::Look { back, limit }),
        3 => (part(), start()).prop_map(|(part, start)| Step::Watch { part, start }),
        1 => (0..4_usize).prop_map(|watcher| Step::Cut { watcher }),
        1 => Just(Step::Compact),
        2 => (0..90_u8).prop_map(|seconds| Step::Pass { seconds }),
    ]
}
