//! The only reader of the environment here: how to write to the terminal, what GitHub Actions asks
//! for, and a secret.

use std::io::IsTerminal;
use std::path::PathBuf;

use reports::terminal::Style;

/// Columns where the terminal does not tell.
const WIDTH: usize = 100;

/// How to write to standard output: colours only on a terminal, and only without `NO_COLOR`.
pub fn style() -> Style {
    Style { colour: std::io::stdout().is_terminal() && !no_colour(), width: width() }
}

/// Whether progress may be drawn and wiped: standard error is a terminal.
pub fn draws_progress() -> bool {
    std::io::stderr().is_terminal()
}

/// Whether GitHub Actions reads the output: `GITHUB_ACTIONS` is `true`.
#[expect(clippy::disallowed_methods, reason = "this is the reader of the environment")]
pub fn on_github() -> bool {
    std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

/// The file that GitHub Actions shows on the page of a run: `GITHUB_STEP_SUMMARY`.
#[expect(clippy::disallowed_methods, reason = "this is the reader of the environment")]
pub fn step_summary() -> Option<PathBuf> {
    std::env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// The token of the fake AAP's user, from `OSAC_AAP_TOKEN`; an empty one is none.
#[expect(clippy::disallowed_methods, reason = "this is the reader of the environment")]
pub fn aap_token() -> Option<String> {
    std::env::var("OSAC_AAP_TOKEN").ok().filter(|token| !token.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "this is the reader of the environment")]
fn no_colour() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

#[expect(clippy::disallowed_methods, reason = "this is the reader of the environment")]
fn width() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    told.unwrap_or(WIDTH).clamp(40, 200)
}
