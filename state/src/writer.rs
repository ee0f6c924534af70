//! The only thread that writes, and group commit.
//!
//! All tasks that wait when a transaction begins share its commit.
//!
//! Invariants: a task is answered after the commit is durable. A task is recorded as a whole or not
//! at all, and fails alone, unless the transaction itself is lost (full disk, I/O). A queued task
//! is carried out even if its caller no longer waits for the answer.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Instant;

use kim_engine::ports::{RunEnd, RunId, StoreError};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::error::{Location, Result};
use crate::lock::{self, HEARTBEAT_INTERVAL};
use crate::runs;

/// The maximum number of tasks that share a commit.
///
/// It is bounded so that no task waits long for the others.
const MAX_BATCH: usize = 256;

/// The handle of the writing thread.
///
/// Dropping it carries out what is queued, releases the store's locks, and closes the file.
pub(crate) struct Writer {
    queue: Option<Sender<Box<dyn Task>>>,
    thread: Option<JoinHandle<()>>,
    location: Location,
}

impl Writer {
    /// Starts the thread.
    ///
    /// It also records a heartbeat for this store's locks every [`HEARTBEAT_INTERVAL`].
    pub(crate) fn start(
        conn: Connection,
        store: i64,
        location: Location,
    ) -> std::result::Result<Writer, StoreError> {
        let (queue, tasks) = mpsc::channel();
        let place = location.clone();
        let thread = thread::Builder::new()
            .name("kim-state".into())
            .spawn(move || run_tasks(&conn, store, &tasks, &place))
            .map_err(|error| location.error(format_args!("no thread can be started: {error}")))?;
        Ok(Writer { queue: Some(queue), thread: Some(thread), location })
    }

    /// Returns the queue.
    ///
    /// The thread ends only once it is dropped too.
    pub(crate) fn queue(&self) -> Option<Queue> {
        let tasks = self.queue.clone()?;
        Some(Queue { tasks, location: self.location.clone() })
    }

    /// Queues work at once. The future is ready when the commit is durable.
    ///
    /// Dropping the future does not cancel the work. `doing` names the work in messages: `recording
    /// changes`.
    pub(crate) fn write<T, F>(
        &self,
        doing: &'static str,
        work: F,
    ) -> impl Future<Output = std::result::Result<T, StoreError>> + Send + use<T, F>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let task = QueuedWork {
            doing,
            work: Some(work),
            outcome: None,
            answer,
            location: self.location.clone(),
        };
        let stopped = self
            .location
            .error(format_args!("{doing} failed: the writing thread stopped; run again"));
        if let Some(queue) = &self.queue {
            // If the thread has ended, the task is dropped, and its answer with it, which is seen
            // below.
            let _ = queue.send(Box::new(task));
        }
        async move { answered.await.unwrap_or(Err(stopped)) }
    }
}

/// The queue of the writing thread, for work that nobody awaits.
#[derive(Clone)]
pub(crate) struct Queue {
    tasks: Sender<Box<dyn Task>>,
    location: Location,
}

impl Queue {
    /// Queues work. `doing` names it in messages.
    pub(crate) fn post<F>(&self, doing: &'static str, work: F)
    where
        F: FnOnce(&Connection) -> Result<()> + Send + 'static,
    {
        let (answer, _) = oneshot::channel();
        let location = self.location.clone();
        let task = QueuedWork { doing, work: Some(work), outcome: None, answer, location };
        // If the thread has ended, it has released all locks.
        let _ = self.tasks.send(Box::new(task));
    }
}

/// A run that was begun, on its way to its caller.
///
/// If it is dropped on the way, because its caller no longer waits, it ends: nobody else would.
pub(crate) struct Begun {
    pub(crate) run: RunId,
    pub(crate) queue: Option<Queue>,
}

impl Begun {
    /// Returns the run to its caller, which ends it.
    pub(crate) fn received(mut self) -> RunId {
        self.queue = None;
        self.run
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        let Some(queue) = self.queue.take() else { return };
        let (run, end) = (self.run, RunEnd { interrupted: true, ..RunEnd::default() });
        queue.post("ending a run that nobody awaits", move |conn| runs::finish(conn, run, &end));
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take() {
            // The thread ends after the queued tasks. Its panic was reported to their callers.
            let _ = thread.join();
        }
    }
}

/// A queued piece of work of any type.
trait Task: Send {
    /// Runs the work inside a savepoint. Returns true if it succeeded.
    fn run(&mut self, conn: &Connection) -> bool;
    /// Returns the error of the work, if it failed.
    fn failure(&self) -> Option<StoreError>;
    /// Sends the answer, once the outcome of the transaction is known.
    fn answer(self: Box<Self>, transaction: &std::result::Result<(), StoreError>);
}

struct QueuedWork<T, F> {
    doing: &'static str,
    work: Option<F>,
    outcome: Option<std::result::Result<T, StoreError>>,
    answer: oneshot::Sender<std::result::Result<T, StoreError>>,
    location: Location,
}

impl<T: Send, F: FnOnce(&Connection) -> Result<T> + Send> Task for QueuedWork<T, F> {
    fn run(&mut self, conn: &Connection) -> bool {
        let Some(work) = self.work.take() else { return false };
        let outcome = work(conn).map_err(|fault| self.location.explain(self.doing, fault));
        self.outcome.insert(outcome).is_ok()
    }

    fn failure(&self) -> Option<StoreError> {
        self.outcome.as_ref()?.as_ref().err().cloned()
    }

    fn answer(self: Box<Self>, transaction: &std::result::Result<(), StoreError>) {
        let answer = match (self.outcome, transaction) {
            (Some(Err(own)), _) => Err(own),
            (_, Err(lost)) => Err(lost.clone()),
            (Some(Ok(value)), Ok(())) => Ok(value),
            // Never reached: a transaction that commits has run all of its tasks.
            (None, Ok(())) => {
                Err(self.location.error(format_args!("{} was not carried out", self.doing)))
            }
        };
        // Nobody receives it if the caller was aborted. The write stays.
        let _ = self.answer.send(answer);
    }
}

fn run_tasks(conn: &Connection, store: i64, tasks: &Receiver<Box<dyn Task>>, location: &Location) {
    let mut last_beat = Instant::now();
    loop {
        match tasks.recv_timeout(HEARTBEAT_INTERVAL.saturating_sub(last_beat.elapsed())) {
            Ok(first) => {
                let mut batch: Vec<_> =
                    std::iter::once(first).chain(tasks.try_iter()).take(MAX_BATCH).collect();
                let outcome = commit_together(conn, &mut batch, location);
                batch.into_iter().for_each(|task| task.answer(&outcome));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                // A lock that cannot be released is free once this process has ended.
                let _ = lock::release_store(conn, store);
                return;
            }
        }
        if last_beat.elapsed() >= HEARTBEAT_INTERVAL {
            // A heartbeat that fails is a missed one. The next write reports what is wrong.
            let _ = lock::record_heartbeat(conn, store);
            last_beat = Instant::now();
        }
    }
}

/// Runs tasks in one transaction, each in a savepoint of its own.
///
/// After an error none of them is recorded.
fn commit_together(
    conn: &Connection,
    batch: &mut [Box<dyn Task>],
    location: &Location,
) -> std::result::Result<(), StoreError> {
    let run = |sql: &str| match conn
        .prepare_cached(sql)
        .and_then(|mut statement| statement.execute([]))
    {
        Ok(_) => Ok(()),
        Err(error) => Err(location.explain("committing", error.into())),
    };
    run("BEGIN IMMEDIATE")?;
    let outcome = (|| {
        for task in batch.iter_mut() {
            run("SAVEPOINT task")?;
            if !task.run(conn) {
                if conn.is_autocommit() {
                    // SQLite rolled the whole transaction back.
                    return Err(task
                        .failure()
                        .unwrap_or_else(|| location.error("the transaction was lost")));
                }
                run("ROLLBACK TO task")?;
            }
            run("RELEASE task")?;
        }
        run("COMMIT")
    })();
    if outcome.is_err() && !conn.is_autocommit() {
        let _ = run("ROLLBACK");
    }
    outcome
}
