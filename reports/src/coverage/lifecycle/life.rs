//! What is known of one instance, by the servers' word alone.

use serde_json::Value;
use trace::Revision;

/// An instance.
#[derive(Debug, Default)]
pub(super) struct Life<'t> {
    /// Its latest revision.
    pub body: Option<&'t Value>,
    /// The operator's finalizer holds it.
    pub held: bool,
    /// The playbook's finalizer holds it.
    pub playbook_held: bool,
    /// Its deletion was asked for.
    pub deleting: bool,
    /// A launch was put off for its tenant.
    pub gated: bool,
    /// A status write met a conflict and has not been repeated.
    pub conflict: bool,
    /// A launch was accepted since its phase became Failed.
    pub launched_since_failed: bool,
    /// The latest provision job.
    pub provision: Option<Job<'t>>,
    /// The latest deprovision job.
    pub deprovision: Option<Job<'t>>,
    /// EDA accepted an event to make it; for this version.
    pub eda_made: Option<&'t str>,
    /// EDA accepted an event to remove it.
    pub eda_removing: bool,
    /// It came from an older operator, and its spec has changed since without a launch.
    pub older_waits: bool,
}

/// A job of an instance.
#[derive(Debug)]
pub(super) struct Job<'t> {
    /// AAP's number.
    pub id: i64,
    /// The version that was desired when it was launched.
    pub version: &'t str,
    /// What the operator was told last: AAP's word, `vanished`, or empty.
    pub told: &'t str,
    /// Cancels that AAP accepted.
    pub cancels: u32,
    /// Its id was in the status.
    pub stored: bool,
}

impl Job<'_> {
    /// The operator was not told that it has ended.
    pub fn is_active(&self) -> bool {
        !matches!(self.told, "successful" | "failed" | "error" | "canceled" | "vanished")
    }

    /// The operator was told that it did not end well.
    pub fn went_wrong(&self) -> bool {
        matches!(self.told, "failed" | "error" | "canceled" | "vanished")
    }
}

impl<'t> Life<'t> {
    /// A text of the status.
    pub fn status(&self, field: &str) -> &'t str {
        text(self.body.and_then(|body| body.get("status")), field)
    }

    /// The version that is wanted.
    pub fn desired(&self) -> &'t str {
        self.status("desiredConfigVersion")
    }

    /// `manual`, `unmanaged` or nothing.
    pub fn management(&self) -> &'t str {
        annotation(self.body, "/management-state")
    }

    /// Whether it came from an older operator: its job has succeeded and names no version.
    pub fn is_older(&self) -> bool {
        let status = self.body.and_then(|body| body.get("status"));
        let job = status.and_then(|status| status.get("provisionJob"));
        let flat = !text(status, "provisionJobID").is_empty();
        flat || job.is_some_and(|job| {
            text(Some(job), "state") == "Succeeded" && text(Some(job), "configVersion").is_empty()
        })
    }

    /// The latest job of a role.
    pub fn job_mut(&mut self, role: &str) -> Option<&mut Job<'t>> {
        match role {
            "provision" => self.provision.as_mut(),
            _ => self.deprovision.as_mut(),
        }
    }

    /// Notes which jobs stand in the status.
    pub fn note_stored(&mut self) {
        let Some(status) = self.body.and_then(|body| body.get("status")) else { return };
        for job in [self.provision.as_mut(), self.deprovision.as_mut()].into_iter().flatten() {
            if !job.stored {
                job.stored = names(status, &job.id.to_string());
            }
        }
    }
}

/// Whether a status, in the form of any version, names a job.
fn names(status: &Value, id: &str) -> bool {
    let own = ["provisionJob", "deprovisionJob"].map(|field| text(status.get(field), "id"));
    let flat = ["provisionJobID", "deprovisionJobID"].map(|field| text(Some(status), field));
    if own.contains(&id) || flat.contains(&id) {
        return true;
    }
    let lists = ["jobs", "provisioningJobs", "jobHistory"].into_iter();
    let mut jobs = lists.filter_map(|list| status.get(list)).filter_map(Value::as_array).flatten();
    jobs.any(|job| text(Some(job), "jobID") == id || text(Some(job), "id") == id)
}

/// A text field; empty if it is none.
pub(super) fn text<'t>(value: Option<&'t Value>, field: &str) -> &'t str {
    value.and_then(|value| value.get(field)).and_then(Value::as_str).unwrap_or_default()
}

/// Whether an object has a finalizer that ends so.
pub(super) fn has_finalizer(body: &Value, suffix: &str) -> bool {
    let list = body.pointer("/metadata/finalizers").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).any(|name| name.ends_with(suffix))
}

/// The value of the annotation whose name ends so.
pub(super) fn annotation<'t>(body: Option<&'t Value>, suffix: &str) -> &'t str {
    let all = body.and_then(|body| body.pointer("/metadata/annotations"));
    let all = all.and_then(Value::as_object).into_iter().flatten();
    let found = all.into_iter().find(|(name, _)| name.ends_with(suffix));
    found.and_then(|(_, value)| value.as_str()).unwrap_or_default()
}

/// Whether a person wrote it, or who sets up the world for him.
pub(super) fn by_a_person(revision: &Revision) -> bool {
    matches!(&*revision.by, "user" | "setup")
}
