//! Reads what a request asks for out of its path and query.

/// What a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// `/version`, `/healthz`, `/api`, … : everything that is not a resource, by its segments.
    Fixed(Vec<String>),
    Resource(Path),
}

/// A path to a resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Path {
    pub group: String,
    pub version: String,
    pub namespace: Option<String>,
    pub plural: String,
    pub name: Option<String>,
    pub subresource: Option<String>,
    /// Segments beyond the subresource, as `proxy` has them.
    pub rest: bool,
}

impl Target {
    /// None if the path is not well-formed percent-encoded UTF-8.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let mut segments = Vec::new();
        for segment in path.split('/').filter(|segment| !segment.is_empty()) {
            segments.push(decode(segment, false)?);
        }
        let (group, version, start) = match segments.first().map(String::as_str) {
            Some("api") if segments.len() > 2 => (String::new(), segments[1].clone(), 2),
            Some("apis") if segments.len() > 3 => (segments[1].clone(), segments[2].clone(), 3),
            _ => return Some(Self::Fixed(segments)),
        };
        let parts = segments.split_off(start);
        Some(Self::Resource(Path::of(group, version, parts)))
    }
}

impl Path {
    fn of(group: String, version: String, mut parts: Vec<String>) -> Self {
        let mut namespace = None;
        if parts.len() > 2
            && parts[0] == "namespaces"
            && !(parts.len() == 3 && matches!(parts[2].as_str(), "status" | "finalize"))
        {
            namespace = Some(parts[1].clone());
            parts.drain(..2);
        }
        let rest = parts.len() > 3;
        let mut parts = parts.into_iter();
        Self {
            group,
            version,
            namespace,
            plural: parts.next().unwrap_or_default(),
            name: parts.next(),
            subresource: parts.next(),
            rest,
        }
    }
}

/// The query's pairs, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Pairs that are not well-formed are left out, as Go's parser does.
    pub(crate) fn parse(query: &str) -> Self {
        let pair = |text: &str| {
            let (key, value) = text.split_once('=').unwrap_or((text, ""));
            Some((decode(key, true)?, decode(value, true)?))
        };
        Self(query.split('&').filter(|text| !text.is_empty()).filter_map(pair).collect())
    }

    /// First value of a key; empty where absent.
    pub(crate) fn get(&self, key: &str) -> &str {
        self.0.iter().find(|(name, _)| name == key).map_or("", |(_, value)| value)
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(name, _)| name == key)
    }

    pub(crate) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// As Go reads a flag: present and neither `false` nor `0`.
    pub(crate) fn flag(&self, key: &str) -> bool {
        self.has(key) && !matches!(self.get(key), "false" | "0")
    }
}

/// Undoes percent-encoding (and `+` for a blank in queries).
pub(crate) fn decode(text: &str, plus: bool) -> Option<String> {
    if !text.contains(if plus { &['%', '+'][..] } else { &['%'] }) {
        return Some(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'%' => {
                let high = char::from(*bytes.get(at + 1)?).to_digit(16)?;
                let low = char::from(*bytes.get(at + 2)?).to_digit(16)?;
                out.push(u8::try_from(high * 16 + low).ok()?);
                at += 3;
            }
            b'+' if plus => {
                out.push(b' ');
                at += 1;
            }
            byte => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Path {
        match Target::parse(text) {
            Some(Target::Resource(path)) => path,
            other => panic!("{text} is not a resource: {other:?}"),
        }
    }

    #[test]
    fn reads_namespaced_paths() {
        let found = path("/apis/probe.dev/v1/namespaces/default/widgets/a/status");
        assert_eq!(found.group, "probe.dev");
        assert_eq!(found.namespace.as_deref(), Some("default"));
        assert_eq!(found.plural, "widgets");
        assert_eq!(found.name.as_deref(), Some("a"));
        assert_eq!(found.subresource.as_deref(), Some("status"));
    }

    #[test]
    fn a_namespace_is_an_object_and_a_scope() {
        let object = path("/api/v1/namespaces/a");
        assert_eq!((object.plural.as_str(), object.name.as_deref()), ("namespaces", Some("a")));
        let status = path("/api/v1/namespaces/a/status");
        assert_eq!(status.subresource.as_deref(), Some("status"));
        let scope = path("/api/v1/namespaces/a/pods");
        assert_eq!((scope.namespace.as_deref(), scope.plural.as_str()), (Some("a"), "pods"));
        let named = path("/api/v1/namespaces/a/status/b");
        assert_eq!(named.plural, "status");
    }

    #[test]
    fn discovery_paths_are_fixed() {
        for text in ["/", "/api", "/api/v1", "/apis/probe.dev/v1", "/version"] {
            assert!(matches!(Target::parse(text), Some(Target::Fixed(_))), "{text}");
        }
    }

    #[test]
    fn broken_escapes_are_refused() {
        assert_eq!(Target::parse("/api/v1/pods/%zz"), None);
        assert_eq!(Target::parse("/api/v1/pods/%ff"), None);
        assert_eq!(decode("%", false), None);
    }

    #[test]
    fn query_values_are_decoded() {
        let query = Query::parse("labelSelector=a%3Db+c&watch=1&limit=&x=%zz");
        assert_eq!(query.get("labelSelector"), "a=b c");
        assert!(query.flag("watch"));
        assert!(query.has("limit"));
        assert!(!query.has("x"));
    }
}
