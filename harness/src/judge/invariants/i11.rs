//! **I11**: no known secret appears, raw, base64 or URL-encoded, in any status, event, log line,
//! trace, report or error.
//!
//! * The recorder knows the world's secrets and puts [`REDACTED`] where one stood, so the mark
//!   tells of a leak. It breaks the invariant where the operator lets a secret out: in the status
//!   of any object, in an Event, in metadata that came with a write of the operator, in a log line,
//!   in a request of the operator (path and body), in an error of its client, in its last word.
//! * It does not where the secret came from or has to go: in a Secret, in what servers answer (what
//!   the operator does with that is judged where it goes), in AAP's own texts on a job, and in the
//!   `spec` that a user wrote, also where a launch or a webhook carries it as payload.
//! * What the scenario lists under `secrets` must stand nowhere in the trace: where such a word is
//!   found raw, base64 (at any of the three alignments) or URL-encoded, outside of a Secret, the
//!   recorder let it through. Words of less than 6 characters are not taken for secrets.

use scenario::Plan;
use serde_json::Value;
use trace::{Happening, OperatorLife, REDACTED, Revision, StepOutcome};

use super::{Docket, Invariant, Moment};
use crate::judge::ledger::Sight;
use crate::judge::needles::Needles;

pub(super) struct NoSecrets {
    needles: Needles,
    times: u64,
}

impl NoSecrets {
    pub(super) fn new(plan: &Plan) -> Self {
        NoSecrets { needles: Needles::of(&plan.secrets), times: 0 }
    }

    fn is_marked(text: &str) -> bool {
        text.len() >= REDACTED.len() && text.contains('[') && text.contains(REDACTED)
    }

    fn is_raw(&self, text: &str) -> bool {
        self.needles.are_in(text)
    }

    /// Where the operator let a secret out.
    fn marked(&self, what: &Happening, old: Option<&Value>) -> Option<String> {
        let in_text = |text: &str| Self::is_marked(text).then(String::new);
        match what {
            Happening::Revision(revision) => marked_in_revision(revision, old),
            Happening::Log(line) => in_text(&line.text),
            Happening::Request(request) if &*request.route.from == "operator" => {
                let body = request.body.as_deref();
                let body = body.filter(|_| !request.about.starts_with("secrets"));
                in_text(&request.path)
                    .or_else(|| body.and_then(|body| find(body, true, &Self::is_marked)))
            }
            Happening::Reply(reply) => reply.error.as_deref().and_then(in_text),
            Happening::Operator(OperatorLife::Ended { why }) => in_text(why),
            Happening::Request(_)
            | Happening::Watch(_)
            | Happening::Job(_)
            | Happening::Webhook(_)
            | Happening::Fault(_)
            | Happening::Step(_)
            | Happening::Operator(_)
            | Happening::Mark { .. }
            | Happening::Rest
            | Happening::Restless { .. }
            | Happening::Truncated { .. } => None,
        }
    }

    /// Where a word of the scenario's stands as it is.
    fn raw(&self, what: &Happening) -> Option<String> {
        if self.needles.is_empty() {
            return None;
        }
        let in_text = |text: &str| self.is_raw(text).then(String::new);
        let in_body = |body: &Option<std::sync::Arc<Value>>| {
            body.as_deref().and_then(|body| find(body, false, &|text| self.is_raw(text)))
        };
        match what {
            Happening::Request(request) if request.about.starts_with("secrets") => None,
            Happening::Request(request) => {
                in_text(&request.path).or_else(|| in_body(&request.body))
            }
            Happening::Reply(reply) => {
                reply.error.as_deref().and_then(in_text).or_else(|| in_body(&reply.body))
            }
            Happening::Revision(revision) if revision.kind == "Secret" => None,
            Happening::Revision(revision) => find(&revision.body, false, &|text| self.is_raw(text)),
            Happening::Job(job) => in_text(&job.explanation)
                .or_else(|| in_text(&job.traceback))
                .or_else(|| in_body(&job.variables)),
            Happening::Webhook(webhook) => in_text(&webhook.note),
            Happening::Step(step) => match &step.outcome {
                Some(StepOutcome::Unmet { expected, seen, differences, .. }) => in_text(expected)
                    .or_else(|| in_text(seen))
                    .or_else(|| differences.iter().find_map(|line| in_text(line))),
                Some(StepOutcome::Broken { why }) => in_text(why),
                Some(StepOutcome::Done { .. }) | None => None,
            },
            Happening::Operator(OperatorLife::Ended { why }) => in_text(why),
            Happening::Log(line) => in_text(&line.text),
            Happening::Watch(_)
            | Happening::Fault(_)
            | Happening::Operator(_)
            | Happening::Mark { .. }
            | Happening::Rest
            | Happening::Restless { .. }
            | Happening::Truncated { .. } => None,
        }
    }
}

impl<'t> Invariant<'t> for NoSecrets {
    fn name(&self) -> &'static str {
        "I11"
    }

    fn see(&mut self, moment: &Moment<'_, 't>, docket: &mut Docket) {
        self.times += 1;
        let what = &moment.event.what;
        let old = match moment.sight {
            Sight::Revision { old, .. } => *old,
            _ => None,
        };
        let (path, raw) = match (self.marked(what, old), self.raw(what)) {
            (Some(path), _) => (path, false),
            (None, Some(path)) => (path, true),
            (None, None) => return,
        };
        let (place, object) = place(what);
        let title = format!("a known secret stands in {place}");
        let at = if path.is_empty() { place } else { format!("{place}, at {path}") };
        let hint = if raw {
            "it was recorded as it is: keep this trace to yourself"
        } else {
            "texts that come from outside go through the redactor before they go anywhere"
        };
        docket.bring(
            moment
                .charge("I11", title)
                .expected("no known secret, in whatever form")
                .seen(at)
                .hint(hint)
                .object(object),
        );
    }

    fn times(&self) -> u64 {
        self.times
    }
}

fn marked_in_revision(revision: &Revision, old: Option<&Value>) -> Option<String> {
    let under = |body: &Value, field: &str| {
        let path = find(body.get(field)?, false, &NoSecrets::is_marked)?;
        Some(format!("/{field}{path}"))
    };
    match revision.kind.as_str() {
        "Secret" => None,
        "Event" => find(&revision.body, false, &NoSecrets::is_marked),
        _ => under(&revision.body, "status").or_else(|| {
            let operator = &*revision.by == "operator";
            let found = operator.then(|| under(&revision.body, "metadata")).flatten()?;
            // what a user wrote there before is not the operator's
            let was_there = old.is_some_and(|old| under(old, "metadata").is_some());
            (!was_there).then_some(found)
        }),
    }
}

/// The first text that passes the test, as a path; what a user wrote into a `spec` may be left out.
fn find(value: &Value, leave_spec: bool, test: &dyn Fn(&str) -> bool) -> Option<String> {
    match value {
        Value::String(text) => test(text).then(String::new),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(at, item)| find(item, leave_spec, test).map(|path| format!("/{at}{path}"))),
        Value::Object(fields) => {
            fields.iter().filter(|(key, _)| !leave_spec || *key != "spec").find_map(
                |(key, field)| find(field, leave_spec, test).map(|path| format!("/{key}{path}")),
            )
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// What a person calls the event, and the object that it is about.
fn place(what: &Happening) -> (String, &str) {
    match what {
        Happening::Request(request) => {
            let (from, to) = (&request.route.from, &request.route.to);
            (format!("a request of {from} to {to} ({})", request.verb), &request.object)
        }
        Happening::Reply(_) => ("an answer".to_owned(), ""),
        Happening::Revision(revision) => {
            (format!("{} {}", revision.kind, revision.object), &revision.object)
        }
        Happening::Job(job) => (format!("job {} of AAP", job.job), &job.object),
        Happening::Webhook(webhook) => ("a webhook".to_owned(), &webhook.object),
        Happening::Step(step) => (format!("the outcome of step `{}`", step.step), ""),
        Happening::Operator(_) => ("the operator's last word".to_owned(), ""),
        Happening::Log(_) => ("a log line".to_owned(), ""),
        Happening::Watch(_)
        | Happening::Fault(_)
        | Happening::Mark { .. }
        | Happening::Rest
        | Happening::Restless { .. }
        | Happening::Truncated { .. } => ("the trace".to_owned(), ""),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use trace::REDACTED;

    use crate::judge::testing::{Story, broken, findings};

    const NONE: [&str; 0] = [];

    fn story() -> Story {
        Story::new().secret("s3cr3t/w0rd").create()
    }

    #[test]
    fn a_trace_without_secrets_keeps_it() {
        let story = story().status(json!({"phase": "Starting"})).log("launched job 1").rest();
        assert_eq!(broken(&story, "I11"), NONE);
    }

    #[test]
    fn the_mark_in_a_status_or_a_log_line_breaks_it() {
        let message = format!("401 for {REDACTED}");
        let status = story().status(json!({"conditions": [{"message": message}]}));
        let found = findings(&status, "I11");
        assert_eq!(found[0].title, "a known secret stands in ComputeInstance default/vm1");
        assert!(found[0].seen.ends_with("at /status/conditions/0/message"), "{}", found[0].seen);
        assert_eq!(broken(&story().log(&message), "I11"), ["a known secret stands in a log line"]);
    }

    #[test]
    fn the_mark_is_no_leak_where_the_secret_came_from() {
        let text = format!("token {REDACTED}");
        let answered = story()
            .launch(1, "provision")
            .poll(1, 200, &text)
            .object("Secret", "default/s", json!({"stringData": {"token": text}}))
            .spec(json!({"templateParameters": text}));
        assert_eq!(broken(&answered, "I11"), NONE);
    }

    #[test]
    fn a_payload_may_carry_the_users_spec_and_no_other_secret() {
        let payload = |field: &str| {
            let part = json!({"templateParameters": REDACTED});
            json!({"extra_vars": {"payload": {field: part}}})
        };
        assert_eq!(broken(&story().request("aap", "launch", payload("spec")), "I11"), NONE);
        assert_eq!(broken(&story().request("aap", "launch", payload("status")), "I11").len(), 1);
    }

    #[test]
    fn a_listed_word_is_found_wherever_it_stands() {
        let text = "?token=s3cr3t%2Fw0rd";
        let found = |story: Story| broken(&story, "I11").len();
        assert_eq!(found(story().log(text)), 1);
        assert_eq!(found(story().launch(1, "provision").poll(1, 200, text)), 1);
        assert_eq!(found(story().spec(json!({"templateParameters": text}))), 1);
        assert_eq!(found(story().request("aap", "launch", json!({"spec": {"x": text}}))), 1);
        assert_eq!(found(story().log("s3cr3t w0rd")), 0);
    }

    #[test]
    fn a_secret_itself_may_hold_it() {
        let secret = json!({"stringData": {"token": "s3cr3t/w0rd"}});
        let story = story().object("Secret", "default/s", secret);
        assert_eq!(broken(&story, "I11"), NONE);
    }

    #[test]
    fn the_mark_in_metadata_counts_if_it_came_with_the_operator() {
        let marked = json!({"note": REDACTED});
        let operators = story().by("operator").annotations(marked.clone());
        assert_eq!(broken(&operators, "I11").len(), 1);
        let users = story().annotations(marked).status(json!({"phase": "Starting"}));
        assert_eq!(broken(&users, "I11"), NONE);
    }

    #[test]
    fn the_mark_in_an_event_or_in_a_clients_error_breaks_it() {
        let event = story().object("Event", "default/e", json!({"message": REDACTED}));
        assert_eq!(broken(&event, "I11").len(), 1);
        let other = story().object("ConfigMap", "default/c", json!({"data": {"x": REDACTED}}));
        assert_eq!(broken(&other, "I11"), NONE);
        let failed = story().failed("kube", &format!("no route for {REDACTED}"));
        assert_eq!(broken(&failed, "I11"), ["a known secret stands in an answer"]);
    }

    #[test]
    fn a_secret_may_be_written() {
        let data = json!({"stringData": {"token": "s3cr3t/w0rd", "other": REDACTED}});
        let written = |about| broken(&story().write("create", about, data.clone()), "I11").len();
        assert_eq!((written("secrets"), written("configmaps")), (0, 1));
    }
}
