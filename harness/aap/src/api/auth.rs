//! Credentials: a bearer token, or a user's name and password.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use jiff::Timestamp;

use crate::config::Scope;
use crate::state::{State, User};

/// Who calls, if the credentials are good.
pub(crate) struct Caller {
    pub(crate) user: Arc<User>,
    pub(crate) reads_only: bool,
}

/// Bad, expired and absent credentials are all the same.
pub(crate) fn caller(state: &State, headers: &HeaderMap, now: Timestamp) -> Option<Caller> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (scheme, value) = header.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        let (user, scope) = state.users.bearer(value.trim(), now)?;
        return Some(Caller { user, reads_only: scope == Scope::Read });
    }
    if scheme.eq_ignore_ascii_case("basic") && state.config.switches.basic_auth {
        let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
        let (name, password) = text.split_once(':')?;
        return Some(Caller { user: state.users.basic(name, password)?, reads_only: false });
    }
    None
}
