//! What a job printed: its events and its standard output.

use http::StatusCode;
use serde_json::{Value, json};

use super::super::reply::{HTML, PLAIN};
use super::super::route::JobKind;
use super::super::{Call, Format, Refusal, Reply};
use super::access;
use crate::documents;
use crate::lists::{self, Filter, Row, Scope};
use crate::output;
use crate::state::State;

/// Longer output is only given as a file.
const DISPLAY_BYTES_MAX: usize = 1_048_576;

pub(super) fn events(state: &State, call: &Call<'_>, id: i64) -> Result<Reply, Refusal> {
    let job = access::job(state, call, JobKind::Job, id)?;
    let all = output::events(job, call.at.stamp);
    let scope = Scope { state, now: call.at.stamp };
    let filter = Filter::parse(&lists::JOB_EVENT, call.query)?;
    let mut rows: Vec<Row<'_>> = all
        .iter()
        .map(|event| Row::Event(job, event))
        .filter(|row| filter.passes(*row, scope))
        .collect();
    lists::sort(&lists::JOB_EVENT, call.query, scope, &mut rows)?;
    let whole = call.query.get("no_truncate").is_some();
    let document = |row: Row<'_>| match row {
        Row::Event(job, event) => documents::event(job, event, call.root, whole),
        Row::Template(_) | Row::Job(_) | Row::Node(..) => Value::Null,
    };
    let limit = call.query.get("limit").and_then(|limit| limit.parse().ok());
    let reply = match limit {
        Some(limit) => lists::head(&rows, limit, document),
        None => lists::page(call, &rows, document)?,
    };
    Ok(reply.header("x-ui-max-events", "4000".to_owned()))
}

pub(super) fn stdout(state: &State, call: &Call<'_>, id: i64) -> Result<Reply, Refusal> {
    let job = access::job(state, call, JobKind::Job, id)?;
    let coloured = output::stdout(job, call.at.stamp);
    let ok = StatusCode::OK;
    let file = matches!(call.format, Format::TextFile | Format::AnsiFile);
    if coloured.len() > DISPLAY_BYTES_MAX && !file {
        let text = format!(
            "Standard Output too large to display ({} bytes), only download supported for sizes \
             over {DISPLAY_BYTES_MAX} bytes.",
            coloured.len()
        );
        return Ok(match call.format {
            Format::Json | Format::Browsable => {
                let range = json!({"start": 0, "end": 1, "absolute_end": 1});
                Reply::ok(&json!({"range": range, "content": text}))
            }
            Format::Html => Reply::text(ok, HTML, text),
            Format::Text | Format::Ansi | Format::TextFile | Format::AnsiFile => {
                Reply::text(ok, PLAIN, text)
            }
        });
    }
    let named = |reply: Reply| {
        let value = format!("attachment; filename=\"job_{id}.txt\"");
        reply.header("content-disposition", value)
    };
    Ok(match call.format {
        Format::Json | Format::Browsable => lines(call, &coloured),
        Format::Html => Reply::text(ok, HTML, page(&output::plain(&coloured))),
        Format::Text => Reply::text(ok, PLAIN, output::plain(&coloured)),
        Format::Ansi => Reply::text(ok, PLAIN, coloured),
        Format::TextFile => named(Reply::text(ok, PLAIN, output::plain(&coloured))),
        Format::AnsiFile => named(Reply::text(ok, PLAIN, coloured)),
    })
}

/// A range of lines (`?start_line=`, `?end_line=`).
fn lines(call: &Call<'_>, text: &str) -> Reply {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let number = |name: &str| call.query.get(name).and_then(|text| text.parse::<usize>().ok());
    let end = number("end_line").unwrap_or(lines.len()).min(lines.len());
    let start = number("start_line").unwrap_or(0).min(end);
    let range = json!({"start": start, "end": end, "absolute_end": lines.len()});
    Reply::ok(&json!({"range": range, "content": lines[start..end].concat()}))
}

fn page(text: &str) -> String {
    let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<!DOCTYPE html>\n<html>\n<head><title>Job Stdout</title></head>\n<body>\n\
         <pre>{text}</pre>\n</body>\n</html>\n"
    )
}
