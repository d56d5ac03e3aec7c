//! What a schema says of a value for ownership: whether it is owned as a whole or by its parts, and
//! how its parts are told apart. Schemas of CRDs and types of built-in kinds look the same here.

use serde_json::Value;

use super::element::{Element, Literal};
use crate::builtin::{Definition, Type, definition};
use crate::kinds::{Resource, Source};
use crate::schema::{self, List, Schema};

/// A place in a schema.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Shape<'a> {
    Custom {
        schema: &'a Schema,
        /// Somewhere above, unknown fields were allowed.
        loose: bool,
        /// It has `apiVersion`, `kind` and `metadata` besides its own fields.
        resource: bool,
    },
    Object(&'static Definition),
    Field(&'static Type),
    /// What the value shows: objects by their parts, lists as a whole.
    Deduced,
    /// Anything, owned as a whole.
    Whole,
    /// A text.
    Text,
}

/// As what a value is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Map,
    Scalar,
    List,
}

const ATOMIC: List = List::Atomic;

impl<'a> Shape<'a> {
    /// The shape of the objects of a resource.
    pub(crate) fn of(resource: &'a Resource) -> Self {
        match &resource.source {
            Source::Custom(version) => {
                Self::Custom { schema: &version.schema, loose: false, resource: true }
            }
            Source::Builtin(_) => {
                let kind = crate::builtin::of_kind(&resource.api_version, &resource.kind);
                kind.map_or(Self::Deduced, Self::Object)
            }
        }
    }

    /// The shape of the definition of that name.
    pub(crate) fn named(name: &str) -> Self {
        definition(name).map_or(Self::Deduced, Self::Object)
    }

    fn custom(schema: &'a Schema, loose: bool) -> Self {
        Self::Custom { schema, loose, resource: schema.embedded }
    }

    /// The forms that a value may have here: map, scalar, list.
    fn allows(self) -> [bool; 3] {
        const ANY: [bool; 3] = [true; 3];
        match self {
            Self::Custom { schema, .. } => match schema.kind {
                None => ANY,
                Some(schema::Type::Object) => [true, false, false],
                Some(schema::Type::Array) => [false, false, true],
                Some(_) => [false, true, false],
            },
            Self::Object(_) => [true, false, false],
            Self::Field(kind) => match kind {
                Type::Object(..) | Type::Map(..) => [true, false, false],
                Type::List(..) => [false, false, true],
                Type::Any => ANY,
                _ => [false, true, false],
            },
            Self::Deduced | Self::Whole => ANY,
            Self::Text => [false, true, false],
        }
    }

    /// As what a value is treated. Where it does not fit, the schema has the say.
    pub(crate) fn form(self, value: Option<&Value>) -> Form {
        let [map, scalar, list] = self.allows();
        match value {
            Some(Value::Object(_)) if map => Form::Map,
            Some(Value::Array(_)) if list => Form::List,
            Some(Value::String(_) | Value::Number(_) | Value::Bool(_)) if scalar => Form::Scalar,
            _ if map => Form::Map,
            _ if scalar => Form::Scalar,
            _ => Form::List,
        }
    }

    /// Is an object here owned as a whole?
    pub(crate) fn is_atomic_map(self) -> bool {
        match self {
            Self::Custom { schema, .. } => schema.atomic_map,
            Self::Object(kind) => kind.atomic,
            Self::Field(Type::Map(_, atomic)) => *atomic,
            Self::Field(Type::Object(name, atomic)) => {
                *atomic || definition(name).is_some_and(|kind| kind.atomic)
            }
            Self::Field(_) | Self::Whole | Self::Text => true,
            Self::Deduced => false,
        }
    }

    /// The definition of an object of a built-in type.
    pub(crate) fn definition(self) -> Option<&'static Definition> {
        match self {
            Self::Object(kind) => Some(kind),
            Self::Field(Type::Object(name, _)) => definition(name),
            _ => None,
        }
    }

    /// The shape of a field that the schema names.
    pub(crate) fn declared(self, name: &str) -> Option<Self> {
        if let Some(kind) = self.definition() {
            return kind.field(name).map(|field| Self::Field(&field.kind));
        }
        let Self::Custom { schema, loose, resource } = self else { return None };
        match name {
            "metadata" if resource => return Some(Self::named("meta.v1.ObjectMeta")),
            "apiVersion" | "kind" if resource => return Some(Self::Text),
            _ => {}
        }
        let member = schema.properties.get(name)?;
        Some(Self::custom(member, loose || schema.preserve))
    }

    /// The shape of members of an object that the schema does not name; None if there are none.
    fn others(self) -> Option<Self> {
        match self {
            Self::Custom { schema, loose, .. } => match &schema.additional {
                Some(values) => Some(Self::custom(values, loose || schema.preserve)),
                None if loose || schema.preserve || schema.properties.is_empty() => {
                    Some(Self::Deduced)
                }
                None => None,
            },
            Self::Field(Type::Map(values, _)) => Some(Self::Field(values)),
            Self::Object(_) | Self::Field(_) => {
                let bare = self.definition().is_none_or(|kind| kind.fields.is_empty());
                bare.then_some(Self::Deduced)
            }
            Self::Deduced => Some(Self::Deduced),
            Self::Whole | Self::Text => Some(Self::Whole),
        }
    }

    /// The shape of a member of an object; None if the schema does not know it.
    pub(crate) fn member(self, name: &str) -> Option<Self> {
        self.declared(name).or_else(|| self.others())
    }

    /// How the items of a list are told apart.
    pub(crate) fn list(self) -> &'a List {
        match self {
            Self::Custom { schema, .. } => &schema.list,
            Self::Field(Type::List(_, list)) => list,
            _ => &ATOMIC,
        }
    }

    /// The shape of the items of a list.
    pub(crate) fn item(self) -> Self {
        match self {
            Self::Custom { schema, loose, .. } => match &schema.items {
                Some(items) => Self::custom(items, loose || schema.preserve),
                None => Self::Whole,
            },
            Self::Field(Type::List(items, _)) => Self::Field(items),
            _ => Self::Whole,
        }
    }

    /// The shape below a step of a path.
    pub(crate) fn at(self, element: &Element) -> Option<Self> {
        match element {
            Element::Field(name) => self.member(name),
            Element::Key(_) | Element::Value(_) | Element::Index(_) => Some(self.item()),
        }
    }

    fn key_default(self, key: &str) -> Option<&'a Value> {
        match self {
            Self::Custom { schema, .. } => schema.properties.get(key)?.default.as_ref(),
            _ => self.definition()?.field(key)?.default.as_ref(),
        }
    }

    /// The step that leads to an item of a list that is not atomic.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn element(self, item: &Value) -> Result<Element, String> {
        match self.list() {
            List::Atomic => Err("invalid indexing of non-associative list".to_owned()),
            List::Set => match item {
                Value::Object(_) => {
                    Err("associative list without keys has an element that's a map type".to_owned())
                }
                Value::Array(_) => {
                    Err("not supported: associative list with lists as elements".to_owned())
                }
                Value::Null => {
                    let why =
                        "associative list without keys has an element that's an explicit null";
                    Err(why.to_owned())
                }
                scalar => Ok(Element::Value(Literal(scalar.clone()))),
            },
            List::Map(names) => self.keyed(item, names),
        }
    }

    fn keyed(self, item: &Value, names: &[String]) -> Result<Element, String> {
        let Some(map) = item.as_object() else {
            let what = if item.is_null() { "a null element" } else { "non-map elements" };
            return Err(format!("associative list with keys may not have {what}"));
        };
        let mut keys = Vec::with_capacity(names.len());
        for name in names {
            if let Some(value) = map.get(name).or_else(|| self.item().key_default(name)) {
                keys.push((name.clone(), Literal(value.clone())));
            }
        }
        if keys.is_empty() {
            let names: Vec<String> = names.iter().map(|name| format!("\"{name}\"")).collect();
            return Err(format!(
                "associative list with keys has an element that omits all key fields [{}] (and \
                 doesn't have default values for any key fields)",
                names.join(" ")
            ));
        }
        keys.sort();
        Ok(Element::Key(keys))
    }
}
