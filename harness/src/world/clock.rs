//! The world's clock: a calendar date plus the time that tokio's clock has moved.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use trace::{EPOCH_SECONDS, Millis};

use super::target::Clock;

/// Reads the time of one world. Under a paused runtime it moves only when all tasks wait.
///
/// It has two faces: the scenario's time, in which traces, timers and the judge count, and the
/// calendar, which stands in objects. Under virtual time they go alike. On a scaled clock the
/// calendar is the wall's, for an operator that is a process has no other.
#[derive(Debug, Clone, Copy)]
pub struct WorldClock {
    began: Instant,
    epoch: Timestamp,
    /// Seconds of the scenario in a real one; none under virtual time.
    scale: Option<u32>,
}

impl WorldClock {
    /// A clock that begins now, at the fixed date or at the wall's. Call it inside the world's
    /// runtime.
    pub fn begin(clock: Clock) -> WorldClock {
        let fixed = Timestamp::from_second(EPOCH_SECONDS).unwrap_or(Timestamp::UNIX_EPOCH);
        let (epoch, scale) = match clock {
            Clock::Virtual => (fixed, None),
            Clock::Real { scale } => (calendar(), Some(scale.max(1))),
        };
        WorldClock { began: Instant::now(), epoch, scale }
    }

    /// Milliseconds of the scenario since the world began.
    pub fn millis(&self) -> Millis {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(Millis::MAX)
    }

    /// The calendar time.
    pub fn timestamp(&self) -> Timestamp {
        let elapsed = self.scaled(self.began.elapsed());
        let elapsed = SignedDuration::try_from(elapsed).unwrap_or(SignedDuration::MAX);
        self.epoch.checked_add(elapsed).unwrap_or(Timestamp::MAX)
    }

    /// The calendar time, as the fakes take it.
    pub fn now_fn(&self) -> Arc<dyn Fn() -> Timestamp + Send + Sync> {
        let clock = *self;
        Arc::new(move || clock.timestamp())
    }

    /// A duration of the scenario, in real time.
    pub fn scaled(&self, duration: Duration) -> Duration {
        duration / self.scale.unwrap_or(1)
    }

    /// So much real time, as a duration of the scenario; nothing under virtual time, which knows
    /// no machine that is slow.
    pub fn real(&self, duration: Duration) -> Duration {
        self.scale.map_or(Duration::ZERO, |scale| duration * scale)
    }
}

#[expect(clippy::disallowed_methods, reason = "a world with a real clock begins in the present")]
fn calendar() -> Timestamp {
    Timestamp::now()
}

impl operator::Clock for WorldClock {
    fn now(&self) -> Timestamp {
        self.timestamp()
    }
}
