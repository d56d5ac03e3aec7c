//! The fields of the built-in kinds that are checked, in a short notation:
//!
//! `name:s` a text, `:b` a flag, `:i` a whole number, `:*` anything, `{t}` a map of texts to `t`,
//! `[t]` a list of `t`, `(…)` an object with these fields. Kinds that are not in the table are
//! stored as they come.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use crate::kinds::Resource;
use crate::schema::{Schema, Step, Trail, Type};

const REFERENCE: &str = "(kind:s namespace:s name:s uid:s apiVersion:s resourceVersion:s \
    fieldPath:s)";
const RULE: &str = "(verbs:[s] apiGroups:[s] resources:[s] resourceNames:[s] nonResourceURLs:[s])";
const SUBJECT: &str = "(kind:s apiGroup:s name:s namespace:s)";
const ROLE: &str = "(apiGroup:s kind:s name:s)";
const SELECTOR: &str = "(matchLabels:{s} matchExpressions:[*])";

/// (group, plural) → its fields. `$name` stands for one of the notations above.
const FIELDS: &[(&str, &str, &str)] = &[
    ("", "configmaps", "(data:{s} binaryData:{s} immutable:b)"),
    ("", "secrets", "(data:{s} stringData:{s} immutable:b type:s)"),
    ("", "namespaces", "(spec:(finalizers:[s]) status:(phase:s conditions:[*]))"),
    (
        "",
        "serviceaccounts",
        "(secrets:[$reference] imagePullSecrets:[(name:s)] automountServiceAccountToken:b)",
    ),
    (
        "",
        "events",
        "(involvedObject:$reference reason:s message:s source:(component:s host:s) \
         firstTimestamp:s lastTimestamp:s count:i type:s eventTime:s \
         series:(count:i lastObservedTime:s) action:s related:$reference reportingComponent:s \
         reportingInstance:s)",
    ),
    (
        "events.k8s.io",
        "events",
        "(eventTime:s series:(count:i lastObservedTime:s) reportingController:s \
         reportingInstance:s action:s reason:s regarding:$reference related:$reference note:s \
         type:s deprecatedSource:(component:s host:s) deprecatedFirstTimestamp:s \
         deprecatedLastTimestamp:s deprecatedCount:i)",
    ),
    (
        "coordination.k8s.io",
        "leases",
        "(spec:(holderIdentity:s leaseDurationSeconds:i acquireTime:s renewTime:s \
         leaseTransitions:i strategy:s preferredHolder:s))",
    ),
    (
        "storage.k8s.io",
        "storageclasses",
        "(provisioner:s parameters:{s} reclaimPolicy:s mountOptions:[s] allowVolumeExpansion:b \
         volumeBindingMode:s allowedTopologies:[*])",
    ),
    ("rbac.authorization.k8s.io", "roles", "(rules:[$rule])"),
    (
        "rbac.authorization.k8s.io",
        "clusterroles",
        "(rules:[$rule] aggregationRule:(clusterRoleSelectors:[$selector]))",
    ),
    ("rbac.authorization.k8s.io", "rolebindings", "(subjects:[$subject] roleRef:$role)"),
    ("rbac.authorization.k8s.io", "clusterrolebindings", "(subjects:[$subject] roleRef:$role)"),
];

type Table = BTreeMap<(&'static str, &'static str), Schema>;

static SCHEMAS: LazyLock<Table> = LazyLock::new(|| {
    let schema = |fields: &str| {
        let text = fields
            .replace("$reference", REFERENCE)
            .replace("$rule", RULE)
            .replace("$subject", SUBJECT)
            .replace("$role", ROLE)
            .replace("$selector", SELECTOR);
        Notation { rest: &text }.schema()
    };
    FIELDS.iter().map(|(group, plural, fields)| ((*group, *plural), schema(fields))).collect()
});

/// The checked fields of a kind.
pub(super) fn of(resource: &Resource) -> Option<&'static Schema> {
    let key = (resource.group.as_str(), resource.plural.as_str());
    SCHEMAS.iter().find(|(known, _)| **known == key).map(|(_, schema)| schema)
}

/// Reads the notation above. It only ever reads the table, so it may trust it.
struct Notation<'a> {
    rest: &'a str,
}

impl Notation<'_> {
    fn take(&mut self, letter: char) -> bool {
        let found = self.rest.trim_start().strip_prefix(letter);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn schema(&mut self) -> Schema {
        if self.take('(') {
            let mut properties = BTreeMap::new();
            while !self.take(')') && !self.rest.is_empty() {
                let (name, rest) = self.rest.trim_start().split_once(':').unwrap_or_default();
                self.rest = rest;
                properties.insert(name.to_owned(), self.schema());
            }
            return Schema { kind: Some(Type::Object), properties, ..Schema::default() };
        }
        if self.take('{') {
            let additional = Some(Box::new(self.schema()));
            self.take('}');
            return Schema { kind: Some(Type::Object), additional, ..Schema::default() };
        }
        if self.take('[') {
            let items = Some(Box::new(self.schema()));
            self.take(']');
            return Schema { kind: Some(Type::Array), items, ..Schema::default() };
        }
        let (kind, length) = match self.rest.chars().next() {
            Some('s') => (Some(Type::String), 1),
            Some('b') => (Some(Type::Boolean), 1),
            Some('i') => (Some(Type::Integer), 1),
            _ => (None, 1),
        };
        self.rest = self.rest.get(length..).unwrap_or_default();
        Schema { kind, preserve: kind.is_none(), ..Schema::default() }
    }
}

/// Go's sentence for the first field that has the wrong type.
pub(super) fn wrong_type(kind: &str, object: &Value, schema: &Schema) -> Option<String> {
    let map = object.as_object()?;
    map.iter().find_map(|(name, value)| {
        let schema = schema.properties.get(name)?;
        let (trail, wanted, found) = mismatch(value, schema, &Trail::new(None, Step::Key(name)))?;
        Some(format!(
            "json: cannot unmarshal {found} into Go struct field {kind}.{trail} of type {wanted}"
        ))
    })
}

/// Where the types differ, what is wanted and what was found.
fn mismatch(
    value: &Value,
    schema: &Schema,
    trail: &Trail<'_>,
) -> Option<(String, &'static str, &'static str)> {
    let found = match value {
        Value::Null => return None,
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let (fits, wanted) = match schema.kind? {
        Type::Object => (value.is_object(), "map[string]string"),
        Type::Array => (value.is_array(), "[]string"),
        Type::String => (value.is_string(), "string"),
        Type::Boolean => (value.is_boolean(), "bool"),
        Type::Integer => (value.is_i64(), "int32"),
        Type::Number => (value.is_number(), "float64"),
    };
    if !fits {
        return Some((trail.to_string(), wanted, found));
    }
    match value {
        Value::Object(map) => map.iter().find_map(|(name, member)| {
            let below = schema.member(name)?;
            // Go names the field, not the key of a map.
            if schema.additional.is_some() {
                return mismatch(member, below, trail);
            }
            mismatch(member, below, &Trail::new(Some(trail), Step::Key(name)))
        }),
        Value::Array(items) => {
            let below = schema.items.as_deref()?;
            items.iter().find_map(|item| mismatch(item, below, trail))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::kinds::builtin;

    #[test]
    fn the_whole_table_can_be_read() {
        assert_eq!(SCHEMAS.len(), FIELDS.len());
        let leases = of(&builtin("coordination.k8s.io", "v1", "leases")).unwrap();
        let spec = &leases.properties["spec"];
        assert_eq!(spec.properties.len(), 7);
        assert_eq!(spec.properties["leaseDurationSeconds"].kind, Some(Type::Integer));
        let accounts = of(&builtin("", "v1", "serviceaccounts")).unwrap();
        let item = accounts.properties["secrets"].items.as_ref().unwrap();
        assert!(item.properties.contains_key("fieldPath"));
    }

    #[test]
    fn wrong_types_are_named_as_go_names_them() {
        let schema = of(&builtin("", "v1", "configmaps")).unwrap();
        let object = json!({"data": {"a": 1}});
        assert_eq!(
            wrong_type("ConfigMap", &object, schema).unwrap(),
            "json: cannot unmarshal number into Go struct field ConfigMap.data of type string"
        );
        assert_eq!(wrong_type("ConfigMap", &json!({"data": {"a": "1"}}), schema), None);
    }
}
