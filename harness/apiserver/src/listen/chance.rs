//! Chance of the operating system, for what nobody may guess.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::{SecureRandom as _, SystemRandom};

use crate::options::Dice;

/// Bytes in a token.
const TOKEN_BYTES: usize = 32;

/// A bearer token that nobody can guess.
pub fn token() -> String {
    URL_SAFE_NO_PAD.encode(bytes::<TOKEN_BYTES>())
}

/// Dice for a server that real clients use: the keys that sign tokens come from them.
pub fn dice() -> Dice {
    std::sync::Arc::new(|| u64::from_be_bytes(bytes()))
}

fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // A system without it cannot speak TLS either.
    SystemRandom::new().fill(&mut bytes).expect("the system has randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_are_alike() {
        assert_ne!(token(), token());
        assert_eq!(token().len(), 43);
        let dice = dice();
        assert_ne!(dice(), dice());
    }
}
