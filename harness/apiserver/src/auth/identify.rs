//! Whose token is it?

use super::account::{Bound, Grant};
use super::user::{AUTHENTICATED, User};
use crate::kinds::builtin;
use crate::meta;
use crate::store::State;

/// Who gives the tokens of service accounts out, and whom they are for unless they say otherwise.
pub(crate) const ISSUER: &str = "https://kubernetes.default.svc";

const UNKNOWN: &str = "invalid bearer token";

/// A user, and those of the wanted audiences for which the token is.
pub(crate) struct Identified {
    pub user: User,
    pub audiences: Vec<String>,
}

/// Finds the user of a token. The error says why it has none.
pub(crate) fn identify(
    state: &State,
    token: &str,
    audiences: &[String],
) -> Result<Identified, String> {
    let mut found = if let Some(user) = state.tokens.fixed(token) {
        Identified { user: user.clone(), audiences: audiences.to_vec() }
    } else {
        let claims = state.tokens.signed(token).ok_or(UNKNOWN)?;
        let grant = Grant::of_claims(&claims).ok_or(UNKNOWN)?;
        let fits = |wanted: &&String| grant.audiences.contains(*wanted);
        let fitting: Vec<String> = audiences.iter().filter(fits).cloned().collect();
        if fitting.is_empty() {
            let (has, wanted) = (grant.audiences.join(" "), audiences.join(" "));
            return Err(format!(
                "token audiences [{has}] is invalid for the target audiences \
                 [{wanted}]"
            ));
        }
        check(state, &grant).map_err(|why| format!("[{UNKNOWN}, {why}]"))?;
        Identified { user: grant.user(), audiences: fitting }
    };
    if !found.user.groups.iter().any(|group| group == AUTHENTICATED) {
        found.user.groups.push(AUTHENTICATED.to_owned());
    }
    Ok(found)
}

/// A token lives no longer than its account and what it is bound to.
fn check(state: &State, grant: &Grant) -> Result<(), &'static str> {
    if grant.has_expired((state.options.now)()) {
        return Err("service account token has expired");
    }
    let lives = |plural: &str, namespace: &str, name: &str, uid: &str| {
        let found = state.get(&builtin("", "v1", plural), namespace, name);
        found.is_some_and(|found| meta::uid(&found.object) == uid)
    };
    if !lives("serviceaccounts", &grant.namespace, &grant.name, &grant.uid) {
        return Err("service account token has been invalidated");
    }
    let bound = grant.bound.as_ref();
    let scope = |bound: &Bound| if bound.what == "node" { "" } else { grant.namespace.as_str() };
    if bound.is_some_and(|one| !lives(one.plural(), scope(one), &one.name, &one.uid)) {
        return Err("service account token has been invalidated");
    }
    Ok(())
}
