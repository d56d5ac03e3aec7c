//! Objects of the API: what they are called, and the tree of what they hold or must match.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::expression::{Sight, is_expression};
use super::{Fields, Item, Reader};
use crate::diagnostic::Diagnostic;
use crate::expr::Scope;
use crate::matching::{Key, Pattern, Shape, Template, What};
use crate::names::{FieldKind, Group, Home, INSTANCE, KINDS, view};
use crate::plan::{Capability, Target};
use crate::source::Span;
use crate::suggest::nearest;
use crate::yaml::{Entry, Kind, Tree};

/// What an object is called.
struct Identity {
    api_version: String,
    kind: String,
    name: Option<String>,
    namespace: Option<String>,
    labels: BTreeMap<String, String>,
}

/// What an object is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// It is written whole, so an instance gets its tenant.
    Whole,
    /// Some fields of it are written.
    Part,
}

impl Reader<'_> {
    /// An object to write.
    pub(crate) fn template(&mut self, item: Item<'_>, purpose: Purpose) -> Option<Template> {
        let identity = self.identity(item, false)?;
        if identity.name.is_none() && !has_generated_name(item.value) {
            let message = "an object to write has a name";
            let hint = "add `metadata: {name: …}`";
            self.tell(Diagnostic::error("missing-key", item.key, message).with_hint(hint));
        }
        let mut shape = self.shape(item.value, Sight::TEMPLATE, None, "")?;
        if purpose == Purpose::Whole && identity.kind == INSTANCE {
            self.annotate(&mut shape);
        }
        Some(Template {
            api_version: identity.api_version,
            kind: identity.kind,
            name: identity.name,
            namespace: identity.namespace,
            span: item.key,
            shape: Arc::new(shape),
        })
    }

    /// An object to compare with.
    pub(crate) fn pattern(&mut self, item: Item<'_>) -> Option<Pattern> {
        let identity = self.identity(item, true)?;
        let sight = Sight::pattern(Some(&identity.kind));
        let fields = view(&identity.kind).map(FieldKind::Map);
        let mut shape = self.shape(item.value, sight, fields, "")?;
        strip_identity(&mut shape);
        Some(Pattern {
            api_version: identity.api_version,
            kind: identity.kind,
            name: identity.name,
            namespace: identity.namespace,
            // with a name, labels are compared and not selected by
            labels: identity.labels,
            span: item.key,
            shape: Arc::new(shape),
        })
    }

    /// An object named by `kind`, `name` and the like beside each other.
    pub(crate) fn target(&mut self, fields: &Fields<'_>) -> Option<Target> {
        let api_version = fields.get("apiVersion").and_then(|item| self.full_text(item));
        let namespace = fields.get("namespace").and_then(|item| self.full_text(item));
        let name = fields.get("name").and_then(|item| self.full_text(item));
        let labels = fields.get("labels").map(|item| self.texts(item)).unwrap_or_default();
        let kind = fields.get("kind")?;
        let kind_name = self.full_text(kind)?;
        let (api_version, home) = self.resolve_kind(&kind_name, api_version, kind.value.span)?;
        Some(Target {
            api_version,
            namespace: namespace.or_else(|| self.namespace(home)),
            kind: kind_name,
            name,
            labels,
        })
    }

    /// What an object is called; `select`: its labels are needed, too.
    fn identity(&mut self, item: Item<'_>, select: bool) -> Option<Identity> {
        let Kind::Map(entries) = &item.value.kind else {
            self.wrong_type(item, "an object");
            return None;
        };
        let get = |name: &str| entries.iter().find(|e| &*e.key == name).map(Item::from);
        let Some(kind_item) = get("kind") else {
            let message = "`kind` is missing";
            let hint = match nearest("kind", entries.iter().map(|e| &*e.key)) {
                Some(typed) => format!("is `{typed}` meant to be `kind`?"),
                None => "as in `kind: ComputeInstance`".to_owned(),
            };
            self.tell(Diagnostic::error("missing-key", item.key, message).with_hint(hint));
            return None;
        };
        let api_version = get("apiVersion").and_then(|item| self.full_text(item));
        let kind = self.full_text(kind_item)?;
        let (api_version, home) = self.resolve_kind(&kind, api_version, kind_item.value.span)?;
        let metadata = get("metadata");
        let inner = |name: &str| {
            let entries = metadata.map(|item| item.value.entries()).unwrap_or_default();
            entries.iter().find(|e| &*e.key == name).map(Item::from)
        };
        if let Some(metadata) = metadata
            && !matches!(metadata.value.kind, Kind::Map(_))
        {
            self.wrong_type(metadata, "a map");
        }
        let name = inner("name").and_then(|item| self.full_text(item));
        let namespace = inner("namespace").and_then(|item| self.full_text(item));
        let labels = match inner("labels") {
            Some(item) if select && name.is_none() && !item.value.entries().is_empty() => {
                let scalar = |entry: &Entry| matches!(entry.value.kind, Kind::Text(_));
                if item.value.entries().iter().all(scalar) {
                    self.texts(item)
                } else {
                    BTreeMap::new()
                }
            }
            _ => BTreeMap::new(),
        };
        for name in ["labels", "annotations"] {
            for entry in inner(name).map(|item| item.value.entries()).unwrap_or_default() {
                if matches!(entry.value.kind, Kind::Bool(_) | Kind::Int(_) | Kind::Float(_)) {
                    self.wrong_type(entry.into(), "a text");
                }
            }
        }
        let namespace = namespace.or_else(|| self.namespace(home));
        Some(Identity { api_version, kind, name, namespace, labels })
    }

    /// The API version of a kind, and where its objects live.
    fn resolve_kind(
        &mut self,
        kind: &str,
        api_version: Option<String>,
        span: Span,
    ) -> Option<(String, Option<Home>)> {
        if let Some(capability) = match kind {
            "VirtualMachine" | "VirtualMachineInstance" => Some(Capability::Vm),
            "Tenant" => Some(Capability::Tenant),
            _ => None,
        } {
            self.used.push((capability, span, format!("kind `{kind}`")));
        }
        let known = KINDS.iter().find(|(name, _, _)| *name == kind);
        match (known, api_version) {
            (Some((_, _, home)), Some(api_version)) => Some((api_version, Some(*home))),
            (Some((_, Group::Osac, home)), None) => {
                Some((self.profile.api_version.clone(), Some(*home)))
            }
            (Some((_, Group::Fixed(group), home)), None) => {
                Some(((*group).to_owned(), Some(*home)))
            }
            (None, Some(api_version)) => Some((api_version, None)),
            (None, None) => {
                let message = format!("kind `{kind}` is not known");
                let hint = match nearest(kind, KINDS.iter().map(|(name, _, _)| *name)) {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => "give its `apiVersion`".to_owned(),
                };
                self.tell(Diagnostic::error("unknown-kind", span, message).with_hint(hint));
                None
            }
        }
    }

    fn namespace(&self, home: Option<Home>) -> Option<String> {
        match home? {
            Home::Instances => Some(self.profile.namespace.clone()),
            Home::Tenant => Some(self.tenant.namespace.clone()),
            Home::Cluster => None,
        }
    }

    /// The tree of a value. `known` is what is known of it, for patterns.
    fn shape(
        &mut self,
        node: &Tree,
        sight: Sight<'_>,
        known: Option<FieldKind>,
        path: &str,
    ) -> Option<Shape> {
        let what = match &node.kind {
            Kind::Text(text) if is_expression(text) => {
                let expression = self.expression(node, sight)?;
                if expression.is_closed() {
                    let scope = Scope::new(&self.bindings, &self.profile.values);
                    match expression.eval(&scope) {
                        Ok(value) => What::Value(value),
                        Err(error) => {
                            let message = error.to_string();
                            self.tell(Diagnostic::error("no-value", error.span, message));
                            return None;
                        }
                    }
                } else {
                    What::Expression(expression)
                }
            }
            Kind::Text(text) => {
                if let Some(FieldKind::Words(words)) = known
                    && !words.contains(&&**text)
                {
                    self.unknown_value(&format!("`{path}`"), text, words, node.span);
                }
                What::Value(text.strip_prefix('\\').filter(|t| t.starts_with('(')).map_or_else(
                    || Value::String(text.to_string()),
                    |text| Value::String(text.to_owned()),
                ))
            }
            Kind::List(items) => What::List(self.shape_list(items, sight, known, path)?),
            Kind::Map(entries) => What::Map(self.shape_map(entries, sight, known, path)?),
            Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => What::Value(node.json()),
        };
        Some(Shape { span: node.span, what })
    }

    fn shape_list(
        &mut self,
        items: &[Tree],
        sight: Sight<'_>,
        known: Option<FieldKind>,
        path: &str,
    ) -> Option<Vec<Shape>> {
        let inner = match known {
            Some(FieldKind::List(fields)) => Some(FieldKind::Map(fields)),
            _ => None,
        };
        let path = format!("{path}[]");
        let shapes: Vec<Option<Shape>> =
            items.iter().map(|item| self.shape(item, sight, inner, &path)).collect();
        shapes.into_iter().collect()
    }

    fn shape_map(
        &mut self,
        entries: &[Entry],
        sight: Sight<'_>,
        known: Option<FieldKind>,
        path: &str,
    ) -> Option<Vec<(Key, Shape)>> {
        let mut shapes = Vec::with_capacity(entries.len());
        let mut whole = true;
        for entry in entries {
            let key = if is_expression(&entry.key) {
                self.expression_key(entry, sight).map(|key| (key, None, path.to_owned()))
            } else {
                let at = if path.is_empty() {
                    entry.key.to_string()
                } else {
                    format!("{path}.{}", entry.key)
                };
                let kind = self.known_field(entry, known, path);
                Some((Key::Field(entry.key.to_string()), kind, at))
            };
            let Some((key, kind, at)) = key else {
                whole = false;
                continue;
            };
            match self.shape(&entry.value, sight, kind, &at) {
                Some(shape) => {
                    // the place of a scalar is its own, that of the rest is the key
                    let span = match shape.what {
                        What::List(_) | What::Map(_) => entry.name.span,
                        What::Value(_) | What::Expression(_) => shape.span,
                    };
                    shapes.push((key, Shape { span, ..shape }));
                }
                None => whole = false,
            }
        }
        whole.then_some(shapes)
    }

    fn expression_key(&mut self, entry: &Entry, sight: Sight<'_>) -> Option<Key> {
        if sight.place == Sight::TEMPLATE.place {
            let message = "an object to write has no expressions as keys";
            self.tell(Diagnostic::error("literal-needed", entry.name.span, message));
            return None;
        }
        self.expression(&entry.name, sight).map(Key::Expression)
    }

    /// What is known of a field; a field that is not known is told.
    fn known_field(
        &mut self,
        entry: &Entry,
        known: Option<FieldKind>,
        path: &str,
    ) -> Option<FieldKind> {
        let Some(FieldKind::Map(fields)) = known else { return None };
        if let Some(found) = fields.iter().find(|f| f.name == &*entry.key) {
            return Some(found.kind);
        }
        let parent = if path.is_empty() { INSTANCE } else { path };
        self.unknown_path(parent, &entry.key, fields, entry.name.span);
        None
    }

    /// Gives an instance the annotation of its tenant, unless it has one; `null` means none.
    fn annotate(&self, shape: &mut Shape) {
        let key = self.profile.values.pointer("/annotations/tenant").and_then(Value::as_str);
        let key = key.unwrap_or("osac.openshift.io/tenant");
        let Some(metadata) = child(shape, "metadata") else { return };
        let Some(annotations) = child(metadata, "annotations") else { return };
        let span = annotations.span;
        match &mut annotations.what {
            What::Map(entries) => {
                let at = entries.iter().position(|(k, _)| matches!(k, Key::Field(k) if k == key));
                match at {
                    Some(at) if matches!(entries[at].1.what, What::Value(Value::Null)) => {
                        entries.remove(at);
                    }
                    Some(_) => {}
                    None => {
                        let what = What::Value(Value::String(self.tenant.name.clone()));
                        entries.push((Key::Field(key.to_owned()), Shape { span, what }));
                    }
                }
            }
            What::Value(Value::Object(map)) => {
                map.entry(key).or_insert_with(|| self.tenant.name.clone().into());
            }
            What::Value(_) | What::Expression(_) | What::List(_) => {}
        }
    }
}

/// The field of a map, made if it is not there.
fn child<'s>(shape: &'s mut Shape, name: &str) -> Option<&'s mut Shape> {
    let span = shape.span;
    if let What::Value(Value::Object(map)) = &shape.what {
        let entries = map.iter().map(|(key, value)| {
            (Key::Field(key.clone()), Shape { span, what: What::Value(value.clone()) })
        });
        shape.what = What::Map(entries.collect());
    }
    let What::Map(entries) = &mut shape.what else { return None };
    let at = entries.iter().position(|(key, _)| matches!(key, Key::Field(key) if key == name));
    let at = at.unwrap_or_else(|| {
        let what = What::Map(Vec::new());
        entries.push((Key::Field(name.to_owned()), Shape { span, what }));
        entries.len() - 1
    });
    let shape = &mut entries[at].1;
    if matches!(shape.what, What::Value(Value::Null)) {
        shape.what = What::Value(Value::Object(Map::new()));
    }
    Some(shape)
}

/// Takes out what a pattern selects by.
fn strip_identity(shape: &mut Shape) {
    let without = |entries: &mut Vec<(Key, Shape)>, names: &[&str]| {
        entries.retain(|(key, _)| !matches!(key, Key::Field(k) if names.contains(&k.as_str())));
    };
    let What::Map(entries) = &mut shape.what else { return };
    without(entries, &["apiVersion", "kind"]);
    for (key, shape) in entries {
        if let (Key::Field(name), What::Map(entries)) = (key, &mut shape.what)
            && name == "metadata"
        {
            without(entries, &["name", "namespace"]);
        }
    }
}

fn has_generated_name(node: &Tree) -> bool {
    node.get("metadata").is_some_and(|metadata| metadata.get("generateName").is_some())
}
