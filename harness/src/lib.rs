//! The harness: a plan becomes a world, steps act on it, a trace tells what happened, and a judge
//! gives the verdict.
//!
//! * [`catalog`] finds scenarios: the built-in ones, or those of a folder
//! * [`profiles`] finds what differs between versions of the operator, [`definitions`] their CRDs
//! * [`world`] builds what a plan asks for: API server, AAP, EDA, KubeVirt, operator, and the wire
//!   between them
//! * [`steps`] acts on a world, one operation after the other
//! * [`run`] runs a plan to a closed trace
//! * [`tally`] counts and orders calls over a trace: what expressions call `calls`
//! * [`judge`] gives the verdict on a trace
//! * [`settings`] reads the environment
//! * [`serve`] serves the same fakes to other programs, in real time
//! * [`tables`] what a suite can reach, as data for meters of coverage
//! * [`suite`] does that for many variants, [`defects`] turns one of the operator's decisions
pub mod catalog;
pub mod defects;
pub mod definitions;
pub mod judge;
pub mod profiles;
pub mod run;
pub mod serve;
pub mod settings;
pub mod steps;
pub mod suite;
pub mod tables;
pub mod tally;
pub mod world;
