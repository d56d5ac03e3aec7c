//! Texts of a profile in which `${…}` stands for what only a world knows.

use std::time::Duration;

use crate::duration;
use crate::suggest::nearest;

/// What only a world knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Placeholder {
    /// `${kubeconfig}`: path of a kubeconfig for the world's cluster.
    Kubeconfig,
    /// `${namespace}`: the namespace of the instances.
    Namespace,
    /// `${provider}`: `aap` or `eda`.
    Provider,
    /// `${aapUrl}`: AAP, without a path.
    AapUrl,
    /// `${aapToken}`: the token for it.
    AapToken,
    /// `${provisionTemplate}`: the template that provisions.
    ProvisionTemplate,
    /// `${deprovisionTemplate}`: the template that deprovisions.
    DeprovisionTemplate,
    /// `${edaUrl}`: EDA, without a path.
    EdaUrl,
    /// `${pollInterval}`: how often a job is polled, scaled.
    PollInterval,
    /// `${historyLimit}`: former jobs kept in the status.
    HistoryLimit,
    /// `${minimumRequestInterval}`: least time between webhooks, scaled.
    MinimumRequestInterval,
    /// `${startGrace}`: how long a playbook of EDA may take to start, scaled.
    StartGrace,
    /// `${tenantController}`: whether the operator makes Tenants ready itself.
    TenantController,
    /// `${2m}`: a duration, scaled.
    Duration(Duration),
}

/// Names of the placeholders that have one.
const NAMES: [(&str, Placeholder); 13] = [
    ("kubeconfig", Placeholder::Kubeconfig),
    ("namespace", Placeholder::Namespace),
    ("provider", Placeholder::Provider),
    ("aapUrl", Placeholder::AapUrl),
    ("aapToken", Placeholder::AapToken),
    ("provisionTemplate", Placeholder::ProvisionTemplate),
    ("deprovisionTemplate", Placeholder::DeprovisionTemplate),
    ("edaUrl", Placeholder::EdaUrl),
    ("pollInterval", Placeholder::PollInterval),
    ("historyLimit", Placeholder::HistoryLimit),
    ("minimumRequestInterval", Placeholder::MinimumRequestInterval),
    ("startGrace", Placeholder::StartGrace),
    ("tenantController", Placeholder::TenantController),
];

/// A text with placeholders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Text(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Plain(String),
    Gap(Placeholder),
}

impl Text {
    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with a placeholder, with a hint.
    pub fn parse(text: &str) -> Result<Text, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((plain, tail)) = rest.split_once("${") {
            if !plain.is_empty() {
                pieces.push(Piece::Plain(plain.to_owned()));
            }
            let (name, tail) = tail.split_once('}').ok_or("a `${` has no `}`")?;
            pieces.push(Piece::Gap(placeholder(name)?));
            rest = tail;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Plain(rest.to_owned()));
        }
        Ok(Text(pieces))
    }

    /// The text with its placeholders filled in.
    #[must_use]
    pub fn filled(&self, value: impl Fn(&Placeholder) -> String) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Plain(text) => text.clone(),
            Piece::Gap(placeholder) => value(placeholder),
        };
        self.0.iter().map(piece).collect()
    }
}

fn placeholder(name: &str) -> Result<Placeholder, String> {
    if let Some((_, known)) = NAMES.iter().find(|(known, _)| *known == name) {
        return Ok(*known);
    }
    if let Ok(duration) = duration::parse(name) {
        return Ok(Placeholder::Duration(duration));
    }
    let names = NAMES.iter().map(|(known, _)| *known);
    Err(match nearest(name, names.clone()) {
        Some(meant) => format!("`${{{name}}}` is not known; did you mean `${{{meant}}}`?"),
        None => {
            let names: Vec<&str> = names.collect();
            format!("`${{{name}}}` is neither a duration nor one of {}", names.join(", "))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_filled() {
        let text = Text::parse("${aapUrl}/api/controller?every=${2m}").unwrap();
        let filled = text.filled(|gap| match gap {
            Placeholder::AapUrl => "http://a".to_owned(),
            Placeholder::Duration(duration) => duration.as_secs().to_string(),
            other => panic!("{other:?}"),
        });
        assert_eq!(filled, "http://a/api/controller?every=120");
        assert_eq!(Text::parse("plain").unwrap().filled(|_| String::new()), "plain");
    }

    #[test]
    fn a_gap_that_nothing_fills_is_told_with_a_hint() {
        let why = |text| Text::parse(text).unwrap_err();
        assert!(why("${kubeconfg}").contains("did you mean `${kubeconfig}`?"));
        assert!(why("${x").contains("has no `}`"));
        assert!(why("${zzzzzzzzz}").contains("neither a duration"));
    }
}
