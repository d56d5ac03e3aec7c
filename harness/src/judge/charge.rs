//! A reason for a verdict while it is gathered: what will be a finding, and where in the trace it
//! showed.

use scenario::{Source, Span};
use trace::{Finding, Millis, Place};

/// One property is charged at most so often: what follows is more of the same.
const PER_PROPERTY_MAX: usize = 3;

/// A finding without its excerpt.
#[derive(Debug, Clone)]
pub(super) struct Charge {
    /// Number of the event at which it showed.
    pub index: usize,
    /// The finding.
    pub finding: Finding,
}

impl Charge {
    /// A charge against a property.
    pub fn new(property: &str, (index, at): (usize, Millis), title: impl Into<String>) -> Charge {
        let finding = Finding {
            property: property.to_owned(),
            title: title.into(),
            at,
            place: None,
            expected: String::new(),
            seen: String::new(),
            differences: Vec::new(),
            hint: String::new(),
            object: String::new(),
            excerpt: Vec::new(),
        };
        Charge { index, finding }
    }

    /// What should have been.
    pub fn expected(mut self, expected: impl Into<String>) -> Charge {
        self.finding.expected = expected.into();
        self
    }

    /// What was.
    pub fn seen(mut self, seen: impl Into<String>) -> Charge {
        self.finding.seen = seen.into();
        self
    }

    /// What differs.
    pub fn differences(mut self, differences: Vec<String>) -> Charge {
        self.finding.differences = differences;
        self
    }

    /// What to look at.
    pub fn hint(mut self, hint: impl Into<String>) -> Charge {
        self.finding.hint = hint.into();
        self
    }

    /// The object that it is about.
    pub fn object(mut self, object: impl Into<String>) -> Charge {
        self.finding.object = object.into();
        self
    }

    /// The place in the scenario that asks for it; the file as a whole is no place.
    pub fn place(mut self, source: &Source, span: Span) -> Charge {
        self.finding.place = (span.line > 0).then(|| Place {
            file: source.name.clone(),
            line: span.line,
            column: span.column,
            width: span.width.max(1),
            text: source.line(span.line).to_owned(),
        });
        self
    }
}

/// Where charges are gathered.
#[derive(Debug, Default)]
pub(super) struct Docket {
    /// In the order in which they were brought.
    pub charges: Vec<Charge>,
}

impl Docket {
    /// Brings a charge.
    pub fn bring(&mut self, charge: Charge) {
        let same = |known: &&Charge| known.finding.property == charge.finding.property;
        if self.charges.iter().filter(same).count() < PER_PROPERTY_MAX {
            self.charges.push(charge);
        }
    }
}
