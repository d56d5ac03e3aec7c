//! Real clients against the server on a socket of loopback: every kubectl that is found, and a
//! program written with controller-runtime where there is Go. What is not there is skipped, with
//! the reason printed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

mod controller_runtime;
mod kubectl;
mod serving;
mod settings;
#[path = "../contract/support.rs"]
#[expect(dead_code, reason = "only a part of the suite's support is needed here")]
mod support;
