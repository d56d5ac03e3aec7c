//! CustomResourceDefinitions: defaults, checks, and the resources that they add.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::kinds::{Resource, ScalePaths, Source, api_version, builtin};
use crate::meta;
use crate::names;
use crate::schema::{Parser, Schema};
use crate::status::{ApiError, Fault, FieldError, quoted};
use crate::strategy;

/// A CRD that has passed all checks, compiled. It can be installed in many servers: compiling
/// patterns and rules is by far the most expensive part of a new server.
#[derive(Clone, Debug)]
pub struct Crd(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    object: Value,
    resources: Vec<Arc<Resource>>,
}

/// What one version of a custom resource adds to its [`Resource`].
#[derive(Debug)]
pub(crate) struct Version {
    /// `apiVersion` under which objects are stored.
    pub storage_api_version: String,
    pub schema: Schema,
    /// Fields, besides the name, that field selectors can name.
    pub selectable: Vec<String>,
    pub columns: Vec<Column>,
}

/// One of `additionalPrinterColumns`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Column {
    pub name: String,
    pub kind: String,
    pub format: String,
    pub description: String,
    pub priority: i64,
    pub path: String,
}

impl Crd {
    /// Checks and compiles a CRD.
    ///
    /// # Errors
    /// The refusal that a POST of it would get.
    pub fn compile(crd: &Value) -> Result<Self, ApiError> {
        let mut object = crd.clone();
        let resource = builtin("apiextensions.k8s.io", "v1", "customresourcedefinitions");
        if let Some(map) = object.as_object_mut() {
            map.insert("apiVersion".into(), resource.api_version.clone().into());
            map.insert("kind".into(), resource.kind.clone().into());
        }
        strategy::shape(&resource, &mut object, &mut Vec::new()).map_err(ApiError::bad_request)?;
        set_defaults(&mut object);
        Self::of(object)
    }

    /// Compiles a CRD whose defaults are set.
    pub(crate) fn of(object: Value) -> Result<Self, ApiError> {
        let (resources, errors) = compile(&object);
        if errors.is_empty() {
            return Ok(Self(Arc::new(Compiled { object, resources })));
        }
        let name = meta::name(&object);
        Err(ApiError::invalid("apiextensions.k8s.io", "CustomResourceDefinition", name, &errors))
    }

    /// The CRD as it was given, with its defaults.
    pub(crate) fn object(&self) -> &Value {
        &self.0.object
    }

    pub(crate) fn resources(&self) -> &[Arc<Resource>] {
        &self.0.resources
    }
}

/// Fills in what a real server fills in.
pub(crate) fn set_defaults(crd: &mut Value) {
    let spec = meta::object_at(crd, "spec");
    if let Some(names) = spec.get_mut("names").and_then(Value::as_object_mut) {
        let kind = names.get("kind").and_then(Value::as_str).unwrap_or_default().to_owned();
        let missing = |names: &Map<String, Value>, key: &str| {
            names.get(key).and_then(Value::as_str).unwrap_or_default().is_empty()
        };
        if !kind.is_empty() && missing(names, "singular") {
            names.insert("singular".into(), kind.to_lowercase().into());
        }
        if !kind.is_empty() && missing(names, "listKind") {
            names.insert("listKind".into(), format!("{kind}List").into());
        }
    }
    if spec.get("conversion").is_none_or(Value::is_null) {
        spec.insert("conversion".into(), json!({"strategy": "None"}));
    }
}

/// Lists the storage version among the versions in which objects may be stored.
pub(crate) fn remember_storage_version(crd: &mut Value) {
    let versions = list(&crd["spec"], "versions").iter();
    let storage = versions.filter(|version| version["storage"] == Value::Bool(true));
    let storage: Vec<Value> = storage.map(|version| version["name"].clone()).collect();
    let status = meta::object_at(crd, "status");
    let stored = status.entry("storedVersions").or_insert_with(|| json!([]));
    if let Some(stored) = stored.as_array_mut() {
        for version in storage {
            if !stored.contains(&version) {
                stored.push(version);
            }
        }
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    let list = value.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn compile(crd: &Value) -> (Vec<Arc<Resource>>, Vec<FieldError>) {
    let mut errors = Vec::new();
    let spec = &crd["spec"];
    check_names(crd, spec, &mut errors);
    let versions = list(spec, "versions");
    check_versions(versions, &mut errors);
    let storage = versions.iter().find(|version| version["storage"] == Value::Bool(true));
    let storage = storage.map_or("", |version| text(version, "name"));
    let mut resources = Vec::new();
    for (index, version) in versions.iter().enumerate() {
        let path = match versions.len() {
            1 => "spec.validation.openAPIV3Schema".to_owned(),
            _ => format!("spec.versions[{index}].schema.openAPIV3Schema"),
        };
        let mut parser = Parser::new();
        let schema = match version.get("schema").and_then(|schema| schema.get("openAPIV3Schema")) {
            Some(schema) => parser.root(schema, &path),
            None => {
                let field = format!("spec.versions[{index}].schema.openAPIV3Schema");
                errors.push(FieldError::required(field, "schemas are required"));
                Schema::default()
            }
        };
        errors.append(&mut parser.errors);
        if version["served"] == Value::Bool(true) {
            resources.push(Arc::new(resource(spec, version, storage, schema)));
        }
    }
    (resources, errors)
}

fn check_names(crd: &Value, spec: &Value, errors: &mut Vec<FieldError>) {
    let (group, names) = (text(spec, "group"), &spec["names"]);
    let plural = text(names, "plural");
    let name = meta::name(crd);
    if name != format!("{plural}.{group}") {
        let why = "must be spec.names.plural+\".\"+spec.group";
        errors.push(FieldError::invalid("metadata.name", quoted(name), why));
    }
    let mut require = |field: &str, value: &str, rule: fn(&str) -> Option<String>| {
        if value.is_empty() {
            errors.push(FieldError::required(field, ""));
        } else if let Some(why) = rule(value) {
            errors.push(FieldError::invalid(field, quoted(value), why));
        }
    };
    require("spec.group", group, names::dns_subdomain);
    require("spec.names.plural", plural, names::dns_1035);
    require("spec.names.singular", text(names, "singular"), names::dns_1035);
    let kind = |kind: &str| {
        let why = names::dns_1035(&kind.to_lowercase())?;
        Some(format!("may have mixed case, but should otherwise match: {why}"))
    };
    require("spec.names.kind", text(names, "kind"), kind);
    require("spec.names.listKind", text(names, "listKind"), kind);
    if !text(names, "kind").is_empty() && text(names, "kind") == text(names, "listKind") {
        let shown = quoted(text(names, "listKind"));
        let why = "kind and listKind may not be the same";
        errors.push(FieldError::invalid("spec.names.listKind", shown, why));
    }
    for (index, short) in texts(names, "shortNames").iter().enumerate() {
        if let Some(why) = names::dns_1035(short) {
            let field = format!("spec.names.shortNames[{index}]");
            errors.push(FieldError::invalid(field, quoted(short), why));
        }
    }
    if !group.is_empty() && !group.contains('.') {
        let why = "should be a domain with at least one dot";
        errors.push(FieldError::invalid("spec.group", quoted(group), why));
    }
    match text(spec, "scope") {
        "Namespaced" | "Cluster" => {}
        "" => errors.push(FieldError::required("spec.scope", "")),
        other => {
            let known = ["Cluster", "Namespaced"];
            errors.push(FieldError::unsupported("spec.scope", quoted(other), &known));
        }
    }
}

fn check_versions(versions: &[Value], errors: &mut Vec<FieldError>) {
    if versions.is_empty() {
        let why = "must have exactly one version marked as storage version";
        errors.push(FieldError::invalid("spec.versions", "null", why));
        return;
    }
    let storage = versions.iter().filter(|version| version["storage"] == Value::Bool(true));
    if storage.count() != 1 {
        let why = "must have exactly one version marked as storage version".to_owned();
        let fault = Fault::Invalid(None, why);
        errors.push(FieldError::new("spec.versions", fault));
    }
    for (index, version) in versions.iter().enumerate() {
        let name = text(version, "name");
        let field = format!("spec.versions[{index}].name");
        if let Some(why) = names::dns_1035(name) {
            errors.push(FieldError::invalid(field.clone(), quoted(name), why));
        }
        check_version(version, index, errors);
        if versions[..index].iter().any(|other| text(other, "name") == name) {
            let why = "must contain unique version names";
            errors.push(FieldError::invalid("spec.versions", quoted(name), why));
        }
    }
}

fn check_version(version: &Value, index: usize, errors: &mut Vec<FieldError>) {
    let at = |field: &str| format!("spec.versions[{index}].{field}");
    for (index, column) in list(version, "additionalPrinterColumns").iter().enumerate() {
        let at = |field: &str| at(&format!("additionalPrinterColumns[{index}].{field}"));
        for field in ["name", "jsonPath"] {
            if text(column, field).is_empty() {
                errors.push(FieldError::required(at(field), ""));
            }
        }
        let kinds = ["boolean", "date", "integer", "number", "string"];
        let why = format!("must be one of {}", kinds.join(","));
        match text(column, "type") {
            "" => errors.push(FieldError::required(at("type"), &why)),
            kind if kinds.contains(&kind) => {}
            kind => errors.push(FieldError::invalid(at("type"), quoted(kind), why)),
        }
    }
    let Some(scale) = version.get("subresources").and_then(|subs| subs.get("scale")) else {
        return;
    };
    for (field, root) in [("specReplicasPath", ".spec"), ("statusReplicasPath", ".status")] {
        let path = text(scale, field);
        let field = at(&format!("subresources.scale.{field}"));
        if path.is_empty() {
            errors.push(FieldError::required(field, ""));
        } else if !path.starts_with(&format!("{root}.")) {
            let why = format!("should be a json path under {root}");
            errors.push(FieldError::invalid(field, quoted(path), why));
        }
    }
}

/// What an update of a CRD may not change.
pub(crate) fn check_update(new: &Value, old: &Value, errors: &mut Vec<FieldError>) {
    for path in ["/spec/scope", "/spec/group", "/spec/names/plural", "/spec/names/kind"] {
        let (new, old) = (new.pointer(path), old.pointer(path));
        if new != old {
            let field = path.trim_start_matches('/').replace('/', ".");
            let shown = new.cloned().unwrap_or_default().to_string();
            errors.push(FieldError::invalid(field, shown, "field is immutable"));
        }
    }
    for stored in texts(&new["status"], "storedVersions") {
        let versions = list(&new["spec"], "versions");
        if !versions.iter().any(|version| text(version, "name") == stored) {
            let why = format!(
                "missing from spec.versions; {stored} was previously a storage version, and must \
                 remain in spec.versions until a storage migration ensures no data remains \
                 persisted in {stored} and removes {stored} from status.storedVersions"
            );
            errors.push(FieldError::invalid("status.storedVersions[0]", quoted(&stored), why));
        }
    }
}

fn resource(spec: &Value, version: &Value, storage: &str, schema: Schema) -> Resource {
    let (group, names) = (text(spec, "group"), &spec["names"]);
    let plural = text(names, "plural");
    let subresources = version.get("subresources").unwrap_or(&Value::Null);
    let path = |text: &str| -> Vec<String> {
        text.trim_start_matches('.').split('.').map(str::to_owned).collect()
    };
    let scale = subresources.get("scale").map(|scale| ScalePaths {
        spec: path(text(scale, "specReplicasPath")),
        status: path(text(scale, "statusReplicasPath")),
        selector: scale.get("labelSelectorPath").and_then(Value::as_str).map(path),
    });
    let selectable = list(version, "selectableFields")
        .iter()
        .map(|field| text(field, "jsonPath").trim_start_matches('.').to_owned())
        .collect();
    let columns = list(version, "additionalPrinterColumns").iter().map(column).collect();
    Resource {
        group: group.to_owned(),
        version: text(version, "name").to_owned(),
        plural: plural.to_owned(),
        singular: text(names, "singular").to_owned(),
        kind: text(names, "kind").to_owned(),
        list_kind: text(names, "listKind").to_owned(),
        short_names: texts(names, "shortNames"),
        categories: texts(names, "categories"),
        namespaced: text(spec, "scope") == "Namespaced",
        table: crate::status::qualified(plural, group).into(),
        api_version: api_version(group, text(version, "name")),
        status: subresources.get("status").is_some(),
        scale,
        generation: true,
        conditional: true,
        source: Source::Custom(Arc::new(Version {
            storage_api_version: api_version(group, storage),
            schema,
            selectable,
            columns,
        })),
    }
}

fn column(source: &Value) -> Column {
    Column {
        name: text(source, "name").to_owned(),
        kind: text(source, "type").to_owned(),
        format: text(source, "format").to_owned(),
        description: text(source, "description").to_owned(),
        priority: source.get("priority").and_then(Value::as_i64).unwrap_or(0),
        path: text(source, "jsonPath").to_owned(),
    }
}
