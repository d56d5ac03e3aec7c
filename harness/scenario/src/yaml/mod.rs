//! YAML text to a tree in which every value knows its place. The only user of the YAML crate, whose
//! events are taken as they come: what a file says twice is shared in the tree, not copied.

mod build;
mod errors;

use std::sync::Arc;

use serde_saphyr::granit_parser::Parser;

use crate::diagnostic::Diagnostic;
use crate::source::Span;

pub(crate) use self::errors::EXPRESSION_HINT;

/// Bytes that a scenario file may have.
pub(crate) const BYTES_MAX: usize = 1 << 20;
/// Maps and lists that may stand inside each other.
pub(crate) const DEPTH_MAX: usize = 32;
/// Values that a file may have, those behind aliases counted each time.
pub(crate) const NODES_MAX: usize = 20_000;

/// A value and its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) span: Span,
    /// Where the text of a scalar lies in the file: first byte and number of bytes.
    pub(crate) bytes: (usize, usize),
    pub(crate) kind: Kind,
}

/// A tree is shared, not copied: variants are made from the parts of one.
pub(crate) type Tree = Arc<Node>;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Arc<str>),
    List(Vec<Tree>),
    Map(Vec<Entry>),
}

/// A key with its value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: Arc<str>,
    /// The key itself, for its place.
    pub(crate) name: Tree,
    pub(crate) value: Tree,
}

impl Node {
    /// What it is, as a user calls it.
    pub(crate) fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "true or false",
            Kind::Int(_) => "a whole number",
            Kind::Float(_) => "a number",
            Kind::Text(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }

    /// The text of a text.
    pub(crate) fn text(&self) -> Option<&Arc<str>> {
        match &self.kind {
            Kind::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The entries of a map.
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.kind {
            Kind::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The items of a list.
    pub(crate) fn items(&self) -> &[Tree] {
        match &self.kind {
            Kind::List(items) => items,
            _ => &[],
        }
    }

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Tree> {
        self.entries().iter().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// Values in it, itself counted, those behind aliases each time.
    pub(crate) fn size(&self) -> usize {
        let entries = self.entries().iter().map(|entry| entry.value.size());
        entries.chain(self.items().iter().map(|item| item.size())).sum::<usize>() + 1
    }

    /// Whether another value is the same at another place.
    pub(crate) fn says_the_same(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::List(a), Kind::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.says_the_same(b))
            }
            (Kind::Map(a), Kind::Map(b)) => {
                a.len() == b.len()
                    && a.iter().all(|entry| {
                        b.iter().any(|o| o.key == entry.key && entry.value.says_the_same(&o.value))
                    })
            }
            (a, b) => a == b,
        }
    }

    /// The value without its place.
    pub(crate) fn json(&self) -> serde_json::Value {
        use serde_json::Value;
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(b) => Value::Bool(*b),
            Kind::Int(i) => Value::from(*i),
            Kind::Float(f) => Value::from(*f),
            Kind::Text(text) => Value::String(text.to_string()),
            Kind::List(items) => Value::Array(items.iter().map(|item| item.json()).collect()),
            Kind::Map(entries) => {
                Value::Object(entries.iter().map(|e| (e.key.to_string(), e.value.json())).collect())
            }
        }
    }
}

/// Reads a text of one document. On success there may still be complaints, about keys.
pub(crate) fn read(text: &str) -> Result<(Tree, Vec<Diagnostic>), Diagnostic> {
    if text.len() > BYTES_MAX {
        let message = format!("the file has {} bytes; {BYTES_MAX} are the most", text.len());
        return Err(Diagnostic::error("too-large", Span::FILE, message));
    }
    if let Some(diagnostic) = errors::odd_characters(text) {
        return Err(diagnostic);
    }
    let mut options = serde_saphyr::granit_parser::Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = DEPTH_MAX;
    options.block_nesting_limit = DEPTH_MAX;
    let mut builder = build::Builder::default();
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| errors::explain(&error, text))?;
        builder.event(event, &span)?;
    }
    Ok(builder.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_and_key_knows_its_place() {
        let text = "a: 1\nb:\n  - {c: \"x y\", d: (e == \"f\")}\n";
        let (tree, complaints) = read(text).unwrap();
        assert!(complaints.is_empty());
        let b = tree.get("b").unwrap();
        let item = &b.items()[0];
        assert_eq!(item.entries()[0].name.span, Span::new(3, 6, 1));
        assert_eq!(item.get("c").unwrap().span, Span::new(3, 9, 5));
        let d = item.get("d").unwrap();
        assert_eq!(d.span, Span::new(3, 19, 10));
        assert_eq!(&text[d.bytes.0..d.bytes.0 + d.bytes.1], "(e == \"f\")");
        assert_eq!(
            tree.json(),
            serde_json::json!({"a": 1, "b": [{"c": "x y", "d": "(e == \"f\")"}]})
        );
    }

    #[test]
    fn a_key_that_stands_twice_is_told_with_both_places() {
        let (_, complaints) = read("a: 1\nb: 2\na: 3\n").unwrap();
        assert_eq!(complaints.len(), 1);
        assert_eq!(complaints[0].span, Span::new(3, 1, 1));
        assert_eq!(complaints[0].related.as_ref().unwrap().0, Span::new(1, 1, 1));
    }

    #[test]
    fn words_that_old_yaml_took_for_booleans_are_texts() {
        let (tree, _) = read("{a: yes, b: off, c: true, d: 010, e: 1_0}").unwrap();
        assert_eq!(
            tree.json(),
            serde_json::json!({"a": "yes", "b": "off", "c": true, "d": "010", "e": "1_0"})
        );
    }

    #[test]
    fn what_is_too_large_or_no_yaml_is_refused() {
        let bomb = "a: &a [x, x, x, x, x, x, x, x, x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\n\
                    c: &c [*b, *b, *b, *b, *b, *b, *b, *b]\n\
                    d: &d [*c, *c, *c, *c, *c, *c, *c, *c]\n\
                    e: &e [*d, *d, *d, *d, *d, *d, *d, *d]\nf: [*e, *e, *e, *e, *e, *e, *e, *e]\n";
        for (text, code) in [
            (bomb.to_owned(), "too-large"),
            ("x".repeat(BYTES_MAX + 1), "too-large"),
            ("[".repeat(5000), "too-large"),
            (format!("{}{}", "[".repeat(40), "]".repeat(40)), "too-large"),
            ("- ".repeat(5000), "too-large"),
            ("a: 1\n---\nb: 2\n".to_owned(), "bad-yaml"),
            ("a: [1".to_owned(), "bad-yaml"),
            ("a:\n\tb: 1\n".to_owned(), "bad-yaml"),
            ("a: \"\0\"".to_owned(), "bad-yaml"),
            ("a: *nowhere".to_owned(), "bad-yaml"),
            ("a: !secret x".to_owned(), "bad-yaml"),
        ] {
            let shown: String = text.chars().take(40).collect();
            let diagnostic = read(&text).expect_err(&shown);
            assert_eq!(diagnostic.code, code, "{shown}: {diagnostic:?}");
        }
    }
}
