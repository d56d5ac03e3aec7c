//! The functions that expressions know: names, forms, and what they do.

use std::borrow::Cow;
use std::rc::Rc;

use jiff::{SignedDuration, Timestamp};

use super::Calls;
use super::value::{Val, seconds};

/// A function of values alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Size,
    Contains,
    StartsWith,
    EndsWith,
    LowerAscii,
    UpperAscii,
    Trim,
    Split,
    Join,
    Replace,
    Int,
    Double,
    Text,
    Timestamp,
    Duration,
    Seconds,
}

/// How a function is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `f(x)`
    Global,
    /// `x.f(y)`
    Method,
    /// Either.
    Both,
}

/// A row of the table of functions.
#[derive(Debug)]
pub(crate) struct FunctionRow {
    pub(crate) name: &'static str,
    pub(crate) function: Function,
    pub(crate) form: Form,
    /// Arguments, the receiver counted.
    pub(crate) arity: usize,
    pub(crate) usage: &'static str,
    pub(crate) meaning: &'static str,
}

const fn row(
    name: &'static str,
    function: Function,
    form: Form,
    arity: usize,
    usage: &'static str,
    meaning: &'static str,
) -> FunctionRow {
    FunctionRow { name, function, form, arity, usage, meaning }
}

/// All functions of values.
pub(crate) const FUNCTIONS: [FunctionRow; 16] = [
    row(
        "size",
        Function::Size,
        Form::Both,
        1,
        "size(x)",
        "elements, entries or characters; 0 of null",
    ),
    row(
        "contains",
        Function::Contains,
        Form::Method,
        2,
        "text.contains(part)",
        "the text has the part in it",
    ),
    row("startsWith", Function::StartsWith, Form::Method, 2, "text.startsWith(part)", "begins so"),
    row("endsWith", Function::EndsWith, Form::Method, 2, "text.endsWith(part)", "ends so"),
    row("lowerAscii", Function::LowerAscii, Form::Method, 1, "text.lowerAscii()", "in lower case"),
    row("upperAscii", Function::UpperAscii, Form::Method, 1, "text.upperAscii()", "in upper case"),
    row("trim", Function::Trim, Form::Method, 1, "text.trim()", "without blanks at both ends"),
    row("split", Function::Split, Form::Method, 2, "text.split(by)", "the parts, a list"),
    row("join", Function::Join, Form::Method, 2, "list.join(by)", "the texts of a list in one"),
    row(
        "replace",
        Function::Replace,
        Form::Method,
        3,
        "text.replace(from, to)",
        "every `from` made a `to`",
    ),
    row("int", Function::Int, Form::Global, 1, "int(x)", "a whole number of a text or double"),
    row("double", Function::Double, Form::Global, 1, "double(x)", "a number of a text or int"),
    row("string", Function::Text, Form::Global, 1, "string(x)", "as text"),
    row(
        "timestamp",
        Function::Timestamp,
        Form::Global,
        1,
        "timestamp(text)",
        "a point in time of an RFC 3339 text; the difference of two is a duration",
    ),
    row(
        "duration",
        Function::Duration,
        Form::Global,
        1,
        "duration(text)",
        "a duration of a text such as `90s` or `1m30s`",
    ),
    row(
        "getSeconds",
        Function::Seconds,
        Form::Method,
        1,
        "duration.getSeconds()",
        "its whole seconds",
    ),
];

/// A function of `calls`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum CallsFunction {
    Launches,
    Attempts,
    Cancels,
    Gets,
    Lookups,
    Webhooks,
    Sent,
    First,
    Last,
    Felt,
    JobStates,
    ActiveJobs,
}

/// A row of the table of functions of `calls`.
#[derive(Debug)]
pub(crate) struct CallsRow {
    pub(crate) name: &'static str,
    pub(crate) function: CallsFunction,
    pub(crate) least: usize,
    pub(crate) most: usize,
    pub(crate) usage: &'static str,
    pub(crate) meaning: &'static str,
}

const fn calls(
    name: &'static str,
    function: CallsFunction,
    least: usize,
    most: usize,
    usage: &'static str,
    meaning: &'static str,
) -> CallsRow {
    CallsRow { name, function, least, most, usage, meaning }
}

/// All functions of `calls`.
pub(crate) const CALLS: [CallsRow; 12] = [
    calls(
        "launches",
        CallsFunction::Launches,
        1,
        2,
        "calls.launches(role[, object])",
        "launches that AAP accepted",
    ),
    calls(
        "attempts",
        CallsFunction::Attempts,
        1,
        2,
        "calls.attempts(role[, object])",
        "launch requests that were sent",
    ),
    calls("cancels", CallsFunction::Cancels, 0, 1, "calls.cancels([object])", "cancel requests"),
    calls(
        "gets",
        CallsFunction::Gets,
        0,
        1,
        "calls.gets([job])",
        "polls of one job by its id, or of all",
    ),
    calls("lookups", CallsFunction::Lookups, 0, 0, "calls.lookups()", "searches in job lists"),
    calls(
        "webhooks",
        CallsFunction::Webhooks,
        1,
        2,
        "calls.webhooks(role[, object])",
        "webhooks that EDA accepted",
    ),
    calls(
        "sent",
        CallsFunction::Sent,
        3,
        3,
        "calls.sent(from, to, verb)",
        "requests of a verb from a client to a server",
    ),
    calls(
        "first",
        CallsFunction::First,
        1,
        1,
        "calls.first(what)",
        "milliseconds from the start to the first of `launch:provision`, `launch:deprovision`, \
         `cancel`, `webhook:provision`, `webhook:deprovision`, `job:STATUS`; null if there was \
         none",
    ),
    calls("last", CallsFunction::Last, 1, 1, "calls.last(what)", "the same for the last"),
    calls("felt", CallsFunction::Felt, 1, 1, "calls.felt(fault)", "how often a fault took effect"),
    calls(
        "jobStates",
        CallsFunction::JobStates,
        2,
        2,
        "calls.jobStates(role, nth)",
        "the states that AAP's nth job of a role went through, a list",
    ),
    calls(
        "activeJobs",
        CallsFunction::ActiveJobs,
        0,
        1,
        "calls.activeJobs([object])",
        "jobs that are active in AAP now",
    ),
];

/// Applies a function; the compiler has checked the number of arguments.
pub(super) fn apply<'a>(function: Function, arguments: &[Val<'a>]) -> Result<Val<'a>, String> {
    match (function, arguments) {
        (Function::Size, [x]) => match x.size().and_then(|n| i64::try_from(n).ok()) {
            Some(n) => Ok(Val::Int(n)),
            None => Err(format!("a {} has no size", x.kind())),
        },
        (Function::Contains, [x, y]) => Ok(Val::Bool(text(x)?.contains(text(y)?))),
        (Function::StartsWith, [x, y]) => Ok(Val::Bool(text(x)?.starts_with(text(y)?))),
        (Function::EndsWith, [x, y]) => Ok(Val::Bool(text(x)?.ends_with(text(y)?))),
        (Function::LowerAscii, [x]) => Ok(owned(text(x)?.to_ascii_lowercase())),
        (Function::UpperAscii, [x]) => Ok(owned(text(x)?.to_ascii_uppercase())),
        (Function::Trim, [x]) => Ok(owned(text(x)?.trim().to_owned())),
        (Function::Split, [x, y]) => {
            let parts = text(x)?.split(text(y)?).map(|part| owned(part.to_owned())).collect();
            Ok(Val::List(Rc::new(parts)))
        }
        (Function::Join, [x, y]) => {
            let items = x.items()?;
            let parts = items.iter().map(text).collect::<Result<Vec<_>, _>>()?;
            Ok(owned(parts.join(text(y)?)))
        }
        (Function::Replace, [x, from, to]) => replace(text(x)?, text(from)?, text(to)?),
        (Function::Int, [x]) => int(x),
        (Function::Double, [x]) => double(x),
        (Function::Text, [x]) => string(x),
        (Function::Timestamp, [x]) => timestamp(x),
        (Function::Duration, [x]) => duration(x),
        (Function::Seconds, [Val::Duration(d)]) => Ok(Val::Int(d.as_secs())),
        (Function::Seconds, [x]) => Err(format!("a {} has no seconds", x.kind())),
        _ => Err("wrong number of arguments".to_owned()),
    }
}

/// The most that `replace` may make of a text.
const TEXT_MAX: usize = 1 << 20;

fn replace<'a>(x: &str, from: &str, to: &str) -> Result<Val<'a>, String> {
    let count = x.matches(from).count();
    if x.len() + count.saturating_mul(to.len()) > TEXT_MAX {
        return Err("the text grows too long".to_owned());
    }
    Ok(owned(x.replace(from, to)))
}

/// Applies a function of `calls`.
pub(super) fn apply_calls<'a>(
    function: CallsFunction,
    arguments: &[Val<'a>],
    calls: &dyn Calls,
) -> Result<Val<'a>, String> {
    let first = || arguments.first().map_or(Ok(""), text);
    let optional = |n: usize| arguments.get(n).map(text).transpose();
    let count = match function {
        CallsFunction::Launches => calls.launches(first()?, optional(1)?),
        CallsFunction::Attempts => calls.attempts(first()?, optional(1)?),
        CallsFunction::Cancels => calls.cancels(optional(0)?),
        CallsFunction::Gets => match arguments.first() {
            // a job's id is a text in a status and a number in AAP
            Some(Val::Int(id)) => calls.gets(Some(&id.to_string())),
            _ => calls.gets(optional(0)?),
        },
        CallsFunction::Lookups => calls.lookups(),
        CallsFunction::Webhooks => calls.webhooks(first()?, optional(1)?),
        CallsFunction::Sent => {
            calls.sent(first()?, optional(1)?.unwrap_or(""), optional(2)?.unwrap_or(""))
        }
        CallsFunction::First => return Ok(calls.first(first()?).map_or(Val::Null, Val::Int)),
        CallsFunction::Last => return Ok(calls.last(first()?).map_or(Val::Null, Val::Int)),
        CallsFunction::Felt => calls.felt(first()?),
        CallsFunction::JobStates => {
            let Some(Val::Int(nth)) = arguments.get(1) else {
                return Err("the job's number must be an int".to_owned());
            };
            let states = calls.job_states(first()?, *nth);
            return Ok(Val::List(Rc::new(states.into_iter().map(owned).collect())));
        }
        CallsFunction::ActiveJobs => calls.active_jobs(optional(0)?),
    };
    Ok(Val::Int(count))
}

fn owned<'a>(text: String) -> Val<'a> {
    Val::Text(Cow::Owned(text))
}

fn text<'v>(value: &'v Val<'_>) -> Result<&'v str, String> {
    match value {
        Val::Text(text) => Ok(text),
        other => Err(format!("a text is needed, this is {}", other.kind())),
    }
}

fn int<'a>(x: &Val<'_>) -> Result<Val<'a>, String> {
    match x {
        Val::Int(i) => Ok(Val::Int(*i)),
        Val::Text(s) => s.parse().map(Val::Int).map_err(|_| format!("`{s}` is no whole number")),
        #[expect(clippy::cast_possible_truncation, reason = "the range was checked")]
        Val::Double(d) if d.abs() < 9.0e15 => Ok(Val::Int(d.trunc() as i64)),
        Val::Time(t) => Ok(Val::Int(t.as_second())),
        other => Err(format!("no whole number can be made of a {}", other.kind())),
    }
}

#[expect(clippy::cast_precision_loss, reason = "what `double` is for")]
fn double<'a>(x: &Val<'_>) -> Result<Val<'a>, String> {
    match x {
        Val::Int(i) => Ok(Val::Double(*i as f64)),
        Val::Double(d) => Ok(Val::Double(*d)),
        Val::Text(s) => s.parse().map(Val::Double).map_err(|_| format!("`{s}` is no number")),
        other => Err(format!("no number can be made of a {}", other.kind())),
    }
}

fn string<'a>(x: &Val<'a>) -> Result<Val<'a>, String> {
    match x {
        Val::Text(s) => Ok(Val::Text(s.clone())),
        Val::Bool(b) => Ok(owned(b.to_string())),
        Val::Int(i) => Ok(owned(i.to_string())),
        Val::Double(d) => Ok(owned(d.to_string())),
        Val::Time(t) => Ok(owned(t.to_string())),
        Val::Duration(d) => Ok(owned(seconds(*d))),
        other => Err(format!("no text can be made of a {}", other.kind())),
    }
}

fn timestamp<'a>(x: &Val<'_>) -> Result<Val<'a>, String> {
    match x {
        Val::Time(t) => Ok(Val::Time(*t)),
        Val::Text(s) => {
            s.parse::<Timestamp>().map(Val::Time).map_err(|_| format!("`{s}` is no RFC 3339 time"))
        }
        Val::Int(i) => Timestamp::from_second(*i)
            .map(Val::Time)
            .map_err(|_| format!("{i} seconds are no time")),
        other => Err(format!("no time can be made of a {}", other.kind())),
    }
}

fn duration<'a>(x: &Val<'_>) -> Result<Val<'a>, String> {
    match x {
        Val::Duration(d) => Ok(Val::Duration(*d)),
        Val::Text(s) => crate::duration::parse(s)
            .ok()
            .and_then(|d| SignedDuration::try_from(d).ok())
            .map(Val::Duration)
            .ok_or_else(|| format!("`{s}` is no duration such as `90s`")),
        other => Err(format!("no duration can be made of a {}", other.kind())),
    }
}
