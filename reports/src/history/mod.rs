//! Past runs: what each of them found, kept for trends and comparisons.
//!
//! A [`History`] is a folder with one file, one line a run. An [`Entry`] is what is kept of a run:
//! enough to compare it with another and to tell since when a variant fails, not enough to retell
//! it: that is what traces are for.
//!
//! * `entry` what is kept of a run · `store` the file: append, read, bound
//! * `trends` one variant over many runs: first bad run, flaky verdicts
//! * `changes` what differs between two runs

mod changes;
mod digest;
mod entry;
mod samples;
mod store;
mod trends;

pub use changes::{Changes, CoverageChange, Direction, LatencyChange, Reading, VerdictChange};
pub use digest::digest;
pub use entry::{Covered, Entry, FORMAT, Latencies, Outcome};
pub use samples::Summary;
pub use store::{Damaged, FindError, History, HistoryError, Limits, Past};
pub use trends::{BadSince, Flaky, Trend, trends};
