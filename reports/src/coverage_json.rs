//! `coverage.json`: every row of every meter with the scenarios that reached it, and the test plan.

use serde::Serialize;

use crate::coverage::Coverage;
use crate::{Run, summary};

/// The version of the document. A field more keeps it; a field less or another meaning does not.
pub const FORMAT: u32 = 1;

#[derive(Serialize)]
struct CoverageFile<'a> {
    format: u32,
    version: &'a str,
    target: &'a str,
    source: &'a str,
    #[serde(flatten)]
    coverage: Coverage,
}

/// The document, with a newline at its end.
#[must_use]
pub fn json(run: &Run) -> String {
    summary::pretty(&CoverageFile {
        format: FORMAT,
        version: &run.version,
        target: &run.target,
        source: &run.source,
        coverage: run.coverage(),
    })
}
