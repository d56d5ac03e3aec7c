//! Text for people: what the terminal shows and what JUnit carries as the text of a failure.
//!
//! The same words everywhere; only [`Style`] differs. Everything that comes from logs, objects or
//! files is cleaned before it is shown.

mod closing;
mod failure;
mod place;
mod progress;
mod style;

pub use closing::closing;
pub use failure::{complaint, failure};
pub use progress::{scenario, trial_line};
pub use style::Style;
