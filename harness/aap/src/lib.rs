//! A stateful fake of the AAP controller's REST API, as a tower service without sockets.
//!
//! [`Config`] says what is installed, [`Script`] what becomes of a job, [`Action`] is the hand of
//! an admin or of the world. [`FakeAap::service`] answers requests; what was committed is told to
//! an observer. Time and chance are handed in; waiting is tokio's time only.
//!
//! It touches memory and nothing else: no sockets, no files, no Kubernetes, no operator.

mod action;
mod agenda;
mod announce;
mod api;
pub mod bodies;
mod config;
mod documents;
mod fake;
mod launch;
mod lists;
pub mod modes;
mod output;
mod python;
mod script;
mod service;
mod state;
mod switches;
mod template;

pub use action::{Action, ActionError, JobRef};
pub use announce::{Announce, Announcement, Dice, JobView, Now};
pub use config::{Config, DEFAULT_TOKEN, Rights, Scope, Token};
pub use fake::FakeAap;
pub use script::{Cancel, End, Lasts, Moment, MomentAt, Output, Script, Stage};
pub use service::AapService;
pub use switches::{Switches, UnknownSwitch};
pub use template::{Needs, SurveyKind, SurveyVariable, Template, TemplateKind};

/// The example of the README is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExample;
