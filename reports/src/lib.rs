//! Reports: traces in, documents out.
//!
//! A [`Run`] is what one call of the harness selected and how each part of it ended. Every
//! document retells the same run: none of them judges again, reads the environment or the
//! network, and all of them count through [`Run::counts`] and [`Run::exit_code`], so that JUnit,
//! summary, terminal and exit code cannot disagree. Documents are byte-stable for equal traces:
//! wall time stands in `run.json` and nowhere else.
//!
//! * [`Format`] lists the documents: [`junit`] for CI systems, [`summary`] for programs,
//!   [`tap`], [`markdown`] and [`annotations`] for GitHub, [`coverage_json`] for what was reached ·
//!   [`run_json`] beside the traces · [`stored`] reads a run back
//! * [`html`] and [`terminal`] for people · [`write_all`] puts the files into a folder
//! * [`coverage`] reads several meters off the traces · [`latency`] how long instances took
//! * [`history`] past runs and trends · [`compare`] tells two runs apart · [`status`] the page of
//!   a day
//! * `clean` keeps hostile text harmless · `words` has the plurals and durations

pub mod annotations;
mod clean;
pub mod compare;
mod counts;
pub mod coverage;
pub mod coverage_json;
mod escape;
mod format;
pub mod history;
pub mod html;
pub mod junit;
pub mod latency;
pub mod markdown;
mod run;
pub mod run_json;
pub mod status;
pub mod stored;
pub mod summary;
pub mod tap;
pub mod terminal;
mod words;
mod write;

pub use counts::{Counts, ExitCode, Tally};
pub use format::Format;
pub use run::{Attempt, BUILT_IN, Complaint, LoadFault, Run, Scenario, Standing, Trial, TrialEnd};
pub use run_json::{Origin, WallTimes};
pub use words::{duration, plural};
pub use write::{Error, write_all, write_begun};
