//! `x-kubernetes-validations`: CEL rules, compiled once and run on what has changed.

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use cel::common::ast::{Expr, IdedExpr};
use cel::{Context, Env, Program, extensions};
use serde_json::Value;

use super::{List, Schema, Step, Trail, Type, library, lists, types};
use crate::status::{Fault, FieldError, quoted};

/// Steps that nested loops of a rule may take at most, by the size of the value.
const COST_MAX: u64 = 10_000_000;

/// The language of all rules: the standard one and its extensions. It never changes.
static LANGUAGE: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut env = Env::stdlib();
    for extension in [extensions::strings, extensions::lists, extensions::math, library::extend] {
        // A name that is there already stays as it is.
        let _ = env.add_extension(extension);
    }
    Arc::new(env)
});

static TIMESTAMP: LazyLock<Option<Program>> =
    LazyLock::new(|| LANGUAGE.compile("timestamp(text)").ok());
static DURATION: LazyLock<Option<Program>> =
    LazyLock::new(|| LANGUAGE.compile("duration(text)").ok());

/// A compiled rule.
#[derive(Debug)]
pub(crate) struct Rule {
    text: String,
    shown: String,
    program: Program,
    message: String,
    message_expression: Option<Program>,
    reason: Reason,
    field_path: String,
    optional_old_self: bool,
    transition: bool,
    /// How deep its loops are nested.
    loops: u32,
}

#[derive(Clone, Copy, Debug)]
enum Reason {
    Invalid,
    Forbidden,
    Required,
    Duplicate,
}

impl Rule {
    pub(crate) fn compile(source: &Value, path: &str) -> Result<Self, FieldError> {
        let text = |name: &str| source.get(name).and_then(Value::as_str).unwrap_or_default();
        let fault = |field: &str, shown: String, why: String| {
            FieldError::invalid(format!("{path}.{field}"), shown, why)
        };
        let rule = text("rule");
        if rule.trim().is_empty() {
            return Err(FieldError::required(format!("{path}.rule"), "rule is not specified"));
        }
        let program = LANGUAGE.compile(rule).map_err(|error| {
            fault("rule", internal_form(source), format!("compilation failed: {error}"))
        })?;
        let message_expression = match text("messageExpression") {
            "" => None,
            expression => Some(LANGUAGE.compile(expression).map_err(|error| {
                let why = format!("compilation failed: {error}");
                fault("messageExpression", internal_form(source), why)
            })?),
        };
        let reason = match text("reason") {
            "" | "FieldValueInvalid" => Reason::Invalid,
            "FieldValueForbidden" => Reason::Forbidden,
            "FieldValueRequired" => Reason::Required,
            "FieldValueDuplicate" => Reason::Duplicate,
            other => {
                let known = [
                    "FieldValueDuplicate",
                    "FieldValueForbidden",
                    "FieldValueInvalid",
                    "FieldValueRequired",
                ];
                return Err(FieldError::unsupported(
                    format!("{path}.reason"),
                    quoted(other),
                    &known,
                ));
            }
        };
        Ok(Self {
            transition: program.references().has_variable("oldSelf"),
            loops: loops(program.expression()),
            text: rule.to_owned(),
            shown: internal_form(source),
            program,
            message: text("message").to_owned(),
            message_expression,
            reason,
            field_path: text("fieldPath").to_owned(),
            optional_old_self: source.get("optionalOldSelf") == Some(&Value::Bool(true)),
        })
    }

    /// What is wrong with the types in the rule, if the schema shows it.
    pub(crate) fn type_fault(&self, schema: &Schema, root: bool) -> Option<String> {
        types::fault(&self.program, schema, root, self.optional_old_self)
    }

    /// The rule as the real server prints it.
    pub(crate) fn shown(&self) -> String {
        self.shown.clone()
    }

    pub(crate) fn is_transition(&self) -> bool {
        self.transition
    }
}

/// A rule as the real server prints it: its internal structure as JSON.
fn internal_form(source: &Value) -> String {
    let text = |name: &str| quoted(source.get(name).and_then(Value::as_str).unwrap_or_default());
    let or_null = |name: &str| source.get(name).unwrap_or(&Value::Null).to_string();
    format!(
        "{{\"Rule\":{},\"Message\":{},\"MessageExpression\":{},\"Reason\":{},\"FieldPath\":{},\
         \"OptionalOldSelf\":{}}}",
        text("rule"),
        text("message"),
        text("messageExpression"),
        or_null("reason"),
        text("fieldPath"),
        or_null("optionalOldSelf"),
    )
}

/// How deep comprehensions are nested in an expression.
fn loops(expression: &IdedExpr) -> u32 {
    let most = |list: &[IdedExpr]| list.iter().map(loops).max().unwrap_or(0);
    match &expression.expr {
        Expr::Comprehension(inner) => {
            let body = [&inner.loop_cond, &inner.loop_step].map(loops).into_iter().max();
            let around = [&inner.iter_range, &inner.accu_init, &inner.result].map(loops);
            (1 + body.unwrap_or(0)).max(around.into_iter().max().unwrap_or(0))
        }
        Expr::Call(call) => most(&call.args).max(call.target.as_deref().map_or(0, loops)),
        Expr::Select(select) => loops(&select.operand),
        Expr::List(list) => most(&list.elements),
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) | Expr::Map(_) | Expr::Struct(_) => 0,
    }
}

/// Runs all rules of a schema on an object.
pub(crate) fn validate(
    value: &Value,
    old: Option<&Value>,
    schema: &Schema,
    trail: Option<&Trail<'_>>,
    errors: &mut Vec<FieldError>,
) {
    let unchanged = old == Some(value);
    if !schema.has_rules || (unchanged && !schema.has_transitions) || value.is_null() {
        return;
    }
    run_rules(value, old, schema, trail, errors);
    match value {
        Value::Object(map) => {
            for (name, member) in map {
                let Some(schema) = schema.member(name) else { continue };
                let old = old.and_then(|old| old.get(name));
                let trail = Trail::new(trail, Step::Key(name));
                validate(member, old, schema, Some(&trail), errors);
            }
        }
        Value::Array(items) => {
            let Some(item_schema) = schema.items.as_deref() else { return };
            let keyed = match &schema.list {
                List::Map(keys) => lists::Keyed::new(old, keys),
                List::Atomic | List::Set => lists::Keyed::none(),
            };
            for (index, item) in items.iter().enumerate() {
                let trail = Trail::new(trail, Step::Index(index));
                validate(item, keyed.find(item), item_schema, Some(&trail), errors);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn run_rules(
    value: &Value,
    old: Option<&Value>,
    schema: &Schema,
    trail: Option<&Trail<'_>>,
    errors: &mut Vec<FieldError>,
) {
    let unchanged = old == Some(value);
    let mut context = None;
    for rule in &schema.rules {
        let runs =
            if rule.transition { old.is_some() || rule.optional_old_self } else { !unchanged };
        if !runs {
            continue;
        }
        if rule.loops > 1 && size(value).saturating_pow(rule.loops) > COST_MAX {
            let why = "call cost exceeds limit, no further validation rules will be run";
            errors.push(FieldError::new(Trail::text(trail), Fault::Invalid(None, why.into())));
            return;
        }
        let context = context.get_or_insert_with(|| context_of(value, old, schema));
        match rule.program.execute(context) {
            Ok(cel::Value::Bool(true)) => {}
            Ok(cel::Value::Bool(false)) => errors.push(failure(rule, value, context, trail)),
            Ok(_) => {
                let why = format!("cel expression evaluated to non-bool: {}", rule.text);
                errors.push(FieldError::new(Trail::text(trail), Fault::Invalid(None, why)));
            }
            Err(error) => {
                let why = format!("rule evaluation error: {error} evaluating rule: {}", rule.text);
                let fault = Fault::Invalid(shown(value), why);
                errors.push(FieldError::new(Trail::text(trail), fault));
            }
        }
    }
}

fn context_of<'v>(value: &Value, old: Option<&Value>, schema: &Schema) -> Context<'static, 'v> {
    let mut context = Context::with_env(LANGUAGE.clone());
    context.add_variable_from_value("self", to_cel(value, Some(schema)));
    if let Some(old) = old {
        context.add_variable_from_value("oldSelf", to_cel(old, Some(schema)));
    }
    context
}

fn failure(
    rule: &Rule,
    value: &Value,
    context: &Context<'_, '_>,
    trail: Option<&Trail<'_>>,
) -> FieldError {
    let computed =
        rule.message_expression.as_ref().and_then(|program| match program.execute(context) {
            Ok(cel::Value::String(text)) if !text.trim().is_empty() => Some(text.to_string()),
            _ => None,
        });
    let message = computed.unwrap_or_else(|| match rule.message.as_str() {
        "" => format!("failed rule: {}", rule.text.trim()),
        message => message.to_owned(),
    });
    let mut field = Trail::text(trail);
    if !rule.field_path.is_empty() {
        if trail.is_none() {
            field = rule.field_path.trim_start_matches('.').to_owned();
        } else {
            field.push_str(&rule.field_path);
        }
    }
    let fault = match rule.reason {
        Reason::Invalid => Fault::Invalid(shown(value), message),
        Reason::Forbidden => Fault::Forbidden(message),
        Reason::Required => Fault::Required(message),
        Reason::Duplicate => Fault::Duplicate(shown(value).unwrap_or_default()),
    };
    FieldError::new(field, fault)
}

/// Scalars are shown in messages, objects and lists are not.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Object(_) | Value::Array(_) => None,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Some(value.to_string())
        }
    }
}

/// How many values stand in a value.
fn size(value: &Value) -> u64 {
    match value {
        Value::Object(map) => 1 + map.values().map(size).sum::<u64>(),
        Value::Array(items) => 1 + items.iter().map(size).sum::<u64>(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 1,
    }
}

fn to_cel(value: &Value, schema: Option<&Schema>) -> cel::Value {
    match value {
        Value::Null => cel::Value::Null,
        Value::Bool(flag) => cel::Value::Bool(*flag),
        Value::Number(number) => {
            let float = schema.is_some_and(|schema| schema.kind == Some(Type::Number));
            match number.as_i64().filter(|_| !float) {
                Some(whole) => cel::Value::Int(whole),
                None => cel::Value::Float(number.as_f64().unwrap_or(f64::NAN)),
            }
        }
        Value::String(text) => text_to_cel(text, schema),
        Value::Array(items) => {
            let schema = schema.and_then(|schema| schema.items.as_deref());
            cel::Value::List(Arc::new(items.iter().map(|item| to_cel(item, schema)).collect()))
        }
        Value::Object(map) => {
            let members = map.iter().map(|(name, member)| {
                let property = schema.and_then(|schema| schema.properties.get(name));
                let key = if property.is_some() { escape(name) } else { name.clone() };
                let member_schema = schema.and_then(|schema| schema.member(name));
                (cel::objects::Key::String(Arc::new(key)), to_cel(member, member_schema))
            });
            cel::Value::Map(cel::objects::Map { map: Arc::new(members.collect()) })
        }
    }
}

fn text_to_cel(text: &str, schema: Option<&Schema>) -> cel::Value {
    let plain = || cel::Value::String(Arc::new(text.to_owned()));
    let format = schema.and_then(|schema| schema.checks.format.as_deref());
    match format {
        Some("date-time" | "datetime") => {
            parse_text(TIMESTAMP.as_ref(), text).unwrap_or_else(plain)
        }
        Some("date") => {
            parse_text(TIMESTAMP.as_ref(), &format!("{text}T00:00:00Z")).unwrap_or_else(plain)
        }
        Some("duration") => parse_text(DURATION.as_ref(), text).unwrap_or_else(plain),
        Some("byte") => match base64::engine::general_purpose::STANDARD.decode(text) {
            Ok(bytes) => cel::Value::Bytes(Arc::new(bytes)),
            Err(_) => plain(),
        },
        _ => plain(),
    }
}

/// Reads a text with one of CEL's own conversions.
fn parse_text(conversion: Option<&Program>, text: &str) -> Option<cel::Value> {
    let mut context = Context::with_env(LANGUAGE.clone());
    context.add_variable_from_value("text", text.to_owned());
    conversion?.execute(&context).ok()
}

/// How the name of a property is written in a rule.
pub(super) fn escape(name: &str) -> String {
    const WORDS: &[&str] = &[
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    ];
    if WORDS.contains(&name) {
        return format!("__{name}__");
    }
    if !name.contains(['.', '-', '/']) && !name.contains("__") {
        return name.to_owned();
    }
    name.replace("__", "__underscores__")
        .replace('.', "__dot__")
        .replace('-', "__dash__")
        .replace('/', "__slash__")
}
