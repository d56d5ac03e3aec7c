//! A resource as requests name it, built in or custom.

use std::sync::Arc;

use super::row::{ALL_VERBS, Builtin};
use crate::crd::Version;

/// One resource in one version, as requests name it.
#[derive(Debug)]
pub(crate) struct Resource {
    pub group: String,
    pub version: String,
    pub plural: String,
    pub singular: String,
    pub kind: String,
    pub list_kind: String,
    pub short_names: Vec<String>,
    pub categories: Vec<String>,
    pub namespaced: bool,
    /// Key of the table that holds the objects. Versions of a resource share one, and so do the
    /// two groups of events.
    pub table: Arc<str>,
    /// `apiVersion` of this version.
    pub api_version: String,
    pub status: bool,
    pub scale: Option<ScalePaths>,
    pub generation: bool,
    pub conditional: bool,
    pub source: Source,
}

/// Where a resource comes from.
#[derive(Debug)]
pub(crate) enum Source {
    Builtin(&'static Builtin),
    Custom(Arc<Version>),
}

/// Where a scale subresource finds its numbers: paths of field names.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ScalePaths {
    pub spec: Vec<String>,
    pub status: Vec<String>,
    pub selector: Option<Vec<String>>,
}

impl Resource {
    pub(crate) fn builtin(row: &'static Builtin) -> Self {
        let events = row.plural == "events";
        let table =
            if events { "events" } else { &crate::status::qualified(row.plural, row.group) };
        Self {
            group: row.group.to_owned(),
            version: row.version.to_owned(),
            plural: row.plural.to_owned(),
            singular: row.singular.to_owned(),
            kind: row.kind.to_owned(),
            list_kind: format!("{}List", row.kind),
            short_names: row.short.iter().map(ToString::to_string).collect(),
            categories: row.categories.iter().map(ToString::to_string).collect(),
            namespaced: row.namespaced,
            table: table.into(),
            api_version: api_version(row.group, row.version),
            status: row.status,
            scale: row.scale.then(ScalePaths::workload),
            generation: row.generation,
            conditional: row.conditional,
            source: Source::Builtin(row),
        }
    }

    pub(crate) fn custom(&self) -> Option<&Arc<Version>> {
        match &self.source {
            Source::Custom(version) => Some(version),
            Source::Builtin(_) => None,
        }
    }

    pub(crate) fn verbs(&self) -> &'static [&'static str] {
        match &self.source {
            Source::Builtin(row) => row.verbs,
            Source::Custom(_) => ALL_VERBS,
        }
    }

    pub(crate) fn serves(&self, verb: &str) -> bool {
        self.verbs().contains(&verb)
    }

    pub(crate) fn upserts(&self) -> bool {
        match &self.source {
            Source::Builtin(row) => row.upserts,
            Source::Custom(_) => false,
        }
    }

    /// `apiVersion` under which objects are stored.
    pub(crate) fn storage_version(&self) -> &str {
        match &self.source {
            Source::Builtin(row) if row.plural == "events" => "v1",
            Source::Builtin(row) if row.group == "autoscaling" => "autoscaling/v2",
            Source::Builtin(_) => &self.api_version,
            Source::Custom(version) => &version.storage_api_version,
        }
    }

    /// Is it this built-in resource of the core group?
    pub(crate) fn is_core(&self, plural: &str) -> bool {
        self.group.is_empty() && self.plural == plural
    }

    pub(crate) fn is_crd(&self) -> bool {
        self.plural == "customresourcedefinitions" && self.group == "apiextensions.k8s.io"
    }
}

impl ScalePaths {
    fn workload() -> Self {
        let path = |text: &str| text.split('.').map(str::to_owned).collect();
        Self { spec: path("spec.replicas"), status: path("status.replicas"), selector: None }
    }
}

pub(crate) fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.to_owned() } else { format!("{group}/{version}") }
}
