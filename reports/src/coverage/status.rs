//! Phases and conditions of instances, off their revisions.

use std::collections::BTreeMap;

use serde_json::Value;
use trace::{Change, Revision};

use super::{Meter, Sightings};

/// What was seen last of each instance.
#[derive(Debug, Default)]
pub(super) struct Status<'t> {
    last: BTreeMap<&'t str, &'t Value>,
}

impl<'t> Status<'t> {
    /// Takes in a revision.
    pub fn see(&mut self, revision: &'t Revision, sightings: &mut Sightings) {
        if revision.kind != "ComputeInstance" {
            return;
        }
        let body: &Value = &revision.body;
        let before = match revision.change {
            Change::Deleted => {
                self.last.remove(revision.object.as_str());
                return;
            }
            // an object of this name that was there before is another one
            Change::Added => {
                self.last.insert(&revision.object, body);
                None
            }
            Change::Modified => self.last.insert(&revision.object, body),
        };
        let (status, former) = (body.get("status"), before.and_then(|body| body.get("status")));
        let (now, was) = (phase(status), phase(former));
        if now != was && !now.is_empty() {
            let was = if was.is_empty() { "none" } else { was };
            sightings.see(Meter::Phases, &format!("{was} → {now}"));
        }
        let known = conditions(former);
        for condition in conditions(status) {
            if !known.contains(condition) && !known.iter().any(|it| word(it) == word(condition)) {
                let (name, status, reason) = word(condition);
                sightings.see(Meter::Conditions, format!("{name}={status} {reason}").trim_end());
            }
        }
    }
}

fn phase(status: Option<&Value>) -> &str {
    text(status.and_then(|status| status.get("phase")))
}

fn conditions(status: Option<&Value>) -> &[Value] {
    let list = status.and_then(|status| status.get("conditions")).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// Type, status and reason.
fn word(condition: &Value) -> (&str, &str, &str) {
    let field = |name| text(condition.get(name));
    (field("type"), field("status"), field("reason"))
}

fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}
