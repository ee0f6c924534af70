//! How a caller stops an operation.

use std::sync::Arc;
use std::time::Duration;

/// A caller's request to stop an operation. Clones share one interrupt.
///
/// After the first request no call begins, and no wait goes on: each step ends once its call in
/// flight is answered. After the second, calls in flight are left to the next run. A plan, which
/// changes nothing, ends at the first.
///
/// ```
/// let interrupt = kim_engine::Interrupt::default();
/// let handed_to_apply = interrupt.clone();
/// interrupt.interrupt();
/// assert_eq!(handed_to_apply.level(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct Interrupt {
    requests: Arc<tokio::sync::watch::Sender<u8>>,
    /// The interrupt whose requests count here too.
    parent: Option<Arc<Interrupt>>,
}

impl Default for Interrupt {
    fn default() -> Interrupt {
        Interrupt { requests: Arc::new(tokio::sync::watch::channel(0).0), parent: None }
    }
}

impl Interrupt {
    /// The time from the first request of a deadline to its second: 10 seconds.
    ///
    /// Calls in flight have that long to answer. AWS answers most within a second.
    pub const GRACE: Duration = Duration::from_secs(10);

    /// Requests a stop; a second call also leaves calls in flight to the next run.
    pub fn interrupt(&self) {
        self.requests.send_modify(|level| *level = level.saturating_add(1));
    }

    /// Returns an interrupt of one run.
    ///
    /// Requests of `self` count there, not the reverse.
    pub(crate) fn of_run(&self) -> Interrupt {
        Interrupt { parent: Some(Arc::new(self.clone())), ..Interrupt::default() }
    }

    /// Returns how many times a stop was requested.
    pub fn level(&self) -> u8 {
        let inherited = self.parent.as_ref().map_or(0, |parent| parent.level());
        inherited.max(*self.requests.borrow())
    }

    /// Waits until a stop was requested `level` times.
    pub async fn reached(&self, level: u8) {
        let mut own = self.requests.subscribe();
        let Some(parent) = &self.parent else {
            // The sender lives as long as `self`, so the wait cannot fail.
            let _ = own.wait_for(|now| *now >= level).await;
            return;
        };
        tokio::select! {
            _ = own.wait_for(|now| *now >= level) => {}
            () = Box::pin(parent.reached(level)) => {}
        }
    }
}
