//! The contract of the server: what clients see of it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends here")]

mod golden;
mod kube_client;
mod objects;
mod support;
mod watching;
