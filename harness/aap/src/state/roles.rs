//! What a path is about, for callers that count.

use super::{State, TemplateRecord};
use crate::template::TemplateKind;

impl State {
    /// The role of the template or job that a path names; also of one that was deleted.
    pub(crate) fn role_of(&self, path: &str) -> Option<String> {
        let (_, tail) = path.split_once("/v2/")?;
        let mut parts = tail.split('/').filter(|part| !part.is_empty());
        let (resource, name) = (parts.next()?, parts.next()?);
        match resource {
            "job_templates" => self.template_role(TemplateKind::Job, name),
            "workflow_job_templates" => self.template_role(TemplateKind::Workflow, name),
            "jobs" | "workflow_jobs" => self.job_role(name.parse().ok()?),
            _ => None,
        }
    }

    fn template_role(&self, kind: TemplateKind, name: &str) -> Option<String> {
        let name = crate::api::decode(name);
        let bare = name.split("++").next().unwrap_or(&name).replace("[+]", "+");
        let id: Option<i64> = name.parse().ok();
        let matches = |record: &&TemplateRecord| match id {
            Some(id) => record.id == id,
            None => record.spec.name == bare && record.spec.kind == kind,
        };
        let mut retired = self.retired().iter().rev();
        let found = self.templates.values().find(matches).or_else(|| retired.find(matches));
        found.map(|record| record.spec.role.clone())
    }

    fn job_role(&self, id: i64) -> Option<String> {
        let purged = || self.purged.iter().rev().find(|view| view.id == id);
        let role = self.jobs.get(&id).map(|job| job.spec.role.clone());
        role.or_else(|| purged().map(|view| view.role.clone()))
    }
}
