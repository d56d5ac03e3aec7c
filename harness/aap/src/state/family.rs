//! Workflow jobs and the jobs that they start: slices of a job template, or nodes of a workflow.
//! A child has no script of its own, it goes where its parent goes.

use std::cell::RefCell;
use std::sync::Arc;

use super::job::{Job, Life};
use super::{At, State};
use crate::script::End;
use crate::template::{Template, TemplateKind};

/// What a workflow says of itself after a child without an error path has failed.
const NO_PATHS: &str = "No error handling paths found, marking workflow as failed";
/// More children than this are not made.
const CHILDREN_MAX: u32 = 200;

/// A child to be started.
struct Plan {
    template: i64,
    spec: Arc<Template>,
    /// Number and count.
    slice: Option<(u32, u32)>,
}

impl State {
    /// A workflow job that runs starts its children.
    pub(super) fn follow_status(&mut self, id: i64, at: At) {
        let Some(parent) = self.jobs.get(&id) else { return };
        if !parent.workflow || parent.status != "running" || !parent.children.is_empty() {
            return;
        }
        let mut plans: Vec<Plan> = Vec::new();
        if parent.spec.kind == TemplateKind::Job {
            let count = parent.spec.slices.min(CHILDREN_MAX);
            plans.extend((1..=count).map(|number| Plan {
                template: parent.origin,
                spec: Arc::clone(&parent.spec),
                slice: Some((number, count)),
            }));
        } else {
            for name in parent.spec.nodes.iter().take(CHILDREN_MAX as usize) {
                let node = self.templates_named(name).find(|t| t.spec.kind == TemplateKind::Job);
                plans.extend(node.map(|node| Plan {
                    template: node.id,
                    spec: Arc::clone(&node.spec),
                    slice: None,
                }));
            }
        }
        for plan in plans {
            self.start_child(id, plan, at);
        }
    }

    fn start_child(&mut self, parent: i64, plan: Plan, at: At) {
        let id = self.next_job_id;
        let organization = plan.spec.organization.as_deref();
        let organization = organization.map(|name| self.organization_id(name));
        let Some(job) = self.jobs.get_mut(&parent) else { return };
        job.children.push(id);
        let mut child = Job {
            id,
            workflow: false,
            template: self.templates.contains_key(&plan.template).then_some(plan.template),
            origin: plan.template,
            organization,
            spec: plan.spec,
            script: Arc::clone(&job.script),
            by: Arc::clone(&job.by),
            parent: Some(parent),
            children: Vec::new(),
            slice: plan.slice,
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
            encoded: RefCell::default(),
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
