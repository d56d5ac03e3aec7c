//! A branch of a git repository as a place for pages, by plumbing: no work tree is touched, and
//! nothing is ever forced. A commit is made on top of what stands on the branch at that moment; if
//! another came first, the page is made again on top of that.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;

use super::place::{Change, PAGE_BYTES_MAX};
use super::process::{self, without_secrets};

/// How long one call of git may take; fetching and pushing cross a network.
const LIMIT: Duration = Duration::from_secs(120);
/// How often another may come first.
const ATTEMPTS_MAX: usize = 3;
/// The object that is not there.
const NOTHING: &str = "0000000000000000000000000000000000000000";

/// A branch.
pub struct Branch {
    repository: PathBuf,
    /// The folder that git keeps its own things in.
    git: PathBuf,
    branch: String,
    remote: Option<String>,
    /// The folder inside of the branch, with a slash at its end; empty for its root.
    folder: String,
}

impl Branch {
    /// The branch; checks that the repository is there and that the names are names.
    pub fn of(
        repository: &Path,
        branch: &str,
        remote: Option<&str>,
        folder: &str,
    ) -> Result<Branch, String> {
        let parts: Vec<&str> =
            folder.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        if folder.starts_with('/') || parts.iter().any(|part| *part == ".." || *part == ".git") {
            return Err(format!(
                "`{folder}` is no folder inside of a branch\n  = help: name one with --path, such \
                 as `status`, or `.` for its root"
            ));
        }
        let folder = parts.iter().map(|part| format!("{part}/")).collect();
        let mut place = Branch {
            repository: repository.to_owned(),
            git: PathBuf::new(),
            branch: branch.to_owned(),
            remote: remote.map(str::to_owned),
            folder,
        };
        let git = place.text(&["rev-parse", "--absolute-git-dir"]);
        place.git = git
            .map_err(|why| format!("`{}` is no git repository: {why}", repository.display()))?
            .into();
        let reference = format!("refs/heads/{branch}");
        if branch.starts_with('-') || place.text(&["check-ref-format", &reference]).is_err() {
            return Err(format!("`{branch}` is no name of a branch"));
        }
        if let Some(remote) = remote {
            // an option, or an address with a password in it, is no name
            place.text(&["remote", "get-url", "--", remote]).map_err(|_| {
                format!(
                    "`{}` has no remote `{}`\n  = help: `git remote -v` lists them",
                    repository.display(),
                    without_secrets(remote)
                )
            })?;
        }
        Ok(place)
    }

    /// How the user calls it.
    pub fn name(&self) -> String {
        let remote = self.remote.as_ref().map_or_else(String::new, |it| format!(" of {it}"));
        format!("branch {}{remote} of {}", self.branch, self.repository.display())
    }

    /// The names of the files in the folder.
    pub fn files(&self) -> Result<Vec<String>, String> {
        let Some(tip) = self.tip()? else { return Ok(Vec::new()) };
        self.files_of(&tip)
    }

    /// Commits a page on top of the branch, unless it stands there already.
    pub fn update(
        &self,
        file: &str,
        now: Timestamp,
        make: impl Fn(Option<&str>) -> Result<String, String>,
    ) -> Result<Change, String> {
        for _ in 0..ATTEMPTS_MAX {
            let tip = self.tip()?;
            let existing = match &tip {
                Some(tip) if self.files_of(tip)?.iter().any(|name| name == file) => {
                    Some(self.show(tip, file)?)
                }
                _ => None,
            };
            let page = make(existing.as_deref())?;
            let change = Change::between(existing.as_deref(), &page);
            if change == Change::None {
                return Ok(change);
            }
            let commit = self.commit(tip.as_deref(), file, &page, now)?;
            match self.publish(tip.as_deref(), &commit) {
                Ok(()) => return Ok(change),
                // another came first: what it wrote is kept, and the page made on top of it
                Err(_) if self.tip()? != tip => {}
                Err(why) => return Err(why),
            }
        }
        Err(format!("others changed {} {ATTEMPTS_MAX} times meanwhile; try again", self.name()))
    }

    /// The commit at the tip of the branch, with its objects here; none if there is no branch.
    fn tip(&self) -> Result<Option<String>, String> {
        let name = format!("refs/heads/{}", self.branch);
        let Some(remote) = &self.remote else {
            let format = ["for-each-ref", "--format=%(objectname) %(worktreepath)", "--", &name];
            let text = self.text(&format)?;
            let Some((commit, tree)) = text.split_once(' ') else { return Ok(None) };
            if !tree.is_empty() {
                return Err(format!(
                    "branch {} is checked out in `{tree}`\n  = help: a work tree must not change \
                     under a person: check out another branch there, or use --remote",
                    self.branch
                ));
            }
            return Ok(Some(commit.to_owned()));
        };
        let listed = self.text(&["ls-remote", "--heads", "--", remote, &name])?;
        let Some((commit, _)) = listed.split_once('\t') else { return Ok(None) };
        let options = ["fetch", "--quiet", "--no-tags", "--no-write-fetch-head"];
        self.text(&[options.as_slice(), &["--", remote, &name]].concat())?;
        Ok(Some(commit.to_owned()))
    }

    fn files_of(&self, tip: &str) -> Result<Vec<String>, String> {
        let mut words = vec!["ls-tree", "-z", "--name-only", tip];
        if !self.folder.is_empty() {
            words.extend(["--", &self.folder]);
        }
        let listed = self.text(&words)?;
        let names = listed.split('\0').map(|path| path.rsplit('/').next().unwrap_or(path));
        Ok(names.filter(|name| !name.is_empty()).map(str::to_owned).collect())
    }

    fn show(&self, tip: &str, file: &str) -> Result<String, String> {
        let object = format!("{tip}:{}{file}", self.folder);
        let bytes = self.text(&["cat-file", "-s", &object])?.parse::<u64>().unwrap_or(u64::MAX);
        if bytes > PAGE_BYTES_MAX {
            return Err(format!("`{}{file}` has {bytes} bytes: that is no page", self.folder));
        }
        let bytes = self.call(&["cat-file", "blob", &object], b"", &[])?;
        String::from_utf8(bytes).map_err(|_| format!("`{}{file}` is not UTF-8", self.folder))
    }

    /// A commit of the tip's tree with the page in it. The author is who git says.
    fn commit(
        &self,
        tip: Option<&str>,
        file: &str,
        page: &str,
        now: Timestamp,
    ) -> Result<String, String> {
        let blob = self.call(&["hash-object", "-w", "--stdin"], page.as_bytes(), &[])?;
        let blob = String::from_utf8_lossy(&blob).trim().to_owned();
        let index = self.git.join(format!("osac-e2e-status.{}.index", std::process::id()));
        let with = [("GIT_INDEX_FILE", index.display().to_string())];
        let tree = (|| {
            self.call(&["read-tree", tip.unwrap_or("--empty")], b"", &with)?;
            let entry = format!("100644,{blob},{}{file}", self.folder);
            self.call(&["update-index", "--add", "--cacheinfo", &entry], b"", &with)?;
            self.call(&["write-tree"], b"", &with)
        })();
        // best effort: it is a file of ours and of this call only
        let _ = std::fs::remove_file(&index);
        let tree = String::from_utf8_lossy(&tree?).trim().to_owned();
        let moment = format!("{} +0000", now.as_second());
        let dates = [("GIT_AUTHOR_DATE", moment.clone()), ("GIT_COMMITTER_DATE", moment)];
        let message = format!("status: {}", file.trim_end_matches(".md"));
        let mut words = vec!["commit-tree", &tree, "-m", &message];
        if let Some(tip) = tip {
            words.extend(["-p", tip]);
        }
        let commit = self.call(&words, b"", &dates)?;
        Ok(String::from_utf8_lossy(&commit).trim().to_owned())
    }

    /// Moves the branch, here or there, from the tip that the commit stands on.
    fn publish(&self, tip: Option<&str>, commit: &str) -> Result<(), String> {
        let name = format!("refs/heads/{}", self.branch);
        let done = match &self.remote {
            None => {
                self.text(&["update-ref", "-m", "status", &name, commit, tip.unwrap_or(NOTHING)])
            }
            Some(remote) => {
                self.text(&["push", "--quiet", "--", remote, &format!("{commit}:{name}")])
            }
        };
        done.map(|_| ())
    }

    fn text(&self, words: &[&str]) -> Result<String, String> {
        let bytes = self.call(words, b"", &[])?;
        Ok(String::from_utf8_lossy(&bytes).trim_end_matches('\n').to_owned())
    }

    fn call(
        &self,
        words: &[&str],
        input: &[u8],
        variables: &[(&str, String)],
    ) -> Result<Vec<u8>, String> {
        let mut git = Command::new("git");
        // called from a hook, git would take the hook's repository for ours
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"] {
            git.env_remove(name);
        }
        // nobody is there to answer a question
        git.env("GIT_TERMINAL_PROMPT", "0").env("LC_ALL", "C");
        git.arg("-C").arg(&self.repository).args(words);
        git.envs(variables.iter().map(|(name, value)| (name, value)));
        let answer = process::run(git, input, LIMIT)?;
        if answer.is_success {
            return Ok(answer.stdout);
        }
        let verb = words.first().copied().unwrap_or_default();
        let why = if answer.stderr.is_empty() { "no reason given" } else { &answer.stderr };
        Err(format!("git {verb} failed: {why}"))
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::fs;

    use super::*;

    /// A bare repository, and one that has it as its remote `origin`.
    fn repositories(name: &str) -> (PathBuf, PathBuf) {
        let root = std::env::temp_dir().join(format!("osac-e2e-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        let (bare, own) = (root.join("bare.git"), root.join("own"));
        fs::create_dir_all(&root).unwrap();
        git(&root, &["init", "--quiet", "--bare", "bare.git"]);
        git(&root, &["init", "--quiet", "own"]);
        git(&own, &["remote", "add", "origin", &bare.display().to_string()]);
        for (key, value) in [("user.name", "Ann"), ("user.email", "ann@example.org")] {
            git(&own, &["config", key, value]);
        }
        (bare, own)
    }

    fn git(folder: &Path, words: &[&str]) -> String {
        let output = Command::new("git").arg("-C").arg(folder).args(words).output().unwrap();
        assert!(output.status.success(), "git {words:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn now() -> Timestamp {
        "2026-02-08T09:30:00Z".parse().unwrap()
    }

    fn appended(existing: Option<&str>, line: &str) -> Result<String, String> {
        Ok(format!("{}{line}\n", existing.unwrap_or_default()))
    }

    #[test]
    fn a_branch_is_made_and_then_only_grows() {
        let (_, own) = repositories("own");
        let branch = Branch::of(&own, "gh-pages", None, "status").unwrap();
        assert_eq!(branch.files().unwrap(), Vec::<String>::new());
        let update = |file: &str, line: &str| branch.update(file, now(), |it| appended(it, line));
        assert_eq!(update("1.md", "one"), Ok(Change::Made));
        assert_eq!(update("2.md", "two"), Ok(Change::Made));
        assert_eq!(update("1.md", "three"), Ok(Change::Replaced));
        let same = branch.update("1.md", now(), |it| Ok(it.unwrap().to_owned()));
        assert_eq!(same, Ok(Change::None));
        assert_eq!(git(&own, &["show", "gh-pages:status/1.md"]), "one\nthree\n");
        let log = git(&own, &["log", "--format=%s %an %ad", "--date=iso-strict", "gh-pages"]);
        let expected = ["1", "2", "1"]
            .map(|day| format!("status: {day} Ann 2026-02-08T09:30:00+00:00\n"))
            .concat();
        assert_eq!(log, expected);
        assert_eq!(git(&own, &["status", "--porcelain"]), "");
        assert_eq!(branch.files().unwrap(), ["1.md", "2.md"]);
    }

    #[test]
    fn who_came_first_is_kept_and_nothing_is_forced() {
        let (bare, own) = repositories("race");
        let branch = Branch::of(&own, "gh-pages", Some("origin"), ".").unwrap();
        let other = Branch::of(&own, "gh-pages", Some("origin"), ".").unwrap();
        let raced = Cell::new(0);
        let done = branch.update("1.md", now(), |existing| {
            // while the page is made, another publishes
            if raced.replace(raced.get() + 1) < 2 {
                other.update("1.md", now(), |it| appended(it, "other")).unwrap();
            }
            appended(existing, "ours")
        });
        assert_eq!((done, raced.get()), (Ok(Change::Replaced), 3));
        assert_eq!(git(&bare, &["show", "gh-pages:1.md"]), "other\nother\nours\n");
        assert_eq!(git(&bare, &["rev-list", "--count", "gh-pages"]), "3\n");
        let never = branch.update("1.md", now(), |existing| {
            other.update("1.md", now(), |it| appended(it, "other")).unwrap();
            appended(existing, "ours")
        });
        assert!(never.unwrap_err().contains("3 times meanwhile"));
    }

    #[test]
    fn a_remote_that_refuses_is_quoted() {
        let (bare, own) = repositories("refuses");
        let hook = bare.join("hooks/pre-receive");
        fs::write(&hook, "#!/bin/sh\necho the gate is shut >&2\nexit 1\n").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
        }
        let branch = Branch::of(&own, "gh-pages", Some("origin"), ".").unwrap();
        let error = branch.update("1.md", now(), |it| appended(it, "ours")).unwrap_err();
        assert!(error.starts_with("git push failed: "), "{error}");
        assert!(error.contains("the gate is shut"), "{error}");
    }

    #[test]
    fn what_is_no_place_is_refused_before_anything_is_done() {
        let (_, own) = repositories("refused");
        git(&own, &["commit", "--quiet", "--allow-empty", "-m", "x"]);
        let head = git(&own, &["symbolic-ref", "--short", "HEAD"]);
        let told = |branch: &str, remote: Option<&str>, folder: &str| {
            let place = Branch::of(&own, branch, remote, folder);
            place.and_then(|place| place.files()).unwrap_err()
        };
        let checked_out = told(head.trim(), None, "status");
        assert!(checked_out.contains("is checked out in"), "{checked_out}");
        assert!(told("a..b", None, "x").contains("is no name of a branch"));
        assert!(told("--help", None, "x").contains("is no name of a branch"));
        for folder in ["../x", "/x", "a/../../x", ".git/hooks"] {
            assert!(told("b", None, folder).contains("no folder inside of a branch"), "{folder}");
        }
        let remote = told("b", Some("https://ann:t0ken@h/x"), "x");
        assert!(remote.contains("has no remote `https://…@h/x`"), "{remote}");
        let none = Branch::of(&own.join("nowhere"), "b", None, "x").map(|_| ()).unwrap_err();
        assert!(none.contains("is no git repository"), "{none}");
    }
}
