//! What the token of a service account says.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::User;
use super::identify::ISSUER;

/// An object with whose life a token ends.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Bound {
    /// `pod`, `node` or `secret`
    pub what: &'static str,
    pub name: String,
    pub uid: String,
}

impl Bound {
    pub(crate) const KINDS: [(&'static str, &'static str, &'static str); 3] =
        [("Pod", "pod", "pods"), ("Node", "node", "nodes"), ("Secret", "secret", "secrets")];

    /// Plural of what it is.
    pub(super) fn plural(&self) -> &'static str {
        let kind = Self::KINDS.iter().find(|(_, what, _)| *what == self.what);
        kind.map_or("", |(_, _, plural)| plural)
    }
}

/// A token that is to be given out, or was.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Grant {
    pub namespace: String,
    pub name: String,
    /// Of the service account.
    pub uid: String,
    pub audiences: Vec<String>,
    pub issued: i64,
    pub expires: i64,
    /// Of the token.
    pub id: String,
    pub bound: Option<Bound>,
}

impl Grant {
    pub(crate) fn to_claims(&self) -> Value {
        let mut inner = json!({
            "namespace": self.namespace,
            "serviceaccount": {"name": self.name, "uid": self.uid},
        });
        if let Some(bound) = &self.bound {
            inner[bound.what] = json!({"name": bound.name, "uid": bound.uid});
        }
        json!({
            "aud": self.audiences,
            "exp": self.expires,
            "iat": self.issued,
            "iss": ISSUER,
            "jti": self.id,
            "kubernetes.io": inner,
            "nbf": self.issued,
            "sub": self.user().name,
        })
    }

    pub(super) fn of_claims(claims: &Value) -> Option<Self> {
        let inner = claims.get("kubernetes.io")?.as_object()?;
        let text = |value: &Value, field: &str| Some(value.get(field)?.as_str()?.to_owned());
        let account = inner.get("serviceaccount")?;
        let bound = Bound::KINDS.iter().find_map(|(_, what, _)| {
            let value = inner.get(*what)?;
            Some(Bound { what, name: text(value, "name")?, uid: text(value, "uid")? })
        });
        let audiences = claims.get("aud")?.as_array()?.iter();
        Some(Self {
            namespace: inner.get("namespace")?.as_str()?.to_owned(),
            name: text(account, "name")?,
            uid: text(account, "uid")?,
            audiences: audiences.filter_map(Value::as_str).map(str::to_owned).collect(),
            issued: claims.get("iat")?.as_i64()?,
            expires: claims.get("exp")?.as_i64()?,
            id: text(claims, "jti")?,
            bound,
        })
    }

    pub(super) fn has_expired(&self, now: Timestamp) -> bool {
        now.as_second() > self.expires
    }

    /// Whom the token makes of its bearer.
    pub(super) fn user(&self) -> User {
        let mut user = User::account(&self.namespace, &self.name);
        user.uid = self.uid.clone();
        let mut note = |key: &str, text: String| {
            user.extra.insert(format!("authentication.kubernetes.io/{key}"), vec![text]);
        };
        note("credential-id", format!("JTI={}", self.id));
        if let Some(bound) = self.bound.as_ref().filter(|bound| bound.what != "secret") {
            note(&format!("{}-name", bound.what), bound.name.clone());
            note(&format!("{}-uid", bound.what), bound.uid.clone());
        }
        user
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_say_all_of_a_grant() {
        let grant = Grant {
            namespace: "ns".into(),
            name: "builder".into(),
            uid: "u".into(),
            audiences: vec!["a".into(), "b".into()],
            issued: 1,
            expires: 2,
            id: "j".into(),
            bound: Some(Bound { what: "pod", name: "p".into(), uid: "pu".into() }),
        };
        assert_eq!(Grant::of_claims(&grant.to_claims()), Some(grant.clone()));
        assert_eq!(Grant::of_claims(&json!({})), None);
        let user = grant.user();
        assert_eq!(user.name, "system:serviceaccount:ns:builder");
        assert_eq!(user.groups, ["system:serviceaccounts", "system:serviceaccounts:ns"]);
        assert_eq!(user.extra["authentication.kubernetes.io/pod-name"], ["p"]);
    }
}
