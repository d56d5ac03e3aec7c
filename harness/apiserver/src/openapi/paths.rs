//! The paths of resources: the operations, whose kinds they are about, and the parameters of
//! writes, which clients look for before they rely on them.

use serde_json::{Map, Value, json};

use super::schemas::{Dialect, Schemas, name_of, place_of};
use crate::kinds::Resource;

/// Verb of HTTP, verb of the API, action in the document.
type Operation = (&'static str, &'static str, &'static str);

const COLLECTION: [Operation; 3] = [
    ("get", "list", "list"),
    ("post", "create", "post"),
    ("delete", "deletecollection", "deletecollection"),
];
const OBJECT: [Operation; 4] = [
    ("get", "get", "get"),
    ("put", "update", "put"),
    ("patch", "patch", "patch"),
    ("delete", "delete", "delete"),
];

/// Adds the paths of a resource.
pub(super) fn add(resource: &Resource, schemas: &Schemas, out: &mut Map<String, Value>) {
    let scope = if resource.namespaced { "/namespaces/{namespace}" } else { "" };
    let collection = format!("/{}{scope}/{}", place_of(resource), resource.plural);
    put(&collection, &COLLECTION, resource, schemas, out);
    let object = format!("{collection}/{{name}}");
    put(&object, &OBJECT, resource, schemas, out);
    if resource.status {
        put(&format!("{object}/status"), &OBJECT[..3], resource, schemas, out);
    }
}

fn put(
    path: &str,
    operations: &[Operation],
    resource: &Resource,
    schemas: &Schemas,
    out: &mut Map<String, Value>,
) {
    let served = operations.iter().filter(|(_, verb, _)| resource.serves(verb));
    let mut item: Map<String, Value> = served
        .map(|(method, verb, action)| {
            ((*method).to_owned(), operation(verb, action, resource, schemas))
        })
        .collect();
    if item.is_empty() {
        return;
    }
    let names = ["name", "namespace"].into_iter();
    let names = names.filter(|name| path.contains(&format!("{{{name}}}")));
    let parameters: Vec<Value> = names.map(|name| in_path(name, schemas.dialect)).collect();
    if !parameters.is_empty() {
        item.insert("parameters".to_owned(), parameters.into());
    }
    out.insert(path.to_owned(), item.into());
}

fn in_path(name: &str, dialect: Dialect) -> Value {
    let mut parameter = json!({"name": name, "in": "path", "required": true});
    type_parameter(&mut parameter, "string", dialect);
    parameter
}

fn type_parameter(parameter: &mut Value, kind: &str, dialect: Dialect) {
    match dialect {
        Dialect::V2 => parameter["type"] = kind.into(),
        Dialect::V3 => parameter["schema"] = json!({"type": kind}),
    }
}

fn operation(verb: &str, action: &str, resource: &Resource, schemas: &Schemas) -> Value {
    let names: &[(&str, &str)] = match verb {
        "create" | "update" => {
            &[("dryRun", "string"), ("fieldManager", "string"), ("fieldValidation", "string")]
        }
        "patch" => &[
            ("dryRun", "string"),
            ("fieldManager", "string"),
            ("fieldValidation", "string"),
            ("force", "boolean"),
        ],
        "delete" | "deletecollection" => &[("dryRun", "string"), ("propagationPolicy", "string")],
        _ => &[],
    };
    let parameters = names.iter().map(|(name, kind)| {
        let mut parameter = json!({"name": name, "in": "query"});
        type_parameter(&mut parameter, kind, schemas.dialect);
        parameter
    });
    let mut out = json!({
        "responses": {"200": {"description": "OK"}},
        "x-kubernetes-action": action,
        "x-kubernetes-group-version-kind": {
            "group": resource.group, "version": resource.version, "kind": resource.kind,
        },
    });
    let mut parameters: Vec<Value> = parameters.collect();
    if let Some(name) = name_of(resource) {
        let schema = schemas.reference(&name);
        if matches!(verb, "get" | "update" | "create" | "patch") {
            out["responses"]["200"] = body(schemas.dialect, &schema);
            out["responses"]["200"]["description"] = "OK".into();
        }
        if matches!(verb, "create" | "update") {
            match schemas.dialect {
                Dialect::V2 => parameters.push(json!({"name": "body", "in": "body",
                    "required": true, "schema": schema})),
                Dialect::V3 => out["requestBody"] = body(schemas.dialect, &schema),
            }
        }
    }
    if !parameters.is_empty() {
        out["parameters"] = parameters.into();
    }
    out
}

fn body(dialect: Dialect, schema: &Value) -> Value {
    match dialect {
        Dialect::V2 => json!({"schema": schema}),
        Dialect::V3 => json!({"content": {"application/json": {"schema": schema}}}),
    }
}
