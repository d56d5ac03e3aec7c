//! Who owns which fields of an object, and server-side apply.
//!
//! A [`Set`] is a tree of fields, named by [`element`]s. A [`Shape`] tells what a schema says of a
//! value; [`compare`], [`merge`] and [`fields`] walk values along it. [`owners`] reads and writes
//! `metadata.managedFields`, and [`Manager`] does what a request means for them, in all
//! [`versions`] in which owners speak. [`scale`] carries ownership over to a scale and back.

mod compare;
mod element;
mod fields;
mod manager;
mod merge;
mod owners;
mod scale;
mod set;
mod shape;
mod track;
mod versions;

pub(crate) use manager::Manager;
pub(crate) use owners::Owners;
pub(crate) use scale::{from_scale, to_scale};
pub(crate) use shape::Shape;
pub(crate) use track::track;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::Shape;
    use crate::schema::Parser;

    /// Calls back with the shape of a schema that has every kind of list and map.
    pub(super) fn with_schema(check: impl FnOnce(Shape<'_>)) {
        let schema = json!({"type": "object", "properties": {
            "labels": {"type": "object", "additionalProperties": {"type": "string"}},
            "whole": {"type": "object", "x-kubernetes-map-type": "atomic",
                "additionalProperties": {"type": "integer"}},
            "list": {"type": "array", "items": {"type": "integer"}},
            "set": {"type": "array", "x-kubernetes-list-type": "set",
                "items": {"type": "string"}},
            "map": {"type": "array", "x-kubernetes-list-type": "map",
                "x-kubernetes-list-map-keys": ["k"], "items": {"type": "object",
                    "required": ["k"], "properties": {
                        "k": {"type": "string"}, "v": {"type": "integer"}}}},
            "nest": {"type": "object", "properties": {
                "a": {"type": "object", "properties": {"b": {"type": "integer"}}}}},
            "any": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}});
        let mut parser = Parser::new();
        let schema = parser.root(&schema, "schema");
        assert_eq!(parser.errors, vec![]);
        check(Shape::Custom { schema: &schema, loose: false, resource: false });
    }
}
