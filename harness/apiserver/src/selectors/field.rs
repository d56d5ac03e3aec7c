//! Field selectors: `metadata.name=a,status.phase!=Active`, for the fields that a kind offers.

use serde_json::Value;

use crate::kinds::{Resource, Source};
use crate::status::{ApiError, Result};

#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Fields(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq)]
struct Requirement {
    /// Where the stored object keeps the field; any of these that is not empty.
    paths: Vec<Vec<String>>,
    value: String,
    equal: bool,
}

impl Fields {
    pub(crate) fn parse(text: &str, resource: &Resource) -> Result<Self> {
        let mut requirements = Vec::new();
        for term in split_terms(text).into_iter().filter(|term| !term.is_empty()) {
            let Some((field, equal, value)) = split_term(&term) else {
                let message = format!("invalid selector: '{text}'; can't understand '{term}'");
                return Err(ApiError::bad_request(message));
            };
            let paths = paths_of(resource, field).ok_or_else(|| {
                ApiError::bad_request(format!("field label not supported: {field}"))
            })?;
            let value = unescape(value)
                .ok_or_else(|| ApiError::bad_request(format!("invalid field selector: {term}")))?;
            requirements.push(Requirement { paths, value, equal });
        }
        Ok(Self(requirements))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn matches(&self, object: &Value) -> bool {
        self.0.iter().all(|requirement| {
            let found = requirement.paths.iter().map(|path| read(object, path));
            let found = found.into_iter().find(|text| !text.is_empty()).unwrap_or_default();
            (found == requirement.value) == requirement.equal
        })
    }

    pub(crate) fn name(&self) -> Option<&str> {
        self.0
            .iter()
            .find(|requirement| requirement.equal && is_name(&requirement.paths))
            .map(|requirement| requirement.value.as_str())
    }
}

fn is_name(paths: &[Vec<String>]) -> bool {
    matches!(paths, [path] if path.len() == 2 && path[0] == "metadata" && path[1] == "name")
}

fn read(object: &Value, path: &[String]) -> String {
    let mut at = object;
    for step in path {
        match at.get(step) {
            Some(next) => at = next,
            None => return String::new(),
        }
    }
    match at {
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => at.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => String::new(),
    }
}

/// Splits at commas that are not escaped.
fn split_terms(text: &str) -> Vec<String> {
    let mut terms = vec![String::new()];
    let mut escaped = false;
    for letter in text.chars() {
        match letter {
            ',' if !escaped => {
                terms.push(String::new());
                continue;
            }
            '\\' if !escaped => escaped = true,
            _ => escaped = false,
        }
        if let Some(term) = terms.last_mut() {
            term.push(letter);
        }
    }
    terms
}

fn split_term(term: &str) -> Option<(&str, bool, &str)> {
    let at = term.find('=')?;
    if let Some(field) = term[..at].strip_suffix('!') {
        return Some((field, false, &term[at + 1..]));
    }
    let value = &term[at + 1..];
    Some((&term[..at], true, value.strip_prefix('=').unwrap_or(value)))
}

fn unescape(value: &str) -> Option<String> {
    let mut out = String::with_capacity(value.len());
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next()? {
                escaped @ (',' | '=' | '\\') => out.push(escaped),
                _ => return None,
            },
            ',' | '=' => return None,
            _ => out.push(letter),
        }
    }
    Some(out)
}

fn paths_of(resource: &Resource, field: &str) -> Option<Vec<Vec<String>>> {
    let path = |text: &str| text.split('.').map(str::to_owned).collect::<Vec<_>>();
    if field == "metadata.name" || (field == "metadata.namespace" && resource.namespaced) {
        return Some(vec![path(field)]);
    }
    match &resource.source {
        Source::Custom(version) => {
            let known = version.selectable.iter().any(|selectable| selectable == field);
            known.then(|| vec![path(field)])
        }
        Source::Builtin(row) => {
            let stored = builtin_paths(row.group, row.plural, field)?;
            Some(stored.iter().map(|text| path(text)).collect())
        }
    }
}

/// Where the stored form of a built-in kind keeps a selectable field.
fn builtin_paths(group: &str, plural: &str, field: &str) -> Option<&'static [&'static str]> {
    Some(match (group, plural, field) {
        ("", "namespaces", "status.phase") => &["status.phase"],
        ("", "secrets", "type") => &["type"],
        ("", "nodes", "spec.unschedulable") => &["spec.unschedulable"],
        ("", "pods", "spec.nodeName") => &["spec.nodeName"],
        ("", "pods", "spec.restartPolicy") => &["spec.restartPolicy"],
        ("", "pods", "spec.schedulerName") => &["spec.schedulerName"],
        ("", "pods", "spec.serviceAccountName") => &["spec.serviceAccountName"],
        ("", "pods", "spec.hostNetwork") => &["spec.hostNetwork"],
        ("", "pods", "status.phase") => &["status.phase"],
        ("", "pods", "status.podIP") => &["status.podIP"],
        ("", "pods", "status.nominatedNodeName") => &["status.nominatedNodeName"],
        ("", "services", "spec.clusterIP") => &["spec.clusterIP"],
        ("", "services", "spec.type") => &["spec.type"],
        ("batch", "jobs", "status.successful") => &["status.succeeded"],
        ("apps", "replicasets", "status.replicas") => &["status.replicas"],
        ("", "replicationcontrollers", "status.replicas") => &["status.replicas"],
        ("certificates.k8s.io", "certificatesigningrequests", "spec.signerName") => {
            &["spec.signerName"]
        }
        (_, "events", _) => event_paths(group, field)?,
        _ => return None,
    })
}

fn event_paths(group: &str, field: &str) -> Option<&'static [&'static str]> {
    let about = match group {
        "" => "involvedObject.",
        _ => "regarding.",
    };
    if let Some(rest) = field.strip_prefix(about) {
        return Some(match rest {
            "kind" => &["involvedObject.kind"],
            "namespace" => &["involvedObject.namespace"],
            "name" => &["involvedObject.name"],
            "uid" => &["involvedObject.uid"],
            "apiVersion" => &["involvedObject.apiVersion"],
            "resourceVersion" => &["involvedObject.resourceVersion"],
            "fieldPath" => &["involvedObject.fieldPath"],
            _ => return None,
        });
    }
    Some(match (group, field) {
        (_, "reason") => &["reason"],
        (_, "type") => &["type"],
        ("", "source") => &["source.component", "reportingComponent"],
        ("", "reportingComponent") | (_, "reportingController") => &["reportingComponent"],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::builtin;

    #[test]
    fn selects_by_the_fields_of_the_kind() {
        let namespaces = builtin("", "v1", "namespaces");
        let fields = Fields::parse("status.phase!=Active,metadata.name=a", &namespaces).unwrap();
        let object = json!({"metadata": {"name": "a"}, "status": {"phase": "Terminating"}});
        assert!(fields.matches(&object));
        assert_eq!(fields.name(), Some("a"));
        assert!(
            !fields.matches(&json!({"metadata": {"name": "a"}, "status": {"phase": "Active"}}))
        );
    }

    #[test]
    fn other_fields_and_nonsense_are_refused() {
        let secrets = builtin("", "v1", "secrets");
        for (text, message) in [
            ("spec.cores=2", "field label not supported: spec.cores"),
            ("x", "invalid selector: 'x'; can't understand 'x'"),
        ] {
            assert_eq!(Fields::parse(text, &secrets).unwrap_err().message(), message);
        }
        assert!(Fields::parse("type=a\\x", &secrets).is_err());
        assert!(Fields::parse("type=a\\,b", &secrets).is_ok());
    }
}
