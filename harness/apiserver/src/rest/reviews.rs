//! Resources that are answered and not stored: reviews and tokens. Everybody may do everything.

use base64::Engine as _;
use serde_json::{Map, Value, json};

use super::{Call, Reply};
use crate::decode;
use crate::meta;
use crate::negotiate;
use crate::status::{ApiError, FieldError, Result};

const CODE: base64::engine::GeneralPurpose = base64::engine::general_purpose::URL_SAFE_NO_PAD;
const ISSUER: &str = "https://kubernetes.default.svc";
const TOKEN_SECONDS_DEFAULT: i64 = 3600;
const TOKEN_SECONDS_MIN: i64 = 600;

impl Call<'_> {
    /// Is the resource one that is only answered?
    pub(super) fn is_review(&self) -> bool {
        matches!(self.resource.group.as_str(), "authentication.k8s.io" | "authorization.k8s.io")
    }

    pub(super) fn review(&mut self) -> Result<Reply> {
        let body = self.review_body()?;
        let now = meta::time((self.state.options.now)());
        let spec = body.get("spec").cloned().unwrap_or_else(|| json!({}));
        let mut metadata = Map::new();
        let status = match self.resource.plural.as_str() {
            "selfsubjectreviews" => {
                metadata.insert("creationTimestamp".into(), now.into());
                json!({"userInfo": self.user()})
            }
            "selfsubjectrulesreviews" => json!({
                "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
                "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
                "incomplete": false,
            }),
            "tokenreviews" => token_status(spec["token"].as_str().unwrap_or_default()),
            _ => json!({"allowed": true}),
        };
        let mut answer = Map::new();
        answer.insert("kind".into(), self.resource.kind.clone().into());
        answer.insert("apiVersion".into(), self.resource.api_version.clone().into());
        answer.insert("metadata".into(), metadata.into());
        if self.resource.plural != "selfsubjectreviews" {
            answer.insert("spec".into(), spec);
        }
        answer.insert("status".into(), status);
        Ok(Reply::value(201, &Value::Object(answer)))
    }

    fn review_body(&self) -> Result<Value> {
        let format = negotiate::body(self.content_type)?;
        let decoded = decode::decode(self.body, format).map_err(ApiError::bad_request)?;
        if decoded.value.is_object() {
            return Ok(decoded.value);
        }
        Err(ApiError::bad_request("the body is not an object"))
    }

    /// Who the caller is: by its name, or by impersonation.
    fn user(&self) -> Value {
        let header = |name: &str| self.headers.get(name).and_then(|value| value.to_str().ok());
        match header("impersonate-user") {
            Some(name) => {
                let given = self.headers.get_all("impersonate-group").iter();
                let mut groups: Vec<&str> = given.filter_map(|value| value.to_str().ok()).collect();
                groups.push("system:authenticated");
                json!({"username": name, "groups": groups})
            }
            None => json!({"username": &*self.client,
                "groups": ["system:masters", "system:authenticated"]}),
        }
    }

    /// POST of `serviceaccounts/<name>/token`.
    pub(super) fn token(&mut self) -> Result<Reply> {
        let found = self.state.get(&self.resource, self.namespace(), self.name()).cloned();
        let Some(account) = found else { return Err(self.not_found()) };
        let body = self.review_body()?;
        let seconds = match body.pointer("/spec/expirationSeconds") {
            None | Some(Value::Null) => TOKEN_SECONDS_DEFAULT,
            Some(value) => value.as_i64().unwrap_or(0),
        };
        if !(TOKEN_SECONDS_MIN..=1 << 32).contains(&seconds) {
            let why = "may not specify a duration less than 10 minutes";
            let error = FieldError::invalid("spec.expirationSeconds", seconds.to_string(), why);
            let group = "authentication.k8s.io";
            return Err(ApiError::invalid(group, "TokenRequest", self.name(), &[error]));
        }
        let audiences = match body.pointer("/spec/audiences") {
            Some(Value::Array(list)) if !list.is_empty() => Value::Array(list.clone()),
            _ => json!([ISSUER]),
        };
        let now = (self.state.options.now)();
        let end = now.as_second().saturating_add(seconds);
        let claims = json!({
            "iss": ISSUER,
            "sub": format!("system:serviceaccount:{}:{}", self.namespace(), self.name()),
            "aud": audiences,
            "iat": now.as_second(),
            "exp": end,
        });
        let header = json!({"alg": "none", "typ": "JWT"});
        let mark = (self.state.options.dice)().to_be_bytes();
        let token = format!(
            "{}.{}.{}",
            CODE.encode(header.to_string()),
            CODE.encode(claims.to_string()),
            CODE.encode(mark)
        );
        let end = jiff::Timestamp::from_second(end).unwrap_or(now);
        let metadata = json!({
            "name": self.name(),
            "namespace": self.namespace(),
            "uid": meta::uid(&account.object),
            "creationTimestamp": meta::time(now),
        });
        let answer = json!({
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "metadata": metadata,
            "spec": {"audiences": audiences, "expirationSeconds": seconds,
                "boundObjectRef": body.pointer("/spec/boundObjectRef")},
            "status": {"token": token, "expirationTimestamp": meta::time(end)},
        });
        Ok(Reply::value(201, &answer))
    }
}

/// Whose token it is, if this server gave it out. Tokens are not signed.
fn token_status(token: &str) -> Value {
    let claims = token.split('.').nth(1).and_then(|claims| CODE.decode(claims).ok());
    let claims = claims.and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let subject = claims.as_ref().filter(|claims| claims["iss"] == ISSUER);
    match subject.and_then(|claims| claims["sub"].as_str()) {
        Some(subject) => json!({"authenticated": true, "user": {"username": subject,
            "groups": ["system:serviceaccounts", "system:authenticated"]}}),
        None => json!({"user": {}, "error": "invalid bearer token"}),
    }
}
