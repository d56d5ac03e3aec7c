//! What this process remembers of an object between reconciliations.
//!
//! Nothing here is needed after a crash: what must outlive the process stands in the status.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::api::LaunchIntent;
use crate::provider::{
    CancelReply, JobRef, LaunchReply, LookUpReply, PollReply, SearchReply, Trouble,
};

/// Of one object.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// The latest launch and its answer. Kept until the status tells the same.
    pub launched: Option<Launched>,
    /// Launches in a row that brought no job.
    pub launch_failures: LaunchFailures,
    /// The latest poll.
    pub polled: Option<Polled>,
    /// The latest cancel.
    pub canceled: Option<Canceled>,
    /// The latest look-up.
    pub looked_up: Option<LookedUp>,
    /// The latest search for active jobs.
    pub searched: Option<Searched>,
    /// The virtual machine instance that was deleted last, by uid, and when.
    pub deleted: Option<(String, Timestamp)>,
    /// Reconciliations in a row that ended in an error.
    pub errors: u32,
}

/// A launch that left.
#[derive(Clone, Debug)]
pub struct Launched {
    /// What was launched.
    pub intent: LaunchIntent,
    /// When the answer came.
    pub at: Timestamp,
    /// The answer.
    pub reply: LaunchReply,
}

/// Launches in a row that brought no job.
#[derive(Clone, Debug, Default)]
pub struct LaunchFailures {
    /// How many.
    pub count: u32,
    /// The last of them: when, and why.
    pub last: Option<(Timestamp, Trouble)>,
}

/// A poll that was answered, or not.
#[derive(Clone, Debug)]
pub struct Polled {
    /// Which job.
    pub id: String,
    /// When the answer came.
    pub at: Timestamp,
    /// Polls in a row that found nothing.
    pub absent: u32,
    /// The answer.
    pub reply: PollReply,
}

/// Cancels of one job.
#[derive(Clone, Debug)]
pub struct Canceled {
    /// Which job.
    pub job: JobRef,
    /// When the latest answer came.
    pub at: Timestamp,
    /// How many cancels so far.
    pub count: u32,
    /// How often the job was seen since.
    pub polls_since: u32,
    /// The latest answer.
    pub reply: CancelReply,
}

/// A look-up.
#[derive(Clone, Debug)]
pub struct LookedUp {
    /// Whose job was looked for.
    pub intent: LaunchIntent,
    /// When the request left: what was committed before must have been seen.
    pub at: Timestamp,
    /// The answer.
    pub reply: LookUpReply,
}

/// A search for active jobs.
#[derive(Clone, Debug)]
pub struct Searched {
    /// When the request left.
    pub at: Timestamp,
    /// The answer.
    pub reply: SearchReply,
}

/// Of all objects, by uid.
#[derive(Debug, Default)]
pub struct Memories(Mutex<BTreeMap<String, Memory>>);

impl Memories {
    /// What is remembered of an object.
    pub fn recall(&self, uid: &str) -> Memory {
        self.lock().get(uid).cloned().unwrap_or_default()
    }

    /// Remembers an object.
    pub fn keep(&self, uid: &str, memory: Memory) {
        self.lock().insert(uid.to_owned(), memory);
    }

    /// Forgets an object that is gone.
    pub fn forget(&self, uid: &str) {
        self.lock().remove(uid);
    }

    /// How many objects are remembered.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// Forgets all objects but those that `lives` names.
    pub fn retain(&self, lives: impl Fn(&str) -> bool) {
        self.lock().retain(|uid, _| lives(uid));
    }

    /// Counts one more error in a row, and tells how many.
    pub fn count_error(&self, uid: &str) -> u32 {
        let mut memories = self.lock();
        let memory = memories.entry(uid.to_owned()).or_default();
        memory.errors = memory.errors.saturating_add(1);
        memory.errors
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<String, Memory>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_remembered_until_they_are_forgotten() {
        let memories = Memories::default();
        assert_eq!((memories.count_error("a"), memories.count_error("a")), (1, 2));
        memories.keep("b", Memory::default());
        assert_eq!((memories.len(), memories.recall("a").errors), (2, 2));
        memories.retain(|uid| uid == "b");
        assert_eq!((memories.len(), memories.recall("a").errors), (1, 0));
        memories.forget("b");
        assert_eq!(memories.len(), 0);
    }
}
