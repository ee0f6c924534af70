//! The network of a test.
//!
//! It fails once in each request that it is armed for.
//!
//! Invariant: a request belongs to the call of the task that sends it, so concurrent calls are
//! distinguished.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kim_sandbox::{Delivery, Faults};

/// A call into the plugin.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Call {
    Create,
    Settle,
    Read,
    Update,
    Delete,
    Find,
    LookUp,
}

impl Call {
    /// Returns the call's name in the plugin's interface.
    pub(super) fn name(self) -> &'static str {
        match self {
            Call::Create => "create",
            Call::Settle => "settle",
            Call::Read => "read",
            Call::Update => "update",
            Call::Delete => "delete",
            Call::Find => "find",
            Call::LookUp => "look_up",
        }
    }
}

tokio::task_local! {
    /// The running call, its kind or lookup, and how many requests it has made.
    static RUNNING: (Call, String, Arc<AtomicUsize>);
}

/// A request that must fail.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Fault {
    pub(super) call: Call,
    pub(super) kind: String,
    /// Which of the call's requests, counted from 1.
    pub(super) request: usize,
    pub(super) delivery: Delivery,
}

/// The network.
#[derive(Default)]
pub(super) struct Network(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// The faults that were not injected yet.
    armed: Vec<Fault>,
    /// How many requests the calls have made, by kind or lookup.
    counts: BTreeMap<(String, Call), RequestCounts>,
}

#[derive(Clone, Copy, Default)]
struct RequestCounts {
    /// The requests of the call that made the most.
    most: usize,
    /// The requests of the last call that made any.
    last: usize,
}

impl Network {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Arms the network: each of these requests fails once.
    pub(super) fn arm(&self, faults: Vec<Fault>) {
        self.inner().armed = faults;
    }

    /// Disarms the network. Returns true if every fault was injected.
    pub(super) fn disarm(&self) -> bool {
        std::mem::take(&mut self.inner().armed).is_empty()
    }

    /// Returns true if a request of this call is armed to hang.
    pub(super) fn hangs(&self, call: Call, kind: &str) -> bool {
        self.inner().armed.iter().any(|fault| {
            fault.delivery == Delivery::Hangs && fault.call == call && fault.kind == kind
        })
    }

    /// Returns the most requests that one such call made.
    pub(super) fn most(&self, kind: &str, call: Call) -> usize {
        self.counts(kind, call).most
    }

    /// Returns how many requests the last such call made.
    pub(super) fn last(&self, kind: &str, call: Call) -> usize {
        self.counts(kind, call).last
    }

    fn counts(&self, kind: &str, call: Call) -> RequestCounts {
        self.inner().counts.get(&(kind.to_owned(), call)).copied().unwrap_or_default()
    }

    /// Runs a call, and counts its requests as belonging to it.
    pub(super) async fn during<T>(
        &self,
        call: Call,
        kind: &str,
        work: impl Future<Output = T>,
    ) -> T {
        RUNNING.scope((call, kind.to_owned(), Arc::default()), work).await
    }
}

impl Faults for Network {
    fn delivery(&self, _: &str, _: &str) -> Delivery {
        let running = RUNNING.try_with(|(call, kind, requests)| {
            (*call, kind.clone(), requests.fetch_add(1, Ordering::Relaxed) + 1)
        });
        let Ok((call, kind, request)) = running else { return Delivery::Arrives };
        let mut inner = self.inner();
        let counts = inner.counts.entry((kind.clone(), call)).or_default();
        *counts = RequestCounts { most: request.max(counts.most), last: request };
        let matches =
            |fault: &Fault| fault.call == call && fault.kind == kind && fault.request == request;
        match inner.armed.iter().position(matches) {
            Some(index) => inner.armed.swap_remove(index).delivery,
            None => Delivery::Arrives,
        }
    }
}
