//! The three kinds of patches that change a document.

mod json;
mod merge;
mod strategic;

pub(crate) use json::json;
pub(crate) use merge::merge;
pub(crate) use strategic::strategic;
