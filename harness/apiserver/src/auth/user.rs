//! A user as the server knows one.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Group of everybody who has shown who they are.
pub(crate) const AUTHENTICATED: &str = "system:authenticated";
/// Group of everybody who has not.
pub(crate) const UNAUTHENTICATED: &str = "system:unauthenticated";
/// Who comes without a token.
pub(crate) const ANONYMOUS: &str = "system:anonymous";

/// Request extension: the user of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    /// Name, such as `system:serviceaccount:default:builder`.
    pub name: String,
    /// Tells users of one name in the course of time apart; may be empty.
    pub uid: String,
    /// Groups that the user is in.
    pub groups: Vec<String>,
    /// What else is known, in lowercase keys.
    pub extra: BTreeMap<String, Vec<String>>,
}

impl User {
    /// A user of that name, in no group.
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// The user in one more group.
    #[must_use]
    pub fn group(mut self, group: &str) -> Self {
        self.groups.push(group.to_owned());
        self
    }

    pub(super) fn anonymous() -> Self {
        Self::new(ANONYMOUS).group(UNAUTHENTICATED)
    }

    /// The service account as a user.
    pub(super) fn account(namespace: &str, name: &str) -> Self {
        let mut user = Self::new(&format!("{ACCOUNT}{namespace}:{name}"));
        user.groups = account_groups(namespace);
        user
    }

    /// As `UserInfo`: what is empty is not there.
    pub(crate) fn to_value(&self) -> Value {
        let mut info = Map::new();
        if !self.name.is_empty() {
            info.insert("username".into(), self.name.clone().into());
        }
        if !self.uid.is_empty() {
            info.insert("uid".into(), self.uid.clone().into());
        }
        if !self.groups.is_empty() {
            info.insert("groups".into(), self.groups.clone().into());
        }
        if !self.extra.is_empty() {
            let extra = self.extra.iter().map(|(key, texts)| (key.clone(), texts.clone().into()));
            info.insert("extra".into(), Value::Object(extra.collect()));
        }
        Value::Object(info)
    }
}

/// How the names of service accounts begin.
const ACCOUNT: &str = "system:serviceaccount:";

/// Namespace and name in the name of a service account.
pub(super) fn account_of(user: &str) -> Option<(&str, &str)> {
    let (namespace, name) = user.strip_prefix(ACCOUNT)?.split_once(':')?;
    (!namespace.is_empty() && !name.is_empty() && !name.contains(':')).then_some((namespace, name))
}

pub(super) fn account_groups(namespace: &str) -> Vec<String> {
    vec!["system:serviceaccounts".to_owned(), format!("system:serviceaccounts:{namespace}")]
}
