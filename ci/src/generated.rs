//! `cargo ci generated`: what is generated is committed, and is what its generator makes today.

use std::fs;

use crate::{Error, Found, shell};

/// Generated files and the command whose output they are.
struct Generated {
    /// One file for the whole output, or one for each YAML document of it.
    paths: &'static [&'static str],
    package: &'static str,
    arguments: &'static [&'static str],
}

const FILES: [Generated; 2] = [
    Generated {
        paths: &["scenarios/scenario.schema.json"],
        package: "osac-e2e",
        arguments: &["schema"],
    },
    Generated {
        paths: &[
            "operator/crds/osac.openshift.io_computeinstances.yaml",
            "operator/crds/osac.openshift.io_tenants.yaml",
        ],
        package: "operator",
        arguments: &["crds"],
    },
];

/// Writes every generated file anew and names those that changed.
pub fn run() -> Result<Found, Error> {
    let mut stale = 0;
    let mut all = 0;
    for generated in &FILES {
        let mut run = vec!["run", "--quiet", "--package", generated.package, "--"];
        run.extend(generated.arguments);
        let fresh = shell::output(shell::command("cargo", &run))?;
        let parts = parts(&fresh, generated.paths.len()).ok_or_else(|| Error::Form {
            path: format!("cargo {}", run.join(" ")),
            what: format!("there are {} files for its output", generated.paths.len()),
        })?;
        for (path, fresh) in generated.paths.iter().zip(parts) {
            all += 1;
            stale += usize::from(!is_fresh(path, fresh)?);
        }
    }
    println!("{all} generated files, {stale} stale");
    Ok(if stale == 0 { Found::Clean } else { Found::Untidy })
}

/// Whether the committed file is what was made; what was made stands there afterwards.
fn is_fresh(path: &str, fresh: &str) -> Result<bool, Error> {
    let tracked = shell::answers("git", &["ls-files", "--error-unmatch", path]);
    let Some(fault) = fault(tracked, fs::read_to_string(path).ok().as_deref(), fresh) else {
        return Ok(true);
    };
    fs::write(path, fresh).map_err(|source| Error::Write { path: path.to_owned(), source })?;
    println!("  {path} {fault}: it is fresh now, commit it");
    shell::run(shell::command("git", &["--no-pager", "diff", "--stat", "--", path]))?;
    Ok(false)
}

/// What is wrong with a generated file.
fn fault(tracked: bool, committed: Option<&str>, fresh: &str) -> Option<&'static str> {
    match committed {
        None => Some("is missing"),
        Some(text) if text != fresh => Some("is not what its generator makes"),
        Some(_) if !tracked => Some("is not committed"),
        Some(_) => None,
    }
}

/// The whole text for one file, else its YAML documents, if there are so many.
fn parts(text: &str, count: usize) -> Option<Vec<&str>> {
    if count == 1 {
        return Some(vec![text]);
    }
    let mut starts: Vec<usize> = text.match_indices("---\n").map(|(at, _)| at).collect();
    starts.retain(|at| *at == 0 || text[..*at].ends_with('\n'));
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    let parts: Vec<&str> = starts.iter().zip(ends).map(|(from, to)| &text[*from..to]).collect();
    (parts.len() == count).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found() {
        assert_eq!(fault(true, Some("a"), "a"), None);
        assert_eq!(fault(true, Some("a"), "b"), Some("is not what its generator makes"));
        assert_eq!(fault(false, Some("a"), "a"), Some("is not committed"));
        assert_eq!(fault(false, None, "a"), Some("is missing"));
    }

    #[test]
    fn a_file_takes_all_or_one_document() {
        let text = "---\na: x---\n---\nb: 1\n";
        assert_eq!(parts(text, 1), Some(vec![text]));
        assert_eq!(parts(text, 2), Some(vec!["---\na: x---\n", "---\nb: 1\n"]));
        assert_eq!(parts(text, 3), None);
        assert_eq!(parts("", 2), None);
    }
}
