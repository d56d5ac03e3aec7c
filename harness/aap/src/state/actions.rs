//! The hand of an admin or of the world.

use super::{At, State};
use crate::action::{Action, ActionError, JobRef};
use crate::announce::Announcement;
use crate::script::End;
use crate::template::Template;

impl State {
    pub(crate) fn act(&mut self, action: Action, at: At) -> Result<(), ActionError> {
        match action {
            Action::Finish { job, status, explanation, traceback } => {
                let id = self.active_job(&job)?;
                self.end_by_itself(id, &End { status, explanation, traceback }, at);
            }
            Action::Fail { job } => {
                let id = self.active_job(&job)?;
                self.end_by_itself(id, &End::new("failed"), at);
            }
            Action::Cancel { job } => {
                let id = self.active_job(&job)?;
                let admin = self.users.admin();
                self.cancel(id, &admin, true, at);
            }
            Action::Purge { job } => {
                let id = self.find_job(&job)?;
                self.purge(id, at);
            }
            Action::PurgeAll => self.purge_ended(at),
            Action::SetStatus { job, status } => {
                let id = self.find_job(&job)?;
                self.set_status(id, &status, at);
            }
            Action::Advance { job } => {
                let id = self.active_job(&job)?;
                self.hurry(id, at);
            }
            Action::AddTemplate(template) => self.add_template(*template, at),
            Action::DeleteTemplate { name } => self.delete_templates(&name)?,
            Action::RecreateTemplate { name } => {
                let _ = self.delete_templates(&name);
                found(self.restore_templates(&name, at), &name)?;
            }
            Action::RenameTemplate { name, to } => {
                self.change(&name, at, |spec| to.clone_into(&mut spec.name))?;
            }
            Action::HideTemplate { name } => self.change(&name, at, |spec| spec.visible = false)?,
            Action::ShowTemplate { name } => self.change(&name, at, |spec| spec.visible = true)?,
            Action::Misspell => self.flake_armed |= self.config.switches.named_url_flake,
            Action::RotateToken => self.users.revoke(true),
            Action::RestoreToken => self.users.revoke(false),
            Action::Restart { down_for } => self.go_down(down_for, at),
            Action::Reinstall => self.reinstall(at),
        }
        Ok(())
    }

    fn change(
        &mut self,
        name: &str,
        at: At,
        change: impl Fn(&mut Template),
    ) -> Result<(), ActionError> {
        found(self.change_templates(name, at, change), name)
    }

    fn delete_templates(&mut self, name: &str) -> Result<(), ActionError> {
        let ids: Vec<i64> = self.templates_named(name).map(|record| record.id).collect();
        for id in &ids {
            self.delete_template(*id);
        }
        found(ids.len(), name)
    }

    fn find_job(&self, job: &JobRef) -> Result<i64, ActionError> {
        let launched = |role: &str| {
            let role = role.to_owned();
            self.launched.iter().filter(move |(_, of)| *of == role).map(|(id, _)| *id)
        };
        let id = match job {
            JobRef::Id(id) => Some(*id),
            JobRef::Latest { role } => launched(role).next_back(),
            JobRef::Nth { role, nth } => nth
                .checked_sub(1)
                .and_then(|index| launched(role).nth(usize::try_from(index).unwrap_or(usize::MAX))),
        };
        id.filter(|id| self.jobs.contains_key(id)).ok_or_else(|| ActionError::NoJob(job.clone()))
    }

    fn active_job(&self, job: &JobRef) -> Result<i64, ActionError> {
        let id = self.find_job(job)?;
        match self.jobs.get(&id) {
            Some(job) if !job.is_active() => {
                Err(ActionError::Ended { id, status: job.status.clone() })
            }
            _ => Ok(id),
        }
    }

    /// Deletes a job and those that it started; nothing of it comes any more.
    pub(crate) fn purge(&mut self, id: i64, at: At) {
        let Some(job) = self.jobs.remove(&id) else { return };
        self.agenda.forget(id, |_| true);
        let mut view = job.view(at.stamp);
        view.purged = true;
        if job.parent.is_none() {
            let role = view.role.clone();
            self.outbox.push(Announcement::Purged { job: id, role, at: at.stamp });
        }
        self.purged.push(view);
        for child in job.children {
            self.purge(child, at);
        }
        self.wake_queue(at);
    }

    fn purge_ended(&mut self, at: At) {
        let ended = self.jobs.values().filter(|job| !job.is_active()).map(|job| job.id);
        for id in ended.collect::<Vec<_>>() {
            self.purge(id, at);
        }
    }

    fn reinstall(&mut self, at: At) {
        let all: Vec<i64> = self.jobs.keys().copied().collect();
        self.agenda.clear();
        self.down_until = None;
        for id in all {
            if let Some(job) = self.jobs.get_mut(&id) {
                job.blocked = None;
            }
        }
        while let Some(id) = self.jobs.keys().next().copied() {
            self.purge(id, at);
        }
        self.next_job_id = self.config.first_job_id;
        self.launched.clear();
        self.flake_armed = false;
        self.install_templates(at);
    }
}

fn found(count: usize, name: &str) -> Result<(), ActionError> {
    if count == 0 { Err(ActionError::NoTemplate(name.to_owned())) } else { Ok(()) }
}
