//! Random clients against a model: whatever they do, the store, what each watcher has seen and
//! the model agree. `step` says what they do, `world` does it and knows what must come of it,
//! `watcher` watches, `history` is the past as it was committed.

mod history;
mod step;
mod watcher;
mod world;

use proptest::prelude::*;

use self::step::{Step, step};
use self::world::World;
use crate::support::cases;

const STEPS_MAX: usize = 60;

fn run(steps: &[Step], hold: bool) {
    let builder = tokio::runtime::Builder::new_current_thread();
    let runtime = { builder }.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let mut world = World::new(hold);
        for (index, step) in steps.iter().enumerate() {
            world.take(index, step).await;
            // Watchers that lag see several changes at once.
            if index % 3 == 0 {
                world.agree().await;
            }
        }
        world.agree().await;
    });
}

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn store_and_watchers_agree_with_the_model(
        steps in proptest::collection::vec(step(), 1..STEPS_MAX),
    ) {
        run(&steps, false);
    }

    #[test]
    fn they_agree_again_when_held_events_are_released(
        steps in proptest::collection::vec(step(), 1..STEPS_MAX),
    ) {
        run(&steps, true);
    }
}
