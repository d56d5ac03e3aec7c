//! **I9**: a terminal job entry never changes.
//!
//! * A terminal entry is one whose state is Succeeded, Failed or Canceled. From the revision in
//!   which it is first seen so, the entry of the same role, id and attempt stays as it is, field by
//!   field, wherever in the status it stands. Only its `type` may come with its move into the
//!   history, where both roles stand together.
//! * The attempt is part of who it is: an AAP that was installed anew gives an id again.
//! * What a person writes is not judged; it is what counts from then on.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{Docket, Invariant, Moment};
use crate::judge::ledger::{Sight, is_a_person};

/// Id, attempt, role: what differs most comes first.
type Who<'t> = (&'t str, i64, &'t str);

#[derive(Default)]
pub(super) struct EndsStay<'t> {
    /// Ended entries as last seen, by the instance's place in the ledger.
    ended: BTreeMap<usize, BTreeMap<Who<'t>, &'t Map<String, Value>>>,
    times: u64,
}

impl<'t> Invariant<'t> for EndsStay<'t> {
    fn name(&self) -> &'static str {
        "I9"
    }

    fn see(&mut self, moment: &Moment<'_, 't>, docket: &mut Docket) {
        let Sight::Revision { revision, instance: Some((at, _)), .. } = moment.sight else {
            return;
        };
        let Some(instance) = moment.ledger.instances.get(*at) else { return };
        let ended = self.ended.entry(*at).or_default();
        if is_a_person(&revision.by) {
            ended.clear();
        }
        for entry in &instance.view.entries {
            let who = (entry.id, entry.attempt(), entry.role);
            let former = match ended.get_mut(&who) {
                Some(former) => std::mem::replace(former, entry.body),
                None if entry.is_terminal() => {
                    ended.insert(who, entry.body);
                    continue;
                }
                None => continue,
            };
            self.times += 1;
            // most often it is what it was
            if former == entry.body {
                continue;
            }
            let differences = differences(former, entry.body);
            if differences.is_empty() {
                continue;
            }
            let state = |body: &Map<String, Value>| {
                body.get("state").and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            docket.bring(
                moment
                    .charge("I9", format!("job {} changed in the status after its end", entry.id))
                    .expected(format!("the entry of job {} stays {}", entry.id, state(former)))
                    .seen(entry.state)
                    .differences(differences)
                    .hint("a later answer or a guess was written over the job's end")
                    .object(instance.object),
            );
        }
    }

    fn times(&self) -> u64 {
        self.times
    }
}

fn differences(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<String> {
    let counts = |key: &str| key != "type";
    let mut found = Vec::new();
    for (key, was) in old.iter().filter(|(key, _)| counts(key)) {
        let is = new.get(key).unwrap_or(&Value::Null);
        if is != was {
            found.push(format!("{key}: expected {was} seen {is}"));
        }
    }
    for (key, is) in new.iter().filter(|(key, is)| counts(key) && !is.is_null()) {
        if !old.contains_key(key) {
            found.push(format!("{key}: expected null seen {is}"));
        }
    }
    found.sort();
    found
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::judge::testing::{Story, broken, findings};

    const NONE: [&str; 0] = [];
    const CHANGED: [&str; 1] = ["job 1 changed in the status after its end"];

    fn latest(state: &str, message: &str) -> Value {
        json!({"provisionJob": {"id": "1", "state": state, "message": message, "attempt": 1}})
    }

    #[test]
    fn an_entry_that_stays_keeps_it_also_in_the_history() {
        let former = json!({"id": "1", "state": "Failed", "message": "m", "attempt": 1,
                            "type": "provision"});
        let story = Story::new()
            .create()
            .status(latest("Running", ""))
            .status(latest("Failed", "m"))
            .status(latest("Failed", "m"))
            .status(json!({"provisionJob": {"id": "2"}, "jobHistory": [former]}));
        assert_eq!(broken(&story, "I9"), NONE);
    }

    #[test]
    fn another_state_or_text_breaks_it() {
        for changed in [latest("Running", "m"), latest("Succeeded", "m"), latest("Failed", "n")] {
            let story = Story::new().create().status(latest("Failed", "m")).status(changed);
            assert_eq!(broken(&story, "I9"), CHANGED);
        }
    }

    #[test]
    fn a_field_that_comes_or_goes_breaks_it_and_is_named() {
        let story = Story::new()
            .create()
            .status(json!({"provisionJob": {"id": "1", "state": "Failed", "finishedAt": "t"}}))
            .status(json!({"provisionJob": {"id": "1", "state": "Failed", "message": "m"}}));
        assert_eq!(
            findings(&story, "I9")[0].differences,
            ["finishedAt: expected \"t\" seen null", "message: expected null seen \"m\""]
        );
    }

    #[test]
    fn it_changes_in_the_history_too() {
        let former =
            |state| json!({"jobHistory": [{"id": "1", "type": "provision", "state": state}]});
        let story = Story::new().create().status(former("Failed")).status(former("Succeeded"));
        assert_eq!(broken(&story, "I9"), CHANGED);
    }

    #[test]
    fn an_id_that_is_given_again_is_another_job() {
        let story = Story::new()
            .create()
            .status(latest("Failed", "m"))
            .status(json!({"provisionJob": {"id": "1", "state": "Running", "attempt": 2}}));
        assert_eq!(broken(&story, "I9"), NONE);
    }

    #[test]
    fn what_a_person_writes_counts_from_then_on() {
        let story = Story::new()
            .create()
            .status(latest("Failed", "m"))
            .by("user")
            .status(latest("Succeeded", "n"));
        assert_eq!(broken(&story, "I9"), NONE);
        let back = story.by("operator").status(latest("Failed", "m"));
        assert_eq!(broken(&back, "I9"), CHANGED);
    }
}
