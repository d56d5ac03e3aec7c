//! The head of a file: version, name, labels, the list of variants. What every variant shares.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::plans::{Draft, Variant};
use crate::profile::Profile;
use crate::read::{Item, Programs, Reader};
use crate::source::{Source, Span};
use crate::suggest::nearest;
use crate::words::{API_VERSION, CATEGORIES, KIND, METADATA, PRIORITIES, ROOT, SPEC, VARIANT};
use crate::yaml::{Kind, Tree};

/// Variants that a scenario may have.
pub(crate) const VARIANTS_MAX: usize = 200;

/// Values that all variants together may be made of.
const WORK_MAX: usize = 1_000_000;

/// Labels with a meaning.
const LABELS: [&str; 3] = ["id", "priority", "category"];

/// Reads the head; `None` where nothing further can be read.
pub(crate) fn draft(
    source: &Arc<Source>,
    tree: &Tree,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Draft> {
    let programs = Programs::default();
    let profile = Profile::embedded();
    let bindings = Arc::new(serde_json::Value::Object(serde_json::Map::new()));
    let mut reader = Reader::new(source, &programs, &profile, bindings);
    let draft = reader.head(source, tree);
    diagnostics.append(&mut reader.diagnostics);
    draft
}

impl Reader<'_> {
    fn head(&mut self, source: &Arc<Source>, tree: &Tree) -> Option<Draft> {
        if matches!(tree.kind, Kind::Null) {
            let message = "the file is empty";
            let hint = format!("it begins with `apiVersion: {API_VERSION}`");
            self.tell(Diagnostic::error("empty", Span::FILE, message).with_hint(hint));
            return None;
        }
        let root = self.map(Item::alone(tree), &ROOT)?;
        if let Some(item) = root.get("apiVersion") {
            self.one_of(item, &[API_VERSION]);
        }
        if let Some(item) = root.get("kind") {
            self.one_of(item, &[KIND]);
        }
        let metadata = root.get("metadata").and_then(|item| self.map(item, &METADATA));
        let name = metadata.as_ref().and_then(|fields| {
            let item = fields.get("name")?;
            let name = self.name(item)?;
            self.check_file_name(&source.name, &name, item.value.span);
            Some((name, item.value.span))
        });
        let labels = metadata.as_ref().and_then(|fields| fields.get("labels"));
        let labels = labels.map(|item| self.labels(item, name.as_ref())).unwrap_or_default();
        let spec_item = root.get("spec")?;
        let spec = self.map(spec_item, &SPEC)?;
        if let Some(item) = spec.get("description") {
            self.text(item);
        }
        self.check_bindings(spec.get("bindings"));
        let variants = match spec.get("variants") {
            Some(item) => self.variants(item, spec_item.value.size()),
            None => vec![Variant { name: "default".to_owned(), span: spec_item.key, tree: None }],
        };
        Some(Draft {
            source: Arc::clone(source),
            name: name.map(|(name, _)| name).unwrap_or_default(),
            labels,
            spec: Arc::clone(spec_item.value),
            variants,
        })
    }

    /// The name of a scenario is that of its file, so that each can be found by the other.
    fn check_file_name(&mut self, file: &str, name: &str, span: Span) {
        let base = file.rsplit(['/', '\\']).next().unwrap_or(file);
        let Some(stem) = base.strip_suffix(".yaml").or_else(|| base.strip_suffix(".yml")) else {
            return;
        };
        if stem != name {
            let message = format!("the name is `{name}`, the file is `{base}`");
            let hint = "name the scenario as its file, without `.yaml`";
            self.tell(Diagnostic::error("name-mismatch", span, message).with_hint(hint));
        }
    }

    fn labels(
        &mut self,
        item: Item<'_>,
        name: Option<&(String, Span)>,
    ) -> BTreeMap<String, String> {
        let labels = self.texts(item);
        for entry in item.value.entries() {
            let span = entry.value.span;
            let value = labels.get(&*entry.key).map_or("", String::as_str);
            match &*entry.key {
                "id" => self.check_id(value, span, name),
                "priority" => {
                    if !PRIORITIES.contains(&value) {
                        self.unknown_word(span, value, &PRIORITIES);
                    }
                }
                "category" => {
                    if !CATEGORIES.contains(&value) {
                        self.unknown_word(span, value, &CATEGORIES);
                    }
                }
                key => {
                    if let Some(meant) = nearest(key, LABELS) {
                        let message = format!("label `{key}` means nothing to the tool");
                        let span = entry.name.span;
                        self.tell(
                            Diagnostic::warning("unknown-label", span, message)
                                .with_hint(format!("did you mean `{meant}`?")),
                        );
                    }
                }
            }
        }
        labels
    }

    fn check_id(&mut self, id: &str, span: Span, name: Option<&(String, Span)>) {
        let mut chars = id.chars();
        let letter = chars.next().is_some_and(|c| c.is_ascii_uppercase());
        let digits = chars.as_str();
        if !letter || digits.is_empty() || !digits.chars().all(|c| c.is_ascii_digit()) {
            let message = format!("`{id}` is no id");
            let hint = "a capital letter and digits, as in `S06`";
            self.tell(Diagnostic::error("bad-name", span, message).with_hint(hint));
            return;
        }
        if let Some((name, name_span)) = name
            && !name.starts_with(&format!("{}-", id.to_lowercase()))
        {
            let message = format!("the id is `{id}`, the name is `{name}`");
            let hint = format!("a name begins with its id: `{}-…`", id.to_lowercase());
            self.tell(
                Diagnostic::warning("name-mismatch", span, message)
                    .with_related(*name_span, "the name")
                    .with_hint(hint),
            );
        }
    }

    /// Bindings are what expressions are computed from, not computed themselves.
    fn check_bindings(&mut self, item: Option<Item<'_>>) {
        let Some(item) = item else { return };
        if !matches!(item.value.kind, Kind::Map(_)) {
            self.wrong_type(item, "a map");
        }
        for entry in item.value.entries() {
            if let Some(text) = entry.value.text()
                && crate::read::is_expression(text)
            {
                let message = "a binding is a value, not an expression";
                let hint = "write the expression where the binding is used";
                let span = entry.value.span;
                self.tell(Diagnostic::error("literal-needed", span, message).with_hint(hint));
            }
        }
    }

    /// The variants of a scenario of so many values.
    fn variants(&mut self, item: Item<'_>, size: usize) -> Vec<Variant> {
        let nodes = self.list(item);
        if nodes.is_empty() && matches!(item.value.kind, Kind::List(_)) {
            let message = "the list of variants is empty";
            let hint = "leave it out for one variant, `default`";
            self.tell(Diagnostic::error("empty", item.key, message).with_hint(hint));
        }
        if nodes.len() > VARIANTS_MAX {
            let message = format!("{} variants; {VARIANTS_MAX} are the most", nodes.len());
            self.tell(Diagnostic::error("too-large", item.key, message));
        }
        let mut nodes = &nodes[..nodes.len().min(VARIANTS_MAX)];
        if nodes.len().saturating_mul(size) > WORK_MAX {
            let message = format!("{} variants of {size} values are too much", nodes.len());
            self.tell(Diagnostic::error("too-large", item.key, message));
            nodes = &nodes[..1];
        }
        let mut variants: Vec<Variant> = Vec::with_capacity(nodes.len());
        let mut spans: Vec<Span> = Vec::with_capacity(nodes.len());
        for node in nodes {
            let Some(fields) = self.map(Item::alone(node), &VARIANT) else { continue };
            self.check_bindings(fields.get("bindings"));
            let named = fields.get("name").and_then(|item| Some((self.name(item)?, item)));
            // a variant without a proper name is read all the same, for its other mistakes
            let (name, span) =
                named.map_or((String::new(), node.span), |(name, item)| (name, item.value.span));
            let twin = variants.iter().position(|other| other.name == name && !name.is_empty());
            if let Some(first) = twin {
                let message = format!("there are two variants `{name}`");
                self.tell(
                    Diagnostic::error("duplicate-name", span, message)
                        .with_related(spans[first], "first here"),
                );
            }
            variants.push(Variant { name, span, tree: Some(Arc::clone(node)) });
            spans.push(span);
        }
        variants
    }
}
