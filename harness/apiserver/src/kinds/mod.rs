//! Which resources there are: the built-in kinds, and those that CustomResourceDefinitions add.

mod builtins;
mod registry;
mod resource;
mod row;

pub(crate) use builtins::BUILTINS;
pub(crate) use registry::{Registry, builtin};
pub(crate) use resource::{Resource, ScalePaths, Source, api_version};
