//! Structural schemas of CustomResourceDefinitions: compiled once, then used to shape objects
//! (prune, default) and to validate them (types, bounds, lists, CEL rules).

mod formats;
mod library;
mod lists;
mod node;
mod parse;
mod rules;
mod shape;
mod structure;
mod trail;
mod types;
mod validate;

pub(crate) use node::{Bound, Checks, List, Schema, Type};
pub(crate) use parse::Parser;
pub(crate) use shape::shape;
pub(crate) use trail::{Step, Trail};
pub(crate) use validate::{Part, validate};
