//! The fields of the built-in kinds, from `types.txt` (made by `examples/builtin_types.rs`): what
//! types they have and how lists and maps merge. A line is read when it is first asked for.
//!
//! A line is `name% (versions) field field …`: `%` an atomic object, `versions` those under which
//! it is a kind. A field is `name!=~key^:type=default`: `!` required, `=` written by a Go server
//! even when it is empty, `~key` a strategic patch merges it by that key (or as a set), `^` such a
//! patch names the keys that stay. Types are letters (see [`Reader::kind`]), `[t]` a list, with
//! `<a,b>` for the keys of a map and `<>` for a set, `{t}` a map, `@name` a definition, of the same
//! package if the name has no dot; `%` after either means atomic.

use std::collections::BTreeMap;
use std::sync::{LazyLock, OnceLock};

use serde_json::Value;

use crate::schema::List;

/// An object type.
#[derive(Debug)]
pub(crate) struct Definition {
    /// `core.v1.Pod`
    pub name: &'static str,
    /// Owned and replaced as a whole.
    pub atomic: bool,
    /// By name.
    pub fields: Vec<Field>,
}

/// One field of an object type.
#[derive(Debug)]
pub(crate) struct Field {
    pub name: &'static str,
    pub required: bool,
    /// A Go server writes it also when it is empty.
    pub always: bool,
    /// How a strategic patch merges it.
    pub patch: Patch,
    pub kind: Type,
    pub default: Option<Value>,
}

/// How a strategic patch merges a field.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Patch {
    /// Items merge by this key; as a set if it is empty.
    pub merge: Option<&'static str>,
    /// The patch says which keys of the object stay.
    pub retain_keys: bool,
}

/// The type of a field.
#[derive(Debug)]
pub(crate) enum Type {
    Text,
    Bytes,
    Time,
    MicroTime,
    Flag,
    Int32,
    Int64,
    Float,
    Quantity,
    IntOrText,
    Any,
    List(Box<Type>, List),
    Map(Box<Type>, bool),
    Object(String, bool),
}

impl Definition {
    pub(crate) fn field(&self, name: &str) -> Option<&Field> {
        let found = self.fields.binary_search_by(|field| field.name.cmp(name));
        found.ok().map(|at| &self.fields[at])
    }

    /// `Pod`
    pub(crate) fn short(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }
}

struct Line {
    rest: &'static str,
    atomic: bool,
    definition: OnceLock<Definition>,
}

#[derive(Default)]
struct Table {
    lines: BTreeMap<&'static str, Line>,
    /// kind → apiVersion → name of its definition
    kinds: BTreeMap<&'static str, BTreeMap<&'static str, &'static str>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::default();
    for line in include_str!("types.txt").lines() {
        let (head, mut rest) = line.split_once(' ').unwrap_or((line, ""));
        let name = head.trim_end_matches('%');
        if let Some((versions, fields)) = rest.strip_prefix('(').and_then(|r| r.split_once(')')) {
            let kind = name.rsplit('.').next().unwrap_or(name);
            let kinds = table.kinds.entry(kind).or_default();
            kinds.extend(versions.split(',').map(|version| (version, name)));
            rest = fields;
        }
        let atomic = head.ends_with('%');
        table.lines.insert(name, Line { rest, atomic, definition: OnceLock::new() });
    }
    table
});

/// The definition of that name, such as `meta.v1.ObjectMeta`.
pub(crate) fn definition(name: &str) -> Option<&'static Definition> {
    let (name, line) = TABLE.lines.get_key_value(name)?;
    Some(line.definition.get_or_init(|| read(name, line)))
}

/// The definition of a kind.
pub(crate) fn of_kind(api_version: &str, kind: &str) -> Option<&'static Definition> {
    definition(TABLE.kinds.get(kind)?.get(api_version)?)
}

fn read(name: &'static str, line: &Line) -> Definition {
    let package = name.rsplit_once('.').map_or("", |(package, _)| package);
    let mut fields: Vec<Field> =
        line.rest.split_ascii_whitespace().map(|field| read_field(field, package)).collect();
    fields.sort_by_key(|field| field.name);
    Definition { name, atomic: line.atomic, fields }
}

fn read_field(text: &'static str, package: &str) -> Field {
    let (head, tail) = text.split_once(':').unwrap_or((text, "*"));
    let end = head.find(['!', '=', '~', '^']).unwrap_or(head.len());
    let (name, flags) = head.split_at(end);
    let merge = flags.split_once('~').map(|(_, key)| key.trim_end_matches('^'));
    let mut reader = Reader { rest: tail, package };
    let kind = reader.kind();
    Field {
        name,
        required: flags.contains('!'),
        always: flags.contains('='),
        patch: Patch { merge, retain_keys: flags.ends_with('^') },
        kind,
        default: reader.rest.strip_prefix('=').and_then(|text| serde_json::from_str(text).ok()),
    }
}

/// Reads the notation of types. It only ever reads the table, so it may trust it.
struct Reader<'a> {
    rest: &'static str,
    package: &'a str,
}

impl Reader<'_> {
    fn take(&mut self, letter: char) -> bool {
        let found = self.rest.strip_prefix(letter);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn until(&mut self, end: &[char]) -> &'static str {
        let at = self.rest.find(end).unwrap_or(self.rest.len());
        let (found, rest) = self.rest.split_at(at);
        self.rest = rest;
        found
    }

    fn kind(&mut self) -> Type {
        let letter = self.rest.chars().next().unwrap_or('*');
        self.take(letter);
        match letter {
            's' => Type::Text,
            'y' => Type::Bytes,
            't' => Type::Time,
            'u' => Type::MicroTime,
            'b' => Type::Flag,
            'i' => Type::Int32,
            'l' => Type::Int64,
            'n' => Type::Float,
            'q' => Type::Quantity,
            'x' => Type::IntOrText,
            '[' => {
                let items = Box::new(self.kind());
                self.take(']');
                Type::List(items, self.list())
            }
            '{' => {
                let values = Box::new(self.kind());
                self.take('}');
                Type::Map(values, self.take('%'))
            }
            '@' => {
                let name = self.until(&[']', '}', '%', '=']);
                let local = !name.contains('.');
                let name = if local { format!("{}.{name}", self.package) } else { name.to_owned() };
                Type::Object(name, self.take('%'))
            }
            _ => Type::Any,
        }
    }

    fn list(&mut self) -> List {
        if !self.take('<') {
            return List::Atomic;
        }
        let keys = self.until(&['>']);
        self.take('>');
        if keys.is_empty() {
            return List::Set;
        }
        List::Map(keys.split(',').map(str::to_owned).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::Registry;

    #[test]
    fn the_whole_table_can_be_read_and_knows_every_kind() {
        for name in TABLE.lines.keys() {
            let found = definition(name).unwrap();
            for field in &found.fields {
                check(&field.kind, name);
            }
        }
        for resource in Registry::builtins() {
            let found = of_kind(&resource.api_version, &resource.kind);
            let stays = matches!(resource.kind.as_str(), "ComponentStatus");
            assert!(found.is_some() || stays, "{} {}", resource.api_version, resource.kind);
        }
    }

    fn check(kind: &Type, at: &str) {
        match kind {
            Type::Object(name, _) => assert!(definition(name).is_some(), "{name} in {at}"),
            Type::List(items, _) => check(items, at),
            Type::Map(values, _) => check(values, at),
            _ => {}
        }
    }

    #[test]
    fn fields_say_how_they_merge() {
        let container = definition("core.v1.Container").unwrap();
        let ports = container.field("ports").unwrap();
        assert_eq!(ports.patch.merge, Some("containerPort"));
        let Type::List(item, List::Map(keys)) = &ports.kind else { panic!("{ports:?}") };
        assert_eq!(keys, &["containerPort", "protocol"]);
        assert!(matches!(&**item, Type::Object(name, false) if name == "core.v1.ContainerPort"));
        let protocol = definition("core.v1.ContainerPort").unwrap().field("protocol").unwrap();
        assert_eq!(protocol.default, Some("TCP".into()));
        let spec = of_kind("apps/v1", "Deployment").unwrap().field("spec").unwrap();
        assert!(spec.always && !spec.required);
        let strategy = definition("apps.v1.DeploymentSpec").unwrap().field("strategy").unwrap();
        assert!(strategy.patch.retain_keys && strategy.patch.merge.is_none());
        assert!(definition("core.v1.ObjectReference").unwrap().atomic);
    }
}
