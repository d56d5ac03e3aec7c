//! `lint`: checks scenario files without running them.

use harness::suite;
use reports::{ExitCode, plural};
use scenario::Profile;

use crate::args::LintArguments;
use crate::list::{entries, error_text};
use crate::run::{print, say};

/// Checks, and prints all that is wrong.
pub fn lint(arguments: &LintArguments) -> ExitCode {
    let mut files = Vec::new();
    let mut unreadable = 0;
    let paths: Vec<_> = if arguments.paths.is_empty() {
        vec![None]
    } else {
        arguments.paths.iter().map(|path| Some(path.as_path())).collect()
    };
    for path in paths {
        match entries(path) {
            Ok((found, _)) => files.extend(found),
            Err(error) => {
                unreadable += 1;
                say(&error_text(&error));
            }
        }
    }
    let loaded = suite::load(&files, &Profile::embedded());
    for text in &loaded.warnings {
        say(text);
    }
    for fault in &loaded.faults {
        say(&fault.text);
    }
    let bad = loaded.faults.len() + unreadable;
    print(&format!(
        "{} checked: {} invalid, {} with warnings\n",
        plural(files.len(), "file"),
        bad,
        loaded.warnings.len()
    ));
    if bad > 0 || (arguments.strict && !loaded.warnings.is_empty()) {
        ExitCode::Usage
    } else {
        ExitCode::Passed
    }
}
