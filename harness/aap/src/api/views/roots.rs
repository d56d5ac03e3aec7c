//! The controller itself: its roots, ping, the caller, the configuration.

use super::super::{Call, Refusal, Reply};
use super::access;
use crate::documents;
use crate::state::State;

pub(super) fn api(call: &Call<'_>) -> Reply {
    Reply::ok(&documents::api_root(call.root))
}

pub(super) fn version(call: &Call<'_>) -> Reply {
    Reply::ok(&documents::version_root(call.root))
}

pub(super) fn ping(state: &State) -> Reply {
    Reply::ok(&documents::ping(&state.config))
}

/// A list with the caller as its one row.
pub(super) fn me(state: &State, call: &Call<'_>) -> Result<Reply, Refusal> {
    let user = access::caller(call)?;
    let row = |()| documents::me(&user, call.root, state.installed);
    crate::lists::page(call, &[()], row)
}

pub(super) fn config(state: &State, call: &Call<'_>) -> Result<Reply, Refusal> {
    let user = access::caller(call)?;
    Ok(Reply::ok(&documents::config(&state.config, &user)))
}
