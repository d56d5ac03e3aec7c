//! Acts in the fake AAP as an admin would.

use scenario::plan::{AapAction, JobRef};

use crate::world::{Hands, aap_config};

/// Does it.
///
/// # Errors
/// Why AAP could not, such as a job that does not exist.
pub fn act(hands: &Hands, action: &AapAction) -> Result<(), String> {
    hands.aap.act(translate(action)).map_err(|error| error.to_string())
}

/// The fake's word for an action of the plan.
pub fn translate(action: &AapAction) -> fake_aap::Action {
    use fake_aap::Action as To;
    match action {
        AapAction::Finish { job, status, explanation, traceback } => To::Finish {
            job: job_ref(job),
            status: status.clone(),
            explanation: explanation.clone(),
            traceback: traceback.clone(),
        },
        AapAction::Fail(job) => To::Fail { job: job_ref(job) },
        AapAction::Cancel(job) => To::Cancel { job: job_ref(job) },
        AapAction::SetStatus { job, status } => {
            To::SetStatus { job: job_ref(job), status: status.clone() }
        }
        AapAction::Advance(job) => To::Advance { job: job_ref(job) },
        AapAction::Purge(job) => To::Purge { job: job_ref(job) },
        AapAction::PurgeAll => To::PurgeAll,
        AapAction::AddTemplate(template) => To::AddTemplate(Box::new(aap_config::extra(template))),
        AapAction::Misspell => To::Misspell,
        AapAction::DeleteTemplate(name) => To::DeleteTemplate { name: name.clone() },
        AapAction::RecreateTemplate(name) => To::RecreateTemplate { name: name.clone() },
        AapAction::RenameTemplate { from, to } => {
            To::RenameTemplate { name: from.clone(), to: to.clone() }
        }
        AapAction::HideTemplate(name) => To::HideTemplate { name: name.clone() },
        AapAction::ShowTemplate(name) => To::ShowTemplate { name: name.clone() },
        AapAction::RevokeToken => To::RotateToken,
        AapAction::RestoreToken => To::RestoreToken,
        AapAction::Restart { down } => To::Restart { down_for: *down },
        AapAction::Reinstall => To::Reinstall,
    }
}

fn job_ref(job: &JobRef) -> fake_aap::JobRef {
    match job.nth {
        None => fake_aap::JobRef::Latest { role: job.role.clone() },
        Some(nth) => fake_aap::JobRef::Nth { role: job.role.clone(), nth },
    }
}
