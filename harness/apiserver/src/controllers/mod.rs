//! The controllers inside the server. A commit leaves work for them; the work is done before the
//! lock is given back, in the order in which it came, so that it is the same every time.

mod crds;
mod deletion;
mod gc;
mod namespaces;
mod work;

pub(crate) use crds::install;
pub(crate) use deletion::begin_deletion;
pub(crate) use namespaces::Held;
pub(crate) use work::{Work, by, drain};
