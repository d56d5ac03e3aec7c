//! Watch streams. Each has a cursor into its table's log; what the gate keeps back waits in the
//! stream, so that order is never lost and bookmarks never run ahead.

mod frame;
mod plan;

pub(crate) use plan::{WatchPlan, WatchRequest};
