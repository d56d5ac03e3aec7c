//! The only reader of the environment here: how to write to the terminal, what GitHub Actions asks
//! for, a secret, whether there is a desktop, and where a user's units are.

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

fn no_colour() -> bool {
    is_set("NO_COLOR")
}

#[expect(clippy::disallowed_methods, reason = "this is the reader of the environment")]
fn width() -> usize {
    let told = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    told.unwrap_or(WIDTH).clamp(40, 200)
}

/// Whether there is a desktop that shows notifications; if not, why not.
pub fn desktop() -> Result<(), &'static str> {
    if !is_set("DISPLAY") && !is_set("WAYLAND_DISPLAY") {
        Err("there is no desktop (neither DISPLAY nor WAYLAND_DISPLAY)")
    } else if !is_set("DBUS_SESSION_BUS_ADDRESS") {
        Err("there is no session bus (DBUS_SESSION_BUS_ADDRESS)")
    } else {
        Ok(())
    }
}

/// Where systemd looks for the units of this user.
#[expect(clippy::disallowed_methods, reason = "this is the reader of the environment")]
pub fn user_units() -> Result<PathBuf, String> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let config = set("XDG_CONFIG_HOME").or_else(|| set("HOME").map(|home| home.join(".config")));
    let config = config.ok_or("there is no home: neither XDG_CONFIG_HOME nor HOME is set")?;
    Ok(config.join("systemd/user"))
}

#[expect(clippy::disallowed_methods, reason = "this is the reader of the environment")]
fn is_set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|value| !value.is_empty())
}
