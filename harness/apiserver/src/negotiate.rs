//! Content types: what a request's body is, and in which form an answer is wanted.

use crate::status::{ApiError, Result};

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// The object as it is.
    Plain,
    /// `meta.k8s.io/v1` Table.
    Table,
    /// `meta.k8s.io/v1` PartialObjectMetadata, or its list.
    Metadata,
}

const READABLE: &str = "application/json, application/yaml, application/vnd.kubernetes.protobuf";
/// The same for custom resources.
const CUSTOM: &str = "application/json, application/yaml";
const PROTOBUF: &str = "application/vnd.kubernetes.protobuf";

/// Picks the form of an answer from an `Accept` header. `custom`: is it about a custom resource?
pub(crate) fn view(accept: &str, custom: bool) -> Result<View> {
    if accept.is_empty() {
        return Ok(View::Plain);
    }
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let media = parts.next().unwrap_or_default();
        if !matches!(media, "application/json" | "application/*" | "*/*") {
            continue;
        }
        let parameter =
            |name: &str| range.split(';').skip(1).find_map(|part| part.trim().strip_prefix(name));
        match parameter("as=") {
            None => return Ok(View::Plain),
            Some("Table") if parameter("v=") == Some("v1") => return Ok(View::Table),
            Some("PartialObjectMetadata" | "PartialObjectMetadataList")
                if parameter("v=") == Some("v1") =>
            {
                return Ok(View::Metadata);
            }
            Some(_) => {}
        }
    }
    if accept.split(',').any(|range| media(range) == "application/yaml") {
        return Err(ApiError::unsupported("answers in YAML"));
    }
    // Answers are never in protobuf: every client that asks for it takes JSON too.
    let known = if custom { CUSTOM } else { "application/json" };
    let message = format!("only the following media types are accepted: {known}");
    Err(ApiError::new(406, "NotAcceptable", message))
}

/// Does the `Accept` header ask for aggregated discovery?
pub(crate) fn wants_aggregated(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let has = |text: &str| range.split(';').any(|part| part.trim() == text);
        has("g=apidiscovery.k8s.io") && has("v=v2") && has("as=APIGroupDiscoveryList")
    })
}

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Body {
    Json,
    Yaml,
    Protobuf,
}

/// `custom`: is it an object of a custom resource? These have no protobuf.
pub(crate) fn body(content_type: &str, custom: bool) -> Result<Body> {
    match media(content_type) {
        "" | "application/json" => Ok(Body::Json),
        "application/yaml" => Ok(Body::Yaml),
        PROTOBUF if !custom => Ok(Body::Protobuf),
        PROTOBUF => Err(unknown_format(CUSTOM)),
        _ => Err(unknown_format(READABLE)),
    }
}

/// Which kind of patch a body is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Patch {
    Json,
    Merge,
    Strategic,
    Apply,
}

/// `strategic`: does the resource take strategic merge patches (built-in kinds do)?
pub(crate) fn patch(content_type: &str, strategic: bool) -> Result<Patch> {
    match media(content_type) {
        "application/json-patch+json" => Ok(Patch::Json),
        "application/merge-patch+json" => Ok(Patch::Merge),
        "application/strategic-merge-patch+json" if strategic => Ok(Patch::Strategic),
        "application/apply-patch+yaml" => Ok(Patch::Apply),
        _ if strategic => Err(unknown_format(
            "application/json-patch+json, application/merge-patch+json, \
             application/strategic-merge-patch+json, application/apply-patch+yaml",
        )),
        _ => Err(unknown_format(
            "application/json-patch+json, application/merge-patch+json, \
             application/apply-patch+yaml",
        )),
    }
}

fn media(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default().trim()
}

fn unknown_format(known: &str) -> ApiError {
    let message = format!(
        "the body of the request was in an unknown format - accepted media types include: {known}"
    );
    ApiError::new(415, "UnsupportedMediaType", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn picks_the_first_form_that_it_knows() {
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
        assert_eq!(view(table, true), Ok(View::Table));
        let old = "application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
        assert_eq!(view(old, true), Ok(View::Plain));
        let partial = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
        assert_eq!(view(partial, true), Ok(View::Metadata));
        assert_eq!(view("application/vnd.kubernetes.protobuf, */*", false), Ok(View::Plain));
        let code = |accept: &str, custom| view(accept, custom).map_err(|error| error.code());
        assert_eq!(code("text/html", true), Err(406));
        assert_eq!(code("application/vnd.kubernetes.protobuf", true), Err(406));
        assert_eq!(code("application/vnd.kubernetes.protobuf", false), Err(406));
        assert_eq!(code("application/yaml", true), Err(501));
    }

    #[test]
    fn strategic_patches_are_for_built_in_kinds() {
        let kind = "application/strategic-merge-patch+json";
        assert_eq!(patch(kind, true), Ok(Patch::Strategic));
        assert_eq!(patch(kind, false).map_err(|error| error.code()), Err(415));
        assert_eq!(patch("application/merge-patch+json; charset=utf-8", false), Ok(Patch::Merge));
    }
}
