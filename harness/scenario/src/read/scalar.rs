//! Single values: texts, numbers, durations, words. Each may be an expression of bindings and
//! profile, which is computed here and now.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use super::{Fields, Item, Reader};
use crate::diagnostic::Diagnostic;
use crate::duration::{self, DurationError};
use crate::suggest::nearest;
use crate::words::FOREVER;
use crate::yaml::Kind;

impl Reader<'_> {
    /// A value with every expression in it computed.
    pub(crate) fn value(&mut self, item: Item<'_>) -> Option<Value> {
        match &item.value.kind {
            Kind::Text(text) => match super::expression::inner(text) {
                super::expression::Inner::Expression(..) => self.literal(item.value),
                super::expression::Inner::Text(text) => Some(Value::String(text.to_owned())),
            },
            Kind::List(items) => {
                let values: Vec<Option<Value>> =
                    items.iter().map(|item| self.value(Item::alone(item))).collect();
                values.into_iter().collect::<Option<Vec<Value>>>().map(Value::Array)
            }
            Kind::Map(entries) => {
                let mut map = serde_json::Map::new();
                let mut whole = true;
                for entry in entries {
                    match self.value(entry.into()) {
                        Some(value) => drop(map.insert(entry.key.to_string(), value)),
                        None => whole = false,
                    }
                }
                whole.then_some(Value::Object(map))
            }
            Kind::Null | Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) => Some(item.value.json()),
        }
    }

    /// A value that an expression gave is shown with the expression.
    fn mismatch(&mut self, item: Item<'_>, needed: &str, value: &Value) {
        if item.value.text().is_some_and(|text| super::expression::is_expression(text)) {
            let message = format!("{needed} is needed, the expression gives {value}");
            self.tell(Diagnostic::error("wrong-type", item.value.span, message));
        } else {
            self.wrong_type(item, needed);
        }
    }

    /// A text.
    pub(crate) fn text(&mut self, item: Item<'_>) -> Option<String> {
        match self.value(item)? {
            Value::String(text) => Some(text),
            other => {
                self.mismatch(item, "a text", &other);
                None
            }
        }
    }

    /// A text that is not empty.
    pub(crate) fn full_text(&mut self, item: Item<'_>) -> Option<String> {
        let text = self.text(item)?;
        if text.trim().is_empty() {
            self.tell(Diagnostic::error("empty", item.value.span, "the text is empty"));
            return None;
        }
        Some(text)
    }

    /// A name: small letters, digits and `-`; never an expression, because names are known before
    /// anything is computed.
    pub(crate) fn name(&mut self, item: Item<'_>) -> Option<String> {
        let Some(text) = item.value.text() else {
            self.wrong_type(item, "a name");
            return None;
        };
        let span = item.value.span;
        if super::expression::is_expression(text) {
            let message = "a name is written out, not computed";
            self.tell(Diagnostic::error("literal-needed", span, message));
            return None;
        }
        if is_name(text) {
            return Some(text.to_string());
        }
        let message = format!("`{text}` is no name");
        let hint = match proper(text) {
            Some(name) => format!("write `{name}`"),
            None => "small letters, digits and `-`, at most 63".to_owned(),
        };
        self.tell(Diagnostic::error("bad-name", span, message).with_hint(hint));
        None
    }

    /// True or false.
    pub(crate) fn bool(&mut self, item: Item<'_>) -> Option<bool> {
        match self.value(item)? {
            Value::Bool(b) => Some(b),
            other => {
                self.mismatch(item, "true or false", &other);
                None
            }
        }
    }

    /// A whole number within bounds.
    pub(crate) fn int(&mut self, item: Item<'_>, least: i64, most: i64) -> Option<i64> {
        let value = self.value(item)?;
        let Some(number) = value.as_i64() else {
            self.mismatch(item, "a whole number", &value);
            return None;
        };
        if (least..=most).contains(&number) {
            return Some(number);
        }
        let message = format!("{number} is out of bounds");
        let hint = format!("from {least} to {most}");
        self.tell(Diagnostic::error("out-of-bounds", item.value.span, message).with_hint(hint));
        None
    }

    /// A whole number that counts something.
    pub(crate) fn count(&mut self, item: Item<'_>, least: u32, most: u32) -> Option<u32> {
        self.int(item, least.into(), most.into()).and_then(|n| u32::try_from(n).ok())
    }

    /// One of some words.
    pub(crate) fn one_of(
        &mut self,
        item: Item<'_>,
        known: &[&'static str],
    ) -> Option<&'static str> {
        match self.value(item)? {
            Value::String(word) => {
                let found = known.iter().copied().find(|k| *k == word);
                if found.is_none() {
                    self.unknown_word(item.value.span, &word, known);
                }
                found
            }
            other => {
                self.mismatch(item, "a word", &other);
                None
            }
        }
    }

    /// A duration.
    pub(crate) fn duration(&mut self, item: Item<'_>) -> Option<Duration> {
        let value = self.value(item)?;
        let text = match &value {
            Value::String(text) => text.clone(),
            // a bare 0 needs no unit
            Value::Number(number) => number.to_string(),
            other => {
                self.mismatch(item, "a duration", other);
                return None;
            }
        };
        match duration::parse(&text) {
            Ok(duration) => Some(duration),
            Err(error) => {
                let (message, hint) = match error {
                    DurationError::Unit => {
                        (format!("`{text}` has no unit"), format!("write `{text}s` or `{text}m`"))
                    }
                    DurationError::Shape => (
                        format!("`{text}` is no duration"),
                        "durations are written `500ms`, `30s`, `1m30s`, `6h`".to_owned(),
                    ),
                    DurationError::TooLong => {
                        let most = duration::format(duration::LONGEST);
                        (format!("`{text}` is too long"), format!("at most {most}"))
                    }
                };
                let span = item.value.span;
                self.tell(Diagnostic::error("bad-duration", span, message).with_hint(hint));
                None
            }
        }
    }

    /// A duration or `forever`: the outer `None` where it is neither.
    #[expect(clippy::option_option, reason = "read or not, and then with an end or without")]
    pub(crate) fn lasting(&mut self, item: Item<'_>) -> Option<Option<Duration>> {
        let word = item.value.text().map(|text| &**text);
        match word {
            Some(FOREVER) => Some(None),
            Some(word) if nearest(word, [FOREVER]).is_some() => {
                self.unknown_word(item.value.span, word, &[FOREVER]);
                None
            }
            _ => self.duration(item).map(Some),
        }
    }

    /// How long something is waited for: more than nothing, and not for ever.
    pub(crate) fn patience(&mut self, item: Item<'_>, most: Duration) -> Option<Duration> {
        let word = item.value.text().map(|text| text.to_lowercase());
        if let Some("forever" | "never" | "none" | "unlimited" | "infinite") = word.as_deref() {
            let message = "every wait has a limit";
            let hint = format!("at most {}, the deadline of the run", duration::format(most));
            let span = item.value.span;
            self.tell(Diagnostic::error("unbounded-wait", span, message).with_hint(hint));
            return None;
        }
        let time = self.duration(item)?;
        let span = item.value.span;
        if time.is_zero() {
            let message = "a wait of no time";
            let hint = "the first look is at once; leave it out for the default";
            self.tell(Diagnostic::error("zero-wait", span, message).with_hint(hint));
            return None;
        }
        if time > most {
            let most = duration::format(most);
            let message = format!("longer than the deadline of the run, {most}");
            let hint = "raise `limits.deadline` or shorten the wait";
            self.tell(Diagnostic::error("unbounded-wait", span, message).with_hint(hint));
            return None;
        }
        Some(time)
    }

    /// A map of texts.
    pub(crate) fn texts(&mut self, item: Item<'_>) -> BTreeMap<String, String> {
        let mut texts = BTreeMap::new();
        let Kind::Map(entries) = &item.value.kind else {
            self.wrong_type(item, "a map");
            return texts;
        };
        for entry in entries {
            if let Some(text) = self.text(entry.into()) {
                texts.insert(entry.key.to_string(), text);
            }
        }
        texts
    }

    /// A list of texts that are not empty.
    pub(crate) fn text_list(&mut self, item: Item<'_>) -> Vec<String> {
        self.list(item).iter().filter_map(|item| self.full_text(Item::alone(item))).collect()
    }

    /// What is read where a word is there, and its default where it is not or is wrong.
    pub(crate) fn or<T>(
        &mut self,
        fields: &Fields<'_>,
        name: &'static str,
        default: T,
        read: impl FnOnce(&mut Self, Item<'_>) -> Option<T>,
    ) -> T {
        match fields.get(name) {
            Some(item) => read(self, item).unwrap_or(default),
            None => default,
        }
    }
}

/// Characters of a name.
const NAME_MAX: usize = 63;

/// Whether a text is a name.
fn is_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty()
        && text.len() <= NAME_MAX
        && text.chars().all(inner)
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// The name that a text could be.
fn proper(text: &str) -> Option<String> {
    let mut name = String::new();
    for c in text.chars().take(NAME_MAX + 1) {
        if c.is_ascii_alphanumeric() {
            name.push(c.to_ascii_lowercase());
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    let name = name.trim_end_matches('-');
    is_name(name).then(|| name.to_owned())
}
