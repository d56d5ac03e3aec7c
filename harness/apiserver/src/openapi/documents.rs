//! The documents, made when they are asked for and kept until a CRD changes.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::schemas::{Dialect, Schemas, place_of};
use super::{gnostic, paths};
use crate::kinds::{Registry, Resource};
use crate::store::State;

/// In which form a document is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    Json,
    Protobuf,
}

/// Documents that were made, by path and form, for the CRDs at hand.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    stamp: u64,
    made: BTreeMap<(String, Form), Bytes>,
}

impl Documents {
    fn get(&mut self, stamp: u64, place: &str, form: Form) -> Option<Bytes> {
        if self.stamp != stamp {
            self.made.clear();
            self.stamp = stamp;
        }
        self.made.get(&(place.to_owned(), form)).cloned()
    }

    fn put(&mut self, place: &str, form: Form, document: Bytes) -> Bytes {
        self.made.insert((place.to_owned(), form), document.clone());
        document
    }
}

/// Documents of a real server that are about no resources.
const OTHERS: [&str; 5] =
    [".well-known/openid-configuration", "api", "apis", "openid/v1/jwks", "version"];

/// What the documents are made from, as a number: the CRDs that are served.
fn stamp(state: &State) -> u64 {
    let mut hash = Hash::default();
    for resource in state.registry.customs() {
        hash.add(&resource.table);
        hash.add(&resource.version);
        hash.add(&generation(state, resource).to_string());
    }
    hash.0
}

fn generation(state: &State, resource: &Resource) -> i64 {
    state.crds.get(&*resource.table).map_or(0, |(_, generation)| *generation)
}

/// FNV-1a.
struct Hash(u64);

impl Default for Hash {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hash {
    fn add(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

/// `/openapi/v3`: which documents there are. A hash changes when its document does.
pub(crate) fn index(state: &State) -> Value {
    let mut hashes: BTreeMap<String, Hash> = BTreeMap::new();
    for place in OTHERS {
        hashes.entry(place.to_owned()).or_default().add(place);
    }
    for resource in Registry::builtins() {
        let place = place_of(resource);
        if let Some((group, _)) = place.rsplit_once('/').filter(|(group, _)| *group != "api") {
            hashes.entry(group.to_owned()).or_default().add(&place);
        }
        hashes.entry(place).or_default().add(&resource.plural);
    }
    for resource in state.registry.customs() {
        let hash = hashes.entry(place_of(resource)).or_default();
        hash.add(&resource.plural);
        hash.add(&generation(state, resource).to_string());
    }
    let paths: Map<String, Value> = hashes
        .into_iter()
        .map(|(place, hash)| {
            let url = format!("/openapi/v3/{place}?hash={:016X}", hash.0);
            (place, json!({"serverRelativeURL": url}))
        })
        .collect();
    json!({"paths": paths})
}

fn info() -> Value {
    json!({"title": "Kubernetes", "version": "unversioned"})
}

/// `/openapi/v3/<place>`; None if there is no such document.
pub(crate) fn version_3(state: &mut State, place: &str) -> Option<Bytes> {
    let stamp = stamp(state);
    if let Some(made) = state.documents.get(stamp, place, Form::Json) {
        return Some(made);
    }
    let resources: Vec<&Resource> =
        resources(state).filter(|resource| place_of(resource) == place).collect();
    let mut document = json!({"openapi": "3.0.0", "info": info(), "paths": {}});
    if resources.is_empty() {
        let known = index(state)["paths"].as_object().is_some_and(|map| map.contains_key(place));
        if !known {
            return None;
        }
        let get = json!({"get": {"responses": {"200": {"description": "OK"}}}});
        document["paths"][format!("/{place}/")] = get;
    } else {
        let (schemas, paths) = parts(state, &resources, Dialect::V3);
        document["components"] = json!({"schemas": schemas});
        document["paths"] = paths.into();
    }
    let document = crate::render::json(&document);
    Some(state.documents.put(place, Form::Json, document))
}

/// `/openapi/v2`: everything in one document.
pub(crate) fn version_2(state: &mut State, form: Form) -> Bytes {
    let stamp = stamp(state);
    if let Some(made) = state.documents.get(stamp, "", form) {
        return made;
    }
    let resources: Vec<&Resource> = resources(state).collect();
    let (schemas, paths) = parts(state, &resources, Dialect::V2);
    let document =
        json!({"swagger": "2.0", "info": info(), "paths": paths, "definitions": schemas});
    let document = match form {
        Form::Json => crate::render::json(&document),
        Form::Protobuf => gnostic::document(&document).into(),
    };
    state.documents.put("", form, document)
}

fn resources(state: &State) -> impl Iterator<Item = &Resource> {
    Registry::builtins().chain(state.registry.customs()).map(AsRef::as_ref)
}

fn parts(
    state: &State,
    resources: &[&Resource],
    dialect: Dialect,
) -> (Map<String, Value>, Map<String, Value>) {
    let mut schemas = Schemas::new(dialect);
    let mut paths = Map::new();
    for resource in resources {
        if resource.custom().is_some() {
            schemas.add_custom(resource, source(state, resource));
        } else {
            schemas.add_builtin(resource);
        }
        paths::add(resource, &schemas, &mut paths);
    }
    (schemas.out, paths)
}

/// The schema that stands in the CRD of a resource.
fn source<'a>(state: &'a State, resource: &Resource) -> Option<&'a Value> {
    let (crd, _) = state.crds.get(&*resource.table)?;
    let versions = crd.object().pointer("/spec/versions")?.as_array()?;
    let version = versions.iter().find(|version| version["name"] == *resource.version)?;
    version.pointer("/schema/openAPIV3Schema")
}
