//! Rules for names, labels and finalizers, each with the sentence that a real server says.

const DNS_LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric \
    characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  \
    or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const DNS_SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case \
    alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character \
    (e.g. 'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const DNS_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or \
    '-', start with an alphabetic character, and end with an alphanumeric character (e.g. \
    'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const QUALIFIED: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and \
    must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or \
    '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric \
    characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. \
    'MyValue',  or 'my_value',  or '12345', regex used for validation is \
    '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const CONFIG_KEY: &str = "a valid config key must consist of alphanumeric characters, '-', '_' \
    or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is \
    '[-._a-zA-Z0-9]+')";

const LABEL_MAX: usize = 63;
const SUBDOMAIN_MAX: usize = 253;

fn too_long(most: usize) -> String {
    format!("must be no more than {most} characters")
}

fn label_shape(text: &str) -> bool {
    let fine = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|byte| fine(*byte))
        && bytes.last().is_some_and(|byte| fine(*byte))
        && bytes.iter().all(|byte| fine(*byte) || *byte == b'-')
}

/// What is wrong with a DNS label (names of namespaces), if anything.
pub(crate) fn dns_label(text: &str) -> Option<String> {
    if text.len() > LABEL_MAX {
        return Some(too_long(LABEL_MAX));
    }
    (!label_shape(text)).then(|| DNS_LABEL.to_owned())
}

/// What is wrong with a DNS-1035 label (names of services and of CRDs' plurals), if anything.
pub(crate) fn dns_1035(text: &str) -> Option<String> {
    if text.len() > LABEL_MAX {
        return Some(too_long(LABEL_MAX));
    }
    let letter = text.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
    (!(letter && label_shape(text))).then(|| DNS_1035.to_owned())
}

/// What is wrong with a DNS subdomain (names of most objects), if anything.
pub(crate) fn dns_subdomain(text: &str) -> Option<String> {
    if text.len() > SUBDOMAIN_MAX {
        return Some(too_long(SUBDOMAIN_MAX));
    }
    (!text.split('.').all(label_shape)).then(|| DNS_SUBDOMAIN.to_owned())
}

/// What is wrong with a name as part of a path (RBAC objects), if anything.
pub(crate) fn path_segment(text: &str) -> Option<String> {
    if matches!(text, "." | "..") {
        return Some(format!("may not be '{text}'"));
    }
    ['/', '%'].iter().find(|bad| text.contains(**bad)).map(|bad| format!("may not contain '{bad}'"))
}

fn word_shape(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(byte))
}

/// What is wrong with `[domain/]name`, as keys of labels and annotations and finalizers are.
pub(crate) fn qualified_name(text: &str) -> Option<String> {
    let name = match text.split_once('/') {
        None => text,
        Some((prefix, name)) => {
            if prefix.is_empty() {
                return Some("prefix part must be non-empty".to_owned());
            }
            if let Some(why) = dns_subdomain(prefix) {
                return Some(format!("prefix part {why}"));
            }
            name
        }
    };
    if name.contains('/') {
        let example = "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation \
                       is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS \
                       subdomain prefix and '/' (e.g. 'example.com/MyName')";
        return Some(format!(
            "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must \
             start and end with an alphanumeric character {example}"
        ));
    }
    if name.is_empty() {
        return Some("name part must be non-empty".to_owned());
    }
    if name.len() > LABEL_MAX {
        return Some(format!("name part {}", too_long(LABEL_MAX)));
    }
    (!word_shape(name)).then(|| QUALIFIED.to_owned())
}

/// What is wrong with a label's value, if anything.
pub(crate) fn label_value(text: &str) -> Option<String> {
    if text.len() > LABEL_MAX {
        return Some(too_long(LABEL_MAX));
    }
    (!text.is_empty() && !word_shape(text)).then(|| LABEL_VALUE.to_owned())
}

/// What is wrong with a key of a ConfigMap or Secret, if anything.
pub(crate) fn config_key(text: &str) -> Option<String> {
    if text.len() > SUBDOMAIN_MAX {
        return Some(too_long(SUBDOMAIN_MAX));
    }
    let fine = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if text.is_empty() || !text.bytes().all(fine) {
        return Some(CONFIG_KEY.to_owned());
    }
    match text {
        "." => Some("must not be '.'".to_owned()),
        ".." => Some("must not be '..'".to_owned()),
        _ if text.starts_with("..") => Some("must not start with '..'".to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_names_pass_and_bad_ones_do_not() {
        for (rule, good, bad) in [
            (
                dns_label as fn(&str) -> Option<String>,
                &["a", "a-1"][..],
                &["", "A", "-a", "a."][..],
            ),
            (dns_subdomain, &["a.b-c"], &["a..b", "Bad_Name", ""]),
            (dns_1035, &["a1"], &["1a"]),
            (qualified_name, &["a", "probe.dev/A_b"], &["a b", "/a", "a/", "a/b/c"]),
            (label_value, &["", "A.b"], &["a b", ".a"]),
            (config_key, &["a.b", "A_"], &["a b", "..x", ""]),
            (path_segment, &["system:node"], &["a/b", ".."]),
        ] {
            for text in good {
                assert_eq!(rule(text), None, "{text}");
            }
            for text in bad {
                assert!(rule(text).is_some(), "{text}");
            }
        }
        assert!(dns_label(&"a".repeat(64)).is_some());
    }
}
