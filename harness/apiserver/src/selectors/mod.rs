//! Selects objects by labels and fields.

mod field;
mod label;

use serde_json::Value;

use crate::kinds::Resource;
use crate::request::Query;
use crate::status::{ApiError, Result};

pub(crate) use field::Fields;
pub(crate) use label::Labels;

/// Both selectors of a list or watch.
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
