//! Stores and calls under the limits of their guest.
//!
//! Invariant: no call of a guest is made but within these.

use std::time::Duration;

use wasmtime::Store;

use super::limits::CALL;
use super::stop::Stopped;
use super::wasi::Guest;

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
    store.data_mut().as_mut().meter.rewind();
}
