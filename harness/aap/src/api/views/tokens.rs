//! New tokens (`POST tokens/`).

use http::StatusCode;
use jiff::SignedDuration;
use serde_json::Value;

use super::super::{Call, Refusal, Reply};
use super::{access, launches};
use crate::config::{Rights, Scope, Token};
use crate::documents::{self, NewToken};
use crate::state::State;

/// About a thousand years.
const LIFETIME: SignedDuration = SignedDuration::from_secs(31_536_000_000);
const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH: usize = 30;

pub(super) fn create(state: &mut State, call: &Call<'_>) -> Result<Reply, Refusal> {
    let user = access::caller(call)?;
    let body = launches::read_body(call)?;
    let text = |name: &str| body.get(name).and_then(Value::as_str).unwrap_or_default();
    let scope = match text("scope") {
        "" | "write" => Scope::Write,
        "read" => Scope::Read,
        _ => {
            let text = "Must be a simple space-separated string with allowed scopes \
                        ['read', 'write'].";
            return Err(Refusal::Bad(serde_json::json!({ "scope": [text] })));
        }
    };
    let value = draw(call);
    let now = call.at.stamp;
    let expires = now.checked_add(LIFETIME).unwrap_or(jiff::Timestamp::MAX);
    let token = Token {
        value: value.clone(),
        user: user.name.clone(),
        superuser: user.superuser,
        scope,
        rights: Rights::Execute,
        expires: Some(expires),
    };
    let id = i64::try_from(state.users.issue(token)).unwrap_or(i64::MAX);
    let scope = if scope == Scope::Read { "read" } else { "write" };
    let description = text("description");
    let new = NewToken { id, value: &value, description, scope, user: &user, now, expires };
    let location = format!("{}/v2/tokens/{id}/", call.root);
    let reply = Reply::json(StatusCode::CREATED, &documents::token(&new, call.root));
    Ok(reply.header("location", location))
}

fn draw(call: &Call<'_>) -> String {
    let letters = LETTERS.len() as u64;
    (0..LENGTH).map(|_| char::from(LETTERS[((call.dice)() % letters) as usize])).collect()
}
