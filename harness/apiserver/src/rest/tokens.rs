//! Tokens of service accounts: POST of `serviceaccounts/<name>/token`.

use serde_json::{Value, json};

use super::reviews::{TOKENS, audiences};
use super::{Call, Reply};
use crate::auth::{Bound, Grant};
use crate::kinds::builtin;
use crate::meta;
use crate::status::{ApiError, FieldError, Result, quoted};
use crate::strategy;

const GROUP: &str = "authentication.k8s.io";
const KIND: &str = "TokenRequest";
const SECONDS_DEFAULT: i64 = 3600;
const SECONDS_MIN: i64 = 600;
const SECONDS_MAX: i64 = 1 << 32;

impl Call<'_> {
    pub(super) fn token(&mut self) -> Result<Reply> {
        let body = self.review_body(KIND)?;
        self.check_token_name(&body)?;
        let found = self.state.get(&self.resource, self.namespace(), self.name()).cloned();
        let Some(account) = found else { return Err(self.not_found()) };
        let account_uid = meta::uid(&account.object).to_owned();
        let wanted = meta::uid(&body);
        if !wanted.is_empty() && wanted != account_uid {
            let why = format!(
                "the UID in the token request ({wanted}) does not match the UID of the service \
                 account ({account_uid})"
            );
            return Err(ApiError::conflict(GROUP, KIND, self.name(), &why));
        }
        let spec = body.get("spec").cloned().unwrap_or_default();
        let seconds = seconds(&spec)?;
        let reference = spec.get("boundObjectRef").filter(|reference| reference.is_object());
        let now = (self.state.options.now)();
        let dice = self.state.options.dice.clone();
        let grant = Grant {
            namespace: self.namespace().to_owned(),
            name: self.name().to_owned(),
            uid: account_uid.clone(),
            audiences: audiences(&spec),
            issued: now.as_second(),
            expires: now.as_second().saturating_add(seconds),
            id: strategy::uid(dice(), dice()),
            bound: reference.map(|reference| self.bound(reference)).transpose()?,
        };
        let token = self.state.tokens.sign(&dice, &grant.to_claims());
        let end = jiff::Timestamp::from_second(grant.expires).unwrap_or(now);
        let mut metadata = json!({
            "name": grant.name,
            "namespace": grant.namespace,
            "uid": account_uid,
            "creationTimestamp": meta::time(now),
        });
        let owners = self.asked_by(&spec, "authentication.v1.TokenRequest", TOKENS, "token")?;
        if let Some(owners) = owners {
            metadata["managedFields"] = owners;
        }
        let answer = json!({
            "kind": KIND,
            "apiVersion": TOKENS,
            "metadata": metadata,
            "spec": {"audiences": grant.audiences, "expirationSeconds": seconds,
                "boundObjectRef": reference},
            "status": {"token": token, "expirationTimestamp": meta::time(end)},
        });
        Ok(Reply::value(201, &answer))
    }

    /// The body need not name the account; if it does, it must be that of the path.
    fn check_token_name(&self, body: &Value) -> Result<()> {
        let pairs = [("name", self.name()), ("namespace", self.namespace())];
        for (field, path) in pairs {
            let given = meta::text(body, field);
            if !given.is_empty() && given != path {
                let why = format!("must match the service account {field} if specified");
                let error = FieldError::invalid(format!("metadata.{field}"), quoted(given), why);
                return Err(ApiError::invalid(GROUP, KIND, self.name(), &[error]));
            }
        }
        Ok(())
    }

    /// The object that the token shall live no longer than.
    fn bound(&self, reference: &Value) -> Result<Bound> {
        let text = |field: &str| reference.get(field).and_then(Value::as_str).unwrap_or_default();
        let (kind, name) = (text("kind"), text("name"));
        let (group, version) =
            text("apiVersion").split_once('/').unwrap_or(("", text("apiVersion")));
        let known = Bound::KINDS.iter().find(|(known, ..)| group.is_empty() && *known == kind);
        let Some((_, what, plural)) = known else {
            let message =
                format!("cannot bind token to object of type {group}/{version}, Kind={kind}");
            return Err(ApiError::bad_request(message));
        };
        let resource = builtin("", "v1", plural);
        let scope = if resource.namespaced { self.namespace() } else { "" };
        let found = self.state.get(&resource, scope, name);
        let found = found.ok_or_else(|| ApiError::not_found("", plural, name))?;
        if *what == "pod" {
            let runs_as = found.object.pointer("/spec/serviceAccountName").and_then(Value::as_str);
            if runs_as != Some(self.name()) {
                let message = format!(
                    "cannot bind token for serviceaccount {} to pod running with different \
                     serviceaccount name.",
                    quoted(self.name())
                );
                return Err(ApiError::bad_request(message));
            }
        }
        let (uid, wanted) = (meta::uid(&found.object), text("uid"));
        if !wanted.is_empty() && wanted != uid {
            let why = format!(
                "the UID in the bound object reference ({wanted}) does not match the UID in \
                 record. The object might have been deleted and then recreated"
            );
            return Err(ApiError::conflict("", kind, name, &why));
        }
        Ok(Bound { what, name: name.to_owned(), uid: uid.to_owned() })
    }
}

fn seconds(spec: &Value) -> Result<i64> {
    let seconds = match spec.get("expirationSeconds") {
        None | Some(Value::Null) => return Ok(SECONDS_DEFAULT),
        Some(value) => value.as_i64().unwrap_or(0),
    };
    let why = if seconds < SECONDS_MIN {
        "may not specify a duration less than 10 minutes"
    } else if seconds > SECONDS_MAX {
        "may not specify a duration larger than 2^32 seconds"
    } else {
        return Ok(seconds);
    };
    let error = FieldError::invalid("spec.expirationSeconds", seconds.to_string(), why);
    Err(ApiError::invalid(GROUP, KIND, "", &[error]))
}
