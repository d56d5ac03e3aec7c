//! A ComputeInstance as the judge reads it: the normalised view of its status, where it lies.

use serde_json::{Map, Value};

/// One revision of an instance. Nothing is copied out of the body.
#[derive(Debug, Clone)]
pub(super) struct View<'t> {
    /// The object.
    pub body: &'t Value,
    /// `status.phase`; empty if there is none.
    pub phase: &'t str,
    /// `status.desiredConfigVersion`; empty if there is none.
    pub desired: &'t str,
    /// The latest provision and deprovision job, then the history, oldest first. Entries without
    /// an id are no jobs and left out.
    pub entries: Vec<Entry<'t>>,
}

/// A job as it stands in the status.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'t> {
    /// `provision` or `deprovision`; empty if a former job does not tell.
    pub role: &'t str,
    /// The provider's name for it; never empty.
    pub id: &'t str,
    /// `Pending` … `Unknown`.
    pub state: &'t str,
    /// It stands in the history.
    pub former: bool,
    /// The entry.
    pub body: &'t Map<String, Value>,
}

impl<'t> View<'t> {
    /// Reads an instance.
    pub fn of(body: &'t Value) -> View<'t> {
        let status = body.get("status");
        let mut entries = Vec::new();
        for (field, role) in [("provisionJob", "provision"), ("deprovisionJob", "deprovision")] {
            let job = status.and_then(|status| status.get(field));
            entries.extend(job.and_then(|job| Entry::of(job, role)));
        }
        let history = status.and_then(|status| status.get("jobHistory")).and_then(Value::as_array);
        for job in history.into_iter().flatten() {
            let role = text(job.get("type"));
            entries.extend(Entry::of(job, role).map(|entry| Entry { former: true, ..entry }));
        }
        View {
            body,
            phase: text(status.and_then(|status| status.get("phase"))),
            desired: text(status.and_then(|status| status.get("desiredConfigVersion"))),
            entries,
        }
    }

    /// Former jobs, oldest first.
    pub fn history(&self) -> impl Iterator<Item = &Entry<'t>> {
        self.entries.iter().filter(|entry| entry.former)
    }

    /// The operator's finalizer holds the object.
    pub fn is_held(&self) -> bool {
        self.has_finalizer("/computeinstance")
    }

    /// The playbook's finalizer holds the object.
    pub fn is_held_by_playbook(&self) -> bool {
        self.has_finalizer("/computeinstance-aap")
    }

    fn has_finalizer(&self, suffix: &str) -> bool {
        let finalizers = metadata(self.body, "finalizers").and_then(Value::as_array);
        let names = finalizers.into_iter().flatten().filter_map(Value::as_str);
        names.into_iter().any(|name| name.ends_with(suffix))
    }

    /// The management state that a person gave the object: `manual`, `unmanaged`, or empty.
    pub fn management(&self) -> &'t str {
        let annotations = metadata(self.body, "annotations").and_then(Value::as_object);
        let found = annotations.into_iter().flatten().find(|(key, _)| {
            key.strip_suffix("management-state").is_some_and(|prefix| prefix.ends_with('/'))
        });
        text(found.map(|(_, value)| value))
    }

    /// A job stands in the status, in whatever form an operator ever wrote it.
    pub fn names_a_job(&self) -> bool {
        let flat = |field| !text(self.body.get("status").and_then(|s| s.get(field))).is_empty();
        !self.entries.is_empty() || flat("provisionJobID") || flat("deprovisionJobID")
    }
}

impl<'t> Entry<'t> {
    fn of(job: &'t Value, role: &'t str) -> Option<Entry<'t>> {
        let body = job.as_object()?;
        let id = text(body.get("id"));
        let state = text(body.get("state"));
        (!id.is_empty()).then_some(Entry { role, id, state, former: false, body })
    }

    /// A text field.
    pub fn text(&self, field: &str) -> &'t str {
        text(self.body.get(field))
    }

    /// Its number among the launches of its kind; 0 if it has none.
    pub fn attempt(&self) -> i64 {
        self.body.get("attempt").and_then(Value::as_i64).unwrap_or(0)
    }

    /// EDA made it.
    pub fn is_eda(&self) -> bool {
        self.text("provider") == "eda" || self.id.starts_with("eda-")
    }

    /// The status says that it has ended.
    pub fn is_terminal(&self) -> bool {
        matches!(self.state, "Succeeded" | "Failed" | "Canceled")
    }
}

/// A field of an object's metadata. (A JSON pointer would be unescaped at each look.)
pub(super) fn metadata<'v>(body: &'v Value, field: &str) -> Option<&'v Value> {
    body.get("metadata")?.get(field)
}

/// A text, or the empty one.
pub(super) fn text(value: Option<&Value>) -> &str {
    value.and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_status_is_read_in_its_order() {
        let body = json!({"status": {
            "phase": "Running", "desiredConfigVersion": "v1",
            "provisionJob": {"id": "3", "state": "Running", "attempt": 2},
            "deprovisionJob": {"id": "", "state": "Failed"},
            "jobHistory": [{"id": "1", "type": "provision", "state": "Failed"}],
        }});
        let view = View::of(&body);
        assert_eq!((view.phase, view.desired), ("Running", "v1"));
        let ids: Vec<_> = view.entries.iter().map(|e| (e.role, e.id, e.former)).collect();
        assert_eq!(ids, [("provision", "3", false), ("provision", "1", true)]);
        assert_eq!(view.entries[0].attempt(), 2);
    }

    #[test]
    fn finalizers_are_told_apart() {
        let held = |name: &str| {
            let body = json!({"metadata": {"finalizers": [name]}});
            let view = View::of(&body);
            (view.is_held(), view.is_held_by_playbook())
        };
        assert_eq!(held("osac.openshift.io/computeinstance"), (true, false));
        assert_eq!(held("osac.openshift.io/computeinstance-aap"), (false, true));
        assert_eq!(held("example.com/other"), (false, false));
    }

    #[test]
    fn the_management_state_is_an_annotation_of_any_group() {
        let body = json!({"metadata": {"annotations": {"a.b/management-state": "manual"}}});
        assert_eq!(View::of(&body).management(), "manual");
        assert_eq!(View::of(&json!({})).management(), "");
    }

    #[test]
    fn flat_job_fields_of_older_operators_name_a_job() {
        assert!(View::of(&json!({"status": {"provisionJobID": "7"}})).names_a_job());
        assert!(!View::of(&json!({"status": {"provisionJobID": ""}})).names_a_job());
    }
}
