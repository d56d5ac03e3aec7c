//! Jobs that are known by what they were told and not by their id: AAP has no key that a launch
//! could carry, and does not filter by variables, so rows are compared here.

use serde_json::Value;

use super::{Client, model};
use crate::api::LaunchIntent;
use crate::provider::{LookUpReply, SearchReply, SeenJob, Trouble, TroubleKind};

/// Rows of a page. AAP's own limit is 200; variables make rows large.
const PAGE_SIZE: usize = 50;
/// How many pages are read at most.
const PAGES_MAX: usize = 40;

impl Client {
    /// Looks for the job of a launch: newest first, back to a while before the launch.
    pub async fn look_up(&self, template: &str, uid: &str, intent: &LaunchIntent) -> LookUpReply {
        let oldest = intent.since.0.checked_sub(self.skew).unwrap_or(jiff::Timestamp::MIN);
        let mut found = None;
        let outcome = self
            .rows(template, "", |row| {
                if model::is_launch(row, uid, intent) {
                    found = model::job(row, &[self.token.expose()]);
                }
                found.is_none() && model::created(row).is_none_or(|created| created >= oldest)
            })
            .await;
        match (found, outcome) {
            (Some(job), _) => LookUpReply::Found(job),
            (None, Ok(())) => LookUpReply::Missing,
            (None, Err(trouble)) => LookUpReply::Trouble(trouble),
        }
    }

    /// Lists the active jobs that were launched for an object.
    pub async fn active(&self, template: &str, uid: &str) -> SearchReply {
        let mut found: Vec<SeenJob> = Vec::new();
        let active = "&status__in=new,pending,waiting,running";
        let outcome = self
            .rows(template, active, |row| {
                if model::is_of(row, uid) {
                    found.extend(model::job(row, &[]).filter(|job| !job.state.is_terminal()));
                }
                true
            })
            .await;
        match outcome {
            Ok(()) => SearchReply::Active(found),
            // A template that is gone has no list of jobs to look through.
            Err(trouble) if trouble.kind == TroubleKind::TemplateUnknown => {
                SearchReply::Active(Vec::new())
            }
            Err(trouble) => SearchReply::Trouble(trouble),
        }
    }

    /// Shows the jobs of a template to `visit`, newest first, until it has seen enough.
    async fn rows(
        &self,
        template: &str,
        filter: &str,
        mut visit: impl FnMut(&Value) -> bool,
    ) -> Result<(), Trouble> {
        let id = self.template(template).await?.id;
        for page in 1..=PAGES_MAX {
            let query = format!("unified_job_template={id}{filter}&order_by=-id");
            let path = format!("unified_jobs/?{query}&page={page}&page_size={PAGE_SIZE}");
            let list = self.get(&path).await?;
            let malformed = || Trouble::new(TroubleKind::Malformed);
            for row in list["results"].as_array().ok_or_else(malformed)? {
                if !visit(row) {
                    return Ok(());
                }
            }
            if list["next"].is_null() {
                return Ok(());
            }
        }
        // What lies further back is not looked at: better no answer than a wrong one.
        Err(Trouble::new(TroubleKind::Malformed))
    }
}
