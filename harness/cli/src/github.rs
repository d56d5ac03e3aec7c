//! What a run tells GitHub Actions: annotations on its output, and a page in the step's summary.

use std::fs::OpenOptions;
use std::io::Write as _;

use reports::markdown::STEP_SUMMARY_BYTES_MAX;
use reports::{Run, annotations, markdown};

use crate::run::print;
use crate::settings;

/// The output of a step, in which no line of a run is taken for a workflow command: an operator's
/// log could hold one.
pub struct Output {
    /// None where nobody would obey.
    token: Option<String>,
}

impl Output {
    /// From here on GitHub obeys nothing. `moment` makes the word that ends this hard to guess.
    pub fn begin(moment: &str) -> Output {
        let digits = moment.chars().filter(char::is_ascii_digit);
        let token = settings::on_github()
            .then(|| format!("osac-e2e-{}-{}", std::process::id(), digits.collect::<String>()));
        if let Some(token) = &token {
            print(&format!("::stop-commands::{token}\n"));
        }
        Output { token }
    }

    /// GitHub obeys again, and is shown where the run failed.
    pub fn annotate(self, run: &Run) {
        if let Some(token) = self.token {
            print(&format!("::{token}::\n{}", annotations::render(run)));
        }
    }
}

/// Appends the run to the summary of the step, where there is one, and keeps to its limit together
/// with what stands there already.
///
/// # Errors
/// What to tell the user.
pub fn append_summary(run: &Run) -> Result<(), String> {
    let Some(path) = settings::step_summary() else { return Ok(()) };
    let there = std::fs::metadata(&path).map_or(0, |file| file.len());
    let there = usize::try_from(there).unwrap_or(usize::MAX);
    let page = markdown::render(run, STEP_SUMMARY_BYTES_MAX.saturating_sub(there));
    let file = OpenOptions::new().create(true).append(true).open(&path);
    file.and_then(|mut file| file.write_all(page.as_bytes())).map_err(|error| {
        format!(
            "error: failed to append to the step's summary `{}`: {error}\n  = help: unset \
             GITHUB_STEP_SUMMARY, or let it name a file that can be written",
            path.display()
        )
    })
}
