//! The table of messages, read once out of `messages.txt`.
//!
//! `= apiVersion Kind index` says which message a kind is. `- Name` begins a message; they are
//! counted from 0. Its fields follow as `number name type`. A type is a base: `s` text, `b` flag,
//! `i` integer, `d` floating point, `y` bytes, `t` time, `u` time with microseconds, `q` quantity,
//! `x` number or text, `j` JSON, `l` texts, `A` `B` `C` a schema or a list, a flag, texts; a number
//! is the message with that index. Before it may stand `*` (there even if it is nothing), `!`
//! (never left out), `[` list, `{` map from texts, `^` (its fields are those of the message around
//! it).

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Which message the options of a deletion are, whatever their group.
pub(super) const DELETE_OPTIONS: &str = "DeleteOptions";

/// The messages of all built-in kinds. They never change: all servers share them.
pub(super) static TABLE: LazyLock<Table> = LazyLock::new(|| {
    Table::parse(include_str!("messages.txt")).expect("the generated table has its form")
});

/// All messages, and which kind is which.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// (apiVersion, kind) → index
    pub kinds: BTreeMap<(&'static str, &'static str), usize>,
    messages: Vec<Message>,
}

/// One message.
#[derive(Debug)]
pub(super) struct Message {
    pub name: &'static str,
    pub fields: Vec<Field>,
}

/// One field of a message.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Field {
    pub number: u32,
    /// In JSON.
    pub name: &'static str,
    pub form: Form,
    pub base: Base,
}

/// How often a field is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// Nothing on the wire and a zero on the wire are the same: absent.
    Value,
    /// A zero on the wire is a zero.
    Kept,
    List,
    Map,
    /// The fields of the message are those of the message around it.
    Inline,
}

/// What a field, or an item of it, is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    Text,
    Flag,
    Integer,
    Float,
    Bytes,
    Time,
    MicroTime,
    Quantity,
    IntOrString,
    Json,
    Texts,
    SchemaOrList(usize),
    SchemaOrFlag(usize),
    SchemaOrTexts(usize),
    Message(usize),
}

impl Table {
    pub(super) fn message(&self, index: usize) -> &Message {
        &self.messages[index]
    }

    /// The message of a kind.
    pub(super) fn of_kind(&self, api_version: &str, kind: &str) -> Option<usize> {
        let api_version = if kind == DELETE_OPTIONS { "v1" } else { api_version };
        self.kinds.get(&(api_version, kind)).copied()
    }

    /// None if the text has not its form, or names a message that is not there.
    fn parse(text: &'static str) -> Option<Self> {
        let mut table = Self::default();
        for line in text.lines() {
            let words: Vec<&'static str> = line.split(' ').collect();
            match words.as_slice() {
                ["=", api_version, kind, index] => {
                    table.kinds.insert((api_version, kind), index.parse().ok()?);
                }
                ["-", name] => table.messages.push(Message { name, fields: Vec::new() }),
                [number, name, shape] => {
                    let (form, base) = shape_of(shape)?;
                    let field = Field { number: number.parse().ok()?, name, form, base };
                    table.messages.last_mut()?.fields.push(field);
                }
                _ => return None,
            }
        }
        let fields = table.messages.iter().flat_map(|message| &message.fields);
        let named = fields.filter_map(|field| field.base.message());
        let highest = named.chain(table.kinds.values().copied()).max()?;
        (highest < table.messages.len()).then_some(table)
    }
}

impl Message {
    pub(super) fn field(&self, number: u32) -> Option<&Field> {
        // Most messages are written in the order of their numbers, with few gaps.
        let at = usize::try_from(number).ok()?.checked_sub(1)?;
        let guess = self.fields.get(at).filter(|field| field.number == number);
        guess.or_else(|| self.fields.iter().find(|field| field.number == number))
    }
}

impl Base {
    fn message(self) -> Option<usize> {
        match self {
            Self::Message(index)
            | Self::SchemaOrList(index)
            | Self::SchemaOrFlag(index)
            | Self::SchemaOrTexts(index) => Some(index),
            Self::Text
            | Self::Flag
            | Self::Integer
            | Self::Float
            | Self::Bytes
            | Self::Time
            | Self::MicroTime
            | Self::Quantity
            | Self::IntOrString
            | Self::Json
            | Self::Texts => None,
        }
    }
}

fn shape_of(text: &str) -> Option<(Form, Base)> {
    let (form, base) = match text.split_at_checked(1)? {
        ("*" | "!", base) => (Form::Kept, base),
        ("[", base) => (Form::List, base),
        ("{", base) => (Form::Map, base),
        ("^", base) => (Form::Inline, base),
        _ => (Form::Value, text),
    };
    let base = match base {
        "s" => Base::Text,
        "b" => Base::Flag,
        "i" => Base::Integer,
        "d" => Base::Float,
        "y" => Base::Bytes,
        "t" => Base::Time,
        "u" => Base::MicroTime,
        "q" => Base::Quantity,
        "x" => Base::IntOrString,
        "j" => Base::Json,
        "l" => Base::Texts,
        _ => match base.split_at_checked(1)? {
            ("A", index) => Base::SchemaOrList(index.parse().ok()?),
            ("B", index) => Base::SchemaOrFlag(index.parse().ok()?),
            ("C", index) => Base::SchemaOrTexts(index.parse().ok()?),
            _ => Base::Message(base.parse().ok()?),
        },
    };
    Some((form, base))
}
