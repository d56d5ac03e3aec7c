//! Events of the parser to a tree.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_saphyr::granit_parser::{Event, ScalarStyle, Span as Place, Tag};

use super::{DEPTH_MAX, Entry, Kind, NODES_MAX, Node, Tree};
use crate::diagnostic::Diagnostic;
use crate::source::Span;

/// A tree that is being built.
#[derive(Default)]
pub(super) struct Builder {
    root: Option<Grown>,
    /// Collections that are open, outermost first.
    open: Vec<Open>,
    anchors: BTreeMap<usize, Grown>,
    documents: usize,
    complaints: Vec<Diagnostic>,
    /// Values so far, those behind aliases counted each time.
    size: usize,
}

/// A value with what it takes.
#[derive(Clone)]
struct Grown {
    tree: Tree,
    /// Values in it, itself counted.
    size: usize,
    /// Collections inside each other.
    depth: usize,
}

struct Open {
    span: Span,
    bytes: (usize, usize),
    anchor: usize,
    size: usize,
    depth: usize,
    held: Held,
}

enum Held {
    List(Vec<Tree>),
    /// Entries, and the key that waits for its value.
    Map(Vec<Entry>, Option<Tree>),
}

impl Builder {
    /// Takes an event.
    pub(super) fn event(&mut self, event: Event<'_>, place: &Place) -> Result<(), Diagnostic> {
        match event {
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    let message = "a file holds one scenario, this one goes on";
                    let hint = "put what follows the `---` into a file of its own";
                    let (span, _) = span(place);
                    return Err(Diagnostic::error("bad-yaml", span, message).with_hint(hint));
                }
            }
            Event::Scalar(text, style, anchor, tag) => {
                let (span, bytes) = span(place);
                let kind = scalar(&text, style, tag.as_deref(), span)?;
                self.add(Node { span, bytes, kind }, anchor, 1, 0)?;
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.open(Held::List(Vec::new()), anchor, tag.as_deref(), place)?;
            }
            Event::MappingStart(_, anchor, tag) => {
                self.open(Held::Map(Vec::new(), None), anchor, tag.as_deref(), place)?;
            }
            Event::SequenceEnd | Event::MappingEnd => self.close()?,
            Event::Alias(id) => {
                let (span, _) = span(place);
                let Some(grown) = self.anchors.get(&id).cloned() else {
                    let message = "an alias stands inside its own anchor";
                    return Err(Diagnostic::error("bad-yaml", span, message));
                };
                if self.open.len() + grown.depth > DEPTH_MAX {
                    let message = format!("more than {DEPTH_MAX} maps and lists inside each other");
                    return Err(Diagnostic::error("too-large", span, message));
                }
                self.place(grown, span)?;
            }
            // comments and metadata are not asked for; the rest holds nothing
            _ => {}
        }
        Ok(())
    }

    /// The tree and what was wrong with its keys. A text without a value is null.
    pub(super) fn finish(self) -> (Tree, Vec<Diagnostic>) {
        let nothing = || Arc::new(Node { span: Span::FILE, bytes: (0, 0), kind: Kind::Null });
        (self.root.map_or_else(nothing, |grown| grown.tree), self.complaints)
    }

    fn open(
        &mut self,
        held: Held,
        anchor: usize,
        tag: Option<&Tag>,
        place: &Place,
    ) -> Result<(), Diagnostic> {
        let (span, bytes) = span(place);
        refuse(tag, span)?;
        if self.open.len() >= DEPTH_MAX {
            let message = format!("more than {DEPTH_MAX} maps and lists inside each other");
            return Err(Diagnostic::error("too-large", span, message));
        }
        let span = Span { width: 1, ..span };
        self.open.push(Open { span, bytes, anchor, size: 1, depth: 0, held });
        Ok(())
    }

    fn close(&mut self) -> Result<(), Diagnostic> {
        let Some(Open { span, bytes, anchor, size, depth, held }) = self.open.pop() else {
            return Ok(());
        };
        let kind = match held {
            Held::List(items) => Kind::List(items),
            Held::Map(entries, _) => Kind::Map(entries),
        };
        self.add(Node { span, bytes, kind }, anchor, size, depth + 1)
    }

    fn add(
        &mut self,
        node: Node,
        anchor: usize,
        size: usize,
        depth: usize,
    ) -> Result<(), Diagnostic> {
        let span = node.span;
        let grown = Grown { tree: Arc::new(node), size, depth };
        if anchor > 0 {
            self.anchors.insert(anchor, grown.clone());
        }
        self.place(grown, span)
    }

    /// Puts a value where it belongs; `span` is where it stands, or its alias.
    fn place(&mut self, grown: Grown, span: Span) -> Result<(), Diagnostic> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(grown);
            return Ok(());
        };
        open.size = open.size.saturating_add(grown.size);
        open.depth = open.depth.max(grown.depth);
        // each value counts where it stands first and once more behind each alias
        self.size += if Arc::strong_count(&grown.tree) > 1 { grown.size } else { 1 };
        if self.size > NODES_MAX || open.size > NODES_MAX {
            let message = format!("more than {NODES_MAX} values");
            let hint = "those behind aliases are counted each time";
            return Err(Diagnostic::error("too-large", span, message).with_hint(hint));
        }
        match &mut open.held {
            Held::List(items) => items.push(grown.tree),
            Held::Map(entries, waiting) => match waiting.take() {
                None => *waiting = Some(grown.tree),
                Some(key) => keep(entries, key, grown.tree, &mut self.complaints),
            },
        }
        Ok(())
    }
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
    if &*key == "<<" {
        let message = "merge keys have no meaning in a scenario";
        let hint = "variants are merged into the scenario without them";
        complaints.push(Diagnostic::error("bad-yaml", name.span, message).with_hint(hint));
        return;
    }
    if let Some(first) = kept.iter().find(|entry| entry.key == key) {
        complaints.push(
            Diagnostic::error("duplicate-key", name.span, format!("`{key}` is there twice"))
                .with_related(first.name.span, "first here"),
        );
        return;
    }
    kept.push(Entry { key, name, value });
}

/// The place of a value, and its bytes.
fn span(place: &Place) -> (Span, (usize, usize)) {
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let (start, end) = (&place.start, &place.end);
    let width = if start.line() == end.line() { end.col().saturating_sub(start.col()) } else { 1 };
    let bytes = match (start.byte_offset(), end.byte_offset()) {
        (Some(from), Some(to)) => (from, to.saturating_sub(from)),
        _ => (0, 0),
    };
    (Span::new(small(start.line()), small(start.col() + 1), small(width).max(1)), bytes)
}

fn refuse(tag: Option<&Tag>, span: Span) -> Result<(), Diagnostic> {
    if tag.is_none() {
        return Ok(());
    }
    let message = "tags have no meaning in a scenario";
    Err(Diagnostic::error("bad-yaml", span, message).with_hint("leave the `!…` out"))
}

/// A scalar by YAML's core schema. Numbers with leading zeros stay texts.
fn scalar(
    text: &str,
    style: ScalarStyle,
    tag: Option<&Tag>,
    span: Span,
) -> Result<Kind, Diagnostic> {
    let is_text = tag.is_some_and(|tag| tag.core_suffix() == Some("str"));
    if !is_text {
        refuse(tag, span)?;
    }
    if is_text || style != ScalarStyle::Plain {
        return Ok(Kind::Text(Arc::from(text)));
    }
    Ok(match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null,
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        _ if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) => {
            Kind::Text(Arc::from(text))
        }
        _ => match number(text) {
            Some(Kind::Float(f)) if !f.is_finite() => {
                let message = "an infinite number has no place in a scenario";
                return Err(Diagnostic::error("bad-yaml", span, message));
            }
            Some(kind) => kind,
            None => Kind::Text(Arc::from(text)),
        },
    })
}

fn number(text: &str) -> Option<Kind> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if matches!(digits, ".inf" | ".Inf" | ".INF") {
        return Some(Kind::Float(f64::INFINITY));
    }
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Some(Kind::Float(f64::NAN));
    }
    if let Some(octal) = text.strip_prefix("0o") {
        return i64::from_str_radix(octal, 8).ok().map(Kind::Int);
    }
    if let Some(hexadecimal) = text.strip_prefix("0x") {
        return i64::from_str_radix(hexadecimal, 16).ok().map(Kind::Int);
    }
    let leading_zero = digits.len() > 1
        && digits.starts_with('0')
        && digits.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
    let plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '-' | '+');
    if leading_zero || !digits.chars().all(plain) || !digits.chars().any(|c| c.is_ascii_digit()) {
        return None;
    }
    if let Ok(int) = text.parse::<i64>() {
        return Some(Kind::Int(int));
    }
    text.parse::<f64>().ok().map(Kind::Float)
}
