//! The formats of a run's documents, in the order in which they are written.
//!
//! A new format is a file of its own with a function from a [`Run`] to text, and a line in each
//! match below. `run.json` and the traces are no formats: they are always written, for every
//! document can be made from them again.

use crate::markdown::COMMENT_BYTES_MAX;
use crate::{Error, Run, annotations, coverage_json, html, junit, markdown, summary, tap};

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// JUnit XML, for CI systems.
    Junit,
    /// JSON with a promised form, for programs.
    Json,
    /// One HTML file with a timeline for each variant, for people.
    Html,
    /// The Test Anything Protocol, version 14.
    Tap,
    /// Markdown, short enough for a comment on a pull request.
    Markdown,
    /// Annotations, as GitHub Actions reads them from the output of a step.
    Github,
    /// What was reached and what was not, as JSON.
    Coverage,
}

impl Format {
    /// All of them, in the order in which they are written.
    pub const ALL: [Format; 7] = [
        Format::Junit,
        Format::Json,
        Format::Html,
        Format::Tap,
        Format::Markdown,
        Format::Github,
        Format::Coverage,
    ];

    /// Those that are written where nobody says otherwise.
    pub const DEFAULT: [Format; 4] = [Format::Junit, Format::Json, Format::Html, Format::Coverage];

    /// Its name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Format::Junit => "junit",
            Format::Json => "json",
            Format::Html => "html",
            Format::Tap => "tap",
            Format::Markdown => "markdown",
            Format::Github => "github",
            Format::Coverage => "coverage",
        }
    }

    /// The file that it is written to.
    #[must_use]
    pub const fn file(self) -> &'static str {
        match self {
            Format::Junit => "junit.xml",
            Format::Json => "summary.json",
            Format::Html => "report.html",
            Format::Tap => "results.tap",
            Format::Markdown => "summary.md",
            Format::Github => "annotations.txt",
            Format::Coverage => "coverage.json",
        }
    }

    /// The document.
    ///
    /// # Errors
    /// [`Error::Junit`], should that writer refuse.
    pub fn render(self, run: &Run) -> Result<String, Error> {
        match self {
            Format::Junit => junit::render(run),
            Format::Json => Ok(summary::json(run)),
            Format::Html => Ok(html::render(run)),
            Format::Tap => Ok(tap::render(run)),
            Format::Markdown => Ok(markdown::render(run, COMMENT_BYTES_MAX)),
            Format::Github => Ok(annotations::render(run)),
            Format::Coverage => Ok(coverage_json::json(run)),
        }
    }
}
