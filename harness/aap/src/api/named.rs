//! Named URLs: a template by `<name>++<organization>` in the place of its id, and job templates by
//! their bare name too.

use crate::state::{State, TemplateRecord};
use crate::template::TemplateKind;

/// What a name in a path stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Named {
    /// This id; 0 where nothing has the name.
    Id(i64),
    /// It is no name that the URL table knows.
    Malformed,
}

/// Looks a name up. Who calls may see the object is not asked here.
pub(crate) fn resolve(state: &mut State, kind: TemplateKind, name: &str, known: bool) -> Named {
    let switches = &state.config.switches;
    let (bare_names, flakes) = (switches.bare_names, switches.named_url_flake);
    if kind == TemplateKind::Job
        && bare_names
        && let Some(id) =
            first(state, |record| record.spec.kind == kind && record.spec.name == name)
    {
        state.flake_armed |= flakes && !known;
        return Named::Id(id);
    }
    let Some((name, organization)) = name.split_once("++") else {
        state.flake_armed |= flakes;
        return Named::Malformed;
    };
    if std::mem::take(&mut state.flake_armed) {
        return Named::Malformed;
    }
    let (name, organization) = (unescape(name), unescape(organization));
    let found = first(state, |record| {
        let spec = &record.spec;
        let matches = organization.is_empty() || spec.organization.as_ref() == Some(&organization);
        spec.kind == kind && spec.name == name && matches
    });
    Named::Id(found.unwrap_or(0))
}

/// The oldest one, by organization first.
fn first(state: &State, matches: impl Fn(&TemplateRecord) -> bool) -> Option<i64> {
    let organization = |record: &TemplateRecord| {
        record.spec.organization.as_deref().map(|name| state.organization_id(name))
    };
    let matching = state.templates.values().filter(|record| matches(record));
    matching.min_by_key(|record| (organization(record), record.id)).map(|record| record.id)
}

/// A plus sign in a name is written `[+]`.
fn unescape(text: &str) -> String {
    text.replace("[+]", "+")
}

/// The name of a template in paths.
pub(crate) fn named_url(name: &str, organization: Option<&str>) -> String {
    let escape = |text: &str| {
        let mut escaped = String::with_capacity(text.len());
        for letter in text.chars() {
            match letter {
                '+' => escaped.push_str("[+]"),
                ';' | '/' | '?' | ':' | '@' | '=' | '&' | '[' | ']' => {
                    escaped.push_str(&format!("%{:02X}", u32::from(letter)));
                }
                _ => escaped.push(letter),
            }
        }
        escaped
    };
    format!("{}++{}", escape(name), organization.map(escape).unwrap_or_default())
}
