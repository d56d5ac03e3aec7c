//! In which form a caller wants the answer.

use http::HeaderMap;
use http::header::ACCEPT;

use super::query::Query;
use super::refusal::Refusal;
use super::route::Route;

/// A form of answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Json,
    /// The page for browsers around the JSON.
    Browsable,
    /// A job's output: a page of it.
    Html,
    /// A job's output: plain.
    Text,
    /// A job's output: with colours.
    Ansi,
    /// A job's output as a file.
    TextFile,
    /// A job's output with colours as a file.
    AnsiFile,
}

impl Format {
    pub(crate) fn is_text(self) -> bool {
        matches!(self, Format::Text | Format::Ansi | Format::TextFile | Format::AnsiFile)
    }
}

/// What the caller gets: `?format=` decides before `Accept`.
pub(crate) fn format(route: Route, headers: &HeaderMap, query: &Query) -> Result<Format, Refusal> {
    let output = matches!(route, Route::Stdout(_));
    if let Some(name) = query.get("format") {
        return match name {
            "json" => Ok(Format::Json),
            "api" => Ok(Format::Browsable),
            "html" if output => Ok(Format::Html),
            "txt" if output => Ok(Format::Text),
            "ansi" if output => Ok(Format::Ansi),
            "txt_download" if output => Ok(Format::TextFile),
            "ansi_download" if output => Ok(Format::AnsiFile),
            _ => Err(Refusal::NotFound),
        };
    }
    let Some(accept) = headers.get(ACCEPT) else { return Ok(default(output)) };
    let accept = accept.to_str().unwrap_or_default();
    let mut wanted = accept.split(',').map(|part| part.split(';').next().unwrap_or("").trim());
    let chosen = wanted.find_map(|media| match media {
        "application/json" | "application/*" => Some(Format::Json),
        "*/*" => Some(default(output)),
        "text/plain" if output => Some(Format::Text),
        "text/html" | "text/*" => Some(if output { Format::Html } else { Format::Browsable }),
        _ => None,
    });
    chosen.ok_or(Refusal::NotAcceptable)
}

fn default(output: bool) -> Format {
    if output { Format::Html } else { Format::Json }
}
