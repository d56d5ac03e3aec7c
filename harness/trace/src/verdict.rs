//! What was judged, and why.

use serde::{Deserialize, Serialize};

use crate::Millis;

/// The verdict on one variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// The operator did as the scenario says.
    Passed {
        /// What was checked, and how often.
        checked: Vec<Checked>,
        /// Words for the author of the scenario, such as an assertion that was true too early.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        warnings: Vec<Finding>,
    },
    /// It did not.
    Failed {
        /// Why; the first is the one to read.
        findings: Vec<Finding>,
    },
    /// The harness, the world or the file kept us from knowing.
    Broken {
        /// Why.
        findings: Vec<Finding>,
    },
    /// Not run, and that is in order.
    Skipped {
        /// Why.
        reason: String,
    },
}

impl Verdict {
    /// The verdict's word, as every report writes it.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::Passed { .. } => "passed",
            Verdict::Failed { .. } => "failed",
            Verdict::Broken { .. } => "broken",
            Verdict::Skipped { .. } => "skipped",
        }
    }

    /// What was found, for the verdicts that have findings.
    pub fn findings(&self) -> &[Finding] {
        match self {
            Verdict::Failed { findings } | Verdict::Broken { findings } => findings,
            Verdict::Passed { warnings, .. } => warnings,
            Verdict::Skipped { .. } => &[],
        }
    }
}

/// A property and how often it was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// `I1`, `never[0]`, `assert`.
    pub property: String,
    /// Revisions, calls or moments looked at.
    pub times: u64,
}

/// One reason for a verdict, complete enough to be understood without the trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What did not hold: `assert`, `never`, `I1`, `fault never felt`.
    pub property: String,
    /// One sentence.
    pub title: String,
    /// When it showed.
    pub at: Millis,
    /// The place in the scenario that asked for it; none for invariants.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What was expected.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub expected: String,
    /// What was seen.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub seen: String,
    /// Line by line what differs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<String>,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub hint: String,
    /// The object it is about, `namespace/name`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub object: String,
    /// The last lines of the trace that touch the object, oldest first, as text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excerpt: Vec<Excerpt>,
}

impl Finding {
    /// A finding that is told by its title alone.
    pub fn titled(property: impl Into<String>, title: impl Into<String>) -> Finding {
        Finding {
            property: property.into(),
            title: title.into(),
            at: 0,
            place: None,
            expected: String::new(),
            seen: String::new(),
            differences: Vec::new(),
            hint: String::new(),
            object: String::new(),
            excerpt: Vec::new(),
        }
    }
}

/// A line of the trace, told to a person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// When.
    pub at: Millis,
    /// What.
    pub text: String,
}

/// A place in a scenario file, with what stands there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The file, as the user named it.
    pub file: String,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
    /// Characters to underline.
    pub width: u32,
    /// The line's text.
    pub text: String,
}
