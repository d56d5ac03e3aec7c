//! Takes known secrets out of what is recorded: raw, base64 and URL-encoded.

use std::sync::Arc;

use base64::Engine;
use memchr::memmem::Finder;
use serde_json::Value;
use trace::{Finding, Happening, REDACTED, Revision, Verdict, Written};

/// Shorter words are not taken for secrets: they would blank half of every text.
const LEAST_LENGTH: usize = 6;

/// Knows the secrets of a world.
pub struct Redactor {
    needles: Vec<Needle>,
}

/// One form of a secret.
struct Needle {
    word: String,
    in_text: Finder<'static>,
    /// As it stands in a text of JSON.
    in_json: Finder<'static>,
}

impl Needle {
    fn new(word: String) -> Needle {
        let quoted = Value::from(word.as_str()).to_string();
        let escaped = quoted.get(1..quoted.len() - 1).unwrap_or(&word);
        Needle {
            in_text: Finder::new(word.as_bytes()).into_owned(),
            in_json: Finder::new(escaped.as_bytes()).into_owned(),
            word,
        }
    }

    fn is_in(&self, text: &str) -> bool {
        self.in_text.find(text.as_bytes()).is_some()
    }
}

impl Redactor {
    /// A redactor for these words.
    pub fn new(words: &[String]) -> Redactor {
        let mut redactor = Redactor { needles: Vec::new() };
        for word in words {
            redactor.add(word);
        }
        redactor
    }

    /// From now on this word is a secret too.
    pub fn add(&mut self, word: &str) {
        if word.len() < LEAST_LENGTH {
            return;
        }
        let base64 = base64::engine::general_purpose::STANDARD_NO_PAD.encode(word);
        for needle in [word.to_owned(), base64, url_encoded(word)] {
            if !self.needles.iter().any(|known| known.word == needle) {
                self.needles.push(Needle::new(needle));
            }
        }
        // the longest first: one secret may be the beginning of another
        self.needles.sort_by_key(|needle| std::cmp::Reverse(needle.word.len()));
    }

    /// A text without secrets; none if it has none.
    pub fn clean_text(&self, text: &str) -> Option<String> {
        if !self.needles.iter().any(|needle| needle.is_in(text)) {
            return None;
        }
        let mut clean = text.to_owned();
        for needle in &self.needles {
            clean = clean.replace(needle.word.as_str(), REDACTED);
        }
        Some(clean)
    }

    /// A body without secrets.
    pub fn clean_body(&self, body: &Arc<Value>) -> Arc<Value> {
        if self.needles.is_empty() || !self.leaks(body) {
            return Arc::clone(body);
        }
        let mut clean = Value::clone(body);
        self.clean_value(&mut clean);
        Arc::new(clean)
    }

    /// What happened, without secrets.
    pub fn clean(&self, mut what: Happening) -> Happening {
        if self.needles.is_empty() {
            return what;
        }
        match &mut what {
            Happening::Request(request) => {
                self.clean_in_place(&mut request.path);
                self.clean_option(&mut request.body);
            }
            Happening::Reply(reply) => {
                self.clean_option(&mut reply.body);
                if let Some(error) = &mut reply.error {
                    self.clean_in_place(error);
                }
            }
            Happening::Revision(revision) => self.clean_revision(revision),
            Happening::Job(job) => {
                self.clean_in_place(&mut job.explanation);
                self.clean_in_place(&mut job.traceback);
                self.clean_option(&mut job.variables);
            }
            Happening::Log(line) => self.clean_in_place(&mut line.text),
            Happening::Webhook(webhook) => self.clean_in_place(&mut webhook.note),
            Happening::Operator(trace::OperatorLife::Ended { why }) => self.clean_in_place(why),
            Happening::Step(step) => self.clean_outcome(step),
            Happening::Watch(_)
            | Happening::Fault(_)
            | Happening::Operator(_)
            | Happening::Mark { .. }
            | Happening::Rest
            | Happening::Restless { .. }
            | Happening::Truncated { .. } => {}
        }
        what
    }

    /// A verdict without secrets: what was expected, and the line that asked for it, come from the
    /// scenario and not from what was recorded.
    pub fn clean_verdict(&self, mut verdict: Verdict) -> Verdict {
        let findings = match &mut verdict {
            Verdict::Failed { findings } | Verdict::Broken { findings } => findings,
            Verdict::Passed { warnings, .. } => warnings,
            Verdict::Skipped { .. } => return verdict,
        };
        if !self.needles.is_empty() {
            findings.iter_mut().for_each(|finding| self.clean_finding(finding));
        }
        verdict
    }

    fn clean_finding(&self, finding: &mut Finding) {
        let words = [
            &mut finding.title,
            &mut finding.expected,
            &mut finding.seen,
            &mut finding.hint,
            &mut finding.object,
        ];
        words.into_iter().for_each(|text| self.clean_in_place(text));
        finding.differences.iter_mut().for_each(|text| self.clean_in_place(text));
        finding.excerpt.iter_mut().for_each(|line| self.clean_in_place(&mut line.text));
        if let Some(place) = &mut finding.place {
            self.clean_in_place(&mut place.text);
        }
    }

    /// The written body is looked through in one go; the body itself only if there is none, or a
    /// secret in it.
    fn clean_revision(&self, revision: &mut Revision) {
        let clean = revision.written.0.as_ref().is_some_and(|json| {
            self.needles.iter().all(|needle| needle.in_json.find(json).is_none())
        });
        if !clean {
            revision.written = Written(None);
            revision.body = self.clean_body(&revision.body);
        }
    }

    fn clean_outcome(&self, step: &mut trace::StepMark) {
        match &mut step.outcome {
            Some(trace::StepOutcome::Unmet { expected, seen, differences, .. }) => {
                self.clean_in_place(expected);
                self.clean_in_place(seen);
                differences.iter_mut().for_each(|line| self.clean_in_place(line));
            }
            Some(trace::StepOutcome::Broken { why }) => self.clean_in_place(why),
            Some(trace::StepOutcome::Done { .. }) | None => {}
        }
    }

    fn clean_option(&self, body: &mut Option<Arc<Value>>) {
        if let Some(value) = body {
            *value = self.clean_body(value);
        }
    }

    fn clean_in_place(&self, text: &mut String) {
        if let Some(clean) = self.clean_text(text) {
            *text = clean;
        }
    }

    fn leaks(&self, value: &Value) -> bool {
        match value {
            Value::String(text) => self.needles.iter().any(|needle| needle.is_in(text)),
            Value::Array(items) => items.iter().any(|item| self.leaks(item)),
            Value::Object(fields) => fields.values().any(|field| self.leaks(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    fn clean_value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.clean_in_place(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.clean_value(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.clean_value(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

fn url_encoded(word: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(word.len());
    for byte in word.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_secret_is_taken_out_in_every_form() {
        let redactor = Redactor::new(&["pa ss/word".to_owned()]);
        let body = Arc::new(json!({
            "raw": "x pa ss/word y", "list": ["cGEgc3Mvd29yZA=="], "url": "pa%20ss%2Fword", "n": 1
        }));
        let clean = redactor.clean_body(&body);
        assert_eq!(
            *clean,
            json!({"raw": "x [redacted secret] y", "list": ["[redacted secret]=="],
                   "url": "[redacted secret]", "n": 1})
        );
    }

    #[test]
    fn a_verdict_does_not_quote_a_secret_of_its_scenario() {
        let redactor = Redactor::new(&["pa ss/word".to_owned()]);
        let mut finding = Finding::titled("assert", "nothing came to match");
        finding.expected = "message: pa ss/word".to_owned();
        finding.differences = vec!["message: expected pa ss/word".to_owned()];
        finding.place = Some(trace::Place {
            file: "a.yaml".to_owned(),
            line: 3,
            column: 1,
            width: 1,
            text: "  message: pa ss/word".to_owned(),
        });
        let clean = redactor.clean_verdict(Verdict::Failed { findings: vec![finding] });
        let told = serde_json::to_string(&clean).unwrap();
        assert!(!told.contains("pa ss/word"), "{told}");
        assert_eq!(told.matches(REDACTED).count(), 3, "{told}");
    }

    #[test]
    fn a_secret_is_found_in_a_body_that_is_written_already() {
        let redactor = Redactor::new(&["pa\"ss\\word".to_owned()]);
        let clean = |body: Value| {
            let json = body.to_string().into();
            let revision = Revision {
                cluster: "kube".into(),
                by: "user".into(),
                change: trace::Change::Added,
                kind: "K".into(),
                object: "a".into(),
                revision: 1,
                body: Arc::new(body),
                written: Written(Some(json)),
            };
            let Happening::Revision(clean) = redactor.clean(Happening::Revision(revision)) else {
                panic!("another event")
            };
            (Value::clone(&clean.body), clean.written.0.is_some())
        };
        assert_eq!(clean(json!({"a": "b"})), (json!({"a": "b"}), true));
        let leaky = json!({"a": "x pa\"ss\\word"});
        assert_eq!(clean(leaky), (json!({"a": "x [redacted secret]"}), false));
    }

    #[test]
    fn a_body_without_secrets_is_not_copied() {
        let redactor = Redactor::new(&["password".to_owned()]);
        let body = Arc::new(json!({"a": "b"}));
        assert!(Arc::ptr_eq(&body, &redactor.clean_body(&body)));
    }

    #[test]
    fn words_too_short_to_be_secrets_are_left() {
        assert_eq!(Redactor::new(&["abc".to_owned()]).clean_text("abc"), None);
    }
}
