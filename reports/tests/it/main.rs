//! Integration tests of the reports, one binary.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "clippy spares #[test] functions only; what serves them may stop a test too"
)]

mod agreement;
mod compare;
mod files;
mod golden;
mod history;
mod html;
mod huge;
mod mixed;
mod past;
mod readers;
mod rules;
mod schema;
mod status;
mod stored;
mod tap;
mod xml;
