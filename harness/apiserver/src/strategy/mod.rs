//! What a resource does with an object before it is stored: shape, metadata, status, generation,
//! validation. The differences between kinds live in [`crate::builtin`].

mod metadata;
mod prepare;
mod scale;
mod validate;

pub(crate) use metadata::generated_name;
pub(crate) use prepare::{
    is_free, mark_deleting, prepare_create, prepare_update, shape, to_storage, uid,
};
pub(crate) use validate::{validate, warnings};
