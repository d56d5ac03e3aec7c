//! Text for people: what the terminal shows and what JUnit carries as the text of a failure.
//!
//! The same words everywhere; only [`Style`] differs. Everything that comes from logs, objects or
//! files is cleaned before it is shown.

mod closing;
mod failure;
mod history;
mod meters;
mod place;
mod progress;
mod since;
mod style;

pub use closing::closing;
pub(crate) use closing::closing_line;
pub use failure::{attempt, complaint, failure};
pub use history::history;
pub use meters::meters;
pub use progress::{scenario, trial_line};
pub use since::since;
pub(crate) use style::Paint;
pub use style::Style;
