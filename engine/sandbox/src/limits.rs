//! What a guest may use: memory, time, and room in the host.
//!
//! Invariant: every one of them holds for all of a guest's life, also while it starts and while it waits for the host.

use std::future::Future;
use std::time::Duration;

use wasmtime::{ResourceLimiter, Store, UpdateDeadline};

use crate::engine::TICK;
use crate::error::Stopped;
use crate::wasi::Guest;

/// Bounds for one guest.
///
/// ```
/// use kim_sandbox::Limits;
///
/// let small = Limits { memory: 64 << 20, ..Limits::plugin() };
/// assert!(small.waiting > small.computing);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Memory of the guest, in octets.
    pub memory: usize,
    /// Time in which it computes, a call.
    pub computing: Duration,
    /// Time that a call may take with all waiting, for the network above all.
    pub waiting: Duration,
}

impl Limits {
    /// The defaults for a program: 512 MB; `run` and each call of a closure compute for at most 30 s and take at most
    /// 2 min. (A program has nothing to wait for; a busy machine may take longer over 30 s of computing.)
    pub fn program() -> Limits {
        Limits { memory: 512 << 20, computing: Duration::from_secs(30), waiting: Duration::from_secs(120) }
    }

    /// The defaults for a plugin: 256 MB; a call computes for at most 10 s and takes at most 2 min.
    pub fn plugin() -> Limits {
        Limits { memory: 256 << 20, computing: Duration::from_secs(10), waiting: Duration::from_secs(120) }
    }
}

/// What a guest has used.
pub(crate) struct Meter {
    limits: Limits,
    memory: usize,
    ticks: u64,
    /// It was refused memory: what follows is the guest's way of failing.
    pub(crate) out_of_memory: bool,
}

impl Meter {
    pub(crate) fn new(limits: &Limits) -> Meter {
        Meter { limits: limits.clone(), memory: 0, ticks: 0, out_of_memory: false }
    }

    /// The limit that was hit, where memory was refused.
    pub(crate) fn memory_refused(&self) -> Option<usize> {
        self.out_of_memory.then_some(self.limits.memory)
    }

    fn tick(&mut self) -> wasmtime::Result<UpdateDeadline> {
        self.ticks += 1;
        if TICK * u32::try_from(self.ticks).unwrap_or(u32::MAX) > self.limits.computing {
            return Err(Stopped::Computing(self.limits.computing).into());
        }
        Ok(UpdateDeadline::Yield(1))
    }
}

/// The most octets that a guest passes to the host in one call: bounds what the host keeps before it looks at it.
pub(crate) const CALL: usize = 128 << 20;

/// The most entries of one table; the largest guests have some ten thousand.
const TABLE: usize = 1 << 20;

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.memory.saturating_add(desired.saturating_sub(current));
        if total > self.limits.memory {
            self.out_of_memory = true;
            return Ok(false);
        }
        self.memory = total;
        Ok(true)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE)
    }

    fn instances(&self) -> usize {
        100
    }

    fn memories(&self) -> usize {
        16
    }

    fn tables(&self) -> usize {
        100
    }
}

/// Puts a store under the limits of its guest.
pub(crate) fn bound<T: AsMut<Guest> + Send>(store: &mut Store<T>) {
    store.limiter(|state| &mut state.as_mut().meter);
    store.set_hostcall_fuel(CALL);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut context| context.data_mut().as_mut().meter.tick());
}

/// Runs one call under its deadline. A call that is cut off leaves the store unusable: the caller throws it away.
pub(crate) async fn within<T>(
    waiting: Duration,
    call: impl Future<Output = wasmtime::Result<T>>,
) -> wasmtime::Result<T> {
    tokio::time::timeout(waiting, call).await.unwrap_or_else(|_| Err(Stopped::Waiting(waiting).into()))
}

/// Starts the clock of a store anew, for another call.
pub(crate) fn rewind<T: AsMut<Guest>>(store: &mut Store<T>) {
    store.data_mut().as_mut().meter.ticks = 0;
}
