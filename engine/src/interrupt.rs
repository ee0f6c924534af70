//! How a caller stops an operation.

use std::sync::Arc;

/// A caller's request to stop an operation. Clones share one interrupt.
///
/// After the first request, no new step begins; after the second, calls in flight are left to the
/// next run.
///
/// ```
/// let interrupt = kim_engine::Interrupt::default();
/// let handed_to_apply = interrupt.clone();
/// interrupt.interrupt();
/// assert_eq!(handed_to_apply.level(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<tokio::sync::watch::Sender<u8>>);

impl Default for Interrupt {
    fn default() -> Interrupt {
        Interrupt(Arc::new(tokio::sync::watch::channel(0).0))
    }
}

impl Interrupt {
    /// Requests a stop; a second call also leaves calls in flight to the next run.
    pub fn interrupt(&self) {
        self.0.send_modify(|level| *level = level.saturating_add(1));
    }

    /// Returns how many times a stop was requested.
    pub fn level(&self) -> u8 {
        *self.0.borrow()
    }

    /// Waits until a stop was requested `level` times.
    pub async fn reached(&self, level: u8) {
        // The sender lives as long as `self`, so the wait cannot fail.
        let _ = self.0.subscribe().wait_for(|now| *now >= level).await;
    }
}
