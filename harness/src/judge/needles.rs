//! Words to be found in texts: raw, base64 and URL-encoded, many words in many texts.

use base64::Engine;

/// Shorter words would be found in any text.
const LEAST_LENGTH: usize = 6;

/// All forms of some words.
#[derive(Debug)]
pub(super) struct Needles {
    forms: Vec<String>,
    /// The pairs of bytes that a form begins with, a bit each: most places of most texts are
    /// passed by with one look.
    beginnings: Vec<u64>,
}

impl Needles {
    /// The forms of these words; too short ones are left out.
    pub fn of(words: &[String]) -> Needles {
        let words = words.iter().filter(|word| word.len() >= LEAST_LENGTH);
        let forms: Vec<String> = words.flat_map(|word| forms(word)).collect();
        let mut beginnings = Vec::new();
        for form in &forms {
            if let [first, second, ..] = form.as_bytes() {
                beginnings.resize(1 << 10, 0);
                let (word, bit) = place(*first, *second);
                beginnings[word] |= bit;
            }
        }
        Needles { forms, beginnings }
    }

    /// There is nothing to look for.
    pub fn is_empty(&self) -> bool {
        self.forms.is_empty()
    }

    /// Whether one of them stands in a text.
    pub fn are_in(&self, text: &str) -> bool {
        if self.is_empty() {
            return false;
        }
        let bytes = text.as_bytes();
        bytes.windows(2).enumerate().any(|(at, pair)| {
            let (word, bit) = place(pair[0], pair[1]);
            self.beginnings[word] & bit != 0
                && self.forms.iter().any(|form| bytes[at..].starts_with(form.as_bytes()))
        })
    }
}

/// The word and the bit of a pair.
fn place(first: u8, second: u8) -> (usize, u64) {
    let pair = usize::from(first) << 8 | usize::from(second);
    (pair >> 6, 1 << (pair & 63))
}

/// The forms in which a word may stand in a text.
fn forms(word: &str) -> Vec<String> {
    let mut forms = vec![word.to_owned()];
    for uppercase in [true, false] {
        let encoded = url_encoded(word, uppercase);
        if !forms.contains(&encoded) {
            forms.push(encoded);
        }
    }
    forms.extend((0..3).map(|offset| base64_inside(word, offset)));
    forms
}

/// What of a word's base64 form stays the same when `offset` unknown bytes (mod 3) stand before it
/// and more behind it.
fn base64_inside(word: &str, offset: usize) -> String {
    let mut bytes = vec![0; offset];
    bytes.extend_from_slice(word.as_bytes());
    let encoded = base64::engine::general_purpose::STANDARD_NO_PAD.encode(&bytes);
    // characters that hold a bit of an unknown byte
    let first = (offset * 8).div_ceil(6);
    let last = bytes.len() * 8 / 6;
    encoded.get(first..last).unwrap_or_default().to_owned()
}

fn url_encoded(word: &str, uppercase: bool) -> String {
    let mut encoded = String::with_capacity(word.len());
    for byte in word.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else if uppercase {
            encoded.push_str(&format!("%{byte:02X}"));
        } else {
            encoded.push_str(&format!("%{byte:02x}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use base64::Engine;

    use super::*;

    #[test]
    fn a_word_is_found_in_every_form() {
        let needles = Needles::of(&["s3cr3t/w0rd".to_owned()]);
        let inside = |prefix: &str| {
            base64::engine::general_purpose::STANDARD.encode(format!("{prefix}s3cr3t/w0rd tail"))
        };
        for text in [
            "x s3cr3t/w0rd y".to_owned(),
            "?q=s3cr3t%2Fw0rd".to_owned(),
            "?q=s3cr3t%2fw0rd".to_owned(),
            inside(""),
            inside("a"),
            inside("ab"),
            inside("abc"),
        ] {
            assert!(needles.are_in(&text), "{text}");
        }
        for text in ["", "s", "s3cr3t w0rd", "s3cr3t/w0r", "S3CR3T/W0RD"] {
            assert!(!needles.are_in(text), "{text}");
        }
    }

    #[test]
    fn short_words_are_not_looked_for() {
        assert!(Needles::of(&["abc".to_owned()]).is_empty());
        assert!(!Needles::of(&[]).are_in("anything"));
    }
}
