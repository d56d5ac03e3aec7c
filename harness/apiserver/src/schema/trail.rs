//! Where in an object a walk stands, written out only when something is wrong there.

use std::fmt;

/// A path from the root, as a list through the stack.
#[derive(Clone, Copy)]
pub(crate) struct Trail<'a> {
    parent: Option<&'a Trail<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
pub(crate) enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Trail<'a> {
    pub(crate) fn new(parent: Option<&'a Trail<'a>>, step: Step<'a>) -> Self {
        Self { parent, step }
    }

    /// The path as text; `<nil>` at the root, as Go prints it.
    pub(crate) fn text(trail: Option<&Self>) -> String {
        trail.map_or_else(|| "<nil>".to_owned(), ToString::to_string)
    }
}

impl fmt::Display for Trail<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            write!(f, "{parent}")?;
        }
        match self.step {
            Step::Key(key) if self.parent.is_none() => f.write_str(key),
            Step::Key(key) => write!(f, ".{key}"),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}
