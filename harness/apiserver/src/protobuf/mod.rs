//! Bodies in protobuf, as Go clients write them for all built-in kinds.
//!
//! There is one interpreter (`decode`) and one table of messages (`table`), which is generated from
//! the Go types (`generate/`): what comes out is the JSON that the same client would have sent.

mod decode;
mod special;
mod table;
#[cfg(test)]
mod tests;
mod wire;

pub(crate) use decode::decode;
