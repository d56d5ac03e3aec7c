//! `cargo ci generated`: what is generated is committed, and is what its generator makes today.

use std::fs;

use crate::{Error, Found, shell};

/// A generated file and the command whose output it is.
struct Generated {
    path: &'static str,
    command: &'static [&'static str],
}

const FILES: [Generated; 1] = [Generated {
    path: "scenarios/scenario.schema.json",
    command: &["cargo", "run", "--quiet", "--package", "osac-e2e", "--", "schema"],
}];

/// Writes every generated file anew and names those that changed.
pub fn run() -> Result<Found, Error> {
    let mut stale = Vec::new();
    for file in &FILES {
        let (program, arguments) = file.command.split_first().unwrap_or((&"true", &[]));
        let fresh = shell::output(shell::command(program, arguments))?;
        let committed = fs::read_to_string(file.path).unwrap_or_default();
        if committed != fresh {
            fs::write(file.path, &fresh)
                .map_err(|source| Error::Write { path: file.path.to_owned(), source })?;
            stale.push(file.path);
        }
        if !shell::answers("git", &["ls-files", "--error-unmatch", file.path]) {
            println!("  {} is not committed", file.path);
            stale.push(file.path);
        }
    }
    stale.dedup();
    for path in &stale {
        println!("  {path} was not what its generator makes; it is now: commit it");
        shell::run(shell::command("git", &["--no-pager", "diff", "--stat", "--", path]))?;
    }
    println!("{} generated files, {} stale", FILES.len(), stale.len());
    Ok(if stale.is_empty() { Found::Clean } else { Found::Untidy })
}
