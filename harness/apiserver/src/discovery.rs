//! Discovery: which groups, versions and resources there are, in the legacy and the aggregated
//! form.

use serde_json::{Map, Value, json};

use crate::kinds::{Registry, Resource, Source, api_version};
use crate::store::State;

const EDIT: &[&str] = &["get", "patch", "update"];

/// A group with its versions, best first, and their resources.
struct Group<'a> {
    name: &'a str,
    versions: Vec<(&'a str, Vec<&'a Resource>)>,
}

/// All groups: the built-in ones in the order of their table, then those of CRDs by name.
fn groups(state: &State) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let customs = state.registry.customs();
    for resource in Registry::builtins().map(AsRef::as_ref).chain(customs.map(AsRef::as_ref)) {
        let at = groups.iter().position(|group| group.name == resource.group);
        let group = match at {
            Some(at) => &mut groups[at],
            None => {
                groups.push(Group { name: &resource.group, versions: Vec::new() });
                let last = groups.len() - 1;
                &mut groups[last]
            }
        };
        let version = resource.version.as_str();
        match group.versions.iter_mut().find(|(name, _)| *name == version) {
            Some((_, resources)) => resources.push(resource),
            None => group.versions.push((version, vec![resource])),
        }
    }
    for group in &mut groups {
        group.versions.sort_by_key(|(version, _)| std::cmp::Reverse(rank(version)));
    }
    groups
}

/// Stable before beta before alpha, later before earlier; other names last.
fn rank(version: &str) -> (u8, u32, u32) {
    let none = (0, 0, 0);
    let Some(rest) = version.strip_prefix('v') else { return none };
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let Ok(major) = rest[..end].parse() else { return none };
    let tail = &rest[end..];
    if tail.is_empty() {
        return (3, major, 0);
    }
    for (word, class) in [("beta", 2), ("alpha", 1)] {
        if let Some(minor) = tail.strip_prefix(word).and_then(|minor| minor.parse().ok()) {
            return (class, major, minor);
        }
    }
    none
}

/// `/api`
pub(crate) fn versions() -> Value {
    json!({
        "kind": "APIVersions",
        "versions": ["v1"],
        "serverAddressByClientCIDRs": [{"clientCIDR": "0.0.0.0/0", "serverAddress": "embedded"}],
    })
}

/// `/apis`
pub(crate) fn group_list(state: &State) -> Value {
    let groups = groups(state);
    let named = groups.iter().filter(|group| !group.name.is_empty()).map(group_value);
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": named.collect::<Vec<_>>()})
}

/// `/apis/<group>`
pub(crate) fn group(state: &State, name: &str) -> Option<Value> {
    let groups = groups(state);
    let group = groups.iter().find(|group| group.name == name && !name.is_empty())?;
    let mut value = group_value(group);
    value["kind"] = "APIGroup".into();
    value["apiVersion"] = "v1".into();
    Some(value)
}

fn group_value(group: &Group<'_>) -> Value {
    let version = |name: &str| {
        let both = api_version(group.name, name);
        json!({"groupVersion": both, "version": name})
    };
    let versions: Vec<Value> = group.versions.iter().map(|(name, _)| version(name)).collect();
    json!({"name": group.name, "preferredVersion": versions.first(), "versions": versions})
}

/// `/api/v1` and `/apis/<group>/<version>`
pub(crate) fn resource_list(state: &State, group: &str, version: &str) -> Option<Value> {
    let groups = groups(state);
    let found = groups.iter().find(|found| found.name == group)?;
    let (_, resources) = found.versions.iter().find(|(name, _)| *name == version)?;
    let mut rows: Vec<Value> = resources.iter().flat_map(|resource| legacy(resource)).collect();
    if resources.iter().all(|resource| resource.custom().is_none()) {
        rows.sort_by(|one, other| one["name"].as_str().cmp(&other["name"].as_str()));
    }
    let mut list = Map::new();
    list.insert("kind".into(), "APIResourceList".into());
    if !group.is_empty() {
        list.insert("apiVersion".into(), "v1".into());
    }
    list.insert("groupVersion".into(), api_version(group, version).into());
    list.insert("resources".into(), rows.into());
    Some(Value::Object(list))
}

fn put_names(row: &mut Map<String, Value>, resource: &Resource) {
    for (field, names) in
        [("shortNames", &resource.short_names), ("categories", &resource.categories)]
    {
        if !names.is_empty() {
            row.insert(field.to_owned(), names.clone().into());
        }
    }
}

fn legacy(resource: &Resource) -> Vec<Value> {
    let mut row = Map::new();
    row.insert("name".into(), resource.plural.clone().into());
    row.insert("singularName".into(), resource.singular.clone().into());
    row.insert("namespaced".into(), resource.namespaced.into());
    row.insert("kind".into(), resource.kind.clone().into());
    row.insert("verbs".into(), verbs(resource).into());
    put_names(&mut row, resource);
    let mut rows = vec![Value::Object(row)];
    for sub in subresources(resource) {
        let mut row = Map::new();
        row.insert("name".into(), format!("{}/{}", resource.plural, sub.name).into());
        row.insert("singularName".into(), "".into());
        row.insert("namespaced".into(), resource.namespaced.into());
        if !sub.group.is_empty() {
            row.insert("group".into(), sub.group.into());
            row.insert("version".into(), sub.version.into());
        }
        row.insert("kind".into(), sub.kind.into());
        row.insert("verbs".into(), sub.verbs.into());
        rows.push(Value::Object(row));
    }
    rows
}

fn verbs(resource: &Resource) -> Vec<&'static str> {
    match resource.source {
        Source::Builtin(row) => row.verbs.to_vec(),
        Source::Custom(_) => {
            vec!["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]
        }
    }
}

struct Subresource<'a> {
    name: &'a str,
    group: &'a str,
    version: &'a str,
    kind: &'a str,
    verbs: &'static [&'static str],
}

fn subresources(resource: &Resource) -> Vec<Subresource<'_>> {
    let mut subs = Vec::new();
    if let Source::Builtin(row) = &resource.source {
        subs.extend(row.subs.iter().map(|sub| Subresource {
            name: sub.name,
            group: sub.group,
            version: sub.version,
            kind: sub.kind,
            verbs: sub.verbs,
        }));
    }
    if resource.status {
        let kind = &resource.kind;
        subs.push(Subresource { name: "status", group: "", version: "", kind, verbs: EDIT });
    }
    if resource.scale.is_some() {
        let (group, version) = ("autoscaling", "v1");
        subs.push(Subresource { name: "scale", group, version, kind: "Scale", verbs: EDIT });
    }
    if resource.custom().is_none() {
        subs.sort_by_key(|sub| sub.name);
    }
    subs
}

/// Aggregated discovery of `/api` (the core group) or of `/apis` (all others).
pub(crate) fn aggregated(state: &State, core: bool) -> Value {
    let groups = groups(state);
    let items = groups.iter().filter(|group| group.name.is_empty() == core).map(|group| {
        let versions: Vec<Value> = group
            .versions
            .iter()
            .map(|(version, resources)| {
                let mut resources = resources.clone();
                resources.sort_by_key(|resource| &resource.plural);
                let resources: Vec<Value> = resources.into_iter().map(aggregated_row).collect();
                json!({"version": version, "resources": resources, "freshness": "Current"})
            })
            .collect();
        let metadata = if core { json!({}) } else { json!({"name": group.name}) };
        json!({"metadata": metadata, "versions": versions})
    });
    json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items.collect::<Vec<_>>(),
    })
}

fn aggregated_row(resource: &Resource) -> Value {
    // For built-in kinds a real server leaves group and version empty: as those of the list.
    let own = |group: &str, version: &str, kind: &str| {
        let custom = resource.custom().is_some() && group.is_empty();
        let (group, version) =
            if custom { (&*resource.group, &*resource.version) } else { (group, version) };
        json!({"group": group, "version": version, "kind": kind})
    };
    let scope = if resource.namespaced { "Namespaced" } else { "Cluster" };
    let mut row = Map::new();
    row.insert("resource".into(), resource.plural.clone().into());
    row.insert("responseKind".into(), own("", "", &resource.kind));
    row.insert("scope".into(), scope.into());
    row.insert("singularResource".into(), resource.singular.clone().into());
    row.insert("verbs".into(), verbs(resource).into());
    put_names(&mut row, resource);
    let subs: Vec<Value> = subresources(resource)
        .into_iter()
        .map(|sub| {
            let kind = own(sub.group, sub.version, sub.kind);
            json!({"subresource": sub.name, "responseKind": kind, "verbs": sub.verbs})
        })
        .collect();
    if !subs.is_empty() {
        row.insert("subresources".into(), subs.into());
    }
    Value::Object(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stable_versions_come_first() {
        let mut versions = ["foo", "v1alpha1", "v1", "v2beta1", "v1beta2", "v10"];
        versions.sort_by_key(|version| std::cmp::Reverse(rank(version)));
        assert_eq!(versions, ["v10", "v1", "v2beta1", "v1beta2", "v1alpha1", "foo"]);
    }
}
