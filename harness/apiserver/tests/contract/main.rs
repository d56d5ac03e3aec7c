//! The contract of the server: what clients see of it.

mod kube_client;
mod objects;
mod support;
mod watching;
