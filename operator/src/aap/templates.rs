//! Which template a name means: a job template or, where there is none, a workflow template.

use std::sync::PoisonError;

use serde_json::Value;

use super::{Client, model};
use crate::api::JobKind;
use crate::provider::{Trouble, TroubleKind};

/// What a named URL has between a template's name and its organization's.
const ORGANIZATION_MARK: &str = "++";

/// A template by its number. Launching by number works for both kinds; by name it does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Template {
    pub id: u64,
    pub kind: JobKind,
}

impl Template {
    /// The family of endpoints that its launch belongs to.
    pub fn family(self) -> &'static str {
        match self.kind {
            JobKind::Job => "job_templates",
            JobKind::WorkflowJob => "workflow_job_templates",
        }
    }
}

impl Client {
    /// The template of a name. Remembered until a launch says that it is gone.
    pub(super) async fn template(&self, name: &str) -> Result<Template, Trouble> {
        let known =
            self.templates.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied();
        if let Some(template) = known {
            return Ok(template);
        }
        for kind in [JobKind::Job, JobKind::WorkflowJob] {
            let family = Template { id: 0, kind }.family();
            let found = if name.contains(ORGANIZATION_MARK) {
                self.by_named_url(family, name).await?
            } else {
                let list = self.get(&format!("{family}/?name={}", encoded(name, ""))).await?;
                first(&list, name)?
            };
            if let Some(id) = found {
                let template = Template { id, kind };
                self.templates
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert(name.to_owned(), template);
                return Ok(template);
            }
        }
        Err(Trouble::new(TroubleKind::TemplateUnknown))
    }

    /// The template of a named URL. AAP is asked for its number, which then stands in every path:
    /// a named URL may fail once although it is good.
    async fn by_named_url(&self, family: &str, name: &str) -> Result<Option<u64>, Trouble> {
        match self.get(&format!("{family}/{}/", encoded(name, "+[]"))).await {
            Ok(document) => {
                let id = model::id(&document).ok_or(Trouble::new(TroubleKind::Malformed))?;
                Ok(Some(id))
            }
            Err(trouble) if trouble.kind == TroubleKind::NotFound => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Forgets what a name meant.
    pub(super) fn forget_template(&self, name: &str) {
        self.templates.lock().unwrap_or_else(PoisonError::into_inner).remove(name);
    }
}

/// The lowest number among a list's rows of that name: names are unique in an organization only.
fn first(list: &Value, name: &str) -> Result<Option<u64>, Trouble> {
    let rows = list["results"].as_array().ok_or(Trouble::new(TroubleKind::Malformed))?;
    let ids: Vec<u64> =
        rows.iter().filter(|row| row["name"] == name).filter_map(model::id).collect();
    if ids.len() > 1 {
        tracing::warn!(target: "operator", template = name, "more than one template of this name");
    }
    Ok(ids.into_iter().min())
}

/// A text as part of a path or a query; the `plain` letters stay as they are too.
fn encoded(text: &str, plain: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric()
            || b"-._~".contains(&byte)
            || plain.as_bytes().contains(&byte)
        {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_encoded_for_a_query_or_a_path() {
        assert_eq!(encoded("osac-create_vm.1~", ""), "osac-create_vm.1~");
        assert_eq!(encoded("a b&c=ü+", ""), "a%20b%26c%3D%C3%BC%2B");
        assert_eq!(encoded("a[+] b++o/c", "+[]"), "a[+]%20b++o%2Fc");
    }

    #[test]
    fn the_lowest_number_of_the_exact_name_counts() {
        let list = serde_json::json!({"results": [
            {"id": 9, "name": "x"}, {"id": 7, "name": "x"}, {"id": 1, "name": "X"}]});
        assert_eq!(first(&list, "x"), Ok(Some(7)));
        assert_eq!(first(&list, "y"), Ok(None));
        assert!(first(&serde_json::json!({"detail": "x"}), "x").is_err());
    }
}
