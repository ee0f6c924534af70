//! How a caller stops an operation.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

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
    /// The claim of the run that it is of, once it has one.
    claim: Option<Arc<dyn Claim>>,
}

/// The claim of a run to its stack.
#[async_trait]
pub(crate) trait Claim: Send + Sync {
    /// Returns true unless another run took the stack over.
    async fn holds(&self) -> bool;
}

impl fmt::Debug for dyn Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claim")
    }
}

impl Default for Interrupt {
    fn default() -> Interrupt {
        let requests = Arc::new(tokio::sync::watch::channel(0).0);
        Interrupt { requests, parent: None, claim: None }
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

    /// Returns this interrupt, with the claim of its run.
    pub(crate) fn with_claim(&self, claim: Arc<dyn Claim>) -> Interrupt {
        Interrupt { claim: Some(claim), ..self.clone() }
    }

    /// Returns true unless another run took the stack over.
    ///
    /// Asks the store if it did not answer lately. Ask before each request of a call, the first and
    /// the repeated ones: the process may have been stopped since the last, long enough for another
    /// run to begin and to end. An interrupt that is of no run allows every request.
    pub async fn allows_request(&self) -> bool {
        match &self.claim {
            Some(claim) => claim.holds().await,
            None => true,
        }
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
