//! The verbs on resources. Each runs whole under the server's lock: there is no await between
//! reading and committing, so a client that goes away leaves no half of a write.

mod apply;
mod body;
mod call;
mod create;
mod delete;
mod page;
mod read;
mod reviews;
mod scale;
mod tokens;
mod update;

pub(crate) use call::{Answer, Call, Incoming, Reply, is_page_not_found, page_not_found, serve};
pub(crate) use delete::Propagation;
