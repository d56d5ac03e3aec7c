//! Runs a request where it was read, for as long as it waits for nothing.

use std::future::Future;
use std::task::{Context, Waker};

use hyper::rt::Executor;

/// An executor that begins at once. Most requests are answered without waiting: their answers are
/// then written together with those of the requests that came with them, and no other thread is
/// woken. What has to wait becomes a task.
#[derive(Clone, Copy, Debug)]
pub(super) struct Eager;

impl<F> Executor<F> for Eager
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn execute(&self, future: F) {
        let mut future = Box::pin(future);
        // Nobody is woken by this look: the task looks again.
        let mut context = Context::from_waker(Waker::noop());
        if future.as_mut().poll(&mut context).is_pending() {
            tokio::spawn(future);
        }
    }
}
