//! Every word of the language in one set of tables: what may stand where, what it means, what is
//! taken where it is left out. The reader, the JSON Schema and the reference go by these tables.

mod aap;
mod profile;
mod top;
mod world;

pub(crate) use self::aap::*;
pub(crate) use self::profile::*;
pub(crate) use self::top::*;
pub(crate) use self::world::*;

/// A map of the language.
#[derive(Debug)]
pub(crate) struct Table {
    /// Its name in the reference and the schema.
    pub(crate) name: &'static str,
    /// What it is.
    pub(crate) meaning: &'static str,
    /// Exactly one of the words marked as a choice stands in it.
    pub(crate) choice: bool,
    /// Its words.
    pub(crate) words: &'static [Word],
}

/// A key of a map.
#[derive(Debug)]
pub(crate) struct Word {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) role: Role,
    /// What is taken where it is left out, as the reference says it.
    pub(crate) default: &'static str,
    pub(crate) meaning: &'static str,
}

/// Whether a word must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Required,
    Optional,
    /// One of several of which exactly one stands there.
    Choice,
}

/// What may stand as a value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// A text.
    Text,
    /// A text of small letters, digits and `-`; never an expression.
    Name,
    /// True or false.
    Bool,
    /// A whole number within bounds.
    Int { least: i64, most: i64 },
    /// A duration.
    Duration,
    /// A duration or one of some words.
    DurationOr(&'static [&'static str]),
    /// A whole number within bounds, or one of some words.
    IntOr { least: i64, most: i64, words: &'static [&'static str] },
    /// One of some words.
    OneOf(&'static [&'static str]),
    /// A text; these are the usual ones.
    Usually(&'static [&'static str]),
    /// An expression in parentheses.
    Condition,
    /// Any value.
    Any,
    /// A map of texts.
    Texts,
    /// A map of anything.
    Values,
    /// A map of switches by name.
    Switches,
    /// An object of the API, or a pattern of one.
    Object,
    /// A list.
    List(&'static Kind),
    /// A map of the language.
    Map(&'static Table),
    /// A map of the language, or one of some words.
    MapOr(&'static Table, &'static [&'static str]),
}

const fn word(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    meaning: &'static str,
) -> Word {
    Word { name, kind, role: Role::Optional, default, meaning }
}

const fn required(name: &'static str, kind: Kind, meaning: &'static str) -> Word {
    Word { name, kind, role: Role::Required, default: "", meaning }
}

const fn choice(name: &'static str, kind: Kind, meaning: &'static str) -> Word {
    Word { name, kind, role: Role::Choice, default: "", meaning }
}

const fn table(name: &'static str, meaning: &'static str, words: &'static [Word]) -> Table {
    Table { name, meaning, choice: false, words }
}

const fn one_of(name: &'static str, meaning: &'static str, words: &'static [Word]) -> Table {
    Table { name, meaning, choice: true, words }
}

impl Table {
    pub(crate) fn word(&self, name: &str) -> Option<&'static Word> {
        self.words.iter().find(|word| word.name == name)
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.words.iter().map(|word| word.name)
    }

    /// The words of which exactly one stands there.
    pub(crate) fn choices(&self) -> impl Iterator<Item = &'static str> {
        self.words.iter().filter(|word| word.role == Role::Choice).map(|word| word.name)
    }
}

impl Kind {
    /// The table of a map, where it is one.
    pub(crate) const fn table(&self) -> Option<&'static Table> {
        match self {
            Self::Map(table) | Self::MapOr(table, _) => Some(table),
            _ => None,
        }
    }
}

/// All tables, from the top, each once.
pub(crate) fn tables() -> Vec<&'static Table> {
    fn visit(table: &'static Table, found: &mut Vec<&'static Table>) {
        if found.iter().any(|seen| seen.name == table.name) {
            return;
        }
        found.push(table);
        for word in table.words {
            let mut kind = &word.kind;
            while let Kind::List(inner) = kind {
                kind = inner;
            }
            if let Some(table) = kind.table() {
                visit(table, found);
            }
        }
    }
    let mut found = Vec::new();
    visit(&ROOT, &mut found);
    found
}

#[cfg(test)]
mod tests;
