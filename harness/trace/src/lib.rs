//! The trace: all that happened in one run of one variant, and the verdict on it.
//!
//! A pure leaf: plain data, its JSON Lines form, and nothing else. Reports, coverage and the judge
//! are folds over a [`Trace`]. The file form is a promise (see [`FORMAT`]): a header line, one line
//! an event, a closing line with the verdict. A file without a closing line tells of a process
//! that died.
//!
//! * [`event`] what can happen · [`verdict`] what was judged · [`file`] reading and writing
//! * [`latency`] how long an instance took: the one fold that judge and reports share
mod event;
mod file;
pub mod latency;
mod verdict;

pub use event::{
    Change, EPOCH_SECONDS, Event, FaultFelt, Happening, JobSeen, LogLine, Millis, OperatorLife,
    Phase, REDACTED, Reply, Request, Revision, Route, StepMark, StepOutcome, WatchSeen, Webhook,
    Written,
};
pub use file::{Closed, Header, ReadError, Trace, read, write};
pub use verdict::{Checked, Excerpt, Finding, Place, Verdict};

/// The version of the file form. Readers refuse other versions by name.
pub const FORMAT: u32 = 1;
