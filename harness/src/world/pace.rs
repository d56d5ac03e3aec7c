//! Lets a world's clock follow the one on the wall, at a scale.
//!
//! The runtime's clock is paused, as under virtual time, but it may not leap: tokio never leaps
//! while a blocking task runs, and here one does, the metronome. At each of its beats the clock is
//! moved on to where it is due. So every timer of a world (latencies, jobs, time limits, rest) runs
//! at the scale without knowing of it, and sockets wake the runtime as they always do.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// From one beat to the next, in real time: the resolution of a scaled clock.
const BEAT: Duration = Duration::from_millis(2);

/// While it lives, the runtime's clock follows the wall's.
pub struct Pace {
    follower: JoinHandle<()>,
    _metronome: JoinHandle<()>,
}

impl Pace {
    /// Begins. Call it in a current-thread runtime whose clock is paused.
    pub fn begin(scale: u32) -> Pace {
        let (beat, beats) = mpsc::channel(1);
        #[expect(clippy::disallowed_methods, reason = "that it stops the clock is what it is for")]
        let metronome = tokio::task::spawn_blocking(move || metronome(&beat));
        Pace { follower: tokio::spawn(follow(scale, beats)), _metronome: metronome }
    }
}

impl Drop for Pace {
    fn drop(&mut self) {
        // the metronome sees that nobody listens and ends too
        self.follower.abort();
    }
}

#[expect(clippy::disallowed_methods, reason = "it beats in real time, on a thread of its own")]
fn metronome(beat: &mpsc::Sender<()>) {
    while !beat.is_closed() {
        std::thread::sleep(BEAT);
        // a beat that was not heard yet stands for this one too
        let _ = beat.try_send(());
    }
}

#[expect(clippy::disallowed_methods, reason = "here the wall's clock comes into a world")]
async fn follow(scale: u32, mut beats: mpsc::Receiver<()>) {
    let (wall, world) = (std::time::Instant::now(), tokio::time::Instant::now());
    while beats.recv().await.is_some() {
        let due = wall.elapsed() * scale;
        // after a pause of the machine in small steps: timers fire in their order
        while let Some(lacking) = due.checked_sub(world.elapsed()).filter(|one| !one.is_zero()) {
            tokio::time::advance(lacking.min(BEAT * scale)).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "real time is what it is about")]
    fn a_minute_of_the_world_passes_in_a_real_sixtieth_of_it() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap();
        let began = std::time::Instant::now();
        let passed = runtime.block_on(async {
            let _pace = Pace::begin(600);
            let began = tokio::time::Instant::now();
            tokio::time::sleep(Duration::from_secs(60)).await;
            began.elapsed()
        });
        assert!(passed >= Duration::from_secs(60), "{passed:?}");
        // it did not leap; how much longer it took is the machine's affair
        assert!(began.elapsed() >= Duration::from_millis(95), "{:?}", began.elapsed());
    }
}
