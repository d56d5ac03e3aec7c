//! How built-in kinds differ from each other: defaults, validation, stored form.

mod events;
mod fields;
mod prepare;
mod types;
mod validate;

pub(crate) use prepare::{
    prepare_create, prepare_update, set_defaults, shape, to_storage, to_version,
};
pub(crate) use types::{Definition, Field, Patch, Type, definition, of_kind};
pub(crate) use validate::validate;
