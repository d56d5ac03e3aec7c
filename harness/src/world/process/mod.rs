//! The operator as a program of its own, which talks to the world over sockets.
//!
//! * [`operator`] puts one together: servers on sockets, a kubeconfig, an environment
//! * [`Sockets`] puts the world's servers, each behind its wire, on free ports of the loopback
//! * `settings` fills in the profile's environment and arguments
//! * `life` starts, watches and kills the process · `output` takes in what it writes
//!
//! The servers, the wire and the trace are those of every world: what crosses a socket is recorded,
//! struck by faults and judged like what crosses none.

mod begin;
mod life;
mod output;
mod settings;
mod sockets;

pub use begin::{Held, operator};
