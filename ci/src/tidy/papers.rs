//! Links between papers lead somewhere.

use std::path::{Component, Path, PathBuf};

use super::Untidy;
use crate::tree::Tree;

pub fn check(tree: &Tree) -> Vec<Untidy> {
    let mut found = Vec::new();
    let papers = tree.files.iter().filter(|file| file.has_extension("md") && !file.is_fixture());
    for file in papers {
        let folder = Path::new(&file.path).parent().unwrap_or(Path::new(""));
        for (number, line) in file.lines() {
            for target in links(line) {
                if !leads_somewhere(tree, folder, target) {
                    let what = format!("the link `{target}` leads nowhere");
                    found.push(Untidy::new(&file.path, number, what));
                }
            }
        }
    }
    found
}

/// The targets of `[text](target)`, without addresses and places inside the same paper.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let (target, _) = rest.split_once(')')?;
        let target = target.split('#').next().unwrap_or_default();
        (!target.is_empty() && !target.contains("://")).then_some(target)
    })
}

fn leads_somewhere(tree: &Tree, folder: &Path, target: &str) -> bool {
    let mut path = PathBuf::new();
    for part in folder.join(target).components() {
        match part {
            Component::ParentDir => {
                if !path.pop() {
                    return false;
                }
            }
            Component::Normal(name) => path.push(name),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    tree.files.iter().any(|file| Path::new(&file.path).starts_with(&path))
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    #[test]
    fn links_are_followed_from_their_paper() {
        let text = "[a](../LICENSE) [b](src/) [c](gone.md#x) [d](https://x) [e](#here) `[f](g`\n\
            [out](../../x)\n";
        let found = check(&tree(&[("a/README.md", text), ("LICENSE", ""), ("a/src/lib.rs", "")]));
        let found: Vec<_> = found.iter().map(|it| format!("{}: {}", it.line, it.what)).collect();
        assert_eq!(
            found,
            ["1: the link `gone.md` leads nowhere", "2: the link `../../x` leads nowhere"]
        );
    }
}
