//! The executor of the plugin's futures.
//!
//! Every host function answers before it returns, so a future is ready after very few polls.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Runs a future to its end on this thread.
///
/// The host's functions block the instance: the host suspends it, and no thread waits. So a future
/// that is pending has only yielded, and is polled again at once.
pub fn run<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
