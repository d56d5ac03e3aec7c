//! Errors as the API server says them: a `Status` object with code, reason, details and causes.

use std::fmt;

use serde_json::{Map, Value, json};

pub(crate) type Result<T> = std::result::Result<T, ApiError>;

/// A refused request: the `Status` that the client gets.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", .0.message)]
pub struct ApiError(Box<Refusal>);

#[derive(Clone, Debug, PartialEq)]
struct Refusal {
    code: u16,
    reason: &'static str,
    message: String,
    details: Option<Details>,
    /// Where an inconsistent list could go on.
    next: Option<String>,
}

/// The object that an error is about.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Details {
    pub name: String,
    pub group: String,
    /// The plural for NotFound, AlreadyExists and Conflict; the kind for Invalid.
    pub kind: String,
    pub causes: Vec<Cause>,
    pub retry_after_seconds: Option<u32>,
}

/// One cause of an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Cause {
    pub reason: &'static str,
    pub message: String,
    pub field: String,
}

impl ApiError {
    pub(crate) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self(Box::new(Refusal { code, reason, message: message.into(), details: None, next: None }))
    }

    pub(crate) fn details(mut self, details: Details) -> Self {
        self.0.details = Some(details);
        self
    }

    pub(crate) fn next(mut self, token: String) -> Self {
        self.0.next = Some(token);
        self
    }

    /// HTTP status code.
    pub fn code(&self) -> u16 {
        self.0.code
    }

    /// Machine-readable reason, such as `NotFound`; empty where a real server gives none.
    pub fn reason(&self) -> &str {
        self.0.reason
    }

    /// The sentence for people.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(crate) fn not_found(group: &str, plural: &str, name: &str) -> Self {
        let message = format!("{} \"{name}\" not found", qualified(plural, group));
        Self::new(404, "NotFound", message).details(about(group, plural, name))
    }

    pub(crate) fn no_such_resource() -> Self {
        Self::new(404, "NotFound", "the server could not find the requested resource")
            .details(Details::default())
    }

    pub(crate) fn already_exists(group: &str, plural: &str, name: &str, dying: bool) -> Self {
        let prefix = if dying { "object is being deleted: " } else { "" };
        let message = format!("{prefix}{} \"{name}\" already exists", qualified(plural, group));
        Self::new(409, "AlreadyExists", message).details(about(group, plural, name))
    }

    /// No free name was found for an object that only says how its name begins.
    pub(crate) fn not_generated(group: &str, plural: &str, name: &str) -> Self {
        let message = format!(
            "{} \"{name}\" already exists, the server was not able to generate a unique name for \
             the object",
            qualified(plural, group)
        );
        let details = Details { retry_after_seconds: Some(1), ..about(group, plural, name) };
        Self::new(409, "AlreadyExists", message).details(details)
    }

    pub(crate) fn conflict(group: &str, plural: &str, name: &str, why: &str) -> Self {
        let what = qualified(plural, group);
        let message = format!("Operation cannot be fulfilled on {what} \"{name}\": {why}");
        Self::new(409, "Conflict", message).details(about(group, plural, name))
    }

    pub(crate) fn modified(group: &str, plural: &str, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest \
                   version and try again";
        Self::conflict(group, plural, name, why)
    }

    pub(crate) fn forbidden(group: &str, plural: &str, name: &str, why: &str) -> Self {
        let what = qualified(plural, group);
        let message = if name.is_empty() {
            format!("{what} is forbidden: {why}")
        } else {
            format!("{what} \"{name}\" is forbidden: {why}")
        };
        Self::new(403, "Forbidden", message).details(about(group, plural, name))
    }

    pub(crate) fn internal(message: &str) -> Self {
        Self::new(500, "InternalError", format!("Internal error occurred: {message}")).details(
            Details {
                causes: vec![Cause { message: message.to_owned(), ..Cause::default() }],
                ..Details::default()
            },
        )
    }

    pub(crate) fn invalid(group: &str, kind: &str, name: &str, errors: &[FieldError]) -> Self {
        let mut texts: Vec<String> = Vec::with_capacity(errors.len());
        for error in errors {
            let text = error.to_string();
            if !texts.contains(&text) {
                texts.push(text);
            }
        }
        let list = match texts.as_slice() {
            [one] => one.clone(),
            many => format!("[{}]", many.join(", ")),
        };
        let message = format!("{} \"{name}\" is invalid: {list}", qualified(kind, group));
        let causes = errors.iter().map(FieldError::cause).collect();
        let details = Details { causes, ..about(group, kind, name) };
        Self::new(422, "Invalid", message).details(details)
    }

    pub(crate) fn expired(wanted: u64, oldest: u64) -> Self {
        let message = format!("too old resource version: {wanted} ({oldest})");
        Self::new(410, "Expired", message)
    }

    pub(crate) fn too_new(wanted: u64, current: u64) -> Self {
        let message = format!("Timeout: Too large resource version: {wanted}, current: {current}");
        Self::new(504, "Timeout", message).details(Details {
            causes: vec![Cause {
                reason: "ResourceVersionTooLarge",
                message: "Too large resource version".to_owned(),
                field: String::new(),
            }],
            retry_after_seconds: Some(1),
            ..Details::default()
        })
    }

    /// What this server cannot do although a real one can. Never a silent 404.
    pub(crate) fn unsupported(what: &str) -> Self {
        let message = format!("the embedded API server does not support {what}");
        Self::new(501, "NotImplemented", message)
    }

    /// The `Status` object.
    pub(crate) fn to_value(&self) -> Value {
        let mut status = Map::new();
        status.insert("kind".into(), "Status".into());
        status.insert("apiVersion".into(), "v1".into());
        let metadata = self.0.next.as_ref().map(|token| json!({"continue": token}));
        status.insert("metadata".into(), metadata.unwrap_or_else(|| json!({})));
        status.insert("status".into(), "Failure".into());
        status.insert("message".into(), self.0.message.clone().into());
        if !self.0.reason.is_empty() {
            status.insert("reason".into(), self.0.reason.into());
        }
        if let Some(details) = &self.0.details {
            status.insert("details".into(), details.to_value());
        }
        status.insert("code".into(), self.0.code.into());
        Value::Object(status)
    }
}

impl Details {
    fn to_value(&self) -> Value {
        let mut out = Map::new();
        let mut put = |key: &str, text: &str| {
            if !text.is_empty() {
                out.insert(key.to_owned(), text.into());
            }
        };
        put("name", &self.name);
        put("group", &self.group);
        put("kind", &self.kind);
        if !self.causes.is_empty() {
            out.insert("causes".into(), self.causes.iter().map(Cause::to_value).collect());
        }
        if let Some(seconds) = self.retry_after_seconds {
            out.insert("retryAfterSeconds".into(), seconds.into());
        }
        Value::Object(out)
    }
}

impl Cause {
    fn to_value(&self) -> Value {
        let mut out = Map::new();
        if !self.reason.is_empty() {
            out.insert("reason".into(), self.reason.into());
        }
        out.insert("message".into(), self.message.clone().into());
        if !self.field.is_empty() {
            out.insert("field".into(), self.field.clone().into());
        }
        Value::Object(out)
    }
}

/// `widgets.probe.dev`, or `pods` in the core group.
pub(crate) fn qualified(plural: &str, group: &str) -> String {
    if group.is_empty() { plural.to_owned() } else { format!("{plural}.{group}") }
}

fn about(group: &str, kind: &str, name: &str) -> Details {
    Details {
        name: name.to_owned(),
        group: group.to_owned(),
        kind: kind.to_owned(),
        ..Details::default()
    }
}

/// One thing that is wrong with one field.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct FieldError {
    pub field: String,
    pub fault: Fault,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fault {
    Required(String),
    /// The value as it is shown (none for objects and lists), and what is wrong with it.
    Invalid(Option<String>, String),
    /// As `Invalid`, with the reason of a wrong type.
    Type(String, String),
    Unsupported(String, Vec<String>),
    Duplicate(String),
    Forbidden(String),
    TooLong(u64),
    /// How many there are, and how many there may be.
    TooMany(u64, u64),
}

impl FieldError {
    pub(crate) fn new(field: impl Into<String>, fault: Fault) -> Self {
        Self { field: field.into(), fault }
    }

    pub(crate) fn required(field: impl Into<String>, why: &str) -> Self {
        Self::new(field, Fault::Required(why.to_owned()))
    }

    pub(crate) fn invalid(
        field: impl Into<String>,
        value: impl Into<String>,
        why: impl Into<String>,
    ) -> Self {
        Self::new(field, Fault::Invalid(Some(value.into()), why.into()))
    }

    /// `shown` is the value as JSON, `known` the words that would do.
    pub(crate) fn unsupported(field: impl Into<String>, shown: String, known: &[&str]) -> Self {
        Self::new(field, Fault::Unsupported(shown, known.iter().map(|word| quoted(word)).collect()))
    }

    pub(crate) fn forbidden(field: impl Into<String>, why: impl Into<String>) -> Self {
        Self::new(field, Fault::Forbidden(why.into()))
    }

    /// With errors of these kinds present a real server does not run the CEL rules.
    pub(crate) fn blocks_rules(&self) -> bool {
        match self.fault {
            Fault::Required(_)
            | Fault::Type(..)
            | Fault::Unsupported(..)
            | Fault::TooLong(_)
            | Fault::TooMany(..) => true,
            Fault::Invalid(..) | Fault::Duplicate(_) | Fault::Forbidden(_) => false,
        }
    }

    fn cause(&self) -> Cause {
        let reason = match self.fault {
            Fault::Required(_) => "FieldValueRequired",
            Fault::Invalid(..) => "FieldValueInvalid",
            Fault::Type(..) => "FieldValueTypeInvalid",
            Fault::Unsupported(..) => "FieldValueNotSupported",
            Fault::Duplicate(_) => "FieldValueDuplicate",
            Fault::Forbidden(_) => "FieldValueForbidden",
            Fault::TooLong(_) => "FieldValueTooLong",
            Fault::TooMany(..) => "FieldValueTooMany",
        };
        Cause { reason, message: self.fault.to_string(), field: self.field.clone() }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.fault)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Required(why) if why.is_empty() => f.write_str("Required value"),
            Self::Required(why) => write!(f, "Required value: {why}"),
            Self::Invalid(None, why) => write!(f, "Invalid value: {why}"),
            Self::Invalid(Some(value), why) | Self::Type(value, why) => {
                write!(f, "Invalid value: {value}: {why}")
            }
            Self::Unsupported(value, known) => {
                write!(f, "Unsupported value: {value}: supported values: {}", known.join(", "))
            }
            Self::Duplicate(value) => write!(f, "Duplicate value: {value}"),
            Self::Forbidden(why) => write!(f, "Forbidden: {why}"),
            Self::TooLong(most) => {
                write!(f, "Too long: may not be more than {most} {}", counted(*most, "byte"))
            }
            Self::TooMany(count, most) => {
                let word = counted(*most, "item");
                write!(f, "Too many: {count}: must have at most {most} {word}")
            }
        }
    }
}

fn counted(count: u64, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}

/// A text in quotes, as error messages show it.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}
