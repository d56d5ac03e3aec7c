//! String formats of schemas. A format that is not known here is not checked, as on a real
//! server.

use std::net::{Ipv4Addr, Ipv6Addr};

use base64::Engine as _;
use jiff::{Timestamp, civil};

/// Does the text have the format?
pub(crate) fn matches(format: &str, text: &str) -> bool {
    match format {
        "date-time" | "datetime" => is_date_time(text),
        "date" => text.len() == 10 && text.parse::<civil::Date>().is_ok(),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "cidr" => is_cidr(text),
        "uuid" | "uuid3" | "uuid4" | "uuid5" => is_uuid(format, text),
        "byte" => base64::engine::general_purpose::STANDARD.decode(text).is_ok(),
        "email" => is_email(text),
        "hostname" => text.len() <= 253 && text.split('.').all(is_host_label),
        "mac" => is_mac(text),
        "uri" => is_uri(text),
        "duration" => is_duration(text),
        _ => true,
    }
}

pub(crate) fn is_date_time(text: &str) -> bool {
    // RFC 3339: jiff would also take other ISO 8601 spellings.
    let bytes = text.as_bytes();
    bytes.len() >= 20
        && matches!(bytes[10], b'T' | b't')
        && !text.contains('[')
        && bytes[4] == b'-'
        && bytes[13] == b':'
        && text.parse::<Timestamp>().is_ok()
}

fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let Ok(bits) = bits.parse::<u8>() else { return false };
    address.parse::<Ipv4Addr>().is_ok() && bits <= 32
        || address.parse::<Ipv6Addr>().is_ok() && bits <= 128
}

fn is_uuid(format: &str, text: &str) -> bool {
    let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b'-').collect();
    let dashes = text.bytes().filter(|byte| *byte == b'-').count();
    let version = match format {
        "uuid3" => digits.get(12) == Some(&b'3'),
        "uuid4" => digits.get(12) == Some(&b'4'),
        "uuid5" => digits.get(12) == Some(&b'5'),
        _ => true,
    };
    digits.len() == 32 && dashes <= 4 && version && digits.iter().all(u8::is_ascii_hexdigit)
}

fn is_email(text: &str) -> bool {
    let Some((user, host)) = text.rsplit_once('@') else { return false };
    !user.is_empty()
        && !user.contains(char::is_whitespace)
        && !host.is_empty()
        && host.split('.').all(is_host_label)
}

fn is_host_label(label: &str) -> bool {
    let bytes = label.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
        && bytes.first() != Some(&b'-')
        && bytes.last() != Some(&b'-')
}

fn is_mac(text: &str) -> bool {
    let separator = if text.contains(':') { ':' } else { '-' };
    let parts: Vec<&str> = text.split(separator).collect();
    matches!(parts.len(), 6 | 8)
        && parts.iter().all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn is_uri(text: &str) -> bool {
    text.starts_with('/')
        || text.split_once(':').is_some_and(|(scheme, rest)| {
            scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
                && !rest.is_empty()
                && !rest.contains(char::is_whitespace)
        })
}

/// Go's durations: `1h30m`, `500ms`, `-1.5s`, `0`.
fn is_duration(text: &str) -> bool {
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    if rest.is_empty() {
        return false;
    }
    while !rest.is_empty() {
        let number = rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        let digits = &rest[..rest.len() - number.len()];
        if !digits.bytes().any(|byte| byte.is_ascii_digit()) || digits.matches('.').count() > 1 {
            return false;
        }
        let units = ["ns", "us", "µs", "μs", "ms", "h", "m", "s"];
        match units.iter().find_map(|unit| number.strip_prefix(unit)) {
            Some(after) => rest = after,
            None => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_take_and_refuse() {
        for (format, good, bad) in [
            (
                "date-time",
                &["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.5+01:00"][..],
                &["yesterday", "2026-01-01", "2026-13-01T00:00:00Z", ""][..],
            ),
            ("date", &["2026-01-01"], &["2026-1-1"]),
            ("ipv4", &["10.0.0.1"], &["10.0.0"]),
            ("cidr", &["10.0.0.0/8", "::/0"], &["10.0.0.0/33", "10.0.0.0"]),
            ("uuid", &["6e78bb69-c96c-4956-989a-82c1cb7f14e9"], &["6e78"]),
            ("byte", &["Yg=="], &["Y"]),
            ("duration", &["1h30m", "0", "-1.5s"], &["1", "h", "1x", "1..s"]),
            ("mac", &["00:11:22:33:44:55"], &["00:11"]),
            ("whatever", &["anything"], &[]),
        ] {
            for text in good {
                assert!(matches(format, text), "{format} should take {text}");
            }
            for text in bad {
                assert!(!matches(format, text), "{format} should refuse {text}");
            }
        }
    }
}
