//! Workflow jobs and the jobs that they start: slices of a job template, or the nodes of a workflow.
//! A child has no script of its own, it goes where its parent goes.

use std::sync::Arc;

use super::job::{Job, Life};
use super::{At, State};
use crate::script::End;
use crate::template::{Template, TemplateKind};

/// What a workflow says of itself after a child without an error path has failed.
const NO_PATHS: &str = "No error handling paths found, marking workflow as failed";
/// More children than this are not made.
const CHILDREN_MAX: u32 = 200;

impl State {
    /// A workflow job that runs starts its children.
    pub(super) fn follow_status(&mut self, id: i64, at: At) {
        let Some(parent) = self.jobs.get(&id) else { return };
        if !parent.workflow || parent.status != "running" || !parent.children.is_empty() {
            return;
        }
        let mut children: Vec<(i64, Arc<Template>, Option<(u32, u32)>)> = Vec::new();
        if parent.spec.kind == TemplateKind::Job {
            let slices = parent.spec.slices.min(CHILDREN_MAX);
            children.extend(
                (1..=slices).map(|number| {
                    (parent.origin, Arc::clone(&parent.spec), Some((number, slices)))
                }),
            );
        } else {
            for name in &parent.spec.nodes {
                let node = self.templates_named(name).find(|t| t.spec.kind == TemplateKind::Job);
                children.extend(node.map(|node| (node.id, Arc::clone(&node.spec), None)));
            }
        }
        for (template, spec, slice) in children {
            self.start_child(id, template, spec, slice, at);
        }
    }

    fn start_child(
        &mut self,
        parent: i64,
        template: i64,
        spec: Arc<Template>,
        slice: Option<(u32, u32)>,
        at: At,
    ) {
        let id = self.next_job_id;
        let Some(job) = self.jobs.get_mut(&parent) else { return };
        job.children.push(id);
        let mut child = Job {
            id,
            workflow: false,
            template: self.templates.contains_key(&template).then_some(template),
            origin: template,
            spec,
            script: Arc::clone(&job.script),
            by: Arc::clone(&job.by),
            parent: Some(parent),
            children: Vec::new(),
            slice,
            extra_vars: Arc::clone(&job.extra_vars),
            shown_vars: job.shown_vars.clone(),
            created: at.stamp,
            modified: at.stamp,
            status: String::new(),
            explanation: String::new(),
            traceback: String::new(),
            started: None,
            finished: None,
            canceled_on: None,
            stage: 0,
            dispatched: true,
            blocked: None,
            life: Life::Over,
        };
        child.write_status("running", at.stamp);
        self.jobs.insert(id, child);
        self.next_job_id += 1;
    }

    /// A workflow ends after its children.
    pub(super) fn end_children(&mut self, id: i64, status: &str, at: At) {
        let Some(children) = self.jobs.get(&id).map(|job| job.children.clone()) else { return };
        for child in children {
            if let Some(child) = self.jobs.get_mut(&child).filter(|child| child.is_active()) {
                if status == "canceled" {
                    child.canceled_on.get_or_insert(at.stamp);
                }
                child.write_status(status, at.stamp);
            }
        }
    }

    /// A child that ended before its workflow, not successfully, fails it.
    pub(super) fn end_parent(&mut self, id: i64, at: At) {
        let Some(child) = self.jobs.get(&id).filter(|child| child.failed()) else { return };
        let parent = child.parent.and_then(|parent| self.jobs.get(&parent));
        let Some(parent) = parent.filter(|parent| parent.is_active()).map(|parent| parent.id)
        else {
            return;
        };
        let end = End { explanation: NO_PATHS.to_owned(), ..End::new("failed") };
        self.finish(parent, &end, at);
    }
}
