//! The task of a run, which ends it whatever becomes of its caller.
//!
//! Invariants: a run whose lock was taken is ended, also if its caller drops the future, and also
//! if something in it panics. A run whose caller is gone ends as by a second interrupt: calls in
//! flight are left to the next run. While it ends, another run of the same stack, through the same
//! store in this process, waits for it.

use std::any::Any;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::watch;

use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::ports::{RunEnd, RunId, RunStart, Store, StoreError};
use crate::stack::Stack;
use crate::state::StackId;

/// Carries a run out in a task of its own, and returns its result.
///
/// A panic of the run is the caller's. If the caller drops the future, the run is interrupted
/// twice, by `interrupt`, and its task ends it.
pub(crate) async fn supervise<T: Send + 'static>(
    stack: &Stack,
    interrupt: Interrupt,
    run: impl Future<Output = T> + Send + 'static,
) -> T {
    let (ended, is_ended) = watch::channel(());
    let task = caught(async move {
        // Dropped when the task ends, however it ends.
        let _ended = ended;
        run.await
    });
    let ending = Ending { store: Arc::downgrade(&stack.store), stack: stack.id.clone(), is_ended };
    let caller = Caller { interrupt, ending: Some(ending) };
    let result = task.await;
    caller.has_result();
    result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Begins a run, works under its lock, and ends it, also if the work panics.
///
/// The work returns its result, and the end of the run for the history. Returns the result, and
/// what the store answered to that end.
///
/// # Errors
/// The lock cannot be taken, or an interrupt came before it was.
pub(crate) async fn under_lock<T: Send + 'static, W>(
    stack: &Stack,
    start: RunStart,
    interrupt: &Interrupt,
    work: impl FnOnce(RunId) -> W,
) -> Result<(T, Result<(), StoreError>), Error>
where
    W: Future<Output = (T, RunEnd)> + Send + 'static,
{
    let id = tokio::select! {
        biased;
        () = interrupt.reached(1) => return Err(Error::Interrupted),
        begun = stack.store.begin(&stack.id, start) => begun?,
    };
    match caught(work(id)).await {
        Ok((result, end)) => Ok((result, stack.store.finish(id, end).await)),
        Err(panic) => {
            let message =
                stack.gate.clean(&format!("it broke off: {}", panic_text(panic.as_ref())));
            // The panic goes on; what the store says of the end would hide it.
            let _ = stack.store.finish(id, RunEnd { message, ..RunEnd::default() }).await;
            std::panic::resume_unwind(panic)
        }
    }
}

/// Runs work to its end, and returns its panic if it panics.
async fn caught<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, Box<dyn Any + Send>> {
    match tokio::spawn(work).await {
        Ok(done) => Ok(done),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => Err(panic),
            // Only a runtime that shuts down aborts the task, and it polls nobody any more.
            Err(_) => std::future::pending().await,
        },
    }
}

/// Returns the message of a panic.
pub(super) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("a panic")
}

/// Waits until the runs of a stack that lost their callers have ended.
pub(crate) async fn until_abandoned_runs_ended(stack: &Stack) {
    let of_stack: Vec<Ending> = abandoned()
        .iter()
        .filter(|one| one.stack == stack.id && one.is_of(&stack.store))
        .cloned()
        .collect();
    for mut run in of_stack {
        // Nothing is ever sent: the wait ends when the sender is dropped.
        let _ = run.is_ended.changed().await;
    }
    abandoned().retain(|one| one.is_ended.has_changed().is_ok());
}

/// A run that may not have ended yet.
#[derive(Clone)]
struct Ending {
    store: Weak<dyn Store>,
    stack: StackId,
    is_ended: watch::Receiver<()>,
}

impl Ending {
    fn is_of(&self, store: &Arc<dyn Store>) -> bool {
        std::ptr::addr_eq(self.store.as_ptr(), Arc::as_ptr(store))
    }
}

/// Returns the runs that lost their callers and may not have ended yet.
fn abandoned() -> MutexGuard<'static, Vec<Ending>> {
    static ABANDONED: Mutex<Vec<Ending>> = Mutex::new(Vec::new());
    ABANDONED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The caller of a run; dropped before the result is there, it gives the run up.
struct Caller {
    interrupt: Interrupt,
    ending: Option<Ending>,
}

impl Caller {
    fn has_result(mut self) {
        self.ending = None;
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        let Some(ending) = self.ending.take() else { return };
        abandoned().push(ending);
        self.interrupt.interrupt();
        self.interrupt.interrupt();
    }
}
