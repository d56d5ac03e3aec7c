//! The life of an instance under the real operator, row by row, read off the wire: T01–T50 with
//! AAP, X1–X12 with EDA.
//!
//! The rows describe the Go operator, warts included; most of them hold for any operator of these
//! objects, for only requests, replies, jobs and committed objects are looked at. A row that is a
//! known fault must not be reached: it is told when it is, and does not count.
//!
//! * `table` the rows · `life` what is known of one instance · `fold` what each event means
mod fold;
mod life;
mod table;

pub(super) use fold::Lifecycle;
pub use table::rows;
