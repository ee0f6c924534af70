//! The network of a test: it fails once in each request of a call that it is armed for.
//!
//! Invariant: which call a request belongs to is known by the task that makes it, so calls at the same time are told apart.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kim_sandbox::{Fate, Faults};

/// Which call into the plugin.
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
    /// Its name, as the plugin's author knows it.
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
    /// The call that is running, on what, and how many requests it has made.
    static RUNNING: (Call, String, Arc<AtomicUsize>);
}

/// A request that is to fail.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Blow {
    pub(super) call: Call,
    pub(super) kind: String,
    /// Which of the call's requests, from 1.
    pub(super) request: usize,
    pub(super) fate: Fate,
}

/// The network.
#[derive(Default)]
pub(super) struct Network(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// What has not come yet of that which is to fail.
    armed: Vec<Blow>,
    /// How many requests calls of a sort have made.
    made: BTreeMap<(String, Call), Made>,
}

#[derive(Clone, Copy, Default)]
struct Made {
    /// The call that made the most of them.
    most: usize,
    /// The last call that made one.
    last: usize,
}

impl Network {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets these requests fail, each once.
    pub(super) fn arm(&self, blows: Vec<Blow>) {
        self.inner().armed = blows;
    }

    /// Lets all arrive again; answers whether every blow fell.
    pub(super) fn disarm(&self) -> bool {
        std::mem::take(&mut self.inner().armed).is_empty()
    }

    /// Whether this call is about to hang.
    pub(super) fn hangs(&self, call: Call, kind: &str) -> bool {
        self.inner().armed.iter().any(|blow| blow.fate == Fate::Hangs && blow.call == call && blow.kind == kind)
    }

    /// The most requests that one call of this sort has made.
    pub(super) fn most(&self, kind: &str, call: Call) -> usize {
        self.made(kind, call).most
    }

    /// How many requests the last call of this sort has made.
    pub(super) fn last(&self, kind: &str, call: Call) -> usize {
        self.made(kind, call).last
    }

    fn made(&self, kind: &str, call: Call) -> Made {
        self.inner().made.get(&(kind.to_owned(), call)).copied().unwrap_or_default()
    }

    /// Runs a call, so that its requests are known to be its.
    pub(super) async fn during<T>(&self, call: Call, kind: &str, work: impl Future<Output = T>) -> T {
        RUNNING.scope((call, kind.to_owned(), Arc::default()), work).await
    }
}

impl Faults for Network {
    fn fate(&self, _: &str, _: &str) -> Fate {
        let running = RUNNING
            .try_with(|(call, kind, requests)| (*call, kind.clone(), requests.fetch_add(1, Ordering::Relaxed) + 1));
        let Ok((call, kind, request)) = running else { return Fate::Arrives };
        let mut inner = self.inner();
        let made = inner.made.entry((kind.clone(), call)).or_default();
        *made = Made { most: request.max(made.most), last: request };
        let falls = |blow: &Blow| blow.call == call && blow.kind == kind && blow.request == request;
        match inner.armed.iter().position(falls) {
            Some(index) => inner.armed.swap_remove(index).fate,
            None => Fate::Arrives,
        }
    }
}
