//! Finds the resource that a path or an owner reference names.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::{BUILTINS, Resource};

/// The table of built-in kinds never changes: all servers share it.
static BUILTIN: LazyLock<Tree> = LazyLock::new(|| {
    let mut tree = Tree::default();
    for row in BUILTINS {
        tree.insert(Arc::new(Resource::builtin(row)));
    }
    tree
});

/// The resources of one server.
#[derive(Debug, Default)]
pub(crate) struct Registry {
    customs: Tree,
}

/// group → version → plural → resource
#[derive(Debug, Default)]
struct Tree(BTreeMap<String, BTreeMap<String, BTreeMap<String, Arc<Resource>>>>);

impl Tree {
    fn insert(&mut self, resource: Arc<Resource>) {
        self.0
            .entry(resource.group.clone())
            .or_default()
            .entry(resource.version.clone())
            .or_default()
            .insert(resource.plural.clone(), resource);
    }

    fn remove(&mut self, group: &str, plural: &str) {
        if let Some(versions) = self.0.get_mut(group) {
            for resources in versions.values_mut() {
                resources.remove(plural);
            }
            versions.retain(|_, resources| !resources.is_empty());
            if versions.is_empty() {
                self.0.remove(group);
            }
        }
    }

    fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.0.get(group)?.get(version)?.get(plural)
    }
}

impl Registry {
    pub(crate) fn find(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Resource>> {
        self.customs
            .find(group, version, plural)
            .or_else(|| BUILTIN.find(group, version, plural))
            .cloned()
    }

    /// Any version of the resource.
    pub(crate) fn any_version(&self, group: &str, plural: &str) -> Option<Arc<Resource>> {
        [&self.customs, &*BUILTIN]
            .into_iter()
            .filter_map(|tree| tree.0.get(group))
            .flat_map(BTreeMap::values)
            .find_map(|resources| resources.get(plural))
            .cloned()
    }

    /// Any version of the resource with this kind.
    pub(crate) fn of_kind(&self, group: &str, kind: &str) -> Option<Arc<Resource>> {
        [&self.customs, &*BUILTIN]
            .into_iter()
            .filter_map(|tree| tree.0.get(group))
            .flat_map(BTreeMap::values)
            .flat_map(BTreeMap::values)
            .find(|resource| resource.kind == kind && resource.serves("get"))
            .cloned()
    }

    /// Does any resource stand under this group and version?
    pub(crate) fn has_version(&self, group: &str, version: &str) -> bool {
        [&self.customs, &*BUILTIN]
            .into_iter()
            .any(|tree| tree.0.get(group).is_some_and(|versions| versions.contains_key(version)))
    }

    /// All resources that CustomResourceDefinitions added.
    pub(crate) fn customs(&self) -> impl Iterator<Item = &Arc<Resource>> {
        self.customs.0.values().flat_map(BTreeMap::values).flat_map(BTreeMap::values)
    }

    /// All built-in resources, in the order of the table.
    pub(crate) fn builtins<'a>() -> impl Iterator<Item = &'a Arc<Resource>> {
        BUILTINS.iter().filter_map(|row| -> Option<&'a Arc<Resource>> {
            BUILTIN.find(row.group, row.version, row.plural)
        })
    }

    pub(crate) fn add(&mut self, resource: Arc<Resource>) {
        self.customs.insert(resource);
    }

    pub(crate) fn remove(&mut self, group: &str, plural: &str) {
        self.customs.remove(group, plural);
    }
}

/// A built-in resource that must exist.
pub(crate) fn builtin(group: &str, version: &str, plural: &str) -> Arc<Resource> {
    let found = BUILTIN.find(group, version, plural).cloned();
    found.expect("the table of built-in kinds holds it")
}
