//! Operations that write objects: apply, create, patch, update, delete.

use std::time::Duration;

use scenario::matching::Template;
use scenario::plan::Target;
use serde_json::Value;
use trace::StepOutcome;

use super::{Bench, broken, done, unmet};
use crate::world::actors::api;

/// How often a write that meets a conflict is tried again on the newest revision.
const CONFLICT_TRIES: u32 = 5;

/// An object to write, and where.
struct Written {
    object: Value,
    path: String,
    collection: String,
    named: String,
}

impl Bench<'_> {
    pub(super) async fn apply(&self, template: &Template) -> StepOutcome {
        let written = match self.render(template) {
            Ok(written) => written,
            Err(outcome) => return outcome,
        };
        let client = &self.hands.user;
        match api::get(client, &written.path).await {
            Ok(_) => {
                let answer = api::merge(client, &written.path, &written.object).await;
                refused_or_done("apply", &written, answer)
            }
            Err(error) if api::is_absent(&error) => {
                let answer = api::create(client, &written.collection, &written.object).await;
                self.settle_create(&written, answer).await
            }
            Err(error) => refused_or_done("apply", &written, Err(error)),
        }
    }

    pub(super) async fn create(&self, template: &Template) -> StepOutcome {
        match self.render(template) {
            Ok(written) => {
                let client = &self.hands.user;
                let answer = api::create(client, &written.collection, &written.object).await;
                self.settle_create(&written, answer).await
            }
            Err(outcome) => outcome,
        }
    }

    /// A status in a created object is written too, where the kind keeps it apart.
    async fn settle_create(
        &self,
        written: &Written,
        answer: Result<String, kube::Error>,
    ) -> StepOutcome {
        let stored = match answer {
            Ok(stored) => stored,
            Err(error) => return refused_or_done("create", written, Err(error)),
        };
        let Some(status) = written.object.get("status") else { return done() };
        let stored = serde_json::from_str::<Value>(&stored).unwrap_or_default();
        if stored.get("status") == Some(status) {
            return done();
        }
        let patch = serde_json::json!({"status": status});
        let path = format!("{}/status", written.path);
        let answer = api::merge(&self.hands.user, &path, &patch).await;
        refused_or_done("create the status of", written, answer)
    }

    pub(super) async fn patch(&self, template: &Template, sub: Option<&str>) -> StepOutcome {
        match self.render(template) {
            Ok(written) => {
                let path = with_subresource(&written.path, sub);
                let answer = api::merge(&self.hands.user, &path, &written.object).await;
                refused_or_done("patch", &written, answer)
            }
            Err(outcome) => outcome,
        }
    }

    pub(super) async fn update(&self, template: &Template, sub: Option<&str>) -> StepOutcome {
        let written = match self.render(template) {
            Ok(written) => written,
            Err(outcome) => return outcome,
        };
        let client = &self.hands.user;
        let mut tries = 0;
        loop {
            tries += 1;
            let mut object = written.object.clone();
            match api::get(client, &written.path).await {
                Ok(stored) => {
                    object["metadata"]["resourceVersion"] =
                        stored["metadata"]["resourceVersion"].clone();
                }
                Err(error) => return refused_or_done("update", &written, Err(error)),
            }
            let path = with_subresource(&written.path, sub);
            match api::replace(client, &path, &object).await {
                Err(kube::Error::Api(status)) if status.code == 409 && tries < CONFLICT_TRIES => {}
                answer => return refused_or_done("update", &written, answer),
            }
        }
    }

    pub(super) async fn delete(&self, target: &Target, wait: bool) -> StepOutcome {
        let resource = api::resource(&target.api_version, &target.kind);
        let mut gone = Vec::new();
        for (namespace, name) in self.hands.find(target) {
            let path = resource.path(namespace.as_deref(), Some(&name));
            match api::delete(&self.hands.user, &path).await {
                Ok(_) => gone.push((namespace, name)),
                Err(error) if api::is_absent(&error) => {}
                Err(error) => {
                    let asked = format!("{} {name} can be deleted", target.kind);
                    return unmet(asked, refusal(&error), &name);
                }
            }
        }
        if !wait {
            return done();
        }
        let still_there = || {
            gone.iter().find(|(namespace, name)| {
                self.hands.mirror.get(&target.kind, namespace.as_deref(), name).is_some()
            })
        };
        let patience = self.operation.timeout;
        if self.until(patience, true, || still_there().is_none()).await {
            return done();
        }
        let Some((namespace, name)) = still_there() else { return done() };
        let object = self.hands.mirror.get(&target.kind, namespace.as_deref(), name);
        let held = object
            .as_deref()
            .and_then(|object| object.pointer("/metadata/finalizers"))
            .map_or_else(|| "it is still there".to_owned(), |list| format!("held by {list}"));
        let full = namespace.as_ref().map_or(name.clone(), |ns| format!("{ns}/{name}"));
        unmet(format!("{} {name} is gone within {}", target.kind, human(patience)), held, &full)
    }

    fn render(&self, template: &Template) -> Result<Written, StepOutcome> {
        let object = template
            .render(&self.scope(None))
            .map_err(|error| broken(format!("the resource could not be made: {error}")))?;
        let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let resource = api::resource(text("/apiVersion"), text("/kind"));
        let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
        let namespace = Some(namespace).filter(|namespace| !namespace.is_empty());
        let full = namespace.map_or(name.to_owned(), |namespace| format!("{namespace}/{name}"));
        Ok(Written {
            path: resource.path(namespace, Some(name)),
            collection: resource.path(namespace, None),
            named: full,
            object,
        })
    }
}

fn with_subresource(path: &str, subresource: Option<&str>) -> String {
    subresource.map_or_else(|| path.to_owned(), |sub| format!("{path}/{sub}"))
}

fn refused_or_done(verb: &str, written: &Written, answer: Result<(), kube::Error>) -> StepOutcome {
    match answer {
        Ok(_) => done(),
        Err(error @ kube::Error::Api(_)) => {
            let asked = format!("the API server lets us {verb} {}", written.named);
            unmet(asked, refusal(&error), &written.named)
        }
        Err(error) => broken(format!("{verb} {} failed: {error}", written.named)),
    }
}

fn refusal(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => {
            format!("{} {}: {}", status.code, status.reason, status.message)
        }
        other => other.to_string(),
    }
}

/// A duration as a scenario would write it.
pub(super) fn human(duration: Duration) -> String {
    let millis = duration.as_millis();
    if !millis.is_multiple_of(1000) {
        return format!("{millis}ms");
    }
    let seconds = millis / 1000;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, s) => format!("{s}s"),
        (0, m, 0) => format!("{m}m"),
        (0, m, s) => format!("{m}m{s}s"),
        (h, 0, 0) => format!("{h}h"),
        (h, m, 0) => format!("{h}h{m}m"),
        (h, m, s) => format!("{h}h{m}m{s}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_in_a_scenario() {
        for (millis, text) in
            [(0, "0s"), (250, "250ms"), (90_000, "1m30s"), (600_000, "10m"), (3_600_000, "1h")]
        {
            assert_eq!(human(Duration::from_millis(millis)), text);
        }
    }
}
