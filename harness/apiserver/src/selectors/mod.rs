//! Selects objects by labels and fields.

mod both;
mod field;
mod label;

pub(crate) use both::Selector;
