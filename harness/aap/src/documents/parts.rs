//! What documents have in common: links, and what they tell of the objects around them.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::state::{State, User};
use crate::template::{Needs, Template};

/// A link: `<root>/v2/<resource>/<id>/<part>/`.
#[derive(Clone, Copy)]
pub(crate) struct Link<'a>(
    pub(crate) &'a str,
    pub(crate) &'a str,
    pub(crate) i64,
    pub(crate) &'a str,
);

impl fmt::Display for Link<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Link(root, resource, id, part) = self;
        write!(f, "{root}/v2/{resource}/{id}/")?;
        if part.is_empty() { Ok(()) } else { write!(f, "{part}/") }
    }
}

impl Serialize for Link<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Links to the parts of an object, by the parts' names.
pub(crate) fn links(
    root: &str,
    resource: &str,
    id: i64,
    parts: &[&str],
) -> serde_json::Map<String, Value> {
    let link = |part: &&str| ((*part).to_owned(), json!(Link(root, resource, id, part)));
    parts.iter().map(link).collect()
}

pub(crate) fn organization(state: &State, template: &Template) -> Option<Value> {
    let name = template.organization.as_deref()?;
    Some(json!({"id": state.organization_id(name), "name": name, "description": ""}))
}

pub(crate) fn has_inventory(template: &Template) -> bool {
    !template.needs.contains(&Needs::Inventory)
}

pub(crate) fn has_project(template: &Template) -> bool {
    !template.needs.contains(&Needs::Project)
}

/// The one inventory of the installation.
#[derive(Serialize)]
pub(crate) struct Inventory {
    id: i64,
    name: &'static str,
    description: &'static str,
    has_active_failures: bool,
    total_hosts: i64,
    hosts_with_active_failures: i64,
    total_groups: i64,
    has_inventory_sources: bool,
    total_inventory_sources: i64,
    inventory_sources_with_failures: i64,
    organization_id: i64,
    kind: &'static str,
}

pub(crate) const INVENTORY: Inventory = Inventory {
    id: 1,
    name: "inv",
    description: "",
    has_active_failures: false,
    total_hosts: 0,
    hosts_with_active_failures: 0,
    total_groups: 0,
    has_inventory_sources: false,
    total_inventory_sources: 0,
    inventory_sources_with_failures: 0,
    organization_id: 1,
    kind: "",
};

/// The one project of the installation.
#[derive(Serialize)]
pub(crate) struct Project {
    id: i64,
    name: &'static str,
    description: &'static str,
    status: &'static str,
    scm_type: &'static str,
    allow_override: bool,
}

pub(crate) const PROJECT: Project = Project {
    id: 1,
    name: "osac",
    description: "",
    status: "successful",
    scm_type: "git",
    allow_override: false,
};

/// What documents tell of a user.
#[derive(Serialize)]
pub(crate) struct UserSummary<'a> {
    id: i64,
    username: &'a str,
    first_name: &'static str,
    last_name: &'static str,
}

impl<'a> From<&'a User> for UserSummary<'a> {
    fn from(user: &'a User) -> Self {
        UserSummary { id: user.id, username: &user.name, first_name: "", last_name: "" }
    }
}

/// An empty list of labels.
#[derive(Serialize)]
pub(crate) struct Labels {
    count: i64,
    results: [(); 0],
}

pub(crate) const NO_LABELS: Labels = Labels { count: 0, results: [] };
