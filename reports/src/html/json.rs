//! JSON text with bounds: what an operator logs or stores may be of any length. It holds no `<`, so
//! that it can stand in a document as it is.

use serde_json::Value;

/// Bytes that are kept of one text.
pub(super) const TEXT_BYTES_MAX: usize = 4_000;
/// Bytes that are kept of one body; a larger one is replaced by a word on its size.
pub(super) const BODY_BYTES_MAX: usize = 64 * 1024;

/// A text; a long one ends with a word on what is missing.
pub(super) fn text(out: &mut Vec<u8>, text: &str) {
    let mut end = text.len().min(TEXT_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    out.push(b'"');
    escaped(out, &text[..end]);
    if end < text.len() {
        out.extend_from_slice(format!("… ({} more bytes)", text.len() - end).as_bytes());
    }
    out.push(b'"');
}

fn escaped(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    let mut from = 0;
    let mut at = 0;
    while at < bytes.len() {
        if bytes[at..].first_chunk().is_some_and(|eight| is_plain(*eight)) {
            at += 8;
            continue;
        }
        let byte = bytes[at];
        at += 1;
        if byte >= 0x20 && !matches!(byte, b'"' | b'\\' | b'<' | 0x7f) {
            continue;
        }
        out.extend_from_slice(&bytes[from..at - 1]);
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\n' => out.extend_from_slice(b"\\n"),
            other => out.extend_from_slice(format!("\\u{other:04x}").as_bytes()),
        }
        from = at;
    }
    out.extend_from_slice(&bytes[from..]);
}

/// Whether none of eight bytes needs an escape: all of them at once, for nearly all text is plain.
fn is_plain(eight: [u8; 8]) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let word = u64::from_le_bytes(eight);
    // the high bit of a byte is set where a subtraction borrows: where the byte is below 0x20, or
    // is zero after what is looked for was taken out
    let below = |word: u64, limit: u64| word.wrapping_sub(ONES * limit) & !word & HIGH;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    below(word, 0x20) | is(b'"') | is(b'\\') | is(b'<') | is(0x7f) == 0
}

/// A number.
pub(super) fn number(out: &mut Vec<u8>, number: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + u8::try_from(rest % 10).unwrap_or_default();
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// A value whose texts are bounded; a value that is too large is told by its size. Whether it is
/// there as it was, but for its texts.
pub(super) fn body(out: &mut Vec<u8>, body: &Value) -> bool {
    bounded(out, |out| value(out, body))
}

/// Writes something that may turn out too large, and takes it back if it does.
pub(super) fn bounded(out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) -> bool {
    let from = out.len();
    write(out);
    let bytes = out.len() - from;
    if bytes <= BODY_BYTES_MAX {
        return true;
    }
    out.truncate(from);
    text(out, &format!("left out: {bytes} bytes"));
    false
}

/// A value whose texts are bounded.
pub(super) fn value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(n) => out.extend_from_slice(n.to_string().as_bytes()),
        Value::String(words) => text(out, words),
        Value::Array(items) => {
            out.push(b'[');
            for (nth, item) in items.iter().enumerate() {
                comma(out, nth);
                self::value(out, item);
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            out.push(b'{');
            for (nth, (name, field)) in fields.iter().enumerate() {
                comma(out, nth);
                text(out, name);
                out.push(b':');
                self::value(out, field);
            }
            out.push(b'}');
        }
    }
}

/// The comma before all but the first.
pub(super) fn comma(out: &mut Vec<u8>, nth: usize) {
    if nth > 0 {
        out.push(b',');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn written(of: &Value) -> String {
        let mut out = Vec::new();
        body(&mut out, of);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_written_reads_back() {
        let odd = json!({
            "a\"b": ["\u{0}\u{1b}\n\\", "ü\u{202e}", null, true, false, -1, 1.5, 0],
            "n": u64::MAX, "o": {}, "l": []
        });
        assert_eq!(serde_json::from_str::<Value>(&written(&odd)).unwrap(), odd);
        for n in [0, 9, 10, 1_234_567, u64::MAX] {
            let mut out = Vec::new();
            number(&mut out, n);
            assert_eq!(String::from_utf8(out).unwrap(), n.to_string());
        }
    }

    #[test]
    fn each_byte_is_escaped_wherever_it_stands() {
        for code in 0..0x100_u32 {
            for before in 0..9 {
                let c = char::from_u32(code).unwrap();
                let text = format!("{}{c}{}", "ü".repeat(before), "plain text");
                let of = json!(text);
                assert_eq!(serde_json::from_str::<Value>(&written(&of)).unwrap(), of);
            }
        }
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = json!("ü".repeat(10_000_000));
        let read: String = serde_json::from_str(&written(&long)).unwrap();
        assert!(read.ends_with("ü… (19996000 more bytes)"), "{}", &read[read.len() - 40..]);
        let odd = json!(format!("a{}", "ü".repeat(TEXT_BYTES_MAX)));
        assert!(written(&odd).len() < TEXT_BYTES_MAX + 40);
    }

    #[test]
    fn a_large_body_is_told_by_its_size() {
        let many: Vec<u32> = (0..100_000).collect();
        let text = written(&json!(many));
        assert_eq!(text, "\"left out: 588891 bytes\"");
    }
}
