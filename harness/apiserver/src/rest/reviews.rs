//! Resources that are answered and not stored: who am I, whose token is it, may they. Everybody
//! may do everything.

use serde_json::{Map, Value, json};

use super::{Call, Reply};
use crate::auth::{self, ISSUER, User};
use crate::decode;
use crate::meta;
use crate::negotiate;
use crate::status::{ApiError, FieldError, Result, quoted};

/// `apiVersion` of requests for tokens, which come to a resource of another group.
pub(super) const TOKENS: &str = "authentication.k8s.io/v1";

impl Call<'_> {
    /// Is the resource one that is only answered?
    pub(super) fn is_review(&self) -> bool {
        matches!(self.resource.group.as_str(), "authentication.k8s.io" | "authorization.k8s.io")
    }

    pub(super) fn review(&mut self) -> Result<Reply> {
        let body = self.review_body(&self.resource.kind)?;
        let now = meta::time((self.state.options.now)());
        let spec = body.get("spec").cloned().unwrap_or_else(|| json!({}));
        let mut metadata = Map::new();
        let status = match self.resource.plural.as_str() {
            "selfsubjectreviews" => {
                metadata.insert("creationTimestamp".into(), now.into());
                json!({"userInfo": self.user()?.to_value()})
            }
            "selfsubjectrulesreviews" => json!({
                "resourceRules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}],
                "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
                "incomplete": false,
            }),
            "tokenreviews" => self.token_status(&spec)?,
            _ => {
                self.check_access_review(&spec)?;
                if !self.namespace().is_empty() {
                    metadata.insert("namespace".into(), self.namespace().into());
                }
                json!({"allowed": true})
            }
        };
        if self.resource.plural != "selfsubjectreviews" {
            let api_version = &self.resource.api_version;
            let group = self.resource.group.split('.').next().unwrap_or_default();
            let shape = format!("{group}.{}.{}", self.resource.version, self.resource.kind);
            let owners = self.asked_by(&spec, &shape, api_version, "")?;
            metadata.extend(owners.map(|owners| ("managedFields".to_owned(), owners)));
        }
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

    pub(super) fn review_body(&self, kind: &str) -> Result<Value> {
        let format = negotiate::body(self.content_type, false)?;
        let group = if kind == self.resource.kind { &self.resource.api_version } else { TOKENS };
        let decoded = decode::decode(self.body, format, (group, kind));
        let decoded = decoded.map_err(ApiError::bad_request)?;
        if decoded.value.is_object() {
            return Ok(decoded.value);
        }
        Err(ApiError::bad_request("the body is not an object"))
    }

    /// Who the caller is: whom authentication found; without it by name, or by impersonation.
    fn user(&self) -> Result<User> {
        if let Some(user) = self.user {
            return Ok(user.clone());
        }
        let other = auth::impersonated(self.headers)?;
        Ok(other.unwrap_or_else(|| {
            User::new(&self.client).group("system:masters").group("system:authenticated")
        }))
    }

    fn token_status(&self, spec: &Value) -> Result<Value> {
        let token = spec.get("token").and_then(Value::as_str).unwrap_or_default();
        if token.is_empty() {
            let message = "token is required for TokenReview in authentication";
            return Err(ApiError::bad_request(message));
        }
        let audiences = audiences(spec);
        Ok(match auth::identify(self.state, token, &audiences) {
            Ok(found) => json!({"authenticated": true, "user": found.user.to_value(),
                "audiences": found.audiences}),
            Err(why) => json!({"user": {}, "error": why}),
        })
    }

    /// What is asked must be one question, and say about whom.
    fn check_access_review(&self, spec: &Value) -> Result<()> {
        let asks = |field: &str| spec.get(field).is_some_and(Value::is_object);
        let (resource, other) = (asks("resourceAttributes"), asks("nonResourceAttributes"));
        let mut errors = Vec::new();
        if resource && other {
            let shown = spec["nonResourceAttributes"].to_string();
            let why = "cannot be specified in combination with resourceAttributes";
            errors.push(FieldError::invalid("spec.nonResourceAttributes", shown, why));
        }
        if !resource && !other {
            let why =
                "exactly one of nonResourceAttributes or resourceAttributes must be specified";
            errors.push(FieldError::invalid("spec.resourceAttributes", "null", why));
        }
        let named = spec.get("user").and_then(Value::as_str).is_some_and(|user| !user.is_empty());
        let grouped =
            spec.get("groups").and_then(Value::as_array).is_some_and(|all| !all.is_empty());
        if !self.resource.plural.starts_with("self") && !named && !grouped {
            let why = "at least one of user or group must be specified";
            errors.push(FieldError::invalid("spec.user", quoted(""), why));
        }
        if self.resource.namespaced {
            let scope = spec.pointer("/resourceAttributes/namespace").and_then(Value::as_str);
            let scope = scope.unwrap_or_default();
            if resource && scope != self.namespace() {
                let field = "spec.resourceAttributes.namespace";
                let why = "must match metadata.namespace";
                errors.push(FieldError::invalid(field, quoted(scope), why));
            }
            if other {
                let shown = spec["nonResourceAttributes"].to_string();
                let why = "disallowed on this kind of request";
                errors.push(FieldError::invalid("spec.nonResourceAttributes", shown, why));
            }
        }
        if errors.is_empty() {
            return Ok(());
        }
        Err(ApiError::invalid(&self.resource.group, &self.resource.kind, "", &errors))
    }
}

/// For whom a token is, or shall be.
pub(super) fn audiences(spec: &Value) -> Vec<String> {
    let given = spec.get("audiences").and_then(Value::as_array);
    let given = given.into_iter().flatten().filter_map(Value::as_str);
    let given: Vec<String> = given.map(str::to_owned).collect();
    if given.is_empty() { vec![ISSUER.to_owned()] } else { given }
}
