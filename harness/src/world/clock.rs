//! The world's clock: a fixed calendar date plus the time that tokio's clock has moved.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use trace::{EPOCH_SECONDS, Millis};

/// Reads the time of one world. Under a paused runtime it moves only when all tasks wait.
#[derive(Debug, Clone, Copy)]
pub struct WorldClock {
    began: Instant,
    epoch: Timestamp,
}

impl WorldClock {
    /// A clock that begins now, at the fixed date. Call it inside the world's runtime.
    pub fn begin() -> WorldClock {
        let epoch = Timestamp::from_second(EPOCH_SECONDS).unwrap_or(Timestamp::UNIX_EPOCH);
        WorldClock { began: Instant::now(), epoch }
    }

    /// Milliseconds since the world began.
    pub fn millis(&self) -> Millis {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }

    /// The calendar time.
    pub fn timestamp(&self) -> Timestamp {
        let elapsed = SignedDuration::try_from(self.began.elapsed()).unwrap_or(SignedDuration::MAX);
        self.epoch.checked_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    /// The calendar time, as the fakes take it.
    pub fn now_fn(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let clock = *self;
        Arc::new(move || clock.timestamp())
    }
}

impl operator::Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.timestamp()
    }
}
