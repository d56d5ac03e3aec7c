//! When a world is at rest: for so many poll intervals nothing moved but unchanged polls, and
//! nothing that the plan itself has set in motion is still due.

use std::time::Duration;

use tokio::time::Instant;

use super::Hands;

/// Waits for rest, for at most `patience`.
///
/// # Errors
/// What moved last, if rest did not come.
pub async fn wait(hands: &Hands, patience: Duration) -> Result<(), String> {
    let deadline = Instant::now() + patience;
    loop {
        let movement = hands.recorder.last_movement();
        let quiet = Duration::from_millis(hands.recorder.clock().millis() - movement.at);
        let lacking = hands.rest.saturating_sub(quiet);
        if lacking.is_zero() && hands.aap.is_idle() && hands.eda.is_idle() {
            return Ok(());
        }
        // nothing is due before the lacking time is over, or before AAP or EDA moves by itself
        let pause = lacking.max(Duration::from_millis(1));
        let next = if lacking.is_zero() { hands.rest } else { pause };
        if Instant::now() + next > deadline {
            tokio::time::sleep_until(deadline).await;
            return Err(format!("last: {}", hands.recorder.last_movement().what));
        }
        tokio::time::sleep(next).await;
    }
}
