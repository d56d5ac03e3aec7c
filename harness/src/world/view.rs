//! The normalised view: an instance's status as scenarios and the judge read it, whatever the
//! operator's version keeps there. What the operator wrote stays beside it.

use std::sync::Arc;

use scenario::Profile;
use scenario::profile::Jobs;
use serde_json::{Map, Value, json};

/// Reads instances as a profile has them; cheap to clone.
#[derive(Clone)]
pub struct View(Arc<Profile>);

impl View {
    /// The view of a profile.
    pub fn new(profile: &Arc<Profile>) -> View {
        View(Arc::clone(profile))
    }

    /// An object in the normalised view; itself where there is nothing to be done.
    pub fn of(&self, kind: &str, object: &Arc<Value>) -> Arc<Value> {
        let profile = &*self.0;
        let plain = profile.jobs == Jobs::Normal
            && profile.phases.is_empty()
            && profile.conditions.is_empty();
        if plain || kind != "ComputeInstance" || !object["status"].is_object() {
            return Arc::clone(object);
        }
        let mut object = Value::clone(object);
        if let Some(status) = object["status"].as_object_mut() {
            jobs(&profile.jobs, status);
            if let Some(phase) = status.get_mut("phase") {
                rename(phase, |word| profile.phases.get(word));
            }
            let conditions = status.get_mut("conditions").and_then(Value::as_array_mut);
            for condition in conditions.into_iter().flatten() {
                rename(&mut condition["type"], |word| profile.conditions.get(word));
            }
        }
        Arc::new(object)
    }
}

fn rename<'p>(word: &mut Value, normal: impl Fn(&str) -> Option<&'p String>) {
    if let Some(normal) = word.as_str().and_then(normal) {
        *word = Value::String(normal.clone());
    }
}

fn jobs(jobs: &Jobs, status: &mut Map<String, Value>) {
    match jobs {
        Jobs::Normal => {}
        Jobs::Flat => {
            for role in ["provision", "deprovision"] {
                let field = |name: &str| status.get(&format!("{role}Job{name}")).cloned();
                let Some(id) = field("ID").filter(|id| id != "") else { continue };
                let job = json!({"id": id, "state": field("State"), "message": field("Message")});
                status.insert(format!("{role}Job"), job);
            }
        }
        // as the normal ones, as far as they go
        Jobs::Nested => {}
        Jobs::List(field) => {
            let list = status.get(field).and_then(Value::as_array).cloned().unwrap_or_default();
            listed(&list, status);
        }
    }
}

/// Of a list of jobs of both kinds, oldest first, the last of each kind is the present one.
fn listed(list: &[Value], status: &mut Map<String, Value>) {
    let is = |job: &Value, role: &str| job["type"] == role;
    let last = |role| list.iter().rposition(|job| is(job, role));
    let (provision, deprovision) = (last("provision"), last("deprovision"));
    let mut history = Vec::new();
    for (at, job) in list.iter().enumerate() {
        let normal = normal(job, at + 1);
        if Some(at) == provision {
            status.insert("provisionJob".to_owned(), normal);
        } else if Some(at) == deprovision {
            status.insert("deprovisionJob".to_owned(), normal);
        } else {
            history.push(normal);
        }
    }
    if !history.is_empty() {
        status.insert("jobHistory".to_owned(), Value::Array(history));
    }
}

fn normal(job: &Value, attempt: usize) -> Value {
    let mut normal = job.as_object().cloned().unwrap_or_default();
    let id = normal.remove("jobID").unwrap_or(Value::Null);
    let eda = id.as_str().is_some_and(|id| id.starts_with("eda-"));
    normal.insert("provider".to_owned(), json!(if eda { "eda" } else { "aap" }));
    if !eda {
        normal.insert("kind".to_owned(), json!("job"));
    }
    normal.insert("id".to_owned(), id);
    normal.insert("attempt".to_owned(), json!(attempt));
    if let Some(timestamp) = normal.remove("timestamp") {
        normal.insert("launchedAt".to_owned(), timestamp);
    }
    Value::Object(normal)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(jobs: Jobs, status: &Value) -> Value {
        let profile = Profile { jobs, ..Profile::embedded() };
        let object = Arc::new(json!({"status": status}));
        View::new(&Arc::new(profile)).of("ComputeInstance", &object)["status"].clone()
    }

    #[test]
    fn the_last_job_of_each_kind_in_a_list_is_the_present_one() {
        let job = |id: &str, role: &str| json!({"jobID": id, "type": role, "state": "Running"});
        let list = json!([job("1", "provision"), job("2", "provision"), job("3", "deprovision")]);
        for field in ["jobs", "provisioningJobs"] {
            let seen = view(Jobs::List(field.to_owned()), &json!({field: list}));
            assert_eq!(
                (&seen["provisionJob"]["id"], &seen["deprovisionJob"]["id"]),
                (&json!("2"), &json!("3"))
            );
            assert_eq!(seen["jobHistory"][0]["id"], "1");
            assert_eq!(seen["provisionJob"]["attempt"], 2);
            assert_eq!(seen[field], list, "what was written stays");
        }
    }

    #[test]
    fn flat_fields_become_a_job() {
        let flat = json!({"provisionJobID": "7", "provisionJobState": "Failed",
                          "provisionJobMessage": "no"});
        let job = &view(Jobs::Flat, &flat)["provisionJob"];
        assert_eq!(*job, json!({"id": "7", "state": "Failed", "message": "no"}));
        assert_eq!(view(Jobs::Flat, &json!({"provisionJobID": ""})).get("provisionJob"), None);
    }

    #[test]
    fn words_of_a_version_become_normal() {
        let phases = [("Ready".to_owned(), "Running".to_owned())].into();
        let conditions = [("Available".to_owned(), "Ready".to_owned())].into();
        let profile = Profile { phases, conditions, ..Profile::embedded() };
        let status =
            json!({"phase": "Ready", "conditions": [{"type": "Available"}, {"type": "X"}]});
        let object = Arc::new(json!({"status": status}));
        let seen = View::new(&Arc::new(profile)).of("ComputeInstance", &object);
        let expected =
            json!({"phase": "Running", "conditions": [{"type": "Ready"}, {"type": "X"}]});
        assert_eq!(seen["status"], expected);
    }

    #[test]
    fn a_status_that_is_normal_is_not_copied() {
        let object = Arc::new(json!({"status": {"phase": "Running"}}));
        let view = View::new(&Arc::new(Profile::embedded()));
        assert!(Arc::ptr_eq(&object, &view.of("ComputeInstance", &object)));
    }
}
