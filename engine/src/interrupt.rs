//! How a caller stops an operation that is under way.

use std::sync::Arc;

/// How a caller stops an operation: once, nothing new is begun; twice, what is in flight is left to the next run. Clones
/// are the same interrupt.
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
    /// Asks to stop; the second time, at once.
    pub fn interrupt(&self) {
        self.0.send_modify(|level| *level = level.saturating_add(1));
    }

    /// How often it was asked.
    pub fn level(&self) -> u8 {
        *self.0.borrow()
    }

    /// Waits until it was asked that often.
    pub async fn reached(&self, level: u8) {
        // The sender lives as long as `self`, so the wait cannot fail.
        let _ = self.0.subscribe().wait_for(|now| *now >= level).await;
    }
}
