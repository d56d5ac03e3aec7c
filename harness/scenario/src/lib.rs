//! Scenario files: text in, plans and diagnostics out.
//!
//! [`parse`] reads one file and tells every mistake in it at once; [`Scenario::plans`] closes it
//! for an operator [`Profile`] into one [`Plan`] a variant. Expressions ([`Expr`]), object patterns
//! ([`Pattern`]) and object templates ([`Template`]) are what a plan carries besides plain data.
//!
//! This room is pure: it touches its arguments and nothing else, and no text makes it panic.

pub mod diagnostic;
pub mod duration;
pub mod expr;
pub mod matching;
pub mod plan;
pub mod profile;
pub mod scenario;
pub mod source;

mod head;
mod lint;
mod merge;
mod names;
mod plans;
mod read;
mod reference;
mod schema;
mod spelling;
mod suggest;
mod words;
mod yaml;

pub use diagnostic::{Diagnostic, Severity};
pub use expr::{Calls, EvalError, Expr, Scope};
pub use matching::{Difference, Pattern, Template};
pub use plan::Plan;
pub use profile::Profile;
pub use reference::reference;
pub use scenario::{Parsed, Scenario, parse};
pub use schema::schema;
pub use source::{Source, Span};

/// The one document of a YAML text, as JSON.
///
/// # Errors
/// The first mistake.
pub fn value(text: &str) -> Result<serde_json::Value, String> {
    match yaml::read(text) {
        Ok((tree, _)) => Ok(tree.json()),
        Err(diagnostic) => Err(format!("line {}: {}", diagnostic.span.line, diagnostic.message)),
    }
}
