//! The templates that are there, and those that were.

use std::sync::Arc;

use jiff::Timestamp;

use super::{At, State};
use crate::script::Script;
use crate::template::{Template, TemplateKind};

/// The first id of a template: lower ones belong to the project and the like, which share the row.
const FIRST_TEMPLATE_ID: i64 = 10;

/// A template with its id.
#[derive(Clone)]
pub(crate) struct TemplateRecord {
    pub(crate) id: i64,
    pub(crate) spec: Arc<Template>,
    pub(crate) created: Timestamp,
    pub(crate) modified: Timestamp,
    scripts: Vec<Arc<Script>>,
    launches: usize,
}

impl TemplateRecord {
    fn new(id: i64, spec: Template, at: At) -> Self {
        let mut scripts: Vec<_> = spec.scripts.iter().cloned().map(Arc::new).collect();
        if scripts.is_empty() {
            let runs = std::time::Duration::from_secs(171);
            scripts.push(Arc::new(match spec.kind {
                TemplateKind::Job => Script::job(runs),
                TemplateKind::Workflow => Script::workflow(runs),
            }));
        }
        let (created, modified) = (at.stamp, at.stamp);
        TemplateRecord { id, spec: Arc::new(spec), created, modified, scripts, launches: 0 }
    }

    /// The script of the next launch.
    pub(super) fn next_script(&mut self) -> Arc<Script> {
        let nth = self.launches.min(self.scripts.len() - 1);
        self.launches += 1;
        Arc::clone(&self.scripts[nth])
    }

    /// A launch of a job template makes a workflow job of slices.
    pub(crate) fn is_sliced(&self) -> bool {
        self.spec.kind == TemplateKind::Job && self.spec.slices > 1
    }
}

impl State {
    pub(super) fn install_templates(&mut self, at: At) {
        self.next_template_id = FIRST_TEMPLATE_ID;
        self.templates.clear();
        self.retired.clear();
        for spec in self.config.templates.clone() {
            if spec.missing {
                self.retired.push(TemplateRecord::new(0, spec, at));
            } else {
                self.add_template(spec, at);
            }
        }
    }

    pub(super) fn add_template(&mut self, spec: Template, at: At) {
        let wished = spec.id.filter(|id| !self.templates.contains_key(id));
        let id = wished.unwrap_or_else(|| {
            while self.templates.contains_key(&self.next_template_id) {
                self.next_template_id += 1;
            }
            self.next_template_id
        });
        self.next_template_id = self.next_template_id.max(id + 1);
        self.templates.insert(id, TemplateRecord::new(id, spec, at));
    }

    /// Deletes a template; its jobs stay, without it.
    pub(crate) fn delete_template(&mut self, id: i64) {
        let Some(record) = self.templates.remove(&id) else { return };
        self.retired.push(record);
        for job in self.jobs.values_mut().filter(|job| job.template == Some(id)) {
            job.template = None;
        }
    }

    /// Makes the last deleted templates of that name again; says how many.
    pub(super) fn restore_templates(&mut self, name: &str, at: At) -> usize {
        let mut again: Vec<TemplateRecord> = Vec::new();
        for record in &self.retired {
            let same = |other: &TemplateRecord| {
                other.spec.kind == record.spec.kind
                    && other.spec.organization == record.spec.organization
            };
            if record.spec.name == name {
                again.retain(|other| !same(other));
                again.push(record.clone());
            }
        }
        for record in &again {
            let spec = Template { id: None, missing: false, ..(*record.spec).clone() };
            self.add_template(spec, at);
            // the scripts go on where they were: it is the same playbook
            if let Some(mut last) = self.templates.last_entry() {
                last.get_mut().launches = record.launches;
            }
        }
        again.len()
    }

    pub(crate) fn templates_named<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = &'a TemplateRecord> {
        self.templates.values().filter(move |record| record.spec.name == name)
    }

    /// Changes all templates of that name; says how many.
    pub(super) fn change_templates(
        &mut self,
        name: &str,
        at: At,
        change: impl Fn(&mut Template),
    ) -> usize {
        let mut changed = 0;
        for record in self.templates.values_mut().filter(|record| record.spec.name == name) {
            change(Arc::make_mut(&mut record.spec));
            record.modified = at.stamp;
            changed += 1;
        }
        changed
    }

    pub(super) fn retired(&self) -> &[TemplateRecord] {
        &self.retired
    }

    /// Organizations by name; their ids count from 1.
    pub(crate) fn organization_id(&self, name: &str) -> i64 {
        let mut seen: Vec<&str> = Vec::new();
        let known = self.config.templates.iter().filter_map(|spec| spec.organization.as_deref());
        for one in known
            .chain(self.templates.values().filter_map(|record| record.spec.organization.as_deref()))
        {
            if !seen.contains(&one) {
                seen.push(one);
            }
        }
        let index = seen.iter().position(|one| *one == name).unwrap_or(seen.len());
        i64::try_from(index).unwrap_or(0) + 1
    }
}
