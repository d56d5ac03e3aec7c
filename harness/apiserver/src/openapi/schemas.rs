//! Types as OpenAPI schemas. Descriptions of built-in types are not there.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::builtin::{Definition, Field, Type, definition};
use crate::kinds::{Resource, api_version};
use crate::schema::List;

/// Version of OpenAPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    V2,
    V3,
}

const PREFIXES: [(&str, &str); 4] = [
    ("meta.", "io.k8s.apimachinery.pkg.apis."),
    ("runtime.", "io.k8s.apimachinery.pkg."),
    ("apiextensions.", "io.k8s.apiextensions-apiserver.pkg.apis."),
    ("apiregistration.", "io.k8s.kube-aggregator.pkg.apis."),
];

const META: &str = "meta.v1.ObjectMeta";
const LIST_META: &str = "meta.v1.ListMeta";

/// Definitions under construction: names of types to their schemas.
pub(super) struct Schemas {
    pub dialect: Dialect,
    pub out: Map<String, Value>,
    seen: BTreeSet<String>,
}

/// `io.k8s.api.core.v1.Pod`
pub(super) fn full_name(name: &str) -> String {
    let found = PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix));
    format!("{}{name}", found.map_or("io.k8s.api.", |(_, full)| full))
}

/// `dev.probe.v1.Widget`
fn custom_name(resource: &Resource) -> String {
    let group: Vec<&str> = resource.group.rsplit('.').collect();
    format!("{}.{}.{}", group.join("."), resource.version, resource.kind)
}

/// The name of the schema of a resource's objects.
pub(super) fn name_of(resource: &Resource) -> Option<String> {
    if resource.custom().is_some() {
        return Some(custom_name(resource));
    }
    let kind = crate::builtin::of_kind(&resource.api_version, &resource.kind)?;
    Some(full_name(kind.name))
}

fn kinds(resource: &Resource, kind: &str) -> Value {
    json!([{"group": resource.group, "version": resource.version, "kind": kind}])
}

impl Schemas {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self { dialect, out: Map::new(), seen: BTreeSet::new() }
    }

    /// A reference to a schema of a full name.
    pub(super) fn reference(&self, name: &str) -> Value {
        match self.dialect {
            Dialect::V2 => json!({"$ref": format!("#/definitions/{name}")}),
            Dialect::V3 => json!({"$ref": format!("#/components/schemas/{name}")}),
        }
    }

    /// Adds the schemas of a built-in kind and of its list.
    pub(super) fn add_builtin(&mut self, resource: &Resource) {
        let found = crate::builtin::of_kind(&resource.api_version, &resource.kind);
        let Some(kind) = found else { return };
        self.add(kind);
        let name = full_name(kind.name);
        if let Some(schema) = self.out.get_mut(&name) {
            schema["x-kubernetes-group-version-kind"] = kinds(resource, &resource.kind);
        }
        if resource.serves("list") {
            self.add_list(resource, &name);
        }
    }

    /// Adds the schemas of a custom kind and of its list. `source` is the schema of its CRD.
    pub(super) fn add_custom(&mut self, resource: &Resource, source: Option<&Value>) {
        let name = custom_name(resource);
        let mut schema = match (source, self.dialect) {
            (Some(source), Dialect::V3) => source.clone(),
            (Some(source), Dialect::V2) => for_version_2(source),
            (None, _) => json!({"type": "object"}),
        };
        if !schema["properties"].is_object() && schema["type"] == "object" {
            schema["properties"] = json!({});
        }
        self.add_named(META);
        let metadata = self.field_reference(&full_name(META), false);
        if let Some(properties) = schema["properties"].as_object_mut() {
            for (field, text) in [("apiVersion", API_VERSION), ("kind", KIND)] {
                properties.insert(field.to_owned(), json!({"type": "string", "description": text}));
            }
            properties.insert("metadata".to_owned(), metadata);
        }
        schema["x-kubernetes-group-version-kind"] = kinds(resource, &resource.kind);
        self.out.insert(name.clone(), schema);
        self.add_list(resource, &name);
    }

    fn add_list(&mut self, resource: &Resource, name: &str) {
        self.add_named(LIST_META);
        let items = match self.dialect {
            Dialect::V2 => self.reference(name),
            Dialect::V3 => json!({"allOf": [self.reference(name)], "default": {}}),
        };
        let metadata = self.field_reference(&full_name(LIST_META), true);
        let list = json!({
            "type": "object",
            "required": ["items"],
            "properties": {
                "apiVersion": {"type": "string"},
                "items": {"type": "array", "items": items},
                "kind": {"type": "string"},
                "metadata": metadata,
            },
            "x-kubernetes-group-version-kind": kinds(resource, &resource.list_kind),
        });
        let list_name = match name.rsplit_once('.') {
            Some((package, _)) => format!("{package}.{}", resource.list_kind),
            None => resource.list_kind.clone(),
        };
        self.out.insert(list_name, list);
    }

    pub(super) fn add_named(&mut self, name: &str) {
        match definition(name) {
            Some(kind) => self.add(kind),
            None if name == LIST_META => {
                let fields = json!({"continue": {"type": "string"},
                    "remainingItemCount": {"type": "integer", "format": "int64"},
                    "resourceVersion": {"type": "string"}, "selfLink": {"type": "string"}});
                let schema = json!({"type": "object", "properties": fields});
                self.out.insert(full_name(name), schema);
            }
            None => {}
        }
    }

    fn add(&mut self, kind: &'static Definition) {
        if !self.seen.insert(kind.name.to_owned()) {
            return;
        }
        let mut properties = Map::new();
        let mut required = Vec::new();
        for field in &kind.fields {
            properties.insert(field.name.to_owned(), self.field(field));
            if field.required {
                required.push(Value::from(field.name));
            }
        }
        let mut schema = Map::new();
        schema.insert("type".into(), "object".into());
        if !properties.is_empty() {
            schema.insert("properties".into(), properties.into());
        }
        if !required.is_empty() {
            schema.insert("required".into(), required.into());
        }
        if kind.atomic {
            schema.insert("x-kubernetes-map-type".into(), "atomic".into());
        }
        self.out.insert(full_name(kind.name), schema.into());
    }

    fn field(&mut self, field: &Field) -> Value {
        let mut schema = self.kind(&field.kind, field.always);
        if let Some(default) = &field.default {
            schema["default"] = default.clone();
        }
        let mut strategies = Vec::new();
        if let Some(key) = field.patch.merge {
            strategies.push("merge");
            if !key.is_empty() {
                schema["x-kubernetes-patch-merge-key"] = key.into();
            }
        }
        if field.patch.retain_keys {
            strategies.push("retainKeys");
        }
        if !strategies.is_empty() {
            schema["x-kubernetes-patch-strategy"] = strategies.join(",").into();
        }
        schema
    }

    fn field_reference(&self, name: &str, always: bool) -> Value {
        match self.dialect {
            Dialect::V2 => self.reference(name),
            Dialect::V3 if always => json!({"allOf": [self.reference(name)], "default": {}}),
            Dialect::V3 => json!({"allOf": [self.reference(name)]}),
        }
    }

    /// A type that stands under a name of its own although it is a scalar.
    fn scalar(&mut self, name: &str, schema: Value) -> Value {
        self.out.entry(name.to_owned()).or_insert(schema);
        self.field_reference(name, false)
    }

    fn kind(&mut self, kind: &Type, always: bool) -> Value {
        match kind {
            Type::Text => json!({"type": "string"}),
            Type::Bytes => json!({"type": "string", "format": "byte"}),
            Type::Flag => json!({"type": "boolean"}),
            Type::Int32 => json!({"type": "integer", "format": "int32"}),
            Type::Int64 => json!({"type": "integer", "format": "int64"}),
            Type::Float => json!({"type": "number", "format": "double"}),
            Type::Any => json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true}),
            Type::Time | Type::MicroTime => {
                let name = if matches!(kind, Type::Time) { "Time" } else { "MicroTime" };
                let name = full_name(&format!("meta.v1.{name}"));
                self.scalar(&name, json!({"type": "string", "format": "date-time"}))
            }
            Type::Quantity => {
                let name = "io.k8s.apimachinery.pkg.api.resource.Quantity";
                let schema = match self.dialect {
                    Dialect::V2 => json!({"type": "string"}),
                    Dialect::V3 => json!({"oneOf": [{"type": "string"}, {"type": "number"}]}),
                };
                self.scalar(name, schema)
            }
            Type::IntOrText => {
                let name = "io.k8s.apimachinery.pkg.util.intstr.IntOrString";
                let schema = match self.dialect {
                    Dialect::V2 => json!({"type": "string", "format": "int-or-string"}),
                    Dialect::V3 => json!({"format": "int-or-string",
                        "oneOf": [{"type": "integer"}, {"type": "string"}]}),
                };
                self.scalar(name, schema)
            }
            Type::List(items, list) => {
                let items = self.kind(items, true);
                let mut schema = json!({"type": "array", "items": items});
                match list {
                    List::Atomic => schema["x-kubernetes-list-type"] = "atomic".into(),
                    List::Set => schema["x-kubernetes-list-type"] = "set".into(),
                    List::Map(keys) => {
                        schema["x-kubernetes-list-type"] = "map".into();
                        schema["x-kubernetes-list-map-keys"] = keys.clone().into();
                    }
                }
                schema
            }
            Type::Map(values, atomic) => {
                let values = self.kind(values, true);
                let mut schema = json!({"type": "object", "additionalProperties": values});
                if *atomic {
                    schema["x-kubernetes-map-type"] = "atomic".into();
                }
                schema
            }
            Type::Object(name, atomic) => {
                self.add_named(name);
                let mut schema = self.field_reference(&full_name(name), always);
                if *atomic && self.dialect == Dialect::V3 {
                    schema["x-kubernetes-map-type"] = "atomic".into();
                }
                schema
            }
        }
    }
}

const API_VERSION: &str = "APIVersion defines the versioned schema of this representation of an \
    object. Servers should convert recognized schemas to the latest internal value, and may reject \
    unrecognized values.";
const KIND: &str = "Kind is a string value representing the REST resource this object represents. \
    Servers may infer this from the endpoint the client submits requests to. Cannot be updated. In \
    CamelCase.";

/// The schema of a CRD as version 2 can say it: what clients of that version would misread goes.
fn for_version_2(source: &Value) -> Value {
    match source {
        Value::Object(map) => {
            let flag = |name: &str| map.get(name) == Some(&Value::Bool(true));
            let whole = flag("nullable")
                || (flag("x-kubernetes-preserve-unknown-fields")
                    && !flag("x-kubernetes-int-or-string"));
            let mut out = Map::new();
            for (name, value) in map {
                let gone =
                    matches!(name.as_str(), "allOf" | "anyOf" | "oneOf" | "not" | "nullable")
                        || (whole && matches!(name.as_str(), "type" | "properties" | "items"))
                        || (name == "type" && flag("x-kubernetes-int-or-string"));
                if !gone {
                    out.insert(name.clone(), members_for_version_2(name, value));
                }
            }
            Value::Object(out)
        }
        other => other.clone(),
    }
}

fn members_for_version_2(name: &str, value: &Value) -> Value {
    match (name, value) {
        ("properties", Value::Object(members)) => {
            members.iter().map(|(name, member)| (name.clone(), for_version_2(member))).collect()
        }
        ("items" | "additionalProperties", schema) => for_version_2(schema),
        (_, other) => other.clone(),
    }
}

/// The group and version of a document, as its path says it: `api/v1`, `apis/apps/v1`.
pub(super) fn place_of(resource: &Resource) -> String {
    let root = if resource.group.is_empty() { "api" } else { "apis" };
    format!("{root}/{}", api_version(&resource.group, &resource.version))
}
