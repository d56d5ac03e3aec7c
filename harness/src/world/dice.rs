//! All chance of a world comes from here: one seed, one stream of numbers for each purpose.
//!
//! A purpose has a stream of its own so that one more call on one wire does not change what
//! happens on another. Chance that libraries take from the system (hash keys) is pinned too: see
//! [`seed_thread`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// A stream of numbers.
#[derive(Debug, Clone)]
pub struct Dice {
    state: Arc<AtomicU64>,
}

impl Dice {
    /// The stream of a purpose under a seed.
    pub fn new(seed: u64, purpose: &str) -> Dice {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in purpose.bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        Dice { state: Arc::new(AtomicU64::new(mix(seed) ^ hash)) }
    }

    /// The next number.
    pub fn next(&self) -> u64 {
        let step = 0x9e37_79b9_7f4a_7c15;
        mix(self.state.fetch_add(step, Ordering::Relaxed).wrapping_add(step))
    }

    /// A duration between two bounds, in whole milliseconds: the timer's resolution.
    pub fn between(&self, min: Duration, max: Duration) -> Duration {
        let (low, high) = (whole_millis(min), whole_millis(max));
        if high <= low {
            return Duration::from_millis(low);
        }
        Duration::from_millis(low + self.next() % (high - low + 1))
    }

    /// The stream, as the fakes take it.
    pub fn roll_fn(&self) -> Arc<dyn Fn() -> u64 + Send + Sync> {
        let dice = self.clone();
        Arc::new(move || dice.next())
    }
}

fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// SplitMix64's finalizer: every bit of the input moves every bit of the output.
fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// Makes the chance that libraries take from the system on this thread a function of `seed`. Must
/// be the first statement of a world's thread: std draws a thread's hash keys once.
///
/// Returns whether the platform lets us (glibc on Linux). Where it does not, runs of worlds with
/// several instances may differ in the order of what happens at the same instant.
pub fn seed_thread(seed: u64) -> bool {
    fastrand::seed(seed);
    interposed::seed(seed)
}

#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod interposed {
    //! `getrandom` as this process's libraries see it: the system's, except on seeded threads.
    #![expect(unsafe_code, reason = "std's hash keys can be pinned at this symbol only")]

    use std::cell::Cell;

    thread_local! {
        static STATE: Cell<Option<u64>> = const { Cell::new(None) };
    }

    pub(super) fn seed(seed: u64) -> bool {
        STATE.with(|state| state.set(Some(super::mix(seed ^ 0x5eed))));
        let mut probe = [0_u8; 8];
        // SAFETY: the buffer is ours and as long as we say. Goes through the dynamic symbol, so it
        // tells whether libraries reach the function below.
        let written = unsafe { libc::getrandom(probe.as_mut_ptr().cast(), probe.len(), 0) };
        let expected = super::mix(super::mix(seed ^ 0x5eed).wrapping_add(1)).to_le_bytes();
        written == 8 && probe == expected
    }

    /// Fills a buffer: from the thread's seed where there is one, else from the kernel.
    ///
    /// # Safety
    /// As the C function: `buffer` is valid for writes of `length` bytes.
    #[unsafe(no_mangle)]
    pub unsafe extern "C" fn getrandom(
        buffer: *mut libc::c_void,
        length: libc::size_t,
        flags: libc::c_uint,
    ) -> libc::ssize_t {
        let Some(mut state) = STATE.try_with(Cell::get).ok().flatten() else {
            // SAFETY: the caller's promise, handed on to the kernel.
            let filled = unsafe { libc::syscall(libc::SYS_getrandom, buffer, length, flags) };
            return filled as libc::ssize_t;
        };
        // SAFETY: the caller's promise; a null buffer comes only with length 0.
        let bytes: &mut [u8] = if length == 0 {
            &mut []
        } else {
            unsafe { std::slice::from_raw_parts_mut(buffer.cast(), length) }
        };
        for chunk in bytes.chunks_mut(8) {
            state = state.wrapping_add(1);
            let word = super::mix(state).to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        STATE.with(|cell| cell.set(Some(state)));
        length as libc::ssize_t
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
mod interposed {
    pub(super) fn seed(_seed: u64) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_purpose_has_a_stream_of_its_own() {
        let draw = |seed, purpose| Dice::new(seed, purpose).next();
        assert_eq!(draw(1, "latency"), draw(1, "latency"));
        assert_ne!(draw(1, "latency"), draw(1, "uids"));
        assert_ne!(draw(1, "latency"), draw(2, "latency"));
    }

    #[test]
    fn a_duration_stays_between_its_bounds() {
        let dice = Dice::new(7, "latency");
        let (min, max) = (Duration::from_millis(1), Duration::from_millis(8));
        let drawn: std::collections::BTreeSet<_> =
            (0..1000).map(|_| dice.between(min, max)).collect();
        assert_eq!(drawn.len(), 8);
        assert!(drawn.iter().all(|d| (min..=max).contains(d)));
    }

    #[test]
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    fn hash_keys_of_a_seeded_thread_repeat() {
        use std::hash::{BuildHasher, RandomState};
        let hash = |seed| {
            std::thread::spawn(move || {
                assert!(seed_thread(seed));
                RandomState::new().hash_one("instance")
            })
            .join()
            .unwrap()
        };
        assert_eq!(hash(1), hash(1));
        assert_ne!(hash(1), hash(2));
    }
}
