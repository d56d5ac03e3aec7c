//! The contract of the server: what clients see of it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on ends here")]

mod apply;
mod arms;
mod auth;
mod bounds;
mod controllers;
mod discovery;
mod faults;
mod fuzz;
mod golden;
mod hostile;
mod kube_client;
mod kube_flows;
#[cfg(feature = "listen")]
mod listening;
mod model;
#[cfg(feature = "listen")]
mod network;
mod objects;
mod openapi;
#[cfg(feature = "listen")]
mod peers;
mod protobuf;
mod support;
mod views;
mod watching;
