//! Both selectors of a list or watch.

use serde_json::Value;

use super::field::Fields;
use super::label::Labels;
use crate::kinds::Resource;
use crate::request::Query;
use crate::status::{ApiError, Result};

/// An object matches if both do.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Selector {
    labels: Labels,
    fields: Fields,
}

impl Selector {
    pub(crate) fn parse(query: &Query, resource: &Resource) -> Result<Self> {
        let labels = Labels::parse(query.get("labelSelector")).map_err(ApiError::bad_request)?;
        let fields = Fields::parse(query.get("fieldSelector"), resource)?;
        Ok(Self { labels, fields })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    pub(crate) fn matches(&self, object: &Value) -> bool {
        self.labels.matches(object) && self.fields.matches(object)
    }

    /// The one name that can match, if the fields name it.
    pub(crate) fn name(&self) -> Option<&str> {
        self.fields.name()
    }
}
