//! Tests of the harness as a whole, in one binary.

mod defects;
mod determinism;
mod modes;
