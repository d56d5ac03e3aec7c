//! The OpenAPI documents: version 3 by group and version, version 2 as a whole, in JSON and (for
//! old clients) in protobuf.
//!
//! [`schemas`] writes the types of built-in kinds and of CRDs; [`paths`] what clients look for in
//! the paths; [`documents`] puts them together when they are asked for, and keeps them until a CRD
//! changes.

mod documents;
mod gnostic;
mod paths;
mod schemas;

pub(crate) use documents::{Documents, Form, index, version_2, version_3};
