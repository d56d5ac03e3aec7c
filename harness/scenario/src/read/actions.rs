//! What an admin does in AAP.

use super::{Item, Reader};
use crate::plan::{AapAction, JobRef};
use crate::words::{
    AAP_ACTION, DOWN, ENDS, FINISH, JOB_ONLY, JOB_REF, NOTHING, RENAME, ROLES, SET_STATUS,
};

impl Reader<'_> {
    /// An action in AAP.
    pub(super) fn aap_action(&mut self, item: Item<'_>) -> Option<AapAction> {
        let fields = self.map(item, &AAP_ACTION)?;
        let (word, item) = fields.chosen()?;
        match word {
            "finish" => self.finish(item),
            "fail" => self.only_job(item).map(AapAction::Fail),
            "cancel" => self.only_job(item).map(AapAction::Cancel),
            "setStatus" => {
                let fields = self.map(item, &SET_STATUS)?;
                let job = fields.get("job").and_then(|item| self.job(item));
                let status = fields.get("status").and_then(|item| self.full_text(item));
                Some(AapAction::SetStatus { job: job?, status: status? })
            }
            "advance" => self.only_job(item).map(AapAction::Advance),
            "purge" => self.only_job(item).map(AapAction::Purge),
            "purgeAll" => self.map(item, &NOTHING).map(|_| AapAction::PurgeAll),
            "addTemplate" => {
                let template = self.extra(item)?;
                // later actions know it by that name
                self.renamed.push(template.name.clone());
                Some(AapAction::AddTemplate(template))
            }
            "misspell" => self.map(item, &NOTHING).map(|_| AapAction::Misspell),
            "deleteTemplate" => self.template_name(item).map(AapAction::DeleteTemplate),
            "recreateTemplate" => self.template_name(item).map(AapAction::RecreateTemplate),
            "renameTemplate" => {
                let fields = self.map(item, &RENAME)?;
                let from = fields.get("from").and_then(|item| self.template_name(item));
                let to = fields.get("to").and_then(|item| self.full_text(item))?;
                // later actions know it by that name
                self.renamed.push(to.clone());
                Some(AapAction::RenameTemplate { from: from?, to })
            }
            "hideTemplate" => self.template_name(item).map(AapAction::HideTemplate),
            "showTemplate" => self.template_name(item).map(AapAction::ShowTemplate),
            "revokeToken" => self.map(item, &NOTHING).map(|_| AapAction::RevokeToken),
            "restoreToken" => self.map(item, &NOTHING).map(|_| AapAction::RestoreToken),
            "restart" => {
                let fields = self.map(item, &DOWN)?;
                let down = fields.get("down").and_then(|item| self.duration(item));
                Some(AapAction::Restart { down: down? })
            }
            _ => self.map(item, &NOTHING).map(|_| AapAction::Reinstall),
        }
    }

    /// The name of a template that is given by its role or by its name.
    fn template_name(&mut self, item: Item<'_>) -> Option<String> {
        let text = self.full_text(item)?;
        let roles = ROLES.iter().zip(&self.templates);
        if let Some((_, name)) = roles.clone().find(|(role, _)| **role == text) {
            return Some(name.clone());
        }
        if self.templates.contains(&text) || self.renamed.contains(&text) {
            return Some(text);
        }
        let names = self.templates.clone();
        let known: Vec<&str> =
            ROLES.iter().copied().chain(names.iter().map(String::as_str)).collect();
        self.unknown_word(item.value.span, &text, &known);
        None
    }

    fn finish(&mut self, item: Item<'_>) -> Option<AapAction> {
        let fields = self.map(item, &FINISH)?;
        let job = fields.get("job").and_then(|item| self.job(item));
        let status = self.or(&fields, "status", "successful", |r, item| r.one_of(item, &ENDS));
        let explanation = self.or(&fields, "explanation", String::new(), Self::text);
        let traceback = self.or(&fields, "traceback", String::new(), Self::text);
        Some(AapAction::Finish { job: job?, status: status.to_owned(), explanation, traceback })
    }

    fn only_job(&mut self, item: Item<'_>) -> Option<JobRef> {
        let fields = self.map(item, &JOB_ONLY)?;
        fields.get("job").and_then(|item| self.job(item))
    }

    fn job(&mut self, item: Item<'_>) -> Option<JobRef> {
        if item.value.text().is_some() {
            let role = self.one_of(item, &ROLES)?;
            return Some(JobRef { role: role.to_owned(), nth: None });
        }
        let fields = self.map(item, &JOB_REF)?;
        let role = fields.get("role").and_then(|item| self.one_of(item, &ROLES));
        let nth = fields.get("nth").and_then(|item| self.count(item, 1, 1000));
        Some(JobRef { role: role?.to_owned(), nth })
    }
}
