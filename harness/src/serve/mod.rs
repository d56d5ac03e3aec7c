//! Servers for other programs: an API server, and on request the fakes around it, over loopback
//! and in real time.
//!
//! [`Served::start`] does what a [`Wanted`] says: `crds` reads definitions from files, `fakes` puts
//! AAP, EDA and KubeVirt beside the API server, `file` writes what clients need to find it.

mod crds;
mod fakes;
mod file;
mod start;

pub use apiserver::Profile;
pub use start::{AapWanted, NotServed, Served, Wanted};
