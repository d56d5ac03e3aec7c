//! What there is to reach, as the caller knows it.

use serde::{Deserialize, Serialize};

use super::Meter;

/// What a run is compared with.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// The rows of each meter that has a table. What a run reaches beyond it is listed too.
    pub rows: Vec<(Meter, Vec<KnownRow>)>,
    /// The planned cases, with all variants that there are of each, selected or not.
    pub plan: Vec<PlannedCase>,
}

/// A row that can be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownRow {
    /// Its name in its table.
    pub id: String,
    /// What it stands for.
    pub title: String,
    /// Whether it should be reached.
    pub need: Need,
}

/// Whether a row should be reached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// It should.
    Wanted,
    /// It should not: it is a known fault of an operator. Reaching it is told, not counted.
    MustNot,
    /// It need not, for this reason. It does not count.
    Excused(String),
    /// Nobody said beforehand that it is there. It does not count.
    Found,
}

/// A case of the test plan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedCase {
    /// `S06`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// `P0`, `P1`, `P2`.
    pub priority: String,
    /// `concurrency`.
    pub category: String,
    /// The variants that scenarios have for it: scenario and variant.
    pub variants: Vec<(String, String)>,
}

/// The least that a meter must reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Threshold {
    /// A [`Meter`]'s name, or `plan`.
    pub meter: String,
    /// Percent of its wanted rows.
    pub percent: u8,
}

impl KnownRow {
    /// A row that should be reached.
    #[must_use]
    pub fn wanted(id: impl Into<String>, title: impl Into<String>) -> KnownRow {
        KnownRow { id: id.into(), title: title.into(), need: Need::Wanted }
    }
}

impl Known {
    /// The rows of a meter; none where it has no table.
    #[must_use]
    pub fn rows_of(&self, meter: Meter) -> &[KnownRow] {
        let found = self.rows.iter().find(|(its, _)| *its == meter);
        found.map_or(&[], |(_, rows)| rows.as_slice())
    }
}
