//! The network of a test: it fails once, in the request of the call that it is armed for.
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

/// What is to fail.
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
    armed: Option<Blow>,
    struck: bool,
    /// The most requests that one call of this sort has made.
    most: BTreeMap<(String, Call), usize>,
}

impl Network {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one request fail.
    pub(super) fn arm(&self, blow: Blow) {
        let mut inner = self.inner();
        (inner.armed, inner.struck) = (Some(blow), false);
    }

    /// Lets all arrive again; answers whether one failed.
    pub(super) fn disarm(&self) -> bool {
        let mut inner = self.inner();
        inner.armed = None;
        std::mem::take(&mut inner.struck)
    }

    /// Whether this call is about to hang.
    pub(super) fn hangs(&self, call: Call, kind: &str) -> bool {
        let inner = self.inner();
        let armed = inner.armed.as_ref().filter(|_| !inner.struck);
        armed.is_some_and(|blow| blow.fate == Fate::Hangs && blow.call == call && blow.kind == kind)
    }

    /// The most requests that a call has made.
    pub(super) fn most(&self, kind: &str, call: Call) -> usize {
        self.inner().most.get(&(kind.to_owned(), call)).copied().unwrap_or(0)
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
        let most = inner.most.entry((kind.clone(), call)).or_default();
        *most = request.max(*most);
        let struck = inner.struck;
        match &inner.armed {
            Some(blow) if !struck && blow.call == call && blow.kind == kind && blow.request == request => {
                let fate = blow.fate.clone();
                inner.struck = true;
                fate
            }
            _ => Fate::Arrives,
        }
    }
}
