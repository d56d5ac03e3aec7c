//! A Kubernetes API server in memory, as a tower service.
//!
//! It knows no kind by name that it does not have to: built-in kinds stand in a table, custom ones
//! come with their CustomResourceDefinitions. It reads no wall clock and takes chance from the dice
//! that it is handed, so that it behaves the same every time. It opens no socket by itself:
//! `listen` puts any service behind one.
//!
//! The way of a request: `service` reads it; `request` and `negotiate` say what it wants; `fixed`,
//! `discovery` and `openapi` answer what is no resource; `rest` does the verbs under one lock, with
//! the help of `decode`, `patch`, `managed` (who owns which fields) and `strategy` (metadata,
//! `schema` of custom and `builtin` rules of other kinds); `store` commits into `objects`;
//! `controllers` do what follows from a commit; `watch` tells the watchers; `render` and `table`
//! write the answers.

mod auth;
mod builtin;
mod controllers;
mod crd;
mod decode;
mod discovery;
pub mod faults;
mod fixed;
mod jsonpath;
mod kinds;
#[cfg(feature = "listen")]
pub mod listen;
mod managed;
mod manifests;
mod meta;
mod names;
mod negotiate;
mod objects;
mod openapi;
mod options;
mod patch;
mod protobuf;
mod render;
mod request;
mod rest;
mod schema;
mod selectors;
mod server;
mod service;
mod status;
mod store;
mod strategy;
mod table;
mod watch;

pub use auth::{Anonymous, Authenticated, Authentication, User};
pub use crd::Crd;
pub use manifests::{Manifest, ManifestError, manifests};
pub use options::{
    Change, ClientName, Commit, Delivery, Dice, Gate, Now, Observer, Options, Profile, WatchEvent,
    WatchObserver,
};
pub use server::ApiServer;
pub use service::KubeService;
pub use status::ApiError;
