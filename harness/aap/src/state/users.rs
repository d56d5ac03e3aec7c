//! Users, and the tokens that stand for them.

use std::sync::Arc;

use jiff::Timestamp;

use crate::config::{Config, Rights, Scope, Token};

/// A user of the controller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) superuser: bool,
    pub(crate) rights: Rights,
}

/// Users and tokens.
pub(crate) struct Users {
    users: Vec<Arc<User>>,
    passwords: Vec<(String, String)>,
    tokens: Vec<Token>,
    /// Tokens made over the API; a rotation does not concern them.
    issued: Vec<Token>,
    revoked: bool,
}

impl Users {
    pub(crate) fn new(config: &Config) -> Self {
        let mut users = Users {
            users: Vec::new(),
            passwords: config.passwords.clone().into_iter().collect(),
            tokens: config.tokens.clone(),
            issued: Vec::new(),
            revoked: false,
        };
        users.add("admin", true, Rights::Execute);
        for token in &config.tokens {
            users.add(&token.user, token.superuser, token.rights);
        }
        for name in config.passwords.keys() {
            users.add(name, false, Rights::Execute);
        }
        users
    }

    fn add(&mut self, name: &str, superuser: bool, rights: Rights) {
        match self.users.iter_mut().find(|user| user.name == name) {
            Some(user) => Arc::make_mut(user).superuser |= superuser,
            None => {
                let id = i64::try_from(self.users.len()).unwrap_or(i64::MAX - 1) + 1;
                let name = name.to_owned();
                self.users.push(Arc::new(User { id, name, superuser, rights }));
            }
        }
    }

    pub(crate) fn named(&self, name: &str) -> Option<Arc<User>> {
        self.users.iter().find(|user| user.name == name).cloned()
    }

    /// The admin, who is always there.
    pub(crate) fn admin(&self) -> Arc<User> {
        Arc::clone(&self.users[0])
    }

    /// Who a bearer token stands for, and what it allows.
    pub(crate) fn bearer(&self, value: &str, now: Timestamp) -> Option<(Arc<User>, Scope)> {
        let configured = self.tokens.iter().filter(|_| !self.revoked);
        let token = configured.chain(&self.issued).find(|token| token.value == value)?;
        let valid = token.expires.is_none_or(|end| end > now);
        let user = self.named(&token.user)?;
        valid.then_some((user, token.scope))
    }

    /// Who a name and a password stand for.
    pub(crate) fn basic(&self, name: &str, password: &str) -> Option<Arc<User>> {
        let known = self.passwords.iter().any(|(n, p)| n == name && p == password);
        known.then(|| self.named(name)).flatten()
    }

    /// Makes a token valid; gives its id.
    pub(crate) fn issue(&mut self, token: Token) -> usize {
        self.issued.push(token);
        self.tokens.len() + self.issued.len()
    }

    pub(crate) fn revoke(&mut self, revoked: bool) {
        self.revoked = revoked;
        if !revoked {
            // one whose time was over is prolonged
            for token in &mut self.tokens {
                token.expires = None;
            }
        }
    }
}
