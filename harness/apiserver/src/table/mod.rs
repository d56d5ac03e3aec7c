//! Objects as rows of a `meta.k8s.io/v1` Table.

mod builtins;
mod rows;

pub(crate) use rows::table;
