//! Commands, printed as a person would type them.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Error, Found};

/// A command with its arguments.
pub fn command(program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}

/// Runs it; untidy if it ends with anything but 0.
pub fn passes(mut command: Command) -> Result<Found, Error> {
    let text = told(&command);
    let status = command.status().map_err(|source| Error::Start { command: text, source })?;
    Ok(if status.success() { Found::Clean } else { Found::Untidy })
}

/// Runs it; an error if it ends with anything but 0.
pub fn run(mut command: Command) -> Result<(), Error> {
    let text = told(&command);
    match command.status() {
        Err(source) => Err(Error::Start { command: text, source }),
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Error::Ended { command: text, status }),
    }
}

/// What it prints; an error if it ends with anything but 0.
pub fn output(mut command: Command) -> Result<String, Error> {
    let text = told(&command);
    let done = command.stderr(Stdio::inherit()).output();
    let done = done.map_err(|source| Error::Start { command: text.clone(), source })?;
    if !done.status.success() {
        return Err(Error::Ended { command: text, status: done.status });
    }
    Ok(String::from_utf8_lossy(&done.stdout).into_owned())
}

/// Whether a program can be started and its question is answered with 0.
pub fn answers(program: &str, arguments: &[&str]) -> bool {
    let mut command = command(program, arguments);
    let silent = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    silent.status().is_ok_and(|status| status.success())
}

/// Prints the command, with the variables that it sets, and gives the text.
fn told(command: &Command) -> String {
    let mut words = Vec::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={}", name.display(), quoted(&value.to_string_lossy())));
        }
    }
    let program = Path::new(command.get_program()).to_string_lossy();
    words.push(quoted(&program));
    words.extend(command.get_args().map(|word| quoted(&word.to_string_lossy())));
    let text = words.join(" ");
    println!("$ {text}");
    text
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
