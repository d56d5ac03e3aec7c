//! How built-in kinds differ from each other: defaults, validation, stored form.

mod events;
mod prepare;
mod schemas;
mod validate;

pub(crate) use prepare::{prepare_create, prepare_update, shape, to_storage, to_version};
pub(crate) use validate::validate;
