//! What an expression refers to: is it there, can it be seen from here, was another word meant?

use serde_json::Value;

use super::Reader;
use super::expression::Sight;
use crate::diagnostic::Diagnostic;
use crate::expr::{Argument, CallsFunction, Places, Program, Referent, Variable};
use crate::names::{Field, FieldKind, MOMENTS, OTHER_VERB, REQUEST_FIELDS, SERVERS, VERBS, view};
use crate::plan::Capability;
use crate::source::Span;
use crate::suggest::nearest;
use crate::words::ROLES;

impl Reader<'_> {
    /// Checks all references of an expression; false if one of them is an error.
    pub(super) fn check_references(
        &mut self,
        program: &Program,
        places: &Places,
        sight: Sight<'_>,
    ) -> bool {
        let before = self.errors();
        for reference in &program.references {
            let span = places.span(reference.from, reference.to);
            match &reference.what {
                Referent::Path { variable, fields } => {
                    self.check_path(*variable, fields, span, sight);
                }
                Referent::Compared { variable, fields, text } => {
                    self.check_compared(*variable, fields, text, span, sight);
                }
                Referent::Calls { function, arguments } => {
                    if sight.calls {
                        self.check_calls(*function, arguments, places, span);
                    } else {
                        self.unseen("calls", span, sight);
                    }
                }
                Referent::Now => {
                    if !sight.now {
                        self.unseen("now", span, sight);
                    }
                }
            }
        }
        self.errors() == before
    }

    fn errors(&self) -> usize {
        self.diagnostics.iter().filter(|d| d.is_error()).count()
    }

    fn unseen(&mut self, name: &str, span: Span, sight: Sight<'_>) {
        let mut known: Vec<&str> = sight.variables.iter().map(|v| v.name()).collect();
        if sight.calls {
            known.push("calls");
        }
        if sight.now {
            known.push("now()");
        }
        let message = format!("`{name}` is not known {}", sight.place);
        let code =
            if sight.place == Sight::LITERAL.place { "literal-needed" } else { "undefined-name" };
        let hint = format!("known here: {}", known.join(", "));
        self.tell(Diagnostic::error(code, span, message).with_hint(hint));
    }

    fn check_path(&mut self, variable: Variable, fields: &[String], span: Span, sight: Sight<'_>) {
        if !sight.variables.contains(&variable) {
            self.unseen(variable.name(), span, sight);
            return;
        }
        match variable {
            Variable::Bindings => {
                let bindings = std::sync::Arc::clone(&self.bindings);
                match fields.first() {
                    Some(name) => drop(self.bindings_used.insert(name.clone())),
                    None => {
                        let names = bindings.as_object().into_iter().flat_map(|map| map.keys());
                        self.bindings_used.extend(names.cloned());
                    }
                }
                self.check_value("bindings", &bindings, fields, span);
            }
            Variable::Profile => {
                let values = std::sync::Arc::clone(&self.profile.values);
                self.check_value("profile", &values, fields, span);
            }
            Variable::Request => {
                let Some(first) = fields.first() else { return };
                if !REQUEST_FIELDS.iter().any(|(name, _)| name == first) {
                    let names = REQUEST_FIELDS.iter().map(|(name, _)| *name);
                    self.undefined("request", first, names, span);
                }
            }
            Variable::Object | Variable::Old => {
                if let Some(view) = sight.object.and_then(view) {
                    self.check_view(variable.name(), view, fields, span);
                }
            }
            Variable::Itself => {}
        }
    }

    fn undefined<'k>(
        &mut self,
        parent: &str,
        field: &str,
        known: impl Iterator<Item = &'k str> + Clone,
        span: Span,
    ) {
        let message = format!("undefined name `{parent}.{field}`");
        let hint = match nearest(field, known.clone()) {
            Some(meant) => format!("did you mean `{parent}.{meant}`?"),
            None => {
                let known: Vec<&str> = known.collect();
                if known.is_empty() {
                    format!("`{parent}` is empty")
                } else {
                    format!("`{parent}` has: {}", known.join(", "))
                }
            }
        };
        self.tell(Diagnostic::error("undefined-name", span, message).with_hint(hint));
    }

    /// Fields of a value that is known now.
    fn check_value(&mut self, name: &str, value: &Value, fields: &[String], span: Span) {
        let mut path = name.to_owned();
        let mut value = value;
        for field in fields {
            let Value::Object(map) = value else { return };
            match map.get(field) {
                Some(inner) => value = inner,
                None => {
                    self.undefined(&path, field, map.keys().map(String::as_str), span);
                    return;
                }
            }
            path.push('.');
            path.push_str(field);
        }
    }

    /// Fields of an object whose view is known. Only a warning: an operator may have more.
    fn check_view(&mut self, name: &str, view: &'static [Field], fields: &[String], span: Span) {
        if let Err((path, field, known)) = find(name, view, fields) {
            self.unknown_path(&path, field, known, span);
        }
    }

    pub(super) fn unknown_path(
        &mut self,
        path: &str,
        field: &str,
        known: &'static [Field],
        span: Span,
    ) {
        let message = format!("`{path}` has no field `{field}`, so this is always null");
        let names = known.iter().map(|field| field.name);
        let hint = match nearest(field, names.clone()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None if known.is_empty() => format!("`{path}` is a single value"),
            None => format!("known there: {}", names.collect::<Vec<_>>().join(", ")),
        };
        self.tell(Diagnostic::warning("unknown-path", span, message).with_hint(hint));
    }

    pub(super) fn unknown_value(&mut self, what: &str, text: &str, known: &[&str], span: Span) {
        let message = format!("{what} is never `{text}`");
        let hint = match nearest(text, known.iter().copied()) {
            Some(meant) => format!("did you mean `{meant}`?"),
            None => format!("one of {}", known.join(", ")),
        };
        self.tell(Diagnostic::warning("unknown-value", span, message).with_hint(hint));
    }

    fn check_compared(
        &mut self,
        variable: Variable,
        fields: &[String],
        text: &str,
        span: Span,
        sight: Sight<'_>,
    ) {
        match variable {
            Variable::Request => {
                let known: &[&str] = match fields {
                    [field] if field == "verb" => &VERBS,
                    [field] if field == "to" => &SERVERS,
                    _ => return,
                };
                if !known.contains(&text) && text != OTHER_VERB && !text.is_empty() {
                    self.unknown_value(&format!("`request.{}`", fields[0]), text, known, span);
                }
            }
            Variable::Object | Variable::Old => {
                let Some(view) = sight.object.and_then(view) else { return };
                if let Ok(FieldKind::Words(words)) = find(variable.name(), view, fields)
                    && !words.contains(&text)
                    && !text.is_empty()
                {
                    let path = format!("`{}.{}`", variable.name(), fields.join("."));
                    self.unknown_value(&path, text, words, span);
                }
            }
            Variable::Itself | Variable::Bindings | Variable::Profile => {}
        }
    }

    fn check_calls(
        &mut self,
        function: CallsFunction,
        arguments: &[Argument],
        places: &Places,
        span: Span,
    ) {
        let texts: Vec<Option<(&str, Span)>> = arguments
            .iter()
            .map(|a| a.text.as_deref().map(|text| (text, places.span(a.from, a.to))))
            .collect();
        let argument = |n: usize| texts.get(n).copied().flatten();
        match function {
            CallsFunction::Launches | CallsFunction::Attempts | CallsFunction::JobStates => {
                self.check_word(argument(0), &ROLES);
            }
            CallsFunction::Webhooks => {
                self.check_word(argument(0), &ROLES);
                self.used.push((Capability::Eda, span, "`calls.webhooks`".to_owned()));
            }
            CallsFunction::First | CallsFunction::Last => {
                let Some((moment, span)) = argument(0) else { return };
                let job = moment.strip_prefix("job:").is_some_and(|status| !status.is_empty());
                if !job && !MOMENTS.contains(&moment) {
                    let known: Vec<&str> = MOMENTS.iter().copied().chain(["job:STATUS"]).collect();
                    self.unknown_word(span, moment, &known);
                }
            }
            CallsFunction::Sent => {
                self.check_word(argument(1), &SERVERS);
                let verb = argument(2).filter(|(verb, _)| *verb != OTHER_VERB);
                self.check_word(verb, &VERBS);
            }
            // faults are looked up when all of them are known
            CallsFunction::Felt => {
                let felt = argument(0).map(|(fault, span)| (fault.to_owned(), span));
                self.felt.extend(felt);
            }
            CallsFunction::Cancels
            | CallsFunction::Gets
            | CallsFunction::Lookups
            | CallsFunction::ActiveJobs => {}
        }
    }

    fn check_word(&mut self, word: Option<(&str, Span)>, known: &[&str]) {
        if let Some((word, span)) = word
            && !known.contains(&word)
        {
            self.unknown_word(span, word, known);
        }
    }
}

/// Follows fields through a view: what the last one is, or where they lead out of it.
pub(super) fn find<'f>(
    name: &str,
    view: &'static [Field],
    fields: &'f [String],
) -> Result<FieldKind, (String, &'f str, &'static [Field])> {
    let mut path = name.to_owned();
    let mut kind = FieldKind::Map(view);
    for field in fields {
        let known = match kind {
            FieldKind::Map(known) => known,
            // a list is indexed or walked, a scalar has methods only
            FieldKind::List(_) | FieldKind::Open => return Ok(FieldKind::Open),
            FieldKind::Scalar | FieldKind::Words(_) => return Err((path, field, &[])),
        };
        match known.iter().find(|k| k.name == field) {
            Some(found) => kind = found.kind,
            None => return Err((path, field, known)),
        }
        path.push('.');
        path.push_str(field);
    }
    Ok(kind)
}
