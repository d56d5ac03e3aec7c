//! YAML text to a tree in which every value knows its place. The only user of the YAML crate.

use std::fmt;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::{DuplicateKeyPolicy, Error, Location, Spanned};

use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// Bytes that a scenario file may have.
pub(crate) const BYTES_MAX: usize = 1 << 20;
/// Maps and lists that may stand inside each other.
pub(crate) const DEPTH_MAX: usize = 32;
/// Values that a file may have, those behind aliases counted each time.
pub(crate) const NODES_MAX: usize = 50_000;
/// Aliases that a file may use.
pub(crate) const ALIASES_MAX: usize = 500;

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
    if let Some(diagnostic) = odd_characters(text) {
        return Err(diagnostic);
    }
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_MAX,
            flow_nesting_limit: DEPTH_MAX,
            max_nodes: NODES_MAX,
            max_events: NODES_MAX * 2,
            max_aliases: ALIASES_MAX,
            max_anchors: ALIASES_MAX,
            max_documents: 2,
            max_merge_keys: ALIASES_MAX,
        },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        alias_limits: serde_saphyr::alias_limits! {
            max_total_replayed_events: NODES_MAX,
            max_replay_stack_depth: 8,
        },
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    let raw: Spanned<Raw> =
        serde_saphyr::from_str_with_options(text, options).map_err(|error| explain(&error, text))?;
    let mut complaints = Vec::new();
    let tree = tree(raw, &mut complaints);
    Ok((tree, complaints))
}

/// Control characters, which a YAML file may not have and a terminal should not see.
fn odd_characters(text: &str) -> Option<Diagnostic> {
    let (mut line, mut column) = (1, 1);
    for c in text.chars() {
        let name = match c {
            '\n' => {
                line += 1;
                column = 1;
                continue;
            }
            '\0' => "a NUL",
            '\t' | '\r' => {
                column += 1;
                continue;
            }
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => "a change of reading direction",
            c if c.is_control() => "a control character",
            _ => {
                column += 1;
                continue;
            }
        };
        let message = format!("there is {name} (U+{:04X}) in the file", u32::from(c));
        return Some(
            Diagnostic::error("bad-yaml", Span::new(line, column, 1), message)
                .with_hint("inside double quotes it can be written as an escape"),
        );
    }
    None
}

/// A value as it comes from the parser.
enum Raw {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<Raw>, Spanned<Raw>)>),
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_none<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Raw, D::Error> {
        Raw::deserialize(deserializer)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Int(value))
    }

    #[expect(clippy::cast_precision_loss, reason = "as JSON readers do with large numbers")]
    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(i64::try_from(value).map_or(Raw::Float(value as f64), Raw::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Raw, E> {
        Ok(Raw::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Raw, E> {
        Ok(Raw::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Raw, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(Raw::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Raw, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Raw::Map(entries))
    }
}

fn tree(raw: Spanned<Raw>, complaints: &mut Vec<Diagnostic>) -> Tree {
    // behind an alias, the place is that of the text itself
    let span = span(&raw.defined);
    let at = raw.defined.span();
    let to_usize = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let bytes = (to_usize(at.byte_offset()), to_usize(at.byte_len()));
    let kind = match raw.value {
        Raw::Null => Kind::Null,
        Raw::Bool(b) => Kind::Bool(b),
        Raw::Int(i) => Kind::Int(i),
        Raw::Float(f) => Kind::Float(f),
        Raw::Text(text) => Kind::Text(Arc::from(text)),
        Raw::List(items) => {
            Kind::List(items.into_iter().map(|item| tree(item, complaints)).collect())
        }
        Raw::Map(entries) => {
            let mut kept: Vec<Entry> = Vec::with_capacity(entries.len());
            for (name, value) in entries {
                let name = tree(name, complaints);
                let value = tree(value, complaints);
                keep(&mut kept, name, value, complaints);
            }
            Kind::Map(kept)
        }
    };
    Arc::new(Node { span, bytes, kind })
}

/// Adds an entry to a map, if its key is a text that is not there yet.
fn keep(kept: &mut Vec<Entry>, name: Tree, value: Tree, complaints: &mut Vec<Diagnostic>) {
    let key: Arc<str> = match &name.kind {
        Kind::Text(text) => Arc::clone(text),
        // keys of data may look like other things
        Kind::Int(i) => Arc::from(i.to_string()),
        Kind::Bool(b) => Arc::from(b.to_string()),
        Kind::Null | Kind::Float(_) | Kind::List(_) | Kind::Map(_) => {
            let message = format!("a key is a text, this is {}", name.kind_name());
            complaints.push(Diagnostic::error("wrong-type", name.span, message));
            return;
        }
    };
    if let Some(first) = kept.iter().find(|entry| entry.key == key) {
        complaints.push(
            Diagnostic::error("duplicate-key", name.span, format!("`{key}` is there twice"))
                .with_related(first.name.span, "first here"),
        );
        return;
    }
    kept.push(Entry { key, name, value });
}

fn span(location: &Location) -> Span {
    let small = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
    let width = location.span().len().clamp(1, 400);
    Span::new(small(location.line()), small(location.column()).max(1), small(width))
}

/// The parser's error in our words.
fn explain(error: &Error, text: &str) -> Diagnostic {
    let error = error.without_snippet();
    let place = error.location().map_or(Span::FILE, |location| {
        let mut span = span(&location);
        span.width = 1;
        span
    });
    let mut inner = error;
    while let Error::AliasError { error, .. } = inner {
        inner = error;
    }
    match inner {
        Error::MultipleDocuments { .. } => {
            Diagnostic::error("bad-yaml", place, "a file holds one scenario, this one goes on")
                .with_hint("put what follows the `---` into a file of its own")
        }
        Error::Budget { breach, .. } => {
            let what = format!("{breach:?}");
            let what = what.split([' ', '{', '(']).next().unwrap_or("").to_lowercase();
            let message = format!("the file is too large for a scenario ({what})");
            let limits = format!(
                "at most {DEPTH_MAX} maps and lists inside each other, {NODES_MAX} values and \
                 {ALIASES_MAX} aliases"
            );
            Diagnostic::error("too-large", place, message).with_hint(limits)
        }
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => {
            Diagnostic::error("too-large", place, "the aliases grow into too many values")
                .with_hint(format!("at most {NODES_MAX} values stand behind aliases"))
        }
        other => reword(&other.to_string(), place, text),
    }
}

/// What the parser says, and what we say instead.
const WORDS: [(&str, &str, &str); 9] = [
    ("recursion limit", "too many maps and lists inside each other", "at most 32"),
    ("expected ',' or '}'", "a `,` or a `}` is missing before this", ""),
    ("expected ',' or ']'", "a `,` or a `]` is missing before this", ""),
    ("mapping values are not allowed", "a `: ` has no meaning here", "put the text in quotes"),
    ("tabs disallowed", "a tab stands in the indent of this line", "indent with spaces"),
    ("recursive references", "an alias stands inside its own anchor", ""),
    ("unsupported tag", "tags have no meaning in a scenario", "leave it out"),
    ("non-finite float", "an infinite number cannot be written", ""),
    ("unknown anchor", "there is no anchor of that name before this", ""),
];

fn reword(said: &str, place: Span, text: &str) -> Diagnostic {
    let known = WORDS.iter().find(|(part, _, _)| said.contains(part));
    let mut diagnostic = match known {
        Some((part, message, hint)) => {
            let code = if *part == "recursion limit" { "too-large" } else { "bad-yaml" };
            let mut diagnostic = Diagnostic::error(code, place, *message);
            if !hint.is_empty() {
                diagnostic.hint = Some((*hint).to_owned());
            }
            diagnostic
        }
        None => {
            let said = said.split(" at line ").next().unwrap_or(said);
            let said = said.split('\n').next().unwrap_or(said).trim_end_matches('.');
            Diagnostic::error("bad-yaml", place, format!("this is no YAML: {said}"))
        }
    };
    let line = place.line.checked_sub(1).and_then(|n| text.lines().nth(n as usize)).unwrap_or("");
    let about_marks = said.contains("expected ','")
        || said.contains("mapping values") || said.contains("trailing content");
    if about_marks && line.contains(": (") {
        diagnostic.hint = Some(EXPRESSION_HINT.to_owned());
    }
    diagnostic
}

/// How an expression is written that has marks of YAML in it.
pub(crate) const EXPRESSION_HINT: &str = "an expression with `: `, or inside `{}` and `[]` with a comma or bracket, stands in quotes or \
     after `>-`";

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
                    c: &c [*b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c]\n\
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
