//! Keeps the owners of fields up to date: after an update, and by applying a configuration.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::Value;

use super::compare::Difference;
use super::element::Element;
use super::fields::{check, fields_of, remove, settled};
use super::merge::merge;
use super::owners::{Operation, Owned, Owner, Owners, is_reset};
use super::set::Set;
use super::shape::Shape;
use super::versions::Versions;
use crate::kinds::{Registry, Resource};
use crate::meta;
use crate::status::{ApiError, Cause, Details, Result};

/// Fields that nobody owns.
const NOBODYS: [&[&str]; 12] = [
    &["apiVersion"],
    &["kind"],
    &["metadata"],
    &["metadata", "name"],
    &["metadata", "namespace"],
    &["metadata", "creationTimestamp"],
    &["metadata", "selfLink"],
    &["metadata", "uid"],
    &["metadata", "clusterName"],
    &["metadata", "generation"],
    &["metadata", "managedFields"],
    &["metadata", "resourceVersion"],
];

/// The owner of what was there before the first configuration was applied.
const BEFORE: &str = "before-first-apply";
/// kubectl's client-side apply keeps its configuration here.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
const KUBECTL: &str = "kubectl";

/// Whom a conflict is with, and about which fields.
type Conflicts = BTreeMap<Owner, Set>;

/// What a request on a resource does to the owners of its fields.
pub(crate) struct Manager<'a> {
    pub resource: &'a Resource,
    pub registry: &'a Registry,
    /// The shape of what is written: of the resource, or of its scale.
    pub shape: Shape<'a>,
    pub api_version: &'a str,
    /// Empty for the object itself.
    pub subresource: &'a str,
    pub now: Timestamp,
}

impl Manager<'_> {
    /// Writes into `new` who owns its fields, after `manager` changed `live` to it. `live` is an
    /// object without uid where there was none.
    pub(crate) fn update(&self, live: &Value, new: &mut Value, manager: &str) {
        let entries = meta::remove(new, "managedFields").filter(|_| self.subresource.is_empty());
        let given = Owners::parse(entries.as_ref()).filter(|given| !given.0.is_empty());
        let owners = match given {
            _ if is_reset(entries.as_ref()) => Owners::default(),
            Some(given) => given,
            None => Owners::of(live),
        };
        // Objects of which nobody kept track so far stay so.
        if owners.0.is_empty() && !meta::uid(live).is_empty() {
            return;
        }
        let owners = self.updated(live, new, owners, manager);
        owners.write(new);
    }

    fn updated(&self, live: &Value, new: &Value, owners: Owners, manager: &str) -> Owners {
        let mut owners = self.settled(owners);
        let found = self.compared(live, new, &mut owners, None, true);
        let Ok(Difference { added, modified, .. }) = found else { return owners };
        let set = self.trimmed(&added.union(&modified));
        if !set.is_empty() {
            let owner = Owner::new(manager, Operation::Update, self.api_version, self.subresource);
            let before = owners.0.get(&owner).map(|owned| owned.set.clone()).unwrap_or_default();
            let api_version = self.api_version.to_owned();
            let owned = Owned { set: set.union(&before), api_version, time: None };
            owners.0.insert(owner.clone(), owned);
            owners.stamp(&owner, self.now);
        }
        owners.cap();
        owners
    }

    /// What becomes of `live` when `manager` applies a configuration.
    ///
    /// # Errors
    /// Where the configuration is not well-formed, or others own what it changes.
    pub(crate) fn apply(
        &self,
        live: &Value,
        config: &Value,
        manager: &str,
        force: bool,
    ) -> Result<Value> {
        if meta::of(config).and_then(|meta| meta.get("managedFields")).is_some_and(|f| !f.is_null())
        {
            return Err(ApiError::bad_request("metadata.managedFields must be nil"));
        }
        check(config, self.shape).map_err(|why| {
            let name = format!("{}/{}", meta::text(config, "namespace"), meta::name(config));
            let kind = self.kind(config);
            let why = format!("failed to create typed patch object ({name}; {kind}): {why}");
            ApiError::new(500, "", why)
        })?;
        let mut owners = Owners::of(live);
        let mut bare = live.clone();
        meta::remove(&mut bare, "managedFields");
        if owners.0.is_empty() {
            let empty = serde_json::json!({"apiVersion": self.api_version});
            owners = self.updated(&empty, &bare, owners, BEFORE);
        }
        let merged = self.merged(&bare, config, owners.clone(), manager, force);
        let (mut object, owners) = match merged {
            Ok(merged) => merged,
            Err(conflicts) if manager == KUBECTL => {
                let left = self.beyond_last_applied(&bare, conflicts);
                if !left.is_empty() {
                    return Err(refusal(&left));
                }
                let merged = self.merged(&bare, config, owners, manager, true);
                merged.map_err(|conflicts| refusal(&conflicts))?
            }
            Err(conflicts) => return Err(refusal(&conflicts)),
        };
        if manager == KUBECTL {
            keep_last_applied(&mut object, config);
        }
        owners.write(&mut object);
        Ok(object)
    }

    fn kind(&self, config: &Value) -> String {
        let kind = config.get("kind").and_then(Value::as_str).unwrap_or_default();
        let (group, version) = self.api_version.split_once('/').unwrap_or(("", self.api_version));
        format!("{group}/{version}, Kind={kind}")
    }

    /// Merges, takes away what the manager does not apply any more, and settles who owns what.
    fn merged(
        &self,
        live: &Value,
        config: &Value,
        owners: Owners,
        manager: &str,
        force: bool,
    ) -> std::result::Result<(Value, Owners), Conflicts> {
        let mut owners = self.settled(owners);
        let owner = Owner::new(manager, Operation::Apply, self.api_version, self.subresource);
        let merged = merge(live, config, self.shape);
        let set = self.filter(&fields_of(config, self.shape));
        let last = owners.0.remove(&owner);
        let time = last.as_ref().and_then(|last| last.time.clone());
        let api_version = self.api_version.to_owned();
        owners.0.insert(owner.clone(), Owned { set, api_version, time });
        let object = self.pruned(merged, &owners, last.as_ref());
        self.compared(live, &object, &mut owners, Some(&owner), force)?;
        if let Some(owned) = owners.0.get_mut(&owner) {
            owned.set = trim(&owned.set);
        }
        owners.0.retain(|_, owned| !owned.set.is_empty());
        if object != *live {
            owners.stamp(&owner, self.now);
        }
        Ok((object, owners))
    }

    /// Takes away what the manager applied last time and now does not, unless others own it.
    fn pruned(&self, merged: Value, owners: &Owners, last: Option<&Owned>) -> Value {
        let Some(last) = last.filter(|last| !last.set.is_empty()) else { return merged };
        let versions = Versions { registry: self.registry, resource: self.resource };
        let scale = self.subresource == "scale";
        let Some(then) = versions.get(&last.api_version).filter(|_| !scale) else {
            return merged;
        };
        let shape = Shape::of(&then);
        let merged = versions.convert(&merged, &then);
        let last = last.set.with_named_fields(shape);
        let mut pruned = remove(&merged, &last, shape);
        // Each owner speaks in its own version; that of the last time goes first.
        let others = owners.0.values().map(|owned| owned.api_version.as_str());
        let others = others.filter(|version| *version != then.api_version);
        let all: BTreeSet<&str> = others.collect();
        for version in std::iter::once(then.api_version.as_str()).chain(all) {
            pruned = self.with_owned(&merged, pruned, owners, &then, version);
        }
        // What the manager did not own last time stays whatever became of it above.
        let left = fields_of(&pruned, shape).with_named_fields(shape);
        let all = fields_of(&merged, shape).with_named_fields(shape);
        let object = remove(&merged, &all.difference(&left).intersection(&last), shape);
        Versions { registry: self.registry, resource: &then }.convert(&object, self.resource)
    }

    /// Gives back what was pruned although owners that speak in a version have it.
    fn with_owned(
        &self,
        merged: &Value,
        pruned: Value,
        owners: &Owners,
        then: &Resource,
        version: &str,
    ) -> Value {
        let versions = Versions { registry: self.registry, resource: then };
        let Some(resource) = versions.get(version) else { return pruned };
        let shape = Shape::of(&resource);
        let (merged, pruned) =
            (versions.convert(merged, &resource), versions.convert(&pruned, &resource));
        let mut owned = Set::default();
        for owner in owners.0.values().filter(|owner| owner.api_version == version) {
            owned.add(&owner.set);
        }
        let kept = fields_of(&pruned, shape).with_named_fields(shape);
        let kept = kept.union(&owned.with_named_fields(shape));
        let all = fields_of(&merged, shape).with_named_fields(shape);
        let object = remove(&merged, &all.difference(&kept), shape);
        Versions { registry: self.registry, resource: &resource }.convert(&object, then)
    }

    /// Takes from the other owners what an update changed or removed; says what it changed.
    fn compared(
        &self,
        live: &Value,
        new: &Value,
        owners: &mut Owners,
        own: Option<&Owner>,
        force: bool,
    ) -> std::result::Result<Difference, Conflicts> {
        let typed = self.resource.custom().is_none();
        let difference = Difference::of(live, new, self.shape, typed);
        let difference = difference.filtered(|set| self.filter(set));
        let versions = Versions { registry: self.registry, resource: self.resource };
        let mut by_version = BTreeMap::from([(self.api_version.to_owned(), difference.clone())]);
        let mut conflicts = Conflicts::new();
        let mut gone = Vec::new();
        for (owner, owned) in owners.0.iter().filter(|(owner, _)| Some(*owner) != own) {
            if !by_version.contains_key(&owned.api_version) {
                let Some(resource) = versions.get(&owned.api_version) else {
                    gone.push(owner.clone());
                    continue;
                };
                let live = versions.convert(live, &resource);
                let new = versions.convert(new, &resource);
                let found = Difference::of(&live, &new, Shape::of(&resource), typed);
                let found = found.filtered(|set| self.filter(set));
                by_version.insert(owned.api_version.clone(), found);
            }
            let found = &by_version[&owned.api_version];
            let taken = owned.set.intersection(&found.modified.clone().union(&found.added));
            if !taken.is_empty() {
                conflicts.insert(owner.clone(), taken);
            }
        }
        if !force && !conflicts.is_empty() {
            return Err(conflicts);
        }
        for owner in gone {
            owners.0.remove(&owner);
        }
        for (owner, owned) in owners.0.iter_mut().filter(|(owner, _)| Some(*owner) != own) {
            if let Some(taken) = conflicts.get(owner) {
                owned.set = owned.set.difference(taken);
            }
            owned.set = owned.set.difference(&by_version[&owned.api_version].removed);
        }
        owners.0.retain(|_, owned| !owned.set.is_empty());
        Ok(difference)
    }

    /// The owners as their schemas are now.
    fn settled(&self, mut owners: Owners) -> Owners {
        let versions = Versions { registry: self.registry, resource: self.resource };
        for owned in owners.0.values_mut() {
            if let Some(resource) = versions.get(&owned.api_version) {
                owned.set = settled(&owned.set, Shape::of(&resource));
            }
        }
        owners
    }

    /// Without what a write of this subresource cannot change.
    fn filter(&self, set: &Set) -> Set {
        match self.subresource {
            "status" => set.only("status"),
            "" if self.resource.status => set.without(&Set::of(&["status"])),
            _ => set.clone(),
        }
    }

    fn trimmed(&self, set: &Set) -> Set {
        trim(&self.filter(set))
    }

    /// The conflicts without what kubectl's client-side apply has set, and nobody changed since.
    fn beyond_last_applied(&self, live: &Value, mut conflicts: Conflicts) -> Conflicts {
        let annotations = meta::of(live).and_then(|meta| meta.get("annotations"));
        let text = annotations.and_then(|map| map.get(LAST_APPLIED)?.as_str());
        let last = text.and_then(|text| serde_json::from_str::<Value>(text).ok());
        let same = |last: &Value| last["apiVersion"] == self.api_version;
        let Some(last) = last.filter(same) else { return conflicts };
        let difference = Difference::of(&last, live, self.shape, false);
        let allowed = fields_of(&last, self.shape)
            .difference(&difference.modified)
            .difference(&difference.added)
            .difference(&difference.removed);
        for set in conflicts.values_mut() {
            *set = set.difference(&allowed);
        }
        conflicts.retain(|_, set| !set.is_empty());
        conflicts
    }
}

fn trim(set: &Set) -> Set {
    let mut out = set.clone();
    for path in NOBODYS {
        match path {
            [one] => {
                out.members.remove(&Element::Field((*one).to_owned()));
            }
            path => out = out.difference(&Set::of(path)),
        }
    }
    out
}

/// kubectl's annotation follows what it applies here.
fn keep_last_applied(object: &mut Value, config: &Value) {
    let annotations = object.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
    let slot = annotations.and_then(|annotations| annotations.get_mut(LAST_APPLIED));
    let Some(slot) = slot.filter(|slot| slot.as_str().is_some_and(|text| !text.is_empty())) else {
        return;
    };
    let mut config = config.clone();
    if let Some(annotations) = config.pointer_mut("/metadata/annotations")
        && let Some(map) = annotations.as_object_mut()
    {
        map.remove(LAST_APPLIED);
    }
    *slot = format!("{config}\n").into();
}

/// The refusal of a configuration that changes what others own.
fn refusal(conflicts: &Conflicts) -> ApiError {
    let fields: Vec<(&Owner, String)> = conflicts
        .iter()
        .flat_map(|(owner, set)| set.paths().into_iter().map(move |path| (owner, path)))
        .collect();
    let message = match fields.as_slice() {
        [(owner, path)] => format!("1 conflict: conflict with {owner}: {path}"),
        many => {
            let mut lines = Vec::new();
            for (owner, set) in conflicts {
                lines.push(format!("conflicts with {owner}:"));
                lines.extend(set.paths().iter().map(|path| format!("- {path}")));
            }
            format!("{} conflicts: {}", many.len(), lines.join("\n"))
        }
    };
    let causes = fields.iter().map(|(owner, path)| Cause {
        reason: "FieldManagerConflict",
        message: format!("conflict with {owner}"),
        field: path.clone(),
    });
    let details = Details { causes: causes.collect(), ..Details::default() };
    ApiError::new(409, "Conflict", format!("Apply failed with {message}")).details(details)
}
