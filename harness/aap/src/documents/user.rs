//! The documents of users and tokens.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::Stamp;
use super::parts::{Link, UserSummary, links};
use crate::state::User;

const PARTS: [&str; 11] = [
    "teams",
    "organizations",
    "admin_of_organizations",
    "projects",
    "credentials",
    "roles",
    "activity_stream",
    "access_list",
    "tokens",
    "authorized_tokens",
    "personal_tokens",
];

/// The caller, as `me` lists it.
pub(crate) fn me(user: &User, root: &str, installed: Timestamp) -> Value {
    let id = user.id;
    json!({
        "id": id,
        "type": "user",
        "url": Link(root, "users", id, ""),
        "related": links(root, "users", id, &PARTS),
        "summary_fields": {
            "resource": {
                "ansible_id": format!("00000000-0000-4000-8000-{id:012}"),
                "resource_type": "shared.user",
            },
            "user_capabilities": {"edit": true, "delete": false},
        },
        "created": Stamp(installed),
        "modified": null,
        "username": user.name,
        "first_name": "",
        "last_name": "",
        "email": "",
        "is_superuser": user.superuser,
        "is_system_auditor": false,
        "password": "$encrypted$",
        "last_login": null,
    })
}

/// What a new token's document tells.
pub(crate) struct NewToken<'a> {
    pub(crate) id: i64,
    pub(crate) value: &'a str,
    pub(crate) description: &'a str,
    pub(crate) scope: &'a str,
    pub(crate) user: &'a User,
    pub(crate) now: Timestamp,
    pub(crate) expires: Timestamp,
}

/// A token that was just made: the only document that shows its value.
pub(crate) fn token(new: &NewToken<'_>, root: &str) -> Value {
    let id = new.id;
    json!({
        "id": id,
        "type": "o_auth2_access_token",
        "url": Link(root, "tokens", id, ""),
        "related": {
            "user": Link(root, "users", new.user.id, ""),
            "activity_stream": Link(root, "tokens", id, "activity_stream"),
        },
        "summary_fields": {"user": UserSummary::from(new.user)},
        "created": Stamp(new.now),
        "modified": Stamp(new.now),
        "description": new.description,
        "user": new.user.id,
        "token": new.value,
        "refresh_token": null,
        "application": null,
        "expires": Stamp(new.expires),
        "scope": new.scope,
    })
}
