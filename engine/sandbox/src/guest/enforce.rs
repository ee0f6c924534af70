//! Applies a guest's limits to its store and its calls.
//!
//! Invariant: every call into a guest runs under these.

use std::time::Duration;

use wasmtime::Store;

use super::limits::MAX_CALL_BYTES;
use super::room::Room;
use super::stop::Stopped;
use super::wasi::Guest;

/// Applies the limits of its guest to a store.
///
/// They bound memory, computing time, and bytes per call.
pub(crate) fn apply_limits<T: AsMut<Guest> + Send>(store: &mut Store<T>) {
    store.limiter_async(|state| &mut state.as_mut().meter);
    store.set_hostcall_fuel(MAX_CALL_BYTES);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut context| context.data_mut().as_mut().meter.tick());
}

/// Runs one call with a deadline, which counts from the start of this function.
///
/// The time in which it waits for room does not count. A call that reaches its deadline leaves the
/// store unusable. The caller drops the store then.
pub(crate) async fn with_deadline<T>(
    waiting: Duration,
    room: &Room,
    call: impl Future<Output = wasmtime::Result<T>>,
) -> wasmtime::Result<T> {
    room.within(waiting, call).await.unwrap_or_else(|| Err(Stopped::Waiting(waiting).into()))
}

/// Restarts the count of a store's computing time, for another call.
pub(crate) fn restart_clock<T: AsMut<Guest>>(store: &mut Store<T>) {
    store.data_mut().as_mut().meter.restart_clock();
}
