//! `guard PROGRAM [ARGUMENT…]`: becomes a program that ends when its parent does.
//!
//! A runner that is killed cannot tidy up. So the kernel does: a child may ask to be killed with
//! its parent (`PR_SET_PDEATHSIG`), and what it asked for outlives `exec`. It cannot ask for
//! another, and between fork and exec a parent must not do much; hence this step in between.

use std::ffi::OsString;
use std::process::ExitCode;

use crate::run::say;

/// The verb on the command line. Users do not need it.
pub const VERB: &str = "guard";

/// Becomes the program; the answer is that it could not.
pub fn guard(words: &[OsString]) -> ExitCode {
    let Some((program, arguments)) = words.split_first() else {
        say("guard: no program");
        return ExitCode::from(2);
    };
    let error = become_it(program, arguments);
    say(&format!("could not be started: {error}"));
    ExitCode::from(127)
}

#[cfg(unix)]
fn become_it(program: &OsString, arguments: &[OsString]) -> std::io::Error {
    use std::os::unix::process::CommandExt;
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, getppid, set_parent_process_death_signal};
        let parent = getppid();
        if let Err(error) = set_parent_process_death_signal(Some(Signal::KILL)) {
            return error.into();
        }
        // a parent that died before we asked will not die again
        if parent.is_none() || getppid() != parent {
            return std::io::Error::other("the runner has ended");
        }
    }
    std::process::Command::new(program).args(arguments).exec()
}

#[cfg(not(unix))]
fn become_it(_: &OsString, _: &[OsString]) -> std::io::Error {
    std::io::Error::other("programs are guarded on Unix only")
}
