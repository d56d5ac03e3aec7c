//! The tokens that a server accepts: those it was told of, and those it has signed.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as CODE;
use ring::{digest, hmac};
use serde_json::{Value, json};

use super::User;
use crate::options::Dice;

/// Longest token that is looked at, in bytes.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// The tokens of a server. It keeps digests, so that no token is found in memory or in a log.
#[derive(Default)]
pub(crate) struct Tokens {
    fixed: BTreeMap<Vec<u8>, User>,
    key: Option<hmac::Key>,
}

impl Tokens {
    pub(crate) fn add(&mut self, token: &str, user: User) {
        self.fixed.insert(digest_of(token), user);
    }

    pub(super) fn fixed(&self, token: &str) -> Option<&User> {
        self.fixed.get(&digest_of(token))
    }

    /// Signs claims: a JSON Web Token. The key is thrown when it is first needed.
    pub(crate) fn sign(&mut self, dice: &Dice, claims: &Value) -> String {
        let key = self.key.get_or_insert_with(|| {
            let secret: Vec<u8> = (0..4).flat_map(|_| dice().to_be_bytes()).collect();
            hmac::Key::new(hmac::HMAC_SHA256, &secret)
        });
        let header = json!({"alg": "HS256", "typ": "JWT"});
        let mut token =
            format!("{}.{}", CODE.encode(header.to_string()), CODE.encode(claims.to_string()));
        let signature = hmac::sign(key, token.as_bytes());
        token.push('.');
        token.push_str(&CODE.encode(signature));
        token
    }

    /// The claims of a token that this server has signed.
    pub(super) fn signed(&self, token: &str) -> Option<Value> {
        let key = self.key.as_ref().filter(|_| token.len() <= TOKEN_BYTES_MAX)?;
        let (text, signature) = token.rsplit_once('.')?;
        // There is one way of signing, so that the header of a token need not be believed.
        hmac::verify(key, text.as_bytes(), &CODE.decode(signature).ok()?).ok()?;
        let (_, claims) = text.split_once('.')?;
        serde_json::from_slice(&CODE.decode(claims).ok()?).ok()
    }
}

fn digest_of(token: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().to_vec()
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("fixed", &self.fixed.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn dice(seed: u64) -> Dice {
        Arc::new(move || seed)
    }

    #[test]
    fn a_changed_token_is_not_ours() {
        let mut tokens = Tokens::default();
        let claims = json!({"sub": "me"});
        let token = tokens.sign(&dice(7), &claims);
        assert_eq!(tokens.signed(&token), Some(claims.clone()));
        for at in 0..token.len() {
            let mut bytes = token.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).unwrap();
            assert_eq!(tokens.signed(&changed), None, "{changed}");
        }
        let header = CODE.encode(r#"{"alg":"none"}"#);
        let unsigned = format!("{header}.{}.", CODE.encode(claims.to_string()));
        assert_eq!(tokens.signed(&unsigned), None);
        let mut others = Tokens::default();
        others.sign(&dice(8), &claims);
        assert_eq!(others.signed(&token), None);
        for broken in ["", ".", "..", "a.b.c", &"x".repeat(TOKEN_BYTES_MAX + 1)] {
            assert_eq!(tokens.signed(broken), None);
        }
    }

    #[test]
    fn no_token_is_shown() {
        let mut tokens = Tokens::default();
        tokens.add("very-secret", User::new("me"));
        assert_eq!(tokens.fixed("very-secret").map(|user| user.name.as_str()), Some("me"));
        assert_eq!(tokens.fixed("very-secre"), None);
        assert!(!format!("{tokens:?}").contains("very"));
    }
}
