//! Which program runs, and on what: what tells two equal experiments from two that only look so.

use std::fs;
use std::path::{Path, PathBuf};

use harness::suite::Trial;
use reports::Origin;
use reports::history::digest;

/// A file of git that is longer is none of git's.
const GIT_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The origin of a run of these variants, from this folder.
pub fn origin(trials: &[Trial]) -> Origin {
    let here = std::env::current_dir().ok();
    Origin {
        program: program().unwrap_or_default(),
        commit: here.as_deref().and_then(commit),
        plans: trials.iter().map(plan).collect(),
    }
}

/// The text of the scenario, which of its variants, and the values of the profile: the plan is a
/// function of these and of the program.
fn plan(trial: &Trial) -> String {
    let plan = &trial.plan;
    digest(format!("{}\0{}\0{}", plan.source.text, plan.variant, plan.profile).as_bytes())
}

/// A build by its length and the moment at which it was written: to read the whole program would
/// take as long as a part of the suite.
fn program() -> Option<String> {
    let file = fs::metadata(std::env::current_exe().ok()?).ok()?;
    let written = file.modified().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(digest(format!("{}\0{}", file.len(), written.as_nanos()).as_bytes()))
}

/// The commit that is checked out in the work tree that the folder is in, read without a process:
/// a history has one even where git is not installed.
fn commit(folder: &Path) -> Option<String> {
    let git = folder.ancestors().find_map(git_folder)?;
    let head = read(&git.join("HEAD"))?;
    let Some(name) = head.strip_prefix("ref: ") else { return is_commit(&head).then_some(head) };
    // a further work tree shares the branches of the first
    let common = read(&git.join("commondir")).map_or_else(|| git.clone(), |its| git.join(its));
    let loose = read(&git.join(name)).or_else(|| read(&common.join(name)));
    let packed = || {
        let text = read(&common.join("packed-refs"))?;
        let lines = text.lines().filter_map(|line| line.split_once(' '));
        lines.filter(|(_, its)| *its == name).map(|(commit, _)| commit.to_owned()).next()
    };
    loose.or_else(packed).filter(|commit| is_commit(commit))
}

fn git_folder(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let text = read(&git)?;
    Some(folder.join(text.strip_prefix("gitdir: ")?))
}

fn read(path: &Path) -> Option<String> {
    let is_small = fs::metadata(path).is_ok_and(|file| file.len() <= GIT_BYTES_MAX);
    let text = is_small.then(|| fs::read_to_string(path).ok()).flatten()?;
    Some(text.trim_end().to_owned())
}

fn is_commit(text: &str) -> bool {
    [40, 64].contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
        let root = std::env::temp_dir().join(format!("osac-e2e-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        for (path, text) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    /// The commit as seen from a folder of a tree of files.
    fn check(name: &str, from: &str, files: &[(&str, &str)], expected: Option<&str>) {
        let root = folder(name, files);
        fs::create_dir_all(root.join(from)).unwrap();
        assert_eq!(commit(&root.join(from)).as_deref(), expected, "{name}");
        fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn the_commit_is_found_wherever_git_keeps_it() {
        let one = "0123456789abcdef0123456789abcdef01234567";
        let line = format!("{one}\n");
        check("detached", "a/b", &[(".git/HEAD", &line)], Some(one));
        let head = (".git/HEAD", "ref: refs/heads/main\n");
        check("loose", "", &[head, (".git/refs/heads/main", &line)], Some(one));
        let packed =
            format!("# pack-refs\n{} refs/heads/x\n{one} refs/heads/main\n", "0".repeat(40));
        check("packed", "", &[head, (".git/packed-refs", &packed)], Some(one));
        check("unborn", "", &[head], None);
        check("hostile", "", &[head, (".git/refs/heads/main", "<script>\n")], None);
        let tree = [
            ("tree/.git", "gitdir: ../main/.git/worktrees/tree\n"),
            ("main/.git/worktrees/tree/HEAD", "ref: refs/heads/tree\n"),
            ("main/.git/worktrees/tree/commondir", "../..\n"),
            ("main/.git/refs/heads/tree", &line),
        ];
        check("worktree", "tree", &tree, Some(one));
    }
}
