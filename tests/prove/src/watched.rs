//! The cloud and the store of a case, watched: calls take time, and a process can be killed.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use kim_engine::event::Summary;
use kim_engine::model::{Failure, Value, schema};
use kim_engine::ports::{
    Deletion, Live, LiveState, Price, Progress, Provider, RunEnd, RunId, RunStart, Store,
    StoreError, Violation,
};
use kim_engine::state::{StackId, StateChange};
use kim_engine::testing::store::StoreLayer;
use kim_engine::{Error, Interrupt, Stack};
use tokio::sync::Notify;

use crate::fixture::{Case, Cloud};
use crate::script::Run;

/// A process that is killed at its n-th moment: there is one before and one after each call to the
/// cloud and each commit.
pub(crate) struct Process {
    /// The number of the moment, from 0.
    dies_at: AtomicUsize,
    moments: AtomicUsize,
    /// What the process was about when it was killed.
    last: Mutex<String>,
    died: Notify,
}

impl Process {
    /// Creates a process that is killed at its n-th moment.
    pub(crate) fn new(dies_at: usize) -> Arc<Process> {
        Arc::new(Process {
            dies_at: AtomicUsize::new(dies_at),
            moments: AtomicUsize::new(0),
            last: Mutex::default(),
            died: Notify::new(),
        })
    }

    /// Plays a run of a stack, with the cloud of its case, until it ends or is killed.
    ///
    /// Returns how the run ended; `None` if it was killed.
    pub(crate) async fn play(
        self: &Arc<Process>,
        case: &Case,
        run: &Run,
        mut stack: Stack,
    ) -> Option<Result<Summary, Error>> {
        stack.providers = vec![Arc::new(WatchedProvider {
            inner: Arc::new(Cloud::new(Arc::clone(&case.world))),
            process: Arc::clone(self),
            timed: false,
        })];
        let whole = async {
            let (options, sink) = (&case.options, || case.sink());
            let prepared =
                stack.plan(run.operation(), options, sink(), Interrupt::default()).await?;
            stack.apply(prepared, options, sink(), Interrupt::default()).await
        };
        tokio::select! {
            outcome = whole => Some(outcome),
            () = self.died() => None,
        }
    }

    /// Waits until it is killed.
    pub(crate) async fn died(&self) {
        self.died.notified().await;
    }

    /// Returns what it was about when it was killed; `None` if it ended before.
    pub(crate) fn last(&self) -> Option<String> {
        let dies_at = self.dies_at.load(Ordering::Relaxed);
        let has_died = self.moments.load(Ordering::Relaxed) > dies_at;
        has_died.then(|| self.last.lock().unwrap().clone())
    }

    /// Kills it now. It passes no moment any more.
    pub(crate) fn die(&self, what: &str) {
        *self.last.lock().unwrap() = what.to_owned();
        self.dies_at.store(0, Ordering::Relaxed);
        self.died.notify_one();
    }

    /// Passes a moment; what has been killed never passes one again.
    async fn moment(&self, when: &str, what: &str) {
        let moment = self.moments.fetch_add(1, Ordering::Relaxed);
        let dies_at = self.dies_at.load(Ordering::Relaxed);
        if moment == dies_at {
            *self.last.lock().unwrap() = format!("{when} {what}");
            self.died.notify_one();
        }
        if moment >= dies_at {
            std::future::pending().await
        }
    }

    async fn around<T>(&self, what: &str, call: impl Future<Output = T>) -> T {
        self.moment("before", what).await;
        let answer = call.await;
        self.moment("after", what).await;
        answer
    }
}

/// A provider whose process can be killed, and whose creates take `size` seconds if they are timed.
pub(crate) struct WatchedProvider {
    /// What answers.
    pub(crate) inner: Arc<dyn Provider>,
    /// The process that calls it.
    pub(crate) process: Arc<Process>,
    /// True if a create takes as many seconds as its input `size` says.
    pub(crate) timed: bool,
}

#[async_trait]
impl Provider for WatchedProvider {
    fn schema(&self) -> &schema::Plugin {
        self.inner.schema()
    }

    fn digest(&self) -> String {
        self.inner.digest()
    }

    async fn place(&self) -> Option<String> {
        self.inner.place().await
    }

    fn has_checks(&self, kind: &str) -> bool {
        self.inner.has_checks(kind)
    }

    async fn check(&self, kind: &str, inputs: &Value) -> Result<Vec<Violation>, Failure> {
        self.inner.check(kind, inputs).await
    }

    async fn create(&self, kind: &str, inputs: &Value, token: &str) -> Result<LiveState, Failure> {
        let create = self.process.around("create", self.inner.create(kind, inputs, token));
        let answer = create.await;
        if self.timed {
            let seconds = inputs.get("size").and_then(Value::as_int).unwrap_or_default();
            tokio::time::sleep(Duration::from_secs(seconds.unsigned_abs())).await;
        }
        answer
    }

    async fn settle(
        &self,
        kind: &str,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<Progress, Failure> {
        self.process.around("settle", self.inner.settle(kind, id, inputs, properties)).await
    }

    async fn read(
        &self,
        kind: &str,
        resources: &[Live],
    ) -> Result<Vec<Option<LiveState>>, Failure> {
        self.process.around("read", self.inner.read(kind, resources)).await
    }

    async fn update(
        &self,
        kind: &str,
        id: &str,
        inputs: &Value,
        properties: &Value,
    ) -> Result<Progress, Failure> {
        self.process.around("update", self.inner.update(kind, id, inputs, properties)).await
    }

    async fn delete(&self, kind: &str, id: &str, properties: &Value) -> Result<Deletion, Failure> {
        self.process.around("delete", self.inner.delete(kind, id, properties)).await
    }

    async fn find(
        &self,
        kind: &str,
        token: &str,
        inputs: &Value,
    ) -> Result<Option<LiveState>, Failure> {
        self.process.around("find", self.inner.find(kind, token, inputs)).await
    }

    async fn look_up(&self, name: &str, arguments: &Value) -> Result<Value, Failure> {
        self.inner.look_up(name, arguments).await
    }

    async fn price(&self, kind: &str, inputs: &Value) -> Result<Option<Price>, Failure> {
        self.inner.price(kind, inputs).await
    }
}

/// A store whose process can be killed.
pub(crate) struct WatchedStore {
    /// What holds the state.
    pub(crate) inner: Arc<dyn Store>,
    /// The process that writes it.
    pub(crate) process: Arc<Process>,
    /// The run that holds the lock.
    pub(crate) run: Mutex<Option<RunId>>,
}

impl WatchedStore {
    /// Frees the lock of a process that was killed, as the next run does in a real store.
    pub(crate) async fn release(&self) -> Result<(), StoreError> {
        let run = self.run.lock().unwrap().take();
        match run {
            Some(run) => self.inner.finish(run, RunEnd::default()).await,
            None => Ok(()),
        }
    }
}

#[async_trait]
impl StoreLayer for WatchedStore {
    fn below(&self) -> &dyn Store {
        &*self.inner
    }

    async fn begin(&self, stack: &StackId, start: RunStart) -> Result<RunId, StoreError> {
        let run = self.inner.begin(stack, start).await?;
        *self.run.lock().unwrap() = Some(run);
        Ok(run)
    }

    async fn commit(&self, run: RunId, changes: Vec<StateChange>) -> Result<(), StoreError> {
        self.process.around("commit", self.inner.commit(run, changes)).await
    }

    async fn finish(&self, run: RunId, end: RunEnd) -> Result<(), StoreError> {
        self.process.moment("before", "the end of the run").await;
        *self.run.lock().unwrap() = None;
        self.inner.finish(run, end).await
    }
}
