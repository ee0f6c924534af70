//! A store on a disk that fails, and what it confirmed before.
//!
//! Invariant: no other part of a run goes on during a call, and the clock stands still. So the
//! operations of the disk come in the same order each time.

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use async_trait::async_trait;
use kim_engine::ports::{RunEnd, RunEntry, RunId, RunStart, StackSummary, Store, StoreError};
use kim_engine::state::{StackId, State, StateChange};
use kim_state::testing::SimulatedDisk;
use kim_state::{SqliteStore, Vault};

use crate::fixture::stack_id;
use crate::watched::Process;

/// The name of the state file; its folder is missing at first.
pub(crate) const STATE_FILE: &str = ".kim/state.db";

/// What a store has confirmed of the stack of a case.
#[derive(Clone, Default, Debug)]
pub(crate) struct Ledger {
    /// The state; `None` before the stack was created.
    pub(crate) state: Option<State>,
    /// The state with the list that was not confirmed when power was lost.
    pub(crate) in_flight: Option<State>,
    /// The runs that began, and those that ended.
    pub(crate) begun: Vec<RunId>,
    pub(crate) ended: Vec<RunId>,
    /// The last error of the store.
    pub(crate) error: Option<String>,
}

/// A process with its store: power that is lost ends both.
pub(crate) struct LedgerStore {
    /// `None` once it is closed.
    store: Mutex<Option<SqliteStore>>,
    disk: SimulatedDisk,
    process: Arc<Process>,
    ledger: Mutex<Ledger>,
}

impl LedgerStore {
    /// Opens the store of a disk, and creates the stack if it is missing.
    ///
    /// `ledger` is what was confirmed before; a failure to open confirms nothing more.
    pub(crate) fn open(
        disk: &SimulatedDisk,
        process: Arc<Process>,
        ledger: Ledger,
    ) -> Result<Arc<LedgerStore>, StoreError> {
        let path = disk.path(STATE_FILE);
        let store = SqliteStore::open_simulated(disk, &path, Vault::none())?;
        let this = LedgerStore {
            store: Mutex::new(Some(store)),
            disk: disk.clone(),
            process,
            ledger: Mutex::new(ledger),
        };
        this.create_missing_stack()?;
        Ok(Arc::new(this))
    }

    fn create_missing_stack(&self) -> Result<(), StoreError> {
        let held = self.store.lock().unwrap();
        let Some(store) = held.as_ref() else { return Ok(()) };
        if wait(store.stacks(&stack_id().project))?.is_empty() {
            // Its id is random, so what is in flight cannot be told before.
            wait(store.create_stack(&stack_id()))?;
        }
        let state = wait(store.load(&stack_id()))?;
        let mut ledger = self.ledger();
        if ledger.state.is_none() {
            ledger.state = Some(state);
        }
        Ok(())
    }

    /// Closes the store, as the end of its process does, and returns what it confirmed.
    pub(crate) fn close(&self) -> Ledger {
        drop(self.store.lock().unwrap().take());
        self.ledger().clone()
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap()
    }

    /// Makes a call of the store below. It never returns if power is lost meanwhile.
    async fn call<T>(
        &self,
        what: &str,
        call: impl AsyncFnOnce(&SqliteStore) -> Result<T, StoreError>,
        confirm: impl FnOnce(&mut Ledger, &T),
    ) -> Result<T, StoreError> {
        self.outlast().await;
        let answer = match self.store.lock().unwrap().as_ref() {
            Some(store) => wait(call(store)),
            None => unreachable!("a store that is closed was outlasted"),
        };
        match &answer {
            Ok(value) => confirm(&mut self.ledger(), value),
            Err(error) => self.ledger().error = Some(error.to_string()),
        }
        if self.disk.is_off() {
            self.process.die(what);
        }
        self.outlast().await;
        answer
    }

    /// Returns at once, but never once the process has ended.
    async fn outlast(&self) {
        let is_over = self.disk.is_off() || self.store.lock().unwrap().is_none();
        if is_over {
            std::future::pending().await
        }
    }
}

#[async_trait]
impl Store for LedgerStore {
    async fn stacks(&self, project: &str) -> Result<Vec<StackSummary>, StoreError> {
        self.call("reading stacks", async |store| store.stacks(project).await, |_, _| ()).await
    }

    async fn create_stack(&self, stack: &StackId) -> Result<(), StoreError> {
        self.call("creating a stack", async |store| store.create_stack(stack).await, |_, ()| ())
            .await
    }

    async fn remove_stack(&self, stack: &StackId, force: bool) -> Result<(), StoreError> {
        let remove = async |store: &SqliteStore| store.remove_stack(stack, force).await;
        self.call("removing a stack", remove, |_, ()| ()).await
    }

    async fn load(&self, stack: &StackId) -> Result<State, StoreError> {
        self.call("loading", async |store| store.load(stack).await, |_, _| ()).await
    }

    async fn begin(&self, stack: &StackId, run: RunStart) -> Result<RunId, StoreError> {
        let begin = async |store: &SqliteStore| store.begin(stack, run).await;
        self.call("beginning", begin, |ledger, run| ledger.begun.push(*run)).await
    }

    async fn unlock(&self, stack: &StackId) -> Result<Option<String>, StoreError> {
        self.call("unlocking", async |store| store.unlock(stack).await, |_, _| ()).await
    }

    async fn commit(&self, run: RunId, changes: Vec<StateChange>) -> Result<(), StoreError> {
        self.outlast().await;
        let mut next = self.ledger().state.clone();
        if let Some(next) = &mut next {
            changes.iter().for_each(|change| next.apply(change));
        }
        self.ledger().in_flight = next;
        let commit = async |store: &SqliteStore| store.commit(run, changes).await;
        let answer = self.call("committing", commit, |ledger, ()| {
            ledger.state = ledger.in_flight.take();
        });
        let answer = answer.await;
        // Only the loss of power leaves it open what became of a list.
        self.ledger().in_flight = None;
        answer
    }

    async fn finish(&self, run: RunId, end: RunEnd) -> Result<(), StoreError> {
        let finish = async |store: &SqliteStore| store.finish(run, end).await;
        self.call("finishing", finish, |ledger, ()| ledger.ended.push(run)).await
    }

    async fn history(&self, stack: &StackId, limit: usize) -> Result<Vec<RunEntry>, StoreError> {
        self.call("reading history", async |store| store.history(stack, limit).await, |_, _| ())
            .await
    }
}

/// Waits for a future on this thread, while the clock of the runtime stands still.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Unpark>) {
            self.0.unpark();
        }
    }

    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    // Without the budget of the task around, which is not renewed in here.
    let mut future = pin!(tokio::task::unconstrained(future));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(value) => return value,
            Poll::Pending => std::thread::park(),
        }
    }
}
