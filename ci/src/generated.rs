//! `cargo ci generated`: what is generated is committed, and is what its generator makes today.
//! Generators write in place; a file that is another afterwards was stale.

use std::collections::BTreeMap;
use std::path::Path;

use crate::tree::Tree;
use crate::{Error, Found, shell};

/// What is generated together.
struct Generated {
    /// Files and folders.
    paths: &'static [&'static str],
    /// A variable that tells the generator to write.
    variable: Option<(&'static str, &'static str)>,
    /// Arguments of cargo.
    cargo: &'static [&'static str],
}

const ALL: [Generated; 3] = [
    Generated {
        paths: &["scenarios/README.md", "scenarios/scenario.schema.json"],
        variable: None,
        cargo: &[
            "test",
            "--quiet",
            "--package",
            "scenario",
            "--test",
            "generated",
            "--",
            "--ignored",
        ],
    },
    Generated {
        paths: &["operator/crds/"],
        variable: Some(("UPDATE_CRDS", "1")),
        cargo: &["test", "--quiet", "--package", "operator", "--lib", "crds"],
    },
    Generated {
        paths: &["reports/summary.schema.json"],
        variable: None,
        cargo: &["test", "--quiet", "--package", "reports", "--lib", "summary", "--", "--ignored"],
    },
];

/// Files by path.
type Texts = BTreeMap<String, String>;

/// Writes every generated file anew and names those that changed.
pub fn run(root: &Path) -> Result<Found, Error> {
    let (mut all, mut stale) = (0, 0);
    for generated in &ALL {
        let before = texts(root, generated.paths)?;
        let mut generator = shell::command("cargo", generated.cargo);
        generator.envs(generated.variable);
        shell::run(generator)?;
        let after = texts(root, generated.paths)?;
        all += after.len();
        for (path, fault) in faults(&before, &after, &is_tracked) {
            stale += 1;
            println!("  {path} {fault}: commit it as it is now");
            shell::run(shell::command("git", &["--no-pager", "diff", "--stat", "--", &path]))?;
        }
    }
    println!("{all} generated files, {stale} stale");
    Ok(if stale == 0 { Found::Clean } else { Found::Untidy })
}

fn texts(root: &Path, paths: &[&str]) -> Result<Texts, Error> {
    let files = Tree::read(root)?.files.into_iter();
    let wanted = files.filter(|file| paths.iter().any(|path| file.path.starts_with(path)));
    let texts: Texts = wanted.map(|file| (file.path, file.text)).collect();
    match paths.iter().find(|path| !texts.keys().any(|file| file.starts_with(*path))) {
        None => Ok(texts),
        Some(path) => {
            let what = "there is no generated file".to_owned();
            Err(Error::Form { path: (*path).to_owned(), what })
        }
    }
}

fn is_tracked(path: &str) -> bool {
    shell::answers("git", &["ls-files", "--error-unmatch", path])
}

/// The files that were not as the generator makes them, or are not committed at all.
fn faults(
    before: &Texts,
    after: &Texts,
    is_tracked: &dyn Fn(&str) -> bool,
) -> Vec<(String, &'static str)> {
    let fault = |(path, text): (&String, &String)| {
        let fault = match before.get(path) {
            None => "was missing",
            Some(old) if old != text => "was not what its generator makes",
            Some(_) if !is_tracked(path) => "is not committed",
            Some(_) => return None,
        };
        Some((path.clone(), fault))
    };
    after.iter().filter_map(fault).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts_of(files: &[(&str, &str)]) -> Texts {
        files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn every_fault_is_found() {
        let before = texts_of(&[("same", "1"), ("stale", "1"), ("stray", "1")]);
        let after = texts_of(&[("new", "1"), ("same", "1"), ("stale", "2"), ("stray", "1")]);
        let found = faults(&before, &after, &|path| path != "stray");
        let expected = [
            ("new", "was missing"),
            ("stale", "was not what its generator makes"),
            ("stray", "is not committed"),
        ];
        assert_eq!(found, expected.map(|(path, fault)| (path.to_owned(), fault)));
        assert_eq!(faults(&after, &after, &|_| true), []);
    }
}
