//! `url('https://example.com')`, and finding by patterns.

use cel::common::types::{CelBool, CelInt, CelList, CelString};
use cel::common::value::Val;
use cel::{DeclarationError, Env, ExecutionError};
use regex::{Regex, RegexBuilder};

use super::refused;

/// Bytes that a pattern may take when it is compiled.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// An absolute URL, or an absolute path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    scheme: String,
    /// With the port.
    host: String,
    path: String,
}

impl Url {
    fn parse(text: &str) -> Option<Self> {
        if text.contains(|c: char| c.is_ascii_control() || c == ' ') || text.is_empty() {
            return None;
        }
        let end = text.find(['?', '#']).unwrap_or(text.len());
        let before = &text[..end];
        if before.starts_with('/') {
            let (scheme, host) = (String::new(), String::new());
            return Some(Self { scheme, host, path: before.to_owned() });
        }
        let (scheme, rest) = before.split_once(':')?;
        let letters = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
        if !scheme.starts_with(|c: char| c.is_ascii_alphabetic()) || !scheme.chars().all(letters) {
            return None;
        }
        let scheme = scheme.to_ascii_lowercase();
        let Some(rest) = rest.strip_prefix("//") else {
            let path = if rest.starts_with('/') { rest } else { "" };
            return Some(Self { scheme, host: String::new(), path: path.to_owned() });
        };
        let slash = rest.find('/').unwrap_or(rest.len());
        let (place, path) = rest.split_at(slash);
        let host = place.rsplit_once('@').map_or(place, |(_, host)| host);
        let found = Self { scheme, host: host.to_owned(), path: path.to_owned() };
        found.port().bytes().all(|byte| byte.is_ascii_digit()).then_some(found)
    }

    fn split(&self) -> (&str, &str) {
        if let Some(rest) = self.host.strip_prefix('[') {
            let (name, port) = rest.split_once(']').unwrap_or((rest, ""));
            return (name, port.trim_start_matches(':'));
        }
        self.host.rsplit_once(':').unwrap_or((&self.host, ""))
    }

    fn port(&self) -> &str {
        self.split().1
    }
}

pub(super) fn extend(env: &mut Env) -> Result<(), DeclarationError> {
    cel::add_overload!(env, fn is_url: (CelString) -> CelBool, name = "isURL")?;
    cel::add_overload!(env, fn url: (CelString) -> Result<Url>)?;
    cel::add_member_overload!(env, fn scheme: (Url) -> CelString, name = "getScheme")?;
    cel::add_member_overload!(env, fn host: (Url) -> CelString, name = "getHost")?;
    cel::add_member_overload!(env, fn hostname: (Url) -> CelString, name = "getHostname")?;
    cel::add_member_overload!(env, fn port: (Url) -> CelString, name = "getPort")?;
    cel::add_member_overload!(env, fn path: (Url) -> CelString, name = "getEscapedPath")?;
    cel::add_member_overload!(env, fn find: (CelString, CelString) -> Result<CelString>)?;
    cel::add_member_overload!(env, fn find_all: (CelString, CelString) -> Result<CelList>,
        name = "findAll")?;
    cel::add_member_overload!(env, fn find_some: (CelString, CelString, CelInt) -> Result<CelList>,
        name = "findAll")
}

fn is_url(text: &CelString<'_>) -> CelBool {
    Url::parse(text.inner()).is_some().into()
}

fn url(text: &CelString<'_>) -> Result<Url, ExecutionError> {
    Url::parse(text.inner()).ok_or_else(|| {
        let text = text.inner();
        refused("url", format!("URL parse error during conversion from string: {text:?}"))
    })
}

fn scheme(this: &Url) -> CelString<'static> {
    this.scheme.clone().into()
}

fn host(this: &Url) -> CelString<'static> {
    this.host.clone().into()
}

fn hostname(this: &Url) -> CelString<'static> {
    this.split().0.to_owned().into()
}

fn port(this: &Url) -> CelString<'static> {
    this.port().to_owned().into()
}

fn path(this: &Url) -> CelString<'static> {
    this.path.clone().into()
}

fn pattern(function: &str, text: &CelString<'_>) -> Result<Regex, ExecutionError> {
    let built = RegexBuilder::new(text.inner()).size_limit(PATTERN_BYTES_MAX).build();
    built.map_err(|_| refused(function, format!("Illegal regex: {:?}", text.inner())))
}

fn find(this: &CelString<'_>, text: &CelString<'_>) -> Result<CelString<'static>, ExecutionError> {
    let pattern = pattern("find", text)?;
    let found = pattern.find(this.inner()).map_or("", |found| found.as_str());
    Ok(found.to_owned().into())
}

fn all(
    this: &CelString<'_>,
    text: &CelString<'_>,
    most: usize,
) -> Result<CelList<'static>, ExecutionError> {
    let pattern = pattern("findAll", text)?;
    let found = pattern
        .find_iter(this.inner())
        .take(most)
        .map(|found| -> Box<dyn Val> { Box::new(CelString::from(found.as_str().to_owned())) });
    Ok(CelList::from(found.collect::<Vec<_>>()))
}

fn find_all(
    this: &CelString<'_>,
    text: &CelString<'_>,
) -> Result<CelList<'static>, ExecutionError> {
    all(this, text, usize::MAX)
}

fn find_some(
    this: &CelString<'_>,
    text: &CelString<'_>,
    most: &CelInt,
) -> Result<CelList<'static>, ExecutionError> {
    all(this, text, usize::try_from(*most.inner()).unwrap_or(usize::MAX))
}
